// Questions by chance, of images and of the control plane. Each class of answer has to come up, so
// callers of every kind do, most of them with a good credential.
#include <fmt/format.h>

#include <algorithm>

#include "pools.h"
#include "random_world.h"

namespace berth::permissions {
namespace {

using policy::Action;
using policy::PrincipalKind;

const std::vector<oci::RepositoryName>& repositories() {
  static const std::vector<oci::RepositoryName> all = [] {
    std::vector<oci::RepositoryName> names;
    names.reserve(pools::kRepositories.size());
    for (const auto text : pools::kRepositories) {
      names.push_back(oci::RepositoryName::parse(text).value());
    }
    return names;
  }();
  return all;
}

policy::Source random_source(Random& random, const World& world) {
  policy::Source source;
  source.tls = random.chance(93);
  source.loopback = !source.tls && random.chance(70);
  if (random.chance(3)) {
    source.own_socket = true;
    source.uid = random.chance(50) ? world.server_uid : 1000;
  }
  if (random.chance(35)) source.private_endpoint = random.pick(pools::kEndpoints);
  if (random.chance(35)) source.subnet = random.pick(pools::kSubnets);
  return source;
}

// Of `registry`, or of another one, or of one that was deleted under the same name.
std::string key_for(Random& random, const World& world, const WorldRegistry& registry) {
  if (random.chance(95)) return registry.key;
  return random.chance(50) ? random.pick(world.registries).key : registry.name + "-0";
}

void be_admin(Random& random, const World& world, const WorldRegistry& registry,
              policy::Principal& principal) {
  principal.kind = PrincipalKind::kAdminUser;
  principal.id = registry.name;
  principal.registry = key_for(random, world, registry);
  principal.credential = fmt::format("{}-admin-{}", registry.name, random.below(8) == 7 ? 2 : 1);
}

void be_token(Random& random, const World& world, const WorldRegistry& registry,
              policy::Principal& principal) {
  principal.kind = PrincipalKind::kToken;
  const auto& token = random.pick(registry.tokens);
  principal.id = random.chance(97) ? token.name : "deleted-token";
  principal.registry = key_for(random, world, registry);
  principal.credential = registry.key + token.name + (random.chance(90) ? "-0" : "-1");
}

void be_external(Random& random, policy::Principal& principal) {
  principal.kind = PrincipalKind::kExternal;
  principal.id = fmt::format("external-{}", random.below(2));
  principal.credential =
      fmt::format("issuer-{}", random.chance(85) ? random.below(2) : 2 + random.below(2));
  for (std::size_t i = 0; i < 7; ++i) {  // of groups that are there, and of two that are not
    if (random.chance(30)) principal.groups.push_back(fmt::format("group-{}", i));
  }
  if (random.chance(5)) principal.groups.emplace_back("user-0");  // no group
}

void be_account(Random& random, const World& world, policy::Principal& principal) {
  constexpr std::array kKinds = {PrincipalKind::kUser, PrincipalKind::kServicePrincipal,
                                 PrincipalKind::kManagedIdentity};
  principal.kind = random.pick(kKinds);
  principal.id = random.pick(world.principals).id;
  if (random.chance(97) && !principal.id.starts_with("user")) principal.id = "user-1";
  if (random.chance(1)) principal.id = "deleted-user";
  principal.credential = principal.id + (random.chance(96) ? "-secret-0" : "-secret-2");
}

policy::Principal random_principal(Random& random, const World& world,
                                   const WorldRegistry& registry) {
  policy::Principal principal;
  const std::size_t kind = random.below(100);
  if (kind < 5) return principal;
  if (kind < 11) {
    principal.kind = PrincipalKind::kOwner;
  } else if (kind < 20) {
    be_admin(random, world, registry, principal);
  } else if (kind < 38) {
    be_token(random, world, registry, principal);
  } else if (kind < 50) {
    be_external(random, principal);
  } else {
    be_account(random, world, principal);
  }
  return principal;
}

void ask_for_images(Random& random, const WorldRegistry& registry, Question& question) {
  question.action = static_cast<Action>(random.below(8));
  question.registry = random.chance(97) ? registry.name : "unknown";
  if (question.action < Action::kCatalogRead) question.repository = random.pick(repositories());
}

void ask_for_maintenance(Random& random, const World& world, Question& question) {
  question.action = Action::kOperate;
  if (random.chance(45)) {
    question.principal = {};
    question.principal.kind = PrincipalKind::kOwner;
    question.source.own_socket = true;
    question.source.uid = random.chance(80) ? world.server_uid : 0;
  }
}

// What is written, or what is there and goes; not always all of it.
conditions::Facts random_facts(Random& random) {
  using conditions::Attribute;
  conditions::Facts facts;
  const std::size_t first =
      static_cast<std::size_t>(random.chance(50) ? Attribute::kGivenRole : Attribute::kStoredRole);
  for (std::size_t i = first; i < first + 3; ++i) {
    if (random.chance(10)) continue;
    const auto text =
        i == first + 2 ? random.pick(pools::kPrincipalTypes) : random.pick(pools::kGuids);
    facts.set(static_cast<Attribute>(i), text);
  }
  return facts;
}

void ask_for_control(Random& random, const World& world, const WorldRegistry& registry,
                     Question& question) {
  question.operation = random.pick(pools::kOperations);
  question.scope = registry.id;
  if (random.chance(25)) question.scope += "/tokens/token-0";
  if (random.chance(15)) question.scope = random.pick(world.parents).second;
  if (random.chance(15)) question.scope = "/subscriptions/s0/resourcegroups/prod";
  if (random.chance(15)) question.scope = "/subscriptions/s1";
  if (random.chance(3)) question.scope = "/";
  if (random.chance(5)) question.scope = pools::kRoleDefinition;
  if (random.chance(5)) question.scope = "/subscriptions/s1" + std::string(pools::kRoleDefinition);
  if (random.chance(30)) {
    std::ranges::transform(question.scope, question.scope.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }
  if (random.chance(60)) question.facts = random_facts(random);
}

}  // namespace

Question random_question(Random& random, const World& world) {
  Question question;
  const WorldRegistry& registry = random.pick(world.registries);
  question.source = random_source(random, world);
  question.principal = random_principal(random, world, registry);
  question.now = from_micros(random.pick(pools::kTimes));
  if (random.chance(25)) {
    ask_for_control(random, world, registry, question);
  } else if (random.chance(5)) {
    ask_for_maintenance(random, world, question);
  } else {
    ask_for_images(random, registry, question);
  }
  return question;
}

policy::Decision ask(const policy::Snapshot& snapshot, const Question& question,
                     policy::Trace* trace) {
  if (question.control()) return policy::decide(snapshot, question.control_request(), trace);
  return policy::decide(snapshot, question.access_request(), trace);
}

std::string to_text(const Question& question) {
  const auto& source = question.source;
  std::string out = fmt::format(
      "{} id '{}' credential '{}' registry '{}', tls {} loopback {} socket {} uid {}, endpoint "
      "'{}' "
      "subnet '{}', at {}: ",
      kind_name(question.principal.kind), question.principal.id, question.principal.credential,
      question.principal.registry, source.tls, source.loopback, source.own_socket,
      source.uid.value_or(0), source.private_endpoint, source.subnet, to_rfc3339(question.now));
  for (const auto& group : question.principal.groups) out += "in " + group + " ";
  if (!question.control()) {
    return out + fmt::format("{} on '{}' repository '{}'", action_name(question.action),
                             question.registry,
                             question.repository ? question.repository->text() : "");
  }
  out += fmt::format("{} at {}", question.operation, question.scope);
  if (!question.facts) return out + ", no facts";
  for (std::size_t i = 0; i < conditions::kAttributeCount; ++i) {
    const auto& value = question.facts->values[i];
    if (value) out += fmt::format(" [{}]={}", i, std::get<std::string_view>(*value));
  }
  return out;
}

}  // namespace berth::permissions
