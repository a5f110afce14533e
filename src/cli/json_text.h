// JSON as the command line meets it: answers of servers and files of others. Missing or foreign
// members read as empty; nothing throws. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::cli {

// kInvalidRequest when it is no JSON, or nested deeper than `max_depth`.
Result<boost::json::value> parse_json(std::string_view text, std::size_t max_depth = 32);

// What "properties.sku.name" leads to; null when nothing is there.
const boost::json::value* find(const boost::json::value& value, std::string_view path);
std::string text_at(const boost::json::value& value, std::string_view path);
std::int64_t number_at(const boost::json::value& value, std::string_view path);
// An empty array when there is none.
const boost::json::array& array_at(const boost::json::value& value, std::string_view path);

// With line breaks and tabs, as docker writes its files.
std::string pretty(const boost::json::value& value);

// The claims of a JWT, not verified: to tell its owner what it says. Null when it is none.
boost::json::value claims_of(std::string_view token);

}  // namespace berth::cli
