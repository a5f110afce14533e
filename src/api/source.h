// The connection's facts as the policy wants them.
#pragma once

#include "http/peer.h"
#include "policy/source.h"

namespace berth::api {

inline policy::Source source_of(const http::Peer& peer) {
  policy::Source source;
  source.address = peer.address;
  source.loopback = peer.loopback;
  source.tls = peer.tls;
  source.own_socket = peer.unix_socket;
  source.uid = peer.uid;
  source.listener = peer.listener;
  source.destination = peer.destination;
  source.proxy = peer.proxy;
  source.link = peer.link;
  source.client_ca = peer.client_ca;
  return source;
}

inline std::string caller_of(const http::Peer& peer) {
  return policy::caller_key(source_of(peer));
}

}  // namespace berth::api
