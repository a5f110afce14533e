#include "policy/decision.h"

#include <gtest/gtest.h>

#include <set>

namespace berth::policy {
namespace {

constexpr std::uint32_t kServerUid = 990;

Source from_loopback() {
  Source source;
  source.address = "127.0.0.1";
  source.loopback = true;
  return source;
}
Source own_socket(std::optional<std::uint32_t> uid) {
  Source source;
  source.own_socket = true;
  source.uid = uid;
  return source;
}
Source with_tls() {
  Source source;
  source.address = "192.0.2.7";
  source.tls = true;
  return source;
}

Snapshot contoso() {
  RegistryPolicy registry;
  registry.key = "contoso-1";
  registry.name = "Contoso";
  registry.resource_id = "/subscriptions/s/resourcegroups/g/providers/p/registries/contoso";
  registry.admin_enabled = true;
  registry.admin_passwords = {Secret{"admin-1", {}, 0}, Secret{"admin-2", {}, 0}};
  registry.tokens.set("ci", {true, "map", {Secret{"ci-1", {}, 0}, Secret{"ci-2", {}, 0}}});
  Snapshot snapshot;
  snapshot.registries.set("contoso", registry);
  registry.key = "fabrikam-1";
  snapshot.registries.set("fabrikam", registry);
  snapshot.principals.set(
      "ada", {.enabled = true, .group = false, .credentials = {"a-1"}, .member_of = {}});
  snapshot.principals.set(
      "team", {.enabled = true, .group = true, .credentials = {"t-1"}, .member_of = {}});
  snapshot.issuers.set("ci-system", true);
  snapshot.issuers.set("old-system", false);
  snapshot.server_uid = kServerUid;
  return snapshot;
}
void edit(Snapshot& snapshot, const std::function<void(RegistryPolicy&)>& change) {
  RegistryPolicy registry = *snapshot.registries.find("contoso");
  change(registry);
  snapshot.registries.set("contoso", registry);
}

Principal who(PrincipalKind kind, std::string id = {}, std::string credential = {},
              std::string registry = {}) {
  Principal principal;
  principal.kind = kind;
  principal.id = std::move(id);
  principal.credential = std::move(credential);
  principal.registry = std::move(registry);
  return principal;
}
const Principal kCi = who(PrincipalKind::kToken, "ci", "ci-1", "contoso-1");
const Principal kAdmin = who(PrincipalKind::kAdminUser, "contoso", "admin-2", "contoso-1");

// The actions that are allowed, by name; on the repository "team/app" where there is one.
std::set<Action> allowed(const Snapshot& snapshot, const Principal& principal,
                         std::string_view repository = "team/app",
                         std::string_view registry = "contoso") {
  std::set<Action> out;
  const Source source = with_tls();
  const auto name = oci::RepositoryName::parse(repository).value();
  for (std::size_t i = 0; i < kActionNames.size(); ++i) {
    const auto action = static_cast<Action>(i);
    const bool on_registry = action >= Action::kCatalogRead;
    const Decision decision =
        decide(snapshot, {source, principal, action, registry, on_registry ? nullptr : &name, {}});
    EXPECT_FALSE(decision.rule.empty());
    EXPECT_EQ(decision.reason.empty(), decision.allowed());  // every refusal says why
    if (decision.allowed()) out.insert(action);
  }
  return out;
}
const std::set<Action> kReading = {Action::kPull, Action::kMetadataRead};
const std::set<Action> kAllOfARegistry = {
    Action::kPull,          Action::kPush,           Action::kDelete,      Action::kMetadataRead,
    Action::kMetadataWrite, Action::kMetadataDelete, Action::kCatalogRead, Action::kRegistryRead};

TEST(Admit, WithoutTlsOnlyTheMachineItself) {
  const Snapshot snapshot = contoso();
  EXPECT_TRUE(admit(snapshot, from_loopback(), "contoso", {}).allowed());
  EXPECT_TRUE(admit(snapshot, with_tls(), "contoso", {}).allowed());
  Source plain = with_tls();
  plain.tls = false;
  EXPECT_EQ(admit(snapshot, plain, "contoso", {}).verdict, Verdict::kDenyNetwork);
  EXPECT_EQ(admit(snapshot, plain, "contoso", {}).rule, "loopback-only");
  EXPECT_EQ(admit(snapshot, with_tls(), "other", {}).rule, "registry-unknown");
  EXPECT_EQ(admit(snapshot, with_tls(), "other", {}).verdict, Verdict::kDenyNetwork);
  EXPECT_TRUE(admit(snapshot, with_tls(), {}, {}).allowed());
}

TEST(Admit, TheOwnSocketIsForRootAndTheServersUser) {
  const Snapshot snapshot = contoso();
  EXPECT_TRUE(admit(snapshot, own_socket(0), {}, {}).allowed());
  EXPECT_TRUE(admit(snapshot, own_socket(kServerUid), {}, {}).allowed());
  EXPECT_EQ(admit(snapshot, own_socket(1000), {}, {}).verdict, Verdict::kDenyNetwork);
  EXPECT_EQ(admit(snapshot, own_socket({}), {}, {}).verdict, Verdict::kDenyNetwork);
}

TEST(StillGood, TableOfCredentials) {
  struct Row {
    Principal principal;
    bool good;
  };
  const Row rows[] = {
      {{}, true},
      {who(PrincipalKind::kOwner), true},
      {kAdmin, true},
      {who(PrincipalKind::kAdminUser, "contoso", "admin-1", "contoso-1"), true},
      {who(PrincipalKind::kAdminUser, "contoso", "admin-0", "contoso-1"), false},
      {who(PrincipalKind::kAdminUser, "contoso", "", "contoso-1"), false},
      {who(PrincipalKind::kAdminUser, "contoso", "admin-1", "contoso-0"), false},
      {who(PrincipalKind::kAdminUser, "contoso", "admin-1"), false},
      {kCi, true},
      {who(PrincipalKind::kToken, "ci", "ci-2", "contoso-1"), true},
      {who(PrincipalKind::kToken, "ci", "ci-3", "contoso-1"), false},
      {who(PrincipalKind::kToken, "cd", "ci-1", "contoso-1"), false},
      {who(PrincipalKind::kToken, "ci", "ci-1", "contoso-0"), false},
      {who(PrincipalKind::kUser, "ada", "a-1"), true},
      {who(PrincipalKind::kServicePrincipal, "ada", "a-1"), true},
      {who(PrincipalKind::kManagedIdentity, "ada", "a-2"), false},
      {who(PrincipalKind::kUser, "bob", "a-1"), false},
      {who(PrincipalKind::kUser, "team", "t-1"), false},  // a group does not sign in
      {who(PrincipalKind::kExternal, "sub", "ci-system"), true},
      {who(PrincipalKind::kExternal, "sub", "old-system"), false},
      {who(PrincipalKind::kExternal, "sub", "unknown"), false},
  };
  const Snapshot snapshot = contoso();
  for (const Row& row : rows) {
    const Decision decision = still_good(snapshot, row.principal);
    EXPECT_EQ(decision.allowed(), row.good)
        << kind_name(row.principal.kind) << " " << row.principal.credential;
    if (!row.good) EXPECT_EQ(decision.verdict, Verdict::kDenyCredential);
  }
}

TEST(StillGood, WhatWasSwitchedOffIsRefusedWhateverItMayDo) {
  Snapshot snapshot = contoso();
  edit(snapshot, [](RegistryPolicy& registry) {
    registry.admin_enabled = false;
    registry.tokens.set("ci", {false, "map", {Secret{"ci-1", {}, 0}, {}}});
    registry.anonymous_pull = true;
  });
  snapshot.principals.set(
      "ada", {.enabled = false, .group = false, .credentials = {"a-1"}, .member_of = {}});
  for (const Principal& principal : {kAdmin, kCi, who(PrincipalKind::kUser, "ada", "a-1")}) {
    EXPECT_EQ(still_good(snapshot, principal).verdict, Verdict::kDenyCredential);
    EXPECT_TRUE(allowed(snapshot, principal).empty());
  }
}

TEST(Decide, AnonymousCallersReadWhereThatIsOpen) {
  Snapshot snapshot = contoso();
  EXPECT_TRUE(allowed(snapshot, {}).empty());
  edit(snapshot, [](RegistryPolicy& registry) { registry.anonymous_pull = true; });
  EXPECT_EQ(allowed(snapshot, {}), kReading);
  EXPECT_EQ(allowed(snapshot, {}, "team/app", "fabrikam"), std::set<Action>());
}

TEST(Decide, OwnerAndAdminUserDoEverythingInARegistry) {
  const Snapshot snapshot = contoso();
  EXPECT_EQ(allowed(snapshot, who(PrincipalKind::kOwner)), kAllOfARegistry);
  EXPECT_EQ(allowed(snapshot, kAdmin), kAllOfARegistry);
  EXPECT_TRUE(allowed(snapshot, kAdmin, "team/app", "fabrikam").empty());
  EXPECT_TRUE(allowed(snapshot, kCi, "team/app", "fabrikam").empty());
  EXPECT_TRUE(allowed(snapshot, who(PrincipalKind::kOwner), "team/app", "unknown").empty());
}

TEST(Decide, ARefusedNetworkIsRefusedForEverybodyAndEveryAction) {
  const Snapshot snapshot = contoso();
  Source plain = with_tls();
  plain.tls = false;
  for (std::size_t i = 0; i < kActionNames.size(); ++i) {
    const Decision decision =
        decide(snapshot,
               {plain, who(PrincipalKind::kOwner), static_cast<Action>(i), "contoso", nullptr, {}});
    EXPECT_EQ(decision.verdict, Verdict::kDenyNetwork);
  }
}

TEST(Decide, MaintenanceIsForTheOwnerOnTheOwnSocket) {
  const Snapshot snapshot = contoso();
  const Principal owner = who(PrincipalKind::kOwner);
  const auto operate = [&](const Source& source, const Principal& principal) {
    return decide(snapshot, {source, principal, Action::kOperate, "", nullptr, {}}).allowed();
  };
  EXPECT_TRUE(operate(own_socket(0), owner));
  EXPECT_TRUE(operate(own_socket(kServerUid), owner));
  EXPECT_FALSE(operate(own_socket(1000), owner));
  EXPECT_FALSE(operate(own_socket(0), {}));
  EXPECT_FALSE(operate(from_loopback(), owner));
  EXPECT_FALSE(operate(with_tls(), owner));
}

struct MapRow {
  std::vector<ScopeMapRule> rules;
  std::string repository;
  std::set<Action> expected;  // and kRegistryRead
};

TEST(Decide, TableOfScopeMaps) {
  const MapRow rows[] = {
      {{}, "team/app", {}},
      {{{"team/app", "content/read"}}, "team/app", {Action::kPull}},
      {{{"team/app", "content/read"}}, "team/app2", {}},
      {{{"team/app", "content/read"}}, "team/app/sub", {}},
      {{{"team/*", "content/read"}}, "team/app", {Action::kPull}},
      {{{"team/*", "content/read"}}, "team/app/sub", {Action::kPull}},
      {{{"team/*", "content/read"}}, "team", {}},
      {{{"team/*", "content/read"}}, "teams/app", {}},
      {{{"*", "content/read"}}, "any/thing", {Action::kPull}},
      {{{"*", "content/write"}}, "team/app", {Action::kPush}},
      {{{"*", "content/delete"}}, "team/app", {Action::kDelete, Action::kMetadataDelete}},
      {{{"*", "metadata/read"}}, "team/app", {Action::kMetadataRead, Action::kCatalogRead}},
      {{{"team/*", "metadata/read"}}, "team/app", {Action::kMetadataRead, Action::kCatalogRead}},
      {{{"team/*", "metadata/read"}}, "other/app", {Action::kCatalogRead}},  // of what it names
      {{{"team/*", "catalog/read"}}, "team/app", {Action::kCatalogRead}},
      {{{"*", "metadata/write"}}, "team/app", {Action::kMetadataWrite, Action::kMetadataDelete}},
      {{{"*", "gateway/config/read"}}, "team/app", {}},
      {{{"a", "content/read"}, {"team/app", "content/write"}, {"team/*", "content/read"}},
       "team/app",
       {Action::kPull, Action::kPush}},
  };
  for (const MapRow& row : rows) {
    Snapshot snapshot = contoso();
    edit(snapshot, [&](RegistryPolicy& registry) { registry.scope_maps.set("map", {row.rules}); });
    std::set<Action> expected = row.expected;
    expected.insert(Action::kRegistryRead);
    EXPECT_EQ(allowed(snapshot, kCi, row.repository), expected) << row.repository;
  }
}

TEST(Decide, ATokenWithoutItsScopeMapMayOnlyAskWhoItIs) {
  EXPECT_EQ(allowed(contoso(), kCi), std::set<Action>{Action::kRegistryRead});
}

TEST(Decide, AnonymousPullOverridesAScopeMapForReading) {
  Snapshot snapshot = contoso();
  edit(snapshot, [](RegistryPolicy& registry) { registry.anonymous_pull = true; });
  std::set<Action> expected = kReading;
  expected.insert(Action::kRegistryRead);
  EXPECT_EQ(allowed(snapshot, kCi), expected);
}

TEST(DecideControl, TakesTheOwnerAndAccountsOfTheDirectoryOnly) {
  const Snapshot snapshot = contoso();
  const Source source = with_tls();
  const auto verdict = [&](const Principal& principal) {
    return decide(snapshot,
                  ControlRequest{source, principal, "Any/thing/read", "/subscriptions/s", {}})
        .verdict;
  };
  EXPECT_EQ(verdict(who(PrincipalKind::kOwner)), Verdict::kAllow);
  EXPECT_EQ(verdict({}), Verdict::kDenyCredential);
  EXPECT_EQ(verdict(kAdmin), Verdict::kDenyCredential);
  EXPECT_EQ(verdict(kCi), Verdict::kDenyCredential);
  EXPECT_EQ(verdict(who(PrincipalKind::kUser, "ada", "a-1")), Verdict::kDenyPermission);
  EXPECT_EQ(verdict(who(PrincipalKind::kUser, "ada", "a-2")), Verdict::kDenyCredential);
  EXPECT_EQ(verdict(who(PrincipalKind::kExternal, "sub", "unknown")), Verdict::kDenyCredential);
}

}  // namespace
}  // namespace berth::policy
