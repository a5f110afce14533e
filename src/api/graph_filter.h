// The `$filter` forms that az and the SDKs send (az-acr-wire 8.2), joined by "and":
//
//   displayName eq 'x'      startswith(displayName,'x')      servicePrincipalNames/any(c:c eq 'x')
//
// Compared without case, as Graph does. Pure. Other forms are kInvalidRequest, named
// Request_UnsupportedQuery.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::api {

struct FilterClause {
  std::string property;
  std::string value;  // in lower case
  bool prefix = false;
  bool any = false;  // of a list
  bool operator==(const FilterClause&) const = default;
};

inline constexpr std::size_t kMaxFilterBytes = 2048;

// An empty text is no clause: everything matches.
Result<std::vector<FilterClause>> parse_filter(std::string_view text);

// The values of a property of one object; nullopt: the type has no such property.
using PropertyValues =
    std::function<std::optional<std::vector<std::string>>(std::string_view property)>;
// kInvalidRequest for a property that the type does not have.
Result<bool> matches(const std::vector<FilterClause>& filter, const PropertyValues& values);

}  // namespace berth::api
