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

// Every verb that does something, as its words; groups are not among them.
void collect(const Command& command, const std::vector<std::string>& path,
             std::vector<std::vector<std::string>>& out) {
  if (command.commands.empty()) out.push_back(path);
  for (const Command& inner : command.commands) {
    auto longer = path;
    longer.push_back(inner.name);
    collect(inner, longer, out);
  }
}
std::vector<std::vector<std::string>> leaves() {
  std::vector<std::vector<std::string>> out;
  collect(root_command(), {}, out);
  return out;
}

TEST(Overview, NamesEveryVerbInOneLine) {
  const Call alone = call({});
  EXPECT_EQ(alone.code, kGood);
  EXPECT_EQ(alone.err, "");
  for (const std::string& verb : root_command().command_names()) {
    EXPECT_THAT(alone.out, HasSubstr("\n  " + verb + " "));
  }
  EXPECT_LE(std::count(alone.out.begin(), alone.out.end(), '\n'), 32);
}

TEST(Help, EveryLeafHasExamplesAndFlags) {
  EXPECT_GE(leaves().size(), 50u);
  for (const std::vector<std::string>& path : leaves()) {
    std::vector<std::string> arguments = path;
    arguments.emplace_back("--help");
    const Call help = call(arguments);
    EXPECT_EQ(help.code, kGood) << path.front();
    EXPECT_THAT(help.out, AllOf(StartsWith("berth " + path.front()), HasSubstr("\nUsage: berth "),
                                HasSubstr("--output "), HasSubstr("\nExamples:\n  ")))
        << path.front();
    // `berth help X` is `berth X --help`.
    std::vector<std::string> other = path;
    other.insert(other.begin(), "help");
    EXPECT_EQ(call(other).out, help.out);
  }
}

TEST(Help, LinesFitATerminal) {
  for (std::vector<std::string> path : leaves()) {
    path.emplace_back("--help");
    std::istringstream lines(call(path).out);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("  berth ")) EXPECT_LE(line.size(), 106u) << line;  // bytes: "…" has 3
    }
  }
}

TEST(Help, TheUsageNamesWhatIsRequired) {
  EXPECT_THAT(call({"token", "create", "--help"}).out,
              HasSubstr("\nUsage: berth token create NAME --registry REGISTRY [flags]\n"));
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
  EXPECT_EQ(tree.at("commands").as_array().size(), root_command().commands.size());
  EXPECT_EQ(tree.at("commands").at(0).at("name"), "serve");
  EXPECT_EQ(tree.at("commands").at(0).at("flags").at(0).at("name"), "--config");
}

TEST(Names, OtherProgramsAreVerbs) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(arguments_for("/usr/bin/docker-credential-berth", {"get"}),
            (Words{"docker-credential", "get"}));
  EXPECT_EQ(arguments_for("berth-credential-provider", {"--ca-file", "x"}),
            (Words{"credential-provider", "--ca-file", "x"}));
  EXPECT_EQ(arguments_for("/usr/bin/berth", {"gc"}), Words{"gc"});
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
