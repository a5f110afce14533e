#include "api/operations.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/face_router.h"
#include "api/login_testing.h"
#include "base/clock.h"
#include "base/file.h"
#include "blobs/store_testing.h"

namespace berth::api {
namespace {

TEST(Operations, WhatIsRefusedIsInTheLogAsOnOtherFaces) {
  const File written(::memfd_create("log", 0));
  const SystemClock clock;
  const access::PolicyStore policy;
  const access::Gate gate(policy, "", clock);
  const Metrics metrics;
  const auto send = [&](http::Service& face, const std::string& method, const std::string& path,
                        const std::string& host) {
    FakeExchange exchange(method, path);
    exchange.in_plain().on_listener("operations").with("Host", host).with("Via", "1.1 cache");
    return blobs::testing::wait_for(face.handle(exchange)).status;
  };
  {
    Logger log(written.fd(), LogFormat::kJson, LogLevel::kInfo, clock);
    Operations face(gate, metrics, log, []() -> Task<Result<void>> { co_return Result<void>(); });
    EXPECT_EQ(send(face, "GET", "/readyz", "localhost:9000"), 200U);
    EXPECT_EQ(send(face, "GET", "/metrics", "evil.example"), 421U);
    EXPECT_EQ(send(face, "POST", "/metrics", "localhost:9000"), 405U);
    EXPECT_EQ(send(face, "GET", "/elsewhere", "localhost:9000"), 404U);
    EmptyFace empty("logs", "There is nothing.", log);
    EXPECT_EQ(send(empty, "GET", "/any", "logs.berth.test"), 404U);
  }
  std::string text(static_cast<std::size_t>(::lseek(written.fd(), 0, SEEK_END)), ' ');
  ASSERT_EQ(::pread(written.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(std::ranges::count(text, '\n'), 4) << text;
  for (const char* fact :
       {R"("face":"operations")", R"("face":"logs")", R"("status":421)", R"("status":405)",
        R"("path":"/elsewhere")", R"("client":"10.0.0.9")", R"("listener":"operations")",
        R"("correlationId":"the-correlation-id")", R"("ignoredHeader":"Via")"}) {
    EXPECT_NE(text.find(fact), std::string::npos) << fact << text;
  }
}

}  // namespace
}  // namespace berth::api
