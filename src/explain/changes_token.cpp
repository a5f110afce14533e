// Changes for a scope-map token (acr-access-model C6): a rule more in its map, a map of its own, or
// another of the system's maps.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "explain/changes.h"
#include "explain/command_line.h"

namespace berth::explain {
namespace {

using policy::ScopeMap;
using policy::ScopeMapRule;

// Least power first. Which of them the action needs, the decision says.
constexpr std::array<std::string_view, 6> kRuleActions = {"catalog/read",  "metadata/read",
                                                          "content/read",  "metadata/write",
                                                          "content/write", "content/delete"};
constexpr std::size_t kMaxRules = 500;      // of one map (C6)
constexpr std::size_t kMaxNameLength = 50;  // of a map
constexpr std::string_view kSystemMaps = "_repositories_";

struct Of {
  const Refusal& refusal;
  std::string name;  // of the token
  policy::Token token;
  std::string map_name;
  const ScopeMap& map;
};

bool is_system(std::string_view map) {
  return map.starts_with(kSystemMaps);
}

// The repositories that a new rule has to name: the one, or for the catalog all that the map knows.
std::vector<std::string> patterns(const Of& of) {
  if (of.refusal.question.repository) return {of.refusal.question.repository->text()};
  std::set<std::string> names;
  for (const ScopeMapRule& rule : of.map.rules) names.insert(rule.repository);
  if (names.empty() || names.contains("*")) return {"*"};
  return {names.begin(), names.end()};
}

std::vector<ScopeMapRule> missing(const Of& of, std::string_view action) {
  std::vector<ScopeMapRule> out;
  for (std::string& pattern : patterns(of)) {
    ScopeMapRule rule{std::move(pattern), std::string(action)};
    if (std::ranges::find(of.map.rules, rule) == of.map.rules.end()) out.push_back(std::move(rule));
  }
  return out;
}

// One flag for each repository, with its actions behind it.
std::string flags(std::string_view flag, const std::vector<ScopeMapRule>& rules) {
  std::string out;
  std::set<std::string_view> done;
  for (const ScopeMapRule& first : rules) {
    if (!done.insert(first.repository).second) continue;
    out += fmt::format(" {} {}", flag, shell_word(first.repository));
    for (const ScopeMapRule& rule : rules) {
      if (rule.repository == first.repository) out += " " + shell_word(rule.action);
    }
  }
  return out;
}

// az knows the actions of Azure only.
bool known_to_az(const std::vector<ScopeMapRule>& rules) {
  return std::ranges::none_of(rules,
                              [](const auto& rule) { return rule.action == "catalog/read"; });
}

std::string described(const std::vector<ScopeMapRule>& added) {
  const std::size_t more = added.size() - 1;
  return fmt::format("'repositories/{}/{}'{}", added.front().repository, added.front().action,
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

bool shared(const Of& of) {
  std::size_t users = 0;
  of.refusal.registry.tokens.for_each([&](const std::string&, const policy::Token& token) {
    if (token.scope_map == of.map_name) ++users;
  });
  return users > 1;
}

void propose_rule(const Of& of, const std::vector<ScopeMapRule>& added, int weight,
                  Proposals& out) {
  policy::RegistryPolicy registry = of.refusal.registry;
  ScopeMap map = of.map;
  map.rules.insert(map.rules.end(), added.begin(), added.end());
  registry.scope_maps.set(of.map_name, std::move(map));
  const std::string name = shell_word(of.map_name);
  const std::string words = fmt::format("--registry {}{}", shell_word(of.refusal.question.registry),
                                        flags("--add-repository", added));
  Change change{fmt::format("Add {} to the scope map '{}'.", described(added), of.map_name),
                {fmt::format("berth scope-map update {} {}", name, words)}};
  if (known_to_az(added)) {
    change.commands.push_back(fmt::format("az acr scope-map update --name {} {}", name, words));
  }
  const bool others = shared(of);
  if (others) change.what += " Other tokens use this scope map, too.";
  out.push_back({with_registry(of.refusal, std::move(registry)), of.refusal.question.principal,
                 std::move(change), others ? Reach::kOthers : Reach::kRepository, weight});
}

std::string free_name(const Of& of) {
  constexpr std::string_view kTail = "-scope-map";
  for (int i = 1;; ++i) {
    const std::string tail = i == 1 ? std::string(kTail) : fmt::format("{}-{}", kTail, i);
    std::string name = of.name.substr(0, kMaxNameLength - tail.size()) + tail;
    if (of.refusal.registry.scope_maps.find(name) == nullptr) return name;
  }
}

void propose_own_map(const Of& of, const std::vector<ScopeMapRule>& added, int weight,
                     Proposals& out) {
  policy::RegistryPolicy registry = of.refusal.registry;
  ScopeMap map = of.map;
  map.rules.insert(map.rules.end(), added.begin(), added.end());
  const std::string own = free_name(of);
  const std::string name = shell_word(own);
  const std::string place = "--registry " + shell_word(of.refusal.question.registry);
  const std::string rules = flags("--repository", map.rules);
  Change change{fmt::format("Make a scope map of the token's own, with what '{}' allows and {}.",
                            of.map_name, described(added)),
                {fmt::format("berth scope-map create {0} {1}{2} && berth token update {3} {1} "
                             "--scope-map {0}",
                             name, place, rules, shell_word(of.name))}};
  if (known_to_az(map.rules)) {
    change.commands.push_back(
        fmt::format("az acr scope-map create --name {0} {1}{2} && az acr token update --name {3} "
                    "{1} --scope-map {0}",
                    name, place, rules, shell_word(of.name)));
  }
  policy::Token token = of.token;
  token.scope_map = own;
  registry.scope_maps.set(own, std::move(map));
  registry.tokens.set(of.name, std::move(token));
  out.push_back({with_registry(of.refusal, std::move(registry)), of.refusal.question.principal,
                 std::move(change), Reach::kRepository, weight});
}

void propose_system_map(const Of& of, const std::string& map, const ScopeMap& rules,
                        Proposals& out) {
  policy::RegistryPolicy registry = of.refusal.registry;
  policy::Token token = of.token;
  token.scope_map = map;
  registry.tokens.set(of.name, std::move(token));
  const std::string words = fmt::format("--registry {} --scope-map {}",
                                        shell_word(of.refusal.question.registry), shell_word(map));
  out.push_back({with_registry(of.refusal, std::move(registry)),
                 of.refusal.question.principal,
                 {fmt::format("Give the token the scope map '{}', for all repositories.", map),
                  {fmt::format("berth token update {} {}", shell_word(of.name), words),
                   fmt::format("az acr token update --name {} {}", shell_word(of.name), words)}},
                 Reach::kRegistry,
                 static_cast<int>(rules.rules.size())});
}

// Nothing is taken from the token.
bool holds_all(const ScopeMap& map, const ScopeMap& old) {
  return std::ranges::all_of(old.rules, [&](const ScopeMapRule& rule) {
    return std::ranges::find(map.rules, rule) != map.rules.end();
  });
}

// Of the system's map, which nobody can change, or one that others use: a copy.
void propose_for(const Of& of, int weight, std::string_view action, Proposals& out) {
  const auto added = missing(of, action);
  if (added.empty() || of.map.rules.size() + added.size() > kMaxRules) return;
  const bool fixed = is_system(of.map_name);
  if (!fixed) propose_rule(of, added, weight, out);
  if (fixed || out.back().reach == Reach::kOthers) propose_own_map(of, added, weight, out);
}

}  // namespace

void propose_rules(const Refusal& refusal, Proposals& out) {
  const policy::Principal& principal = refusal.question.principal;
  if (principal.kind != policy::PrincipalKind::kToken) return;
  const policy::Token* token = refusal.registry.tokens.find(principal.id);
  if (token == nullptr) return;
  const ScopeMap* map = refusal.registry.scope_maps.find(token->scope_map);
  if (map == nullptr) return;
  const Of of{refusal, principal.id, *token, token->scope_map, *map};
  int weight = 0;
  for (const auto action : kRuleActions) propose_for(of, ++weight, action, out);
  if (!is_system(of.map_name)) return;
  std::map<std::string, const ScopeMap*> others;  // in the order of their names
  refusal.registry.scope_maps.for_each([&](const std::string& name, const ScopeMap& other) {
    if (is_system(name) && holds_all(other, of.map)) others[name] = &other;
  });
  for (const auto& [name, other] : others) propose_system_map(of, name, *other, out);
}

}  // namespace berth::explain
