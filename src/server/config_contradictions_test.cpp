// Values that are right each for itself and wrong together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config.h"

namespace berth::server {
namespace {

// All problems as "where: message", one per line.
std::string problems(const ConfigSources& sources) {
  const auto loaded = load_config(sources);
  if (loaded) return "";
  std::string out;
  for (const ConfigProblem& problem : loaded.error()) {
    out += problem.where + ": " + problem.message + "\n";
  }
  return out;
}

std::string problems_of_text(std::string text) {
  return problems(ConfigSources{{{"f", std::move(text)}}, {}, {}});
}

TEST(Contradictions, TlsNeedsAllOfItsParts) {
  EXPECT_EQ(problems_of_text("[tls]\nlisten = \"*:443\"\n"),
            "f:2:10: tls.listen is set but tls.cert and tls.key are not; HTTPS needs tls.listen, "
            "tls.cert and tls.key\n");
  EXPECT_EQ(problems_of_text("[tls]\nlisten = \"*:443\"\ncert = \"c\"\n"),
            "f:2:10: tls.listen is set but tls.key is not; HTTPS needs tls.listen, tls.cert and "
            "tls.key\n");
  EXPECT_EQ(problems_of_text("[tls]\nkey = \"k\"\n"),
            "f:2:7: tls.key is set but tls.listen and tls.cert are not; HTTPS needs tls.listen, "
            "tls.cert and tls.key\n");
  EXPECT_EQ(
      problems_of_text("[tls]\nlisten=\":443\"\ncert='c'\nkey='k'\n"),
      "f:2:8: tls.listen is set but server.domain is not; over HTTPS registries are reached as "
      "<registry>.<domain>: set it, as in --domain registry.example.com\n");
  EXPECT_EQ(
      problems_of_text("[server]\ndomain='b.test'\n[tls]\nlisten=\":443\"\ncert='c'\nkey='k'\n"),
      "");
}

TEST(Contradictions, PartsMayComeFromDifferentLayers) {
  ConfigSources sources;
  sources.file = {"f", "[tls]\nlisten = \":443\"\n"};
  sources.environment = {{"BERTH_TLS_CERT", "c"}};
  sources.flags = {{"tls.key", "k"}, {"server.domain", "b.test"}};
  EXPECT_EQ(problems(sources), "");
  sources.flags = {{"tls.listen", ""}};
  EXPECT_EQ(problems(sources),
            "environment variable BERTH_TLS_CERT: tls.cert is set but tls.listen and tls.key are "
            "not; HTTPS needs tls.listen, tls.cert and tls.key\n");
}

TEST(Contradictions, ARefusedValueIsNotCalledMissing) {
  EXPECT_EQ(problems_of_text("[tls]\nlisten = \"nowhere\"\ncert='c'\nkey='k'\n"),
            "f:2:10: tls.listen is \"nowhere\"; it must be an address with a port, such as "
            "\"*:443\" or \"[::1]:443\", or a list of them\n");
}

TEST(Contradictions, OwnCertificatesAreForADomain) {
  EXPECT_EQ(
      problems_of_text("[tls]\nmode = \"auto\"\n"),
      "f:2:8: tls.mode is auto but server.domain is not set; a certificate is for a name: use "
      "--domain\n");
  EXPECT_EQ(problems_of_text("[server]\ndomain='b.test'\n[tls]\nmode='auto'\ncert='c'\nkey='k'\n"),
            "f:5:6: tls.mode is auto and tls.cert is set; leave tls.cert out, or set tls.mode to "
            "files\n"
            "f:6:5: tls.mode is auto and tls.key is set; leave tls.key out, or set tls.mode to "
            "files\n");
  EXPECT_EQ(problems_of_text("[server]\ndomain='b.test'\n[tls]\nmode='auto'\nlisten=''\n"),
            "f:5:8: tls.mode is auto but tls.listen is empty; leave it out for *:443, or name an "
            "address\n");
  // What is wrong with the domain is said once.
  EXPECT_EQ(problems_of_text("[server]\ndomain='b'\n[tls]\nmode='auto'\n"),
            "f:2:8: server.domain is \"b\"; it must be a domain of two labels at least, such as "
            "\"berth.example.org\"\n");
}

TEST(Contradictions, OwnCertificatesChooseThePort) {
  ConfigSources sources;
  sources.flags = {{"server.domain", "b.test"}, {"tls.mode", "auto"}};
  const auto loaded = load_config(sources);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.tls.listen, (ListenList{{"*", 443}}));
  sources.flags["tls.listen"] = "127.0.0.1:8443";
  EXPECT_EQ(load_config(sources)->config.tls.listen, (ListenList{{"127.0.0.1", 8443}}));
}

TEST(Contradictions, ADomainNeedsHttps) {
  EXPECT_EQ(
      problems_of_text("[server]\ndomain = 'berth.test'\n"),
      "f:2:10: server.domain is set but nothing speaks HTTPS, which its names need; use --tls "
      "auto, or set tls.listen, tls.cert and tls.key\n");
  EXPECT_EQ(
      problems_of_text("[server]\ndomain='b.test'\n[tls]\nlisten=':443'\ncert='c'\nkey='k'\n"), "");
}

TEST(Contradictions, AServerThatNobodyCanReach) {
  EXPECT_EQ(problems_of_text("[http]\nlisten = \"\"\n"),
            "f:2:10: http.listen and tls.listen are both empty, so nobody could reach the server; "
            "set one\n");
  EXPECT_EQ(problems_of_text("[http]\nlisten=''\n[server]\ndomain='b.test'\n[tls]\nlisten=':443'"
                             "\ncert='c'\nkey='k'\n"),
            "");
}

TEST(Contradictions, TwoListenersOnOneAddress) {
  EXPECT_EQ(problems_of_text("[http]\nlisten = \"localhost:5001\"\n"),
            "default: http.listen localhost:5001 and operations.listen localhost:5001 are the same "
            "address; give each its own port\n");
  EXPECT_EQ(problems_of_text("[http]\nlisten = [\"localhost:1\", \"127.0.0.1:1\"]\n"),
            "f:2:10: http.listen localhost:1 and http.listen 127.0.0.1:1 are the same address; "
            "give each its own port\n");
  EXPECT_EQ(
      problems_of_text("[tls]\nlisten=':5000'\ncert='c'\nkey='k'\n[server]\ndomain='b.test'\n"),
      "f:2:8: http.listen localhost:5000 and tls.listen *:5000 are the same address; give "
      "each its own port\n");
  EXPECT_EQ(problems_of_text("[http]\nlisten = [\"[::1]:1\", \"127.0.0.1:1\"]\n"), "");
  // Port 0 is a different port each time.
  EXPECT_EQ(problems_of_text("[http]\nlisten='localhost:0'\n[operations]\nlisten='localhost:0'\n"),
            "");
}

TEST(Contradictions, AreNotGuessedBehindASyntaxError) {
  EXPECT_THAT(problems_of_text("[tls]\nlisten = \":443\"\ncert = \n"),
              ::testing::AllOf(::testing::HasSubstr("not TOML"),
                               ::testing::Not(::testing::HasSubstr("tls.key"))));
}

}  // namespace
}  // namespace berth::server
