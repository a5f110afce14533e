#include "api/graph_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>

#include "identity/checks.h"
#include "identity/json_text.h"

namespace berth::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxItems = 10'000;

// Reads `digits` digits at `at`; nullopt when there are none.
std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  const char* end = text.data() + at + digits;
  const auto [stop, ec] = std::from_chars(text.data() + at, end, value);
  return ec == std::errc() && stop == end && text[at] != '-' ? std::optional(value) : std::nullopt;
}

// The zone behind the seconds: minutes to take away to have UTC.
std::optional<int> zone_minutes(std::string_view zone) {
  if (zone.empty() || zone == "Z" || zone == "z") return 0;
  const auto hours = digits_at(zone, 1, 2);
  const auto minutes = digits_at(zone, 4, 2);
  const bool shaped = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':';
  if (!shaped || !hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

bool says_nothing(const json::value& value) {
  return value.is_null() || (value.is_bool() && !value.as_bool()) ||
         (value.is_string() && value.as_string().empty()) ||
         (value.is_array() && value.as_array().empty()) ||
         (value.is_object() &&
          std::all_of(value.as_object().begin(), value.as_object().end(),
                      [](const auto& member) { return says_nothing(member.value()); }));
}

}  // namespace

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  const auto year = digits_at(text, 0, 4);
  const auto month = digits_at(text, 5, 2);
  const auto day = digits_at(text, 8, 2);
  const auto hour = digits_at(text, 11, 2);
  const auto minute = digits_at(text, 14, 2);
  const auto second = digits_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const bool shaped = text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == ' ') &&
                      text[13] == ':' && text[16] == ':' && *hour < 24 && *minute < 60 &&
                      *second < 61;
  std::size_t at = 19;
  std::chrono::microseconds fraction{0};
  if (at < text.size() && text[at] == '.') {
    std::int64_t unit = 100'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      fraction += std::chrono::microseconds((text[at] - '0') * unit);
    }
  }
  const auto zone = zone_minutes(text.substr(at));
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!shaped || !zone || !date.ok()) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute - *zone) + std::chrono::seconds(*second) + fraction;
}

GraphBody::GraphBody(std::shared_ptr<const json::object> values, std::string path)
    : values_(std::move(values)), path_(std::move(path)) {}

Result<GraphBody> GraphBody::parse(std::string_view text) {
  TRY_ASSIGN(json::object values, identity::parse_object(text, "The body"));
  return GraphBody(std::make_shared<const json::object>(std::move(values)), "");
}

const json::value* GraphBody::take(std::string_view name) {
  known_.emplace(name);
  const json::value* value = values_->if_contains({name.data(), name.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

tl::unexpected<Error> GraphBody::wrong(std::string_view name, std::string_view rule) const {
  return fail(identity::bad_property(path_ + std::string(name), rule));
}

Result<std::optional<std::string>> GraphBody::text(std::string_view name) {
  const json::value* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return wrong(name, "a text.");
  return std::string(value->as_string().c_str(), value->as_string().size());
}

Result<std::optional<bool>> GraphBody::flag(std::string_view name) {
  const json::value* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) return wrong(name, "true or false.");
  return value->as_bool();
}

Result<std::optional<std::uint32_t>> GraphBody::number(std::string_view name) {
  const json::value* value = take(name);
  if (value == nullptr) return std::nullopt;
  constexpr std::int64_t kMost = 0xffff'fffe;  // the last one is "nobody" to the kernel
  if (!value->is_int64() || value->as_int64() < 0 || value->as_int64() > kMost) {
    return wrong(name, fmt::format("a whole number from 0 to {}.", kMost));
  }
  return static_cast<std::uint32_t>(value->as_int64());
}

Result<std::optional<TimePoint>> GraphBody::time(std::string_view name) {
  TRY_ASSIGN(const auto value, text(name));
  if (!value) return std::nullopt;
  const auto parsed = parse_rfc3339(*value);
  if (!parsed) return wrong(name, "a time like 2026-11-22T04:43:00Z.");
  return parsed;
}

Result<std::optional<std::vector<std::string>>> GraphBody::texts(std::string_view name) {
  const json::value* value = take(name);
  if (value == nullptr) return std::nullopt;
  auto texts = value->is_array() ? identity::texts_of(*values_, name) : std::nullopt;
  if (!texts || texts->size() > kMaxItems) return wrong(name, "a list of texts.");
  return texts;
}

Result<std::optional<policy::ServiceKind>> GraphBody::service_kind(std::string_view name) {
  const bool given = values_->contains({name.data(), name.size()});
  TRY_ASSIGN(const auto value, text(name));
  if (!given) return std::nullopt;
  if (!value || value->empty()) return policy::ServiceKind::kNone;
  if (const auto* row = policy::find_service_kind(*value)) return row->kind;
  std::vector<std::string_view> names;
  for (const policy::ServiceKindRow& row : policy::service_kinds()) names.push_back(row.name);
  return wrong(name, fmt::format("one of {}, or null.", fmt::join(names, ", ")));
}

Result<std::optional<GraphBody>> GraphBody::object(std::string_view name) {
  const json::value* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) return wrong(name, "an object.");
  return GraphBody(std::make_shared<const json::object>(value->as_object()),
                   fmt::format("{}{}.", path_, name));
}

Result<std::optional<std::vector<GraphBody>>> GraphBody::objects(std::string_view name) {
  const json::value* value = take(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) return wrong(name, "a list of objects.");
  std::vector<GraphBody> out;
  for (const json::value& item : value->as_array()) {
    if (!item.is_object() || out.size() >= kMaxItems) return wrong(name, "a list of objects.");
    out.push_back(GraphBody(std::make_shared<const json::object>(item.as_object()),
                            fmt::format("{}{}[{}].", path_, name, out.size())));
  }
  return out;
}

Result<void> GraphBody::accept_only(std::string_view name,
                                    std::initializer_list<std::string_view> values) {
  TRY_ASSIGN(const auto value, text(name));
  if (!value || std::find(values.begin(), values.end(), *value) != values.end()) return {};
  return wrong(name, fmt::format("this directory knows {}.", fmt::join(values, ", ")));
}

Result<void> GraphBody::must_be_off(std::string_view name) {
  TRY_ASSIGN(const auto value, flag(name));
  if (value.value_or(false)) return wrong(name, "this directory cannot do that; leave it false.");
  return {};
}

Result<void> GraphBody::done() const {
  for (const auto& member : *values_) {
    const std::string_view name(member.key().data(), member.key().size());
    // OData's own annotations are no properties.
    if (known_.contains(name) || name.starts_with('@') || says_nothing(member.value())) continue;
    return wrong(name, "this directory does not know the property; leave it out.");
  }
  return {};
}

}  // namespace berth::api
