#include "cli/completion.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "cli/cli_testing.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The output of a command of bash, with `script` at $1.
std::string in_bash(const std::string& script, const std::string& command) {
  const std::string path = fmt::format("{}berth_completion_{}", ::testing::TempDir(), ::getpid());
  std::ofstream(path) << script << '\n' << command << '\n';
  FILE* const pipe = ::popen(("bash " + path + " 2>&1").c_str(), "r");
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = ::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    out.append(buffer.data(), n);
  }
  ::pclose(pipe);
  ::unlink(path.c_str());
  return out;
}

// What bash offers after these words; the last is the one being typed.
std::string offered(const std::string& words, int count) {
  return in_bash(bash_completion(root_command()),
                 fmt::format("COMP_WORDS=({}); COMP_CWORD={}; _berth; echo \"${{COMPREPLY[*]}}\"",
                             words, count));
}

TEST(Completion, EveryScriptHasEveryVerbAndFlag) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = call({"completion", shell}).out;
    for (const Command& verb : root_command().commands) {
      EXPECT_THAT(script, HasSubstr(verb.name)) << shell;
      for (const Flag& flag : verb.flags) {
        EXPECT_THAT(script, HasSubstr(flag.name.substr(2))) << shell;
      }
    }
    EXPECT_THAT(script, HasSubstr("effective")) << shell;
  }
}

TEST(Completion, AsJson) {
  EXPECT_THAT(call({"completion", "fish", "--output", "json"}).out,
              HasSubstr(R"({"shell":"fish","script":"# fish completion)"));
}

TEST(BashCompletion, OffersWhatFits) {
  EXPECT_EQ(offered("berth s", 1), "serve scope-map sp\n");
  EXPECT_EQ(offered("berth --v", 1), "--version\n");
  EXPECT_EQ(offered("berth token credential ''", 3), "generate --help\n");
  EXPECT_EQ(offered("berth token credential generate ci --re", 5), "--registry --resource-group\n");
  EXPECT_EQ(offered("berth registry create x --admin-enabled ''", 5), "true false\n");
  EXPECT_EQ(offered("berth can-i p", 2), "pull push\n");
  EXPECT_EQ(offered("berth role assignment ''", 3), "create update list delete --help\n");
  EXPECT_EQ(offered("berth registry permissions-mode set x --mode ''", 6), "rbac rbac-abac\n");
  EXPECT_EQ(offered("berth ve", 1), "verify version\n");
  EXPECT_EQ(offered("berth config ''", 2), "check show --help\n");
  EXPECT_EQ(offered("berth config show --eff", 3), "--effective\n");
  EXPECT_EQ(offered("berth gc --output ''", 3), "human json\n");
  EXPECT_EQ(offered("berth serve --log-level w", 3), "warning\n");
  EXPECT_EQ(offered("berth completion ''", 2), "bash zsh fish --output --help\n");
  EXPECT_EQ(offered("berth serve --config /proc/self/cmdl", 3), "/proc/self/cmdline\n");
}

TEST(BashCompletion, AValueIsNotTakenForAVerb) {
  EXPECT_THAT(offered("berth serve --data gc --repa", 4), Not(HasSubstr("repair")));
}

}  // namespace
}  // namespace berth::cli
