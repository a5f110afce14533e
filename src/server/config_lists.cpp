#include "server/config_lists.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::server {
namespace {

struct Show {
  std::string operator()(const std::string& text) const { return in_quotes(text); }
  std::string operator()(std::int64_t number) const { return fmt::to_string(number); }
  std::string operator()(const std::vector<std::string>& /*texts*/) const { return "a list"; }
  std::string operator()(const NamedTexts& /*texts*/) const { return "a table"; }
  std::string operator()(const OtherValue& other) const { return std::string(other.type); }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string shown(const RawValue& value) {
  return std::visit(Show{}, value);
}

std::optional<std::vector<std::string>> texts_of(const RawValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  std::vector<std::string> out;
  if (trimmed(*text).empty()) return out;
  const std::string_view all = *text;
  for (std::size_t begin = 0; begin <= all.size();) {
    const std::size_t comma = std::min(all.find(',', begin), all.size());
    out.emplace_back(trimmed(all.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  return out;
}

}  // namespace berth::server
