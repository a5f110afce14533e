// The TOML text of a configuration file, flattened into (section, key, value, position). Knows the
// grammar, not the keys. The only user of toml++. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "server/config.h"

namespace berth::server {

// A value that no key accepts, by the name of its type: "a table", "a boolean", …
struct OtherValue {
  std::string_view type;
};
// { partner = "/etc/berth/partner.pem" }: a table of texts, in the order of the text.
struct NamedTexts {
  std::vector<std::pair<std::string, std::string>> items;
};
// Text outside a file (environment, flag) is always the first alternative.
using RawValue =
    std::variant<std::string, std::int64_t, std::vector<std::string>, NamedTexts, OtherValue>;

// Both count from 1.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const Position&) const = default;
};

struct RawKey {
  std::string name;
  Position at;
  Position value_at;
  RawValue value;
};

struct RawSection {
  std::string name;
  Position at;
  std::vector<RawKey> keys;
};

// Everything in the order of the text, so that problems are reported in that order.
struct RawFile {
  std::vector<RawSection> sections;
  std::vector<RawSection> tables;  // each [[name]]
  std::vector<RawKey> strays;      // keys outside any section
};

// "file:line:column"
std::string place(const std::string& file, Position at);

// A syntax error ends the reading: there is one problem at most.
tl::expected<RawFile, ConfigProblem> read_toml(const ConfigSources::File& file);

}  // namespace berth::server
