// Subscriptions, groups and registries through the engine.
#include "control/control_testing.h"
#include "meta/records.h"

namespace berth::control {
namespace {

using enum Method;
using Registries = ControlFixture;

TEST_F(Registries, FirstStartMakesTheDefaults) {
  const json::object subscription = ok(kGet, sub_);
  EXPECT_EQ(text_at(subscription, "displayName"), "Berth");
  EXPECT_EQ(text_at(subscription, "state"), "Enabled");
  EXPECT_EQ(text_at(subscription, "tenantId"), kTenant);
  const json::object registry = ok(kGet, registries_ + "default");
  EXPECT_EQ(text_at(registry, "properties.loginServer"), "default.example.test");
  EXPECT_EQ(text_at(registry, "properties.provisioningState"), "Succeeded");
  EXPECT_EQ(text_at(registry, "sku.name"), "Premium");
  EXPECT_EQ(text_at(registry, "sku.tier"), "Premium");
  EXPECT_EQ(text_at(registry, "properties.networkRuleSet.defaultAction"), "Allow");
  EXPECT_FALSE(registry.contains("hidden"));
  EXPECT_FALSE(registry.contains("identity"));
  EXPECT_EQ(policy_of("default")->key, "default");
}

TEST_F(Registries, AStartFindsWhatWasStored) {
  ok(kPut, registries_ + "Team1", R"({"tags":{"a":"b"},"properties":{"adminUserEnabled":true}})");
  const json::object before = ok(kGet, registries_ + "team1");
  const auto known = policy_of("team1");
  const std::string subscription = engine_->subscription();
  start();
  EXPECT_EQ(engine_->subscription(), subscription);
  EXPECT_EQ(ok(kGet, registries_ + "TEAM1"), before);
  EXPECT_EQ(policy_of("team1")->key, known->key);
  EXPECT_EQ(policy_of("team1")->admin_passwords, known->admin_passwords);
}

TEST_F(Registries, ADeletedDefaultStaysDeletedAndComesBackEmpty) {
  ok(kDelete, registries_ + "default");
  start();
  EXPECT_EQ(refusal(kGet, registries_ + "default"), "ResourceNotFound");
  EXPECT_EQ(policy_of("default"), nullptr);
  ok(kPut, registries_ + "default");
  EXPECT_NE(policy_of("default")->key, "default");
}

TEST_F(Registries, WithoutADomainOnlyTheDefaultHasAnAddress) {
  options_.domain.clear();
  start();
  EXPECT_EQ(text_at(ok(kGet, registries_ + "default"), "properties.loginServer"), "localhost:5000");
  const json::object other = ok(kPut, registries_ + "team1");
  EXPECT_EQ(text_at(other, "properties.loginServer"), "");
  EXPECT_EQ(text_at(other, "properties.status.displayStatus"), "Not reachable");
}

TEST_F(Registries, PutCreatesThenReplacesAndKeepsSecrets) {
  const auto created =
      ask(kPut, registries_ + "Team1",
          R"({"location":"Local","sku":{"name":"basic"},"tags":{"a":"b"},)"
          R"("properties":{"adminUserEnabled":true,"anonymousPullEnabled":true}})");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->status, 201U);
  const auto known = policy_of("team1");
  EXPECT_TRUE(known->key.starts_with("team1-")) << known->key;
  EXPECT_TRUE(known->admin_enabled && known->anonymous_pull && known->arm_audience);
  const auto again =
      ask(kPut, registries_ + "TEAM1", R"({"properties":{"adminUserEnabled":true}})");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 200U);
  const json::object now = json::parse(again->body).as_object();
  EXPECT_EQ(text_at(now, "id"), registries_ + "Team1");
  EXPECT_EQ(text_at(now, "sku.name"), "Premium");
  EXPECT_TRUE(now.at("tags").as_object().empty());
  EXPECT_FALSE(policy_of("team1")->anonymous_pull);
  EXPECT_EQ(policy_of("team1")->admin_passwords, known->admin_passwords);
  EXPECT_EQ(policy_of("team1")->key, known->key);
}

TEST_F(Registries, PatchChangesOnlyWhatItNames) {
  ok(kPut, registries_ + "team1", R"({"tags":{"a":"b"},"properties":{"adminUserEnabled":true}})");
  const json::object now = ok(kPatch, registries_ + "team1",
                              R"({"properties":{"policies":{"azureADAuthenticationAsArmPolicy":)"
                              R"({"status":"Disabled"}}}})");
  EXPECT_EQ(text_at(now, "tags.a"), "b");
  EXPECT_TRUE(true_at(now, "properties.adminUserEnabled"));
  EXPECT_EQ(text_at(now, "properties.policies.azureADAuthenticationAsArmPolicy.status"),
            "disabled");
  EXPECT_FALSE(policy_of("team1")->arm_audience);
  EXPECT_EQ(refusal(kPatch, registries_ + "team2", "{}"), "ResourceNotFound");
}

TEST_F(Registries, WhatAClientReadItMaySendBack) {
  const json::object read = ok(kPut, registries_ + "team1");
  for (const Method method : {kPut, kPatch}) {
    json::object now = ok(method, registries_ + "team1", json::serialize(read));
    now.erase("systemData");
    json::object before = read;
    before.erase("systemData");
    EXPECT_EQ(now, before);
  }
}

TEST_F(Registries, WhatHasNoEffectIsRefusedByName) {
  for (const char* properties :
       {R"("zoneRedundancy":"Enabled")", R"("endpointProtocol":"IPv4AndIPv6")",
        R"("encryption":{"status":"enabled"})",
        R"("policies":{"retentionPolicy":{"status":"enabled"}})",
        R"("policies":{"retentionPolicy":{"days":30}})",
        R"("policies":{"quarantinePolicy":{"status":"enabled"}})",
        R"("policies":{"trustPolicy":{"status":"enabled"}})",
        R"("policies":{"exportPolicy":{"status":"disabled"}})",
        R"("policies":{"softDeletePolicy":{"status":"enabled"}})"}) {
    EXPECT_EQ(refusal(kPatch, registries_ + "default",
                      std::string(R"({"properties":{)") + properties + "}}"),
              "FeatureNotAvailable")
        << properties;
  }
  EXPECT_EQ(refusal(kPatch, registries_ + "default", R"({"identity":{"type":"SystemAssigned"}})"),
            "FeatureNotAvailable");
  EXPECT_EQ(refusal(kPatch, registries_ + "default", R"({"identity":{"type":"none"}})"), "");
  EXPECT_EQ(refusal(kPatch, registries_ + "default", R"({"properties":{"nonsense":1}})"),
            "InvalidRequestContent");
}

TEST_F(Registries, ThePermissionsModeIsSetByPutAndPatch) {
  const auto set = [&](Method method, const std::string& name, const std::string& mode,
                       const std::string& version) {
    Request request = this->request(method, registries_ + name,
                                    R"({"properties":{"roleAssignmentMode":")" + mode + R"("}})");
    request.api_version = version;
    return std::string(text_at(ok(request), "properties.roleAssignmentMode"));
  };
  const std::string by_registry = "LegacyRegistryPermissions",
                    by_repository = "AbacRepositoryPermissions";
  EXPECT_EQ(text_at(ok(kGet, registries_ + "default"), "properties.roleAssignmentMode"),
            by_registry);
  for (const std::string version : {"2022-02-01-preview", "2025-11-01"}) {
    EXPECT_EQ(set(kPut, "team1", "abacRepositoryPermissions", version), by_repository);
    EXPECT_EQ(policy_of("team1")->mode, policy::PermissionsMode::kRepository);
    start();
    EXPECT_EQ(policy_of("team1")->mode, policy::PermissionsMode::kRepository);
    EXPECT_EQ(set(kPatch, "team1", by_registry, version), by_registry);
    EXPECT_EQ(policy_of("team1")->mode, policy::PermissionsMode::kRegistry);
    EXPECT_EQ(set(kPatch, "team1", by_repository, version), by_repository);
    // What a change does not mention stays.
    ok(kPatch, registries_ + "team1", R"({"tags":{"a":"b"}})");
    EXPECT_EQ(policy_of("team1")->mode, policy::PermissionsMode::kRepository);
    // Nor does a whole body of a client that does not know of modes change it.
    ok(kPut, registries_ + "team1", R"({"location":"local"})");
    EXPECT_EQ(policy_of("team1")->mode, policy::PermissionsMode::kRepository);
  }
  EXPECT_EQ(refusal(kPatch, registries_ + "team1", R"({"properties":{"roleAssignmentMode":"x"}})"),
            "InvalidPropertyValue");
}

TEST_F(Registries, NamesAreChecked) {
  const std::pair<std::string, std::string> rows[] = {
      {"abcd", "InvalidResourceName"},        {std::string(51, 'a'), "InvalidResourceName"},
      {"with-hyphen", "InvalidResourceName"}, {"Login", "ReservedResourceName"},
      {"graph", "ReservedResourceName"},      {"management", "ReservedResourceName"},
      {"portal", "ReservedResourceName"},     {"admin", "ReservedResourceName"},
      {"common", "ReservedResourceName"},     {"organizations", "ReservedResourceName"}};
  const std::string check = sub_ + "/providers/Microsoft.ContainerRegistry/checkNameAvailability";
  const std::string type = R"(","type":"Microsoft.ContainerRegistry/registries"})";
  for (const auto& [name, code] : rows) {
    EXPECT_EQ(refusal(kPut, registries_ + name), code) << name;
    EXPECT_EQ(text_at(ok(kPost, check, R"({"name":")" + name + type), "reason"), "Invalid");
  }
  EXPECT_EQ(text_at(ok(kPost, check, R"({"name":"DEFAULT)" + type), "reason"), "AlreadyExists");
  EXPECT_TRUE(true_at(ok(kPost, check, R"({"name":"team1)" + type), "nameAvailable"));
  EXPECT_EQ(refusal(kPost, check, R"({"name":"team1"})"), "InvalidRequestContent");
}

TEST_F(Registries, ANameIsTakenInAllGroups) {
  ok(kPut, sub_ + "/resourceGroups/other");
  EXPECT_EQ(refusal(kPut, sub_ + "/resourcegroups/OTHER/providers/Microsoft.ContainerRegistry/"
                                 "registries/Default"),
            "AlreadyInUse");
}

TEST_F(Registries, WhatIsNotThereIsSaidExactly) {
  const std::string nowhere = "/subscriptions/00000000-0000-0000-0000-000000000009";
  EXPECT_EQ(refusal(kGet, nowhere), "SubscriptionNotFound");
  EXPECT_EQ(refusal(kPut, nowhere + "/resourceGroups/rg"), "SubscriptionNotFound");
  EXPECT_EQ(refusal(kGet, sub_ + "/resourceGroups/rg"), "ResourceGroupNotFound");
  EXPECT_EQ(refusal(kDelete, sub_ + "/resourceGroups/rg"), "ResourceGroupNotFound");
  EXPECT_EQ(refusal(kPut, sub_ + "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/"
                                 "registries/team1"),
            "ResourceGroupNotFound");
  EXPECT_EQ(refusal(kGet, registries_ + "team1"), "ResourceNotFound");
  EXPECT_EQ(refusal(kPut, registries_ + "team1/scopeMaps/somemap"), "ParentResourceNotFound");
  EXPECT_EQ(refusal(kGet, registries_ + "team1/webhooks/x"), "InvalidResourceType");
  EXPECT_EQ(refusal(kGet, sub_ + "/providers/Microsoft.Foo/bars"), "InvalidResourceType");
  EXPECT_EQ(ask(kDelete, registries_ + "team1")->status, 204U);
  EXPECT_EQ(ask(kHead, group_)->status, 204U);
  EXPECT_EQ(refusal(kPost, registries_ + "default"), "MethodNotAllowed");
  EXPECT_EQ(refusal(kGet, registries_ + "default/listCredentials"), "MethodNotAllowed");
}

TEST_F(Registries, ApiVersionMustBeThereAndADate) {
  Request request = this->request(kGet, registries_ + "default");
  request.api_version.reset();
  EXPECT_EQ(refusal(request), "MissingApiVersionParameter");
  for (const char* bad : {"", "2022", "latest", "2022-02-01-", "2022-02-01preview", "2022_02_01"}) {
    request.api_version = bad;
    EXPECT_EQ(refusal(request), "InvalidApiVersionParameter") << bad;
  }
  for (const char* good : {"2019-05-01", "2031-01-01", "2022-02-01-preview"}) {
    request.api_version = good;
    EXPECT_EQ(refusal(request), "") << good;
  }
}

TEST_F(Registries, EntityTagsGuardWrites) {
  const auto read = ask(kGet, registries_ + "default");
  Request change = request(kPatch, registries_ + "default", R"({"tags":{"a":"b"}})");
  change.if_match = read->etag;
  ASSERT_TRUE(ask(change));
  EXPECT_EQ(refusal(change), "PreconditionFailed");
  Request create = request(kPut, registries_ + "default");
  create.if_none_match = "*";
  EXPECT_EQ(refusal(create), "PreconditionFailed");
  create.path = registries_ + "team1";
  EXPECT_EQ(refusal(create), "");
  Request remove = request(kDelete, registries_ + "team1");
  remove.if_match = "\"other\"";
  EXPECT_EQ(refusal(remove), "PreconditionFailed");
}

TEST_F(Registries, ChangesAreRecordedWithoutSecrets) {
  documents_.log.clear();
  ok(kPut, registries_ + "team1");
  ok(kPatch, registries_ + "team1", R"({"tags":{"a":"b"}})");
  ok(kDelete, registries_ + "team1");
  ASSERT_EQ(documents_.log.size(), 3U);
  const meta::Activity& patch = documents_.log[1];
  EXPECT_EQ(patch.actor, "owner");
  EXPECT_EQ(patch.operation, "Microsoft.ContainerRegistry/registries/write");
  EXPECT_EQ(patch.target, registries_ + "team1");
  EXPECT_EQ(patch.correlation_id, "c-1");
  EXPECT_NE(patch.before, patch.after);
  EXPECT_NE(patch.after.find(R"("a":"b")"), std::string::npos);
  EXPECT_EQ(documents_.log[0].before, "");
  EXPECT_EQ(documents_.log[2].after, "");
  EXPECT_EQ(documents_.log[2].operation, "Microsoft.ContainerRegistry/registries/delete");
  for (const meta::Activity& row : documents_.log) {
    EXPECT_EQ((row.before + row.after).find("nonce"), std::string::npos);
  }
}

TEST_F(Registries, AFailedCommitChangesNothing) {
  documents_.fail_next = Error(Code::kStorageFull, "full");
  EXPECT_EQ(refusal(kDelete, registries_ + "default"), "InsufficientStorage");
  EXPECT_NE(policy_of("default"), nullptr);
  EXPECT_FALSE(wait_for(engine_->sweep()).value());
  documents_.fail_next = Error(Code::kPreconditionFailed, "changed");
  EXPECT_EQ(refusal(kPatch, registries_ + "default", R"({"tags":{"a":"b"}})"), "ConcurrentUpdate");
  EXPECT_TRUE(ok(kGet, registries_ + "default").at("tags").as_object().empty());
}

TEST_F(Registries, GroupsHaveArmsRules) {
  const auto made = ask(kPut, sub_ + "/resourcegroups/My.Group_(1)", R"({"location":"LOCAL"})");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 201U);
  const json::object group = json::parse(made->body).as_object();
  EXPECT_EQ(text_at(group, "type"), "Microsoft.Resources/resourceGroups");
  EXPECT_EQ(text_at(group, "location"), "local");
  EXPECT_EQ(text_at(group, "properties.provisioningState"), "Succeeded");
  EXPECT_EQ(refusal(kPut, sub_ + "/resourceGroups/bad."), "InvalidResourceGroup");
  EXPECT_EQ(refusal(kPut, sub_ + "/resourceGroups/a b"), "InvalidResourceGroup");
  EXPECT_EQ(refusal(kPut, sub_ + "/resourceGroups/" + std::string(91, 'a')),
            "InvalidResourceGroup");
  EXPECT_EQ(refusal(kPut, sub_ + "/resourceGroups/far", R"({"location":"far away"})"),
            "LocationNotAvailableForResourceGroup");
  EXPECT_EQ(refusal(kPut, registries_ + "team1", R"({"location":"far away"})"),
            "LocationNotAvailableForResourceType");
  EXPECT_EQ(refusal(kPut, registries_ + "default", R"({"location":"far away"})"),
            "InvalidResourceLocation");
  const json::object patched =
      ok(kPatch, sub_ + "/resourceGroups/MY.GROUP_(1)", R"({"tags":{"a":"b"}})");
  EXPECT_EQ(text_at(patched, "name"), "My.Group_(1)");
  EXPECT_EQ(names(ok(kGet, sub_ + "/resourcegroups")),
            (std::vector<std::string>{"default", "My.Group_(1)"}));
}

TEST_F(Registries, DeletingAGroupDeletesWhatIsInIt) {
  ok(kPut, registries_ + "team1");
  ok(kPut, registries_ + "team1/scopeMaps/onemap",
     R"({"properties":{"actions":["repositories/a/content/read"]}})");
  assign("acdd72a7-3385-48ef-bd42-f606fba81ae7", registries_ + "team1",
         "aaaaaaaa-1111-0000-0000-000000000000");
  EXPECT_EQ(ask(kDelete, group_)->status, 200U);
  EXPECT_EQ(refusal(kGet, group_), "ResourceGroupNotFound");
  EXPECT_EQ(policy_->current()->registries.size(), 0U);
  EXPECT_EQ(policy_->current()->assignments.size(), 0U);
  for (const auto& [id, document] : documents_.stored) {
    EXPECT_TRUE(id.first == "registry-removal" || id.second == sub_) << id.first << id.second;
  }
}

TEST_F(Registries, ListsGoByPages) {
  for (const char* name : {"bbbbb", "Aaaaa", "ccccc"}) ok(kPut, registries_ + name);
  Request list = request(kGet, sub_ + "/providers/Microsoft.ContainerRegistry/registries");
  list.top = "2";
  std::vector<std::string> seen;
  for (int pages = 0; pages < 4; ++pages) {
    const json::object page = ok(list);
    for (const std::string& name : names(page)) seen.push_back(name);
    const std::string link(text_at(page, "nextLink"));
    if (link.empty()) break;
    EXPECT_TRUE(link.starts_with("https://management.example.test/subscriptions/")) << link;
    list.skip_token = link.substr(link.find("$skipToken=") + 11);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"Aaaaa", "bbbbb", "ccccc", "default"}));
  list.skip_token = "***";
  EXPECT_EQ(refusal(list), "InvalidSkipToken");
  list.skip_token.reset();
  list.top = "0";
  EXPECT_EQ(refusal(list), "InvalidTopParameter");
}

TEST_F(Registries, TheResourceListFindsRegistries) {
  Request list = request(kGet, sub_ + "/resources");
  list.filter = "resourceType eq 'Microsoft.ContainerRegistry/registries'";
  const json::object found = ok(list);
  ASSERT_EQ(names(found), (std::vector<std::string>{"default"}));
  const json::object& item = found.at("value").as_array()[0].as_object();
  EXPECT_EQ(text_at(item, "id"), registries_ + "default");
  EXPECT_EQ(text_at(item, "sku.name"), "Premium");
  EXPECT_FALSE(item.contains("properties"));
  list.filter = "resourceType eq 'Microsoft.Compute/disks'";
  EXPECT_TRUE(names(ok(list)).empty());
  list.filter = "colour eq 'red'";
  EXPECT_EQ(refusal(list), "UnsupportedFilter");
}

TEST_F(Registries, FactsAboutTheServer) {
  EXPECT_EQ(text_at(ok(kGet, "/tenants").at("value").as_array()[0].as_object(), "tenantId"),
            kTenant);
  EXPECT_EQ(names(ok(kGet, "/subscriptions")).size(), 1U);
  EXPECT_EQ(names(ok(kGet, sub_ + "/locations")), (std::vector<std::string>{"local"}));
  EXPECT_EQ(names(ok(kGet, registries_ + "default/replications")),
            (std::vector<std::string>{"local"}));
  EXPECT_EQ(text_at(ok(kGet, registries_ + "DEFAULT/Replications/LOCAL"), "location"), "local");
  EXPECT_EQ(refusal(kPut, registries_ + "default/replications/far"), "FeatureNotAvailable");
  EXPECT_FALSE(
      ok(kGet, "/providers/Microsoft.ContainerRegistry/operations").at("value").as_array().empty());
  EXPECT_EQ(text_at(ok(kGet, sub_ + "/providers/microsoft.containerregistry"), "registrationState"),
            "Registered");
}

TEST_F(Registries, ManagementGroupsBecomeParents) {
  const std::string groups = "/providers/Microsoft.Management/managementGroups/";
  ok(kPut, groups + "top");
  ok(kPut, groups + "Sub",
     R"({"properties":{"details":{"parent":{"id":")" + groups + R"(TOP"}}}})");
  ok(kPut, groups + "sub" + sub_);
  const auto parent = [&](const std::string& id) {
    const std::string* found = policy_->current()->parents.find(id);
    return found == nullptr ? std::string() : *found;
  };
  EXPECT_EQ(parent(sub_), "/providers/microsoft.management/managementgroups/sub");
  EXPECT_EQ(parent("/providers/microsoft.management/managementgroups/sub"),
            "/providers/microsoft.management/managementgroups/top");
  EXPECT_EQ(refusal(kPatch, groups + "top",
                    R"({"properties":{"details":{"parent":{"id":")" + groups + R"(sub"}}}})"),
            "InvalidParent");
  EXPECT_EQ(refusal(kDelete, groups + "top"), "ManagementGroupHasChildren");
  ok(kPut, groups + "top" + sub_);
  EXPECT_EQ(parent(sub_), "/providers/microsoft.management/managementgroups/top");
  EXPECT_EQ(refusal(kGet, groups + "sub" + sub_), "ResourceNotFound");
  start();
  EXPECT_EQ(parent(sub_), "/providers/microsoft.management/managementgroups/top");
  ok(kDelete, groups + "sub");
  ok(kDelete, groups + "top");
  EXPECT_EQ(policy_->current()->parents.size(), 0U);
}

TEST_F(Registries, ContentOfADeletedRegistryIsSweptAcrossAStart) {
  const auto digest = oci::Digest::parse("sha256:" + std::string(64, 'a')).value();
  const auto push = [&](const std::string& repository) {
    meta::ManifestWrite write{{"default", oci::RepositoryName::parse(repository).value()},
                              digest,
                              {oci::Tag::parse("v1").value()},
                              {},
                              blobs::BlobLocation{},
                              {},
                              {},
                              {}};
    ASSERT_TRUE(wait_for(content_->put_manifest(write)));
  };
  for (const char* name : {"a", "b", "c"}) push(name);
  const meta::RepositoryKey locked{"default", oci::RepositoryName::parse("b").value()};
  const meta::AttributesChange lock = {
      .delete_enabled = false, .write_enabled = false, .list_enabled = false, .read_enabled = {}};
  ASSERT_TRUE(wait_for(content_->change_tag(locked, oci::Tag::parse("v1").value(), lock)));
  ASSERT_TRUE(wait_for(content_->change_manifest(locked, digest, lock)));
  ASSERT_TRUE(wait_for(content_->change_repository(locked, lock)));
  const json::object usage = ok(kGet, registries_ + "default/listUsages");
  ok(kDelete, registries_ + "default");
  EXPECT_TRUE(wait_for(engine_->sweep(1)).value());
  start();
  while (wait_for(engine_->sweep(1)).value()) {
  }
  EXPECT_EQ(wait_for(content_->usage("default"))->repositories, 0U);
  EXPECT_FALSE(documents_.stored.contains({"registry-removal", "default"}));
}

}  // namespace
}  // namespace berth::control
