// Questions about access, each a POST on a registry (docs/permissions.md): why somebody may or may
// not, who may, and what a switch of the permissions mode would change. Nothing is written.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/ip/address.hpp>

#include <algorithm>

#include "control/time_text.h"
#include "control/types/access_json.h"
#include "control/types/actions.h"
#include "control/types/principal_text.h"
#include "control/types/types.h"
#include "explain/explain.h"
#include "policy/ascii.h"

namespace berth::control {
namespace {

constexpr std::string_view kReadAssignments = "Microsoft.Authorization/roleAssignments/read";
constexpr std::string_view kReadRegistry = "Microsoft.ContainerRegistry/registries/read";
constexpr std::size_t kMaxTextBytes = ResourceId::kMaxLength;

Error invalid(std::string_view member, std::string_view wanted) {
  return bad_request("InvalidRequestContent",
                     fmt::format("The request content is invalid: '{}' {}.", member, wanted),
                     member);
}

// The text of a member; nullopt when it is absent or null.
Result<std::optional<std::string>> text_of(const json::object& given, std::string_view name) {
  const json::value* value = given.if_contains(key(name));
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto* text = value->if_string();
  if (text == nullptr) return fail(invalid(name, "must be a text"));
  if (text->empty() || text->size() > kMaxTextBytes) {
    return fail(invalid(name, fmt::format("must have 1 to {} characters", kMaxTextBytes)));
  }
  return std::string(view(*text));
}

// Of whom the network is asked: the caller, or somebody who comes over TLS from the given address.
Result<policy::Source> read_source(const ActionCall& call) {
  policy::Source source = call.request.source;
  TRY_ASSIGN(const auto from, text_of(call.given, "from"));
  if (from) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(*from, error);
    if (error) {
      return fail(
          invalid("from", fmt::format("must be an IP address, not '{}'", from->substr(0, 64))));
    }
    source = {};
    source.address = address.to_string();
    source.loopback = address.is_loopback();
    source.tls = true;
  }
  for (const auto& [member, part] :
       {std::pair{"privateEndpoint", &policy::Source::private_endpoint},
        std::pair{"subnet", &policy::Source::subnet}}) {
    TRY_ASSIGN(const auto text, text_of(call.given, member));
    if (!text) continue;
    const auto id = ResourceId::parse(*text);
    if (!id) return fail(invalid(member, "must be a resource id"));
    source.*part = id->text();
  }
  return source;
}

Result<TimePoint> read_time(const World& world, const json::object& given) {
  TRY_ASSIGN(const auto at, text_of(given, "at"));
  if (!at) return world.now();
  const auto time = parse_time(*at);
  if (!time) return fail(invalid("at", "must be a time, as in 2030-01-31T12:00:00Z"));
  return *time;
}

// What both questions have in common: all but who is asked about.
Result<explain::Question> read_question(const World& world, const ActionCall& call) {
  explain::Question out;
  TRY_ASSIGN(const auto action, text_of(call.given, "action"));
  if (!action) return fail(invalid("action", "is required"));
  const auto known = explain::action_of(*action);
  if (!known) {
    return fail(bad_request("InvalidRequestContent", known.error().message + ".", "action"));
  }
  out.action = *known;
  TRY_ASSIGN(const auto repository, text_of(call.given, "repository"));
  const bool of_registry =
      out.action == policy::Action::kCatalogRead || out.action == policy::Action::kRegistryRead;
  if (repository.has_value() == of_registry) {
    return fail(invalid("repository", fmt::format("{} for the action '{}'",
                                                  of_registry ? "has no meaning" : "is required",
                                                  explain::word_of(out.action))));
  }
  if (repository) {
    auto name = oci::RepositoryName::parse(*repository);
    if (!name)
      return fail(bad_request("InvalidRequestContent", name.error().message, "repository"));
    out.repository = std::move(*name);
  }
  TRY_ASSIGN(out.source, read_source(call));
  TRY_ASSIGN(out.now, read_time(world, call.given));
  out.registry = policy::lower(call.id.name());
  return out;
}

// The registry that was asked about. That one exists is no secret: its login server answers. Of a
// name that none has, only those learn it who would have the operation there.
Result<const policy::RegistryPolicy*> registry_of(const World& world, const ActionCall& call,
                                                  const policy::Snapshot& snapshot,
                                                  std::string_view operation) {
  const auto* registry = snapshot.registries.find(policy::lower(call.id.name()));
  if (registry != nullptr && registry->resource_id == call.id.key()) return registry;
  TRY(world.gate().allow(call.request.source, call.request.principal, operation, call.id.key()));
  TRY(within_existing(world, call.id, operation));
  return fail(not_found(call.id));
}

}  // namespace

Task<Result<Answer>> explain_access(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given, {"principal", "action", "repository", "from", "privateEndpoint",
                                   "subnet", "at"}));
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
  CO_TRY(only_members(call.given, {"action", "repository", "from", "at"}));
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
  const auto at = std::ranges::find_if(
      names, [&](auto name) { return text && policy::equal_no_case(name, *text); });
  if (at == names.end()) {
    co_return fail(
        invalid("roleAssignmentMode", fmt::format("must be one of: {}", fmt::join(names, ", "))));
  }
  const auto snapshot = world.parts.policy.current();
  CO_TRY_ASSIGN(const auto* registry, registry_of(world, call, *snapshot, kReadAssignments));
  const auto mode = static_cast<policy::PermissionsMode>(at - names.begin());
  const TimePoint now = world.now();
  co_return co_await world.parts.questions.run([&] {
    return json_answer(mode_changes_json(
        world, registry->mode, mode,
        explain::preview_mode(*snapshot, policy::lower(registry->name), mode, now)));
  });
}

}  // namespace berth::control
