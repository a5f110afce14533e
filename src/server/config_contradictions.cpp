// What is right each for itself and wrong together.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest.h"
#include "server/config_state.h"

namespace berth::server {
namespace {

// Berth makes the certificate itself: for a domain, and instead of one that is given.
void check_tls_auto(ConfigState& s) {
  auto& tls = s.config.tls;
  const std::string where = s.origin("tls.mode");
  if (s.config.server.domain.empty() && s.sound("server.domain")) {
    s.problem(where,
              "tls.mode is auto but server.domain is not set; a certificate is for a name: use "
              "--domain");
  }
  for (const auto& [key, value] :
       {std::pair("tls.cert", &tls.cert), std::pair("tls.key", &tls.key)}) {
    if (value->empty() || !s.sound(key)) continue;
    s.problem(s.origin(key),
              fmt::format("tls.mode is auto and {} is set; leave {} out, or set tls.mode "
                          "to files",
                          key, key));
  }
  if (!s.sound("tls.listen") || !tls.listen.empty()) return;
  if (s.origin("tls.listen") == "default") {
    tls.listen = {{"*", 443}};
  } else if (s.listeners.empty()) {
    s.problem(
        s.origin("tls.listen"),
        "tls.mode is auto but tls.listen is empty; leave it out for *:443, or name an address");
  }
}

// A domain's faces speak HTTPS only, and HTTPS serves nothing but a domain's faces.
void check_domain(ConfigState& s) {
  const auto& tls = s.config.tls;
  if (!s.config.server.domain.empty() || !s.sound("server.domain")) {
    if (!s.listeners.empty() || !tls.listen.empty() || !tls.cert.empty() || !tls.key.empty() ||
        !s.sound("tls.listen") || !s.sound("server.domain")) {
      return;
    }
    s.problem(s.origin("server.domain"),
              "server.domain is set but nothing speaks HTTPS, which its names need; use --tls "
              "auto, or set tls.listen, tls.cert and tls.key");
    return;
  }
  const bool listens = !tls.listen.empty() || !s.listeners.empty();
  if (!listens || tls.cert.empty() || tls.key.empty()) return;
  const bool by_key = !tls.listen.empty();
  s.problem(by_key ? s.origin("tls.listen") : s.listeners.front().at,
            fmt::format("{} is set but server.domain is not; over HTTPS registries are reached as "
                        "<registry>.<domain>: set it, as in --domain registry.example.com",
                        by_key ? "tls.listen" : s.listeners.front().path));
}

// Each part of TLS that is there demands those that are not. A [[listener]] listens, too.
void check_tls_files(ConfigState& s) {
  const auto& tls = s.config.tls;
  const bool by_table = tls.listen.empty() && !s.listeners.empty();
  const std::array<std::string_view, 3> names = {"tls.listen", "tls.cert", "tls.key"};
  const std::array<bool, 3> set = {!tls.listen.empty() || by_table, !tls.cert.empty(),
                                   !tls.key.empty()};
  std::vector<std::string> missing;
  std::size_t present = names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!s.sound(names[i])) return;
    if (!set[i]) missing.emplace_back(names[i]);
    if (set[i] && present == names.size()) present = i;
  }
  if (missing.empty() || present == names.size()) return;
  if (by_table) {
    s.problem(s.listeners.front().at,
              fmt::format("{} needs a certificate; use --tls auto, or set tls.cert and tls.key",
                          s.listeners.front().path));
    return;
  }
  s.problem(
      s.origin(names[present]),
      fmt::format(
          "{} is set but {} not; HTTPS needs tls.listen, tls.cert and tls.key", names[present],
          missing.size() == 1 ? missing[0] + " is" : missing[0] + " and " + missing[1] + " are"));
}

// One address on one interface.
struct Use {
  std::string key;
  std::string where;
  ListenAddress address;
  std::string_view interface = {};
};

bool same_socket(const Use& one, const Use& other) {
  const ListenAddress& a = one.address;
  const ListenAddress& b = other.address;
  const bool apart =
      !one.interface.empty() && !other.interface.empty() && one.interface != other.interface;
  if (apart || a.port == 0 || a.port != b.port) return false;
  const auto covers = [](const ListenAddress& wide, const ListenAddress& narrow) {
    return wide.host == narrow.host || wide.host == "*" ||
           (wide.host == "localhost" && (narrow.host == "127.0.0.1" || narrow.host == "::1"));
  };
  return covers(a, b) || covers(b, a);
}

std::vector<Use> addresses_in_use(const ConfigState& s) {
  std::vector<Use> out;
  const auto& c = s.config;
  for (const auto& [key, list] :
       {std::pair("http.listen", &c.http.listen), std::pair("tls.listen", &c.tls.listen),
        std::pair("operations.listen", &c.operations.listen),
        std::pair("identity.imds_listen", &c.identity.imds_listen)}) {
    if (!s.sound(key)) continue;
    for (const ListenAddress& address : *list) out.push_back({key, s.origin(key), address});
  }
  for (std::size_t i = 0; i < s.listeners.size(); ++i) {
    for (const ListenAddress& address : c.listeners[i].address) {
      out.push_back({s.listeners[i].path + ".address", s.listeners[i].of("address"), address,
                     c.listeners[i].interface});
    }
  }
  return out;
}

// Two listeners cannot have one address, and a server needs one at all.
void check_listeners(ConfigState& s) {
  const std::vector<Use> uses = addresses_in_use(s);
  for (auto use = uses.begin(); use != uses.end(); ++use) {
    const auto other = std::find_if(uses.begin(), use,
                                    [&](const Use& before) { return same_socket(before, *use); });
    if (other == use) continue;
    // All have port 443 there, because clients name none.
    const bool by_default = other->key == "tls.listen" && use->key.starts_with("listener.");
    s.problem(use->where, fmt::format("{} {} and {} {} are the same address; {}", other->key,
                                      other->address.text(), use->key, use->address.text(),
                                      by_default ? "set tls.listen to its own address, or to \"\" "
                                                   "so that only the [[listener]]s serve"
                                                 : "give each its own port"));
  }
  if (s.config.http.listen.empty() && s.config.tls.listen.empty() && s.listeners.empty() &&
      s.sound("http.listen") && s.sound("tls.listen")) {
    s.problem(
        s.origin("http.listen"),
        "http.listen and tls.listen are both empty, so nobody could reach the server; set one");
  }
}

// A name stands for one authority wherever it is used, and a header is believed from somebody.
void check_listener_tables(ConfigState& s) {
  std::map<std::string, std::string> authorities;
  for (std::size_t i = 0; i < s.listeners.size(); ++i) {
    const ListenerTable& listener = s.config.listeners[i];
    const RowOrigin& origin = s.listeners[i];
    for (const auto& [name, file] : listener.client_cas) {
      const auto [known, fresh] = authorities.emplace(name, file);
      if (fresh || known->second == file) continue;
      s.problem(origin.of("client_cas"),
                fmt::format("{}.client_cas has {} = {}, and another listener has {}; a name stands "
                            "for one file",
                            origin.path, name, file, known->second));
    }
    if (origin.sound && origin.keys.contains("forwarded_header") &&
        listener.forwarded_from.empty()) {
      s.problem(origin.of("forwarded_header"),
                fmt::format("{0}.forwarded_header is set but nobody is believed; name the proxies "
                            "in {0}.forwarded_from",
                            origin.path));
    }
  }
}

struct Declared {
  std::string_view key, remedy;  // the key of a [[trusted_service]]
  std::vector<std::string> names;
};
void check_declared(ConfigState& s, const RowOrigin& origin, const std::vector<std::string>& used,
                    const Declared& declared) {
  for (const std::string& name : used) {
    if (std::ranges::find(declared.names, name) != declared.names.end()) continue;
    const auto nearest = nearest_name(name, declared.names);
    const std::string right =
        nearest ? fmt::format("did you mean {}?", *nearest) : std::string(declared.remedy);
    s.problem(origin.of(declared.key),
              fmt::format("{}.{} names {}, which no [[listener]] declares; {}", origin.path,
                          declared.key, name, right));
  }
}

void check_trusted_services(ConfigState& s) {
  Declared listeners{"listeners", "write that one, too", {}};
  Declared authorities{"client_cas", "name its file in client_cas of one", {}};
  bool all_known = true;
  for (std::size_t i = 0; i < s.listeners.size(); ++i) {
    all_known = all_known && s.listeners[i].sound;
    listeners.names.push_back(s.config.listeners[i].name);
    for (const auto& [name, file] : s.config.listeners[i].client_cas) {
      authorities.names.push_back(name);
    }
  }
  for (std::size_t i = 0; i < s.trusted_services.size(); ++i) {
    const policy::TrustedIngress& service = s.config.trusted_services[i];
    const RowOrigin& origin = s.trusted_services[i];
    if (origin.sound && service.networks.empty() && service.listeners.empty() &&
        service.client_cas.empty()) {
      s.problem(origin.at, fmt::format("{} does not say where these services come from; name "
                                       "their networks, listeners or client_cas",
                                       origin.path));
    }
    if (!all_known) continue;  // what is not there may be what was refused
    check_declared(s, origin, service.listeners, listeners);
    check_declared(s, origin, service.client_cas, authorities);
  }
}

}  // namespace

void check_contradictions(ConfigState& s) {
  if (!s.complete) return;  // what is missing may stand behind the syntax error
  if (s.sound("tls.mode") && s.config.tls.mode == TlsMode::kAuto) {
    check_tls_auto(s);
  } else if (s.sound("tls.mode")) {
    check_tls_files(s);
    check_domain(s);
  }
  check_listeners(s);
  check_listener_tables(s);
  check_trusted_services(s);
}

}  // namespace berth::server
