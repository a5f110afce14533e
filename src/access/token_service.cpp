#include "access/token_service.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "access/authenticator.h"
#include "access/token_cache.h"
#include "crypto/secrets.h"

namespace berth::access {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;

constexpr std::string_view kIssuer = "Azure Container Registry";
constexpr std::string_view kRefreshGrant = "refresh_token";
constexpr std::string_view kAccessGrant = "access_token";
// Clocks of several nodes may differ by this much.
constexpr Seconds kSkew = std::chrono::minutes(1);
// ACR has no such claim: the principal as the decision needs it, which `sub` cannot hold.
constexpr std::string_view kPrincipalClaim = "berth";

Error refused(std::string why) {
  return Error(Code::kUnauthorized, std::string(kAuthenticationRequired)).because(std::move(why));
}

std::int64_t unix_seconds(TimePoint time) {
  return std::chrono::duration_cast<Seconds>(time.time_since_epoch()).count();
}

json::array texts(const std::vector<std::string>& items) {
  return json::array(items.begin(), items.end());
}

json::object principal_claim(const policy::Principal& principal,
                             const policy::RegistryPolicy& registry) {
  return {{"kind", policy::kind_name(principal.kind)},
          {"id", principal.id},
          {"name", principal.name},
          {"credential", principal.credential},
          {"bound", !principal.registry.empty()},
          {"groups", texts(principal.groups)},
          {"registry", registry.key},
          {"mode", policy::mode_name(registry.mode)}};
}

json::array access_claim(const std::vector<Grant>& grants) {
  json::array access;
  for (const Grant& grant : grants) {
    access.push_back(json::object{
        {"type", grant.type}, {"name", grant.name}, {"actions", texts(grant.actions)}});
  }
  return access;
}

// The claims of both kinds of token.
json::object base_claims(const policy::Principal& principal, const policy::RegistryPolicy& registry,
                         std::string_view service, TimePoint now, Seconds lifetime,
                         RandomSource& random) {
  const std::int64_t issued = unix_seconds(now);
  return {{"jti", make_uuid(random)},
          {"sub", principal.name.empty() ? principal.id : principal.name},
          {"iat", issued},
          {"nbf", issued},
          {"exp", issued + lifetime.count()},
          {"iss", kIssuer},
          {"aud", service},
          {"version", "1.0"},
          {"roles", json::array()},
          {kPrincipalClaim, principal_claim(principal, registry)}};
}

// ---- reading; at() and as_…() throw, which parse_claims() turns into an Error

std::string text_at(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}
std::vector<std::string> texts_at(const json::object& object, std::string_view name) {
  std::vector<std::string> out;
  for (const json::value& item : object.at(name).as_array()) {
    out.emplace_back(item.as_string());
  }
  return out;
}
TimePoint time_at(const json::object& claims, std::string_view name) {
  return TimePoint{Seconds{claims.at(name).as_int64()}};
}

// The place of a claim's text in a table of names, which is its value as an enum.
template <class Enum, std::size_t N>
Enum enum_at(const json::object& claim, std::string_view name,
             const std::array<std::string_view, N>& names) {
  const auto at = std::ranges::find(names, text_at(claim, name));
  if (at == names.end()) throw std::invalid_argument(std::string(name));
  return static_cast<Enum>(at - names.begin());
}

policy::Principal principal_at(const json::object& claim) {
  return {.kind = enum_at<policy::PrincipalKind>(claim, "kind", policy::kPrincipalKindNames),
          .id = text_at(claim, "id"),
          .name = text_at(claim, "name"),
          .credential = text_at(claim, "credential"),
          .registry = claim.at("bound").as_bool() ? text_at(claim, "registry") : std::string(),
          .groups = texts_at(claim, "groups")};
}

struct Claims {
  RegistryToken token;
  TimePoint not_before{};
};

Claims read_claims(const json::object& claims) {
  Claims out;
  if (text_at(claims, "iss") != kIssuer) throw std::invalid_argument("issuer");
  const std::string grant = text_at(claims, "grant_type");
  if (grant != kAccessGrant && grant != kRefreshGrant) throw std::invalid_argument("grant_type");
  const json::object& principal = claims.at(kPrincipalClaim).as_object();
  out.token.principal = principal_at(principal);
  out.token.registry = text_at(principal, "registry");
  out.token.mode =
      enum_at<policy::PermissionsMode>(principal, "mode", policy::kPermissionsModeNames);
  out.token.id = text_at(claims, "jti");
  out.token.expires = time_at(claims, "exp");
  out.not_before = time_at(claims, "nbf");
  if (grant == kRefreshGrant) return out;
  out.token.use = RegistryToken::Use::kAccess;
  for (const json::value& item : claims.at("access").as_array()) {
    const json::object& access = item.as_object();
    out.token.grants.push_back(
        {text_at(access, "type"), text_at(access, "name"), texts_at(access, "actions")});
  }
  return out;
}

Result<Claims> parse_claims(std::string_view text) {
  try {
    return read_claims(json::parse(text).as_object());
  } catch (const std::exception& e) {
    return fail(refused(std::string("malformed: claims: ") + e.what()));
  }
}

Result<void> check_times(const RegistryToken& token, TimePoint not_before, TimePoint now) {
  if (token.expires <= now) return fail(refused("expired"));
  if (not_before > now + kSkew) return fail(refused("not yet valid"));
  return {};
}

}  // namespace

TokenService::TokenService(const KeyRing& keys, const Clock& clock, RandomSource& random)
    : keys_(keys), clock_(clock), random_(random), cache_(std::make_unique<Cache>()) {}
TokenService::~TokenService() = default;

std::string TokenService::refresh_token(const policy::Principal& principal,
                                        const policy::RegistryPolicy& registry,
                                        std::string_view service, std::string_view tenant) const {
  json::object claims =
      base_claims(principal, registry, service, clock_.now(), kRefreshTokenLifetime, random_);
  claims["grant_type"] = kRefreshGrant;
  claims["tenant"] = tenant;
  // What is allowed is decided on every request: a token claims nothing of it.
  claims["permissions"] = {{"actions", json::array()}, {"notActions", json::array()}};
  return keys_.signing_key(JwsAlgorithm::kEs256)->sign(json::serialize(claims));
}

std::string TokenService::access_token(const policy::Principal& principal,
                                       const policy::RegistryPolicy& registry,
                                       std::string_view service, const std::vector<Grant>& grants,
                                       Seconds lifetime) const {
  json::object claims = base_claims(principal, registry, service, clock_.now(), lifetime, random_);
  claims["grant_type"] = kAccessGrant;
  claims["access"] = access_claim(grants);
  return keys_.signing_key(JwsAlgorithm::kEs256)->sign(json::serialize(claims));
}

Result<std::shared_ptr<const RegistryToken>> TokenService::verify(
    std::string_view token, const policy::RegistryPolicy& registry) const {
  if (token.size() > crypto::kMaxJwsBytes) return fail(refused("malformed: too long"));
  // Read before the keys are: a rotation in between makes the entry stale, never the reverse.
  const std::uint64_t generation = keys_.generation();
  // Who has no signature cannot make one, so its hash finds the token; the cache compares the
  // rest, which is no credential by itself.
  const std::size_t dot = std::min(token.rfind('.'), token.size());
  const std::string_view signed_text = token.substr(0, dot);
  const std::string hash = crypto::sha256(token.substr(dot));
  std::shared_ptr<const RegistryToken> known = cache_->find(hash, signed_text, generation);
  if (!known) {
    auto parsed = crypto::Jws::parse(token);
    if (!parsed) return fail(refused("malformed: " + parsed.error().message));
    const auto key = keys_.verifying_key(parsed->kid);
    // The directory's tokens are signed by the same ring, with the other algorithm.
    if (!key || key->algorithm() != JwsAlgorithm::kEs256) return fail(refused("unknown key"));
    if (const auto verified = parsed->verify(*key); !verified) {
      return fail(refused("forged: " + verified.error().cause));
    }
    TRY_ASSIGN(Claims claims, parse_claims(parsed->claims));
    TRY(check_times(claims.token, claims.not_before, clock_.now()));
    known = std::make_shared<const RegistryToken>(std::move(claims.token));
    cache_->add(hash, signed_text, known, generation);
  }
  TRY(check_times(*known, TimePoint::min(), clock_.now()));
  if (known->registry != registry.key) return fail(refused("of another registry"));
  if (known->mode != registry.mode) {
    return fail(refused("made in the other permissions mode; sign in again"));
  }
  return known;
}

}  // namespace berth::access
