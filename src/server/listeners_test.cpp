// Listeners that the configuration declares, over real connections.
#include "server/listeners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "client/http_client.h"

namespace berth::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ListenersTest : public ::testing::Test {
 protected:
  ListenersTest() {
    std::array<char, 32> name{"/tmp/berth-listeners-XXXXXX"};
    root_ = ::mkdtemp(name.data());
    config_.server.data = root_ + "/data";
    config_.server.domain = "berth.localhost";  // the client's resolver knows where that is
    config_.http.listen = {};
    config_.operations.listen = {};
    config_.tls.mode = TlsMode::kAuto;
    config_.tls.listen = {{"127.0.0.1", 0}};
  }
  ~ListenersTest() override {
    server_.reset();
    wiring_.reset();
    std::filesystem::remove_all(root_);
  }

  Result<OpenListeners> open() {
    TRY_ASSIGN(wiring_, Wiring::build(config_, {clock_, random_, log_, metrics_}));
    TRY(wiring_->load(config_));
    server_ = std::make_unique<http::Server>(
        http::ServerParts{wiring_->loop, wiring_->disk, log_, random_, metrics_, clock_},
        http::Limits{});
    return open_listeners(config_, *wiring_, *server_);
  }

  static std::string port_of(const std::string& shown) {
    return shown.substr(shown.rfind(':') + 1);
  }
  client::HttpResponse get(const std::string& face, const std::string& port) {
    client::HttpRequest request;
    request.url = "https://" + face + ".berth.localhost:" + port + "/";
    request.ca_file = root_ + "/data/tls/ca.pem";
    auto answer = client::HttpClient().send(request);
    EXPECT_TRUE(answer) << answer.error().message << ": " << answer.error().cause;
    return answer ? std::move(*answer) : client::HttpResponse{};
  }

  std::string root_;
  Config config_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  Logger log_{STDERR_FILENO, LogFormat::kHuman, LogLevel::kOff, clock_};
  std::unique_ptr<Wiring> wiring_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ListenersTest, ADeclaredOneServesItsFacesOnly) {
  ListenerTable table{.name = "private", .address = {{"127.0.0.1", 0}}};
  table.faces = api::faces_of(api::Face::kRegistry) | api::faces_of(api::Face::kData);
  config_.listeners = {table};
  const auto listeners = open();
  ASSERT_TRUE(listeners) << listeners.error().message;
  ASSERT_THAT(listeners->addresses, ElementsAre(StartsWith("https://127.0.0.1:"),
                                                StartsWith("private https://127.0.0.1:")));
  EXPECT_EQ(listeners->tls.size(), 2U);
  const std::string everywhere = port_of(listeners->addresses[0]);
  const std::string here = port_of(listeners->addresses[1]);
  std::thread loop([&] { wiring_->loop.run(); });
  EXPECT_NE(get("management", everywhere).status, 421);
  const client::HttpResponse refused = get("management", here);
  EXPECT_EQ(refused.status, 421);
  EXPECT_THAT(refused.body, HasSubstr("serves registry, data and not management"));
  EXPECT_THAT(refused.body, ::testing::Not(HasSubstr(everywhere)));
  // There is none; but the registry face was asked.
  EXPECT_THAT(get("acme", here).body, HasSubstr("no registry of this name"));
  wiring_->loop.stop();
  loop.join();
}

TEST_F(ListenersTest, AnAuthorityThatIsNotThereIsSaid) {
  ListenerTable table{.name = "partner", .address = {{"127.0.0.1", 0}}};
  table.client_cas = {{"partner", root_ + "/nobody.pem"}};
  config_.listeners = {table};
  const auto listeners = open();
  ASSERT_FALSE(listeners);
  EXPECT_THAT(listeners.error().message, StartsWith("listener partner: TLS client authority "));
  EXPECT_THAT(listeners.error().message, HasSubstr(root_ + "/nobody.pem"));
}

TEST_F(ListenersTest, AnInterfaceThatIsNotThereIsSaidOfItsListener) {
  config_.listeners = {{.name = "private", .address = {{"127.0.0.1", 0}}, .interface = "nobody0"}};
  const auto listeners = open();
  ASSERT_FALSE(listeners);
  EXPECT_THAT(listeners.error().message, StartsWith("listener private: Cannot listen on "));
}

TEST_F(ListenersTest, WhereServicesComeFromIsInThePolicy) {
  config_.trusted_services = {
      {policy::ServiceKind::kScanner, {*IpPrefix::parse("10.20.0.0/16")}, {}, {}}};
  ASSERT_TRUE(open());
  const auto snapshot = wiring_->policy.current();
  ASSERT_NE(snapshot->ingresses, nullptr);
  const auto inside = IpAddress::parse("10.20.1.1");
  const auto outside = IpAddress::parse("10.21.1.1");
  EXPECT_EQ(snapshot->ingresses->kinds(inside, {}),
            policy::kinds_of(policy::ServiceKind::kScanner));
  EXPECT_EQ(snapshot->ingresses->kinds(outside, {}), 0U);
}

}  // namespace
}  // namespace berth::server
