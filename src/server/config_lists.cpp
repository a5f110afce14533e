#include "server/config_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

IpAddress after(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes = address.bytes();
  for (auto byte = bytes.rbegin(); byte != bytes.rend() && ++*byte == 0;) ++byte;
  return IpAddress::from_v6(bytes);
}

// Every address of `part` lies in one of the sorted `blocks`.
bool without_gap(const std::vector<IpPrefix>& blocks, const IpPrefix& part) {
  IpAddress next = part.first();
  for (const IpPrefix& block : blocks) {
    if (block.v4() != part.v4() || block.last() < next) continue;
    if (next < block.first()) return false;
    if (!(block.last() < part.last())) return true;
    next = std::max(next, after(block.last()));
  }
  return false;
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

std::string whole_family(std::vector<IpPrefix> blocks) {
  const auto all = std::ranges::find(blocks, 0U, &IpPrefix::length);
  if (all != blocks.end()) return in_quotes(all->text());
  std::ranges::sort(blocks);
  const auto holds = [&](std::string_view part) {
    return without_gap(blocks, *IpPrefix::parse(part));
  };
  if (holds("0.0.0.0/1") && holds("128.0.0.0/2") && holds("192.0.0.0/3")) {
    return "every IPv4 address";
  }
  return holds("2000::/3") ? "every IPv6 address" : "";
}

}  // namespace berth::server
