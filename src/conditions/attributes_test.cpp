#include "conditions/attributes.h"

#include <gtest/gtest.h>

#include "conditions/condition.h"
#include "conditions/operators.h"

namespace berth::conditions {
namespace {

TEST(Attributes, TheTableIsInTheOrderOfTheEnum) {
  for (std::size_t i = 0; i < kAttributeCount; ++i) {
    EXPECT_EQ(attribute_table()[i].attribute, static_cast<Attribute>(i));
  }
}

TEST(Attributes, AreFoundBehindTheirSourceWithoutCase) {
  const auto* row = find_attribute(Source::kEnvironment, "ISPRIVATELINK");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->attribute, Attribute::kPrivateLink);
  EXPECT_EQ(find_attribute(Source::kRequest, "isPrivateLink"), nullptr);
  const std::string_view role = "Microsoft.Authorization/roleAssignments:RoleDefinitionId";
  EXPECT_EQ(find_attribute(Source::kRequest, role)->attribute, Attribute::kGivenRole);
  EXPECT_EQ(find_attribute(Source::kResource, role)->attribute, Attribute::kStoredRole);
}

TEST(Attributes, WhatIsNotOfItsTypeIsAbsent) {
  Facts facts;
  facts.set(Attribute::kPrivateLink, std::string_view("true"));
  facts.set(Attribute::kNow, std::int64_t{5});
  facts.set(Attribute::kRepositoryName, true);
  facts.set(Attribute::kGivenRole, std::string_view("Owner"));
  facts.set(Attribute::kGivenPrincipal, std::string_view("00000000-0000-0000-0000-000000000001"));
  EXPECT_FALSE(read_fact(facts, Attribute::kPrivateLink));
  EXPECT_FALSE(read_fact(facts, Attribute::kNow));
  EXPECT_FALSE(read_fact(facts, Attribute::kRepositoryName));
  EXPECT_FALSE(read_fact(facts, Attribute::kGivenRole));
  EXPECT_TRUE(read_fact(facts, Attribute::kGivenPrincipal));
  EXPECT_FALSE(read_fact(facts, Attribute::kSubnet));
}

TEST(Attributes, WhatIsTooLongIsAbsent) {
  const std::string name(256, 'a');
  Facts facts;
  facts.set(Attribute::kRepositoryName, std::string_view(name).substr(1));
  EXPECT_TRUE(read_fact(facts, Attribute::kRepositoryName));
  facts.set(Attribute::kRepositoryName, std::string_view(name));
  EXPECT_FALSE(read_fact(facts, Attribute::kRepositoryName));
  const auto denied = Condition::compile(
      "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringNotEquals 'b'");
  ASSERT_TRUE(denied);
  EXPECT_EQ((*denied)->evaluate(facts), Truth::kUnknown);
}

TEST(Operators, ThereAreThoseOfTheReference) {
  EXPECT_EQ(operator_table().size(), 28U) << "2 bool, 12 text, 6 numeric, 6 date, 2 GUID";
  for (const auto& row : operator_table()) {
    EXPECT_EQ(find_operator(row.name), &row);
    const bool starts = row.name.find("StartsWith") != std::string_view::npos;
    EXPECT_EQ(row.prefixable, !starts && row.type != Type::kBool && row.type != Type::kDate)
        << row.name;
    EXPECT_EQ(row.negated, row.name.find("Not") != std::string_view::npos) << row.name;
    EXPECT_EQ(row.pattern, row.name.find("Like") != std::string_view::npos) << row.name;
    if (row.pattern) {
      EXPECT_EQ(row.ignore_case, row.name.ends_with("IgnoreCase"));
    }
  }
}

TEST(Conditionable, AreContentMetadataAndTheGivingOfRoles) {
  const std::string base = "Microsoft.ContainerRegistry/registries/";
  for (const auto* yes : {"content/read", "content/write", "content/delete", "metadata/read",
                          "metadata/write", "metadata/delete"}) {
    EXPECT_TRUE(conditionable(base + "repositories/" + yes)) << yes;
  }
  EXPECT_TRUE(conditionable("microsoft.authorization/ROLEassignments/write"));
  EXPECT_TRUE(conditionable("Microsoft.Authorization/roleAssignments/delete"));
  for (const auto* no : {"catalog/read", "quarantine/read", "importImage/action", "pull/read",
                         "repositories/content/*", "repositories/content"}) {
    EXPECT_FALSE(conditionable(base + no)) << no;
  }
  EXPECT_FALSE(conditionable("Microsoft.Authorization/roleAssignments/read"));
  EXPECT_FALSE(conditionable(""));
}

}  // namespace
}  // namespace berth::conditions
