#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest.h"
#include "server/config_keys.h"
#include "server/config_names.h"
#include "server/config_state.h"
#include "server/config_tables.h"
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
  void read_file(const ConfigSources::File& file);
  void read_environment(const TextMap& environment);
  void read_flags(const TextMap& flags);
  ConfigResult finish() &&;

 private:
  void read_section(const RawSection& section, const std::string& file);
  void set(std::size_t index, const RawValue& value, std::string where, std::string origin);
  void problem(std::string where, std::string message) {
    state_.problem(std::move(where), std::move(message));
  }
  void unknown_section(const RawSection& section, bool array, std::string where);
  void unknown_key(const std::string& section, const std::string& key, std::string where);
  void stray_key(const std::string& key, std::string where);

  ConfigState state_;
};

void Loader::set(std::size_t index, const RawValue& value, std::string where, std::string origin) {
  if (auto complaint = config_keys()[index].set(state_.config, value)) {
    problem(std::move(where), std::move(*complaint));
    state_.accepted[index] = false;
  } else {
    state_.origins[index] = std::move(origin);
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

bool is_in(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// "[http]" and "[[listener]]" are told apart, because each is right where it belongs.
std::string in_brackets(std::string_view name, bool array) {
  return array ? fmt::format("[[{}]]", name) : fmt::format("[{}]", name);
}

void Loader::unknown_section(const RawSection& section, bool array, std::string where) {
  auto names = section_names();
  const auto tables = config_table_names();
  std::string right;
  if (is_in(array ? names : tables, section.name)) {
    right = fmt::format("write {}", in_brackets(section.name, !array));
  } else if (const auto nearest = nearest_name(section.name, array ? tables : names)) {
    right = fmt::format("did you mean {}?", in_brackets(*nearest, array));
  } else {
    right = array ? "there are " + join_names(tables) : "the sections are " + join_names(names);
  }
  problem(std::move(where), fmt::format("unknown {} {}; {}", array ? "table" : "section",
                                        in_brackets(section.name, array), right));
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
  if (is_in(sections, key)) {
    right = fmt::format("it is a section: write [{}] and its keys below it", key);
  } else if (is_in(config_table_names(), key)) {
    right = fmt::format("it is a table: write [[{}]] and its keys below it", key);
  } else if (!owners.empty()) {
    right = "it belongs to " + owners;
  }
  problem(std::move(where), fmt::format("key {} outside a section; {}", key, right));
}

void Loader::read_section(const RawSection& section, const std::string& file) {
  for (const RawKey& key : section.keys) {
    const std::size_t index = ConfigState::index_of(fmt::format("{}.{}", section.name, key.name));
    if (index == config_keys().size()) {
      unknown_key(section.name, key.name, place(file, key.at));
    } else {
      const std::string where = place(file, key.value_at);
      set(index, key.value, where, where);
    }
  }
}

void Loader::read_file(const ConfigSources::File& file) {
  const auto raw = read_toml(file);
  if (!raw) {
    state_.problems.push_back(raw.error());
    state_.complete = false;
    return;
  }
  for (const RawKey& key : raw->strays) stray_key(key.name, place(file.name, key.at));
  for (const RawSection& section : raw->sections) {
    if (is_in(section_names(), section.name)) {
      read_section(section, file.name);
    } else {
      unknown_section(section, false, place(file.name, section.at));
    }
  }
  for (const RawSection& table : raw->tables) {
    if (is_in(config_table_names(), table.name)) {
      read_table(table, file.name, state_);
    } else {
      unknown_section(table, true, place(file.name, table.at));
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
    const std::size_t index = ConfigState::index_of(name);
    if (index == config_keys().size()) {
      problem("flag", fmt::format("there is no key {}", name));
      continue;
    }
    const std::string origin = "flag " + config_keys()[index].flag();
    set(index, value, origin, origin);
  }
}

ConfigResult Loader::finish() && {
  check_contradictions(state_);
  if (!state_.problems.empty()) return tl::unexpected(std::move(state_.problems));
  LoadedConfig loaded;
  for (std::size_t i = 0; i < config_keys().size(); ++i) {
    const ConfigKey& key = config_keys()[i];
    const std::string& origin = state_.origins[i];
    loaded.values.push_back(
        {key.full_name(), key.text(state_.config), key.number(), origin == "default", origin});
  }
  for (EffectiveValue& value : table_values(state_)) loaded.values.push_back(std::move(value));
  loaded.config = std::move(state_.config);
  return loaded;
}

}  // namespace

ConfigState::ConfigState()
    : origins(config_keys().size(), "default"), accepted(config_keys().size(), true) {}

std::size_t ConfigState::index_of(std::string_view full_name) {
  const auto keys = config_keys();
  const auto found = std::find_if(
      keys.begin(), keys.end(), [&](const ConfigKey& key) { return key.full_name() == full_name; });
  return static_cast<std::size_t>(found - keys.begin());
}

void ConfigState::problem(std::string where, std::string message) {
  problems.push_back({std::move(where), std::move(message)});
}

ConfigResult load_config(const ConfigSources& sources) {
  Loader loader;
  if (sources.file) loader.read_file(*sources.file);
  loader.read_environment(sources.environment);
  loader.read_flags(sources.flags);
  return std::move(loader).finish();
}

}  // namespace berth::server
