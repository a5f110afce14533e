#include "decision_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <string>

#include "policy/decision.h"
#include "policy/denials.h"
#include "policy/roles.h"

namespace berth::bench {
namespace {

using policy::Action;
using policy::PrincipalKind;

constexpr int kTokens = 50'000;
constexpr int kConditional = 500;  // groups with a conditional role, one member each
constexpr int kUsers = 3'000;      // with three assignments each …
constexpr int kOwners = 500;       // … and one each
constexpr int kCalls = 400'000;
constexpr const char* kRegistry = "contoso";
constexpr const char* kSubscription = "/subscriptions/11111111-2222-4333-8444-555555555555";

std::string guid(int kind, int i) {
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", kind, i);
}
std::string registry_id() {
  return std::string(kSubscription) +
         "/resourcegroups/g/providers/microsoft.containerregistry/registries/" + kRegistry;
}
std::string team(int i) {
  return fmt::format("team-{:03}/app", i);
}

enum Kinds { kReader = 1, kGroup, kUser, kOwner, kToken };

policy::RegistryPolicy registry_with_tokens() {
  policy::RegistryPolicy registry;
  registry.key = registry.name = kRegistry;
  registry.resource_id = registry_id();
  registry.mode = policy::PermissionsMode::kRepository;
  for (int i = 0; i < kTokens; ++i) {
    registry.tokens.set(fmt::format("token-{:05}", i),
                        {true,
                         "readers",
                         {policy::Secret{guid(kToken, i), std::string(32, 'h'), 0}, std::nullopt}});
  }
  registry.scope_maps.set("readers",
                          {{{"tools/*", "content/read"}, {"team-000/*", "content/read"}}});
  return registry;
}

// As the portal writes them.
std::shared_ptr<const conditions::Condition> reads_below(const std::string& prefix) {
  const std::string mcr = "Microsoft.ContainerRegistry/registries/repositories";
  return conditions::Condition::compile("((!(ActionMatches{'" + mcr +
                                        "/content/read'}) AND !(ActionMatches{'" + mcr +
                                        "/metadata/read'})) OR (@Request[" + mcr +
                                        ":name] StringStartsWithIgnoreCase '" + prefix + "'))")
      .value();
}

policy::RoleAssignment assignment(std::string scope, std::string_view role) {
  return {scope + "/providers/microsoft.authorization/roleassignments/x", scope, std::string(role),
          nullptr};
}

void add_person(policy::Snapshot& snapshot, const std::string& id,
                std::vector<std::string> groups) {
  snapshot.principals.set(
      id, {.enabled = true, .group = false, .credentials = {"c"}, .member_of = std::move(groups)});
}

policy::Snapshot directory() {
  policy::Snapshot snapshot;
  policy::add_built_in_roles(snapshot);
  snapshot.denials = policy::platform_denials("tenant");
  snapshot.registries.set(kRegistry, registry_with_tokens());
  for (int i = 0; i < kConditional; ++i) {
    const std::string group = guid(kGroup, i);
    add_person(snapshot, guid(kReader, i), {group});
    snapshot.principals.set(group,
                            {.enabled = true, .group = true, .credentials = {}, .member_of = {}});
    auto conditional = assignment(registry_id(), policy::kRepositoryReaderRole);
    conditional.condition = reads_below(team(i).substr(0, 9));
    snapshot.assignments.set(group, {conditional});
  }
  for (int i = 0; i < kUsers; ++i) {
    add_person(snapshot, guid(kUser, i), {guid(kGroup, i % kConditional)});
    snapshot.assignments.set(guid(kUser, i),
                             {assignment(registry_id(), policy::kAcrPullRole),
                              assignment(kSubscription, policy::kReaderRole),
                              assignment("/subscriptions/other", policy::kRepositoryWriterRole)});
  }
  for (int i = 0; i < kOwners; ++i) {
    add_person(snapshot, guid(kOwner, i), {});
    snapshot.assignments.set(guid(kOwner, i), {assignment(kSubscription, policy::kOwnerRole)});
  }
  return snapshot;
}

policy::Principal person(int kind, int i) {
  return {.kind = PrincipalKind::kUser,
          .id = guid(kind, i),
          .name = {},
          .credential = "c",
          .registry = {},
          .groups = {}};
}

// One question, ready to be asked, and its right answer.
struct Question {
  policy::Principal principal;
  oci::RepositoryName repository;
  bool control = false;
  bool allowed = true;
};

// A conditional reader through a group, a token, an owner in the control plane, a user whose roles
// do not count or are conditional: a quarter each, all others than the time before.
std::vector<Question> mix() {
  std::vector<Question> out;
  std::mt19937 random(4);  // the same every time
  const auto below = [&](int end) {
    return static_cast<int>(random() % static_cast<unsigned>(end));
  };
  const auto named = [](const std::string& name) {
    return oci::RepositoryName::parse(name).value();
  };
  for (int i = 0; i < 4096; ++i) {
    const int reader = below(kConditional), token = below(kTokens), user = below(kUsers);
    out.push_back({person(kReader, reader), named(team(reader))});
    out.push_back({{.kind = PrincipalKind::kToken,
                    .id = fmt::format("token-{:05}", token),
                    .name = {},
                    .credential = guid(kToken, token),
                    .registry = kRegistry,
                    .groups = {}},
                   named("team-000/app")});
    out.push_back({person(kOwner, below(kOwners)), named("x"), true});
    out.push_back({person(kUser, user), named("team-999/app"), false, false});
  }
  return out;
}

bool ask(const policy::Snapshot& snapshot, const policy::Source& source, const Question& question) {
  static const std::string scope = registry_id();
  if (question.control) {
    return policy::decide(snapshot,
                          policy::ControlRequest{source,
                                                 question.principal,
                                                 "Microsoft.ContainerRegistry/registries/write",
                                                 scope,
                                                 {}})
        .allowed();
  }
  return policy::decide(
             snapshot,
             policy::AccessRequest{
                 source, question.principal, Action::kPull, kRegistry, &question.repository, {}})
      .allowed();
}

// Microseconds of each call, sorted. Empty when one of them was wrong.
std::vector<double> times(const policy::Snapshot& snapshot,
                          const std::vector<Question>& questions) {
  policy::Source source;
  source.tls = true;
  std::vector<double> all;
  all.reserve(kCalls);
  bool right = true;
  for (std::size_t i = 0; i < kCalls; ++i) {
    const Question& question = questions[i % questions.size()];
    const auto start = std::chrono::steady_clock::now();
    const bool allowed = ask(snapshot, source, question);
    const auto end = std::chrono::steady_clock::now();
    all.push_back(std::chrono::duration<double, std::micro>(end - start).count());
    right = right && allowed == question.allowed;
  }
  if (!right) return {};
  std::ranges::sort(all);
  return all;
}

}  // namespace

std::vector<Figure> decision_figures() {
  const policy::Snapshot snapshot = directory();
  const std::vector<double> mixed = times(snapshot, mix());
  policy::Principal owner;
  owner.kind = PrincipalKind::kOwner;
  const std::vector<double> free =
      times(snapshot, {{owner, oci::RepositoryName::parse("team-000/app").value()}});
  if (mixed.empty() || free.empty()) return {};
  const double median = mixed[mixed.size() / 2];
  return {{"decision_median", "us", median, 3, false},
          {"decision_p99_9", "us", mixed[mixed.size() * 999 / 1000], 10, false},
          {"decision_allow_all_median", "us", free[free.size() / 2], 3, false},
          {"decision_to_allow_all", "times", median / free[free.size() / 2], 30, false}};
}

}  // namespace berth::bench
