#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fstream>

#include "cli/cli_testing.h"
#include "server/config_keys.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A file that lives as long as the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path(::testing::TempDir() + "berth_cli_config_" + std::to_string(::getpid()) + ".toml") {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { ::unlink(path.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string path;
};

TEST(ConfigCheck, OfAGoodConfiguration) {
  const TemporaryFile file("[log]\nlevel = \"debug\"\n");
  const Call named = call({"config", "check", "--config", file.path});
  EXPECT_EQ(named.code, kGood);
  EXPECT_EQ(named.out, file.path + " is good\n");
  EXPECT_EQ(named.err, "");
  EXPECT_EQ(call({"config", "check"}).out, "the configuration is good\n");
  EXPECT_EQ(call({"config", "check", "--output", "json"}).out, "{\"ok\":true,\"problems\":[]}\n");
}

TEST(ConfigCheck, ReportsEveryProblem) {
  const TemporaryFile file("[htpp]\n[log]\nlevel = 1\n");
  const Call human = call({"config", "check"}, {{"BERTH_CONFIG", file.path}});
  EXPECT_EQ(human.code, kProblem);
  EXPECT_EQ(human.err, file.path + ":1:2: unknown section [htpp]; did you mean [http]?\n" +
                           file.path +
                           ":3:9: log.level is 1; it must be \"debug\", \"info\", \"warning\", "
                           "\"error\" or \"off\"\n" +
                           file.path + ": 2 problems\n");

  const Call json = call({"config", "check", "--config", file.path, "--output", "json"});
  EXPECT_EQ(json.code, kProblem);
  const auto answer = boost::json::parse(json.out);
  EXPECT_FALSE(answer.at("ok").as_bool());
  EXPECT_EQ(answer.at("problems").at(0).at("where").as_string(), file.path + ":1:2");
  EXPECT_EQ(answer.at("problems").as_array().size(), 2u);
}

TEST(ConfigCheck, LooksAtTheFilesThatAreNamed) {
  const TemporaryFile file(
      "[tls]\nlisten = \":443\"\ncert = \"/nonexistent/c.pem\"\nkey = \"/dev/null\"\n"
      "[server]\ndomain = \"berth.example.com\"\n");
  const Call checked = call({"config", "check", "--config", file.path});
  EXPECT_EQ(checked.code, kProblem);
  EXPECT_EQ(checked.err, file.path +
                             ":3:8: tls.cert: the file /nonexistent/c.pem cannot be read: No such "
                             "file or directory\n" +
                             file.path + ": 1 problem\n");
}

TEST(ConfigCheck, LooksAtTheMachineAndNotesWhatDoesLittle) {
  const std::string good =
      "[tls]\nmode = \"auto\"\nlisten = \"\"\n[server]\ndomain = \"berth.example.com\"\n"
      "[[listener]]\nname = \"apps\"\naddress = \":443\"\n"
      "[[trusted_service]]\nkind = \"devops\"\nlisteners = \"apps\"\n";
  {
    const TemporaryFile file(good);
    const Call checked = call({"config", "check", "--config", file.path});
    EXPECT_EQ(checked.code, kGood);
    EXPECT_THAT(checked.out,
                HasSubstr(" is good\nnote: trusted_service.devops: lets nobody in, it only "));
  }
  const TemporaryFile file(good +
                           "[[listener]]\nname = \"b\"\naddress = \":444\"\n"
                           "interface = \"nobody0\"\nclient_cas = { a = \"/dev/null\" }\n");
  const Call checked = call({"config", "check", "--config", file.path});
  EXPECT_EQ(checked.code, kProblem);
  EXPECT_THAT(checked.err,
              AllOf(HasSubstr(":15:13: listener.b.interface is \"nobody0\"; "),
                    HasSubstr(":16:14: listener.b.client_cas: "), HasSubstr(": 2 problems\n")));
}

TEST(ConfigCheck, CannotCheckAFileThatIsNotThere) {
  const Call checked = call({"config", "check", "--config", "/nonexistent.toml"});
  EXPECT_EQ(checked.code, kCannot);
  EXPECT_EQ(checked.err, "/nonexistent.toml: the file cannot be read: No such file or directory\n");
}

TEST(ConfigShow, PrintsOnlyWhatIsSet) {
  const TemporaryFile file("[limits]\nconnections = 100\n");
  const Call shown = call({"config", "show", "--config", file.path, "--data", "/srv"},
                          {{"BERTH_GC_GRACE", "90m"}});
  EXPECT_EQ(shown.code, kGood);
  EXPECT_EQ(shown.out,
            "server.data         \"/srv\"  flag --data\n"
            "limits.connections  100     " +
                file.path +
                ":2:15\n"
                "gc.grace            \"90m\"   environment variable BERTH_GC_GRACE\n");
  EXPECT_THAT(call({"config", "show"}).out, HasSubstr("Nothing is set"));
}

TEST(ConfigShow, EffectiveIsEveryKey) {
  const Call shown = call({"config", "show", "--effective"});
  for (const auto& key : server::config_keys()) {
    EXPECT_THAT(shown.out, HasSubstr(key.full_name() + " "));
  }
  EXPECT_THAT(shown.out, HasSubstr("\"localhost:5000\""));
}

TEST(ConfigShow, AsJson) {
  const auto rows = boost::json::parse(
      call({"config", "show", "--effective", "--output", "json", "--limits-connections", "5"}).out);
  EXPECT_EQ(rows.as_array().size(), server::config_keys().size());
  for (const auto& row : rows.as_array()) {
    if (row.at("key") != "limits.connections") continue;
    EXPECT_EQ(row.at("value"), 5);
    EXPECT_EQ(row.at("origin"), "flag --limits-connections");
  }
}

TEST(ConfigShow, OfAWrongConfigurationIsWrongUsage) {
  const Call shown = call({"config", "show"}, {{"BERTH_LOG_LEVEL", "loud"}});
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_EQ(shown.out, "");
  EXPECT_THAT(shown.err, HasSubstr("log.level is \"loud\""));
}

TEST(ConfigFlag, WinsOverItsVariable) {
  const TemporaryFile file("[log]\nlevel = \"error\"\n");
  const Call shown =
      call({"config", "show", "--config", file.path}, {{"BERTH_CONFIG", "/nonexistent.toml"}});
  EXPECT_THAT(shown.out, HasSubstr("\"error\""));
  EXPECT_EQ(call({"config", "check"}, {{"BERTH_CONFIG", ""}}).code, kGood);
}

}  // namespace
}  // namespace berth::cli
