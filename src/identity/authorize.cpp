#include "identity/authorize.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace berth::identity {
namespace {

constexpr std::size_t kMaxState = 4096;

bool redirect_is_known(const Client& client, const State& state, std::string_view given) {
  const auto parsed = parse_web_uri(given);
  if (!parsed || parsed->rest.find('#') != std::string::npos) return false;
  const Application* app = state.application_by_app_id(client.app_id);
  if (app == nullptr) return parsed->scheme == "http" && parsed->loopback();  // the built-in client
  const auto same = [&](const std::string& registered) {
    return redirect_matches(registered, given);
  };
  return std::any_of(app->public_redirects.begin(), app->public_redirects.end(), same) ||
         std::find(app->web_redirects.begin(), app->web_redirects.end(), given) !=
             app->web_redirects.end();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::optional<Error> problem_of(const Form& form, const Grants& grants) {
  if (form.get("response_type") != "code") {
    return grants.refuse(Sts::kUnsupportedResponseType, "response_type must be 'code'.");
  }
  const std::string& mode = form.get("response_mode");
  if (!mode.empty() && mode != "query" && mode != "form_post") {
    return grants.refuse(Sts::kBadParameter, "response_mode must be 'query' or 'form_post'.");
  }
  if (form.get("code_challenge_method") != "S256" ||
      !is_pkce_challenge(form.get("code_challenge"))) {
    return grants.refuse(Sts::kMissingParameter,
                         "PKCE is required: send code_challenge with code_challenge_method=S256.");
  }
  if (form.get("nonce").size() > kMaxState || form.get("scope").size() > kMaxState) {
    return grants.refuse(Sts::kBadParameter, "nonce and scope may have 4096 bytes.");
  }
  const auto audience = grants.audience(form);
  return audience ? std::nullopt : std::optional(audience.error());
}

}  // namespace

bool redirect_matches(std::string_view registered, std::string_view given) {
  if (registered == given) return true;
  const auto a = parse_web_uri(registered);
  const auto b = parse_web_uri(given);
  const auto path = [](const WebUri& uri) { return uri.rest.empty() ? "/" : uri.rest; };
  return a && b && a->scheme == "http" && b->scheme == "http" && a->loopback() &&
         a->host == b->host && path(*a) == path(*b);
}

Result<AuthorizeRequest> read_authorize(const Form& form, const Grants& grants) {
  const auto client = grants.parts().clients.find(form.get("client_id"));
  if (!client) {
    return fail(grants.refuse(
        Sts::kUnknownClient,
        fmt::format("Application with identifier '{}' was not found in the directory.",
                    form.get("client_id").substr(0, Limits::kNameBytes))));
  }
  const std::string& redirect = form.get("redirect_uri");
  const auto state = grants.parts().directory.state();
  if (!redirect_is_known(*client, *state, redirect) || form.get("state").size() > kMaxState) {
    return fail(grants.refuse(
        Sts::kBadRedirect,
        fmt::format("The redirect URI specified in the request does not match the redirect URIs "
                    "configured for the application '{}'.",
                    client->app_id)));
  }
  AuthorizeRequest out;
  out.client = *client;
  out.redirect_uri = redirect;
  out.redirect_origin = parse_web_uri(redirect)->origin();
  out.state = form.get("state");
  out.scope = form.get("scope");
  if (out.scope.empty() && !form.get("resource").empty()) {
    out.scope = form.get("resource") + "/.default";
  }
  out.nonce = form.get("nonce");
  out.challenge = form.get("code_challenge");
  out.login_hint = form.get("login_hint");
  out.form_post = form.get("response_mode") == "form_post";
  out.problem = problem_of(form, grants);
  return out;
}

std::string redirect_with(const AuthorizeRequest& request,
                          const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = request.redirect_uri;
  char join = out.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    out += fmt::format("{}{}={}", join, name, escaped(value));
    join = '&';
  }
  return out;
}

}  // namespace berth::identity
