// Which face a host is, and that a listener with some of them refuses the others.
#include "api/face_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/login_testing.h"
#include "identity/identity_testing.h"

namespace berth::api {
namespace {

// Answers with its own status.
class Numbered final : public http::Service {
 public:
  explicit Numbered(unsigned status) : status_(status) {}
  Task<http::Response> handle(http::Exchange& /*exchange*/) override {
    co_return http::Response(status_);
  }
  http::Response failure(const Error& /*error*/, const std::string& /*id*/) override {
    return http::Response(500);
  }

 private:
  const unsigned status_;
};

class FaceRouterTest : public identity::IdentityFixture {
 protected:
  http::Response send(const std::string& host, FaceSet served = kAllFaces) {
    FaceRouter router({"berth.test", "local", 443}, services_, log, served);
    FakeExchange exchange("GET", "/");
    exchange.with("Host", host).on_listener("private");
    return wait(router.handle(exchange));
  }

 private:
  Numbered registry_{200}, data_{201}, management_{202}, login_{203}, graph_{204}, logs_{205};
  const FaceRouter::Services services_{&registry_, &data_, &management_, &login_, &graph_, &logs_};
};

TEST_F(FaceRouterTest, TheHostNamesTheFace) {
  EXPECT_EQ(send("acme.berth.test").status, 200U);
  EXPECT_EQ(send("acme.local.data.berth.test:443").status, 201U);
  EXPECT_EQ(send("MANAGEMENT.berth.test.").status, 202U);
  EXPECT_EQ(send("login.berth.test").status, 203U);
  EXPECT_EQ(send("graph.berth.test").status, 204U);
  EXPECT_EQ(send("logs.berth.test").status, 205U);
  for (const char* nobody :
       {"", "berth.test", ".local.data.berth.test", "acme.other.data.berth.test",
        "acme.berth.test.example", "a.b.berth.test"}) {
    EXPECT_EQ(send(nobody).status, 421U) << nobody;
  }
}

TEST_F(FaceRouterTest, AListenerServesItsFacesOnly) {
  const FaceSet data_only = faces_of(Face::kData);
  EXPECT_EQ(send("acme.local.data.berth.test", data_only).status, 201U);
  const http::Response refused = send("acme.berth.test", data_only);
  EXPECT_EQ(refused.status, 421U);
  EXPECT_THAT(body_of(refused), ::testing::HasSubstr("This listener serves data and not registry"));
  const FaceSet content = faces_of(Face::kRegistry) | data_only;
  EXPECT_EQ(send("acme.berth.test", content).status, 200U);
  for (const char* face : {"management", "login", "graph", "logs"}) {
    const http::Response other = send(std::string(face) + ".berth.test", content);
    EXPECT_EQ(other.status, 421U) << face;
    EXPECT_THAT(body_of(other), ::testing::HasSubstr("serves registry, data and not "));
  }
  EXPECT_EQ(send("acme.berth.test", kAllFaces & ~faces_of(Face::kRegistry)).status, 421U);
  EXPECT_EQ(send("management.berth.test", faces_of(Face::kManagement)).status, 202U);
}

}  // namespace
}  // namespace berth::api
