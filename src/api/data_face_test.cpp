// Both sides of the data endpoints: the login server sends clients there, the data face serves.
#include "api/data_face.h"

#include <sys/mman.h>

#include <optional>

#include "api/walk_testing.h"

namespace berth::api {
namespace {

using policy::EndpointState;
using policy::NetworkRules;

constexpr const char* kBlob = "/v2/team/here/blobs/";
constexpr const char* kDataHost = "default.local.data.berth.test";

class DataFaceTest : public PermissionWalk {
 protected:
  DataFaceTest() { set_network({.data_endpoint = true}); }

  // With a log that can be read.
  void start(bool retry_in_place) {
    log_fd_ = File(::memfd_create("log", 0));
    reading_.emplace(log_fd_.fd(), LogFormat::kHuman, LogLevel::kInfo, clock_);
    const DataEndpoints data{links_, watch_, faces_, clock_, retry_in_place};
    login_.emplace(SignIn{tls_gate_, authenticator_, sign_in_},
                   Services{*blobs_, *uploads_, *manifests_, *catalog_}, *reading_,
                   DataPlaneLimits{}, data);
    data_.emplace(tls_gate_, *blobs_, data, *reading_);
  }
  // What was logged so far; ends logging.
  std::string logged() {
    login_.reset();
    data_.reset();
    reading_.reset();
    std::string text(static_cast<std::size_t>(::lseek(log_fd_.fd(), 0, SEEK_END)), ' ');
    EXPECT_EQ(::pread(log_fd_.fd(), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    return text;
  }
  static std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }
  FakeExchange login_exchange(const std::string& method) const {
    FakeExchange exchange(method, kBlob + layer_);
    exchange.with("Host", "default.berth.test").on_listener(listener_);
    exchange.with("Authorization", "Basic " + crypto::base64("everybody:password"));
    return exchange;
  }
  http::Response login(const std::string& method = "GET") {
    FakeExchange exchange = login_exchange(method);
    return registry::wait_for(login_->handle(exchange));
  }
  // Path and query of the link that the login server gives.
  std::string link() {
    const http::Response response = login();
    EXPECT_EQ(response.status, 307U) << body_of(response);
    const std::string location = header_of(response, "Location");
    const std::string host = "https://" + std::string(kDataHost);
    EXPECT_TRUE(location.starts_with(host + kBlob + layer_ + "?")) << location;
    return location.substr(host.size());
  }
  FakeExchange data_exchange(const std::string& target, const std::string& method = "GET",
                             const std::string& host = kDataHost) const {
    FakeExchange exchange(method, target);
    exchange.with("Host", host).on_listener(listener_);
    return exchange;
  }
  http::Response serve(FakeExchange exchange) {
    return registry::wait_for(data_->handle(exchange));
  }
  static std::uint64_t length_of(const http::Response& response) {
    const auto* file = std::get_if<FileRange>(&response.body);
    return file == nullptr ? 0 : file->length;
  }

  File log_fd_;
  std::optional<Logger> reading_;
  std::optional<DataPlane> login_;
  std::optional<DataFace> data_;
};

TEST_F(DataFaceTest, AGetIsSentToTheDataHostAndServedThere) {
  start(false);
  const http::Response sent = login();
  EXPECT_EQ(sent.status, 307U);
  EXPECT_EQ(header_of(sent, "Docker-Content-Digest"), layer_);
  EXPECT_TRUE(header_of(sent, "Cache-Control").starts_with("private"));
  EXPECT_EQ(body_of(sent), "");
  FakeExchange exchange = data_exchange(link());
  exchange.with("Authorization", "Basic " + crypto::base64("x:y"));  // of a client that forwards it
  const http::Response served = serve(std::move(exchange));
  EXPECT_EQ(served.status, 200U);
  EXPECT_EQ(header_of(served, "Docker-Content-Digest"), layer_);
  EXPECT_EQ(header_of(served, "Accept-Ranges"), "bytes");
  EXPECT_EQ(length_of(served), 5U);
  const http::Response head = serve(data_exchange(link(), "HEAD"));
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.announced_length, 5U);
}

// Whatever ports this server listens on: a proxy may map another one to it.
TEST_F(DataFaceTest, ALinkLeadsToThePortThatTheClientCameBy) {
  start(false);
  const std::string host = "https://" + std::string(kDataHost);
  for (const auto& [came_by, port] :
       {std::pair{"", ""}, std::pair{":443", ""}, std::pair{":8443", ":8443"}}) {
    FakeExchange exchange("GET", kBlob + layer_);
    exchange.with("Host", "Default.berth.test" + std::string(came_by));
    exchange.with("Authorization", "Basic " + crypto::base64("everybody:password"));
    const std::string sent = header_of(registry::wait_for(login_->handle(exchange)), "Location");
    EXPECT_TRUE(sent.starts_with(host + port + kBlob)) << sent;
    EXPECT_EQ(serve(data_exchange(sent.substr(host.size() + std::string(port).size()), "GET",
                                  kDataHost + std::string(came_by)))
                  .status,
              200U);
  }
}

TEST_F(DataFaceTest, WhatHasNoContentIsAnsweredInPlace) {
  start(false);
  EXPECT_EQ(login("HEAD").status, 200U);
  FakeExchange known = login_exchange("GET");
  known.with("If-None-Match", '"' + layer_ + '"');
  EXPECT_EQ(registry::wait_for(login_->handle(known)).status, 304U);
  // What is not there is not there on the login server already.
  FakeExchange absent("GET", kBlob + registry::sha256("absent").text());
  absent.with("Host", "default.berth.test");
  absent.with("Authorization", "Basic " + crypto::base64("everybody:password"));
  EXPECT_EQ(registry::wait_for(login_->handle(absent)).status, 404U);
}

TEST_F(DataFaceTest, WithoutADataEndpointOrTlsBlobsComeFromTheLoginServer) {
  start(false);
  FakeExchange laptop("GET", kBlob + layer_);
  laptop.in_plain().with("Host", "localhost:5000");
  laptop.with("Authorization", "Basic " + crypto::base64("everybody:password"));
  EXPECT_EQ(registry::wait_for(login_->handle(laptop)).status, 200U);
  set_network({.data_endpoint = false});
  EXPECT_EQ(login().status, 200U);
}

TEST_F(DataFaceTest, ServesPartsAndConditions) {
  start(false);
  const std::string target = link();
  FakeExchange part = data_exchange(target);
  part.with("Range", "bytes=1-2");
  const http::Response some = serve(std::move(part));
  EXPECT_EQ(some.status, 206U);
  EXPECT_EQ(header_of(some, "Content-Range"), "bytes 1-2/5");
  EXPECT_EQ(length_of(some), 2U);
  FakeExchange behind = data_exchange(target);
  behind.with("Range", "bytes=9-");
  EXPECT_EQ(serve(std::move(behind)).status, 416U);
  FakeExchange known = data_exchange(target);
  known.with("If-None-Match", '"' + layer_ + '"');
  EXPECT_EQ(serve(std::move(known)).status, 304U);
}

TEST_F(DataFaceTest, ServesNothingElse) {
  start(false);
  const std::string target = link();
  for (const char* method : {"PUT", "POST", "PATCH", "DELETE"}) {
    const http::Response refused = serve(data_exchange(target, method));
    EXPECT_EQ(refused.status, 405U) << method;
    EXPECT_EQ(header_of(refused, "Allow"), "GET, HEAD");
  }
  const std::string query = target.substr(target.find('?'));
  for (const std::string& path :
       {std::string("/"), std::string("/v2/"), std::string("/v2/_catalog"),
        std::string("/v2/team/here/manifests/v1"), std::string("/v2/team/here/tags/list"),
        std::string("/v2/team/here/blobs/uploads/"), std::string("/acr/v1/_catalog"),
        std::string("/oauth2/token")}) {
    for (const std::string& asked : {path, path + query}) {
      const http::Response refused = serve(data_exchange(asked));
      EXPECT_EQ(refused.status, 404U) << asked;
      EXPECT_NE(body_of(refused).find("\"errors\""), std::string::npos);
    }
  }
}

TEST_F(DataFaceTest, RefusesLinksThatAreNotGood) {
  start(false);
  const std::string target = link();
  const auto refused = [&](const std::string& asked, const std::string& why,
                           const std::string& host = kDataHost) {
    const http::Response response = serve(data_exchange(asked, "GET", host));
    EXPECT_EQ(response.status, 403U) << asked;
    EXPECT_EQ(header_of(response, "WWW-Authenticate"), "");
    EXPECT_NE(body_of(response).find(why), std::string::npos) << body_of(response);
  };
  refused(kBlob + layer_, "serves signed links");
  refused(target + "A", "not made by this server, or was changed");
  std::string other = target;
  other.replace(other.find("team/here"), 9, "team/gone");
  refused(other, "not made by this server, or was changed");
  policy_.update([](policy::Snapshot& snapshot) {
    policy::RegistryPolicy registry;
    registry.key = registry.name = "second";
    snapshot.registries.set("second", std::move(registry));
  });
  refused(target, "another registry", "second.local.data.berth.test");
  clock_.advance(std::chrono::minutes(31));
  refused(target, "has ended at");
  EXPECT_EQ(serve(data_exchange(link())).status, 200U);
  const std::string text = logged();
  EXPECT_EQ(count(text, "request refused"), 5U) << text;
  EXPECT_EQ(text.find("sig="), std::string::npos);  // a link is a credential
}

TEST_F(DataFaceTest, AsksForTheRightHostOverTls) {
  start(false);
  const std::string target = link();
  for (const char* host :
       {"default.berth.test", "default.other.data.berth.test", "local.data.berth.test",
        ".local.data.berth.test", "a.default.local.data.berth.test", "localhost:5000", ""}) {
    EXPECT_EQ(serve(data_exchange(target, "GET", host)).status, 421U) << host;
  }
  FakeExchange plain = data_exchange(target);
  plain.in_plain();
  EXPECT_EQ(serve(std::move(plain)).status, 421U);
  EXPECT_EQ(serve(data_exchange(target, "GET", "nothing.local.data.berth.test")).status, 404U);
}

TEST_F(DataFaceTest, TheNetworkRulesHoldHereToo) {
  start(false);
  const std::string target = link();
  set_network({.public_access = false, .data_endpoint = true});
  const http::Response refused = serve(data_exchange(target));
  EXPECT_EQ(refused.status, 403U);
  EXPECT_NE(body_of(refused).find("client with IP '10.0.0.9' is not allowed access"),
            std::string::npos);
  EXPECT_NE(body_of(refused).find("CorrelationId: the-correlation-id"), std::string::npos);
  const std::string text = logged();
  EXPECT_NE(text.find("public-access-disabled"), std::string::npos) << text;
}

TEST_F(DataFaceTest, SwitchedOffItServesNoLinkThatIsStillOut) {
  start(false);
  const std::string target = link();
  set_network({.data_endpoint = false});
  const http::Response refused = serve(data_exchange(target));
  EXPECT_EQ(refused.status, 403U);
  for (const char* said : {"\"DENIED\"", "The data endpoint of default is off", "login server"}) {
    EXPECT_NE(body_of(refused).find(said), std::string::npos) << body_of(refused);
  }
  EXPECT_EQ(login().status, 200U);  // and there it is
  // Who may not come in from there is told that first, as everywhere.
  set_network({.public_access = false, .data_endpoint = false});
  EXPECT_NE(body_of(serve(data_exchange(target))).find("10.0.0.9"), std::string::npos);
  set_network({.data_endpoint = true});
  EXPECT_EQ(serve(data_exchange(target)).status, 200U);
}

TEST_F(DataFaceTest, ALinkOfAPrivateEndpointIsGoodThroughItOnly) {
  start(false);
  NetworkRules rules{.data_endpoint = true};
  rules.endpoints = {{"/endpoints/pe1", "", EndpointState::kApproved, {"listener:private"}}};
  set_network(rules);
  listener_ = "private";
  const std::string target = link();
  EXPECT_EQ(serve(data_exchange(target)).status, 200U);
  listener_ = "";
  const http::Response refused = serve(data_exchange(target));
  EXPECT_EQ(refused.status, 403U);
  EXPECT_NE(body_of(refused).find("private endpoint"), std::string::npos) << body_of(refused);
}

TEST_F(DataFaceTest, ADataHostThatNobodyReachesLeavesALineAndNoWayAround) {
  start(false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(login().status, 307U);
    clock_.advance(LinkWatch::kPatience);
  }
  EXPECT_EQ(serve(data_exchange(link())).status, 200U);
  const std::string text = logged();
  EXPECT_EQ(count(text, "data endpoint not reached"), 1U) << text;
  EXPECT_EQ(count(text, "data endpoint reached after all"), 1U) << text;
  for (const char* fact : {kDataHost, "10.0.0.9", "team/here"}) {
    EXPECT_NE(text.find(fact), std::string::npos) << fact << text;
  }
}

TEST_F(DataFaceTest, WithRetryTheSecondRequestIsServedInPlace) {
  start(true);
  EXPECT_EQ(login().status, 307U);
  EXPECT_EQ(login().status, 307U);  // at once: two who ask side by side
  clock_.advance(LinkWatch::kPatience);
  const http::Response second = login();
  EXPECT_EQ(second.status, 200U);
  EXPECT_EQ(length_of(second), 5U);
  EXPECT_EQ(login().status, 200U);
  clock_.advance(std::chrono::minutes(31));
  EXPECT_EQ(serve(data_exchange(link())).status, 200U);
  link();  // one that was fetched is no reason
  EXPECT_EQ(count(logged(), "data endpoint not reached"), 1U);
}

}  // namespace
}  // namespace berth::api
