// What is taken back while a body is on its way is taken back for this request, too.
#include "api/walk_testing.h"

namespace berth::api {
namespace {

class SlowBody : public PermissionWalk {
 protected:
  // The request of "everybody", half sent when `meanwhile` happens.
  http::Response ask(const std::string& method, const std::string& target, const std::string& text,
                     const std::string& type, std::function<void()> meanwhile) {
    PausedBody body(text, std::move(meanwhile));
    FakeExchange exchange(method, target);
    exchange.with("Host", "default.berth.test").with("Content-Type", type).reads_from(body);
    if (target.find("oauth2") == std::string::npos) {
      exchange.with("Authorization", "Basic " + crypto::base64("everybody:password"));
    }
    return registry::wait_for(face_.handle(exchange));
  }
  void change(const std::function<void(policy::RegistryPolicy&)>& edit) {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::RegistryPolicy registry = *snapshot.registries.find("default");
      edit(registry);
      snapshot.registries.set("default", std::move(registry));
    });
  }
  void disable_token() {
    change([](policy::RegistryPolicy& registry) {
      policy::Token token = *registry.tokens.find("everybody");
      token.enabled = false;
      registry.tokens.set("everybody", std::move(token));
    });
  }
  void close_network() { set_network({.public_access = false}); }
};

TEST_F(SlowBody, OfAnAttributesChangeIsDecidedAtItsEnd) {
  const std::string paths[] = {"/acr/v1/team/here", "/acr/v1/team/here/_tags/v1",
                               "/acr/v1/team/here/_manifests/" + image_};
  const auto patch = [&](const std::string& path, std::function<void()> meanwhile) {
    return ask("PATCH", path, R"({"writeEnabled":false})", "application/json",
               std::move(meanwhile));
  };
  for (const std::string& path : paths) {
    const http::Response closed = patch(path, [&] { close_network(); });
    EXPECT_EQ(closed.status, 403U) << path << body_of(closed);
    EXPECT_NE(body_of(closed).find("10.0.0.9"), std::string::npos) << body_of(closed);
    set_network({});
    const http::Response disabled = patch(path, [&] { disable_token(); });
    EXPECT_EQ(disabled.status, 401U) << path << body_of(disabled);
    change([&](policy::RegistryPolicy& registry) {
      registry.tokens.set("everybody", {true, "everybody", {secret("everybody"), std::nullopt}});
    });
  }
  // Whoever keeps the right is not refused; nothing was changed before.
  const http::Response changed = patch(paths[1], [] {});
  EXPECT_EQ(changed.status, 200U) << body_of(changed);
  EXPECT_NE(body_of(changed).find("\"writeEnabled\":false"), std::string::npos);
  EXPECT_NE(
      body_of(PermissionWalk::ask("GET", paths[0], "everybody")).find("\"writeEnabled\":true"),
      std::string::npos);
}

TEST_F(SlowBody, OfAManifestIsDecidedAtItsEnd) {
  const auto put = [&](std::function<void()> meanwhile) {
    return ask("PUT", "/v2/team/here/manifests/v2",
               R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
               R"("manifests":[]})",
               "application/vnd.oci.image.index.v1+json", std::move(meanwhile));
  };
  EXPECT_EQ(put([&] { close_network(); }).status, 403U);
  set_network({});
  EXPECT_EQ(put([] {}).status, 201U);
  EXPECT_EQ(put([&] { disable_token(); }).status, 401U);
}

TEST_F(SlowBody, OfASignInSeesTheRegistryAsItIsThen) {
  const std::string password =
      "grant_type=password&username=everybody&password=password&scope="
      "repository%3Ateam%2Fhere%3Apull&service=default.berth.test";
  const std::string form = "application/x-www-form-urlencoded";
  EXPECT_EQ(ask("POST", "/oauth2/token", password, form, [] {}).status, 200U);
  EXPECT_EQ(ask("POST", "/oauth2/token", password, form, [&] { disable_token(); }).status, 401U);
  const http::Response closed =
      ask("POST", "/oauth2/token", password, form, [&] { close_network(); });
  EXPECT_EQ(closed.status, 403U);
  EXPECT_EQ(header_of(closed, "WWW-Authenticate"), "");
}

}  // namespace
}  // namespace berth::api
