#include "conditions/attributes.h"

#include <algorithm>
#include <string_view>

#include "base/ascii.h"
#include "base/guid.h"
#include "conditions/condition.h"
#include "conditions/date.h"

namespace berth::conditions {
namespace {

constexpr std::string_view kRole = "Microsoft.Authorization/roleAssignments:RoleDefinitionId";
constexpr std::string_view kPrincipal = "Microsoft.Authorization/roleAssignments:PrincipalId";
constexpr std::string_view kPrincipalType = "Microsoft.Authorization/roleAssignments:PrincipalType";
// A repository name's limit, and more than the longest resource id that ARM's name rules allow.
constexpr std::size_t kNameBytes = 255;
constexpr std::size_t kIdBytes = 512;
constexpr std::size_t kGuidBytes = 36;
constexpr std::size_t kWordBytes = 64;

constexpr std::array<AttributeRow, kAttributeCount> kTable = {{
    {Attribute::kRepositoryName, Source::kRequest,
     "Microsoft.ContainerRegistry/registries/repositories:name", Type::kText, kNameBytes},
    {Attribute::kPrivateLink, Source::kEnvironment, "isPrivateLink", Type::kBool, 0},
    {Attribute::kPrivateEndpoint, Source::kEnvironment, "Microsoft.Network/privateEndpoints",
     Type::kText, kIdBytes},
    {Attribute::kSubnet, Source::kEnvironment, "Microsoft.Network/virtualNetworks/subnets",
     Type::kText, kIdBytes},
    {Attribute::kNow, Source::kEnvironment, "UtcNow", Type::kDate, 0},
    {Attribute::kGivenRole, Source::kRequest, kRole, Type::kGuid, kGuidBytes},
    {Attribute::kGivenPrincipal, Source::kRequest, kPrincipal, Type::kGuid, kGuidBytes},
    {Attribute::kGivenPrincipalType, Source::kRequest, kPrincipalType, Type::kText, kWordBytes},
    {Attribute::kStoredRole, Source::kResource, kRole, Type::kGuid, kGuidBytes},
    {Attribute::kStoredPrincipal, Source::kResource, kPrincipal, Type::kGuid, kGuidBytes},
    {Attribute::kStoredPrincipalType, Source::kResource, kPrincipalType, Type::kText, kWordBytes},
}};

constexpr std::array<TypeRow, 5> kTypes = {{
    {"true or false", "true or false", "BoolEquals"},
    {"text", "text in quotes", "StringEquals"},
    {"an integer", "an integer", "NumericEquals"},
    {"a date", "a date in quotes such as '2026-01-31T09:00:00.0000000Z'", "DateTimeGreaterThan"},
    {"a GUID", "a GUID", "GuidEquals"},
}};

constexpr std::array<std::string_view, 8> kConditionable = {
    "Microsoft.ContainerRegistry/registries/repositories/content/read",
    "Microsoft.ContainerRegistry/registries/repositories/content/write",
    "Microsoft.ContainerRegistry/registries/repositories/content/delete",
    "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
    "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
    "Microsoft.ContainerRegistry/registries/repositories/metadata/delete",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
};

// The value as a datum of the row's type; empty when it is of another one.
struct ReadAs {
  const AttributeRow& row;

  std::optional<Datum> operator()(bool value) const {
    if (row.type != Type::kBool) return {};
    return Datum{.number = value ? 1 : 0};
  }
  std::optional<Datum> operator()(std::int64_t value) const {
    if (row.type != Type::kInteger) return {};
    return Datum{.number = value};
  }
  std::optional<Datum> operator()(TimePoint value) const {
    if (row.type != Type::kDate) return {};
    return Datum{.number = ticks(value)};
  }
  std::optional<Datum> operator()(std::string_view value) const {
    const bool fits = row.type == Type::kText ? value.size() <= row.max_bytes
                                              : row.type == Type::kGuid && is_guid(value);
    if (!fits) return {};
    return Datum{.text = value};
  }
};

}  // namespace

const TypeRow& type_row(Type type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::string_view AttributeRow::short_name() const {
  return name.substr(name.rfind('/') + 1);  // npos + 1 is 0
}

std::span<const AttributeRow, kAttributeCount> attribute_table() {
  return kTable;
}

const AttributeRow& attribute_row(Attribute attribute) {
  return kTable[static_cast<std::size_t>(attribute)];
}

const AttributeRow* find_attribute(Source source, std::string_view name) {
  const auto found = std::ranges::find_if(kTable, [&](const AttributeRow& row) {
    return row.source == source && equal_no_case(row.name, name);
  });
  return found == kTable.end() ? nullptr : &*found;
}

std::optional<Datum> read_fact(const Facts& facts, Attribute attribute) {
  const auto& value = facts.get(attribute);
  if (!value) return {};
  return std::visit(ReadAs{attribute_row(attribute)}, *value);
}

bool conditionable(std::string_view action) {
  return std::ranges::any_of(kConditionable,
                             [&](std::string_view one) { return equal_no_case(one, action); });
}

}  // namespace berth::conditions
