// What a resource type's body may hold, as a table, and ARM's rules of writing (az-acr-wire 5.2):
//
//   PUT    replaces: what is absent gets its default; read-only and secret parts stay
//   PATCH  changes: what is absent stays; null clears; arrays and tags replace
//
// Members that no row knows are refused by their path. A property without effect is accepted when
// it equals its default or the stored value, and refused otherwise by its feature's name: nothing
// is accepted that Berth would not do. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string_view>

#include "base/error.h"

namespace berth::control {

enum class Kind { kBool, kNumber, kText, kEnum, kTextList, kTags, kAny };
enum class Use {
  kSettable,
  kCreateOnly,  // settable when it is made; later only the same value
  kReadOnly,    // clients send it back; it is not looked at
  kWithoutEffect,
  kByType,  // the type itself reads it
};

struct Field {
  std::string_view path;  // from the top of the body, dotted
  Kind kind = Kind::kAny;
  Use use = Use::kSettable;
  std::string_view initial = {};                  // JSON text; empty: absent by default
  std::span<const std::string_view> values = {};  // kEnum, in canonical case
  std::string_view feature = {};                  // kWithoutEffect: what it would switch on
  bool required = false;
  bool keeps = false;  // absent keeps what is there in a PUT, too: older clients do not know it
  std::size_t max_length = 1024;  // kText and members of kTextList
};

using Schema = std::span<const Field>;
enum class Writing { kPut, kPatch };

// The new body. `stored` null: the resource is being made. Errors are kInvalidRequest with the
// member's path in the message and the detail "target": InvalidRequestContent for what is unknown
// or of the wrong type, InvalidPropertyValue, FeatureNotAvailable; kConflict
// (PropertyChangeNotAllowed) for kCreateOnly.
Result<boost::json::object> merge(Schema schema, const boost::json::object* stored,
                                  const boost::json::object& given, Writing writing);

}  // namespace berth::control
