#include "cli/json_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "crypto/encoding.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

void indent(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(depth, '\t');
}

void append(std::string& out, const json::value& value, std::size_t depth) {
  const char* separator = "";
  if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    for (const auto& [key, inner] : value.get_object()) {
      out += separator;
      indent(out, depth + 1);
      out += json::serialize(json::string(key)) + ": ";
      append(out, inner, depth + 1);
      separator = ",";
    }
    indent(out, depth);
    out += '}';
  } else if (value.is_array() && !value.get_array().empty()) {
    out += '[';
    for (const json::value& inner : value.get_array()) {
      out += separator;
      indent(out, depth + 1);
      append(out, inner, depth + 1);
      separator = ",";
    }
    indent(out, depth);
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return fail(Code::kInvalidRequest, "this is not JSON");
  return value;
}

const json::value* find(const json::value& value, std::string_view path) {
  const json::value* at = &value;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->is_object() ? at->get_object().if_contains(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

std::string text_at(const json::value& value, std::string_view path) {
  const json::value* at = find(value, path);
  return at != nullptr && at->is_string() ? std::string(at->get_string()) : "";
}

std::int64_t number_at(const json::value& value, std::string_view path) {
  const json::value* at = find(value, path);
  if (at != nullptr && at->is_int64()) return at->get_int64();
  return 0;
}

const json::array& array_at(const json::value& value, std::string_view path) {
  static const json::array none;
  const json::value* at = find(value, path);
  return at != nullptr && at->is_array() ? at->get_array() : none;
}

std::string pretty(const json::value& value) {
  std::string out;
  append(out, value, 0);
  return out + '\n';
}

json::value claims_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return nullptr;
  const auto text = crypto::from_base64url(token.substr(first + 1, second - first - 1));
  return text ? parse_json(*text).value_or(json::value(nullptr)) : json::value(nullptr);
}

}  // namespace berth::cli
