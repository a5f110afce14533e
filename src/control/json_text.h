// JSON as ARM bodies need it: strict reading (limits; no member twice, so that what was checked is
// what is used), and access by dotted path. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::control {

namespace json = boost::json;

inline constexpr std::size_t kMaxBodyBytes = 1024UL * 1024;
inline constexpr std::size_t kMaxBodyDepth = 32;

// An object, or an empty one for an empty text. kInvalidRequest (InvalidRequestContent) saying what
// is malformed and where.
Result<json::object> read_object(std::string_view text);

inline std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}
inline json::string_view key(std::string_view text) {
  return {text.data(), text.size()};
}

// The member at "properties.sku.name"; null when it or something on the way is not there.
const json::value* at_path(const json::object& object, std::string_view path);
// Makes the objects on the way.
void set_path(json::object& object, std::string_view path, json::value value);
void erase_path(json::object& object, std::string_view path);

// The text or truth at a path; empty or false for anything else.
std::string_view text_at(const json::object& object, std::string_view path);
bool true_at(const json::object& object, std::string_view path);
// The list at a path; an empty one for anything else.
const json::array& list_at(const json::object& object, std::string_view path);

// The object at a path, made when it is missing.
json::object& object_at(json::object& object, std::string_view name);

}  // namespace berth::control
