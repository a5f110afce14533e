// The tables that may stand in the file several times, [[listener]] and [[trusted_service]]: one
// row here for each of their keys. They have no variables and no flags; everything else is as with
// keys: each problem with its place and with what would be right, `config show`, the reference in
// docs/configuration.md. Immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/config_state.h"
#include "server/config_text.h"

namespace berth::server {

// "vm", "kubernetes", …: what [[trusted_service]] and `berth sp` call the kinds of service.
std::vector<std::string> service_kind_names();
// "listener", "trusted_service".
std::vector<std::string> config_table_names();

// Reads one [[table]] with such a name into `state`.
void read_table(const RawSection& raw, const std::string& file, ConfigState& state);

// What is in force: "listener.private.address", ….
std::vector<EffectiveValue> table_values(const ConfigState& state);

// For the reference. Markdown without '|'.
struct TableReference {
  struct Key {
    std::string_view name;
    std::string default_text;  // empty: it must be there
    std::string expectation;
    std::string_view help;
  };
  std::string_view name, help;
  std::vector<Key> keys;
};
std::vector<TableReference> table_references();

}  // namespace berth::server
