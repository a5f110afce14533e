// Role definitions that users make, and the platform's deny assignments.
#include "control/control_testing.h"
#include "policy/decision.h"
#include "policy/denials.h"

namespace berth::control {
namespace {

using enum Method;

const std::string kRole = "00000000-2222-0000-0000-000000000001";
const std::string kOtherRole = "00000000-2222-0000-0000-000000000002";
const std::string kFirst = "00000000-1111-0000-0000-000000000001";
const std::string kSecond = "00000000-1111-0000-0000-000000000002";
const std::string kDefinitions = "/providers/Microsoft.Authorization/roleDefinitions";
const std::string kPull = R"("Microsoft.ContainerRegistry/registries/pull/read")";

class Roles : public ControlFixture {
 protected:
  static std::string definition(const std::string& name, const std::string& scopes,
                                const std::string& actions = kPull, const std::string& more = "") {
    return R"({"properties":{"roleName":")" + name + R"(","type":"CustomRole","description":"d",)" +
           R"("permissions":[{"actions":[)" + actions + R"(],"notActions":[])" + more +
           R"(}],"assignableScopes":[)" + scopes + "]}}";
  }
  std::string quoted(const std::string& scope) const { return "\"" + scope + "\""; }
  std::string at(const std::string& scope, const std::string& guid = kRole) const {
    return scope + kDefinitions + "/" + guid;
  }
  std::vector<std::string> custom(const std::string& scope, const std::string& more = "") {
    Request list = request(kGet, scope + kDefinitions);
    list.filter = "type eq 'CustomRole'" + more;
    return names(ok(list));
  }
  Request alice(Method method, const std::string& path, const std::string& body = "") const {
    return as_alice(request(method, path, body));
  }
};

TEST_F(Roles, AreMadeShownChangedAndDeleted) {
  const auto made = ask(kPut, at(group_), definition("Puller", quoted(group_)));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->status, 201U);
  const json::object shown = json::parse(made->body).as_object();
  EXPECT_EQ(text_at(shown, "id"), at(sub_));
  EXPECT_EQ(text_at(shown, "name"), kRole);
  EXPECT_EQ(text_at(shown, "properties.type"), "CustomRole");
  EXPECT_EQ(text_at(shown, "properties.createdBy"), "owner");
  EXPECT_EQ(
      json::serialize(*at_path(shown, "properties.permissions")),
      "[{\"actions\":[" + kPull + R"(],"notActions":[],"dataActions":[],"notDataActions":[]}])");
  // One role, whatever scope it is reached through.
  EXPECT_EQ(ok(kGet, at(registries_ + "default")), shown);
  EXPECT_EQ(text_at(ok(kGet, at("")), "id"), at(""));
  const std::string changed = definition("Puller 2", quoted(group_), R"("*/read")");
  EXPECT_EQ(ask(kPut, at(sub_), changed)->status, 201U);
  EXPECT_EQ(text_at(ok(kGet, at(group_)), "properties.roleName"), "Puller 2");
  start();
  EXPECT_EQ(policy_->current()->roles.find(kRole)->definition.actions,
            (std::vector<std::string>{"*/read"}));
  EXPECT_EQ(text_at(ok(kDelete, at(sub_)), "properties.roleName"), "Puller 2");
  EXPECT_EQ(policy_->current()->roles.find(kRole), nullptr);
  EXPECT_EQ(ask(kDelete, at(sub_))->status, 204U);
}

TEST_F(Roles, ListsKnowScopesAndFilters) {
  ok(kPut, registries_ + "team1");
  ok(kPut, at(sub_), definition("Puller", quoted(registries_ + "team1")));
  EXPECT_EQ(custom(registries_ + "team1"), std::vector{kRole});
  EXPECT_TRUE(custom(registries_ + "default").empty());
  EXPECT_TRUE(custom(sub_).empty());
  EXPECT_EQ(custom(sub_, " and atScopeAndBelow()"), std::vector{kRole});
  EXPECT_EQ(custom(registries_ + "team1", " and roleName eq 'PULLER'"), std::vector{kRole});
  EXPECT_TRUE(custom(registries_ + "team1", " and roleName eq 'x'").empty());
  Request all = request(kGet, registries_ + "team1" + kDefinitions);
  EXPECT_EQ(names(ok(all)).size(), policy::built_in_roles().size() + 1);
  EXPECT_EQ(refusal(kGet, at(registries_ + "default")), "ResourceNotFound");
}

TEST_F(Roles, AreAssignedWithinTheirScopesOnly) {
  ok(kPut, registries_ + "team1");
  ok(kPut, at(sub_), definition("Puller", quoted(registries_ + "team1")));
  EXPECT_EQ(refusal(kPut, assignment_id(group_, kFirst), assignment(kRole)),
            "RoleAssignmentScopeNotAssignableToRoleDefinition");
  assign(kRole, registries_ + "team1", kFirst);
  const Request who = alice(kGet, "/");
  const auto name = oci::RepositoryName::parse("app");
  const auto may = [&](policy::Action action) {
    return policy::decide(*policy_->current(),
                          {who.source, who.principal, action, "team1", &*name, clock_.now()})
        .allowed();
  };
  EXPECT_TRUE(may(policy::Action::kPull));
  EXPECT_FALSE(may(policy::Action::kPush));
  // The change of a role is in force for its assignments at once.
  ok(kPut, at(sub_),
     definition("Puller", quoted(registries_ + "team1"),
                R"("Microsoft.ContainerRegistry/registries/push/write")"));
  EXPECT_TRUE(may(policy::Action::kPush));
  EXPECT_FALSE(may(policy::Action::kPull));
  EXPECT_EQ(refusal(kDelete, at(sub_)), "RoleDefinitionHasAssignments");
  ok(kDelete, assignment_id(registries_ + "team1", kFirst));
  EXPECT_EQ(refusal(kDelete, at(sub_)), "");
}

TEST_F(Roles, AreChecked) {
  const std::string here = quoted(group_);
  struct Row {
    std::string body, code;
  };
  const Row rows[] = {
      {definition("acrPULL", here), "RoleDefinitionWithSameNameExists"},
      {definition("taken", here), "RoleDefinitionWithSameNameExists"},
      {definition(" ", here), "InvalidRoleDefinitionName"},
      {definition("x", ""), "InvalidAssignableScope"},
      {definition("x", R"("/")"), "InvalidAssignableScope"},
      {definition("x", R"("group")"), "InvalidAssignableScope"},
      {definition("x", quoted(registries_ + "default/tokens/abcde")), "InvalidAssignableScope"},
      {definition("x", quoted(sub_ + "/resourceGroups/nothere")), "ResourceGroupNotFound"},
      {definition("x", here, ""), "InvalidActionOrNotAction"},
      {definition("x", here, R"("pull")"), "InvalidActionOrNotAction"},
      {definition("x", here, R"("A.B/c d/read")"), "InvalidActionOrNotAction"},
      {definition("x", here, R"("A.B//read")"), "InvalidActionOrNotAction"},
      {definition("x", here, R"("A.B/c/eat")"), "InvalidActionOrNotAction"},
      {definition("x", here, "7"), "InvalidRequestContent"},
      {definition("x", here, kPull, R"(,"colour":[])"), "InvalidRequestContent"},
      {definition("x", here, kPull, R"(},{"actions":["*"])"), "InvalidRequestContent"},
      {R"({"properties":{"roleName":"x","assignableScopes":[]}})", "InvalidRequestContent"},
      {R"({"properties":{"roleName":"x","roleType":"BuiltInRole"}})", "InvalidPropertyValue"},
  };
  ok(kPut, at(group_, kOtherRole), definition("Taken", here));
  for (const Row& row : rows) EXPECT_EQ(refusal(kPut, at(group_), row.body), row.code) << row.body;
  std::string many = kPull;
  for (std::size_t i = 0; i < 200; ++i) many += "," + kPull;
  EXPECT_EQ(refusal(kPut, at(group_), definition("x", here, many)), "RoleDefinitionLimitExceeded");
  EXPECT_EQ(refusal(kPut, at(group_, "noguid"), definition("x", here)), "InvalidRoleDefinitionId");
  EXPECT_EQ(refusal(kPut, at(sub_, std::string(policy::kAcrPullRole)), definition("x", here)),
            "SystemDefinedResource");
  EXPECT_EQ(refusal(kDelete, at(sub_, std::string(policy::kAcrPullRole))), "SystemDefinedResource");
  EXPECT_EQ(refusal(kPut, at(group_), definition("x", here, R"("*")")), "");
}

// The right is needed at every scope of the role, those that it had included.
TEST_F(Roles, NeedTheRightAtAllTheirScopes) {
  ok(kPut, sub_ + "/resourceGroups/other");
  const std::string other = sub_ + "/resourceGroups/other";
  assign(policy::kOwnerRole, group_, kFirst);
  const auto put = [&](const std::string& scopes, const std::string& guid = kRole) {
    return refusal(alice(kPut, at(group_, guid), definition("x" + guid, scopes)));
  };
  EXPECT_EQ(put(quoted(group_)), "");
  EXPECT_EQ(put(quoted(group_) + "," + quoted(other)), "AuthorizationFailed");
  ok(kPut, at(group_, kOtherRole), definition("both", quoted(group_) + "," + quoted(other)));
  EXPECT_EQ(put(quoted(group_), kOtherRole), "AuthorizationFailed");
  EXPECT_EQ(refusal(alice(kDelete, at(group_, kOtherRole))), "AuthorizationFailed");
  EXPECT_EQ(refusal(alice(kDelete, at(group_))), "");
  ok(kPut, assignment_id(group_, kSecond), assignment(policy::kReaderRole));
  ok(kDelete, assignment_id(group_, kFirst));
  EXPECT_EQ(refusal(alice(kPut, at(group_), definition("x", quoted(group_)))),
            "AuthorizationFailed");
}

// Whoever names a role of other people must not learn from the refusal where it is theirs.
TEST_F(Roles, ARefusalKeepsTheScopesOfOthers) {
  const std::string other = sub_ + "/resourceGroups/secret-project";
  ok(kPut, other);
  ok(kPut, at(other), definition("theirs", quoted(other)));
  ok(kPut, at(other, kOtherRole), definition("both", quoted(group_) + "," + quoted(other)));
  assign(policy::kOwnerRole, group_, kFirst);
  const auto message = [&](const Request& request) {
    const auto answer = ask(request);
    EXPECT_FALSE(answer) << request.path;
    return answer ? std::string() : answer.error().message;
  };
  const std::string body = definition("hers", quoted(group_));
  for (const Request& request : {alice(kPut, at(group_), body), alice(kDelete, at(group_)),
                                 alice(kPatch, at(group_), R"({"properties":{}})")}) {
    const std::string text = message(request);
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    // As if she had no right here at all.
    Request bob = request;
    bob.principal.id = kBob;
    bob.principal.credential = "bob-1";
    std::string same = message(bob);
    if (const auto id = same.find(kBob); id != std::string::npos) {
      same.replace(id, std::string_view(kBob).size(), kAlice);
    }
    EXPECT_EQ(text, same);
  }
  // She sees this one, with all its scopes.
  EXPECT_NE(message(alice(kPut, at(group_, kOtherRole), body)).find("secret"), std::string::npos);
}

TEST_F(Roles, DenialsAreShownAndNotMade) {
  policy_->update(
      [](policy::Snapshot& snapshot) { snapshot.denials = policy::platform_denials(kTenant); });
  const std::string denials = "/providers/Microsoft.Authorization/denyAssignments";
  const json::object list = ok(kGet, denials);
  const std::size_t all = policy_->current()->denials->size();
  ASSERT_EQ(list.at("value").as_array().size(), all);
  Request named = request(kGet, sub_ + denials);
  named.filter = "atScope() and denyAssignmentName eq 'Deny assignments'";
  const json::object found = ok(named);
  ASSERT_EQ(found.at("value").as_array().size(), 1U);
  const json::object& one = found.at("value").at(0).as_object();
  EXPECT_EQ(text_at(one, "properties.scope"), "/");
  EXPECT_TRUE(true_at(one, "properties.isSystemProtected"));
  EXPECT_EQ(ok(kGet, std::string(text_at(one, "id"))), one);
  EXPECT_EQ(refusal(kPut, denials + "/" + kFirst), "FeatureNotAvailable");
  EXPECT_TRUE(names(ok(alice(kGet, sub_ + denials))).empty());
}

}  // namespace
}  // namespace berth::control
