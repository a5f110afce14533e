// What a TlsContext has loaded: immutable, shared by the connections that began with it. Inside
// net/ only.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <new>

#include "net/client_authorities.h"
#include "net/tls_context.h"

namespace berth::net {

struct TlsSnapshot {
  struct Free {
    void operator()(SSL_CTX* loaded) const { ::SSL_CTX_free(loaded); }
  };

  TlsSnapshot() : context(::SSL_CTX_new(::TLS_server_method())) {
    if (context == nullptr) throw std::bad_alloc();
  }

  // OpenSSL wants it mutable for SSL_new(); nobody changes it once it is published.
  std::unique_ptr<SSL_CTX, Free> context;
  ClientAuthorities authorities;
};

}  // namespace berth::net
