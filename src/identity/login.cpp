#include "identity/login.h"

#include <fmt/format.h>

#include "access/authenticator.h"
#include "identity/client_auth.h"
#include "policy/decision.h"

namespace berth::identity {
namespace {

// One answer for everything that is wrong with a name and its secret.
Error refused(std::string cause) {
  return Error(Code::kUnauthorized, std::string(access::kAuthenticationRequired))
      .because(std::move(cause));
}

}  // namespace

Task<Result<PasswordCheck>> check_password(const Directory& directory, std::string_view user,
                                           std::string_view password) {
  const auto state = directory.state();
  const User* found = state->user_by_name(user);
  // Also for who has no password: the cost must not tell.
  const std::string hash = found == nullptr ? std::string() : found->password_hash;
  CO_TRY_ASSIGN(const bool same,
                co_await directory.passwords().verify(std::string(password), hash));
  PasswordCheck check;
  if (found == nullptr) co_return check;
  using Outcome = PasswordCheck::Outcome;
  check.outcome = !same ? Outcome::kWrong : found->enabled ? Outcome::kGood : Outcome::kDisabled;
  if (check.outcome != Outcome::kGood) co_return check;
  check.principal.kind = policy::PrincipalKind::kUser;
  check.principal.id = found->id;
  check.principal.name = found->principal_name;
  check.principal.credential = found->password_id;
  co_return check;
}

Result<policy::Principal> DirectorySignIn::sign_in_application(std::string_view app_id,
                                                               std::string_view secret) {
  const auto state = directory_.state();
  const SecretMatch match = match_secret(*state, app_id, secret, directory_.keys(), clock_.now());
  const Application* app = state->application_by_app_id(app_id);
  const ServicePrincipal* sp = state->principal_by_app_id(app_id);
  if (app == nullptr || sp == nullptr) {
    return fail(Error(Code::kUnauthorized, "Application not registered with AAD.")
                    .because("unknown_principal"));
  }
  using Outcome = SecretMatch::Outcome;
  if (match.outcome == Outcome::kExpired) {
    return fail(refused("expired at " + to_rfc3339(match.end)));
  }
  if (match.outcome != Outcome::kGood) {
    return fail(refused(match.outcome == Outcome::kNotYet ? "not_yet_valid" : "bad_secret"));
  }
  if (!sp->enabled) return fail(refused("disabled"));
  policy::Principal principal;
  principal.kind = policy::PrincipalKind::kServicePrincipal;
  principal.id = sp->id;
  principal.name = sp->app_id;
  principal.credential = match.key_id;
  return principal;
}

Task<Result<policy::Principal>> DirectorySignIn::sign_in(std::string_view user,
                                                         std::string_view password) {
  if (is_guid(user)) co_return sign_in_application(lower(user), password);
  CO_TRY_ASSIGN(PasswordCheck check, co_await check_password(directory_, user, password));
  using Outcome = PasswordCheck::Outcome;
  if (check.outcome == Outcome::kGood) co_return std::move(check.principal);
  co_return fail(refused(check.outcome == Outcome::kUnknown    ? "unknown_principal"
                         : check.outcome == Outcome::kDisabled ? "disabled"
                                                               : "bad_secret"));
}

Task<Result<policy::Principal>> DirectorySignIn::accept_token(
    std::string_view token, std::span<const std::string> audiences) {
  policy::Principal principal;
  if (external_.empty() || issuer_.claims_to_be_own(token)) {
    CO_TRY_ASSIGN(VerifiedToken good, issuer_.verify(token, audiences));
    if (!good.grant.empty() && !grants_.alive(good.grant)) {
      co_return fail(Error(Code::kUnauthorized, "The sign-in behind the token was taken back.")
                         .because("grant revoked"));
    }
    principal = std::move(good.principal);
  } else {
    const auto state = directory_.state();
    CO_TRY_ASSIGN(principal, co_await external_.sign_in(token, *state));
  }
  const auto decision = policy::still_good(*directory_.policy().current(), principal);
  if (!decision.allowed()) {
    co_return fail(Error(Code::kUnauthorized, "The credential behind the token was taken back.")
                       .because(fmt::format("{}: {}", decision.rule, decision.reason)));
  }
  co_return principal;
}

}  // namespace berth::identity
