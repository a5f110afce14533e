// What a TlsContext has loaded: immutable, shared by the connections that began with it. Inside
// net/ only.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "net/client_authorities.h"
#include "net/tls_context.h"

namespace berth::net {

struct TlsSnapshot {
  // Asio wants it mutable; nobody changes it once it is published.
  mutable boost::asio::ssl::context context{boost::asio::ssl::context::tls_server};
  ClientAuthorities authorities;
};

}  // namespace berth::net
