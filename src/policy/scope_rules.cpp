#include "policy/scope_rules.h"

#include <algorithm>
#include <array>

namespace berth::policy {
namespace {

struct RuleRight {
  std::string_view rule;  // the action of a scope-map rule
  Action right;
};
constexpr std::array kRuleRights = {
    RuleRight{"content/read", Action::kPull},
    RuleRight{"content/write", Action::kPush},
    RuleRight{"content/delete", Action::kDelete},
    RuleRight{"content/delete", Action::kMetadataDelete},
    RuleRight{"metadata/read", Action::kMetadataRead},
    RuleRight{"metadata/read", Action::kCatalogRead},
    RuleRight{"metadata/write", Action::kMetadataWrite},
    RuleRight{"metadata/write", Action::kMetadataDelete},
    RuleRight{"catalog/read", Action::kCatalogRead},  // ours
};

bool gives(const ScopeMapRule& rule, Action action) {
  return std::ranges::any_of(kRuleRights, [&](const RuleRight& row) {
    return row.right == action && row.rule == rule.action;
  });
}

bool rule_allows(const ScopeMapRule& rule, const AccessRequest& request) {
  if (!gives(rule, request.action)) return false;
  // Whatever part of the catalog the rule names, is what is seen of it.
  if (request.action == Action::kCatalogRead) return true;
  return request.repository != nullptr &&
         names_repository(rule.repository, request.repository->text());
}

const ScopeMap* map_of(const RegistryPolicy& registry, const Token* token) {
  return token == nullptr ? nullptr : registry.scope_maps.find(token->scope_map);
}

// In sorted order a pattern stands before all that it holds, because '*' sorts before every
// character of a name.
std::vector<std::string> without_those_within_another(std::vector<std::string> patterns) {
  std::ranges::sort(patterns);
  std::vector<std::string> out;
  std::string above;  // the last pattern with a star, without it
  for (std::string& pattern : patterns) {
    const bool within = !above.empty() && pattern.starts_with(above);
    if (within || (!out.empty() && pattern == out.back())) continue;
    if (pattern.ends_with("/*")) above = pattern.substr(0, pattern.size() - 1);
    out.push_back(std::move(pattern));
  }
  return out;
}

}  // namespace

bool names_repository(std::string_view pattern, std::string_view repository) {
  if (pattern == "*") return true;
  if (!pattern.ends_with("/*")) return pattern == repository;
  return repository.starts_with(pattern.substr(0, pattern.size() - 1));
}

Decision decide_by_scope_map(const RegistryPolicy& registry, const AccessRequest& request,
                             Trace* trace) {
  const Token* token = registry.tokens.find(request.principal.id);
  if (trace != nullptr && token != nullptr) trace->scope_map = token->scope_map;
  bool allowed = false;
  if (const ScopeMap* map = map_of(registry, token)) {
    for (const ScopeMapRule& rule : map->rules) {
      const bool allows = rule_allows(rule, request);
      allowed = allowed || allows;
      if (trace != nullptr) {
        trace->rules.push_back({rule.repository, rule.action, allows});
      } else if (allowed) {
        break;
      }
    }
  }
  if (request.action == Action::kRegistryRead) return {Verdict::kAllow, "token", {}};
  if (allowed) return {Verdict::kAllow, "scope-map", {}};
  return {Verdict::kDenyPermission, "scope-map", "the scope map of this token does not allow it"};
}

CatalogView scope_map_view(const RegistryPolicy& registry, std::string_view token) {
  CatalogView view{.all = false, .patterns = {}};
  const ScopeMap* map = map_of(registry, registry.tokens.find(token));
  if (map == nullptr) return view;
  for (const ScopeMapRule& rule : map->rules) {
    if (!gives(rule, Action::kCatalogRead)) continue;
    if (rule.repository == "*") return {};
    view.patterns.push_back(rule.repository);
  }
  view.patterns = without_those_within_another(std::move(view.patterns));
  return view;
}

}  // namespace berth::policy
