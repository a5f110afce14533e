#include "identity/token_issuer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/encoding.h"
#include "crypto/jws.h"
#include "identity/json_text.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

Error refused(std::string cause) {
  return Error(Code::kUnauthorized, "The access token is invalid or has expired.")
      .because(std::move(cause))
      .named("InvalidAuthenticationToken");
}

// Fills in what the directory knows of a principal by its object id: kind and name.
bool complete(policy::Principal& principal, const State& state) {
  const Object* object = state.object(principal.id);
  if (object == nullptr) return false;
  if (const auto* user = std::get_if<User>(object)) {
    principal.kind = policy::PrincipalKind::kUser;
    principal.name = user->principal_name;
  } else if (const auto* sp = std::get_if<ServicePrincipal>(object)) {
    principal.kind = policy::PrincipalKind::kServicePrincipal;
    principal.name = sp->app_id;
  } else if (const auto* identity = std::get_if<ManagedIdentity>(object)) {
    principal.kind = policy::PrincipalKind::kManagedIdentity;
    principal.name = identity->client_id;
  } else {
    return false;
  }
  return true;
}

void add_person(json::object& claims, const User& user) {
  claims["upn"] = user.principal_name;
  claims["unique_name"] = user.principal_name;
  claims["preferred_username"] = user.principal_name;
  claims["name"] = user.display_name;
}

void add_times(json::object& claims, TimePoint now) {
  claims["iat"] = unix_seconds(now);
  claims["nbf"] = unix_seconds(now);
  claims["exp"] = unix_seconds(now + kAccessLifetime);
}

}  // namespace

std::int64_t unix_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::optional<std::string> wrong_time(const json::object& claims, TimePoint now) {
  const auto expires = number_of(claims, "exp");
  const std::int64_t seconds = unix_seconds(now);
  const std::int64_t skew = kClockSkew.count();
  if (!expires) return "no exp";
  if (*expires <= seconds - skew) return "expired";
  for (const std::string_view name : {"nbf", "iat"}) {
    if (number_of(claims, name).value_or(0) > seconds + skew) {
      return fmt::format("not yet valid: {} lies in the future", name);
    }
    if (claims.contains({name.data(), name.size()}) && !number_of(claims, name)) {
      return fmt::format("{} is no number", name);
    }
  }
  return std::nullopt;
}

std::optional<std::string> TokenIssuer::access_token(const AccessTokenRequest& request) const {
  const auto state = directory_.state();
  policy::Principal principal = request.principal;
  if (!complete(principal, *state)) return std::nullopt;
  json::object claims{{"iss", names_.issuer(state->tenant)},
                      {"aud", request.audience},
                      {"tid", state->tenant},
                      {"oid", principal.id},
                      {"sub", principal.id},
                      {"appid", request.client},
                      {"azp", request.client},
                      {"ver", "1.0"},
                      {"uti", make_uuid(random_)},
                      {"berth_cred", principal.credential}};
  add_times(claims, clock_.now());
  if (const User* user = state->find<User>(principal.id)) {
    claims["idtyp"] = "user";
    claims["scp"] = "user_impersonation";
    add_person(claims, *user);
  } else {
    claims["idtyp"] = "app";
  }
  if (!request.grant.empty()) claims["berth_grant"] = request.grant;
  return directory_.keys().signing_key(crypto::JwsAlgorithm::kRs256)->sign(json::serialize(claims));
}

std::string TokenIssuer::id_token(const User& user, std::string_view client,
                                  std::string_view nonce) const {
  const auto state = directory_.state();
  json::object claims{{"iss", names_.issuer(state->tenant)},
                      {"aud", json::string_view(client.data(), client.size())},
                      {"tid", state->tenant},
                      {"oid", user.id},
                      {"sub", user.id},
                      {"ver", "1.0"}};
  add_times(claims, clock_.now());
  add_person(claims, user);
  if (!nonce.empty()) claims["nonce"] = json::string_view(nonce.data(), nonce.size());
  return directory_.keys().signing_key(crypto::JwsAlgorithm::kRs256)->sign(json::serialize(claims));
}

std::string TokenIssuer::client_info(const User& user) const {
  return crypto::base64url(
      json::serialize(json::object{{"uid", user.id}, {"utid", directory_.state()->tenant}}));
}

bool TokenIssuer::claims_to_be_own(std::string_view token) const {
  const auto jws = crypto::Jws::parse(token);
  if (!jws) return false;
  const auto claims = parse_object(jws->claims, "The claims");
  return claims && text_of(*claims, "iss") == names_.issuer(directory_.state()->tenant);
}

Result<VerifiedToken> TokenIssuer::verify(std::string_view token,
                                          std::span<const std::string> audiences) const {
  const auto jws = crypto::Jws::parse(token);
  if (!jws) return fail(refused("malformed: " + jws.error().message));
  const auto key = directory_.keys().verifying_key(jws->kid);
  if (!key || key->algorithm() != crypto::JwsAlgorithm::kRs256) return fail(refused("unknown kid"));
  if (const auto good = jws->verify(*key); !good) return fail(refused(good.error().cause));
  const auto claims = parse_object(jws->claims, "The claims");
  if (!claims) return fail(refused("claims are malformed"));
  const auto state = directory_.state();
  if (text_of(*claims, "iss") != names_.issuer(state->tenant) ||
      text_of(*claims, "tid") != state->tenant) {
    return fail(refused("wrong issuer or tenant"));
  }
  VerifiedToken out;
  out.audience = without_end_slash(text_of(*claims, "aud"));
  const bool wanted = std::any_of(audiences.begin(), audiences.end(), [&](const std::string& a) {
    return without_end_slash(lower(a)) == out.audience;
  });
  if (!wanted) return fail(refused("wrong audience: " + out.audience));
  if (const auto why = wrong_time(*claims, clock_.now())) return fail(refused(*why));
  out.principal.id = text_of(*claims, "oid");
  out.principal.credential = text_of(*claims, "berth_cred");
  out.client = text_of(*claims, "appid");
  out.grant = text_of(*claims, "berth_grant");
  out.id = text_of(*claims, "uti");
  out.expires = TimePoint(std::chrono::seconds(number_of(*claims, "exp").value_or(0)));
  // An id token has no credential: it proves nothing to anybody but its client.
  if (out.principal.credential.empty()) return fail(refused("not an access token"));
  if (!complete(out.principal, *state)) return fail(refused("the principal was removed"));
  return out;
}

json::object TokenIssuer::jwks() const {
  json::array keys;
  for (const auto& key : directory_.keys().public_keys(crypto::JwsAlgorithm::kRs256)) {
    auto jwk = parse_object(key.to_jwk(), "A key");
    if (jwk) keys.emplace_back(std::move(*jwk));
  }
  return {{"keys", std::move(keys)}};
}

}  // namespace berth::identity
