// The one table of configuration keys. The file, the environment, the flags, `config show`, the
// reference in docs/configuration.md and shell completion are all read from it; a new key is one
// row here and one field in config.h, whose initialiser is the default. Immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/config.h"
#include "server/config_text.h"

namespace berth::server {

// How a value is read, checked and stored. Limits include both ends.
template <class T>
using Field = T& (*)(Config&);

struct TextRule {
  Field<std::string> field;
  bool may_be_empty;
  // The canonical form of a text that is right; null: any text is, as it stands.
  std::optional<std::string> (*parse)(std::string_view) = nullptr;
  std::string_view expected = {};  // what is right, where there is a `parse`
};
struct NumberRule {
  Field<unsigned> field;
  unsigned min;
  unsigned max;
};
struct SizeRule {
  Field<std::uint64_t> field;
  std::uint64_t min;
  std::uint64_t max;
};
struct TimeRule {
  Field<milliseconds> field;
  milliseconds min;
  milliseconds max;
};
struct ChoiceRule {
  std::span<const std::string_view> names;  // in the order of the enum
  int (*get)(const Config&);
  void (*set)(Config&, int);
};
struct ListenRule {
  Field<ListenList> field;
  std::string_view not_loopback;  // why another address is refused; empty: any address
  bool or_link_local = false;     // loopback or 169.254.0.0/16
};
struct AddressRule {
  Field<std::vector<IpAddress>> field;
};
using Rule =
    std::variant<TextRule, NumberRule, SizeRule, TimeRule, ChoiceRule, ListenRule, AddressRule>;

struct ConfigKey {
  std::string_view section;
  std::string_view name;
  Rule rule;
  std::string_view help;  // one sentence in Markdown without '|'
  std::string_view short_flag = {};

  std::string full_name() const;     // http.listen
  std::string variable() const;      // BERTH_HTTP_LISTEN
  std::string long_flag() const;     // --http-listen; every key has one
  std::string flag() const;          // --listen: the short one if there is one
  std::string expectation() const;   // "a size from 1MiB to 64MiB, such as \"4MiB\""
  std::string default_text() const;  // canonical, without quotes
  bool number() const { return std::holds_alternative<NumberRule>(rule); }

  // The value in force, canonical.
  std::string text(const Config& config) const;
  // Reads `value` into `config`. On refusal, what is wrong and right, and `config` as it was.
  std::optional<std::string> set(Config& config, const RawValue& value) const;
};

std::span<const ConfigKey> config_keys();

}  // namespace berth::server
