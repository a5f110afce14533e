// The management face over a request that the test makes up: who is let in, and the shapes of
// answers.
#include "api/arm_face.h"

#include <sys/mman.h>

#include <cstring>
#include <functional>

#include "api/arm_errors.h"
#include "api/arm_metadata.h"
#include "control/control_testing.h"

namespace berth::api {
namespace {

using control::text_at;
using control::wait_for;

class FakeRequest final : public http::Request {
 public:
  http::Method method() const override { return verb; }
  std::string_view method_text() const override { return "X"; }
  std::string_view path() const override { return target; }
  std::string_view query() const override { return parameters; }
  std::optional<std::string_view> header(std::string_view name) const override {
    const auto at = headers.find(std::string(name));
    if (at == headers.end()) return std::nullopt;
    return at->second;
  }
  std::string joined_header(std::string_view name) const override {
    return std::string(header(name).value_or(""));
  }
  std::optional<std::uint64_t> content_length() const override { return std::nullopt; }
  bool chunked() const override { return true; }

  http::Method verb = http::Method::kGet;
  std::string target, parameters = "api-version=2022-02-01-preview";
  std::map<std::string, std::string> headers = {{"Host", "management.example.test"}};
};

class TextStream final : public ByteStream {
 public:
  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    if (text.empty() && meanwhile) meanwhile();
    const std::size_t n = std::min(out.size(), text.size());
    std::memcpy(out.data(), text.data(), n);
    text.erase(0, n);
    co_return n;
  }
  std::string text;
  std::function<void()> meanwhile;  // before the end
};

class FakeExchange final : public http::Exchange {
 public:
  const http::Request& request() const override { return asked; }
  ByteStream& body() override { return sent; }
  void allow_body(std::uint64_t) override {}
  const std::string& correlation_id() const override { return id; }
  const http::Peer& peer() const override { return from; }

  FakeRequest asked;
  TextStream sent;
  std::string id = "c-1";
  http::Peer from;
};

// One good token.
class FakeDirectory final : public access::DirectoryLogin {
 public:
  Task<Result<policy::Principal>> sign_in(std::string_view, std::string_view) override {
    co_return fail(Code::kUnauthorized, "no");
  }
  Task<Result<policy::Principal>> accept_token(std::string_view token,
                                               std::span<const std::string> given) override {
    audiences.assign(given.begin(), given.end());
    if (token != "good" || gone)
      co_return fail(Error(Code::kUnauthorized, "no").because("bad_token"));
    co_return who;
  }
  policy::Principal who;
  bool gone = false;
  std::vector<std::string> audiences;
};

class Arm : public control::ControlFixture {
 protected:
  Arm() {
    const auto alice = as_alice(request(control::Method::kGet, "/"));
    directory_.who = alice.principal;
  }
  http::Response ask(FakeExchange& exchange) {
    ArmFace face(*engine_, *gate_, directory_, faces_, kTenant, log_);
    return wait_for(face.handle(exchange));
  }
  FakeExchange tls(const std::string& path) const {
    FakeExchange exchange;
    exchange.from.tls = true;
    exchange.from.address = "192.0.2.7";
    exchange.asked.target = path;
    exchange.asked.headers["Authorization"] = "Bearer good";
    return exchange;
  }
  FakeExchange local(const std::string& path) const {
    FakeExchange exchange;
    exchange.from.unix_socket = true;
    exchange.from.uid = 0;
    exchange.asked.target = path;
    return exchange;
  }
  static std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
  static boost::json::object body(const http::Response& response) {
    return boost::json::parse(std::get<std::string>(response.body)).as_object();
  }

  FakeDirectory directory_;
  Faces faces_{.domain = "example.test", .region = "local", .port = 8443};
};

TEST_F(Arm, OwnSocketIsOwner) {
  FakeExchange exchange = local("//subscriptions" + sub_.substr(14) + "//resourceGroups/Made%2e1");
  exchange.asked.verb = http::Method::kPut;
  exchange.asked.parameters = "API-Version=2021-04-01";
  exchange.sent.text = R"({"location":"local"})";
  const http::Response response = ask(exchange);
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(text_at(body(response), "name"), "Made.1");
  EXPECT_EQ(header(response, "x-ms-request-id"), "c-1");
  EXPECT_FALSE(header(response, "ETag").empty());
  exchange.from.uid = 4711;
  EXPECT_EQ(ask(exchange).status, 403U);
}

TEST_F(Arm, ATokenSaysWhoItIs) {
  FakeExchange exchange = tls("/subscriptions");
  const http::Response response = ask(exchange);
  EXPECT_EQ(response.status, 200U);
  EXPECT_TRUE(body(response).at("value").as_array().empty());
  EXPECT_EQ(directory_.audiences, (std::vector<std::string>{"https://management.example.test:8443",
                                                            "https://management.example.test"}));
  exchange.asked.target = sub_;
  const http::Response denied = ask(exchange);
  EXPECT_EQ(denied.status, 403U);
  EXPECT_EQ(text_at(body(denied), "error.code"), "AuthorizationFailed");
}

TEST_F(Arm, WithoutAGoodTokenItSaysWhereToSignIn) {
  FakeExchange exchange = tls("/subscriptions");
  for (const auto& [authorization, code] :
       {std::pair{"", "AuthenticationFailed"}, std::pair{"Basic Z29vZA==", "AuthenticationFailed"},
        std::pair{"Bearer bad", "InvalidAuthenticationToken"}}) {
    exchange.asked.headers["Authorization"] = authorization;
    const http::Response response = ask(exchange);
    EXPECT_EQ(response.status, 401U);
    EXPECT_EQ(text_at(body(response), "error.code"), code);
    EXPECT_TRUE(header(response, "WWW-Authenticate")
                    .starts_with(std::string("Bearer authorization_uri=\"https://"
                                             "login.example.test:8443/") +
                                 kTenant + "\", error=\"invalid_token\", error_description=\""));
  }
  exchange.from.tls = false;
  EXPECT_EQ(ask(exchange).status, 421U);
}

TEST_F(Arm, RefusalsHaveArmsShape) {
  FakeExchange exchange = local("/subscriptions/x");
  const http::Response response = ask(exchange);
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(text_at(body(response), "error.code"), "InvalidSubscriptionId");
  exchange = local(registries_ + "default");
  exchange.asked.verb = http::Method::kPatch;
  exchange.sent.text = R"({"properties":{"x":1}})";
  EXPECT_EQ(text_at(body(ask(exchange)), "error.target"), "properties.x");
  exchange.sent.text = std::string(ArmFace::kMaxBodyBytes + 1, ' ');
  EXPECT_EQ(ask(exchange).status, 413U);
  exchange.asked.verb = http::Method::kOptions;
  EXPECT_EQ(header(ask(exchange), "Allow"), "GET, HEAD, PUT, PATCH, POST, DELETE");
  exchange.asked.parameters = "api-version=%zz";
  EXPECT_EQ(ask(exchange).status, 400U);
  const Error several = [] {
    Error error = Error(Code::kTooManyRequests, "slow").with("retryAfter", "7");
    error.also.push_back(Error(Code::kConflict, "b").named("C"));
    return error;
  }();
  const http::Response shown = arm_error(several, "c-2");
  EXPECT_EQ(header(shown, "Retry-After"), "7");
  EXPECT_EQ(text_at(body(shown).at("error").at("details").at(0).as_object(), "code"), "C");
}

TEST_F(Arm, ARefusalIsLoggedWithTheWholeWay) {
  const File written(::memfd_create("log", 0));
  FakeExchange exchange = tls(sub_);
  exchange.from.listener = "private";
  exchange.from.destination = "10.0.0.4";
  exchange.from.link = "azure:9";
  exchange.from.client_ca = "partner";
  exchange.asked.headers["X-Forwarded-For"] = "198.51.100.1";
  {
    Logger log(written.fd(), LogFormat::kJson, LogLevel::kInfo, clock_);
    ArmFace face(*engine_, *gate_, directory_, faces_, kTenant, log);
    EXPECT_EQ(wait_for(face.handle(exchange)).status, 403U);
    exchange.from.proxy = "10.0.0.5";
    EXPECT_EQ(wait_for(face.handle(exchange)).status, 403U);
  }
  std::string text(static_cast<std::size_t>(::lseek(written.fd(), 0, SEEK_END)), ' ');
  ASSERT_EQ(::pread(written.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  const std::size_t second = text.find('\n') + 1;
  const auto direct = boost::json::parse(text.substr(0, second)).as_object();
  const auto proxied = boost::json::parse(text.substr(second)).as_object();
  for (const auto& [key, value] :
       {std::pair{"face", "management"}, std::pair{"code", "AuthorizationFailed"},
        std::pair{"client", "192.0.2.7"}, std::pair{"listener", "private"},
        std::pair{"destination", "10.0.0.4"}, std::pair{"link", "azure:9"},
        std::pair{"clientCa", "partner"}, std::pair{"ignoredHeader", "X-Forwarded-For"}}) {
    EXPECT_EQ(text_at(direct, key), value) << text;
  }
  EXPECT_EQ(text_at(proxied, "proxy"), "10.0.0.5");
  EXPECT_FALSE(proxied.contains("ignoredHeader"));
}

// The policy does not know of sign-ins that were taken back: the directory does.
TEST_F(Arm, ASignInTakenBackWhileTheBodyComesIsNotGood) {
  FakeExchange exchange = tls(sub_ + "/resourceGroups/slow");
  exchange.asked.verb = http::Method::kPut;
  exchange.asked.parameters = "api-version=2021-04-01";
  EXPECT_EQ(ask(exchange).status, 403U);  // known, but without the right
  exchange.sent.meanwhile = [&] { directory_.gone = true; };
  EXPECT_EQ(ask(exchange).status, 401U);
}

TEST_F(Arm, MetadataIsForEverybody) {
  FakeExchange exchange = tls("//metadata/endpoints");
  exchange.asked.headers.erase("Authorization");
  exchange.asked.parameters = "api-version=2015-01-01";
  const boost::json::object old = body(ask(exchange));
  EXPECT_EQ(text_at(old, "authentication.loginEndpoint"), "https://login.example.test:8443/adfs");
  EXPECT_EQ(old.at("authentication").at("audiences").at(0).as_string(),
            "https://management.example.test:8443/");
  EXPECT_EQ(text_at(old, "graphEndpoint"), "https://graph.example.test:8443/");
  const auto clouds = boost::json::parse(cloud_metadata(faces_, "2019-05-01")).as_array();
  ASSERT_EQ(clouds.size(), 1U);
  EXPECT_EQ(text_at(clouds[0].as_object(), "name"), "Berth");
  EXPECT_EQ(text_at(clouds[0].as_object(), "suffixes.acrLoginServer"), "example.test");
}

}  // namespace
}  // namespace berth::api
