// The grants that begin at a person's browser: device codes and authorization codes.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "identity/grants.h"

namespace berth::identity {

namespace json = boost::json;

namespace {
constexpr std::size_t kMaxScopeBytes = 4096;
}  // namespace

Result<json::object> Grants::device_code(const OAuthRequest& request) {
  const auto client = p_.clients.find(request.form.get("client_id"));
  if (!client) {
    return fail(
        refuse(Sts::kUnknownClient,
               fmt::format("Application with identifier '{}' was not found in the directory.",
                           request.form.get("client_id").substr(0, Limits::kNameBytes))));
  }
  if (!client->public_client) {
    return fail(refuse(Sts::kNotAPublicClient,
                       "Device codes are for public clients; make the application one."));
  }
  if (request.form.get("scope").size() + request.form.get("resource").size() > kMaxScopeBytes) {
    return fail(refuse(Sts::kBadParameter, "scope and resource may have 4096 characters."));
  }
  TRY(audience(request.form));
  // A code that waits takes memory, so beginning costs an address as much as a failure.
  TRY(throttled(request.address, {}));
  p_.throttle.failed(request.address, {});
  DeviceSignIn sign_in;
  sign_in.client = client->app_id;
  sign_in.client_name = client->display_name;
  sign_in.scope = request.form.get("scope");
  if (sign_in.scope.empty() && !request.form.get("resource").empty()) {
    sign_in.scope = request.form.get("resource") + "/.default";
  }
  sign_in.address = request.address;
  const auto begun = p_.devices.begin(std::move(sign_in));
  if (!begun) {
    return fail(refuse(Sts::kBusy, "Too many device codes are waiting; try again later."));
  }
  const std::string page = p_.names.login() + "/devicelogin";
  return json::object{
      {"user_code", begun->user_code},
      {"device_code", begun->device_code},
      {"verification_uri", page},
      {"verification_url", page},  // the older name
      {"expires_in", std::chrono::seconds(DeviceCodes::kLifetime).count()},
      {"interval", DeviceCodes::kInterval.count()},
      {"message",
       fmt::format("To sign in, use a web browser to open the page {} and enter the code "
                   "{} to authenticate.",
                   page, begun->user_code)}};
}

Task<Result<json::object>> Grants::device(const OAuthRequest& request, Client client) {
  CO_TRY(may_act_for_users(client));
  const Form& form = request.form;
  const std::string& code =
      form.get("device_code").empty() ? form.get("code") : form.get("device_code");
  if (code.empty()) {
    co_return fail(refuse(Sts::kMissingParameter,
                          "The request body must contain the following "
                          "parameter: 'device_code'."));
  }
  const auto poll = p_.devices.poll(code, client.app_id);
  if (!poll) {
    p_.throttle.failed(request.address, {});
    co_return fail(refuse(Sts::kDeviceExpired,
                          "The device code has expired, was used, or is of "
                          "another client. Begin again."));
  }
  if (poll->too_fast) {
    co_return fail(refuse(Sts::kDeviceSlowDown,
                          fmt::format("Poll every {} seconds.", DeviceCodes::kInterval.count())));
  }
  using State = DeviceSignIn::State;
  const DeviceSignIn& sign_in = poll->sign_in;
  if (sign_in.state == State::kPending) {
    co_return fail(refuse(Sts::kDevicePending,
                          "OAuth 2.0 device flow error. Authorization is "
                          "pending. Continue polling."));
  }
  if (sign_in.state == State::kDeclined) {
    co_return fail(refuse(Sts::kDeviceDeclined, "The person declined the sign-in."));
  }
  Form wanted;
  wanted.add("scope", sign_in.scope);
  CO_TRY_ASSIGN(const std::string audience, audience(wanted));
  CO_TRY_ASSIGN(
      const UserGrant grant,
      co_await p_.user_grants.begin(sign_in.person.user, sign_in.person.credential, client.app_id));
  co_return user_answer(grant, {audience, sign_in.scope, ""});
}

// A code is tried once. Whoever comes second, be it the thief or the owner, ends what the first one
// got (RFC 6749 §4.1.2).
Task<Result<json::object>> Grants::authorization_code(const OAuthRequest& request, Client client) {
  const Form& form = request.form;
  CO_TRY(may_act_for_users(client));
  const auto found = p_.codes.redeem(form.get("code"));
  if (found && found->replay) {
    CO_TRY(co_await p_.user_grants.revoke(found->sign_in.grant));
    co_return fail(refuse(Sts::kCodeRedeemed,
                          "OAuth2 Authorization code was already redeemed. What it issued was "
                          "revoked; sign in again.")
                       .because("authorization code replayed"));
  }
  if (!found || found->expired || found->sign_in.client != client.app_id ||
      found->sign_in.redirect_uri != form.get("redirect_uri")) {
    p_.throttle.failed(request.address, {});
    co_return fail(refuse(Sts::kGrantExpired,
                          "The provided authorization code has expired, or is of another client or "
                          "redirect_uri. Send an interactive authorization request again."));
  }
  const CodeSignIn& sign_in = found->sign_in;
  if (!pkce_matches(form.get("code_verifier"), sign_in.challenge)) {
    co_return fail(refuse(Sts::kBadVerifier,
                          "The Code_Verifier does not match the code_challenge "
                          "supplied in the authorization request."));
  }
  Form wanted;
  wanted.add("scope", form.get("scope").empty() ? sign_in.scope : form.get("scope"));
  CO_TRY_ASSIGN(const std::string audience, audience(wanted));
  CO_TRY_ASSIGN(
      const UserGrant grant,
      co_await p_.user_grants.begin(sign_in.person.user, sign_in.person.credential, client.app_id));
  if (!p_.codes.issued(form.get("code"), grant.id)) {
    CO_TRY(co_await p_.user_grants.revoke(grant.id));
    co_return fail(refuse(Sts::kCodeRedeemed,
                          "OAuth2 Authorization code was redeemed twice at the "
                          "same time; sign in again."));
  }
  co_return user_answer(grant, {audience, wanted.get("scope"), sign_in.nonce});
}

}  // namespace berth::identity
