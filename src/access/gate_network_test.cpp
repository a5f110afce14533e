// What the gate makes of the network decision: words for those who are kept out, permits for links.
#include <gmock/gmock.h>

#include "access/access_fixture.h"
#include "access/data_link.h"
#include "access/network_refusal.h"
#include "policy/roles.h"

namespace berth::access {
namespace {

using policy::Action;
using policy::EndpointState;
using policy::NetworkRules;
using policy::ServiceKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHost = "contoso.example.com";
constexpr std::string_view kPe = "/subscriptions/s/…/privateendpoints/pe1";

class GateNetworkTest : public AccessFixture {
 protected:
  // "contoso" behind `rules`. The listener "services" is for container instances, "apps" for app
  // services; the service "aci" is of the first kind and may pull, "person" is of none.
  void close(const NetworkRules& rules) {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::add_built_in_roles(snapshot);
      policy::RegistryPolicy registry = contoso();
      registry.network = std::make_shared<const policy::Network>(rules);
      snapshot.registries.set("contoso", std::move(registry));
      snapshot.ingresses =
          std::make_shared<const policy::TrustedIngresses>(std::vector<policy::TrustedIngress>{
              {ServiceKind::kContainerInstances, {}, {"services"}, {}},
              {ServiceKind::kAppService, {}, {"apps"}, {}}});
      for (const auto& [id, kind] : {std::pair{"aci", ServiceKind::kContainerInstances},
                                     std::pair{"person", ServiceKind::kNone}}) {
        policy::PrincipalRecord record;
        record.service = kind;
        record.credentials = {"c"};
        snapshot.principals.set(id, record);
        snapshot.assignments.set(
            id, {{id, contoso().resource_id, std::string(policy::kAcrPullRole), nullptr}});
      }
    });
  }
  static NetworkRules selected() { return {.default_allow = false}; }
  static NetworkRules with_endpoint(EndpointState state) {
    NetworkRules rules{.public_access = false};
    rules.endpoints = {{std::string(kPe), "", state, {"listener:private"}}};
    return rules;
  }
  static policy::Source on(std::string listener) {
    policy::Source source = outside();
    source.listener = std::move(listener);
    return source;
  }
  Error refused(const policy::Source& source, std::string_view ignored = {}) const {
    const auto visit = gate_.enter({source, kHost, {}, ignored});
    EXPECT_FALSE(visit);
    return visit ? Error() : visit.error();
  }
  static std::string detail(const Error& error, std::string_view key) {
    for (const Detail& fact : error.details) {
      if (fact.key == key) return fact.value;
    }
    return {};
  }
  Visit visit(const policy::Source& source, const std::string& who = {}) const {
    Visit visit = gate_.enter({source, kHost, {}}).value();
    if (who.empty()) return visit;
    policy::Principal principal;
    principal.kind = policy::PrincipalKind::kManagedIdentity;
    principal.id = principal.name = who;
    principal.credential = "c";
    visit.identity = Identity(std::move(principal));
    return visit;
  }
  Result<policy::PullPermit> redeem(const policy::Source& source, const std::string& endpoint,
                                    ServiceKind service, std::string registry = "contoso-1") {
    const auto entered =
        gate_.enter_data({source, "contoso.local.data.example.com", {}}, std::string("contoso"));
    if (!entered) return fail(entered.error());
    return gate_.redeem(*entered, {std::move(registry), app_,
                                   oci::Digest::parse("sha256:" + std::string(64, 'a')).value(),
                                   endpoint, service, clock_.now()});
  }

  const oci::RepositoryName app_ = oci::RepositoryName::parse("team/app").value();
  PolicyStore policy_;
  Gate gate_{policy_, "example.com", clock_};
};

TEST_F(GateNetworkTest, RefusesInAcrsWordsAndSaysWhatCounts) {
  close(selected());
  const Error error = refused(outside());
  EXPECT_EQ(error.code, Code::kDenied);
  EXPECT_EQ(error.message,
            "client with IP '192.0.2.7' is not allowed access. Refer https://aka.ms/acr/firewall "
            "to grant access.");
  EXPECT_EQ(error.exact_code, "no-network-rule");
  ASSERT_FALSE(error.details.empty());
  EXPECT_EQ(error.details.front(), (Detail{std::string(kClientAddressDetail), "192.0.2.7"}));
  EXPECT_THAT(detail(error, "reason"), HasSubstr("IP rule"));
  EXPECT_THAT(detail(error, "counts"), HasSubstr("proxy, NAT or jump host"));
  for (const char* absent : {"ignoredHeader", "only", "services", "bypass", "instead"}) {
    EXPECT_THAT(detail(error, absent), IsEmpty()) << absent;
  }
}

TEST_F(GateNetworkTest, SaysWhoseAddressItWas) {
  close(selected());
  EXPECT_THAT(detail(refused(outside(), "X-Forwarded-For"), "ignoredHeader"),
              HasSubstr("X-Forwarded-For was sent and did not count"));
  policy::Source behind = outside();
  behind.proxy = "10.0.0.5";
  const Error named = refused(behind);
  EXPECT_THAT(detail(named, "counts"), HasSubstr("a proxy named"));
  policy::Source linked = behind;
  linked.link = "azure:9";
  EXPECT_THAT(detail(refused(linked), "counts"),
              AllOf(HasSubstr("private link azure:9, which is no private endpoint"),
                    HasSubstr("no address counts")));
  // How the operator's network looks inside is nobody's business.
  for (const Detail& fact : named.details)
    EXPECT_EQ(fact.value.find("10.0.0.5"), std::string::npos);
}

TEST_F(GateNetworkTest, TellsTheStateOfAPrivateEndpoint) {
  for (const auto& [state, rule] :
       {std::pair{EndpointState::kPending, "private-endpoint-pending"},
        std::pair{EndpointState::kRejected, "private-endpoint-rejected"},
        std::pair{EndpointState::kDisconnected, "private-endpoint-disconnected"}}) {
    close(with_endpoint(state));
    const Error error = refused(on("private"));
    EXPECT_EQ(error.exact_code, rule);
    EXPECT_THAT(detail(error, "counts"), HasSubstr("private endpoint"));
  }
  close(with_endpoint(EndpointState::kApproved));
  EXPECT_TRUE(gate_.enter({on("private"), kHost, {}}));
  EXPECT_EQ(refused(outside()).exact_code, "public-access-disabled");
}

TEST_F(GateNetworkTest, TellsAServiceWhyItsBypassDidNotHelp) {
  NetworkRules off = selected();
  off.bypass = false;
  close(off);
  const Error error = refused(on("services"));
  EXPECT_EQ(error.exact_code, "bypass-off");
  EXPECT_EQ(detail(error, "services"), "container-instances");
  close(selected());
  const Error app = refused(on("apps"));
  EXPECT_EQ(app.exact_code, "bypass-not-covered");
  EXPECT_EQ(detail(app, "services"), "app-service");
  EXPECT_THAT(detail(app, "reason"), HasSubstr("virtual network"));
  off.public_access = false;
  close(off);
  const Error hidden = refused(on("services"));
  EXPECT_EQ(hidden.exact_code, "public-access-disabled");
  EXPECT_THAT(detail(hidden, "bypass"), HasSubstr("bypass"));
}

TEST_F(GateNetworkTest, OnAWayForServicesOthersAreRefusedAfterSigningIn) {
  close(selected());
  EXPECT_TRUE(gate_.authorize<Action::kPull>(visit(on("services"), "aci"), app_));
  const auto person = gate_.authorize<Action::kPull>(visit(on("services"), "person"), app_);
  ASSERT_FALSE(person);
  EXPECT_EQ(person.error().code, Code::kDenied);
  EXPECT_EQ(person.error().exact_code, "service-kind");
  EXPECT_THAT(person.error().message, HasSubstr("is not allowed access"));
  EXPECT_THAT(person.error().message, HasSubstr("of these kinds come in: container-instances."));
  EXPECT_EQ(detail(person.error(), "only"), "container-instances");
  // Signing in is what is missing: the challenge.
  const auto anonymous = gate_.authorize<Action::kPull>(visit(on("services")), app_);
  ASSERT_FALSE(anonymous);
  EXPECT_EQ(anonymous.error().code, Code::kUnauthorized);
}

TEST_F(GateNetworkTest, TokensAreMadeForWhomTheWayIsOnly) {
  close(selected());
  EXPECT_TRUE(gate_.ask_network(visit(on("services"), "aci")));
  for (const char* who : {"", "person"}) {
    const auto asked = gate_.ask_network(visit(on("services"), who));
    ASSERT_FALSE(asked) << who;
    EXPECT_EQ(asked.error().code, Code::kDenied);
    EXPECT_EQ(detail(asked.error(), "only"), "container-instances");
  }
  const Visit before = visit(on("services"), "aci");
  NetworkRules off = selected();
  off.bypass = false;
  close(off);
  EXPECT_FALSE(gate_.ask_network(before));
  close({});
  EXPECT_TRUE(gate_.ask_network(visit(outside())));
}

TEST_F(GateNetworkTest, ALinkCarriesTheWayAndIsGoodForNoOther) {
  NetworkRules some = selected();
  some.data_endpoint = true;
  close(some);
  EXPECT_EQ(gate_.way_of(visit(on("services"), "aci")).service, ServiceKind::kContainerInstances);
  EXPECT_EQ(gate_.way_of(visit(on("services"), "person")).service, ServiceKind::kNone);
  EXPECT_TRUE(redeem(on("services"), "", ServiceKind::kContainerInstances));
  const auto nobody = redeem(on("services"), "", ServiceKind::kNone);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().exact_code, "service-kind");
  EXPECT_FALSE(redeem(outside(), "", ServiceKind::kContainerInstances));

  NetworkRules rules = with_endpoint(EndpointState::kApproved);
  rules.public_access = true;
  rules.data_endpoint = true;
  close(rules);
  const Way way = gate_.way_of(visit(on("private"), "aci"));
  EXPECT_EQ(way.private_endpoint, kPe);
  EXPECT_EQ(way.service, ServiceKind::kNone);  // it would have been let in without
  const auto permit = redeem(on("private"), way.private_endpoint, way.service);
  ASSERT_TRUE(permit);
  EXPECT_EQ(permit->registry(), "contoso-1");
  EXPECT_EQ(permit->repository(), app_);
  const auto elsewhere = redeem(outside(), way.private_endpoint, way.service);
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(detail(elsewhere.error(), "reason"), HasSubstr("private endpoint"));
  EXPECT_FALSE(redeem(on("private"), way.private_endpoint, way.service, "contoso-2"));

  rules.data_endpoint = false;
  close(rules);
  const auto off = redeem(on("private"), way.private_endpoint, way.service);
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().code, Code::kDenied);
  EXPECT_THAT(off.error().message, HasSubstr("The data endpoint of Contoso is off"));
}

TEST_F(GateNetworkTest, TheDataHostsNameMustBeARegistrys) {
  close({});
  const auto nothing = gate_.enter_data({outside(), "data.example.com", {}}, std::nullopt);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::kMisdirected);
  const auto unknown =
      gate_.enter_data({outside(), "x.local.data.example.com", {}}, std::string("x"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kResourceUnknown);
}

}  // namespace
}  // namespace berth::access
