// How a connection begins: PROXY header, TLS, and who it is from then on.
#include <utility>

#include "base/ascii.h"
#include "http/forwarded.h"
#include "http/server_session.h"
#include "net/proxy_protocol.h"

namespace berth::http {
namespace {

// The address, if it is one of the declared ones. A Unix socket has none.
std::optional<IpAddress> among(const IpPrefixList& blocks, const std::string& address) {
  if (blocks.empty()) return std::nullopt;
  const auto parsed = IpAddress::parse(address);
  return parsed && blocks.contains(*parsed) ? parsed : std::nullopt;
}

}  // namespace

// False: nothing more to do on this connection.
Task<bool> ServerSession::prepare() {
  if (origin_.overloaded) {
    if (!origin_.tls) {
      begin_request();
      Response busy = failure(Error(Code::kUnavailable, "Too many connections; retry later."), {});
      co_await respond(std::move(busy.header("Retry-After", "1")));
    }
    co_return false;
  }
  Peer& peer = origin_.peer;
  const net::Ingress* const ingress = origin_.ingress.get();
  if (ingress != nullptr && among(ingress->proxy_protocol_from, peer.address)) {
    if (!co_await read_proxy_header()) co_return false;
  }
  if (origin_.tls && !co_await begin_tls()) co_return false;
  if (ingress == nullptr) co_return true;
  // An address behind a private link is one of somebody else's network: no proxy that was declared.
  if (!peer.link.empty()) co_return true;
  if (const auto proxy = among(ingress->forwarded_from, peer.address)) {
    peer.loopback = false;
    proxied_ = Proxied{*proxy, peer};
  }
  co_return true;
}

Task<bool> ServerSession::read_proxy_header() {
  Peer& peer = origin_.peer;
  auto header = co_await connection_.read_proxy_header();
  if (!header) {
    // Who connects and says nothing only looks whether somebody listens.
    const bool silent = header.error().code != Code::kInvalidRequest && connection_.bytes_in == 0;
    core_->parts.log.log(
        silent ? LogLevel::kDebug : LogLevel::kInfo, "PROXY header refused",
        {{"peer", peer.address}, {"listener", peer.listener}, {"reason", header.error().message}});
    co_return false;
  }
  // Without a way it is the proxy's own connection, but still one for others.
  peer.loopback = false;
  if (const auto& way = header->way) {
    peer.proxy = std::exchange(peer.address, way->source.text());
    peer.port = way->source_port;
    peer.destination = way->destination.text();
    peer.link = std::move(header->link);
  }
  co_return true;
}

Task<bool> ServerSession::begin_tls() {
  bool plain_http = false;
  Peer& peer = origin_.peer;
  if (co_await connection_.handshake(origin_.tls->current(), plain_http)) {
    peer.server_name = lower(connection_.server_name());
    peer.client_ca = connection_.client_ca();
    co_return true;
  }
  core_->parts.log.debug("TLS handshake failed", {{"peer", peer.address},
                                                  {"listener", peer.listener},
                                                  {"reason", connection_.last_error().message()}});
  if (plain_http) {
    peer.tls = false;
    begin_request();
    co_await respond(failure(
        Error(Code::kInvalidRequest, "This port speaks HTTPS; use https:// instead of http://."),
        {}));
  }
  co_return false;
}

// A client that came by its certificate is believed for as long as a new connection with it would
// be: the authorities may have been changed since.
bool ServerSession::still_vouched() const {
  const Peer& peer = origin_.peer;
  if (peer.client_ca.empty() ||
      connection_.client_ca_holds(*origin_.tls, core_->parts.clock.now())) {
    return true;
  }
  core_->parts.log.info(
      "client certificate is not taken any more",
      {{"peer", peer.address}, {"listener", peer.listener}, {"clientCa", peer.client_ca}});
  return false;
}

// Where the proxy connected to, and with which certificate, says nothing about its client.
void ServerSession::set_client(const IpAddress& address) {
  Peer& client = proxied_->client;
  client.address = address.text();
  client.proxy = origin_.peer.address;
  client.port = 0;
  client.destination.clear();
  client.client_ca.clear();
}

// For each request anew: the next one of the same connection may come from another client.
ServerSession::Next ServerSession::name_client() {
  const net::Ingress& ingress = *origin_.ingress;
  const bool rfc7239 = ingress.forwarded_header == net::Ingress::Header::kForwarded;
  const std::string header = head_.joined_header(rfc7239 ? "Forwarded" : "X-Forwarded-For");
  auto client = client_behind({proxied_->proxy, header, rfc7239, ingress.forwarded_from});
  if (!client) return refuse(400, std::move(client.error()));
  set_client(*client);
  return Next::kRequest;
}

}  // namespace berth::http
