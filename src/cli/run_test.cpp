// Whole calls of the verbs that need no server: help, version, serve's hand-over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "cli/cli_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> kVerbs = {"serve",   "config",     "gc",  "verify",
                                         "version", "completion", "help"};

TEST(Overview, NamesEveryVerbInOneLine) {
  const Call alone = call({});
  EXPECT_EQ(alone.code, kGood);
  EXPECT_EQ(alone.err, "");
  for (const std::string& verb : kVerbs) EXPECT_THAT(alone.out, HasSubstr("\n  " + verb + " "));
  EXPECT_LE(std::count(alone.out.begin(), alone.out.end(), '\n'), 12);
}

TEST(Help, EveryLeafHasExamplesAndFlags) {
  for (const std::vector<std::string>& path :
       std::vector<std::vector<std::string>>{{"serve"},
                                             {"config", "check"},
                                             {"config", "show"},
                                             {"gc"},
                                             {"verify"},
                                             {"version"},
                                             {"completion"},
                                             {"help"}}) {
    std::vector<std::string> arguments = path;
    arguments.emplace_back("--help");
    const Call help = call(arguments);
    EXPECT_EQ(help.code, kGood) << path.front();
    EXPECT_THAT(help.out, AllOf(StartsWith("berth " + path.front()), HasSubstr("\nUsage: berth "),
                                HasSubstr("--output human|json"), HasSubstr("\nExamples:\n  ")))
        << path.front();
    // `berth help X` is `berth X --help`.
    std::vector<std::string> other = path;
    other.insert(other.begin(), "help");
    EXPECT_EQ(call(other).out, help.out);
  }
}

TEST(Help, LinesFitATerminal) {
  std::istringstream lines(call({"serve", "--help"}).out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 102u) << line;
}

TEST(Help, ServeListsConfigurationWithDefaults) {
  EXPECT_THAT(call({"serve", "--help"}).out,
              AllOf(HasSubstr("--listen ADDRESS:PORT"), HasSubstr("[localhost:5000]"),
                    HasSubstr("--log-level debug|info|warning|error|off")));
}

TEST(Help, OfAnUnknownCommand) {
  const Call help = call({"help", "srve"});
  EXPECT_EQ(help.code, kUsage);
  EXPECT_EQ(help.err, "berth has no command 'srve'; did you mean 'serve'?\n");
}

TEST(Help, AsJsonIsTheWholeTree) {
  const auto tree = boost::json::parse(call({"help", "--output", "json"}).out);
  EXPECT_EQ(tree.at("commands").as_array().size(), kVerbs.size());
  EXPECT_EQ(tree.at("commands").at(0).at("name"), "serve");
  EXPECT_EQ(tree.at("commands").at(0).at("flags").at(0).at("name"), "--config");
}

TEST(WrongUsage, GoesToStandardErrorAndExits2) {
  const Call wrong = call({"srve"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_EQ(wrong.err, "berth: there is no 'srve'; did you mean 'serve'?\n");
}

TEST(Version, NamesProgramCompilerAndLibraries) {
  const Call human = call({"version"});
  EXPECT_EQ(human.code, kGood);
  EXPECT_THAT(human.out, AllOf(StartsWith("berth 0."), HasSubstr("lang"), HasSubstr("\nopenssl ")));
  EXPECT_EQ(call({"--version"}).out, human.out);

  const auto json = boost::json::parse(call({"version", "--output", "json"}).out);
  EXPECT_THAT(human.out, StartsWith("berth " + std::string(json.at("version").as_string())));
  for (const auto& library : json.at("libraries").as_object()) {
    EXPECT_FALSE(library.value().as_string().empty()) << library.key();
  }
}

TEST(Serve, HandsTheConfigurationToTheServer) {
  server::Config seen;
  Engine engine = unused_engine();
  engine.serve = [&](const server::Config& config) {
    seen = config;
    return 7;
  };
  const Call served = call({"serve", "--data", "/srv", "--operations="},
                           {{"BERTH_HTTP_LISTEN", "localhost:5005"}}, engine);
  EXPECT_EQ(served.code, 7);
  EXPECT_EQ(seen.server.data, "/srv");
  EXPECT_EQ(seen.http.listen, (server::ListenList{{"localhost", 5005}}));
  EXPECT_TRUE(seen.operations.listen.empty());
}

TEST(Serve, DoesNotStartWithAWrongConfiguration) {
  const Call refused =
      call({"serve", "--listen", "0.0.0.0:5000", "--log-level", "loud"}, {{"BERTH_X", ""}});
  EXPECT_EQ(refused.code, kUsage);
  EXPECT_EQ(refused.err,
            "environment variable BERTH_X: unknown variable; they are named BERTH_SECTION_KEY, "
            "such as BERTH_HTTP_LISTEN\n"
            "flag --listen: http.listen is \"0.0.0.0:5000\"; plain HTTP is for loopback; set "
            "up [tls]\n"
            "flag --log-level: log.level is \"loud\"; it must be \"debug\", \"info\", \"warning\", "
            "\"error\" or \"off\"\n");
}

}  // namespace
}  // namespace berth::cli
