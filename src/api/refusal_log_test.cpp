#include "api/refusal_log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/login_testing.h"
#include "base/clock.h"
#include "base/file.h"

namespace berth::api {
namespace {

TEST(RefusalLog, CutsWhatTheClientChose) {
  const File written(::memfd_create("log", 0));
  const SystemClock clock;
  FakeExchange exchange("GET", "/" + std::string(8000, '"'));
  exchange.with("Host", std::string(700, 'h'));
  {
    Logger log(written.fd(), LogFormat::kJson, LogLevel::kInfo, clock);
    log_refusal(log, "registry", exchange, Error(Code::kMisdirected, "No such registry."), {});
  }
  std::string text(static_cast<std::size_t>(::lseek(written.fd(), 0, SEEK_END)), ' ');
  ASSERT_EQ(::pread(written.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  const auto line = boost::json::parse(text).as_object();
  EXPECT_EQ(line.at("path").as_string(), "/" + std::string(511, '"') + "... (8001 bytes)");
  EXPECT_EQ(line.at("registry").as_string(), std::string(512, 'h') + "... (700 bytes)");
}

}  // namespace
}  // namespace berth::api
