#include "server/people.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace berth::server {
namespace {

struct TypeName {
  std::string operator()(const identity::User&) const { return "User"; }
  std::string operator()(const identity::Group&) const { return "Group"; }
  std::string operator()(const identity::ServicePrincipal&) const { return "ServicePrincipal"; }
  // What Azure calls the principal of a managed identity.
  std::string operator()(const identity::ManagedIdentity&) const { return "ServicePrincipal"; }
  std::string operator()(const identity::Application&) const { return {}; }
};

// As those that sign in are: login.cpp, managed_identity.cpp of identity/.
struct PrincipalOf {
  const identity::State& state;

  static policy::Principal made(policy::PrincipalKind kind, std::string id, std::string name) {
    policy::Principal out;
    out.kind = kind;
    out.id = std::move(id);
    out.name = std::move(name);
    return out;
  }
  Result<policy::Principal> operator()(const identity::User& user) const {
    return made(policy::PrincipalKind::kUser, user.id, user.principal_name);
  }
  Result<policy::Principal> operator()(const identity::ServicePrincipal& sp) const {
    return made(policy::PrincipalKind::kServicePrincipal, sp.id, sp.app_id);
  }
  Result<policy::Principal> operator()(const identity::ManagedIdentity& identity) const {
    return made(policy::PrincipalKind::kManagedIdentity, identity.id, identity.client_id);
  }
  Result<policy::Principal> operator()(const identity::Application& application) const {
    if (const auto* sp = state.principal_by_app_id(application.app_id)) return (*this)(*sp);
    return fail(Code::kInvalidRequest,
                fmt::format("The application '{}' has no service principal, and cannot sign in.",
                            application.display_name));
  }
  Result<policy::Principal> operator()(const identity::Group& group) const {
    return fail(Code::kInvalidRequest,
                fmt::format("'{}' is a group, and groups do not sign in; ask about one of its "
                            "members.",
                            group.display_name));
  }
};

Result<policy::Principal> by_display_name(const identity::State& state, const std::string& text) {
  const PrincipalOf principal_of{state};
  std::vector<policy::Principal> found;
  const auto look = [&](const auto& all) {
    for (const auto* one : all) {
      if (one->display_name == text) found.push_back(*principal_of(*one));
    }
  };
  look(state.all<identity::ServicePrincipal>());
  look(state.all<identity::ManagedIdentity>());
  if (found.size() == 1) return std::move(found.front());
  if (found.size() > 1) {
    return fail(Code::kInvalidRequest,
                fmt::format("{} principals are called '{}'; name one by its object id, such as {}.",
                            found.size(), text.substr(0, 64), found.front().id));
  }
  if (const auto* group = state.group_by_id_or_name(text)) return principal_of(*group);
  return fail(Code::kInvalidRequest,
              fmt::format("There is no principal '{}'. Name one by object id, user principal name, "
                          "client id or display name.",
                          text.substr(0, 64)));
}

Result<policy::Principal> look_up(const identity::State& state, const std::string& text) {
  const PrincipalOf principal_of{state};
  const std::string id = lower(text);
  if (const auto* object = state.object(id)) return std::visit(principal_of, *object);
  if (const auto* user = state.user_by_name(id)) return principal_of(*user);
  if (const auto* sp = state.principal_by_app_id(id)) return principal_of(*sp);
  if (const auto* identity = state.identity_by_client_id(id)) return principal_of(*identity);
  return by_display_name(state, text);
}

}  // namespace

People::People(const PeopleParts& p, const std::string& domain, unsigned https_port,
               std::vector<identity::IssuerConfig> issuers)
    : policy(p.policy),
      keys(p.documents, p.clock, p.random, &p.hashing),
      data_links(keys, p.clock),
      throttle({}, p.clock),
      tokens(keys, p.clock, p.random),
      passwords(p.hashing, p.random),
      directory(p.documents, p.policy, keys, passwords, p.clock, p.random,
                {domain, identity::user_issuers(issuers)}),
      names(domain, https_port),
      issuer(directory, names, p.clock, p.random),
      external(std::move(issuers), p.remote, p.clock, p.log),
      user_grants(p.documents, keys, p.clock, p.random),
      clients(directory, external, names, p.clock),
      devices(p.clock, p.random),
      codes(p.clock, p.random),
      grants({directory, issuer, clients, user_grants, devices, codes, throttle, names}),
      machine_identities(directory, issuer, p.clock),
      login(directory, issuer, external, user_grants, p.clock),
      authenticator(tokens, keys, login, throttle, p.clock) {}

Task<Result<void>> People::load() {
  CO_TRY(co_await keys.load());
  CO_TRY(co_await directory.load());
  CO_TRY(co_await user_grants.load());
  external.enter(policy);
  co_return Result<void>{};
}

std::string People::principal_type(const std::string& object_id) const {
  const auto state = directory.state();
  const identity::Object* object = state->object(object_id);
  return object == nullptr ? std::string() : std::visit(TypeName{}, *object);
}

std::string People::principal_name(const std::string& object_id) const {
  const auto state = directory.state();
  const identity::Object* object = state->object(object_id);
  if (object == nullptr) return {};
  if (const auto* user = std::get_if<identity::User>(object)) return user->principal_name;
  return std::visit([](const identity::Entry& entry) { return entry.display_name; }, *object);
}

Result<policy::Principal> People::find_principal(const std::string& text) const {
  TRY_ASSIGN(policy::Principal out, look_up(*directory.state(), text));
  const auto snapshot = policy.current();
  const policy::PrincipalRecord* record = snapshot->principals.find(out.id);
  if (record != nullptr && !record->credentials.empty()) {
    out.credential = record->credentials.front();
  }
  return out;
}

}  // namespace berth::server
