// `$filter` as ARM's clients write it: terms joined by " and ", each a comparison with a text or a
// function with one text or none.
//
//   resourceType eq 'Microsoft.ContainerRegistry/registries'
//   atScope() and assignedTo('…')
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::control {

struct FilterTerm {
  std::string name;   // as sent
  bool call = false;  // name('value'), not name eq 'value'
  std::string value;
  // Names are compared without case.
  bool is(std::string_view wanted, bool as_call) const;
};
using Filter = std::vector<FilterTerm>;

// kInvalidRequest (InvalidFilterInQueryString) for anything else.
Result<Filter> parse_filter(const std::optional<std::string>& text);
// The refusal of a term that a list does not know; `known` says what it does.
Error unknown_filter(const FilterTerm& term, std::string_view known);

}  // namespace berth::control
