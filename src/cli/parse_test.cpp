#include "cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Arguments = std::vector<std::string>;

Invocation good(const Arguments& arguments) {
  const auto call = parse(root_command(), arguments);
  EXPECT_TRUE(call) << call.error();
  return call.value_or(Invocation{});
}

std::string bad(const Arguments& arguments) {
  const auto call = parse(root_command(), arguments);
  return call ? "understood" : call.error();
}

TEST(Parse, NothingIsTheRoot) {
  const Invocation call = good({});
  EXPECT_EQ(call.command, &root_command());
  EXPECT_EQ(call.path, "berth");
  EXPECT_THAT(call.values, IsEmpty());
}

TEST(Parse, FindsTheInnermostCommand) {
  const Invocation call = good({"config", "show", "--effective", "--output", "json"});
  EXPECT_EQ(call.path, "berth config show");
  EXPECT_EQ(call.command->name, "show");
  EXPECT_TRUE(call.has("--effective"));
  EXPECT_TRUE(call.json());
}

TEST(Parse, OutputMayStandBeforeTheVerb) {
  EXPECT_TRUE(good({"--output", "json", "version"}).json());
  EXPECT_FALSE(good({"--output", "human", "version"}).json());
}

TEST(Parse, ValuesInBothSpellings) {
  EXPECT_THAT(good({"serve", "--data", "/srv", "--listen=localhost:1"}).values,
              ElementsAre(Pair("--data", "/srv"), Pair("--listen", "localhost:1")));
  EXPECT_THAT(good({"serve", "--config=a=b"}).values, ElementsAre(Pair("--config", "a=b")));
}

TEST(Parse, AShortFlagHasItsLongNameToo) {
  EXPECT_THAT(good({"serve", "--http-listen", "localhost:1", "--server-data=x"}).values,
              ElementsAre(Pair("--data", "x"), Pair("--listen", "localhost:1")));
}

TEST(Parse, AnEmptyValueIsAValue) {
  for (const Arguments& arguments : {Arguments{"serve", "--operations=", "--data", "x"},
                                     Arguments{"serve", "--operations", "", "--data", "x"}}) {
    EXPECT_THAT(good(arguments).values, ElementsAre(Pair("--data", "x"), Pair("--operations", "")));
  }
}

TEST(Parse, AValueMayLookLikeAFlag) {
  EXPECT_THAT(good({"serve", "--limits-blob-bytes", "-5"}).values,
              ElementsAre(Pair("--limits-blob-bytes", "-5")));
}

TEST(Parse, TheLastOfARepeatedFlagWins) {
  EXPECT_THAT(good({"gc", "--grace", "1h", "--grace", "2h"}).values,
              ElementsAre(Pair("--grace", "2h")));
}

TEST(Parse, Words) {
  EXPECT_THAT(good({"completion", "zsh"}).words, ElementsAre("zsh"));
  EXPECT_THAT(good({"help", "config", "show"}).words, ElementsAre("config", "show"));
}

TEST(Parse, HelpAnywhere) {
  for (const Arguments& arguments :
       {Arguments{"gc", "--help"}, Arguments{"gc", "-h"}, Arguments{"gc", "--dry-run", "-h"}}) {
    const Invocation call = good(arguments);
    EXPECT_TRUE(call.has("--help"));
    EXPECT_EQ(call.path, "berth gc");
  }
  // Where something is missing, help is what one needs.
  EXPECT_EQ(good({"config", "--help"}).path, "berth config");
  EXPECT_EQ(good({"completion", "--help"}).path, "berth completion");
  EXPECT_TRUE(good({"gc", "--output", "xml", "--help"}).has("--help"));
}

TEST(Parse, AMisspeltVerbNamesTheNearest) {
  EXPECT_EQ(bad({"srve"}), "berth: there is no 'srve'; did you mean 'serve'?");
  EXPECT_EQ(bad({"srve", "--help"}), "berth: there is no 'srve'; did you mean 'serve'?");
  EXPECT_EQ(bad({"config", "chekc"}), "berth config: there is no 'chekc'; did you mean 'check'?");
  EXPECT_EQ(bad({"frobnicate"}), "berth: there is no 'frobnicate'; see berth --help");
  EXPECT_EQ(bad({"config", "frobnicate"}),
            "berth config: there is no 'frobnicate'; there are check, show");
}

TEST(Parse, AMisspeltFlagNamesTheNearest) {
  EXPECT_EQ(bad({"serve", "--htpp-listen", "x"}),
            "berth serve: there is no flag --htpp-listen; did you mean --http-listen?");
  EXPECT_EQ(bad({"serve", "--lisen", "x"}),
            "berth serve: there is no flag --lisen; did you mean --listen?");
  EXPECT_EQ(bad({"gc", "--dryrun"}),
            "berth gc: there is no flag --dryrun; did you mean --dry-run?");
  EXPECT_EQ(bad({"gc", "--hepl"}), "berth gc: there is no flag --hepl; did you mean --help?");
  EXPECT_EQ(bad({"gc", "--frobnicate=1"}),
            "berth gc: there is no flag --frobnicate; see berth gc --help");
  EXPECT_EQ(bad({"gc", "-n"}), "berth gc: there is no flag -n; see berth gc --help");
  EXPECT_EQ(bad({"--verison"}), "berth: there is no flag --verison; did you mean --version?");
}

TEST(Parse, AFlagOfAnotherVerbIsNoFlag) {
  EXPECT_EQ(bad({"verify", "--dry-run"}),
            "berth verify: there is no flag --dry-run; see berth verify --help");
}

TEST(Parse, WordsThatNobodyTakes) {
  EXPECT_EQ(bad({"gc", "now"}), "berth gc takes no argument 'now'; see berth gc --help");
  EXPECT_EQ(bad({"serve", "gc"}), "berth serve takes no argument 'gc'; see berth serve --help");
  EXPECT_EQ(bad({"gc", "--dry-run=yes"}), "berth gc takes no argument 'yes'; see berth gc --help");
  EXPECT_EQ(bad({"completion", "bsh"}),
            "berth completion: there is no 'bsh'; did you mean 'bash'?");
  EXPECT_EQ(bad({"completion", "bash", "zsh"}),
            "berth completion takes no argument 'zsh'; see berth completion --help");
}

TEST(Parse, SomethingIsMissing) {
  EXPECT_EQ(bad({"config"}), "berth config needs one of check, show; see berth config --help");
  EXPECT_EQ(bad({"completion"}), "berth completion needs one of bash, zsh, fish");
  EXPECT_EQ(bad({"gc", "--grace"}), "berth gc: --grace needs a value, TIME");
  EXPECT_EQ(bad({"serve", "--config"}), "berth serve: --config needs a value, FILE");
  EXPECT_EQ(bad({"gc", "--grace", "--dry-run"}), "berth gc: --grace needs a value, TIME");
}

TEST(Parse, GroupsNest) {
  const Invocation call = good({"token", "credential", "generate", "ci", "-r", "team1"});
  EXPECT_EQ(call.path, "berth token credential generate");
  EXPECT_THAT(call.words, ElementsAre("ci"));
  EXPECT_EQ(call.value("--registry"), "team1");
  EXPECT_EQ(bad({"token", "credential"}),
            "berth token credential needs one of generate; see berth token credential --help");
}

TEST(Parse, LettersAndTheNameAsAFlag) {
  const Invocation call = good({"registry", "show", "-n", "team1", "-g", "rg", "-o", "tsv"});
  EXPECT_THAT(call.words, ElementsAre("team1"));
  EXPECT_EQ(call.value("--resource-group"), "rg");
  EXPECT_EQ(call.value("--output"), "tsv");
  EXPECT_EQ(bad({"registry", "show", "-n", "a", "b"}),
            "berth registry show takes no argument 'b'; see berth registry show --help");
}

TEST(Parse, ARepeatedFlagKeepsEachUse) {
  const Invocation call =
      good({"token", "create", "ci", "-r", "team1", "--repository", "app", "content/read",
            "content/write", "--status", "enabled", "--repository", "tools", "content/read"});
  EXPECT_THAT(call.lists.at("--repository"),
              ElementsAre(ElementsAre("app", "content/read", "content/write"),
                          ElementsAre("tools", "content/read")));
  EXPECT_THAT(call.words, ElementsAre("ci"));
}

TEST(Parse, WhatIsRequired) {
  EXPECT_EQ(bad({"registry", "create"}),
            "berth registry create needs NAME; for example: berth registry create team1");
  EXPECT_EQ(
      bad({"group", "add", "developers"}),
      "berth group add needs GROUP MEMBER…; for example: berth group add developers alice bob");
  EXPECT_EQ(
      bad({"token", "list"}),
      "berth token list needs --registry REGISTRY; for example: berth token list --registry team1");
  EXPECT_EQ(bad({"scope-map", "create", "m", "-r", "team1"}),
            "berth scope-map create needs --repository REPO ACTION…; for example: berth scope-map "
            "create readers --registry team1 --repository app content/read metadata/read");
  EXPECT_EQ(bad({"token", "create", "ci", "--repository"}),
            "berth token create: --repository needs a value, REPO ACTION…");
}

TEST(Parse, EverythingThatIsMissingIsNamed) {
  EXPECT_EQ(bad({"role", "assignment", "create"}),
            "berth role assignment create needs --role ROLE and --assignee WHO; for example: berth "
            "role assignment create --assignee alice --role AcrPull --registry team1");
  EXPECT_EQ(bad({"registry", "permissions-mode", "set"}),
            "berth registry permissions-mode set needs NAME and --mode MODE; for example: berth "
            "registry permissions-mode set team1 --mode rbac-abac");
}

TEST(Parse, ARequiredFlagMayBeGivenAsTheWord) {
  EXPECT_THAT(good({"role", "assignment", "delete", "AcrPull", "--assignee", "a"}).words,
              ElementsAre("AcrPull"));
}

TEST(Parse, RenamedVerbsAreStillUnderstood) {
  const Invocation call = good({"role", "assign", "AcrPull", "--assignee", "a"});
  EXPECT_EQ(call.path, "berth role assignment create");
  EXPECT_THAT(call.words, ElementsAre("AcrPull"));
  EXPECT_EQ(good({"role", "list"}).path, "berth role assignment list");
  EXPECT_EQ(good({"role", "remove", "R", "--assignee", "a"}).path, "berth role assignment delete");
}

TEST(Parse, ChoicesInAnyCase) {
  const Invocation call =
      good({"registry", "update", "x", "--sku", "PREMIUM", "--admin-enabled", "True"});
  EXPECT_EQ(call.value("--sku"), "Premium");
  EXPECT_EQ(call.value("--admin-enabled"), "true");
}

TEST(Parse, AFlagBeforeItsCommandIsToldWhereItBelongs) {
  EXPECT_EQ(bad({"--data", "x", "gc"}),
            "berth: --data comes after the command: berth gc --data PATH");
  EXPECT_EQ(bad({"--dry-run", "gc"}),
            "berth: --dry-run comes after the command: berth gc --dry-run");
  EXPECT_EQ(bad({"registry", "--output=json", "list"}),
            "berth: --output comes after the command: berth registry list --output FORMAT");
  EXPECT_EQ(bad({"-r", "team1", "token", "list"}),
            "berth: -r comes after the command: berth token list -r REGISTRY");
  // Of no command: then it is simply unknown.
  EXPECT_EQ(bad({"--frobnicate", "gc"}),
            "berth gc: there is no flag --frobnicate; see berth gc --help");
}

TEST(Parse, AValueOutsideItsChoices) {
  EXPECT_EQ(bad({"gc", "--output", "xml"}),
            "berth gc: --output is 'xml'; it must be one of human, json");
  // Not judged here: the configuration reports all of its problems together.
  EXPECT_EQ(bad({"serve", "--log-level", "loud"}), "understood");
}

}  // namespace
}  // namespace berth::cli
