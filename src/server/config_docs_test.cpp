// The documentation and the shipped example are checked against the program.
#include "server/config_docs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "server/config.h"
#include "server/config_keys.h"
#include "server/config_machine.h"

namespace berth::server {
namespace {

const std::string kDocument = std::string(BERTH_SOURCE_DIR) + "/docs/configuration.md";

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string problems(const ConfigResult& loaded) {
  std::string out;
  if (!loaded) {
    for (const auto& problem : loaded.error()) {
      out += problem.where + ": " + problem.message + "\n";
    }
  }
  return out;
}

// With BERTH_UPDATE_DOCS=1 the file is rewritten instead.
TEST(ConfigurationDocument, HasTheTableOfTheProgram) {
  const std::string document = read_text(kDocument);
  const std::string fresh = with_reference(document);
  if (std::getenv("BERTH_UPDATE_DOCS") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
    std::ofstream(kDocument) << fresh;
    return;
  }
  EXPECT_NE(document.find(config_reference()), std::string::npos)
      << "docs/configuration.md is out of date; run this test with BERTH_UPDATE_DOCS=1, or paste "
         "between its marks:\n"
      << config_reference();
}

// What a reader copies from the page must work.
TEST(ConfigurationDocument, EveryTomlExampleLoads) {
  const std::string document = read_text(kDocument);
  constexpr std::string_view kFence = "```toml\n";
  int examples = 0;
  for (auto at = document.find(kFence); at != std::string::npos;
       at = document.find(kFence, at + 1)) {
    const auto begin = at + kFence.size();
    const auto end = document.find("```", begin);
    ASSERT_NE(end, std::string::npos);
    ConfigSources sources;
    sources.file = {"example", document.substr(begin, end - begin)};
    EXPECT_EQ(problems(load_config(sources)), "") << sources.file->text;
    ++examples;
  }
  EXPECT_GE(examples, 2);
}

// As it stands on any machine, and with what is commented out.
TEST(NetworkDocument, ItsExampleIsGood) {
  const std::string document = read_text(std::string(BERTH_SOURCE_DIR) + "/docs/network.md");
  std::istringstream lines(document.substr(document.find("## 2. Configuration\n")));
  std::string text, uncommented;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && (line.empty() || line.starts_with("    "))) {
    if (!line.empty()) line.erase(0, 4);
    text += line + "\n";
    uncommented += (line.starts_with("# ") ? line.substr(2) : line) + "\n";
  }
  const auto loaded = load_config(ConfigSources{{{"example", text}}, {}, {}});
  ASSERT_EQ(problems(loaded), "");
  EXPECT_EQ(loaded->config.listeners.size(), 2U);
  EXPECT_EQ(check_machine(*loaded), ConfigProblems());
  const auto whole = load_config(ConfigSources{{{"example", uncommented}}, {}, {}});
  ASSERT_EQ(problems(whole), "");
  EXPECT_EQ(whole->config.trusted_services.at(0).client_cas, std::vector<std::string>{"partner"});
}

TEST(PackagedExample, Loads) {
  const auto loaded =
      load_config(ConfigInput{std::string(BERTH_SOURCE_DIR) + "/packaging/berth.toml", {}, {}});
  EXPECT_EQ(problems(loaded), "");
}

TEST(WithReference, ReplacesOnlyWhatIsBetweenTheMarks) {
  const std::string before = "# Title\n" + std::string(kReferenceBegin);
  const std::string after = std::string(kReferenceEnd) + "Tail\n";
  EXPECT_EQ(with_reference(before + "old" + after), before + config_reference() + after);
  EXPECT_EQ(with_reference("no marks"), "no marks");
}

// '|' would end a cell.
TEST(Reference, EveryKeyHasOneCompleteRow) {
  const std::string text = config_reference();
  for (const ConfigKey& key : config_keys()) {
    EXPECT_FALSE(key.help.empty()) << key.full_name();
    EXPECT_EQ(key.help.find('|'), std::string_view::npos) << key.full_name();
    EXPECT_NE(text.find("`" + key.variable() + "` `" + key.flag() + "` |\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace berth::server
