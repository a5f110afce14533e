#include "identity/managed_identity.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace berth::identity {
namespace {

namespace json = boost::json;

Error refused(std::string_view error, std::string message) {
  return Error(Code::kInvalidRequest, std::move(message)).named(std::string(error));
}

// The last part of /subscriptions/…/userAssignedIdentities/<name>.
std::string_view name_of(std::string_view resource_id) {
  return resource_id.substr(resource_id.rfind('/') + 1);
}

bool is_named(const MetadataRequest& request, const ManagedIdentity& identity) {
  return (request.client_id.empty() || lower(request.client_id) == identity.client_id) &&
         (request.object_id.empty() || lower(request.object_id) == identity.id) &&
         (request.resource_id.empty() ||
          lower(name_of(request.resource_id)) == lower(identity.display_name));
}

}  // namespace

Result<json::object> ManagedIdentities::token(const MetadataRequest& request) const {
  const auto state = directory_.state();
  const ManagedIdentity* identity =
      request.uid ? state->identity_of_uid(*request.uid) : state->imds_identity();
  // Naming another identity than the caller's own is not a way to become it.
  if (identity == nullptr || !identity->enabled || !is_named(request, *identity)) {
    return fail(refused("invalid_request",
                        "Identity not found: no enabled managed identity is bound to this caller, "
                        "or not the one that the request names."));
  }
  if (request.resource.empty()) {
    return fail(refused("invalid_request", "Required query variable 'resource' is missing."));
  }
  const std::string audience =
      issuer_.names().audience(request.resource, *directory_.policy().current());
  if (audience.empty()) {
    return fail(
        refused("invalid_resource",
                fmt::format("AADSTS500011: The resource principal named {} was not found in "
                            "the tenant {}.",
                            request.resource.substr(0, Limits::kNameBytes), state->tenant)));
  }
  AccessTokenRequest wanted;
  wanted.principal.id = identity->id;
  wanted.principal.credential = identity->binding_id;
  wanted.audience = audience;
  wanted.client = identity->client_id;
  auto token = issuer_.access_token(wanted);
  if (!token) return fail(refused("invalid_request", "The identity was just removed."));
  const TimePoint now = clock_.now();
  // Texts, not numbers: the metadata service's own way.
  return json::object{{"access_token", std::move(*token)},
                      {"client_id", identity->client_id},
                      {"expires_in", std::to_string(kAccessLifetime.count())},
                      {"ext_expires_in", std::to_string(kAccessLifetime.count())},
                      {"expires_on", std::to_string(unix_seconds(now + kAccessLifetime))},
                      {"not_before", std::to_string(unix_seconds(now))},
                      {"resource", request.resource},
                      {"token_type", "Bearer"}};
}

}  // namespace berth::identity
