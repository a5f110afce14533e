// Tokens, scope maps and credentials through the engine, and what the policy snapshot learns.
#include "control/control_testing.h"

namespace berth::control {
namespace {

using enum Method;

class Tokens : public ControlFixture {
 protected:
  Tokens() { registry_ = registries_ + "default"; }

  void make_map(const std::string& name, const std::string& action) {
    ok(kPut, registry_ + "/scopeMaps/" + name,
       R"({"properties":{"actions":["repositories/)" + action + R"("]}})");
  }
  json::object make_token(const std::string& name, const std::string& map = "_repositories_pull") {
    return ok(kPut, registry_ + "/tokens/" + name,
              R"({"properties":{"scopeMapId":")" + registry_ + "/scopeMaps/" + map + R"("}})");
  }
  json::object generate(const std::string& name, const std::string& more = "") {
    return ok(kPost, registry_ + "/generateCredentials",
              R"({"tokenId":")" + registry_ + "/tokens/" + name + "\"" + more + "}");
  }
  const policy::Token* token(const std::string& name) {
    kept_ = policy_of("default");
    return kept_->tokens.find(name);
  }

  std::string registry_;
  std::shared_ptr<const policy::RegistryPolicy> kept_;
};

TEST_F(Tokens, SystemMapsAreInEveryRegistry) {
  const json::object list = ok(kGet, registry_ + "/scopeMaps");
  EXPECT_EQ(names(list),
            (std::vector<std::string>{"_repositories_admin", "_repositories_pull",
                                      "_repositories_pull_metadata_read", "_repositories_push",
                                      "_repositories_push_metadata_write"}));
  const json::object admin = ok(kGet, registry_ + "/scopemaps/_repositories_ADMIN");
  EXPECT_EQ(text_at(admin, "properties.type"), "SystemDefined");
  EXPECT_EQ(admin.at("properties").at("actions").as_array().size(), 5U);
  const auto* known = policy_of("default")->scope_maps.find("_repositories_push");
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->rules,
            (std::vector<policy::ScopeMapRule>{{"*", "content/read"}, {"*", "content/write"}}));
  const std::string body = R"({"properties":{"actions":["repositories/*/content/read"]}})";
  EXPECT_EQ(refusal(kPut, registry_ + "/scopeMaps/_repositories_pull", body),
            "SystemDefinedResource");
  EXPECT_EQ(refusal(kPatch, registry_ + "/scopeMaps/_repositories_pull", body),
            "SystemDefinedResource");
  EXPECT_EQ(refusal(kDelete, registry_ + "/scopeMaps/_repositories_pull"), "SystemDefinedResource");
}

TEST_F(Tokens, ActionsAreCheckedExactly) {
  const std::pair<std::string, std::string> rows[] = {
      {"repositories/team/app/content/read", ""},
      {"repositories/samples/*/content/delete", ""},
      {"repositories/*/metadata/write", ""},
      {"repositories/team/*/catalog/read", ""},
      {"repositories/a/catalog/write", "InvalidScopeMapAction"},
      {"repositories/a/content/content/read", ""},
      {"REPOSITORIES/A/CONTENT/READ", ""},
      {"repositories/sample/*/teamA/content/read", "InvalidScopeMapAction"},
      {"repositories/sample/teamA*/content/read", "InvalidScopeMapAction"},
      {"repositories/a/*/b/*/content/read", "InvalidScopeMapAction"},
      {"repositories/a//b/content/read", "InvalidScopeMapAction"},
      {"repositories/content/read", "InvalidScopeMapAction"},
      {"repositories//content/read", "InvalidScopeMapAction"},
      {"repositories/a/content/execute", "InvalidScopeMapAction"},
      {"repositories/a/metadata/delete", "InvalidScopeMapAction"},
      {"registries/a/content/read", "InvalidScopeMapAction"},
      {"", "InvalidScopeMapAction"},
      {"gateway/edge/config/read", "FeatureNotAvailable"}};
  for (const auto& [action, code] : rows) {
    EXPECT_EQ(refusal(kPut, registry_ + "/scopeMaps/onemap",
                      R"({"properties":{"actions":[")" + action + R"("]}})"),
              code)
        << action;
  }
  std::string many = R"({"properties":{"actions":["repositories/r0/content/read")";
  for (int i = 1; i < 501; ++i) many += ",\"repositories/r" + std::to_string(i) + "/content/read\"";
  EXPECT_EQ(refusal(kPut, registry_ + "/scopeMaps/onemap", many + "]}}"), "InvalidScopeMapActions");
  EXPECT_EQ(refusal(kPut, registry_ + "/scopeMaps/onemap", R"({"properties":{"actions":[]}})"),
            "InvalidScopeMapActions");
  EXPECT_EQ(refusal(kPut, registry_ + "/scopeMaps/onemap", "{}"), "InvalidRequestContent");
}

TEST_F(Tokens, AChangedMapIsKnownAtOnce) {
  make_map("onemap", "a/content/read");
  EXPECT_EQ(refusal(kGet, registry_ + "/scopeMaps/other-scope-map"), "ResourceNotFound");
  ok(kPatch, registry_ + "/scopeMaps/OneMap",
     R"({"properties":{"actions":["repositories/b/*/content/write","repositories/b/*/content/write"]}})");
  EXPECT_EQ(policy_of("default")->scope_maps.find("onemap")->rules,
            (std::vector<policy::ScopeMapRule>{{"b/*", "content/write"}}));
  make_token("token1", "onemap");
  EXPECT_EQ(refusal(kDelete, registry_ + "/scopeMaps/onemap"), "ScopeMapInUse");
  ok(kDelete, registry_ + "/tokens/token1");
  ok(kDelete, registry_ + "/scopeMaps/onemap");
  EXPECT_EQ(policy_of("default")->scope_maps.find("onemap"), nullptr);
}

TEST_F(Tokens, ATokenAnswersWithItsCredentials) {
  const json::object made = make_token("Token1");
  EXPECT_TRUE(at_path(made, "properties.credentials")->is_object());
  EXPECT_TRUE(at_path(made, "properties.credentials.passwords")->as_array().empty());
  EXPECT_EQ(text_at(made, "properties.status"), "enabled");
  EXPECT_EQ(text_at(made, "properties.scopeMapId"), registry_ + "/scopeMaps/_repositories_pull");
  ASSERT_NE(token("token1"), nullptr);
  EXPECT_EQ(token("token1")->scope_map, "_repositories_pull");
  ok(kPatch, registry_ + "/tokens/token1", R"({"properties":{"status":"DISABLED"}})");
  EXPECT_FALSE(token("token1")->enabled);
  ok(kDelete, registry_ + "/tokens/token1");
  EXPECT_EQ(token("token1"), nullptr);
}

TEST_F(Tokens, PasswordsAreShownOnceAndStoredAsHashes) {
  make_token("token1");
  const json::object both = generate("token1");
  EXPECT_EQ(text_at(both, "username"), "token1");
  const auto& passwords = both.at("passwords").as_array();
  ASSERT_EQ(passwords.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string value(text_at(passwords[i].as_object(), "value"));
    EXPECT_EQ(value.size(), 52U);
    EXPECT_EQ(token("token1")->passwords[i]->hash, test_keys().keyed_hash(value));
    for (const auto& [id, document] : documents_.stored) {
      EXPECT_EQ(document.body.find(value), std::string::npos);
    }
    for (const auto& row : documents_.log) {
      EXPECT_EQ((row.before + row.after).find(value), std::string::npos);
    }
  }
  const auto before = token("token1")->passwords;
  const json::object second =
      generate("token1", R"(,"name":"password2","expiry":"2030-01-01T00:00:00Z")");
  ASSERT_EQ(second.at("passwords").as_array().size(), 1U);
  EXPECT_EQ(token("token1")->passwords[0], before[0]);
  EXPECT_NE(token("token1")->passwords[1]->id, before[1]->id);
  EXPECT_EQ(token("token1")->passwords[1]->expires, 1893456000000000);
  const json::object read = ok(kGet, registry_ + "/tokens/token1");
  const auto& shown = at_path(read, "properties.credentials.passwords")->as_array();
  ASSERT_EQ(shown.size(), 2U);
  for (const auto& password : shown) {
    EXPECT_TRUE(password.as_object().contains("creationTime"));
    EXPECT_FALSE(password.as_object().contains("value") || password.as_object().contains("hash") ||
                 password.as_object().contains("id"));
  }
  const auto known = *token("token1");
  start();
  EXPECT_EQ(token("token1")->passwords, known.passwords);
}

TEST_F(Tokens, PatchNamesThePasswordsThatStay) {
  make_token("token1");
  generate("token1");
  const auto before = token("token1")->passwords;
  ok(kPatch, registry_ + "/tokens/token1",
     R"({"properties":{"credentials":{"passwords":[{"name":"password2"}]}}})");
  EXPECT_FALSE(token("token1")->passwords[0]);
  EXPECT_EQ(token("token1")->passwords[1], before[1]);
  EXPECT_EQ(refusal(kPatch, registry_ + "/tokens/token1",
                    R"({"properties":{"credentials":{"passwords":[{"name":"password1"}]}}})"),
            "InvalidTokenCredentials");
  EXPECT_EQ(refusal(kPatch, registry_ + "/tokens/token1",
                    R"({"properties":{"credentials":{"certificates":[{"name":"c"}]}}})"),
            "FeatureNotAvailable");
  make_token("token1");  // a PUT again keeps the secrets
  EXPECT_EQ(token("token1")->passwords[1], before[1]);
  ok(kPatch, registry_ + "/tokens/token1", R"({"properties":{"credentials":{"passwords":[]}}})");
  EXPECT_FALSE(token("token1")->passwords[1]);
}

TEST_F(Tokens, WhatIsMalformedIsRefused) {
  const auto put = [&](const std::string& name, const std::string& map) {
    return refusal(kPut, registry_ + "/tokens/" + name,
                   R"({"properties":{"scopeMapId":")" + map + R"("}})");
  };
  const std::string pull = registry_ + "/scopeMaps/_repositories_pull";
  ok(kPut, registries_ + "team1");
  EXPECT_EQ(put("abcd", pull), "InvalidResourceName");
  EXPECT_EQ(put("under_score", pull), "InvalidResourceName");
  EXPECT_EQ(put("DEFAULT", pull), "InvalidResourceName");  // the admin user's name
  EXPECT_EQ(put("token1", "nonsense"), "InvalidScopeMapId");
  EXPECT_EQ(put("token1", registry_ + "/scopeMaps/nothere"), "InvalidScopeMapId");
  EXPECT_EQ(put("token1", registries_ + "team1/scopeMaps/_repositories_pull"), "InvalidScopeMapId");
  EXPECT_EQ(put("token1", registry_ + "/tokens/token1"), "InvalidScopeMapId");
  EXPECT_EQ(put("token1", registry_), "InvalidScopeMapId");
  EXPECT_EQ(refusal(kPut, registry_ + "/tokens/token1", "{}"), "InvalidRequestContent");
  make_token("token1");
  const std::string generate = registry_ + "/generateCredentials";
  const std::string token = R"({"tokenId":")" + registry_ + R"(/tokens/token1")";
  EXPECT_EQ(refusal(kPost, generate, "{}"), "InvalidTokenId");
  EXPECT_EQ(refusal(kPost, generate, R"({"tokenId":")" + registries_ + R"(team1/tokens/token1"})"),
            "InvalidTokenId");
  EXPECT_EQ(refusal(kPost, generate, R"({"tokenId":")" + registry_ + R"(/tokens/token9"})"),
            "ResourceNotFound");
  EXPECT_EQ(refusal(kPost, generate, token + R"(,"name":"password3"})"), "InvalidPasswordName");
  EXPECT_EQ(refusal(kPost, generate, token + R"(,"expiry":"2001-01-01T00:00:00Z"})"),
            "InvalidExpiry");
  EXPECT_EQ(refusal(kPost, generate, token + R"(,"expiry":"tomorrow"})"), "InvalidExpiry");
  EXPECT_EQ(refusal(kPost, generate, token + R"(,"x":1})"), "InvalidRequestContent");
}

TEST_F(Tokens, AdminPasswordsAreDerivedAndRenewed) {
  EXPECT_EQ(refusal(kPost, registry_ + "/listCredentials"), "UnAuthorizedForCredentialOperations");
  EXPECT_EQ(refusal(kPost, registry_ + "/regenerateCredential", R"({"name":"password"})"),
            "UnAuthorizedForCredentialOperations");
  ok(kPatch, registry_, R"({"properties":{"adminUserEnabled":true}})");
  const auto values = [&](const json::object& shown) {
    std::vector<std::string> out;
    for (const auto& one : shown.at("passwords").as_array()) {
      out.emplace_back(text_at(one.as_object(), "value"));
    }
    return out;
  };
  const json::object first = ok(kPost, registry_ + "/listCredentials");
  EXPECT_EQ(text_at(first, "username"), "default");
  const auto before = policy_of("default")->admin_passwords;
  EXPECT_EQ(before[0].hash, test_keys().keyed_hash(values(first)[0]));
  EXPECT_EQ(before[1].hash, test_keys().keyed_hash(values(first)[1]));
  EXPECT_NE(values(first)[0], values(first)[1]);
  const json::object renewed =
      ok(kPost, registry_ + "/regenerateCredential", R"({"name":"password2"})");
  EXPECT_EQ(values(renewed)[0], values(first)[0]);
  EXPECT_NE(values(renewed)[1], values(first)[1]);
  EXPECT_EQ(policy_of("default")->admin_passwords[0], before[0]);
  EXPECT_NE(policy_of("default")->admin_passwords[1].id, before[1].id);
  EXPECT_EQ(policy_of("default")->admin_passwords[1].hash,
            test_keys().keyed_hash(values(renewed)[1]));
  EXPECT_EQ(ok(kPost, registry_ + "/listCredentials"), renewed);
  EXPECT_EQ(refusal(kPost, registry_ + "/regenerateCredential", R"({"name":"password3"})"),
            "InvalidPasswordName");
}

TEST_F(Tokens, UsagesAreCounted) {
  make_map("onemap", "a/content/read");
  make_token("token1", "onemap");
  std::map<std::string, std::int64_t> now;
  const json::object usages = ok(kGet, registry_ + "/listUsages");
  for (const auto& one : usages.at("value").as_array()) {
    now[std::string(text_at(one.as_object(), "name"))] =
        one.as_object().at("currentValue").to_number<std::int64_t>();
  }
  EXPECT_EQ(now["Tokens"], 1);
  EXPECT_EQ(now["ScopeMaps"], 1);
  EXPECT_EQ(now["Size"], 0);
}

// The cost of one more token must not depend on how many there are: counted in stored rows (the
// time of a change among 50,000 is a figure of bench/).
TEST_F(Tokens, ManyTokensCostTheSameEach) {
  const auto rows_for = [&](int from, int to) {
    const std::size_t before = documents_.rows_touched;
    for (int i = from; i < to; ++i) make_token("token-" + std::to_string(i));
    return documents_.rows_touched - before;
  };
  const std::size_t few = rows_for(0, 500);
  EXPECT_GE(few, 500U);
  rows_for(500, 3000);
  EXPECT_EQ(rows_for(3000, 3500), few);
  const std::size_t stored = documents_.stored.size();
  documents_.rows_touched = 0;
  start();
  EXPECT_LE(documents_.rows_touched, 2 * stored) << "a start reads each row, not each for each";
  EXPECT_EQ(policy_of("default")->tokens.size(), 3500U);
  Request list = request(kGet, registry_ + "/tokens");
  list.top = "1000";
  EXPECT_EQ(names(ok(list)).size(), 1000U);
}

}  // namespace
}  // namespace berth::control
