#include "access/gate.h"

#include <gmock/gmock.h>

#include "access/access_fixture.h"
#include "policy/roles.h"

namespace berth::access {
namespace {

using policy::Action;
using policy::PrincipalKind;
using testing::ElementsAre;
using testing::HasSubstr;

policy::Source loopback() {
  policy::Source source;
  source.address = "127.0.0.1";
  source.loopback = true;
  return source;
}
policy::Principal principal(PrincipalKind kind) {
  policy::Principal out;
  out.kind = kind;
  return out;
}

class GateTest : public AccessFixture {
 protected:
  GateTest() {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::RegistryPolicy laptop;
      laptop.key = laptop.name = "default";
      snapshot.registries.set("default", laptop);
      snapshot.registries.set("contoso", contoso());
      snapshot.server_uid = 990;
    });
  }
  void edit(const std::function<void(policy::RegistryPolicy&)>& change) {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::RegistryPolicy registry = *snapshot.registries.find("contoso");
      change(registry);
      snapshot.registries.set("contoso", registry);
    });
  }
  Visit visit(policy::Principal who, std::optional<std::vector<Grant>> grants = {}) {
    Visit visit = gate_.enter({outside(), "contoso.example.com", {}}).value();
    if (!grants) {
      visit.identity = Identity(std::move(who));
    } else {
      RegistryToken token;
      token.use = RegistryToken::Use::kAccess;
      token.principal = std::move(who);
      token.grants = std::move(*grants);
      visit.identity = Identity(std::make_shared<const RegistryToken>(std::move(token)));
    }
    return visit;
  }
  policy::Principal ci() {
    return {.kind = PrincipalKind::kToken,
            .id = "ci",
            .name = "ci",
            .credential = "ci-1",
            .registry = "contoso-1",
            .groups = {}};
  }

  static policy::Principal ada() {
    policy::Principal ada = principal(PrincipalKind::kUser);
    ada.id = "ada";
    ada.name = "ada@example.com";
    ada.credential = "c";
    return ada;
  }
  // Ada with a role on the registry; `condition` empty: none.
  void add_ada(std::string_view role, std::string_view condition = {}) {
    policy::RoleAssignment assignment{"a", contoso().resource_id, std::string(role), nullptr};
    if (!condition.empty()) {
      assignment.condition = conditions::Condition::compile(condition).value();
    }
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::add_built_in_roles(snapshot);
      snapshot.principals.set(
          "ada", {.enabled = true, .group = false, .credentials = {"c"}, .member_of = {}});
      snapshot.assignments.set("ada", {assignment});
    });
  }

  const oci::RepositoryName app_ = oci::RepositoryName::parse("team/app").value();
  PolicyStore policy_;
  Gate gate_{policy_, "example.com", clock_};
};

TEST(RegistryOfHost, OnlyTheLaptopFacesNamesWithoutTls) {
  for (const char* host :
       {"localhost", "localhost:5000", "LocalHost:1", "127.0.0.1:5000", "[::1]", "[::1]:65535"}) {
    EXPECT_EQ(registry_of_host(host, false, "example.com"), "default") << host;
    EXPECT_FALSE(registry_of_host(host, true, "example.com")) << host;
  }
  for (const char* host : {"", "localhost.", "localhost.evil.example", "localhost:", "localhost:x",
                           "localhost:123456", "127.0.0.2", "::1", "[::1", "evil.example:5000",
                           "localhost@evil", "127.0.0.1.nip.io", "contoso.example.com"}) {
    EXPECT_FALSE(registry_of_host(host, false, "example.com")) << host;
  }
}

TEST(RegistryOfHost, OneLabelBelowTheDomainWithTls) {
  for (const char* host : {"contoso.example.com", "contoso.example.com:443", "Contoso.Example.COM",
                           "contoso.example.com.", "contoso.example.com.:8443"}) {
    EXPECT_EQ(registry_of_host(host, true, "example.com"), "contoso") << host;
    EXPECT_FALSE(registry_of_host(host, true, "")) << host;
  }
  for (const char* host :
       {"", "example.com", ".example.com", "contoso.example.com:", "contoso.example.com:x",
        "contoso.example.com..", "contosoexample.com", "a.b.example.com", "contoso.example.org",
        "contoso.example.com.evil", "contoso", "[::1]:443"}) {
    EXPECT_FALSE(registry_of_host(host, true, "example.com")) << host;
  }
}

TEST_F(GateTest, RefusesAStrangeHostAndPagesOfOtherSites) {
  const auto rebound = gate_.enter({loopback(), "rebind.example:5000", {}});
  ASSERT_FALSE(rebound);
  EXPECT_EQ(rebound.error().code, Code::kMisdirected);
  EXPECT_EQ(gate_.enter({outside(), "localhost", {}}).error().code, Code::kMisdirected);
  for (const char* origin : {"http://evil.example", "null", "https://localhost.evil", "localhost",
                             "http://localhost:3000", "http://127.0.0.1:5000"}) {
    const auto page = gate_.enter({loopback(), "localhost:5000", origin});
    ASSERT_FALSE(page) << origin;
    EXPECT_EQ(page.error().code, Code::kDenied);
  }
  EXPECT_TRUE(gate_.enter({loopback(), "localhost:5000", "http://localhost:5000"}));
}

TEST_F(GateTest, ANameWithoutARegistryIsNotFoundAndNoFirewall) {
  const auto unknown = gate_.enter({outside(), "fabrikam.example.com", {}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kResourceUnknown);
}

TEST_F(GateTest, TellsACallerRefusedByTheNetworkItsAddress) {
  policy::Source plain = outside();
  plain.tls = false;
  for (const auto& refused :
       {gate_.enter({plain, "localhost", {}}), gate_.enter({plain, "evil.example", {}})}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kDenied);
    EXPECT_THAT(refused.error().details, ElementsAre(Detail{"clientAddress", "192.0.2.7"}));
  }
}

TEST_F(GateTest, EntersTheRegistryThatTheHostNames) {
  const auto visit = gate_.enter({outside(), "Contoso.example.com:8443", {}});
  ASSERT_TRUE(visit);
  EXPECT_EQ(visit->registry->key, "contoso-1");
  EXPECT_EQ(visit->service, "Contoso.example.com:8443");
  EXPECT_TRUE(visit->identity.principal().anonymous());
  EXPECT_EQ(gate_.enter({loopback(), "localhost:5000", {}})->registry->key, "default");
}

TEST_F(GateTest, TheOwnSocketIsForRootAndTheServersUser) {
  policy::Source socket;
  socket.own_socket = true;
  for (const auto& [uid, expected] : {std::pair{0U, true}, {990U, true}, {1000U, false}}) {
    socket.uid = uid;
    const auto visit = gate_.enter_own_socket(socket);
    ASSERT_EQ(visit.has_value(), expected) << uid;
    if (expected) EXPECT_TRUE(gate_.authorize<Action::kOperate>(*visit));
  }
}

TEST_F(GateTest, GivesPermitsAndObeysANewSnapshotAtOnce) {
  const Visit by_token = visit(ci());
  const auto permit = gate_.authorize<Action::kPull>(by_token, app_);
  ASSERT_TRUE(permit);
  EXPECT_EQ(permit->registry(), "contoso-1");
  EXPECT_EQ(permit->repository().text(), "team/app");
  EXPECT_FALSE(gate_.authorize<Action::kPush>(by_token, app_));

  edit([](auto& registry) { registry.scope_maps.set("readers", {{{"*", "content/write"}}}); });
  EXPECT_FALSE(gate_.authorize<Action::kPull>(by_token, app_));
  EXPECT_TRUE(gate_.authorize<Action::kPush>(by_token, app_));
  edit([&](auto& registry) {
    registry.tokens.set("ci", {true, "readers", {secret("ci-3", "new"), {}}});
  });
  const auto stale = gate_.authorize<Action::kPush>(by_token, app_);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::kUnauthorized);
  EXPECT_THAT(stale.error().cause, HasSubstr("made anew"));
}

TEST_F(GateTest, ARegistryMadeAnewUnderItsNameIsAnotherOne) {
  const Visit owner = visit(principal(PrincipalKind::kOwner));
  EXPECT_TRUE(gate_.authorize<Action::kPush>(owner, app_));
  edit([](auto& registry) { registry.key = "contoso-2"; });
  EXPECT_FALSE(gate_.authorize<Action::kPush>(owner, app_));
}

TEST_F(GateTest, RefusalsSayWhatWasAskedAndNotWhy) {
  const auto anonymous = gate_.authorize<Action::kPush>(visit({}), app_);
  ASSERT_FALSE(anonymous);
  EXPECT_EQ(anonymous.error().code, Code::kUnauthorized);
  EXPECT_EQ(anonymous.error().message, kAuthenticationRequired);
  EXPECT_THAT(anonymous.error().details,
              ElementsAre(Detail{"Type", "repository"}, Detail{"Name", "team/app"},
                          Detail{"Action", "push"}));
  const auto token = gate_.authorize<Action::kCatalogRead>(visit(ci()));
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::kInsufficientScope);
  EXPECT_EQ(token.error().message, kAuthenticationRequired);
  EXPECT_THAT(token.error().details, ElementsAre(Detail{"Type", "registry"},
                                                 Detail{"Name", "catalog"}, Detail{"Action", "*"}));
  EXPECT_THAT(token.error().cause, HasSubstr("scope-map"));
  EXPECT_TRUE(gate_.authorize<Action::kRegistryRead>(visit({})).error().details.empty());
}

TEST_F(GateTest, ATokenNarrowsToWhatWasAsked) {
  const auto owner = principal(PrincipalKind::kOwner);
  const Visit narrow = visit(owner, std::vector<Grant>{{"repository", "team/app", {"pull"}}});
  EXPECT_TRUE(gate_.authorize<Action::kPull>(narrow, app_));
  EXPECT_TRUE(gate_.authorize<Action::kRegistryRead>(narrow));
  EXPECT_EQ(gate_.authorize<Action::kPush>(narrow, app_).error().code, Code::kInsufficientScope);
  const auto other = oci::RepositoryName::parse("team/other").value();
  EXPECT_FALSE(gate_.authorize<Action::kPull>(narrow, other));
  EXPECT_FALSE(gate_.authorize<Action::kPull>(visit(owner, std::vector<Grant>()), app_));
}

TEST_F(GateTest, TheCatalogsPermitSaysWhatOfItMayBeSeen) {
  edit([](auto& registry) {
    registry.scope_maps.set(
        "readers",
        {{{"team/*", "content/read"}, {"team/*", "metadata/read"}, {"tool", "catalog/read"}}});
  });
  const auto permit = gate_.authorize<Action::kCatalogRead>(visit(ci()));
  ASSERT_TRUE(permit);
  EXPECT_EQ(permit->registry(), "contoso-1");
  EXPECT_FALSE(permit->view().all);
  EXPECT_THAT(permit->view().patterns, ElementsAre("team/*", "tool"));
  const Visit owner = visit(principal(PrincipalKind::kOwner));
  EXPECT_TRUE(gate_.authorize<Action::kCatalogRead>(owner)->view().all);
  edit([](auto& registry) { registry.key = "contoso-2"; });  // made anew under its name
  EXPECT_FALSE(gate_.authorize<Action::kCatalogRead>(owner));
}

TEST_F(GateTest, ConditionsKnowTheTimeOfTheRequest) {
  add_ada(policy::kRepositoryReaderRole,
          "@Environment[UtcNow] DateTimeLessThan '2023-11-15T00:00:00Z'");
  edit([](auto& registry) { registry.mode = policy::PermissionsMode::kRepository; });
  EXPECT_TRUE(gate_.authorize<Action::kPull>(visit(ada()), app_));  // 2023-11-14
  clock_.advance(std::chrono::hours(24));
  const auto late = gate_.authorize<Action::kPull>(visit(ada()), app_);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kInsufficientScope);
  EXPECT_THAT(late.error().cause, HasSubstr("rule condition"));
}

TEST_F(GateTest, DelegationIsDecidedOnTheFactsThatAreGiven) {
  constexpr const char* kGive = "Microsoft.Authorization/roleAssignments/write";
  add_ada(policy::kAccessAdministratorRole,
          "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] "
          "StringEquals 'ServicePrincipal'");
  const std::string scope = contoso().resource_id;
  conditions::Facts facts;
  facts.set(conditions::Attribute::kGivenPrincipalType, std::string_view("ServicePrincipal"));
  EXPECT_TRUE(gate_.allow(outside(), ada(), kGive, scope, &facts));
  EXPECT_TRUE(gate_.allows(outside(), ada(), kGive, scope, &facts));
  EXPECT_FALSE(gate_.allow(outside(), ada(), kGive, scope));
  EXPECT_FALSE(gate_.allows(outside(), ada(), kGive, scope));
  facts.set(conditions::Attribute::kGivenPrincipalType, std::string_view("User"));
  EXPECT_FALSE(gate_.allows(outside(), ada(), kGive, scope, &facts));
}

TEST_F(GateTest, TheControlPlaneRefusesInArmsWords) {
  constexpr const char* kWrite = "Microsoft.ContainerRegistry/registries/write";
  add_ada(policy::kReaderRole);
  const auto refused = gate_.allow(outside(), ada(), kWrite, "/subscriptions/S");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_EQ(refused.error().message,
            "The client 'ada@example.com' with object id 'ada' does not have authorization to "
            "perform action 'Microsoft.ContainerRegistry/registries/write' over scope "
            "'/subscriptions/S' or the scope is invalid. If access was recently granted, please "
            "refresh your credentials.");
  EXPECT_FALSE(gate_.allows(outside(), ada(), kWrite, "/subscriptions/S"));
  const auto hidden = gate_.allow(outside(), ada(), kWrite, "/behind", nullptr, "/subscriptions/S");
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().message, refused.error().message);
  EXPECT_THAT(hidden.error().cause, testing::HasSubstr("/behind"));
  policy::Principal stale = ada();
  stale.credential = "old";
  EXPECT_EQ(gate_.allow(outside(), stale, kWrite, "/subscriptions/S").error().code,
            Code::kUnauthorized);
  const auto owner = principal(PrincipalKind::kOwner);
  EXPECT_TRUE(gate_.allow(outside(), owner, kWrite, "/subscriptions/S"));
  policy::Source plain = outside();
  plain.tls = false;
  const auto network = gate_.allow(plain, owner, kWrite, "/subscriptions/S");
  ASSERT_FALSE(network);
  EXPECT_THAT(network.error().details, ElementsAre(Detail{"clientAddress", "192.0.2.7"}));
}

}  // namespace
}  // namespace berth::access
