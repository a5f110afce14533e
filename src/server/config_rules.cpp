// How one value of each kind is read, limited and written: the behaviour behind config_keys.h.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/config_keys.h"
#include "server/config_lists.h"

namespace berth::server {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang 16 does not deduce aggregates

std::string expected(const TextRule& rule, const ConfigKey&) {
  if (rule.parse != nullptr) return std::string(rule.expected);
  return rule.may_be_empty ? "text in quotes" : "text in quotes, not empty";
}
std::string expected(const NumberRule& rule, const ConfigKey&) {
  return fmt::format("an integer from {} to {}", rule.min, rule.max);
}
std::string expected(const SizeRule& rule, const ConfigKey& key) {
  return fmt::format("a size from {} to {}, such as \"{}\"", format_size(rule.min),
                     format_size(rule.max),
                     key.default_text() == "0" ? "10GiB" : key.default_text());
}
std::string expected(const TimeRule& rule, const ConfigKey& key) {
  return fmt::format("a time from {} to {}, such as \"{}\"", format_duration(rule.min),
                     format_duration(rule.max), key.default_text());
}
std::string expected(const ChoiceRule& rule, const ConfigKey&) {
  std::string out;
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    if (i > 0) out += i + 1 == rule.names.size() ? " or " : ", ";
    out += fmt::format("\"{}\"", rule.names[i]);
  }
  return out;
}
std::string expected(const ListenRule& rule, const ConfigKey&) {
  return rule.not_loopback.empty()
             ? R"(an address with a port, such as "*:443" or "[::1]:443", or a list of them)"
         : rule.or_link_local
             ? R"(a loopback or 169.254.x.y address with a port, such as "169.254.169.254:80", or a list of them)"
             : R"(a loopback address with a port, such as "localhost:5000", or a list of them)";
}
std::string expected(const AddressRule&, const ConfigKey&) {
  return R"(an IP address, such as "203.0.113.10", or a list of them)";
}

std::string refusal(const ConfigKey& key, std::string_view what) {
  return fmt::format("{} is {}; it must be {}", key.full_name(), what, key.expectation());
}

using Complaint = std::optional<std::string>;

// Integers appear as numbers in a file and as digits elsewhere; anything else is not a number.
std::optional<std::uint64_t> as_number(const RawValue& value, bool digits_allowed) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && digits_allowed ? parse_number(*text) : std::nullopt;
}

Complaint apply(const TextRule& rule, const ConfigKey& key, Config& config, const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || (text->empty() && !rule.may_be_empty)) return refusal(key, shown(value));
  // A NUL would silently cut the path when it reaches the system.
  if (text->find('\0') != std::string::npos) return refusal(key, shown(value));
  if (rule.parse == nullptr || text->empty()) {
    rule.field(config) = *text;
    return std::nullopt;
  }
  auto canonical = rule.parse(*text);
  if (!canonical) return refusal(key, shown(value));
  rule.field(config) = std::move(*canonical);
  return std::nullopt;
}

Complaint apply(const NumberRule& rule, const ConfigKey& key, Config& config,
                const RawValue& value) {
  const auto number = as_number(value, true);
  if (!number || *number < rule.min || *number > rule.max) return refusal(key, shown(value));
  rule.field(config) = static_cast<unsigned>(*number);
  return std::nullopt;
}

Complaint apply(const SizeRule& rule, const ConfigKey& key, Config& config, const RawValue& value) {
  auto size = as_number(value, false);
  if (const auto* text = std::get_if<std::string>(&value)) size = parse_size(*text);
  if (!size || *size < rule.min || *size > rule.max) return refusal(key, shown(value));
  rule.field(config) = *size;
  return std::nullopt;
}

Complaint apply(const TimeRule& rule, const ConfigKey& key, Config& config, const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto time = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (!time || *time < rule.min || *time > rule.max) return refusal(key, shown(value));
  rule.field(config) = *time;
  return std::nullopt;
}

Complaint apply(const ChoiceRule& rule, const ConfigKey& key, Config& config,
                const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return refusal(key, shown(value));
  const auto found = std::find(rule.names.begin(), rule.names.end(), *text);
  if (found == rule.names.end()) return refusal(key, shown(value));
  rule.set(config, static_cast<int>(found - rule.names.begin()));
  return std::nullopt;
}

Complaint apply(const ListenRule& rule, const ConfigKey& key, Config& config,
                const RawValue& value) {
  auto addresses = parse_list(value, &parse_listen_address);
  if (!addresses) return refusal(key, addresses.error());
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const ListenAddress& address = (*addresses)[i];
    const bool near = address.loopback() || (rule.or_link_local && address.link_local());
    if (!rule.not_loopback.empty() && !near) {
      return fmt::format("{} is {}; {}", key.full_name(), in_quotes(texts_of(value)->at(i)),
                         rule.not_loopback);
    }
  }
  rule.field(config) = std::move(*addresses);
  return std::nullopt;
}

Complaint apply(const AddressRule& rule, const ConfigKey& key, Config& config,
                const RawValue& value) {
  auto addresses = parse_list(value, &IpAddress::parse);
  if (!addresses) return refusal(key, addresses.error());
  rule.field(config) = std::move(*addresses);
  return std::nullopt;
}

}  // namespace

std::string ConfigKey::expectation() const {
  return std::visit([&](const auto& kind) { return expected(kind, *this); }, rule);
}

std::optional<std::string> ConfigKey::set(Config& config, const RawValue& value) const {
  return std::visit([&](const auto& kind) { return apply(kind, *this, config, value); }, rule);
}

std::string ConfigKey::text(const Config& config) const {
  Config copy = config;  // a Field is an accessor for writing
  return std::visit(
      Overloaded{[&](const TextRule& kind) { return kind.field(copy); },
                 [&](const NumberRule& kind) { return fmt::to_string(kind.field(copy)); },
                 [&](const SizeRule& kind) { return format_size(kind.field(copy)); },
                 [&](const TimeRule& kind) { return format_duration(kind.field(copy)); },
                 [&](const ChoiceRule& kind) {
                   return std::string(kind.names[static_cast<std::size_t>(kind.get(config))]);
                 },
                 [&](const ListenRule& kind) { return list_text(kind.field(copy)); },
                 [&](const AddressRule& kind) { return list_text(kind.field(copy)); }},
      rule);
}

}  // namespace berth::server
