#include "server/listeners.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::server {
namespace {

// Addresses that are served alike. `options` lacks the endpoint only.
struct Group {
  net::ListenerOptions options;
  std::string prefix;  // before the address, in what is printed
  const ListenList& addresses;
  http::Service& service;
};

Result<net::Listener> open_one(const net::Endpoint& endpoint, const Group& group, Wiring& wiring) {
  net::ListenerOptions options = group.options;
  options.endpoint = endpoint;
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

// The server's own certificate; `authorities`: whose client certificates are taken.
Result<std::shared_ptr<net::TlsContext>> load_tls(const Config& config, const Wiring& wiring,
                                                  std::map<std::string, std::string> authorities) {
  net::TlsFiles files{config.tls.cert, config.tls.key};
  if (wiring.certificates) files = wiring.certificates->files();
  files.client_cas = std::move(authorities);
  return net::TlsContext::load(std::move(files), wiring.environment.clock);
}

std::shared_ptr<const net::Ingress> ingress_of(const ListenerTable& table) {
  using Header = net::Ingress::Header;
  if (table.proxy_protocol_from.empty() && table.forwarded_from.empty()) return nullptr;
  return std::make_shared<const net::Ingress>(
      net::Ingress{table.proxy_protocol_from, table.forwarded_from,
                   table.forwarded_header == ForwardedHeader::kForwarded ? Header::kForwarded
                                                                         : Header::kXForwardedFor});
}

// Those that are there without being declared.
Result<std::vector<Group>> own_groups(const Config& config, Wiring& wiring, OpenListeners& out) {
  auto& faces = *wiring.faces;
  std::shared_ptr<net::TlsContext> tls;
  if (!config.tls.listen.empty()) {
    TRY_ASSIGN(tls, load_tls(config, wiring, {}));
    out.tls.push_back(tls);
  }
  const net::ListenerOptions probes{.name = "operations", .reserved = true};
  return std::vector<Group>{
      {{.name = "http"}, "http", config.http.listen, faces.data_plane},
      {{.name = "https", .tls = tls}, "https", config.tls.listen, faces.router},
      {{.name = "imds"}, "managed identity http", config.identity.imds_listen, faces.imds},
      {probes, "operations http", config.operations.listen, faces.operations},
  };
}

Result<Group> declared_group(const Config& config, std::size_t index, Wiring& wiring,
                             OpenListeners& out) {
  const ListenerTable& table = config.listeners[index];
  TRY_ASSIGN(auto tls, load_tls(config, wiring, table.client_cas));
  out.tls.push_back(tls);
  net::ListenerOptions options;
  options.name = table.name;
  options.tls = std::move(tls);
  options.interface = table.interface;
  options.ingress = ingress_of(table);
  return Group{std::move(options), table.name + " https", table.address,
               *wiring.faces->narrowed[index]};
}

// Which [[listener]] it is about; the server's own are known by their addresses.
Error of_listener(const Config& config, const std::string& name, Error error) {
  const auto declared = std::ranges::find(config.listeners, name, &ListenerTable::name);
  if (declared == config.listeners.end()) return error;
  error.message = fmt::format("listener {}: {}", name, error.message);
  return error;
}

}  // namespace

Result<OpenListeners> open_listeners(const Config& config, Wiring& wiring, http::Server& server) {
  OpenListeners out;
  TRY_ASSIGN(std::vector<Group> groups, own_groups(config, wiring, out));
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    auto group = declared_group(config, i, wiring, out);
    if (!group) return fail(of_listener(config, config.listeners[i].name, group.error()));
    groups.push_back(std::move(*group));
  }
  for (const Group& group : groups) {
    for (const ListenAddress& address : group.addresses) {
      const auto opened = open_address(address, group, wiring, server, out.addresses);
      if (!opened) return fail(of_listener(config, group.options.name, opened.error()));
    }
  }
  auto& faces = *wiring.faces;
  TRY(open_socket(wiring.data.socket(), {"socket", false}, faces.local, wiring, server));
  if (!config.identity.socket.empty()) {
    TRY(open_socket(config.identity.socket, {"identity", true}, faces.imds, wiring, server));
    out.addresses.push_back("managed identity unix:" + config.identity.socket);
  }
  return out;
}

}  // namespace berth::server
