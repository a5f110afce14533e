// Questions about access, each a POST on a registry (docs/permissions.md): why somebody may or may
// not, who may, and what a switch of the permissions mode would change. Nothing is written.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/ascii.h"
#include "control/time_text.h"
#include "control/types/access_json.h"
#include "control/types/actions.h"
#include "control/types/principal_text.h"
#include "control/types/questions.h"
#include "control/types/types.h"
#include "explain/explain.h"

namespace berth::control {
namespace {

constexpr std::string_view kReadRegistry = "Microsoft.ContainerRegistry/registries/read";

// Of whom the network is asked: the caller, or somebody who comes over TLS on the given way. A
// private endpoint or a subnet alone is one more thing to know of the caller's own.
Result<policy::Source> read_source(const World& world, const ActionCall& call) {
  TRY_ASSIGN(auto way, read_way(world, call.given, "from"));
  if (!way) return call.request.source;
  const bool own = way->address.empty() && way->listener.empty() && way->destination.empty() &&
                   way->link.empty() && way->client_ca.empty();
  // Nobody comes through a network on the machine's own socket.
  if (!own || call.request.source.own_socket) return std::move(*way);
  policy::Source source = call.request.source;
  source.private_endpoint = std::move(way->private_endpoint);
  source.subnet = std::move(way->subnet);
  return source;
}

Result<TimePoint> read_time(const World& world, const json::object& given) {
  TRY_ASSIGN(const auto at, text_of(given, "at"));
  if (!at) return world.now();
  const auto time = parse_time(*at);
  if (!time) return fail(invalid_member("at", "must be a time, as in 2030-01-31T12:00:00Z"));
  return *time;
}

// What both questions have in common: all but who is asked about.
Result<explain::Question> read_question(const World& world, const ActionCall& call) {
  explain::Question out;
  TRY_ASSIGN(const auto action, text_of(call.given, "action"));
  if (!action) return fail(invalid_member("action", "is required"));
  const auto known = explain::action_of(*action);
  if (!known) {
    return fail(bad_request("InvalidRequestContent", known.error().message + ".", "action"));
  }
  out.action = *known;
  TRY_ASSIGN(const auto repository, text_of(call.given, "repository"));
  const bool of_registry =
      out.action == policy::Action::kCatalogRead || out.action == policy::Action::kRegistryRead;
  if (repository.has_value() == of_registry) {
    return fail(invalid_member(
        "repository",
        fmt::format("{} for the action '{}'", of_registry ? "has no meaning" : "is required",
                    explain::word_of(out.action))));
  }
  if (repository) {
    auto name = oci::RepositoryName::parse(*repository);
    if (!name)
      return fail(bad_request("InvalidRequestContent", name.error().message, "repository"));
    out.repository = std::move(*name);
  }
  TRY_ASSIGN(out.source, read_source(world, call));
  TRY_ASSIGN(out.now, read_time(world, call.given));
  out.registry = lower(call.id.name());
  out.most_ip_rules = world.options.ip_rules;
  out.most_subnet_rules = world.options.virtual_network_rules;
  return out;
}

}  // namespace

Task<Result<Answer>> explain_access(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given,
                      {"principal", "action", "repository", "from", "at", BERTH_WAY_MEMBERS}));
  CO_TRY_ASSIGN(explain::Question question, read_question(world, call));
  CO_TRY_ASSIGN(const auto who, text_of(call.given, "principal"));
  const policy::Principal& caller = call.request.principal;
  const bool other = who && !names_caller(caller, *who);
  if (other) {
    CO_TRY(world.gate().allow(call.request.source, caller, kReadAssignments, call.id.key()));
  }
  const auto snapshot = world.parts.policy.current();
  CO_TRY_ASSIGN(const auto* registry, registry_of(world, call, *snapshot, kReadRegistry));
  question.principal = caller;
  if (other) {
    CO_TRY_ASSIGN(question.principal, read_principal(world, *registry, *who));
  }
  // One's own assignments are no secret; those of groups and of others, at other scopes, may be.
  const auto shows = [&](const policy::ConsideredAssignment& one) {
    return one.principal == caller.id ||
           world.gate().allows(call.request.source, caller, kReadAssignments, one.scope);
  };
  co_return co_await world.parts.questions.run([&] {
    return json_answer(
        explanation_json(world, *registry, question, explain::explain(*snapshot, question, shows)));
  });
}

Task<Result<Answer>> list_access(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given, {"action", "repository", "from", "at", BERTH_WAY_MEMBERS}));
  CO_TRY_ASSIGN(const explain::Question question, read_question(world, call));
  const auto snapshot = world.parts.policy.current();
  CO_TRY(registry_of(world, call, *snapshot, kReadAssignments));
  co_return co_await world.parts.questions.run(
      [&] { return json_answer(holders_json(world, explain::who_can(*snapshot, question))); });
}

Task<Result<Answer>> preview_permissions_mode(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given, {"roleAssignmentMode"}));
  CO_TRY_ASSIGN(const auto text, text_of(call.given, "roleAssignmentMode"));
  const auto& names = policy::kPermissionsModeNames;
  const auto at =
      std::ranges::find_if(names, [&](auto name) { return text && equal_no_case(name, *text); });
  if (at == names.end()) {
    co_return fail(invalid_member("roleAssignmentMode",
                                  fmt::format("must be one of: {}", fmt::join(names, ", "))));
  }
  const auto snapshot = world.parts.policy.current();
  CO_TRY_ASSIGN(const auto* registry, registry_of(world, call, *snapshot, kReadAssignments));
  const auto mode = static_cast<policy::PermissionsMode>(at - names.begin());
  const TimePoint now = world.now();
  co_return co_await world.parts.questions.run([&] {
    return json_answer(
        mode_changes_json(world, registry->mode, mode,
                          explain::preview_mode(*snapshot, lower(registry->name), mode, now)));
  });
}

}  // namespace berth::control
