// gc and verify, with a server on the data directory's socket and without one.
#include "cli/maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "cli/cli_testing.h"
#include "client/one_shot_server.h"

namespace berth::cli {
namespace {

using client::OneShotServer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kHeader = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
const std::string kSummary = "{\"kind\":\"summary\",\"checked\":3}\n";

class MaintenanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = ::testing::TempDir() + "berth_cli_data_" + std::to_string(::getpid());
    std::filesystem::create_directory(data_);
    engine_ = unused_engine();
    engine_.maintain = [this](const server::Config& config, const MaintenanceJob& job,
                              const JsonLine& line) {
      EXPECT_EQ(config.server.data, data_);
      offline_ = job;
      line(kSummary);
      return offline_code_;
    };
  }
  void TearDown() override { std::filesystem::remove_all(data_); }

  Call berth(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", data_});
    return call(arguments, {}, engine_);
  }
  std::string socket() const { return data_ + "/berth.sock"; }

  std::string data_;
  Engine engine_;
  std::optional<MaintenanceJob> offline_;  // what was done without a server
  int offline_code_ = kGood;
};

TEST(MaintenanceTarget, SaysWhatToDo) {
  MaintenanceJob job;
  EXPECT_EQ(maintenance_target(job), "/gc?dryRun=false");
  job.dry_run = true;
  job.grace = std::chrono::hours(1);
  EXPECT_EQ(maintenance_target(job), "/gc?dryRun=true&graceSeconds=3600");
  job = {MaintenanceJob::What::kVerify, false, true, std::nullopt};
  EXPECT_EQ(maintenance_target(job), "/verify?repair=true");
}

TEST_F(MaintenanceTest, AsksTheServerThatRuns) {
  OneShotServer server(socket(), {kHeader, kSummary});
  const Call gc = berth({"gc", "--dry-run", "--grace", "1500ms"});
  EXPECT_EQ(gc.code, kGood) << gc.err;
  EXPECT_THAT(gc.out, HasSubstr("checked           3"));
  EXPECT_THAT(server.request(), StartsWith("POST /gc?dryRun=true&graceSeconds=2 HTTP/1.1\r\n"));
  EXPECT_FALSE(offline_);
}

TEST_F(MaintenanceTest, ADamagedBlobIsExitCode1) {
  OneShotServer server(socket(),
                       {kHeader, R"({"kind":"blob","action":"damaged"})", "\n", kSummary});
  EXPECT_EQ(berth({"verify"}).code, kProblem);
  EXPECT_THAT(server.request(), StartsWith("POST /verify?repair=false "));
  EXPECT_FALSE(offline_);
}

TEST_F(MaintenanceTest, AServerThatDiesMidwayIsNotASuccess) {
  OneShotServer server(socket(), {kHeader, "{\"kind\":\"progress\",\"done\":1,\"total\":2}\n"});
  const Call verify = berth({"verify"});
  EXPECT_EQ(verify.code, kCannot);
  EXPECT_THAT(verify.err, HasSubstr("stopped before it was done"));
  EXPECT_FALSE(offline_);
}

TEST_F(MaintenanceTest, ARefusalIsShown) {
  OneShotServer server(socket(), {"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy"});
  const Call gc = berth({"gc"});
  EXPECT_EQ(gc.code, kCannot);
  EXPECT_EQ(gc.err, "error: the server refused with status 409: busy\n");
  EXPECT_FALSE(offline_);
}

TEST_F(MaintenanceTest, WorksByItselfWhenNoServerRuns) {
  EXPECT_EQ(berth({"gc", "--grace", "2h"}).code, kGood);
  ASSERT_TRUE(offline_);
  EXPECT_EQ(offline_->what, MaintenanceJob::What::kGc);
  EXPECT_FALSE(offline_->dry_run);
  EXPECT_EQ(offline_->grace, std::chrono::hours(2));

  EXPECT_EQ(berth({"verify", "--repair"}).code, kGood);
  EXPECT_EQ(offline_->what, MaintenanceJob::What::kVerify);
  EXPECT_TRUE(offline_->repair);
  EXPECT_FALSE(offline_->grace);
}

TEST_F(MaintenanceTest, ASocketThatACrashedServerLeftIsNoServer) {
  { const OneShotServer crashed(socket(), {}); }
  ASSERT_TRUE(std::filesystem::exists(socket()));
  EXPECT_EQ(berth({"gc"}).code, kGood);
  EXPECT_TRUE(offline_);
}

TEST_F(MaintenanceTest, OfflineWorkThatCouldNotRunIsNotASuccess) {
  offline_code_ = kCannot;
  EXPECT_EQ(berth({"gc"}).code, kCannot);
}

TEST_F(MaintenanceTest, JsonIsPassedThrough) {
  OneShotServer server(socket(), {kHeader, kSummary});
  EXPECT_EQ(berth({"gc", "--output", "json"}).out, kSummary);
}

TEST_F(MaintenanceTest, WithoutADataDirectoryThereIsNothingToDo) {
  std::filesystem::remove_all(data_);
  const Call gc = berth({"gc"});
  EXPECT_EQ(gc.code, kCannot);
  EXPECT_EQ(gc.err,
            "error: there is no data directory " + data_ + "; name it with --data or --config\n");
  EXPECT_FALSE(offline_);
}

TEST_F(MaintenanceTest, ACollectionThatRemovedNothingNamesItsGrace) {
  EXPECT_THAT(
      berth({"gc", "--grace", "90m"}).out,
      HasSubstr("\nNothing was old enough to go: what became unused less than 90m ago stays"));
  EXPECT_THAT(berth({"gc"}).out, HasSubstr("less than 1h ago"));
  EXPECT_THAT(berth({"verify"}).out, Not(HasSubstr("old enough")));
  engine_.maintain = [](const server::Config&, const MaintenanceJob&, const JsonLine& line) {
    line(R"({"kind":"summary","checked":3,"removed":1})");
    return kGood;
  };
  EXPECT_THAT(berth({"gc"}).out, Not(HasSubstr("old enough")));
}

TEST_F(MaintenanceTest, GraceIsATime) {
  const Call gc = berth({"gc", "--grace", "3600"});
  EXPECT_EQ(gc.code, kUsage);
  EXPECT_EQ(gc.err, "berth gc: --grace is \"3600\"; it must be a time such as 1h or 30m\n");
}

}  // namespace
}  // namespace berth::cli
