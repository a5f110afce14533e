#include "identity/client_auth.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/encoding.h"
#include "crypto/jws.h"
#include "crypto/secrets.h"
#include "identity/json_text.h"
#include "identity/token_issuer.h"

namespace berth::identity {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
// An assertion may name a later end; it is remembered, and good, no longer than this.
constexpr std::chrono::hours kLongestAssertion{24};

// All credentials that prove the application: its own and its service principal's.
template <class F>
void for_each_credentials(const State& state, std::string_view app_id, F visit) {
  if (const Application* app = state.application_by_app_id(app_id)) visit(app->credentials);
  if (const ServicePrincipal* sp = state.principal_by_app_id(app_id)) visit(sp->credentials);
}

// The certificate that the header names: by x5t (base64url of SHA-1), or by its thumbprint as kid.
std::optional<CertificateCredential> named_certificate(const State& state, std::string_view app_id,
                                                       const crypto::Jws& jws) {
  std::string wanted = lower(jws.kid);
  if (!jws.x5t.empty()) wanted = crypto::hex(crypto::from_base64url(jws.x5t).value_or(""));
  std::optional<CertificateCredential> found;
  for_each_credentials(state, app_id, [&](const Credentials& all) {
    for (const CertificateCredential& c : all.certificates) {
      if (!wanted.empty() && c.thumbprint == wanted) found = c;
    }
  });
  return found;
}

}  // namespace

SecretMatch match_secret(const State& state, std::string_view app_id, std::string_view secret,
                         const access::KeyRing& keys, TimePoint now) {
  const std::string hash = keys.keyed_hash(secret);
  SecretMatch match;
  for_each_credentials(state, app_id, [&](const Credentials& all) {
    for (const SecretCredential& candidate : all.secrets) {
      if (!crypto::constant_time_equal(candidate.hash, hash)) continue;
      using Outcome = SecretMatch::Outcome;
      match.key_id = candidate.key_id;
      match.end = candidate.end;
      match.outcome = candidate.end <= now                 ? Outcome::kExpired
                      : candidate.start > now + kClockSkew ? Outcome::kNotYet
                                                           : Outcome::kGood;
    }
  });
  return match;
}

std::optional<Client> ClientAuth::find(std::string_view client_id) const {
  if (client_id == kAzureCli)
    return Client{std::string(kAzureCli), "Microsoft Azure CLI", true, "", ""};
  const auto state = directory_.state();
  const Application* app = state->application_by_app_id(client_id);
  if (app == nullptr) return std::nullopt;
  Client client{app->app_id, app->display_name,
                app->public_client || !app->public_redirects.empty(), "", ""};
  if (const ServicePrincipal* sp = state->principal_by_app_id(client_id)) client.object_id = sp->id;
  return client;
}

Result<void> ClientAuth::check_secret(Client& client, std::string_view secret) const {
  const SecretMatch match =
      match_secret(*directory_.state(), client.app_id, secret, directory_.keys(), clock_.now());
  client.credential = match.key_id;
  using Outcome = SecretMatch::Outcome;
  if (match.outcome == Outcome::kGood) return {};
  if (match.outcome == Outcome::kExpired) {
    return fail(
        refuse(Sts::kExpiredSecret,
               fmt::format("The provided client secret keys for app '{}' are expired, since "
                           "{}. Make a new one: az ad sp credential reset --id {}.",
                           client.app_id, to_rfc3339(match.end), client.app_id))
            .because("expired"));
  }
  return fail(
      refuse(Sts::kBadSecret,
             fmt::format("Invalid client secret provided. Ensure the secret being sent in "
                         "the request is the client secret value, not the client secret ID, "
                         "for a secret added to app '{}'.",
                         client.app_id))
          .because(match.outcome == Outcome::kNotYet ? "not_yet_valid" : "bad_secret"));
}

Result<void> ClientAuth::check_certificate(Client& client, std::string_view assertion) {
  const auto bad = [&](std::string why) {
    return fail(refuse(Sts::kBadAssertion,
                       fmt::format("The certificate with identifier used to sign the client "
                                   "assertion is not registered on application '{}', or the "
                                   "assertion is not good: {}.",
                                   client.app_id, why))
                    .because("assertion: " + why));
  };
  const auto jws = crypto::Jws::parse(assertion);
  if (!jws) return bad("it is malformed");
  const auto certificate = named_certificate(*directory_.state(), client.app_id, *jws);
  if (!certificate) return bad("no registered certificate has its x5t");
  const TimePoint now = clock_.now();
  if (certificate->end <= now || certificate->start > now)
    return bad("the certificate has expired");
  const auto key = crypto::VerifyingKey::from_certificate(certificate->pem);
  if (!key || !jws->verify(*key)) return bad("the signature is wrong");
  const auto claims = parse_object(jws->claims, "The claims");
  if (!claims) return bad("its claims are malformed");
  if (text_of(*claims, "iss") != client.app_id || text_of(*claims, "sub") != client.app_id) {
    return bad("iss and sub must both be the client id");
  }
  const auto audiences = texts_of(*claims, "aud").value_or(std::vector<std::string>{});
  const auto ours = names_.token_endpoints(directory_.state()->tenant);
  if (std::find_first_of(audiences.begin(), audiences.end(), ours.begin(), ours.end()) ==
      audiences.end()) {
    return bad("aud must be the token endpoint");
  }
  if (const auto why = wrong_time(*claims, now)) return bad(*why);
  const std::string jti = text_of(*claims, "jti");
  const TimePoint end(std::chrono::seconds(number_of(*claims, "exp").value_or(0)));
  if (end > now + kLongestAssertion) return bad("it lives longer than a day");
  if (jti.empty() || jti.size() > Limits::kNameBytes) return bad("it has no jti");
  // Good until exp and the skew; remembered as long.
  if (!used_assertions_.add(client.app_id + jti, true, end + kClockSkew, now)) {
    return bad("it was used before");
  }
  client.credential = certificate->key_id;
  return {};
}

Task<Result<void>> ClientAuth::check_federated(Client& client, const std::string& assertion) const {
  const auto token = co_await issuers_.verify(assertion);
  if (!token && token.error().code == Code::kUnavailable) co_return fail(token.error());
  if (!token) {
    co_return fail(refuse(Sts::kBadAssertion,
                          "The federated client assertion was not accepted: its issuer must be "
                          "trusted by this server (identity.issuers_file), its signature good, and "
                          "the time between nbf and exp.")
                       .because(token.error().cause));
  }
  const auto state = directory_.state();
  const Application* app = state->application_by_app_id(client.app_id);
  if (app == nullptr) {
    co_return fail(refuse(Sts::kUnknownClient, "The application was just removed.")
                       .because("unknown_principal"));
  }
  for (const FederatedCredential& trusted : app->federated) {
    const bool audience = std::find_first_of(token->audiences.begin(), token->audiences.end(),
                                             trusted.audiences.begin(),
                                             trusted.audiences.end()) != token->audiences.end();
    if (audience && trusted.issuer == token->issuer->issuer && trusted.subject == token->subject) {
      client.credential = trusted.id;
      co_return Result<void>{};
    }
  }
  co_return fail(refuse(Sts::kNoFederatedTrust,
                        fmt::format("No matching federated identity record found for presented "
                                    "assertion on application '{}': issuer '{}', subject '{}', "
                                    "audience '{}'.",
                                    client.app_id, token->issuer->issuer, token->subject,
                                    fmt::join(token->audiences, "', '")))
                     .because("no federated credential matches"));
}

// A certificate's assertion is issued by the client itself; a federated one by somebody else.
Task<Result<void>> ClientAuth::check_assertion(Client& client, const std::string& assertion) {
  const auto jws = crypto::Jws::parse(assertion);
  const auto claims = jws ? parse_object(jws->claims, "The claims")
                          : Result<boost::json::object>(fail(jws.error()));
  if (claims && text_of(*claims, "iss") != client.app_id && !text_of(*claims, "iss").empty()) {
    co_return co_await check_federated(client, assertion);
  }
  co_return check_certificate(client, assertion);
}

Task<Result<Client>> ClientAuth::identify(const OAuthRequest& request) {
  const Form& form = request.form;
  const std::string& in_form = form.get("client_id");
  if (!in_form.empty() && !request.basic_user.empty() && in_form != request.basic_user) {
    co_return fail(refuse(Sts::kBadParameter,
                          "The client_id of the form is not that of the "
                          "Authorization header."));
  }
  const std::string& client_id = in_form.empty() ? request.basic_user : in_form;
  if (client_id.empty()) {
    co_return fail(refuse(Sts::kMissingParameter,
                          "The request body must contain the following "
                          "parameter: 'client_id'."));
  }
  auto client = find(client_id);
  if (!client) {
    co_return fail(refuse(Sts::kUnknownClient,
                          fmt::format("Application with identifier '{}' was not found in the "
                                      "directory. Check the client id, and that it is an "
                                      "application of this tenant.",
                                      client_id.substr(0, Limits::kNameBytes)))
                       .because("unknown_principal"));
  }
  const std::string& secret =
      form.get("client_secret").empty() ? request.basic_password : form.get("client_secret");
  const std::string& assertion = form.get("client_assertion");
  if (!secret.empty() && !assertion.empty()) {
    co_return fail(refuse(Sts::kBadParameter, "Send a client_secret or a client_assertion."));
  }
  if (client->app_id == kAzureCli) co_return std::move(*client);
  if (!assertion.empty()) {
    if (form.get("client_assertion_type") != kAssertionType) {
      co_return fail(refuse(Sts::kBadParameter,
                            fmt::format("client_assertion_type must be {}.", kAssertionType)));
    }
    CO_TRY(co_await check_assertion(*client, assertion));
  } else if (!secret.empty()) {
    CO_TRY(check_secret(*client, secret));
  }
  co_return std::move(*client);
}

}  // namespace berth::identity
