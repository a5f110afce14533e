#include <boost/json.hpp>

#include "identity/identity_testing.h"
#include "identity/json_text.h"
#include "identity/model_json.h"

namespace berth::identity {
namespace {

using DirectoryTest = IdentityFixture;

TEST_F(DirectoryTest, TheTenantIsMadeOnceAndReadBack) {
  const std::string tenant = directory.state()->tenant;
  EXPECT_TRUE(is_guid(tenant));
  Directory again(documents, policy, keys, passwords, clock, random, {"berth.test", {}});
  ASSERT_TRUE(wait(again.load()));
  EXPECT_EQ(again.state()->tenant, tenant);
}

TEST_F(DirectoryTest, EverythingIsThereAfterARestart) {
  const User user = make_user();
  const App app = make_app();
  Group group;
  group.display_name = "devs";
  const auto made = wait(directory.add_group(root, group)).value();
  ASSERT_TRUE(wait(directory.add_member(root, made.id, user.id)));
  FederatedCredential trusted{"", "k8s", "https://k8s", "system:sa", "", {"api://x"}};
  ASSERT_TRUE(wait(directory.put_federated(root, app.object_id, trusted)));
  ManagedIdentity identity;
  identity.display_name = "builder";
  identity.uid = 990;
  ASSERT_TRUE(wait(directory.add_managed_identity(root, identity)));

  access::PolicyStore other;
  Directory again(documents, other, keys, passwords, clock, random, {"berth.test", {}});
  ASSERT_TRUE(wait(again.load()));
  const auto state = again.state();
  ASSERT_NE(state->user_by_name("ANN@berth.test"), nullptr);
  EXPECT_EQ(state->user_by_name("ann@berth.test")->password_id, user.password_id);
  ASSERT_NE(state->identity_of_uid(990), nullptr);
  const Application* loaded = state->application_by_app_id(app.app_id);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(loaded->credentials.secrets.at(0).hash, keys.keyed_hash(app.secret));
  EXPECT_EQ(loaded->federated.at(0).subject, "system:sa");
  const auto* record = other.current()->principals.find(user.id);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->member_of, std::vector{made.id});
  EXPECT_EQ(record->credentials, std::vector{user.password_id});
}

TEST_F(DirectoryTest, AChangeIsInThePolicyBeforeItAnswers) {
  const App app = make_app();
  auto record = [&] { return policy.current()->principals.share(app.sp_id); };
  EXPECT_EQ(record()->credentials, std::vector{app.key_id});
  const auto second = wait(directory.add_secret(root, app.sp_id, {})).value();
  EXPECT_EQ(record()->credentials.size(), 2U);
  ASSERT_TRUE(wait(directory.remove_secret(root, app.object_id, app.key_id)));
  EXPECT_EQ(record()->credentials, std::vector{second.credential.key_id});
  ASSERT_TRUE(wait(directory.edit<ServicePrincipal>(root, "write", app.sp_id,
                                                    [](ServicePrincipal& sp) -> Result<void> {
                                                      sp.enabled = false;
                                                      return {};
                                                    })));
  EXPECT_FALSE(record()->enabled);
  ASSERT_TRUE(wait(directory.remove(root, app.object_id)));
  EXPECT_EQ(record(), nullptr);
  EXPECT_EQ(directory.state()->principal_by_app_id(app.app_id), nullptr);
}

// Who passes network rules as a service of a kind.
TEST_F(DirectoryTest, TheKindOfServiceIsPublishedAndKept) {
  const App app = make_app();
  ManagedIdentity identity;
  identity.display_name = "scanner";
  identity.service = policy::ServiceKind::kScanner;
  const auto made = wait(directory.add_managed_identity(root, identity)).value();
  const auto service = [&](const access::PolicyStore& store, const std::string& id) {
    return store.current()->principals.find(id)->service;
  };
  EXPECT_EQ(service(policy, app.sp_id), policy::ServiceKind::kNone);
  EXPECT_EQ(service(policy, made.id), policy::ServiceKind::kScanner);
  const auto set = [](policy::ServiceKind kind) {
    return [kind](ServicePrincipal& sp) -> Result<void> {
      sp.service = kind;
      return {};
    };
  };
  ASSERT_TRUE(wait(directory.edit<ServicePrincipal>(root, "write", app.sp_id,
                                                    set(policy::ServiceKind::kTasks))));
  EXPECT_EQ(service(policy, app.sp_id), policy::ServiceKind::kTasks);

  access::PolicyStore other;
  Directory again(documents, other, keys, passwords, clock, random, {"berth.test", {}});
  ASSERT_TRUE(wait(again.load()));
  EXPECT_EQ(service(other, app.sp_id), policy::ServiceKind::kTasks);
  EXPECT_EQ(service(other, made.id), policy::ServiceKind::kScanner);
}

// Written before there were kinds, or by a newer program: nobody gets past a rule by that.
TEST(DirectoryDocuments, AnUnknownKindOfServiceIsNone) {
  for (const char* member : {"", R"(,"serviceKind":"time-travel")", R"(,"serviceKind":7)"}) {
    const auto object = from_document(
        {"servicePrincipal", "a",
         std::string(R"({"id":"11111111-2222-4333-8444-555555555555","enabled":true)") + member +
             "}",
         3});
    ASSERT_TRUE(object) << member;
    EXPECT_EQ(std::get<ServicePrincipal>(*object).service, policy::ServiceKind::kNone) << member;
  }
}

TEST_F(DirectoryTest, RemovingAMemberLeavesNoTraceInGroups) {
  const User user = make_user();
  Group group;
  group.display_name = "devs";
  const auto made = wait(directory.add_group(root, group)).value();
  ASSERT_TRUE(wait(directory.add_member(root, made.id, user.id)));
  ASSERT_TRUE(wait(directory.remove(root, user.id)));
  EXPECT_TRUE(directory.state()->find<Group>(made.id)->members.empty());
  EXPECT_EQ(policy.current()->principals.find(user.id), nullptr);
}

TEST_F(DirectoryTest, AGroupCannotContainItselfHoweverFarRound) {
  std::vector<std::string> ids;
  for (const char* name : {"a", "b", "c"}) {
    Group group;
    group.display_name = name;
    ids.push_back(wait(directory.add_group(root, group)).value().id);
  }
  ASSERT_TRUE(wait(directory.add_member(root, ids[0], ids[1])));
  ASSERT_TRUE(wait(directory.add_member(root, ids[1], ids[2])));
  EXPECT_FALSE(wait(directory.add_member(root, ids[2], ids[0])));
  EXPECT_FALSE(wait(directory.add_member(root, ids[0], ids[0])));
  EXPECT_FALSE(wait(directory.add_member(root, ids[0], ids[1])));  // twice
  ASSERT_TRUE(wait(directory.remove_member(root, ids[1], ids[2])));
  EXPECT_TRUE(wait(directory.add_member(root, ids[2], ids[0])));
}

TEST_F(DirectoryTest, AChangeThatMeetsAnotherIsPlannedAgain) {
  documents.refuse_next = 3;
  EXPECT_EQ(make_user().principal_name, "ann@berth.test");
  documents.refuse_next = 100;
  Group group;
  group.display_name = "devs";
  EXPECT_EQ(wait(directory.add_group(root, group)).error().code, Code::kConflict);
}

struct NameRow {
  std::string_view name;
  bool good;
};
TEST_F(DirectoryTest, TableOfPrincipalNames) {
  const std::string long_name(65, 'a');
  const NameRow rows[] = {
      {"bob@berth.test", true},
      {"O'Neill.x_y-z@BERTH.test", true},
      {"bob", false},
      {"bob@other.test", false},
      {"@berth.test", false},
      {".b@berth.test", false},
      {"b ob@berth.test", false},
      {"bob@berth.test@x", false},
      {"b<b@berth.test", false},
      {"b\xc3\xb6@berth.test", false},
  };
  for (const NameRow& row : rows) {
    User user;
    user.principal_name = row.name;
    user.display_name = "B";
    EXPECT_EQ(wait(directory.add_user(root, user, kPassword)).has_value(), row.good) << row.name;
  }
  User user;
  user.principal_name = long_name + "@berth.test";
  user.display_name = "B";
  EXPECT_FALSE(wait(directory.add_user(root, user, kPassword)));
  user.principal_name = "bob@berth.test";
  EXPECT_EQ(wait(directory.add_user(root, user, kPassword)).error().code, Code::kConflict);
  user.principal_name = "short@berth.test";
  EXPECT_EQ(wait(directory.add_user(root, user, "short")).error().code, Code::kInvalidRequest);
}

TEST_F(DirectoryTest, SecretsAreBoundedAndHaveAnEnd) {
  const App app = make_app();
  for (std::size_t i = 1; i < Limits::kCredentials; ++i) {
    ASSERT_TRUE(wait(directory.add_secret(root, app.object_id, {})));
  }
  EXPECT_FALSE(wait(directory.add_secret(root, app.object_id, {})));
  SecretRequest backwards;
  backwards.end = clock.now() - std::chrono::hours(1);
  EXPECT_FALSE(wait(directory.add_secret(root, app.sp_id, backwards)));
  SecretRequest endless;
  endless.end = clock.now() + std::chrono::hours(24 * 366 * 11);
  EXPECT_FALSE(wait(directory.add_secret(root, app.sp_id, endless)));
  EXPECT_FALSE(wait(directory.remove_secret(root, app.object_id, "no-such-key")));
}

TEST_F(DirectoryTest, ExpiringCredentialsAreListedSoonestFirst) {
  const App app = make_app();  // one year
  for (const int days : {29, 6, 60}) {
    SecretRequest request;
    request.display_name = std::to_string(days);
    request.end = clock.now() + std::chrono::hours(24 * days + 1);
    ASSERT_TRUE(wait(directory.add_secret(root, app.object_id, request)));
  }
  auto list = expiring_credentials(*directory.state(), clock.now());
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].name, "6");
  EXPECT_EQ(list[0].days, 6);
  EXPECT_EQ(list[0].app_id, app.app_id);
  EXPECT_EQ(list[1].days, 29);
  clock.advance(std::chrono::hours(24 * 7));
  list = expiring_credentials(*directory.state(), clock.now());
  EXPECT_EQ(list[0].days, -1);  // has expired, still told for a week
  EXPECT_EQ(warning_day(30), 30);
  EXPECT_EQ(warning_day(29), 0);
}

TEST_F(DirectoryTest, TheActivityLogHasNoSecret) {
  const App app = make_app();
  make_user();
  ASSERT_FALSE(documents.rows.empty());
  for (const meta::Activity& row : documents.rows) {
    EXPECT_EQ(row.actor, "owner");
    for (const std::string& text : {row.before, row.after}) {
      EXPECT_EQ(text.find("\"hash\""), std::string::npos) << text;
      EXPECT_EQ(text.find(app.secret), std::string::npos);
      EXPECT_EQ(text.find("argon2"), std::string::npos);
    }
  }
  EXPECT_EQ(documents.rows.back().operation, "Microsoft.Directory/users/write");
}

TEST_F(DirectoryTest, OneIdentityForOneSystemUserAndOneForImds) {
  ManagedIdentity first;
  first.display_name = "Builder";
  first.uid = 990;
  first.imds_default = true;
  ASSERT_TRUE(wait(directory.add_managed_identity(root, first)));
  ManagedIdentity same_name;
  same_name.display_name = "builder";
  EXPECT_FALSE(wait(directory.add_managed_identity(root, same_name)));
  ManagedIdentity same_uid;
  same_uid.display_name = "other";
  same_uid.uid = 990;
  EXPECT_FALSE(wait(directory.add_managed_identity(root, same_uid)));
  ManagedIdentity second_default;
  second_default.display_name = "third";
  second_default.imds_default = true;
  EXPECT_FALSE(wait(directory.add_managed_identity(root, second_default)));
}

TEST(Json, ANameThatComesTwiceIsRefusedAtAnyDepth) {
  EXPECT_TRUE(parse_object(R"({"a":1,"b":{"a":2}})", "x"));
  for (const char* bad : {R"({"a":1,"a":2})", R"({"b":{"a":1,"a":1}})", R"([{"a":1}])", "{", "{} x",
                          R"({"a":[{"x":1,"x":2}]})", R"({"\u0061":1,"a":2})", ""}) {
    EXPECT_FALSE(parse_object(bad, "x")) << bad;
  }
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += R"({"a":)";
  EXPECT_FALSE(parse_object(deep + "1" + std::string(40, '}'), "x"));
}

}  // namespace
}  // namespace berth::identity
