#include "server/listeners.h"

#include <fmt/format.h>

namespace berth::server {
namespace {

struct Group {
  std::string_view name;    // of the listener, in logs
  std::string_view prefix;  // before the address, in what is printed
  const ListenList& addresses;
  http::Service& service;
  std::shared_ptr<net::TlsContext> tls;
};

Result<net::Listener> open_one(const net::Endpoint& endpoint, const Group& group, Wiring& wiring) {
  net::ListenerOptions options;
  options.name = group.name;
  options.endpoint = endpoint;
  options.tls = group.tls;
  return net::Listener::open(wiring.loop, std::move(options), wiring.environment.log);
}

// "*" means every address of both families; "localhost" both loopback addresses.
Result<std::vector<net::Endpoint>> endpoints_of(const ListenAddress& address) {
  if (address.host != "*") return net::Endpoint::parse(address.text());
  TRY_ASSIGN(std::vector<net::Endpoint> all,
             net::Endpoint::parse(fmt::format("0.0.0.0:{}", address.port)));
  TRY_ASSIGN(const auto six, net::Endpoint::parse(fmt::format("[::]:{}", address.port)));
  all.insert(all.end(), six.begin(), six.end());
  return all;
}

// The endpoints of "localhost" share a port also when the kernel chooses it. A machine without IPv6
// serves on the other one.
Result<void> open_address(const ListenAddress& address, const Group& group, Wiring& wiring,
                          http::Server& server, std::vector<std::string>& shown) {
  TRY_ASSIGN(std::vector<net::Endpoint> endpoints, endpoints_of(address));
  std::uint16_t port = address.port;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    endpoints[i].port = port;
    auto listener = open_one(endpoints[i], group, wiring);
    if (!listener && i > 0 && endpoints[i].kind == net::Endpoint::Kind::kIpv6 &&
        listener.error().code == Code::kInvalidRequest) {
      wiring.environment.log.warning("no IPv6 listener", {{"reason", listener.error().message}});
      continue;
    }
    if (!listener) return fail(std::move(listener).error());
    port = listener->bound().port;
    server.add_listener(std::move(*listener), group.service);
  }
  shown.push_back(fmt::format("{}://{}", group.prefix, ListenAddress{address.host, port}.text()));
  return {};
}

struct SocketKind {
  std::string_view name;
  bool everybody;  // whoever connects is told apart by the peer's user
};
Result<void> open_socket(const std::string& path, SocketKind kind, http::Service& service,
                         Wiring& wiring, http::Server& server) {
  TRY_ASSIGN(const auto endpoint, net::Endpoint::parse("unix:" + path));
  net::ListenerOptions options;
  options.name = kind.name;
  options.endpoint = endpoint.at(0);
  options.everybody = kind.everybody;
  TRY_ASSIGN(net::Listener listener,
             net::Listener::open(wiring.loop, std::move(options), wiring.environment.log));
  server.add_listener(std::move(listener), service);
  return {};
}

Result<void> open_tls(const Config& config, Wiring& wiring, OpenListeners& out) {
  if (config.tls.listen.empty()) return {};
  const Environment& environment = wiring.environment;
  net::TlsFiles files{config.tls.cert, config.tls.key};
  if (wiring.certificates) files = wiring.certificates->files();
  TRY_ASSIGN(out.tls, net::TlsContext::load(std::move(files), environment.clock));
  return {};
}

}  // namespace

Result<OpenListeners> open_listeners(const Config& config, Wiring& wiring, http::Server& server) {
  OpenListeners out;
  auto& faces = *wiring.faces;
  TRY(open_tls(config, wiring, out));
  const Group groups[] = {
      {"http", "http", config.http.listen, faces.data_plane, nullptr},
      {"https", "https", config.tls.listen, faces.router, out.tls},
      {"imds", "managed identity http", config.identity.imds_listen, faces.imds, nullptr},
      {"operations", "operations http", config.operations.listen, faces.operations, nullptr},
  };
  for (const Group& group : groups) {
    for (const ListenAddress& address : group.addresses) {
      TRY(open_address(address, group, wiring, server, out.addresses));
    }
  }
  TRY(open_socket(wiring.data.socket(), {"socket", false}, faces.local, wiring, server));
  if (!config.identity.socket.empty()) {
    TRY(open_socket(config.identity.socket, {"identity", true}, faces.imds, wiring, server));
    out.addresses.push_back("managed identity unix:" + config.identity.socket);
  }
  return out;
}

}  // namespace berth::server
