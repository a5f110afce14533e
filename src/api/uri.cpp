#include "api/uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace berth::api {
namespace {

// nullopt for a malformed escape, and for control characters, escaped or not: no name has one.
std::optional<std::string> decode(std::string_view text) {
  const auto view = boost::urls::make_pct_string_view({text.data(), text.size()});
  if (!view) return std::nullopt;
  std::string out = view->decode();
  const bool control = std::any_of(out.begin(), out.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control) return std::nullopt;
  return out;
}

}  // namespace

Result<std::string> decode_path(std::string_view path) {
  auto text = decode(path);
  if (!text) {
    return fail(Code::kInvalidRequest,
                "The path has a malformed percent escape or a control character; write %XX.");
  }
  return std::move(*text);
}

// Split by hand: the library's view over parameters (1.81) reads on behind the end of a query that
// is part of a longer text, such as a request line.
Result<Query> Query::parse(std::string_view query) {
  Query out;
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), item.size() + 1));
    if (item.empty()) continue;
    if (out.params_.size() == kMaxParameters) {
      return fail(Code::kInvalidRequest,
                  fmt::format("There may be {} parameters.", kMaxParameters));
    }
    const std::string_view name = item.substr(0, item.find('='));
    const std::string_view value = item.substr(std::min(item.size(), name.size() + 1));
    auto decoded_name = decode(name);
    auto decoded_value = decode(value);
    if (!decoded_name || !decoded_value) {
      return fail(Code::kInvalidRequest,
                  "The query is malformed; write name=value pairs joined by '&', with any other "
                  "character than letters, digits, '-', '.', '_' and '~' escaped as %XX.");
    }
    out.params_.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
  }
  return out;
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const auto& [key, value] : params_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : params_) {
    if (key == name) values.emplace_back(value);
  }
  return values;
}

std::vector<std::string_view> Query::names() const {
  std::vector<std::string_view> out;
  out.reserve(params_.size());
  for (const auto& [key, value] : params_) out.emplace_back(key);
  return out;
}

std::string form_text(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '+', ' ');
  return out;
}

std::string encode_query_value(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

}  // namespace berth::api
