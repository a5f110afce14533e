// Conditions of role assignments: what is written, refused, shown and decided.
#include "control/control_testing.h"
#include "policy/decision.h"

namespace berth::control {
namespace {

using enum Method;

const std::string kName = "00000000-1111-0000-0000-000000000001";
const std::string kOther = "00000000-1111-0000-0000-000000000002";
const std::string kOnReading =
    "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}) AND "
    "!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/metadata/read'})) OR ";
const std::string kTeamOnly = kOnReading +
                              "(@Request[Microsoft.ContainerRegistry/registries/repositories:name] "
                              "StringStartsWithIgnoreCase 'team/'))";
const std::string kMode = R"({"properties":{"roleAssignmentMode":"AbacRepositoryPermissions"}})";

class Conditions : public ControlFixture {
 protected:
  Conditions() {
    registry_ = registries_ + "team1";
    ok(kPut, registry_, kMode);
  }
  std::string put(std::string_view role, const std::string& more) {
    return refusal(kPut, assignment_id(registry_, kName), assignment(role, kAlice, more));
  }
  std::string message(std::string_view role, const std::string& more) {
    const auto answer = ask(kPut, assignment_id(registry_, kName), assignment(role, kAlice, more));
    return answer ? "" : answer.error().message;
  }
  bool alice_pulls(std::string_view repository) {
    const Request alice = as_alice(request(kGet, "/"));
    const auto name = oci::RepositoryName::parse(repository);
    return policy::decide(*policy_->current(),
                          {alice.source, alice.principal, policy::Action::kPull, "team1", &*name})
        .allowed();
  }
  std::string registry_;
};

TEST_F(Conditions, AConditionNarrowsWhatTheRoleGives) {
  assign(policy::kRepositoryReaderRole, registry_, kName, kAlice, kTeamOnly);
  EXPECT_TRUE(alice_pulls("team/app"));
  EXPECT_FALSE(alice_pulls("teams/app"));
  const json::object shown = ok(kGet, assignment_id(registry_, kName));
  EXPECT_EQ(text_at(shown, "properties.condition"), kTeamOnly);
  EXPECT_EQ(text_at(shown, "properties.conditionVersion"), "2.0");
  start();
  EXPECT_TRUE(alice_pulls("team/app"));
  EXPECT_FALSE(alice_pulls("teams/app"));
}

TEST_F(Conditions, OnlyConditionAndDescriptionCanChange) {
  assign(policy::kRepositoryReaderRole, registry_, kName, kAlice, kTeamOnly);
  EXPECT_EQ(put(policy::kRepositoryWriterRole, conditioned(kTeamOnly)),
            "RoleAssignmentUpdateNotPermitted");
  const std::string patch = R"({"properties":{"description":"why"}})";
  EXPECT_EQ(text_at(ok(kPatch, assignment_id(registry_, kName), patch), "properties.condition"),
            kTeamOnly);
  for (const char* none : {R"(,"condition":"","conditionVersion":"")",
                           R"(,"condition":null,"conditionVersion":null)", ""}) {
    assign(policy::kRepositoryReaderRole, registry_, kName, kAlice, kTeamOnly);
    EXPECT_FALSE(alice_pulls("teams/app"));
    EXPECT_EQ(put(policy::kRepositoryReaderRole, none), "") << none;
    EXPECT_TRUE(alice_pulls("teams/app")) << none;
  }
  // Unique with and without condition.
  EXPECT_EQ(refusal(kPut, assignment_id(registry_, kOther),
                    assignment(policy::kRepositoryReaderRole, kAlice, conditioned(kTeamOnly))),
            "RoleAssignmentExists");
}

TEST_F(Conditions, RefusalsSayWhereAndWhy) {
  const std::string all =
      "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'a'";
  const std::string is = R"(,"condition":"x")";
  struct Row {
    std::string_view role;
    std::string more, wanted;
  };
  const Row rows[] = {
      {policy::kRepositoryReaderRole, is, "'conditionVersion' must be '2.0'."},
      {policy::kRepositoryReaderRole, is + R"(,"conditionVersion":"1.0")", "not '1.0'."},
      {policy::kRepositoryReaderRole, R"(,"conditionVersion":"2.0")", "no condition."},
      {policy::kRepositoryReaderRole, conditioned("@Request["), "line 1, column 9"},
      {policy::kRepositoryReaderRole, conditioned(all + " AND " + all + " OR " + all), "column"},
      {policy::kCatalogListerRole, conditioned(all), "lists all repositories"},
      {policy::kAcrPullRole, conditioned(all), "'AcrPull' cannot have one"},
      {policy::kOwnerRole, conditioned(all), "'Owner' cannot have one"},
      {policy::kRepositoryReaderRole,
       conditioned("!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/"
                   "write'}) OR " +
                   all),
       "matches no action of the role 'Container Registry Repository Reader'"},
      {policy::kRepositoryReaderRole,
       conditioned("!(ActionMatches{'Microsoft.ContainerRegistry/registries/catalog/read'}) OR " +
                   all),
       "registries/catalog/read', which cannot have a condition"},
      {policy::kAccessAdministratorRole,
       conditioned("!(ActionMatches{'Microsoft.Authorization/*'})"), "which cannot have"},
  };
  for (const Row& row : rows) {
    const std::string text = message(row.role, row.more);
    EXPECT_TRUE(text.starts_with("The given role assignment condition is invalid. ")) << text;
    EXPECT_NE(text.find(row.wanted), std::string::npos) << row.more << "\n" << text;
  }
  EXPECT_EQ(put(policy::kRepositoryReaderRole, conditioned(std::string(4097, ' '))),
            "InvalidPropertyValue");
  EXPECT_EQ(
      put(policy::kRepositoryReaderRole, R"(,"description":")" + std::string(2049, 'x') + "\""),
      "InvalidPropertyValue");
  EXPECT_EQ(put(policy::kRepositoryReaderRole, conditioned(all)), "");
}

// What cannot be read any more gives nothing, instead of everything.
TEST_F(Conditions, AStoredConditionThatIsBrokenOpensNothing) {
  assign(policy::kRepositoryReaderRole, registry_, kName, kAlice, kTeamOnly);
  for (auto& [key, document] : documents_.stored) {
    const auto at = document.body.find("StringStartsWith");
    if (at != std::string::npos) document.body.replace(at, 16, "StringNobodyHas_");
  }
  start();
  EXPECT_FALSE(alice_pulls("team/app"));
  EXPECT_FALSE(alice_pulls("teams/app"));
  EXPECT_EQ(policy_->current()->assignments.find(kAlice), nullptr);
  EXPECT_EQ(refusal(kGet, assignment_id(registry_, kName)), "");
}

TEST_F(Conditions, WhatDoesNotCountInTheModeIsShown) {
  const auto marked = [&](std::string_view role, const std::string& scope) {
    assign(role, scope, kName);
    const json::object shown = ok(kGet, assignment_id(scope, kName));
    ok(kDelete, assignment_id(scope, kName));
    return at_path(shown, "properties.notEffectiveInMode") != nullptr;
  };
  EXPECT_TRUE(marked(policy::kAcrPullRole, registry_));
  EXPECT_FALSE(marked(policy::kRepositoryReaderRole, registry_));
  EXPECT_FALSE(marked(policy::kAcrPullRole, group_));
  EXPECT_FALSE(marked(policy::kAccessAdministratorRole, registries_ + "default"));
  EXPECT_TRUE(marked(policy::kCatalogListerRole, registries_ + "default"));
  EXPECT_FALSE(marked(policy::kAcrPullRole, registries_ + "default"));
}

}  // namespace
}  // namespace berth::control
