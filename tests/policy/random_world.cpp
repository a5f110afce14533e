#include "random_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/roles.h"
#include "pools.h"

namespace berth::permissions {
namespace {

using policy::PermissionsMode;

constexpr std::size_t kUsers = 6;
constexpr std::size_t kGroups = 5;
constexpr std::size_t kAssignments = 26;
constexpr std::string_view kManagement = "/providers/microsoft.management/managementgroups/";

std::string numbered(std::string_view word, std::size_t number) {
  return fmt::format("{}-{}", word, number);
}

// A chain of management groups in any order, two subscriptions that hang somewhere in it or not.
void add_scopes(Random& random, World& world) {
  std::vector<std::string> groups;
  for (const auto* name : {"root", "corp", "lab"})
    groups.push_back(std::string(kManagement) + name);
  world.parents.emplace_back(groups[1], groups[0]);
  world.parents.emplace_back(groups[2], groups[random.below(2)]);
  for (std::size_t i = 0; i < 2; ++i) {
    if (random.chance(85)) {
      world.parents.emplace_back("/subscriptions/s" + std::to_string(i), random.pick(groups));
    }
  }
}

std::vector<std::string> ids(std::string_view word, std::size_t count, Random& random,
                             unsigned percent) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    if (random.chance(percent)) out.push_back(numbered(word, i));
  }
  return out;
}

// Groups may hold each other in cycles.
void add_principals(Random& random, World& world) {
  for (std::size_t i = 0; i < kUsers; ++i) {
    const std::string id = numbered("user", i);
    world.principals.push_back({.id = id,
                                .enabled = random.chance(92),
                                .group = false,
                                .credentials = {id + "-secret-0", id + "-secret-1"},
                                .member_of = ids("group", kGroups, random, 22)});
  }
  for (std::size_t i = 0; i < kGroups; ++i) {
    world.principals.push_back({.id = numbered("group", i),
                                .enabled = random.chance(90),
                                .group = true,
                                .credentials = {},
                                .member_of = ids("group", kGroups, random, 18)});
  }
  world.issuers = {{"issuer-0", true}, {"issuer-1", true}, {"issuer-2", false}};
}

std::vector<std::string> patterns(Random& random, std::span<const std::string_view> pool,
                                  std::size_t most) {
  std::vector<std::string> out;
  for (std::size_t left = random.below(most + 1); left > 0; --left) {
    out.emplace_back(random.pick(pool));
  }
  return out;
}

void add_roles(Random& random, World& world) {
  for (std::size_t i = 0; i < 4; ++i) {
    world.custom_roles.push_back({.id = numbered("role", i),
                                  .name = numbered("Role", i),
                                  .description = {},
                                  .actions = patterns(random, pools::kActionPatterns, 3),
                                  .not_actions = patterns(random, pools::kActionPatterns, 1),
                                  .data_actions = patterns(random, pools::kDataPatterns, 3),
                                  .not_data_actions = patterns(random, pools::kDataPatterns, 1)});
  }
}

void add_scope_maps(Random& random, WorldRegistry& registry) {
  for (std::size_t i = 0; i < 3; ++i) {
    WorldScopeMap map{.name = numbered("map", i), .rules = {}};
    for (std::size_t left = random.below(9); left > 0; --left) {
      map.rules.push_back({std::string(random.pick(pools::kRulePatterns)),
                           std::string(random.pick(pools::kRuleActions))});
    }
    registry.scope_maps.push_back(std::move(map));
    const std::string token = numbered("token", i);
    registry.tokens.push_back({.name = token,
                               .enabled = random.chance(90),
                               .scope_map = numbered("map", random.below(4)),  // map-3 is gone
                               .passwords = {registry.key + token + "-0"}});
    if (random.chance(50)) registry.tokens.back().passwords.push_back(registry.key + token + "-1");
  }
}

// "alphabet" begins with "alpha": what holds for the one must not hold for the other.
void add_registries(Random& random, World& world) {
  for (const std::string name : {"alpha", "alphabet", "beta", "gamma"}) {
    WorldRegistry registry{
        .name = name,
        .key = name + "-1",
        .id = fmt::format("/subscriptions/s{}/resourcegroups/{}/providers/"
                          "microsoft.containerregistry/registries/{}",
                          random.below(2), random.chance(50) ? "prod" : "dev", name),
        .mode = random.chance(60) ? PermissionsMode::kRepository : PermissionsMode::kRegistry,
        .anonymous_pull = random.chance(12),
        .admin_enabled = random.chance(80),
        .admin_passwords = {name + "-admin-0", name + "-admin-1"},
        .tokens = {},
        .scope_maps = {}};
    add_scope_maps(random, registry);
    world.registries.push_back(std::move(registry));
  }
}

// Registries most often, since most questions are about them; and one below a registry.
std::string random_scope(Random& random, const World& world) {
  const auto& registry = random.pick(world.registries);
  if (random.chance(45)) return registry.id;
  if (random.chance(5)) return "/";
  if (random.chance(5)) return registry.id + "/tokens/token-0";
  if (random.chance(5)) return std::string(pools::kRoleDefinition);
  if (random.chance(35)) return random.pick(world.parents).second;
  const auto providers = registry.id.find("/providers/");
  if (random.chance(50)) return registry.id.substr(0, providers);
  return registry.id.substr(0, registry.id.find("/resourcegroups/"));
}

std::string random_role(Random& random, const World& world) {
  if (random.chance(3)) return "deleted-role";
  if (random.chance(25)) return random.pick(world.custom_roles).id;
  // The roles that are about images, which the built-in ones begin with, count more.
  const auto& roles = policy::built_in_roles();
  return roles[random.below(random.chance(80) ? 16 : roles.size())].id;
}

std::string random_holder(Random& random) {
  if (random.chance(60)) return numbered("user", random.below(kUsers));
  if (random.chance(85)) return numbered("group", random.below(kGroups));
  return "external-0";
}

}  // namespace

WorldAssignment random_assignment(Random& random, const World& world) {
  WorldAssignment out{.id = numbered("assignment", random.below(1'000'000)),
                      .principal = random_holder(random),
                      .role = random_role(random, world),
                      .scope = random_scope(random, world),
                      .condition = {},
                      .tree = nullptr};
  if (random.chance(45)) {
    out.tree = std::make_shared<const ConditionTree>(random_condition(random));
    out.condition = to_text(*out.tree);
  }
  return out;
}

policy::DenyAssignment random_denial(Random& random, const World& world) {
  policy::DenyAssignment out{.id = numbered("denial", random.below(1'000'000)),
                             .name = "denial",
                             .description = {},
                             .scope = random_scope(random, world),
                             .below_too = random.chance(70),
                             .actions = patterns(random, pools::kActionPatterns, 2),
                             .not_actions = patterns(random, pools::kActionPatterns, 1),
                             .data_actions = patterns(random, pools::kDataPatterns, 2),
                             .not_data_actions = patterns(random, pools::kDataPatterns, 1),
                             .excluded = {}};
  if (random.chance(50)) out.excluded.push_back(random_holder(random));
  return out;
}

World random_world(Random& random) {
  World world;
  add_scopes(random, world);
  add_principals(random, world);
  add_roles(random, world);
  add_registries(random, world);
  for (std::size_t i = 0; i < kAssignments; ++i) {
    world.assignments.push_back(random_assignment(random, world));
  }
  for (std::size_t left = random.below(3); left > 0; --left) {
    world.denials.push_back(random_denial(random, world));
  }
  return world;
}

}  // namespace berth::permissions
