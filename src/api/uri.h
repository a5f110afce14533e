// Percent-decoding of paths and queries (RFC 3986). The only place that knows Boost.URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace berth::api {

// Decodes a whole path once. kInvalidRequest for a malformed escape or a control character.
Result<std::string> decode_path(std::string_view path);

// What comes from a client is looked up by name, one after the other: so few that it stays cheap.
inline constexpr std::size_t kMaxParameters = 256;

// The parameters of a query, decoded, in order. Names and values may be empty.
class Query {
 public:
  static Result<Query> parse(std::string_view query);  // kInvalidRequest when malformed

  // The first parameter of that name; nullopt when absent.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  std::vector<std::string_view> names() const;  // as sent, repeated ones too

 private:
  std::vector<std::pair<std::string, std::string>> params_;
};

// What a form or a query written as one says, still escaped otherwise: there a '+' is a space.
std::string form_text(std::string_view text);

// A text as one query value: everything but unreserved characters is escaped.
std::string encode_query_value(std::string_view text);

}  // namespace berth::api
