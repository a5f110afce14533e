// Lists, as keys and tables of the configuration read them: a list of texts, or one text with
// commas, which is how a list is written outside a file. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "server/config_text.h"
#include "server/config_values.h"

namespace berth::server {

// A value as it appears in "http.listen is …".
std::string shown(const RawValue& value);

// nullopt: neither a list of texts nor a text. The empty text is the empty list.
std::optional<std::vector<std::string>> texts_of(const RawValue& value);

// Each text read by `parse`; else what is wrong, as shown().
template <class T>
tl::expected<std::vector<T>, std::string> parse_list(
    const RawValue& value, std::optional<T> (*parse)(std::string_view text)) {
  const auto texts = texts_of(value);
  if (!texts) return tl::unexpected(shown(value));
  std::vector<T> out;
  for (const std::string& text : *texts) {
    auto item = parse(text);
    if (!item) return tl::unexpected(in_quotes(text));
    out.push_back(std::move(*item));
  }
  return out;
}

// The text() of each, with commas.
template <class Items>
std::string list_text(const Items& items) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += ", ";
    out += item.text();
  }
  return out;
}

// What `blocks` are when alone or together they hold all unicast addresses of a family, such as
// "0.0.0.0/0" in quotes or "every IPv6 address"; else empty. A list of whom to believe must not: it
// would say nothing.
std::string whole_family(std::vector<IpPrefix> blocks);

}  // namespace berth::server
