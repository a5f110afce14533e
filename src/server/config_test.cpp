// Loading: layers, origins, and every kind of refusal with its exact words.
#include "server/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <set>

#include "server/config_keys.h"

namespace berth::server {

std::ostream& operator<<(std::ostream& out, const ConfigProblem& problem) {
  return out << problem.where << ": " << problem.message;
}

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ConfigResult load_text(std::string text) {
  return load_config(ConfigSources{{{"berth.toml", std::move(text)}}, {}, {}});
}

// The only problem of a file, as "line:column: message".
std::string only_problem(std::string text) {
  const auto loaded = load_text(std::move(text));
  if (loaded) return "loaded";
  if (loaded.error().size() != 1) return fmt::format("{} problems", loaded.error().size());
  const ConfigProblem& problem = loaded.error().front();
  const std::string file = "berth.toml:";
  EXPECT_TRUE(problem.where.starts_with(file)) << problem.where;
  return problem.where.substr(file.size()) + ": " + problem.message;
}

std::string origin_of(const LoadedConfig& loaded, std::string_view key) {
  for (const EffectiveValue& value : loaded.values) {
    if (value.key == key) return value.origin;
  }
  return "no such key";
}

TEST(LoadConfig, NothingGivenIsTheDefaults) {
  const auto loaded = load_config(ConfigSources{});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config, Config{});
  EXPECT_EQ(loaded->values.size(), config_keys().size());
  for (const EffectiveValue& value : loaded->values) {
    EXPECT_TRUE(value.is_default) << value.key;
    EXPECT_EQ(value.origin, "default") << value.key;
  }
}

// The documented default of each key must itself be a value that the key accepts.
TEST(LoadConfig, EveryDefaultTextLoadsToTheDefault) {
  ConfigSources sources;
  for (const ConfigKey& key : config_keys()) {
    sources.environment[key.variable()] = key.default_text();
  }
  const auto loaded = load_config(sources);
  ASSERT_TRUE(loaded) << loaded.error().front();
  EXPECT_EQ(loaded->config, Config{});
}

TEST(LoadConfig, EveryKeyReachesItsOwnField) {
  constexpr std::string_view kText = R"(
[server]
data = "/srv/berth"
domain = "Berth.Example.ORG"
region = "north1"
threads = 3
disk_threads = 5
database_threads = 7
drain = "45s"
[http]
listen = ["127.0.0.1:5005", "[::1]:5006"]
[tls]
mode = "files"
listen = "*:443, 10.0.0.1:8443"
cert = "/etc/berth/cert.pem"
key = "/etc/berth/key.pem"
[operations]
listen = ""
[identity]
issuers_file = "/etc/berth/issuers.json"
imds_listen = "169.254.169.254:80"
socket = "/run/berth/identity.sock"
[network]
public_addresses = ["203.0.113.10", "2001:db8::1"]
ip_rules = 19
virtual_network_rules = 23
private_endpoints = 29
data_fallback = "retry"
[limits]
connections = 11
header_bytes = "16KiB"
header_timeout = "250ms"
idle_timeout = "2m"
min_body_rate = 0
manifest_bytes = "8MiB"
blob_bytes = "10GiB"
open_uploads = 13
page_entries = 17
[uploads]
expire = "2d"
checkpoint = 2097152
[gc]
interval = "0s"
grace = "5m"
[manifests]
sparse_indexes = "accept"
[storage]
reserve = "1GiB"
[cache]
manifests = "1MiB"
metadata_entries = 19
[log]
level = "debug"
format = "json"
requests = "all"
)";
  const auto loaded = load_text(std::string(kText));
  ASSERT_TRUE(loaded) << loaded.error().front();
  Config want;
  want.server = {"/srv/berth", "berth.example.org", "north1", 3, 5, 7, 45s};
  want.http.listen = {{"127.0.0.1", 5005}, {"::1", 5006}};
  want.tls = {TlsMode::kFiles,
              {{"*", 443}, {"10.0.0.1", 8443}},
              "/etc/berth/cert.pem",
              "/etc/berth/key.pem"};
  want.operations.listen = {};
  want.identity = {
      "/etc/berth/issuers.json", {{"169.254.169.254", 80}}, "/run/berth/identity.sock"};
  want.network = {{*IpAddress::parse("203.0.113.10"), *IpAddress::parse("2001:db8::1")},
                  19,
                  23,
                  29,
                  DataFallback::kRetry};
  want.limits = {11, 16 * kKiB, 250ms, 2min, 0, 8 * kMiB, 10240 * kMiB, 13, 17};
  want.uploads = {48h, 2 * kMiB};
  want.gc = {0s, 5min};
  want.manifests.sparse_indexes = SparseIndexes::kAccept;
  want.storage.reserve = 1024 * kMiB;
  want.cache = {kMiB, 19};
  want.log = {LogLevel::kDebug, LogFormatChoice::kJson, LogRequests::kAll};
  EXPECT_EQ(loaded->config, want);
  for (const EffectiveValue& value : loaded->values) EXPECT_FALSE(value.is_default) << value.key;
}

// The values that `config show` prints, written back into a file, are the same configuration.
TEST(LoadConfig, EffectiveValuesLoadToTheSameConfig) {
  const auto first = load_text(
      "[server]\ndomain='b.test'\n[tls]\nlisten=[\":443\", "
      "\"[::1]:444\"]\ncert='c'\nkey='k'\n[limits]\nheader_bytes=5000\n");
  ASSERT_TRUE(first) << first.error().front();
  ConfigSources again;
  for (const EffectiveValue& value : first->values) again.flags[value.key] = value.value;
  const auto second = load_config(again);
  ASSERT_TRUE(second) << second.error().front();
  EXPECT_EQ(first->config, second->config);
}

TEST(LoadConfig, LaterLayersWinAndAreRemembered) {
  ConfigSources sources;
  sources.file = {"berth.toml", "[limits]\nconnections = 1\npage_entries = 1\nopen_uploads = 1\n"};
  sources.environment = {{"BERTH_LIMITS_CONNECTIONS", "2"}, {"BERTH_LIMITS_PAGE_ENTRIES", "2"}};
  sources.flags = {{"limits.connections", "3"}};
  const auto loaded = load_config(sources);
  ASSERT_TRUE(loaded) << loaded.error().front();
  EXPECT_EQ(loaded->config.limits.connections, 3u);
  EXPECT_EQ(loaded->config.limits.page_entries, 2u);
  EXPECT_EQ(loaded->config.limits.open_uploads, 1u);
  EXPECT_EQ(origin_of(*loaded, "limits.connections"), "flag --limits-connections");
  EXPECT_EQ(origin_of(*loaded, "limits.page_entries"),
            "environment variable BERTH_LIMITS_PAGE_ENTRIES");
  EXPECT_EQ(origin_of(*loaded, "limits.open_uploads"), "berth.toml:4:16");
  EXPECT_EQ(origin_of(*loaded, "limits.blob_bytes"), "default");
}

TEST(LoadConfig, ALaterLayerDoesNotHideAnEarlierMistake) {
  ConfigSources sources;
  sources.file = {"berth.toml", "[limits]\nconnections = 0\n"};
  sources.flags = {{"limits.connections", "3"}};
  EXPECT_FALSE(load_config(sources));
}

TEST(LoadConfig, AllProblemsOfAllLayersInOrder) {
  ConfigSources sources;
  sources.file = {"f.toml", "[zzz]\n[log]\nlevel = \"loud\"\nformt = \"json\"\n[gc]\ngrace = 5\n"};
  sources.environment = {{"BERTH_HTTP_LISTN", "x"}, {"PATH", "/bin"}};
  sources.flags = {{"limits.connections", "many"}, {"no.such", "1"}};
  const auto loaded = load_config(sources);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(
      loaded.error(),
      ElementsAre(
          ConfigProblem{"f.toml:1:2",
                        "unknown section [zzz]; the sections are server, http, tls, operations, "
                        "identity, network, limits, uploads, gc, manifests, storage, cache, log"},
          ConfigProblem{"f.toml:3:9", R"(log.level is "loud"; it must be "debug", "info", )"
                                      R"("warning", "error" or "off")"},
          ConfigProblem{"f.toml:4:1", "unknown key formt in [log]; did you mean format?"},
          ConfigProblem{"f.toml:6:9",
                        R"(gc.grace is 5; it must be a time from 0s to 365d, such as "1h")"},
          ConfigProblem{"environment variable BERTH_HTTP_LISTN",
                        "unknown variable; did you mean BERTH_HTTP_LISTEN?"},
          ConfigProblem{"flag --limits-connections",
                        R"(limits.connections is "many"; it must be an integer from 1 to 1000000)"},
          ConfigProblem{"flag", "there is no key no.such"}));
}

struct Refusal {
  const char* text;
  const char* problem;
};
class Refusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refusals, SaysWhereAndWhat) {
  EXPECT_EQ(only_problem(GetParam().text), GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(
    Types, Refusals,
    ::testing::Values(
        Refusal{"[server]\nthreads = true",
                "2:11: server.threads is a boolean; it must be an integer from 0 to 1024"},
        Refusal{"[server]\nthreads = 1.5",
                "2:11: server.threads is a fraction; it must be an integer from 0 to 1024"},
        Refusal{"[server]\nthreads = [1]",
                "2:11: server.threads is a list of other things than text; it must be an integer "
                "from 0 to 1024"},
        Refusal{"[server]\nthreads = \"\"",
                "2:11: server.threads is \"\"; it must be an integer from 0 to 1024"},
        Refusal{"[server]\ndata = 5",
                "2:8: server.data is 5; it must be text in quotes, not empty"},
        Refusal{"[server]\ndata = \"\"",
                "2:8: server.data is \"\"; it must be text in quotes, not empty"},
        Refusal{"[server]\ndata = \"a\\u0000b\"",
                "2:8: server.data is \"a\\x00b\"; it must be text in quotes, not empty"},
        Refusal{"[tls]\ncert = 2026-01-01", "2:8: tls.cert is a date; it must be text in quotes"},
        Refusal{"[log.level]\nx = 1",
                "1:1: log.level is a table; it must be \"debug\", \"info\", \"warning\", \"error\" "
                "or \"off\""},
        Refusal{"[manifests]\nsparse_indexes = false",
                "2:18: manifests.sparse_indexes is a boolean; it must be \"refuse\" or \"accept\""},
        Refusal{"[http]\nlisten = 5000",
                "2:10: http.listen is 5000; it must be a loopback address with a port, such as "
                "\"localhost:5000\", or a list of them"}));

INSTANTIATE_TEST_SUITE_P(
    Ranges, Refusals,
    ::testing::Values(
        Refusal{"[limits]\nconnections = 0",
                "2:15: limits.connections is 0; it must be an integer from 1 to 1000000"},
        Refusal{"[limits]\nconnections = -1",
                "2:15: limits.connections is -1; it must be an integer from 1 to 1000000"},
        Refusal{"[limits]\nconnections = 4294967297",
                "2:15: limits.connections is 4294967297; it must be an integer from 1 to 1000000"},
        Refusal{"[limits]\nmanifest_bytes = \"65MiB\"",
                "2:18: limits.manifest_bytes is \"65MiB\"; it must be a size from 1MiB to 64MiB, "
                "such as \"4MiB\""},
        Refusal{"[limits]\nmanifest_bytes = \"4MB\"",
                "2:18: limits.manifest_bytes is \"4MB\"; it must be a size from 1MiB to 64MiB, "
                "such as \"4MiB\""},
        Refusal{"[limits]\nblob_bytes = -5",
                "2:14: limits.blob_bytes is -5; it must be a size from 0 to 1024TiB, such as "
                "\"10GiB\""},
        Refusal{"[server]\ndrain = \"30\"",
                "2:9: server.drain is \"30\"; it must be a time from 0s to 1h, such as \"30s\""},
        Refusal{"[limits]\nheader_timeout = \"0s\"",
                "2:18: limits.header_timeout is \"0s\"; it must be a time from 100ms to 10m, such "
                "as \"10s\""}));

INSTANTIATE_TEST_SUITE_P(
    Addresses, Refusals,
    ::testing::Values(
        Refusal{"[http]\nlisten = \"0.0.0.0:5000\"",
                "2:10: http.listen is \"0.0.0.0:5000\"; plain HTTP is for loopback; set up [tls]"},
        Refusal{"[http]\nlisten = [\"localhost:5000\", \":80\"]",
                "2:10: http.listen is \":80\"; plain HTTP is for loopback; set up [tls]"},
        Refusal{"[http]\nlisten = \"localhost\"",
                "2:10: http.listen is \"localhost\"; it must be a loopback address with a port, "
                "such as \"localhost:5000\", or a list of them"},
        Refusal{"[http]\nlisten = \"localhost:5000,\"",
                "2:10: http.listen is \"\"; it must be a loopback address with a port, such as "
                "\"localhost:5000\", or a list of them"},
        Refusal{
            "[operations]\nlisten = \"[::]:9000\"",
            "2:10: operations.listen is \"[::]:9000\"; the operations listener is for loopback, "
            "it asks nobody who they are"},
        Refusal{"[tls]\nlisten = \"example.com:443\"\ncert='c'\nkey='k'",
                "2:10: tls.listen is \"example.com:443\"; it must be an address with a port, such "
                "as \"*:443\" or \"[::1]:443\", or a list of them"}));

INSTANTIATE_TEST_SUITE_P(
    Domains, Refusals,
    ::testing::Values(
        Refusal{
            "[server]\ndomain = \"berth\"",
            "2:10: server.domain is \"berth\"; it must be a domain of two labels at least, such "
            "as \"berth.example.org\""},
        Refusal{"[server]\nregion = \"North\"",
                "2:10: server.region is \"North\"; it must be 2 to 32 of a-z and 0-9, such as "
                "\"local\""},
        Refusal{"[tls]\nmode = \"acme\"",
                "2:8: tls.mode is \"acme\"; it must be \"files\" or \"auto\""},
        Refusal{"[identity]\nimds_listen = \"10.0.0.1:80\"",
                "2:15: identity.imds_listen is \"10.0.0.1:80\"; managed identity is for this "
                "machine: use loopback or 169.254.0.0/16"},
        Refusal{"[network]\npublic_addresses = [\"203.0.113.10\", \"10.0.0.0/8\"]",
                "2:20: network.public_addresses is \"10.0.0.0/8\"; it must be an IP address, such "
                "as \"203.0.113.10\", or a list of them"},
        Refusal{"[identity]\nimds_listen = \"metadata\"",
                "2:15: identity.imds_listen is \"metadata\"; it must be a loopback or 169.254.x.y "
                "address with a port, such as \"169.254.169.254:80\", or a list of them"}));

INSTANTIATE_TEST_SUITE_P(
    Names, Refusals,
    ::testing::Values(
        Refusal{"[htpp]\nlisten = \"x\"", "1:2: unknown section [htpp]; did you mean [http]?"},
        Refusal{"[http]\nlisen = \"x\"", "2:1: unknown key lisen in [http]; did you mean listen?"},
        Refusal{"[http]\ncert = \"x\"", "2:1: unknown key cert in [http]; it belongs to [tls]"},
        Refusal{"[gc]\nlisten = \"x\"",
                "2:1: unknown key listen in [gc]; it belongs to [http], [tls], [operations]"},
        Refusal{"[gc]\nfrequency = \"x\"",
                "2:1: unknown key frequency in [gc]; its keys are interval, grace"},
        Refusal{"data = \"x\"", "1:1: key data outside a section; it belongs to [server]"},
        Refusal{"http = \"x\"",
                "1:1: key http outside a section; it is a section: write [http] and its keys below "
                "it"},
        Refusal{"[[http]]\nlisten = \"localhost:1\"", "1:1: unknown table [[http]]; write [http]"},
        Refusal{
            "colour = 1",
            "1:1: key colour outside a section; every key belongs to a section: server, http, "
            "tls, operations, identity, network, limits, uploads, gc, manifests, storage, cache, "
            "log"}));

TEST(LoadConfig, ASyntaxErrorNamesItsPlace) {
  EXPECT_THAT(only_problem("[http]\nlisten = \n"), HasSubstr("2:10: this is not TOML: "));
  EXPECT_THAT(only_problem("[http\n"), HasSubstr("1:6: this is not TOML: "));
  EXPECT_THAT(only_problem("[http]\nlisten='a'\nlisten='b'\n"), HasSubstr("3:"));
  EXPECT_THAT(only_problem("x = \"\xff\""), HasSubstr("this is not TOML: "));
}

// toml++ assumes these away instead of refusing them, unless it is told not to.
TEST(LoadConfig, AHeaderWithoutAKeyIsASyntaxError) {
  for (const char* text :
       {"[\nhttp]\n", "[[\nhttp]]\n", "[ # comment\n", "[,]\n", "[http.\nx]\n"}) {
    EXPECT_THAT(only_problem(text), HasSubstr("this is not TOML: ")) << text;
  }
}

TEST(LoadConfig, LettersOutsideQuotesAreASyntaxError) {
  for (const char* text : {"[log]\nlevel = \u00f8\n", "[limkts\u00f8\n", "k\u00e9y = 1\n",
                           "[log]\nlevel =\u0410\u0411\n", "x = 1\u2009\u00e4\n", "\u0130\n"}) {
    EXPECT_THAT(only_problem(text), HasSubstr("this is not TOML: ")) << text;
  }
}

TEST(LoadConfig, DeepNestingIsRefusedNotFollowed) {
  EXPECT_THAT(only_problem("x = " + std::string(100'000, '[')), HasSubstr("this is not TOML"));
}

TEST(LoadConfig, DottedKeysAreTheSameKeys) {
  const auto loaded = load_text("log.level = \"debug\"\n");
  ASSERT_TRUE(loaded) << loaded.error().front();
  EXPECT_EQ(loaded->config.log.level, LogLevel::kDebug);
}

TEST(Environment, AnEmptyVariableIsAnEmptyValue) {
  ConfigSources sources;
  sources.environment = {{"BERTH_OPERATIONS_LISTEN", ""}};
  const auto loaded = load_config(sources);
  ASSERT_TRUE(loaded) << loaded.error().front();
  EXPECT_TRUE(loaded->config.operations.listen.empty());
}

TEST(Environment, UnknownVariablesAreRefusedExceptTheDocumentedOnes) {
  ConfigSources sources;
  sources.environment = {{"BERTH_CONFIG", "x"},
                         {"BERTH_UPDATE_DOCS", "1"},
                         {"BERTHA", "other program"},
                         {"BERTH", "other program"},
                         {"BERTH_PORT", "tcp://10.0.0.1:5000"},
                         {"BERTH_PORT_5000_TCP_ADDR", "10.0.0.1"},
                         {"BERTH_SERVICE_HOST", "10.0.0.1"}};
  EXPECT_TRUE(load_config(sources));
  sources.environment = {{"BERTH_PORT", "5000"}, {"BERTH_LOGLEVEL", "info"}};
  const auto loaded = load_config(sources);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error(),
              ElementsAre(ConfigProblem{"environment variable BERTH_LOGLEVEL",
                                        "unknown variable; did you mean BERTH_LOG_LEVEL?"},
                          ConfigProblem{"environment variable BERTH_PORT",
                                        "unknown variable; they are named BERTH_SECTION_KEY, such "
                                        "as BERTH_HTTP_LISTEN"}));
}

TEST(ConfigKeys, NamesAreUniqueInEveryForm) {
  std::set<std::string> seen;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(seen.insert(key.full_name()).second);
    EXPECT_TRUE(seen.insert(key.variable()).second);
    EXPECT_TRUE(seen.insert(key.flag()).second);
  }
  EXPECT_TRUE(seen.contains("BERTH_MANIFESTS_SPARSE_INDEXES"));
  EXPECT_TRUE(seen.contains("--manifests-sparse-indexes"));
  EXPECT_TRUE(seen.contains("--data"));
}

TEST(ConfigFile, IsReadAndRemembered) {
  const std::string path = ::testing::TempDir() + "berth_config_test.toml";
  std::ofstream(path) << "[log]\nlevel = \"error\"\n";
  const ConfigInput input{path, {{"BERTH_LOG_REQUESTS", "all"}}, {{"gc.grace", "2h"}}};
  const auto loaded = load_config(input);
  ASSERT_TRUE(loaded) << loaded.error().front();
  EXPECT_EQ(loaded->config.log.level, LogLevel::kError);
  EXPECT_EQ(loaded->config.log.requests, LogRequests::kAll);
  ASSERT_NE(loaded->config.loaded_from, nullptr);

  // A reload sees the file as it is then, under the same variables and flags.
  std::ofstream(path) << "[log]\nlevel = \"debug\"\n";
  const auto again = load_config(*loaded->config.loaded_from);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->config.log.level, LogLevel::kDebug);
  EXPECT_EQ(again->config.gc.grace, 2h);
}

TEST(ConfigFile, ThatCannotBeReadIsAProblem) {
  const auto problem = [](const std::string& path) {
    const auto loaded = load_config(ConfigInput{path, {}, {}});
    return loaded ? "loaded" : loaded.error().front().message;
  };
  EXPECT_EQ(problem("/nonexistent/berth.toml"),
            "the file cannot be read: No such file or directory");
  EXPECT_EQ(problem("/"), "the file cannot be read: Is a directory");
  EXPECT_EQ(problem("/dev/zero"), "the file is larger than 1MiB; name a Berth configuration");
}

}  // namespace
}  // namespace berth::server
