#include "api/graph_face.h"

#include <boost/json.hpp>

#include "api/graph_filter.h"
#include "api/login_testing.h"
#include "identity/identity_testing.h"
#include "identity/json_text.h"
#include "policy/roles.h"

namespace berth::api {
namespace {

namespace json = boost::json;
using identity::text_of;

constexpr std::uint32_t kServerUid = 4242;

class GraphFaceTest : public identity::IdentityFixture {
 protected:
  GraphFaceTest() {
    policy.update([](policy::Snapshot& snapshot) {
      snapshot.server_uid = kServerUid;
      policy::add_built_in_roles(snapshot);
    });
  }

  http::Response send(const std::string& method, const std::string& target,
                      const std::string& body = {}) {
    FakeExchange exchange(method, "/v1.0/" + target, body);
    if (bearer.empty()) {
      exchange.on_socket(kServerUid);
    } else {
      exchange.with("Authorization", "Bearer " + bearer);
    }
    return wait(face.handle(exchange));
  }
  static json::object parsed(const http::Response& response) {
    return json::parse(body_of(response)).as_object();
  }
  json::object get(const std::string& target) {
    const http::Response response = send("GET", target);
    EXPECT_EQ(response.status, 200U) << target << ": " << body_of(response);
    return parsed(response);
  }
  json::array values(const std::string& target) { return get(target).at("value").as_array(); }
  json::object make(const std::string& target, const std::string& body) {
    const http::Response response = send("POST", target, body);
    EXPECT_EQ(response.status, 201U) << target << ": " << body_of(response);
    return parsed(response);
  }
  std::string code_of(const http::Response& response) {
    return text_of(parsed(response).at("error").as_object(), "code");
  }
  std::string token_for(const App& app, std::string audience = "https://graph.berth.test") {
    identity::AccessTokenRequest request;
    request.principal.id = app.sp_id;
    request.principal.credential = app.key_id;
    request.audience = std::move(audience);
    request.client = app.app_id;
    return issuer.access_token(request).value();
  }
  void assign(const std::string& principal, std::string_view role) {
    policy.update([&](policy::Snapshot& snapshot) {
      snapshot.assignments.set(principal, {{"a1", "/", std::string(role)}});
    });
  }

  access::Gate gate{policy, "berth.test", clock};
  GraphFace face{{gate, directory, login, names, clock, log, {"/"}}};
  std::string bearer;  // empty: the own socket
};

TEST_F(GraphFaceTest, CreateForRbacAsAzDoesIt) {
  EXPECT_TRUE(values("servicePrincipals?$filter=displayName%20eq%20'ci'").empty());
  EXPECT_TRUE(values("applications?$filter=startswith(displayName%2C%20'ci')").empty());
  const auto app = make("applications", R"({"displayName":"ci","keyCredentials":[]})");
  const std::string id = text_of(app, "id");
  const auto password =
      send("POST", "applications/" + id + "/addPassword",
           R"({"passwordCredential":{"displayName":"rbac","startDateTime":"2027-01-01T00:00:00Z",
               "endDateTime":"2028-01-01T00:00:00.123456+00:00"}})");
  ASSERT_EQ(password.status, 200U) << body_of(password);
  EXPECT_EQ(text_of(parsed(password), "secretText").size(), 52U);
  const auto sp = make("servicePrincipals",
                       R"({"appId":")" + text_of(app, "appId") + R"(","accountEnabled":true})");
  EXPECT_EQ(text_of(sp, "appId"), text_of(app, "appId"));
  const auto found = values("servicePrincipals?$filter=servicePrincipalNames%2Fany(c%3Ac%20eq%20'" +
                            text_of(app, "appId") + "')");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text_of(found[0].as_object(), "id"), text_of(sp, "id"));
  EXPECT_TRUE(wait(login.sign_in(text_of(app, "appId"), text_of(parsed(password), "secretText"))));
  // A second one of the same application is told so.
  EXPECT_EQ(
      send("POST", "servicePrincipals", R"({"appId":")" + text_of(app, "appId") + "\"}").status,
      409U);
  // credential reset: what is there, away with it, a new one.
  const auto shown = get("applications/" + id);
  const std::string key = text_of(shown.at("passwordCredentials").at(0).as_object(), "keyId");
  EXPECT_EQ(json::serialize(shown).find(text_of(parsed(password), "secretText")),
            std::string::npos);
  EXPECT_EQ(
      send("POST", "applications/" + id + "/removePassword", R"({"keyId":")" + key + "\"}").status,
      204U);
  EXPECT_FALSE(wait(login.sign_in(text_of(app, "appId"), text_of(parsed(password), "secretText"))));
  EXPECT_EQ(send("DELETE", "applications/" + id).status, 204U);
  EXPECT_EQ(send("GET", "servicePrincipals/" + text_of(sp, "id")).status, 404U);
}

TEST_F(GraphFaceTest, UsersAndGroups) {
  const auto user =
      make("users", R"({"accountEnabled":true,"displayName":"Bob","mailNickname":"bob",
      "userPrincipalName":"Bob@berth.test",
      "passwordProfile":{"password":"correct horse battery","forceChangePasswordNextSignIn":false}})");
  const std::string id = text_of(user, "id");
  EXPECT_TRUE(wait(login.sign_in("bob@berth.test", "correct horse battery")));
  EXPECT_EQ(values("users?$filter=userPrincipalName%20eq%20'BOB%40berth.test'").size(), 1U);
  const auto group = make("groups", R"({"displayName":"devs","mailEnabled":false,
      "securityEnabled":true,"mailNickname":"devs"})");
  const std::string members = "groups/" + text_of(group, "id") + "/members";
  const std::string reference =
      R"({"@odata.id":"https://graph.berth.test/v1.0/directoryObjects/)" + id + "\"}";
  EXPECT_EQ(send("POST", members + "/$ref", reference).status, 204U);
  EXPECT_EQ(send("POST", members + "/$ref", reference).status, 400U);
  const auto listed = values(members);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(text_of(listed[0].as_object(), "@odata.type"), "#microsoft.graph.user");
  EXPECT_EQ(send("DELETE", members + "/" + id + "/$ref").status, 204U);
  EXPECT_EQ(send("DELETE", members + "/" + id + "/$ref").status, 404U);
  EXPECT_EQ(send("PATCH", "users/bob@berth.test", R"({"accountEnabled":false})").status, 204U);
  EXPECT_FALSE(wait(login.sign_in("bob@berth.test", "correct horse battery")));
  EXPECT_EQ(send("DELETE", "users/" + id).status, 204U);
}

// az ad sp update --id … --set serviceKind=… sends this one member.
TEST_F(GraphFaceTest, TheKindOfServiceOfAServicePrincipal) {
  const App app = make_app();
  const std::string target = "servicePrincipals/" + app.sp_id;
  const auto kind = [&] { return policy.current()->principals.find(app.sp_id)->service; };
  EXPECT_FALSE(get(target).contains("serviceKind"));
  EXPECT_EQ(send("PATCH", target, R"({"serviceKind":"tasks"})").status, 204U);
  EXPECT_EQ(text_of(get(target), "serviceKind"), "tasks");
  EXPECT_EQ(kind(), policy::ServiceKind::kTasks);
  // What is not named stays.
  EXPECT_EQ(send("PATCH", target, R"({"accountEnabled":true})").status, 204U);
  EXPECT_EQ(kind(), policy::ServiceKind::kTasks);
  const http::Response unknown = send("PATCH", target, R"({"serviceKind":"spaceship"})");
  EXPECT_EQ(unknown.status, 400U);
  EXPECT_EQ(code_of(unknown), "Request_BadRequest");
  EXPECT_NE(body_of(unknown).find("container-instances"), std::string::npos) << body_of(unknown);
  EXPECT_EQ(send("PATCH", target, R"({"serviceKind":3})").status, 400U);
  EXPECT_EQ(kind(), policy::ServiceKind::kTasks);
  EXPECT_EQ(send("PATCH", target, R"({"serviceKind":null})").status, 204U);
  EXPECT_EQ(kind(), policy::ServiceKind::kNone);
}

TEST_F(GraphFaceTest, TheKindOfServiceFromTheBeginning) {
  const auto app = make("applications", R"({"displayName":"scan"})");
  const auto sp = make("servicePrincipals",
                       R"({"serviceKind":"scanner","appId":")" + text_of(app, "appId") + "\"}");
  EXPECT_EQ(text_of(sp, "serviceKind"), "scanner");
  const auto identity =
      make("managedIdentities", R"({"displayName":"node","serviceKind":"kubernetes"})");
  EXPECT_EQ(text_of(identity, "serviceKind"), "kubernetes");
  const std::string id = text_of(identity, "id");
  EXPECT_EQ(text_of(get("servicePrincipals/" + id), "serviceKind"), "kubernetes");
  const auto kind = [&] { return policy.current()->principals.find(id)->service; };
  EXPECT_EQ(send("PATCH", "managedIdentities/" + id, R"({"serviceKind":"vm"})").status, 204U);
  EXPECT_EQ(kind(), policy::ServiceKind::kVm);
  // As az names a managed identity: by its service principal.
  EXPECT_EQ(send("PATCH", "servicePrincipals/" + id, R"({"serviceKind":""})").status, 204U);
  EXPECT_EQ(kind(), policy::ServiceKind::kNone);
  const std::string credentials = R"({"keyCredentials":[{"key":"AAAA"}]})";
  EXPECT_EQ(send("PATCH", "servicePrincipals/" + id, credentials).status, 400U);
}

TEST_F(GraphFaceTest, LookUpByIds) {
  const App app = make_app();
  const auto user = make_user();
  const std::string ids = R"({"ids":[")" + app.sp_id + "\",\"" + user.id +
                          R"(","11111111-2222-4333-8444-555555555555"],"types":[)";
  const auto all =
      parsed(send("POST", "directoryObjects/getByIds", ids + R"("user","group","servicePrincipal",
                                        "directoryObjectPartnerReference"]})"))
          .at("value")
          .as_array();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(text_of(all[0].as_object(), "@odata.type"), "#microsoft.graph.servicePrincipal");
  const auto users =
      parsed(send("POST", "directoryObjects/getByIds", ids + R"("user"]})")).at("value").as_array();
  ASSERT_EQ(users.size(), 1U);
  EXPECT_EQ(text_of(users[0].as_object(), "userPrincipalName"), "ann@berth.test");
}

TEST_F(GraphFaceTest, PagesEndAndAreComplete) {
  for (int i = 0; i < 7; ++i) make_app("app" + std::to_string(i));
  std::set<std::string> seen;
  std::string target = "applications?$top=3&$filter=startswith(displayName,'app')";
  int pages = 0;
  while (!target.empty()) {
    const auto page = get(target);
    for (const auto& value : page.at("value").as_array()) {
      EXPECT_TRUE(seen.insert(text_of(value.as_object(), "id")).second);
    }
    const std::string next = text_of(page, "@odata.nextLink");
    const std::string base = "https://graph.berth.test/v1.0/";
    EXPECT_TRUE(next.empty() || next.starts_with(base)) << next;
    target = next.empty() ? "" : next.substr(base.size());
    ASSERT_LT(++pages, 10);
  }
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(pages, 3);
  for (const char* bad : {"0", "1000", "x", "-1", ""}) {
    EXPECT_EQ(send("GET", "applications?$top=" + std::string(bad)).status, 400U) << bad;
  }
}

TEST_F(GraphFaceTest, WhoMayDoWhat) {
  const App app = make_app();
  bearer = "rubbish";
  const http::Response none = send("GET", "users");
  EXPECT_EQ(none.status, 401U);
  EXPECT_EQ(code_of(none), "InvalidAuthenticationToken");
  bearer = token_for(app, "https://management.berth.test");
  EXPECT_EQ(send("GET", "users").status, 401U);  // for another face
  bearer = token_for(app);
  EXPECT_EQ(send("GET", "users").status, 200U);
  const std::string group = R"({"displayName":"devs"})";
  const http::Response denied = send("POST", "groups", group);
  EXPECT_EQ(denied.status, 403U);
  EXPECT_EQ(code_of(denied), "Authorization_RequestDenied");
  // Contributor may do everything but give roles: who could reset passwords could do that, too.
  assign(app.sp_id, policy::kContributorRole);
  EXPECT_EQ(send("POST", "groups", group).status, 403U);
  assign(app.sp_id, policy::kOwnerRole);
  EXPECT_EQ(send("POST", "groups", group).status, 201U);
  EXPECT_EQ(documents.rows.back().actor, app.sp_id);
  EXPECT_EQ(documents.rows.back().correlation_id, "the-correlation-id");
  ASSERT_TRUE(wait(directory.remove_secret(root, app.object_id, app.key_id)));
  EXPECT_EQ(send("GET", "users").status, 401U);

  FakeExchange stranger("GET", "/v1.0/users");
  stranger.on_socket(4243);
  EXPECT_EQ(wait(face.handle(stranger)).status, 403U);
}

TEST_F(GraphFaceTest, WhatIsTakenBackWhileABodyComesIsTakenBack) {
  const App app = make_app();
  bearer = token_for(app);
  assign(app.sp_id, policy::kOwnerRole);
  const auto slow = [&](const std::string& target, const std::string& text,
                        std::function<void()> meanwhile) {
    PausedBody body(text, std::move(meanwhile));
    FakeExchange exchange("POST", "/v1.0/" + target);
    exchange.with("Authorization", "Bearer " + bearer).reads_from(body);
    return wait(face.handle(exchange)).status;
  };
  const auto record = *policy.current()->principals.find(app.sp_id);
  const auto give = [&](std::vector<std::string> credentials) {
    policy.update([&](policy::Snapshot& snapshot) {
      policy::PrincipalRecord changed = record;
      changed.credentials = std::move(credentials);
      snapshot.principals.set(app.sp_id, std::move(changed));
    });
  };
  const auto take_back = [&] { give({}); };
  const std::string group = R"({"displayName":"devs"})";
  EXPECT_EQ(slow("groups", group, [] {}), 201U);
  EXPECT_EQ(slow("groups", group, [&] { assign(app.sp_id, policy::kContributorRole); }), 403U);
  assign(app.sp_id, policy::kOwnerRole);
  const std::string application = "applications/" + app.object_id;
  EXPECT_EQ(slow(application + "/addPassword", "{}", take_back), 401U);
  give({app.key_id});
  EXPECT_EQ(get(application).at("passwordCredentials").as_array().size(), 1U);
  // Where there is no operation to ask for, only who it is.
  const std::string ids = R"({"ids":[")" + app.sp_id + R"("]})";
  EXPECT_EQ(slow("directoryObjects/getByIds", ids, [] {}), 200U);
  EXPECT_EQ(slow("directoryObjects/getByIds", ids, take_back), 401U);
}

TEST_F(GraphFaceTest, EveryChangeNeedsMoreThanASignIn) {
  const App app = make_app();
  bearer = token_for(app);
  const std::map<http::Method, std::string> names{{http::Method::kGet, "GET"},
                                                  {http::Method::kPost, "POST"},
                                                  {http::Method::kPatch, "PATCH"},
                                                  {http::Method::kDelete, "DELETE"}};
  int writes = 0;
  for (const auto& route : face.routes()) {
    std::string target(route.pattern);
    for (const char* part : {"{id}", "{second}"}) {
      if (const auto at = target.find(part); at != std::string::npos) {
        target.replace(at, std::strlen(part), "11111111-2222-4333-8444-555555555555");
      }
    }
    const bool read = route.method == http::Method::kGet || target == "directoryObjects/getByIds";
    EXPECT_EQ(read, route.operation.empty()) << target;
    if (read) continue;
    // The operation is one on what the path names.
    const std::string what = target.substr(0, target.find('/')) + "/";
    EXPECT_TRUE(route.operation.starts_with(what)) << target << " needs " << route.operation;
    EXPECT_EQ(route.operation.ends_with("/delete"),
              route.method == http::Method::kDelete && target.find('/') == target.rfind('/'))
        << target;
    EXPECT_EQ(send(names.at(route.method), target, "{}").status, 403U) << target;
    ++writes;
  }
  EXPECT_GT(writes, 20);
}

TEST_F(GraphFaceTest, MeIsAUser) {
  const auto user = make_user();
  identity::AccessTokenRequest request;
  request.principal.id = user.id;
  request.principal.credential = user.password_id;
  request.audience = "https://graph.berth.test";
  bearer = issuer.access_token(request).value();
  EXPECT_EQ(text_of(get("me"), "userPrincipalName"), "ann@berth.test");
  bearer.clear();
  EXPECT_EQ(send("GET", "me").status, 400U);
}

TEST_F(GraphFaceTest, BadBodiesNameTheProperty) {
  struct Row {
    const char* target;
    const char* body;
    const char* names;
  };
  const Row rows[] = {
      {"applications", "", "JSON object"},
      {"applications", "[]", "JSON object"},
      {"applications", R"({"displayName":"a","displayName":"b"})", "no name twice"},
      {"applications", R"({})", "displayName"},
      {"applications", R"({"displayName":5})", "displayName"},
      {"applications", R"({"displayName":"x\u0007"})", "displayName"},
      {"applications", R"({"displayName":"x","appRoles":[{"id":"1"}]})", "appRoles"},
      {"applications", R"({"displayName":"x","web":{"redirectUris":["http://evil.test/"]}})",
       "web.redirectUris"},
      {"applications", R"({"displayName":"x","web":{"logoutUrl":"https://x.test"}})",
       "web.logoutUrl"},
      {"applications", R"({"displayName":"x","keyCredentials":[{"key":"AAAA"}]})",
       "keyCredentials"},
      {"applications", R"({"displayName":"x","keyCredentials":[{"usage":"Sign"}]})",
       "keyCredentials[0].usage"},
      {"servicePrincipals", R"({"appId":"11111111-2222-4333-8444-555555555555"})", "appId"},
      {"servicePrincipals", R"({})", "appId"},
      {"users", R"({"userPrincipalName":"x@other.test","displayName":"x"})", "userPrincipalName"},
      {"users", R"({"userPrincipalName":"x@berth.test","displayName":"x",
                    "passwordProfile":{"password":"short"}})",
       "password"},
      {"groups", R"({"displayName":"x","mailEnabled":true})", "mailEnabled"},
      {"managedIdentities", R"({"displayName":"x","uid":-1})", "uid"},
  };
  for (const Row& row : rows) {
    const http::Response response = send("POST", row.target, row.body);
    EXPECT_EQ(response.status, 400U) << row.body;
    EXPECT_NE(body_of(response).find(row.names), std::string::npos)
        << row.body << ": " << body_of(response);
  }
  EXPECT_EQ(directory.state()->all<identity::Application>().size(), 0U);
  const auto app = make("applications", R"({"displayName":"x","appRoles":[],"optionalClaims":null,
      "signInAudience":"AzureADMyOrg","requiredResourceAccess":[]})");
  const std::string trust = "applications/" + text_of(app, "id") + "/federatedIdentityCredentials";
  EXPECT_EQ(send("POST", trust, R"({"name":"k","issuer":"i","subject":"s","audiences":[]})").status,
            400U);
  make(trust, R"({"name":"k","issuer":"i","subject":"s","audiences":["a"]})");
  EXPECT_EQ(send("PATCH", trust + "/k", R"({"subject":"other"})").status, 400U);
  EXPECT_EQ(send("PATCH", trust + "/k", R"({"description":"why"})").status, 204U);
  EXPECT_EQ(values(trust).size(), 1U);
  EXPECT_EQ(send("DELETE", trust + "/k").status, 204U);
  EXPECT_EQ(send("GET", "nothing").status, 404U);
  EXPECT_EQ(send("PUT", "users").status, 405U);
}

TEST(GraphFilter, TableOfForms) {
  struct Row {
    const char* text;
    std::vector<FilterClause> clauses;
  };
  const Row rows[] = {
      {"", {}},
      {"displayName eq 'A b'", {{"displayName", "a b", false, false}}},
      {"startswith(displayName,'x')", {{"displayName", "x", true, false}}},
      {"startswith(displayName, 'x''y')", {{"displayName", "x'y", true, false}}},
      {"servicePrincipalNames/any(c:c eq 'u')", {{"servicePrincipalNames", "u", false, true}}},
      {"appId eq '1' and displayName eq '2'",
       {{"appId", "1", false, false}, {"displayName", "2", false, false}}},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_filter(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(*parsed, row.clauses) << row.text;
  }
  for (const char* bad :
       {"displayName", "displayName eq", "displayName eq x", "displayName ne 'x'",
        "displayName eq 'x' or appId eq 'y'", "displayName eq 'x", "eq 'x'", "any(c:c eq 'x')",
        "n/any(c:d eq 'x')", "startswith(displayName)", "'x'", "displayName eq 'x' and"}) {
    EXPECT_FALSE(parse_filter(bad)) << bad;
  }
  EXPECT_FALSE(parse_filter(std::string(5000, 'a')));
}

TEST(GraphTimes, TableOfForms) {
  const TimePoint time = parse_rfc3339("2027-01-02T03:04:05Z").value();
  EXPECT_EQ(to_rfc3339(time), "2027-01-02T03:04:05.0000000Z");
  for (const char* same : {"2027-01-02T03:04:05", "2027-01-02T03:04:05.0000000Z",
                           "2027-01-02T05:04:05+02:00", "2027-01-01T22:34:05-04:30"}) {
    EXPECT_EQ(parse_rfc3339(same), time) << same;
  }
  for (const char* bad : {"", "2027-01-02", "2027-13-02T03:04:05Z", "2027-02-30T03:04:05Z",
                          "2027-01-02T24:04:05Z", "2027-01-02T03:04:05X", "2027-01-02T03:04:05+2",
                          "2027-01-02T03:04:05+99:00", "-027-01-02T03:04:05Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

}  // namespace
}  // namespace berth::api
