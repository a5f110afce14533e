#include "identity/json_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "json_read/name_watch.h"

namespace berth::identity {
namespace {

namespace json = boost::json;
constexpr std::size_t kMaxDepth = 16;

struct Limits {
  static constexpr std::size_t max_object_size = 10'000;
  static constexpr std::size_t max_array_size = 100'000;
  static constexpr std::size_t max_key_size = 4096;
  static constexpr std::size_t max_string_size = std::size_t(-1);
};

}  // namespace

Result<json::object> parse_object(std::string_view text, std::string_view what) {
  const auto refuse = [&] {
    return fail(
        Code::kInvalidRequest,
        fmt::format("{} must be one JSON object, at most {} levels deep, with no name twice.", what,
                    kMaxDepth));
  };
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code ec;
  json::basic_parser<json_read::NameWatch<Limits>> watcher(options);
  const std::size_t read = watcher.write_some(false, text.data(), text.size(), ec);
  if (ec || read != text.size() || !watcher.done()) return refuse();
  json::value value = json::parse({text.data(), text.size()}, ec, {}, options);
  if (ec || !value.is_object()) return refuse();
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string()
             ? std::string(value->as_string().c_str(), value->as_string().size())
             : std::string();
}

bool bool_of(const json::object& object, std::string_view name, bool otherwise) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_bool() ? value->as_bool() : otherwise;
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::nullopt;
  // A NumericDate may have a fraction (RFC 7519 §2); no sane one is beyond the year 9999.
  if (value->is_double() && value->as_double() >= 0 && value->as_double() < 253'402'300'800.0) {
    return static_cast<std::int64_t>(value->as_double());
  }
  return value->is_int64() ? std::optional(value->as_int64()) : std::nullopt;
}

std::optional<std::vector<std::string>> texts_of(const json::object& object,
                                                 std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return std::vector{text_of(object, name)};
  if (!value->is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const json::value& item : value->as_array()) {
    if (!item.is_string()) return std::nullopt;
    out.emplace_back(item.as_string().c_str(), item.as_string().size());
  }
  return out;
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

}  // namespace berth::identity
