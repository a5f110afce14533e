// No route around the network rules: walks the data plane's table and the token service's paths
// behind a closed network (refused before anybody is asked who he is), and on a way that only some
// kinds of service may come (refused unless of the kind).
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/walk_testing.h"
#include "policy/roles.h"

namespace berth::api {
namespace {

namespace json = boost::json;
using policy::NetworkRules;
using policy::ServiceKind;

const NetworkRules kClosed{.public_access = false};

struct TokenCall {
  std::string method, target, body;
};
// Everything of the token service, and what is near it.
const std::vector<TokenCall> kTokenCalls = {
    {"GET", "/oauth2/token?service=default.berth.test&scope=repository:team/here:pull", ""},
    {"GET", "/oauth2/token?service=default.berth.test&scope=registry:None:*", ""},
    {"GET", "/oauth2/token", ""},
    {"POST", "/oauth2/token", "grant_type=password&service=default.berth.test"},
    {"POST", "/oauth2/token", "grant_type=password&username=everybody&password=password"},
    {"POST", "/oauth2/token", "grant_type=password&username=everybody&password=wrong"},
    {"POST", "/oauth2/token", "grant_type=refresh_token&refresh_token=x&scope=a"},
    {"POST", "/oauth2/exchange", "grant_type=access_token&access_token=ada%27s"},
    {"POST", "/oauth2/exchange", "nonsense"},
    {"DELETE", "/oauth2/token", ""},
    {"GET", "/oauth2/nothing", ""},
};

class NetworkWalk : public PermissionWalk {
 protected:
  NetworkWalk() { directory_knows("ada", ServiceKind::kNone); }

  void directory_knows(const std::string& who, ServiceKind kind) {
    policy_.update([&](policy::Snapshot& snapshot) {
      policy::add_built_in_roles(snapshot);
      policy::RegistryPolicy registry = *snapshot.registries.find("default");
      registry.resource_id = "/registry";
      registry.admin_enabled = true;
      registry.admin_passwords = {secret("admin"), secret("admin2")};
      snapshot.registries.set("default", std::move(registry));
      policy::PrincipalRecord record;
      record.service = kind;
      record.credentials = {"ada-password"};
      snapshot.principals.set(who, record);
      snapshot.assignments.set(who,
                               {{"a", "/registry", std::string(policy::kAcrPullRole), nullptr}});
    });
  }
  // Everything is closed but the listener "services", which is for container instances.
  void only_services() {
    policy_.update([](policy::Snapshot& snapshot) {
      snapshot.ingresses =
          std::make_shared<const policy::TrustedIngresses>(std::vector<policy::TrustedIngress>{
              {ServiceKind::kContainerInstances, {}, {"services"}, {}}});
    });
    set_network(kClosed);
    listener_ = "services";
  }
  http::Response call(const TokenCall& call, const std::string& authorization = {}) {
    FakeExchange exchange(call.method, call.target, call.body);
    exchange.form().with("Host", "default.berth.test").on_listener(listener_);
    if (!authorization.empty()) exchange.with("Authorization", authorization);
    return registry::wait_for(face_.handle(exchange));
  }
  http::Response with_bearer(std::string_view method, const std::string& target,
                             const std::string& token) {
    FakeExchange exchange(std::string(method), target, "{}");
    exchange.with("Host", "default.berth.test").on_listener(listener_);
    exchange.with("Authorization", "Bearer " + token);
    return registry::wait_for(face_.handle(exchange));
  }
  static std::string text_of(const http::Response& response, const char* key) {
    const json::value body = json::parse(body_of(response));
    return std::string(body.at("errors").at(0).at(key).as_string());
  }
  static void expect_network_refusal(const http::Response& response, const std::string& what) {
    ASSERT_EQ(response.status, 403U) << what << ": " << body_of(response);
    EXPECT_EQ(header_of(response, "WWW-Authenticate"), "") << what;
    EXPECT_EQ(text_of(response, "code"), "DENIED") << what;
    const std::string message = text_of(response, "message");
    EXPECT_TRUE(
        message.starts_with("client with IP '10.0.0.9' is not allowed access. Refer "
                            "https://aka.ms/acr/firewall to grant access."))
        << what << message;
    EXPECT_TRUE(message.ends_with(" CorrelationId: the-correlation-id")) << what << message;
  }
  static std::string basic(const std::string& user, const std::string& password = "password") {
    return "Basic " + crypto::base64(user + ":" + password);
  }
  std::string ada() const { return basic("ada@example.com", "correct horse"); }
};

TEST_F(NetworkWalk, AClosedNetworkRefusesEveryRouteBeforeSigningIn) {
  set_network(kClosed);
  for (const Route& row : face_.routes()) {
    for (const std::string_view method : methods_of(row)) {
      for (const char* user : {"", "stranger", "everybody", "default", "nobody"}) {
        expect_network_refusal(ask(method, path_of(row, kThere), user),
                               fmt::format("{} {} {}", method, row.pattern, user));
      }
    }
  }
  for (const char* path : {"/", "/v2", "/nothing", "/%zz"}) {
    expect_network_refusal(ask("GET", path, ""), path);
  }
  EXPECT_EQ(directory_.asked, 0);
}

TEST_F(NetworkWalk, AClosedNetworkRefusesTheTokenServiceBeforeSigningIn) {
  set_network(kClosed);
  for (const TokenCall& row : kTokenCalls) {
    for (const std::string& sent : {std::string(), basic("everybody"), ada(), basic("x")}) {
      expect_network_refusal(call(row, sent), row.method + row.target + row.body);
    }
  }
  EXPECT_EQ(directory_.asked, 0);
}

TEST_F(NetworkWalk, AWayForServicesChallengesTheAnonymousAndRefusesOthers) {
  only_services();
  policy_.update([](policy::Snapshot& snapshot) {  // open to all is not open on every way
    policy::RegistryPolicy registry = *snapshot.registries.find("default");
    registry.anonymous_pull = true;
    snapshot.registries.set("default", std::move(registry));
  });
  for (const Route& row : face_.routes()) {
    for (const std::string_view method : methods_of(row)) {
      const std::string target = path_of(row, kThere);
      const http::Response anonymous = ask(method, target, "");
      EXPECT_EQ(anonymous.status, 401U) << method << row.pattern;
      EXPECT_NE(header_of(anonymous, "WWW-Authenticate"), "") << method << row.pattern;
      for (const char* user : {"everybody", "default"}) {
        const http::Response other = ask(method, target, user);
        expect_network_refusal(other, fmt::format("{} {} {}", method, row.pattern, user));
        EXPECT_NE(text_of(other, "message").find("kinds come in: container-instances."),
                  std::string::npos);
      }
    }
  }
}

TEST_F(NetworkWalk, AWayForServicesGivesTokensToThemOnly) {
  only_services();
  policy_.update([](policy::Snapshot& snapshot) {
    policy::RegistryPolicy registry = *snapshot.registries.find("default");
    registry.anonymous_pull = true;
    snapshot.registries.set("default", std::move(registry));
  });
  const TokenCall& by_get = kTokenCalls[0];
  const TokenCall& for_nothing = kTokenCalls[1];
  const TokenCall& anonymous_post = kTokenCalls[3];
  const TokenCall& by_password = kTokenCalls[4];
  const TokenCall& exchange = kTokenCalls[7];
  expect_network_refusal(call(by_get), "anonymous");
  expect_network_refusal(call(for_nothing), "anonymous, nothing");
  expect_network_refusal(call(anonymous_post), "anonymous post");
  for (const std::string& other : {basic("everybody"), basic("default"), ada()}) {
    expect_network_refusal(call(by_get, other), "GET");
    expect_network_refusal(call(for_nothing, other), "GET, nothing");
  }
  expect_network_refusal(call(by_password), "password");
  expect_network_refusal(call(exchange), "exchange");
  // Who is nobody learns that and no more.
  EXPECT_EQ(call(by_get, basic("everybody", "wrong")).status, 401U);

  directory_knows("ada", ServiceKind::kContainerInstances);
  EXPECT_EQ(call(by_get, ada()).status, 200U);
  EXPECT_EQ(call(exchange).status, 200U);
}

// A token says who, and never from where: made on an open way, it does not open another.
TEST_F(NetworkWalk, ATokenOfElsewhereIsJudgedAgain) {
  directory_knows("ada", ServiceKind::kContainerInstances);
  const auto token = [&](const std::string& authorization) {
    const http::Response made = call(kTokenCalls[0], authorization);
    EXPECT_EQ(made.status, 200U);
    return std::string(json::parse(body_of(made)).at("access_token").as_string());
  };
  const std::string of_ada = token(ada());
  const std::string of_everybody = token(basic("everybody"));
  const std::string target = "/v2/team/here/manifests/v1";
  EXPECT_EQ(with_bearer("GET", target, of_everybody).status, 200U);
  only_services();
  EXPECT_EQ(with_bearer("GET", target, of_ada).status, 200U);
  expect_network_refusal(with_bearer("GET", target, of_everybody), "bearer");
  expect_network_refusal(
      call({"GET", "/oauth2/token?scope=repository:team/here:pull", ""}, "Bearer " + of_everybody),
      "renewal");
  listener_ = "other";
  expect_network_refusal(with_bearer("GET", target, of_ada), "elsewhere");
}

// Closes the network when its first piece is read.
class ClosingBody final : public ByteStream {
 public:
  explicit ClosingBody(std::function<void()> close) : close_(std::move(close)) {}
  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    if (done_) co_return std::size_t{0};
    done_ = true;
    close_();
    out.front() = std::byte{'x'};
    co_return std::size_t{1};
  }

 private:
  std::function<void()> close_;
  bool done_ = false;
};

TEST_F(NetworkWalk, APushThatIsRunningStopsWhenTheNetworkIsClosed) {
  for (const bool closes : {false, true}) {
    FakeExchange exchange("PATCH", "/v2/team/here/blobs/uploads/" + upload_);
    exchange.with("Host", "default.berth.test").with("Authorization", basic("everybody"));
    ClosingBody body([&] {
      if (closes) set_network(kClosed);
    });
    exchange.reads_from(body);
    const http::Response response = registry::wait_for(face_.handle(exchange));
    if (closes) {
      expect_network_refusal(response, "push");
    } else {
      EXPECT_EQ(response.status, 202U) << body_of(response);
    }
  }
}

TEST_F(NetworkWalk, SaysThatAForwardingHeaderDidNotCount) {
  set_network(kClosed);
  FakeExchange exchange("GET", "/v2/");
  exchange.with("Host", "default.berth.test").with("X-Forwarded-For", "127.0.0.1");
  const http::Response response = registry::wait_for(face_.handle(exchange));
  expect_network_refusal(response, "forged");
  EXPECT_NE(body_of(response).find("X-Forwarded-For was sent and did not count"),
            std::string::npos);
}

}  // namespace
}  // namespace berth::api
