#include "api/login_discovery.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "identity/model.h"

namespace berth::api {

namespace json = boost::json;

json::object openid_configuration(const identity::Names& names, std::string_view tenant,
                                  std::string_view authority, bool v2) {
  const std::string base = fmt::format("{}/{}", names.login(), authority);
  const std::string oauth = base + (v2 ? "/oauth2/v2.0" : "/oauth2");
  return {{"issuer", names.issuer(tenant)},
          {"authorization_endpoint", oauth + "/authorize"},
          {"token_endpoint", oauth + "/token"},
          {"device_authorization_endpoint", oauth + "/devicecode"},
          {"jwks_uri", base + "/discovery/keys"},
          {"response_types_supported", json::array{"code"}},
          {"response_modes_supported", json::array{"query", "form_post"}},
          {"subject_types_supported", json::array{"public"}},
          {"id_token_signing_alg_values_supported", json::array{"RS256"}},
          {"scopes_supported", json::array{"openid", "profile", "email", "offline_access"}},
          {"token_endpoint_auth_methods_supported",
           json::array{"client_secret_post", "client_secret_basic", "private_key_jwt"}},
          {"token_endpoint_auth_signing_alg_values_supported", json::array{"RS256"}},
          {"code_challenge_methods_supported", json::array{"S256"}},
          {"grant_types_supported",
           json::array{"authorization_code", "client_credentials", "password", "refresh_token",
                       "urn:ietf:params:oauth:grant-type:device_code"}},
          {"claims_supported",
           json::array{"iss", "aud", "sub", "oid", "tid", "upn", "preferred_username", "name",
                       "exp", "nbf", "iat", "nonce", "ver"}}};
}

json::object instance_discovery(const identity::Names& names, std::string_view tenant,
                                bool with_metadata) {
  json::array metadata;
  if (with_metadata) {
    constexpr std::string_view kScheme = "https://";
    const std::string host = names.login().substr(kScheme.size());
    metadata.emplace_back(json::object{
        {"preferred_network", host}, {"preferred_cache", host}, {"aliases", json::array{host}}});
  }
  return {{"tenant_discovery_endpoint",
           fmt::format("{}/{}/v2.0/.well-known/openid-configuration", names.login(), tenant)},
          {"api-version", with_metadata ? "1.1" : "1.0"},
          {"metadata", std::move(metadata)}};
}

json::object user_realm(std::string_view user, std::string_view domain) {
  const bool ours = identity::lower(user).ends_with(fmt::format("@{}", domain));
  return {{"ver", "1.0"},
          {"account_type", ours ? "Managed" : "Unknown"},
          {"domain_name", json::string(domain.data(), domain.size())},
          {"cloud_instance_name", json::string(domain.data(), domain.size())}};
}

}  // namespace berth::api
