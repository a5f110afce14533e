// Who may do what on the control plane: role assignments, filtered lists, refusals.
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "control/control_testing.h"
#include "control/types/types.h"

namespace berth::control {
namespace {

using enum Method;

const std::string kReader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const std::string kAcrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const std::string kOwner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const std::string kContributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const std::string kFirst = "00000000-1111-0000-0000-000000000001";
const std::string kSecond = "00000000-1111-0000-0000-000000000002";
const std::string kAssignments = "/providers/Microsoft.Authorization/roleAssignments";

class Access : public ControlFixture {
 protected:
  Access() { ok(kPut, registries_ + "team1"); }

  Request alice(Method method, const std::string& path, const std::string& body = {}) const {
    return as_alice(request(method, path, body));
  }
  std::string registry_list() const {
    return sub_ + "/providers/Microsoft.ContainerRegistry/registries";
  }
  std::string body(const std::string& role, const std::string& principal,
                   const std::string& more = "") const {
    return R"({"properties":{"roleDefinitionId":")" + sub_ +
           "/providers/Microsoft.Authorization/roleDefinitions/" + role + R"(","principalId":")" +
           principal + "\"" + more + "}}";
  }
};

TEST_F(Access, WithoutARightEverythingIsRefusedAlike) {
  for (const std::string& path :
       {registries_ + "team1", registries_ + "nothere", sub_ + "/resourceGroups/nothere",
        registries_ + "team1/tokens/x"}) {
    EXPECT_EQ(refusal(alice(kGet, path)), "AuthorizationFailed") << path;
    EXPECT_EQ(refusal(alice(kPut, path, "{")), "AuthorizationFailed") << path;
    EXPECT_EQ(refusal(alice(kDelete, path)), "AuthorizationFailed") << path;
  }
  for (const char* action : {"listCredentials", "regenerateCredential", "generateCredentials"}) {
    EXPECT_EQ(refusal(alice(kPost, registries_ + "team1/" + action, "{}")), "AuthorizationFailed");
  }
  EXPECT_EQ(refusal(alice(kPut, registries_ + "team1" + kAssignments + "/" + kFirst,
                          body(kReader, kAlice))),
            "AuthorizationFailed");
}

TEST_F(Access, ListsAreEmptyInsteadOfRefused) {
  for (const std::string& path :
       {std::string("/subscriptions"), sub_ + "/resourcegroups", registry_list(),
        sub_ + "/resources", registries_ + "team1/tokens", registries_ + "team1/scopeMaps",
        registries_ + "nothere/tokens", group_ + kAssignments,
        sub_ + "/resourceGroups/nothere/providers/Microsoft.ContainerRegistry/registries"}) {
    EXPECT_TRUE(names(ok(alice(kGet, path))).empty()) << path;
  }
  EXPECT_EQ(refusal(request(kGet, sub_ + "/resourceGroups/nothere/providers/"
                                         "Microsoft.ContainerRegistry/registries")),
            "ResourceGroupNotFound");
}

TEST_F(Access, ListsShowWhatMayBeRead) {
  assign(kReader, registries_ + "team1", kFirst);
  EXPECT_EQ(names(ok(alice(kGet, registry_list()))), (std::vector<std::string>{"team1"}));
  EXPECT_EQ(names(ok(alice(kGet, sub_ + "/resources"))), (std::vector<std::string>{"team1"}));
  EXPECT_EQ(refusal(alice(kGet, registries_ + "team1")), "");
  EXPECT_EQ(refusal(alice(kPatch, registries_ + "team1", "{}")), "AuthorizationFailed");
  EXPECT_EQ(refusal(alice(kGet, registries_ + "default")), "AuthorizationFailed");
  ok(kDelete, registries_ + "team1" + kAssignments + "/" + kFirst);
  EXPECT_TRUE(names(ok(alice(kGet, registry_list()))).empty());
}

TEST_F(Access, AnyRightShowsTheSubscription) {
  EXPECT_EQ(refusal(alice(kGet, sub_)), "AuthorizationFailed");
  assign(kAcrPull, registries_ + "team1", kFirst, kTeam);  // through her group
  EXPECT_EQ(text_at(ok(alice(kGet, sub_)), "state"), "Enabled");
  EXPECT_EQ(ok(alice(kGet, "/subscriptions")).at("value").as_array().size(), 1U);
  EXPECT_TRUE(names(ok(alice(kGet, sub_ + "/resources"))).empty());
}

TEST_F(Access, RolesComeFromAboveAndAcrossAStart) {
  ok(kPut, "/providers/Microsoft.Management/managementGroups/top" + std::string(""));
  ok(kPut, "/providers/Microsoft.Management/managementGroups/top" + sub_);
  assign(kContributor, "/providers/Microsoft.Management/managementGroups/top", kFirst);
  start();
  EXPECT_EQ(refusal(alice(kPatch, registries_ + "team1", R"({"tags":{"a":"b"}})")), "");
  EXPECT_EQ(refusal(alice(kPut, registries_ + "team1" + kAssignments + "/" + kSecond,
                          body(kReader, kAlice))),
            "AuthorizationFailed");
  assign(kReader, "", kSecond);  // at the tenant
  const auto* held = policy_->current()->assignments.find(kAlice);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(std::ranges::count(*held, "/", &policy::RoleAssignment::scope), 1);
}

// Whoever rules a group must not gain a subscription, or another group, by putting it in there.
TEST_F(Access, ARoleAtAGroupTakesNothingInto) {
  const std::string groups = "/providers/Microsoft.Management/managementGroups/";
  ok(kPut, groups + "hers");
  ok(kPut, groups + "other");
  assign(kOwner, groups + "hers", kFirst);
  EXPECT_EQ(refusal(alice(kPut, groups + "hers" + sub_)), "AuthorizationFailed");
  assign(kContributor, groups + "other", kSecond);
  const std::string parent =
      R"({"properties":{"details":{"parent":{"id":")" + groups + R"(hers"}}}})";
  EXPECT_EQ(refusal(alice(kPatch, groups + "other", parent)), "AuthorizationFailed");
  EXPECT_EQ(refusal(alice(kPatch, groups + "other", R"({"properties":{"displayName":"x"}})")), "");
  EXPECT_EQ(refusal(alice(kPatch, registries_ + "team1", "{}")), "AuthorizationFailed");
}

TEST_F(Access, AnAssignmentIsShownAsArmDoes) {
  const auto made = ask(kPut, registries_ + "TEAM1" + kAssignments + "/" + kFirst,
                        body(kAcrPull, kTeam, R"(,"description":"why")"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 201U);
  const json::object shown = json::parse(made->body).as_object();
  EXPECT_EQ(text_at(shown, "id"), registries_ + "team1" + kAssignments + "/" + kFirst);
  EXPECT_EQ(text_at(shown, "properties.scope"), registries_ + "team1");
  EXPECT_EQ(text_at(shown, "properties.principalType"), "Group");
  EXPECT_EQ(text_at(shown, "properties.roleDefinitionId"),
            sub_ + "/providers/Microsoft.Authorization/roleDefinitions/" + kAcrPull);
  EXPECT_EQ(text_at(shown, "properties.createdBy"), "owner");
  EXPECT_TRUE(shown.at("properties").at("condition").is_null());
  const auto removed = ask(kDelete, registries_ + "team1" + kAssignments + "/" + kFirst);
  ASSERT_TRUE(removed);
  EXPECT_EQ(text_at(json::parse(removed->body).as_object(), "name"), kFirst);
  EXPECT_EQ(ask(kDelete, registries_ + "team1" + kAssignments + "/" + kFirst)->status, 204U);
}

TEST_F(Access, AssignmentsAreChecked) {
  const std::string at = registries_ + "team1" + kAssignments + "/";
  const std::string nobody = "aaaaaaaa-0000-0000-0000-000000000009";
  EXPECT_EQ(refusal(kPut, at + "noguid", body(kReader, kAlice)), "InvalidRoleAssignmentId");
  EXPECT_EQ(refusal(kPut, at + kFirst, body(kReader, nobody)), "PrincipalNotFound");
  const auto unknown = ask(kPut, at + kFirst, body(kReader, nobody));
  EXPECT_NE(unknown.error().message.find("does not exist in the directory"), std::string::npos);
  EXPECT_EQ(refusal(kPut, at + kFirst, body(nobody, kAlice)), "RoleDefinitionDoesNotExist");
  EXPECT_EQ(refusal(kPut, at + kFirst, body(kReader, kTeam, R"(,"principalType":"User")")),
            "UnmatchedPrincipalType");
  EXPECT_EQ(refusal(kPut, at + kFirst, body(kReader, kAlice, R"(,"condition":"@Resource")")),
            "InvalidRoleAssignmentCondition");
  EXPECT_EQ(refusal(kPut, at + kFirst, body(kReader, kAlice, R"(,"condition":null)")), "");
  EXPECT_EQ(refusal(kPut, at + kSecond, body(kReader, kAlice)), "RoleAssignmentExists");
  const auto again = ask(kPut, at + kSecond, body(kReader, kAlice));
  EXPECT_NE(again.error().message.find("role assignment already exists"), std::string::npos);
  EXPECT_EQ(refusal(kPut, at + kFirst, body(kReader, kAlice)), "");
  EXPECT_EQ(refusal(kPut, at + kFirst, body(kReader, kTeam)), "RoleAssignmentUpdateNotPermitted");
  EXPECT_EQ(
      refusal(kPut, registries_ + "nothere" + kAssignments + "/" + kSecond, body(kReader, kAlice)),
      "ParentResourceNotFound");
}

TEST_F(Access, AssignmentListsKnowTheirFilters) {
  const std::string third = "00000000-1111-0000-0000-000000000003";
  assign(kReader, sub_, kFirst, kTeam);
  assign(kReader, registries_ + "team1", kSecond);
  assign(kReader, registries_ + "default", third);
  const auto list = [&](const std::string& scope, const std::string& filter) {
    Request request = this->request(kGet, scope + kAssignments);
    if (!filter.empty()) request.filter = filter;
    auto found = names(ok(request));
    std::ranges::sort(found);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(list(sub_, ""), (Names{kFirst, kSecond, third}));
  EXPECT_EQ(list(sub_, "atScope()"), (Names{kFirst}));
  EXPECT_EQ(list(registries_ + "team1", "atScope()"), (Names{kFirst, kSecond}));
  EXPECT_EQ(list(group_, ""), (Names{kFirst, kSecond, third}));
  EXPECT_EQ(list(registries_ + "team1", std::string("atScope() and assignedTo('") + kAlice + "')"),
            (Names{kFirst, kSecond}));
  EXPECT_EQ(list(sub_, std::string("principalId eq '") + kAlice + "'"), (Names{kSecond, third}));
  Request bad = request(kGet, sub_ + kAssignments);
  bad.filter = "colour eq 'red'";
  EXPECT_EQ(refusal(bad), "UnsupportedFilter");
}

TEST_F(Access, RoleDefinitionsHaveOneIdAtEveryScope) {
  const std::string definitions = "/providers/Microsoft.Authorization/roleDefinitions";
  Request list = request(kGet, registries_ + "team1" + definitions);
  list.filter = "roleName eq 'acrpull'";
  const json::object found = ok(list);
  ASSERT_EQ(names(found), (std::vector<std::string>{kAcrPull}));
  const json::object& role = found.at("value").as_array()[0].as_object();
  EXPECT_EQ(text_at(role, "id"), sub_ + definitions + "/" + kAcrPull);
  EXPECT_EQ(text_at(role, "properties.type"), "BuiltInRole");
  EXPECT_TRUE(role.at("properties").at("permissions").at(0).at("actions").is_array());
  EXPECT_EQ(ok(kGet, sub_ + definitions + "/" + kAcrPull), role);
  EXPECT_EQ(refusal(kPut, sub_ + definitions + "/" + kAcrPull), "SystemDefinedResource");
  list = alice(kGet, registries_ + "team1" + definitions);
  EXPECT_TRUE(names(ok(list)).empty());
  assign(kReader, registries_ + "team1", kFirst);
  EXPECT_FALSE(names(ok(list)).empty());
}

TEST_F(Access, OnlyGoodAccountsAreServed) {
  Request request = alice(kGet, "/subscriptions");
  EXPECT_EQ(refusal(request), "");
  request.principal.credential = "alice-0";
  EXPECT_EQ(refusal(request), "AuthenticationFailed");
  request.principal = {};
  EXPECT_EQ(refusal(request), "AuthenticationFailed");
  request.principal.kind = policy::PrincipalKind::kAdminUser;
  request.principal.registry = "default";
  EXPECT_EQ(refusal(request), "AuthenticationFailed");
}

// Writes that wait for somebody else's, over a world whose claims the test holds.
class Waiting : public Access {
 protected:
  Waiting()
      : world_(options_, EngineParts{documents_, *content_, *content_, *policy_, test_keys(),
                                     *gate_, clock_, random_, log_, pool_}) {}

  void see() { ASSERT_TRUE(wait_for(load_all(world_))); }  // what the engine has stored
  ResourcePtr find(const ResourceType& type, const std::string& path) const {
    return find_resource(world_, type, ResourceId::parse(path).value());
  }
  // The resource as it is, with one member changed.
  static Write with(const ResourceType& type, const ResourcePtr& before, std::string_view path,
                    json::value value) {
    auto after = std::make_shared<Resource>(*before);
    set_path(after->body, path, std::move(value));
    return {.type = &type, .before = before, .after = std::move(after)};
  }

  // Sends `request` while somebody has its resource alone and makes `change`: the refusal's name.
  std::string overtaken(const Request& request, const ResourceType& type, Write change) {
    return wait_for(overtake(request, type, std::move(change)));
  }

 private:
  Task<std::string> overtake(const Request& request, const ResourceType& type, Write change) {
    const ResourceId id = ResourceId::parse(request.path).value();
    std::optional<Claims::Held> held;
    held.emplace((co_await world_.claims.take({{type.home_of(id).key(), true}})).value());
    std::optional<Result<Answer>> answer;
    const auto write = [&]() -> Task<> {
      answer.emplace(co_await write_resource(world_, request, type, id));
    };
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, write, asio::detached);
    asio::steady_timer timer(executor);
    const auto pause = [&]() -> Task<> {
      timer.expires_after(std::chrono::milliseconds(5));
      co_await timer.async_wait(use_task);
    };
    co_await pause();
    EXPECT_FALSE(answer) << "it was to wait";
    const std::vector<Write> changes = {std::move(change)};
    EXPECT_TRUE(co_await commit(world_, the_system(), changes));
    held.reset();
    while (!answer) co_await pause();
    co_return *answer                    ? ""
    : answer->error().exact_code.empty() ? std::string(code_row(answer->error().code).arm)
                                         : answer->error().exact_code;
  }

 protected:
  World world_;
};

TEST_F(Waiting, ARightThatWasTakenAwayWritesNothing) {
  assign(kContributor, registries_ + "team1", kFirst);
  see();
  const Request patch = alice(kPatch, registries_ + "team1", R"({"tags":{"by":"alice"}})");
  const ResourcePtr before = find(kRegistries, registries_ + "team1");
  const ResourcePtr hers =
      find(kRoleAssignments, registries_ + "team1" + kAssignments + "/" + kFirst);
  ASSERT_TRUE(hers);
  EXPECT_EQ(overtaken(patch, kRegistries,
                      with(kRoleAssignments, hers, "properties.description", "still hers")),
            "");
  const ResourcePtr written = find(kRegistries, registries_ + "team1");
  EXPECT_GT(written->version, before->version);
  const ResourcePtr now =
      find(kRoleAssignments, registries_ + "team1" + kAssignments + "/" + kFirst);
  EXPECT_EQ(overtaken(patch, kRegistries, {.type = &kRoleAssignments, .before = now, .after = {}}),
            "AuthorizationFailed");
  EXPECT_EQ(find(kRegistries, registries_ + "team1"), written);
}

TEST_F(Waiting, ARoleThatGrewIsNotHersAnyMore) {
  const std::string other = sub_ + "/resourceGroups/other";
  const std::string id = group_ + "/providers/Microsoft.Authorization/roleDefinitions/" + kSecond;
  const auto role = [&](const std::string& action) {
    return R"({"properties":{"roleName":"Own","permissions":[{"actions":[")" + action +
           R"("]}],"assignableScopes":[")" + group_ + "\"]}}";
  };
  ok(kPut, other);
  ok(kPut, id, role("*/read"));
  assign(kOwner, group_, kFirst);
  see();
  const ResourcePtr before = find(kRoleDefinitions, id);
  EXPECT_EQ(overtaken(alice(kPut, id, role("*")), kRoleDefinitions,
                      with(kRoleDefinitions, before, "properties.assignableScopes",
                           json::array{group_, other})),
            "AuthorizationFailed");
  EXPECT_EQ(find(kRoleDefinitions, id)->version, before->version + 1);
  EXPECT_EQ(policy_->current()->roles.find(kSecond)->definition.actions,
            (std::vector<std::string>{"*/read"}));
}

// Her condition allows what was there when she asked, and not what is there when she writes.
TEST_F(Waiting, AnAssignmentThatBecameAnotherStaysIt) {
  const std::string third = "00000000-1111-0000-0000-000000000003";
  const std::string role = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ";
  assign(policy::kAccessAdministratorRole, group_, kFirst, kAlice,
         role + "ForAnyOfAnyValues:GuidEquals {" + kAcrPull + "}");
  assign(kAcrPull, registries_ + "team1", third, kBob);
  see();
  const std::string id = registries_ + "team1" + kAssignments + "/" + third;
  const Request patch = alice(kPatch, id, R"({"properties":{"description":"mine"}})");
  const ResourcePtr before = find(kRoleAssignments, id);
  const std::string owner = sub_ + "/providers/Microsoft.Authorization/roleDefinitions/" + kOwner;
  EXPECT_EQ(
      overtaken(patch, kRoleAssignments,
                with(kRoleAssignments, before, "properties.roleDefinitionId", json::value(owner))),
      "AuthorizationFailed");
  EXPECT_EQ(find(kRoleAssignments, id)->version, before->version + 1);
}

}  // namespace
}  // namespace berth::control
