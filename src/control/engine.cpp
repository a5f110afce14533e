#include "control/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "control/sweep.h"
#include "control/types/types.h"

namespace berth::control {
namespace {

// "2022-02-01", "2022-02-01-preview". Which one is not looked at: the newest behaviour is served.
bool is_api_version(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() < kShape.size() || text.size() > 32) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = is_digit(text[i]);
    if (kShape[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  const std::string_view suffix = text.substr(kShape.size());
  return suffix.empty() ||
         (suffix.front() == '-' && suffix.size() > 1 &&
          std::ranges::all_of(suffix.substr(1), [](char c) { return is_alnum(c) || c == '-'; }));
}

Result<void> check_api_version(const std::optional<std::string>& version) {
  if (!version) {
    return fail(bad_request("MissingApiVersionParameter",
                            "The api-version query parameter (?api-version=) is required for all "
                            "requests."));
  }
  if (is_api_version(*version)) return {};
  return fail(bad_request("InvalidApiVersionParameter",
                          fmt::format("The api-version '{}' is invalid; it is a date, as in "
                                      "2022-02-01-preview.",
                                      version->substr(0, 64))));
}

Error unknown_type(const std::string& type) {
  const std::string provider = type.substr(0, type.find('/'));
  return Error(Code::kResourceUnknown,
               fmt::format("The resource type '{}' could not be found in the namespace '{}'.",
                           type.substr(std::min(provider.size() + 1, type.size())), provider))
      .named("InvalidResourceType");
}

Error wrong_method(std::string_view known) {
  return Error(Code::kUnsupported, fmt::format("This path knows {}.", known))
      .with("allow", std::string(known));
}

// The control plane is for accounts of the directory, also where no right is asked for.
Result<void> check_account(const World& world, const Request& request) {
  const policy::Principal& principal = request.principal;
  if (principal.kind == policy::PrincipalKind::kOwner) return {};
  const bool account =
      principal.in_directory() || principal.kind == policy::PrincipalKind::kExternal;
  const auto decision = policy::still_good(*world.parts.policy.current(), principal);
  if (account && decision.allowed()) return {};
  return fail(
      Error(Code::kUnauthorized, "The credential is missing or not good any more; sign in again.")
          .because(account ? std::string(decision.rule) : "not an account"));
}

Task<Result<Answer>> run_action(World& world, const Request& request, const ArmPath& path) {
  const Action* action = find_action(path.rest, request.method);
  if (action == nullptr) co_return fail(wrong_method(action_methods(path.rest)));
  const std::string scope = path.id.tenant() ? "/" : path.id.key();
  if (!action->operation.empty()) {
    CO_TRY(world.gate().allow(request.source, request.principal, action->operation, scope));
  }
  if (path.id.type() == kSubscriptionType && !find_resource(world, kSubscriptions, path.id)) {
    co_return fail(not_found(path.id));
  }
  CO_TRY_ASSIGN(const json::object given, read_object(request.body));
  co_return co_await action->run(world, {request, path.id, given});
}

Task<Result<Answer>> run(World& world, const Request& request, const ResourceType& type,
                         const ResourceId& id) {
  switch (request.method) {
    case Method::kGet:
    case Method::kHead:
      co_return read_resource(world, request, type, id);
    case Method::kPut:
    case Method::kPatch:
      co_return co_await write_resource(world, request, type, id);
    case Method::kDelete:
      co_return co_await remove_resource(world, request, type, id);
    case Method::kPost:
      break;
  }
  co_return fail(wrong_method("GET, HEAD, PUT, PATCH, DELETE"));
}

}  // namespace

struct Engine::State {
  World world;
  State(EngineOptions options, EngineParts parts) : world(std::move(options), parts) {}
};

Engine::Engine(EngineOptions options, EngineParts parts)
    : state_(std::make_unique<State>(std::move(options), parts)) {}

Engine::~Engine() = default;

Task<Result<void>> Engine::load() {
  CO_TRY(co_await load_all(state_->world));
  co_return co_await make_first_resources(state_->world);
}

Task<Result<Answer>> Engine::handle(const Request& request) {
  World& world = state_->world;
  CO_TRY(check_account(world, request));
  CO_TRY(check_api_version(request.api_version));
  CO_TRY_ASSIGN(const ArmPath path, ArmPath::parse(request.path));
  if (!action_methods(path.rest).empty()) co_return co_await run_action(world, request, path);
  const std::string& name = path.rest.empty() ? path.id.type() : path.rest;
  const ResourceType* type = find_type(name);
  if (type == nullptr) co_return fail(unknown_type(name));
  if (path.rest.empty()) co_return co_await run(world, request, *type, path.id);
  if (request.method != Method::kGet) co_return fail(wrong_method("GET"));
  co_return list_resources(world, request, *type, path.id);
}

Task<Result<bool>> Engine::sweep(std::size_t repositories) {
  return sweep_content(state_->world, repositories);
}

std::string Engine::subscription() const {
  const ResourcePtr first = first_subscription(state_->world);
  return first ? std::string(first->id.name()) : std::string();
}

std::string login_server_of(const EngineOptions& options, std::string_view name) {
  const std::string label = lower(name);
  if (options.domain.empty()) return label == "default" ? options.laptop_login_server : "";
  const std::string host = fmt::format("{}.{}", label, lower(options.domain));
  return options.https_port == 443 ? host : fmt::format("{}:{}", host, options.https_port);
}

std::string data_endpoint_of(const EngineOptions& options, std::string_view name) {
  if (options.domain.empty()) return {};
  return login_server_of(options, fmt::format("{}.{}.data", name, options.region));
}

}  // namespace berth::control
