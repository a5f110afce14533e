#include "control/types/access_json.h"

#include <array>
#include <boost/json/array.hpp>

#include "control/types/principal_text.h"
#include "control/types/types.h"
#include "explain/command_line.h"

namespace berth::control {
namespace {

// In the order of policy::Verdict.
constexpr std::array<std::string_view, 4> kVerdicts = {"allow", "denyNetwork", "denyCredential",
                                                       "denyPermission"};
// In the order of Holder::Kind; a principal is called by its type instead, if that is known.
constexpr std::array<std::string_view, 4> kHolders = {"Everybody", "AdminUser", "Token",
                                                      "Principal"};

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}
json::array texts(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}
template <class T, class F>
json::array list(const std::vector<T>& entries, F show) {
  json::array out;
  out.reserve(entries.size());
  for (const T& entry : entries) out.push_back(show(entry));
  return out;
}

json::object named(const World& world, const std::string& object_id) {
  return {{"id", object_id}, {"name", name_of(world, object_id)}};
}

json::object evaluation(const conditions::Trace& trace) {
  return {{"text", trace.text},
          {"truth", key(conditions::truth_name(trace.truth))},
          {"note", trace.note},
          {"parts", list(trace.parts, evaluation)}};
}

// Ids as ARM shows them; the snapshot has them in lower case.
json::object assignment(const World& world, const policy::ConsideredAssignment& one) {
  const ResourcePtr stored = world.table.find(kRoleAssignmentType, one.id);
  const std::string scope =
      stored && !stored->id.parent().tenant() ? stored->id.parent().text() : one.scope;
  json::object out = {{"id", stored ? stored->id.text() : one.id},
                      {"scope", scope},
                      {"principal", named(world, one.principal)},
                      {"role", {{"id", one.role}, {"name", one.role_name}}},
                      {"outcome", key(policy::outcome_name(one.outcome))},
                      {"operation", one.operation},
                      {"condition", text_or_null(one.condition)}};
  // Not looked at when the role does not hold the operation.
  out["evaluation"] = one.evaluation.text.empty() ? json::value() : evaluation(one.evaluation);
  return out;
}
json::array assignments(const World& world, const std::vector<policy::ConsideredAssignment>& all) {
  return list(all, [&](const auto& one) { return assignment(world, one); });
}

std::string with_principal(std::string command, const std::string& quoted) {
  std::size_t at = 0;
  while ((at = command.find(explain::kPrincipalPlace, at)) != std::string::npos) {
    command.replace(at, explain::kPrincipalPlace.size(), quoted);
    at += quoted.size();
  }
  return command;
}

json::array changes(const World& world, const std::vector<explain::Change>& all,
                    const std::string& principal) {
  const std::string az = explain::shell_word(name_in_commands(world, principal, Tool::kAz));
  const std::string berth = explain::shell_word(name_in_commands(world, principal, Tool::kBerth));
  return list(all, [&](const explain::Change& change) {
    return json::object{{"what", change.what},
                        {"commands", list(change.commands, [&](const std::string& command) {
                           const bool own = command.starts_with("berth sp ");
                           return json::value(with_principal(command, own ? berth : az));
                         })}};
  });
}

json::object network(const policy::ConsideredNetwork& seen) {
  json::object out;
  for (const auto& [member, text] :
       {std::pair{"address", &seen.address}, std::pair{"proxy", &seen.proxy},
        std::pair{"listener", &seen.listener}, std::pair{"destination", &seen.destination},
        std::pair{"link", &seen.link}, std::pair{"clientCa", &seen.client_ca},
        std::pair{"privateEndpoint", &seen.private_endpoint},
        std::pair{"endpointState", &seen.endpoint_state}, std::pair{"subnet", &seen.subnet},
        std::pair{"ipRule", &seen.ip_rule}}) {
    out[member] = text_or_null(*text);
  }
  out["ingress"] = texts(seen.ingress);
  out["only"] = texts(seen.only);
  return out;
}

json::value scope_map(const policy::Trace& trace) {
  if (trace.scope_map.empty()) return nullptr;
  return json::object{{"name", trace.scope_map},
                      {"rules", list(trace.rules, [](const policy::ConsideredRule& rule) {
                         return json::object{{"repository", rule.repository},
                                             {"action", rule.action},
                                             {"allows", rule.allows}};
                       })}};
}

json::object shown(const World& world, const policy::Principal& principal) {
  // A service principal signs in with a client id, which nobody remembers.
  return {{"id", principal.id},
          {"name", principal.in_directory() ? name_of(world, principal.id) : principal.name},
          {"kind", key(policy::kind_name(principal.kind))}};
}

std::string holder_kind(const World& world, const explain::Holder& holder) {
  std::string type;
  const bool principal = holder.kind == explain::Holder::Kind::kPrincipal;
  if (principal && world.options.principal_type) type = world.options.principal_type(holder.id);
  if (!type.empty()) return type;
  if (holder.group) return "Group";
  return std::string(kHolders[static_cast<std::size_t>(holder.kind)]);
}

}  // namespace

json::object explanation_json(const World& world, const policy::RegistryPolicy& registry,
                              const explain::Question& question,
                              const explain::Explanation& explanation) {
  const auto& [decision, trace, proposed] = explanation;
  json::object out = {{"allowed", decision.allowed()},
                      {"verdict", key(kVerdicts[static_cast<std::size_t>(decision.verdict)])},
                      {"rule", key(decision.rule)},
                      {"reason", key(decision.reason)},
                      {"principal", shown(world, question.principal)},
                      {"registry", registry.name},
                      {"mode", key(policy::mode_name(registry.mode))},
                      {"action", key(explain::word_of(question.action))}};
  out["repository"] = text_or_null(question.repository ? question.repository->text() : "");
  out["network"] = network(trace.network);
  out["operations"] = texts(trace.operations);
  out["steps"] = list(trace.steps, [](const policy::Step& step) {
    return json::object{{"rule", step.rule}, {"passed", step.passed}, {"reason", step.reason}};
  });
  out["groups"] = list(trace.groups, [&](const auto& id) { return named(world, id); });
  out["assignments"] = assignments(world, trace.assignments);
  out["denials"] = list(trace.denials, [](const policy::ConsideredDenial& one) {
    return json::object{
        {"id", one.id}, {"name", one.name}, {"scope", one.scope}, {"operation", one.operation}};
  });
  out["scopeMap"] = scope_map(trace);
  out["changes"] = changes(world, proposed, question.principal.id);
  return out;
}

json::object holders_json(const World& world, const explain::Everybody& everybody) {
  const auto show = [&](const explain::Holder& holder) {
    const bool principal = holder.kind == explain::Holder::Kind::kPrincipal;
    return json::object{{"kind", holder_kind(world, holder)},
                        {"id", holder.id},
                        {"name", principal ? name_of(world, holder.id) : holder.id},
                        {"group", holder.group},
                        {"rule", holder.rule},
                        {"scopeMap", text_or_null(holder.scope_map)},
                        {"assignments", assignments(world, holder.through)}};
  };
  return {{"value", list(everybody.holders, show)}, {"truncated", everybody.truncated}};
}

json::object mode_changes_json(const World& world, policy::PermissionsMode from,
                               policy::PermissionsMode to, const explain::ModePreview& preview) {
  const auto show = [&](const explain::ModeChange& change) {
    return json::object{{"principal", named(world, change.principal)},
                        {"group", change.group},
                        {"action", key(explain::word_of(change.action))},
                        {"effect", change.gains ? "gains" : "loses"},
                        {"assignments", assignments(world, change.through)},
                        {"changes", changes(world, change.cures, change.principal)}};
  };
  return {{"from", key(policy::mode_name(from))},
          {"to", key(policy::mode_name(to))},
          {"value", list(preview.changes, show)},
          {"truncated", preview.truncated}};
}

}  // namespace berth::control
