// What a condition may look at: the attributes of one question, as a value. Which attributes exist,
// with their types and where they may be used, is one table (attributes.cpp); an attribute that a
// question does not have is absent, and absent is neither true nor false (condition.h).
// acr-access-model C4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/clock.h"

namespace berth::conditions {

enum class Attribute {
  kRepositoryName,   // @Request[Microsoft.ContainerRegistry/registries/repositories:name]
  kPrivateLink,      // @Environment[isPrivateLink]
  kPrivateEndpoint,  // @Environment[Microsoft.Network/privateEndpoints], a resource id
  kSubnet,           // @Environment[Microsoft.Network/virtualNetworks/subnets], a resource id
  kNow,              // @Environment[UtcNow]
  // What a role assignment that is written gives, and to whom (@Request[Microsoft.Authorization/
  // roleAssignments:RoleDefinitionId], PrincipalId, PrincipalType) …
  kGivenRole,
  kGivenPrincipal,
  kGivenPrincipalType,
  // … and what one that is there says (the same names behind @Resource).
  kStoredRole,
  kStoredPrincipal,
  kStoredPrincipalType,
};
inline constexpr std::size_t kAttributeCount = 11;

// Texts are borrowed: facts never outlive the question that they describe.
using Value = std::variant<bool, std::int64_t, TimePoint, std::string_view>;

struct Facts {
  std::string_view action;         // "Microsoft.ContainerRegistry/registries/repositories/…/read"
  std::string_view sub_operation;  // empty: none
  std::array<std::optional<Value>, kAttributeCount> values;

  Facts& set(Attribute attribute, Value value) {
    values[static_cast<std::size_t>(attribute)] = value;
    return *this;
  }
  const std::optional<Value>& get(Attribute attribute) const {
    return values[static_cast<std::size_t>(attribute)];
  }
};

}  // namespace berth::conditions
