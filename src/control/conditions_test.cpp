// Conditions of role assignments: what is written, refused, shown and decided.
#include "control/control_testing.h"
#include "policy/decision.h"

namespace berth::control {
namespace {

using enum Method;

const std::string kName = "00000000-1111-0000-0000-000000000001";
const std::string kOther = "00000000-1111-0000-0000-000000000002";
const std::string kRole = "00000000-2222-0000-0000-000000000001";
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
                          {alice.source, alice.principal, policy::Action::kPull, "team1", &*name,
                           clock_.now()})
        .allowed();
  }
  // A role that can be assigned in the group; `lists`: "actions" and the others.
  std::string role(const std::string& lists) const {
    return R"({"properties":{"roleName":"Own","permissions":[{)" + lists +
           R"(}],"assignableScopes":[")" + group_ + "\"]}}";
  }
  std::string role_id() const {
    return group_ + "/providers/Microsoft.Authorization/roleDefinitions/" + kRole;
  }
  void put_role(const std::string& lists) { ok(kPut, role_id(), role(lists)); }
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
  const std::string other = registries_ + "default";
  for (const auto role : {policy::kAcrPullRole, policy::kAcrPushRole, policy::kAcrDeleteRole}) {
    EXPECT_TRUE(marked(role, registry_)) << role;
    EXPECT_FALSE(marked(role, other)) << role;
    EXPECT_FALSE(marked(role, group_)) << role;
  }
  for (const auto role : {policy::kRepositoryReaderRole, policy::kRepositoryWriterRole,
                          policy::kRepositoryContributorRole, policy::kCatalogListerRole}) {
    EXPECT_FALSE(marked(role, registry_)) << role;
    EXPECT_TRUE(marked(role, other)) << role;
  }
  // They still rule the registry, or what is in no image; AcrImageSigner is the same in both modes.
  for (const auto role : {policy::kOwnerRole, policy::kContributorRole, policy::kReaderRole,
                          policy::kAccessAdministratorRole,
                          std::string_view("6cef56e8-d556-48e5-a04f-b8e64114680f")}) {
    EXPECT_FALSE(marked(role, registry_)) << role;
    EXPECT_FALSE(marked(role, other)) << role;
  }
  const std::string mcr = "Microsoft.ContainerRegistry/registries/";
  const std::pair<std::string, bool> rows[] = {
      {R"("actions":["MCRpull/read","MCRquarantine/read"])", true},
      {R"("actions":["MCRpull/*"])", true},
      {R"("actions":["MCRpull/read","MCRread"])", false},
      {R"("actions":["MCRp*/read"])", false},
      {R"("actions":["MCRpull/read"],"dataActions":["*/read"],"notDataActions":["*"])", false}};
  for (auto [lists, expected] : rows) {
    for (std::size_t at; (at = lists.find("MCR")) != std::string::npos;) lists.replace(at, 3, mcr);
    put_role(lists);
    EXPECT_EQ(marked(kRole, registry_), expected) << lists;
  }
}

// What a role takes away from or adds to its assignments must not make their conditions untrue.
TEST_F(Conditions, ARoleStaysAsItsConditionsNeedIt) {
  const std::string repositories = "Microsoft.ContainerRegistry/registries/repositories/";
  const std::string read =
      "\"" + repositories + R"(content/read",")" + repositories + R"(metadata/read")";
  put_role(R"("dataActions":[)" + read + "]");
  assign(kRole, registry_, kName, kAlice, kTeamOnly);
  assign(kRole, group_, kOther, kBob);  // has none
  const std::string refused[] = {
      R"("dataActions":["Microsoft.ContainerRegistry/registries/catalog/read",)" + read + "]",
      R"("dataActions":["*"])", R"("dataActions":[)" + ("\"" + repositories + R"(content/read"])"),
      R"("actions":["Microsoft.ContainerRegistry/registries/pull/read"],"dataActions":[)" + read +
          "]",
      R"("actions":["Microsoft.ContainerRegistry/registries/pull/read"])"};
  for (const std::string& lists : refused) {
    const auto answer = ask(kPut, role_id(), role(lists));
    ASSERT_FALSE(answer) << lists;
    EXPECT_EQ(answer.error().code, Code::kInvalidRequest);
    EXPECT_EQ(answer.error().exact_code, "InvalidRoleAssignmentCondition");
    EXPECT_NE(answer.error().message.find(assignment_id(registry_, kName)), std::string::npos)
        << answer.error().message;
    EXPECT_EQ(answer.error().message.find(kOther), std::string::npos);
    EXPECT_EQ(policy_->current()->roles.find(kRole)->definition.data_actions.size(), 2U);
  }
  put_role(R"("dataActions":[)" + read + ",\"" + repositories + R"(content/write"])");
  EXPECT_FALSE(alice_pulls("teams/app"));
  ok(kDelete, assignment_id(registry_, kName));
  for (const std::string& lists : refused) put_role(lists);
}

TEST_F(Conditions, ARoleMayBecomeNarrowerAndNotByLessExceptions) {
  const std::string write = R"("Microsoft.Authorization/roleAssignments/write")";
  const auto lists = [&](const std::string& more, const std::string& except) {
    return "\"actions\":[" + write + more + "],\"notActions\":[" + except + "]";
  };
  put_role(lists(R"(,"*/read")", R"("A.B/c/read")"));
  assign(kRole, registry_, kName, kAlice,
         "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'Group'");
  EXPECT_EQ(refusal(kPut, role_id(), role(lists(R"(,"*/read")", ""))),
            "InvalidRoleAssignmentCondition");
  EXPECT_EQ(refusal(kPut, role_id(), role(lists(R"(,"*")", R"("A.B/c/read")"))),
            "InvalidRoleAssignmentCondition");
  put_role(lists(R"(,"A.B/*/read")", R"("A.B/*")"));
}

TEST_F(Conditions, FiveAssignmentsAreNamedAtMost) {
  const std::string read = R"("Microsoft.ContainerRegistry/registries/repositories/content/read")";
  put_role(R"("dataActions":[)" + read + "]");
  for (int i = 0; i < 7; ++i) {
    const std::string registry = registries_ + "many" + std::to_string(i);
    ok(kPut, registry, kMode);
    assign(kRole, registry, "00000000-3333-0000-0000-00000000000" + std::to_string(i), kAlice,
           "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'a'");
  }
  const auto answer = ask(kPut, role_id(), role(R"("actions":["*"])"));
  ASSERT_FALSE(answer);
  std::size_t named = 0;
  for (std::size_t at = 0;
       (at = answer.error().message.find("00000000-3333", at)) != std::string::npos; ++at) {
    ++named;
  }
  EXPECT_EQ(named, 5U) << answer.error().message;
}

}  // namespace
}  // namespace berth::control
