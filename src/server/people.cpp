#include "server/people.h"

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

}  // namespace

People::People(const PeopleParts& p, const std::string& domain, unsigned https_port,
               std::vector<identity::IssuerConfig> issuers)
    : policy(p.policy),
      keys(p.documents, p.clock, p.random, &p.hashing),
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

}  // namespace berth::server
