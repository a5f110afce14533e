// Every kind of change: what it is, that it allows once an operator has done it, and in which order
// several stand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/operator_testing.h"
#include "explain/world_testing.h"

namespace berth::explain {
namespace {

using policy::Action;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// What is offered, after each line of it was tried on a world of its own.
std::vector<std::string> offered(const World& world, const Question& question) {
  const Explanation said = explain(world.snapshot, question);
  EXPECT_FALSE(said.decision.allowed());
  EXPECT_LE(said.changes.size(), 5U);
  std::vector<std::string> out;
  for (const Change& change : said.changes) {
    EXPECT_FALSE(change.commands.empty());
    for (const std::string& command : change.commands) {
      policy::Snapshot snapshot = world.snapshot;
      Question again = question;
      paste(command, question.principal.id, snapshot, again);
      EXPECT_TRUE(allowed(snapshot, again)) << command;
    }
    out.push_back(change.what + "\n" + change.commands.front());
  }
  return out;
}

// ---- credentials

TEST(Changes, ADisabledTokenIsEnabled) {
  World world;
  world.token("puller", "_repositories_pull", false);
  EXPECT_THAT(offered(world, ask(as_token("puller"), Action::kPull)),
              ElementsAre("Enable the token 'puller'.\n"
                          "berth token update puller --registry team1 --status enabled"));
}

TEST(Changes, OneChangeDoesNotHelpWhoLacksTwo) {
  World world;
  world.token("puller", "_repositories_pull", false);
  EXPECT_THAT(offered(world, ask(as_token("puller"), Action::kDelete)), IsEmpty());
}

TEST(Changes, WhoseCredentialWasTakenBackSignsInAgain) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole).token("puller", "_repositories_pull");
  world.edit([](policy::RegistryPolicy& registry) { registry.admin_enabled = true; });
  for (policy::Principal who : {as_user("ada"), as_token("puller"), as_admin()}) {
    who.credential = "old";
    EXPECT_THAT(offered(world, ask(who, Action::kPull)),
                ElementsAre(StartsWith("Sign in again, with a credential that is good today.\n"
                                       "berth login team1")));
  }
}

TEST(Changes, ADisabledAccountIsEnabled) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPullRole);
  world.snapshot.principals.set("ada", {false, false, policy::ServiceKind::kNone, {"ada-1"}, {}});
  EXPECT_THAT(offered(world, ask(as_user("ada"), Action::kPull)),
              ElementsAre("Enable the account.\n"
                          "az ad user update --id {principal} --account-enabled true"));
  policy::Principal program = as_user("ada");
  program.kind = policy::PrincipalKind::kServicePrincipal;
  EXPECT_THAT(offered(world, ask(program, Action::kPull)),
              ElementsAre("Enable the account.\n"
                          "az ad sp update --id {principal} --set accountEnabled=true"));
}

TEST(Changes, ADisabledAdminUserIsNoGoodIdea) {
  const World world;
  EXPECT_THAT(offered(world, ask(as_admin(), Action::kPull)),
              ElementsAre(HasSubstr("a role for whoever needs it is better")));
}

// ---- anonymous

TEST(Changes, WhoDidNotSignInDoesSo) {
  World world;
  EXPECT_THAT(offered(world, ask({}, Action::kPush)), IsEmpty());  // nobody may
  EXPECT_THAT(offered(world, ask({}, Action::kPull)),
              ElementsAre(StartsWith("Turn on anonymous pull: then everybody")));
  world.user("ada").assign("ada", policy::kAcrPushRole);
  EXPECT_THAT(offered(world, ask({}, Action::kPush)),
              ElementsAre("Sign in as somebody who may.\nberth login team1"));
  EXPECT_THAT(offered(world, ask({}, Action::kPull)),
              ElementsAre(StartsWith("Sign in as somebody"), StartsWith("Turn on anonymous")));
}

// ---- scope maps

TEST(Changes, ARuleMoreInTheTokensMap) {
  World world;
  world.scope_map("builders", {{"team/*", "content/read"}}).token("ci-one", "builders");
  EXPECT_THAT(
      offered(world, ask(as_token("ci-one"), Action::kPush)),
      ElementsAre("Add 'repositories/team/app/content/write' to the scope map 'builders'.\n"
                  "berth scope-map update builders --registry team1 --add-repository team/app "
                  "content/write"));
}

TEST(Changes, ForAMapThatOthersUseAnOwnOneStandsFirst) {
  World world;
  world.scope_map("builders", {{"team/*", "content/read"}, {"tool", "content/read"}})
      .token("ci-one", "builders")
      .token("ci-two", "builders");
  EXPECT_THAT(
      offered(world, ask(as_token("ci-one"), Action::kPull, "other")),
      ElementsAre("Make a scope map of the token's own, with what 'builders' allows and "
                  "'repositories/other/content/read'.\n"
                  "berth scope-map create ci-one-scope-map --registry team1 --repository 'team/*' "
                  "content/read --repository tool content/read --repository other content/read && "
                  "berth token update ci-one --registry team1 --scope-map ci-one-scope-map",
                  HasSubstr("Other tokens use this scope map, too.")));
}

TEST(Changes, ForASystemsMapAnOwnOneOrAnotherOfThem) {
  World world;
  world.token("ci-one", "_repositories_pull")
      .scope_map("ci-one-scope-map", {{"x", "content/read"}});
  EXPECT_THAT(offered(world, ask(as_token("ci-one"), Action::kMetadataRead)),
              ElementsAre(HasSubstr("berth scope-map create ci-one-scope-map-2 "),
                          StartsWith("Give the token the scope map "
                                     "'_repositories_pull_metadata_read', for all repositories.")));
}

TEST(Changes, AnotherSystemsMapTakesNothingAway) {
  World world;
  world.token("ci-one", "_repositories_push");
  EXPECT_THAT(offered(world, ask(as_token("ci-one"), Action::kMetadataRead)),
              ElementsAre(StartsWith("Make a scope map of the token's own")));
}

TEST(Changes, OfTwoRulesThatUntagTheWeakerStandsFirst) {
  World world;
  world.scope_map("builders", {{"x", "content/read"}}).token("ci-one", "builders");
  EXPECT_THAT(offered(world, ask(as_token("ci-one"), Action::kMetadataDelete)),
              ElementsAre(HasSubstr("metadata/write"), HasSubstr("content/delete")));
}

TEST(Changes, TheCatalogShowsATokenItsNames) {
  World world;
  world.scope_map("builders", {{"team/*", "content/read"}, {"tool", "content/read"}})
      .token("ci-one", "builders");
  EXPECT_THAT(offered(world, ask(as_token("ci-one"), Action::kCatalogRead, "")),
              ElementsAre(HasSubstr("--add-repository 'team/*' catalog/read --add-repository tool "
                                    "catalog/read"),
                          HasSubstr("metadata/read")));
  // az knows no such action.
  const auto said = explain(world.snapshot, ask(as_token("ci-one"), Action::kCatalogRead, ""));
  EXPECT_EQ(said.changes.at(0).commands.size(), 1U);
  EXPECT_EQ(said.changes.at(1).commands.size(), 2U);
}

TEST(Changes, AFullMapTakesNoMore) {
  World world;
  std::vector<policy::ScopeMapRule> rules;
  rules.reserve(500);
  for (int i = 0; i < 500; ++i) rules.push_back({"r" + std::to_string(i), "content/read"});
  world.scope_map("builders", rules).token("ci-one", "builders");
  EXPECT_THAT(offered(world, ask(as_token("ci-one"), Action::kPush)), IsEmpty());
}

// ---- roles

TEST(Changes, ByRepositoryTheNarrowestStandsFirst) {
  World world(kByRepository);
  world.user("ada");
  const auto what = offered(world, ask(as_user("ada"), Action::kPull));
  EXPECT_THAT(what, ElementsAre(HasSubstr("for the repository 'team/app' alone."),
                                HasSubstr("for all repositories below 'team/'."),
                                HasSubstr("for all repositories.")));
  EXPECT_THAT(offered(world, ask(as_user("ada"), Action::kPull, "tool")),
              ElementsAre(HasSubstr("for the repository 'tool' alone."),
                          HasSubstr("for all repositories.")));
}

TEST(Changes, AConditionNamesAllActionsOfItsRole) {
  World world(kByRepository);
  world.user("ada");
  const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
  const auto words = shell_words(said.changes.at(0).commands.at(1));
  const auto at = std::ranges::find(words, "--condition");
  ASSERT_NE(at, words.end());
  const std::string prefix = "Microsoft.ContainerRegistry/registries/repositories/";
  EXPECT_EQ(at[1], "((!(ActionMatches{'" + prefix + "metadata/read'}) AND !(ActionMatches{'" +
                       prefix + "content/read'})) OR (" + kNameAttribute +
                       " StringEqualsIgnoreCase 'team/app'))");
  EXPECT_EQ(at[2], "--condition-version");
  EXPECT_EQ(at[3], "2.0");
  // The same, once assigned, is good for no other repository.
  policy::Snapshot after = world.snapshot;
  Question question = ask(as_user("ada"), Action::kPull);
  paste(said.changes.at(0).commands.at(0), "ada", after, question);
  EXPECT_FALSE(allowed(after, ask(as_user("ada"), Action::kPull, "team/other")));
  EXPECT_FALSE(allowed(after, ask(as_user("ada"), Action::kMetadataRead, "team/other")));
}

TEST(Changes, WhatIsAssignedThereAlreadyIsWidened) {
  World world(kByRepository);
  world.user("ada").assign("ada", policy::kRepositoryReaderRole, kRegistryId,
                           "( " + kNameAttribute + " StringEquals 'a'\n AND @Environment[" +
                               "isPrivateLink] BoolEquals false )");
  const auto what = offered(world, ask(as_user("ada"), Action::kPull));
  EXPECT_THAT(what, ElementsAre(StartsWith("Widen the condition of the role 'Container Registry "
                                           "Repository Reader' on the registry, for the repository "
                                           "'team/app' alone: "),
                                StartsWith("Widen"), StartsWith("Remove the condition")));
  EXPECT_THAT(what.front(), HasSubstr("berth role assignment update"));
  // What it allowed before it still allows.
  policy::Snapshot after = world.snapshot;
  Question question = ask(as_user("ada"), Action::kPull);
  const auto said = explain(world.snapshot, question);
  paste(said.changes.front().commands.front(), "ada", after, question);
  EXPECT_TRUE(allowed(after, ask(as_user("ada"), Action::kPull, "a")));
  EXPECT_FALSE(allowed(after, ask(as_user("ada"), Action::kPull, "b")));
}

TEST(Changes, AWidenedConditionKeepsTheToolsShape) {
  const std::string prefix = "Microsoft.ContainerRegistry/registries/repositories/";
  const std::string head = "(!(ActionMatches{'" + prefix + "content/read'}) AND !(ActionMatches{'" +
                           prefix + "metadata/read'}))";
  const std::string one = kNameAttribute + " StringStartsWithIgnoreCase 'x/'";
  const std::string two = "@Environment[isPrivateLink] BoolEquals false";
  const std::string more = " OR " + kNameAttribute + " StringEqualsIgnoreCase 'team/app'";
  const std::pair<std::string, std::string> rows[] = {
      {"(" + head + " OR (" + one + "))", "(" + head + " OR (" + one + more + "))"},
      {head + " || " + one, "(" + head + " OR (" + one + more + "))"},
      {"(" + head + " OR (" + one + " OR " + one + "))",
       "(" + head + " OR (" + one + " OR " + one + more + "))"},
      {"(" + head + " OR (" + one + " AND " + two + "))",
       "(" + head + " OR ((" + one + " AND " + two + ")" + more + "))"},
      {one + " AND " + two, "((" + one + " AND " + two + ") OR (" + more.substr(4) + "))"}};
  for (const auto& [before, after] : rows) {
    World world(kByRepository);
    world.user("ada").assign("ada", policy::kRepositoryReaderRole, kRegistryId, before);
    const auto said = explain(world.snapshot, ask(as_user("ada"), Action::kPull));
    ASSERT_FALSE(said.changes.empty()) << before;
    EXPECT_EQ(shell_words(said.changes.front().commands.front()).back(), after);
  }
}

TEST(Changes, WhatAGroupHasUnderAConditionAMemberGetsAlone) {
  World world(kByRepository);
  world.group("team").user("ada", {"team"}).user("bob", {"team"});
  world.assign("team", policy::kRepositoryReaderRole, kRegistryId,
               kNameAttribute + " StringEquals 'a'");
  const Question question = ask(as_user("ada"), Action::kPull);
  EXPECT_THAT(offered(world, question).front(), StartsWith("Assign the role"));
  policy::Snapshot after = world.snapshot;
  Question same = question;
  paste(explain(world.snapshot, question).changes.front().commands.front(), "ada", after, same);
  EXPECT_FALSE(allowed(after, ask(as_user("bob"), Action::kPull)));
}

TEST(Changes, AConditionThatIsFullIsNotWidened) {
  World world(kByRepository);
  std::string full = kNameAttribute + " StringEquals 'a'";
  while (full.size() + 120 < conditions::kMaxBytes) {
    full += " OR " + kNameAttribute + " StringEquals 'a'";
  }
  world.user("ada").assign("ada", policy::kRepositoryReaderRole, kRegistryId, full);
  EXPECT_THAT(offered(world, ask(as_user("ada"), Action::kPull)),
              ElementsAre(StartsWith("Remove the condition")));
}

TEST(Changes, WhatIsAssignedElsewhereIsAssignedHere) {
  World world;
  world.custom("bobs", {.id = "",
                        .name = "Bob's role",
                        .description = "",
                        .actions = {"Microsoft.ContainerRegistry/registries/pull/read",
                                    "Microsoft.ContainerRegistry/registries/metadata/read"},
                        .not_actions = {},
                        .data_actions = {},
                        .not_data_actions = {}});
  world.user("ada").assign("ada", "bobs", kElsewhereId);
  EXPECT_THAT(offered(world, ask(as_user("ada"), Action::kPull)),
              ElementsAre(StartsWith("Assign the role 'AcrPull' on the registry"),
                          StartsWith("Assign the role 'Bob's role' on the registry, for all "
                                     "repositories: it is assigned at '" +
                                     kElsewhereId + "' only")));
}

TEST(Changes, LocksByRegistryNeedALargeRole) {
  World world;
  world.user("ada").assign("ada", policy::kAcrPushRole);
  EXPECT_THAT(offered(world, ask(as_user("ada"), Action::kMetadataWrite)),
              ElementsAre(StartsWith("Assign the role 'Contributor'")));
}

TEST(Changes, SomebodyFromOutsideGetsRolesThroughAGroup) {
  World world;
  world.group("builders");
  world.snapshot.issuers.set("ci-system", true);
  policy::Principal outside{policy::PrincipalKind::kExternal, "job", "job", "ci-system", {}, {}};
  EXPECT_THAT(offered(world, ask(outside, Action::kPull)), IsEmpty());
  outside.groups = {"builders"};
  EXPECT_THAT(offered(world, ask(outside, Action::kPull)),
              ElementsAre(HasSubstr("--assignee builders --role AcrPull ")));
}

TEST(Changes, FiveAreEnough) {
  World world(kByRepository);
  world.user("ada");
  for (const auto role : {policy::kRepositoryReaderRole, policy::kRepositoryWriterRole,
                          policy::kRepositoryContributorRole}) {
    world.assign("ada", role, kElsewhereId);
  }
  const auto what = offered(world, ask(as_user("ada"), Action::kPull));
  EXPECT_THAT(what, ElementsAre(HasSubstr("Reader' on the registry, for the repository"),
                                HasSubstr("Writer' on the registry, for the repository"),
                                HasSubstr("Contributor' on the registry, for the repository"),
                                HasSubstr("Reader' on the registry, for all repositories below"),
                                HasSubstr("Reader' on the registry, for all repositories")));
}

}  // namespace
}  // namespace berth::explain
