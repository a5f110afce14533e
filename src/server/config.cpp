#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/config_keys.h"
#include "server/config_names.h"
#include "server/config_text.h"

namespace berth::server {
namespace {

// Variables that start with BERTH_ and are no keys: the file's name, and this build's doc test.
constexpr std::array<std::string_view, 2> kOtherVariables = {"BERTH_CONFIG", "BERTH_UPDATE_DOCS"};

// Kubernetes puts BERTH_SERVICE_HOST, BERTH_PORT, BERTH_PORT_5000_TCP, … into every container when
// a service is called "berth". They are nobody's typo.
bool from_kubernetes(const std::string& name, const std::string& value) {
  return name.starts_with("BERTH_SERVICE_") || name.starts_with("BERTH_PORT_") ||
         (name == "BERTH_PORT" && value.find("://") != std::string::npos);
}

// Applies the layers in order and collects what is wrong. One use.
class Loader {
 public:
  Loader() : origins_(config_keys().size(), "default"), sound_(config_keys().size(), true) {}

  void read_file(const ConfigSources::File& file);
  void read_environment(const TextMap& environment);
  void read_flags(const TextMap& flags);
  void check_contradictions();
  ConfigResult finish() &&;

 private:
  static std::size_t index_of(std::string_view full_name);
  void set(std::size_t index, const RawValue& value, std::string where, std::string origin);
  void problem(std::string where, std::string message) {
    problems_.push_back({std::move(where), std::move(message)});
  }
  void unknown_section(const std::string& section, std::string where);
  void unknown_key(const std::string& section, const std::string& key, std::string where);
  void stray_key(const std::string& key, std::string where);
  bool sound(std::string_view key) const { return sound_[index_of(key)]; }
  const std::string& origin(std::string_view key) const { return origins_[index_of(key)]; }
  void check_tls_files();
  void check_tls_auto();
  void check_domain();
  void check_listeners();

  Config config_;
  ConfigProblems problems_;
  std::vector<std::string> origins_;  // by index of the key
  std::vector<bool> sound_;           // false: a value was refused; do not judge it further
  bool complete_ = true;              // false: the file could not be read to its end
};

std::size_t Loader::index_of(std::string_view full_name) {
  const auto keys = config_keys();
  const auto found = std::find_if(
      keys.begin(), keys.end(), [&](const ConfigKey& key) { return key.full_name() == full_name; });
  return static_cast<std::size_t>(found - keys.begin());
}

void Loader::set(std::size_t index, const RawValue& value, std::string where, std::string origin) {
  if (auto complaint = config_keys()[index].set(config_, value)) {
    problem(std::move(where), std::move(*complaint));
    sound_[index] = false;
  } else {
    origins_[index] = std::move(origin);
  }
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const ConfigKey& key : config_keys()) {
    if (names.empty() || names.back() != key.section) names.emplace_back(key.section);
  }
  return names;
}

std::vector<std::string> key_names(std::string_view section) {
  std::vector<std::string> names;
  for (const ConfigKey& key : config_keys()) {
    if (key.section == section) names.emplace_back(key.name);
  }
  return names;
}

// The sections that have a key of this name, as "[http], [tls]".
std::string sections_with(std::string_view name) {
  std::vector<std::string> sections;
  for (const ConfigKey& key : config_keys()) {
    if (key.name == name) sections.push_back(fmt::format("[{}]", key.section));
  }
  return join_names(sections);
}

void Loader::unknown_section(const std::string& section, std::string where) {
  const auto names = section_names();
  const auto nearest = nearest_name(section, names);
  problem(std::move(where), fmt::format("unknown section [{}]; {}", section,
                                        nearest ? fmt::format("did you mean [{}]?", *nearest)
                                                : "the sections are " + join_names(names)));
}

// The same name in another section says more than a similar one in this section.
void Loader::unknown_key(const std::string& section, const std::string& key, std::string where) {
  const auto names = key_names(section);
  std::string right = "its keys are " + join_names(names);
  if (const std::string elsewhere = sections_with(key); !elsewhere.empty()) {
    right = "it belongs to " + elsewhere;
  } else if (const auto nearest = nearest_name(key, names)) {
    right = fmt::format("did you mean {}?", *nearest);
  }
  problem(std::move(where), fmt::format("unknown key {} in [{}]; {}", key, section, right));
}

void Loader::stray_key(const std::string& key, std::string where) {
  const auto sections = section_names();
  const std::string owners = sections_with(key);
  std::string right = "every key belongs to a section: " + join_names(sections);
  if (std::find(sections.begin(), sections.end(), key) != sections.end()) {
    right = fmt::format("it is a section: write [{}] and its keys below it", key);
  } else if (!owners.empty()) {
    right = "it belongs to " + owners;
  }
  problem(std::move(where), fmt::format("key {} outside a section; {}", key, right));
}

void Loader::read_file(const ConfigSources::File& file) {
  const auto raw = read_toml(file);
  if (!raw) {
    problems_.push_back(raw.error());
    complete_ = false;
    return;
  }
  for (const RawKey& key : raw->strays) stray_key(key.name, place(file.name, key.at));
  const auto sections = section_names();
  for (const RawSection& section : raw->sections) {
    if (std::find(sections.begin(), sections.end(), section.name) == sections.end()) {
      unknown_section(section.name, place(file.name, section.at));
      continue;
    }
    for (const RawKey& key : section.keys) {
      const std::size_t index = index_of(fmt::format("{}.{}", section.name, key.name));
      if (index == config_keys().size()) {
        unknown_key(section.name, key.name, place(file.name, key.at));
      } else {
        const std::string where = place(file.name, key.value_at);
        set(index, key.value, where, where);
      }
    }
  }
}

void Loader::read_environment(const TextMap& environment) {
  std::vector<std::string> names;
  for (const ConfigKey& key : config_keys()) names.push_back(key.variable());
  for (auto at = environment.lower_bound("BERTH_");
       at != environment.end() && at->first.starts_with("BERTH_"); ++at) {
    const auto& [name, value] = *at;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      const std::string origin = "environment variable " + name;
      set(static_cast<std::size_t>(found - names.begin()), value, origin, origin);
    } else if (std::find(kOtherVariables.begin(), kOtherVariables.end(), name) ==
                   kOtherVariables.end() &&
               !from_kubernetes(name, value)) {
      const auto nearest = nearest_name(name, names);
      problem("environment variable " + name,
              nearest ? fmt::format("unknown variable; did you mean {}?", *nearest)
                      : "unknown variable; they are named BERTH_SECTION_KEY, such as "
                        "BERTH_HTTP_LISTEN");
    }
  }
}

void Loader::read_flags(const TextMap& flags) {
  for (const auto& [name, value] : flags) {
    const std::size_t index = index_of(name);
    if (index == config_keys().size()) {
      problem("flag", fmt::format("there is no key {}", name));
      continue;
    }
    const std::string origin = "flag " + config_keys()[index].flag();
    set(index, value, origin, origin);
  }
}

// Berth makes the certificate itself: for a domain, and instead of one that is given.
void Loader::check_tls_auto() {
  const std::string where = origin("tls.mode");
  if (config_.server.domain.empty() && sound("server.domain")) {
    problem(where,
            "tls.mode is auto but server.domain is not set; a certificate is for a name: use "
            "--domain");
  }
  for (const auto& [key, value] :
       {std::pair("tls.cert", &config_.tls.cert), std::pair("tls.key", &config_.tls.key)}) {
    if (value->empty() || !sound(key)) continue;
    problem(origin(key),
            fmt::format("tls.mode is auto and {} is set; leave {} out, or set tls.mode "
                        "to files",
                        key, key));
  }
  if (!sound("tls.listen") || !config_.tls.listen.empty()) return;
  if (origin("tls.listen") == "default") {
    config_.tls.listen = {{"*", 443}};
  } else {
    problem(origin("tls.listen"),
            "tls.mode is auto but tls.listen is empty; leave it out for *:443, or name an address");
  }
}

// A domain's faces speak HTTPS only, and HTTPS serves nothing but a domain's faces.
void Loader::check_domain() {
  const auto& tls = config_.tls;
  if (config_.server.domain.empty() && sound("server.domain") && tls.mode == TlsMode::kFiles &&
      !tls.listen.empty() && !tls.cert.empty() && !tls.key.empty()) {
    problem(origin("tls.listen"),
            "tls.listen is set but server.domain is not; over HTTPS registries are reached as "
            "<registry>.<domain>: set it, as in --domain registry.example.com");
    return;
  }
  if (config_.server.domain.empty() || !tls.listen.empty() || !tls.cert.empty() ||
      !tls.key.empty() || !sound("tls.listen") || !sound("server.domain")) {
    return;
  }
  problem(origin("server.domain"),
          "server.domain is set but nothing speaks HTTPS, which its names need; use --tls auto, or "
          "set tls.listen, tls.cert and tls.key");
}

// Each part of TLS that is there demands those that are not.
void Loader::check_tls_files() {
  const std::array<std::string_view, 3> names = {"tls.listen", "tls.cert", "tls.key"};
  const std::array<bool, 3> set = {!config_.tls.listen.empty(), !config_.tls.cert.empty(),
                                   !config_.tls.key.empty()};
  std::vector<std::string> missing;
  std::size_t present = names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!sound_[index_of(names[i])]) return;
    if (!set[i]) missing.emplace_back(names[i]);
    if (set[i] && present == names.size()) present = i;
  }
  if (missing.empty() || present == names.size()) return;
  problem(
      origins_[index_of(names[present])],
      fmt::format(
          "{} is set but {} not; HTTPS needs tls.listen, tls.cert and tls.key", names[present],
          missing.size() == 1 ? missing[0] + " is" : missing[0] + " and " + missing[1] + " are"));
}

bool same_socket(const ListenAddress& a, const ListenAddress& b) {
  if (a.port == 0 || a.port != b.port) return false;
  const auto covers = [](const ListenAddress& wide, const ListenAddress& narrow) {
    return wide.host == narrow.host || wide.host == "*" ||
           (wide.host == "localhost" && (narrow.host == "127.0.0.1" || narrow.host == "::1"));
  };
  return covers(a, b) || covers(b, a);
}

// Two listeners cannot have one address, and a server needs one at all.
void Loader::check_listeners() {
  struct Use {
    std::string_view key;
    ListenAddress address;
  };
  std::vector<Use> uses;
  const auto add = [&](std::string_view key, const ListenList& list) {
    const std::size_t index = index_of(key);
    if (!sound_[index]) return;
    for (const ListenAddress& address : list) {
      for (const Use& use : uses) {
        if (!same_socket(use.address, address)) continue;
        problem(origins_[index], fmt::format("{} {} and {} {} are the same address; give each "
                                             "its own port",
                                             use.key, use.address.text(), key, address.text()));
        break;
      }
      uses.push_back({key, address});
    }
  };
  add("http.listen", config_.http.listen);
  add("tls.listen", config_.tls.listen);
  add("operations.listen", config_.operations.listen);
  add("identity.imds_listen", config_.identity.imds_listen);
  const std::size_t http = index_of("http.listen");
  if (config_.http.listen.empty() && config_.tls.listen.empty() && sound_[http] &&
      sound_[index_of("tls.listen")]) {
    problem(origins_[http],
            "http.listen and tls.listen are both empty, so nobody could reach the server; set one");
  }
}

void Loader::check_contradictions() {
  if (!complete_) return;  // what is missing may stand behind the syntax error
  if (sound("tls.mode") && config_.tls.mode == TlsMode::kAuto) {
    check_tls_auto();
  } else if (sound("tls.mode")) {
    check_tls_files();
    check_domain();
  }
  check_listeners();
}

ConfigResult Loader::finish() && {
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));
  LoadedConfig loaded;
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    const ConfigKey& key = config_keys()[i];
    loaded.values.push_back({key.full_name(), key.text(config_), key.number(),
                             origins_[i] == "default", std::move(origins_[i])});
  }
  loaded.config = std::move(config_);
  return loaded;
}

}  // namespace

ConfigResult load_config(const ConfigSources& sources) {
  Loader loader;
  if (sources.file) loader.read_file(*sources.file);
  loader.read_environment(sources.environment);
  loader.read_flags(sources.flags);
  loader.check_contradictions();
  return std::move(loader).finish();
}

}  // namespace berth::server
