#include "api/login_browser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/login_http.h"
#include "api/source.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::api {
namespace {

using identity::Form;

// "__Host-": the browser takes it from this very host over TLS only (RFC 6265bis §4.1.3.2).
constexpr std::string_view kCookie = "__Host-berth-form";
constexpr std::size_t kNonceBytes = 32;
constexpr std::string_view kWrongForm =
    "This form was not opened in this browser, or cookies are switched off. Go back and try again.";

// What the login form carries on of an authorization request.
constexpr std::array<std::string_view, 10> kCarried = {
    "client_id", "redirect_uri",   "response_type",         "response_mode", "scope",
    "resource",  "code_challenge", "code_challenge_method", "state",         "nonce"};

std::string cookie_of(const http::Request& request) {
  std::string all = request.joined_header("Cookie");
  std::replace(all.begin(), all.end(), ',', ';');
  std::string_view rest = all;
  while (!rest.empty()) {
    std::string_view item = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    if (item.starts_with(kCookie) && item.substr(kCookie.size()).starts_with('=')) {
      return std::string(item.substr(kCookie.size() + 1));
    }
  }
  return {};
}

bool is_nonce(std::string_view text) {
  const auto bytes = crypto::from_base64url(text);
  return bytes && bytes->size() == kNonceBytes;
}

unsigned status_of(const Error& error) {
  const int status = code_row(error.code).http_status;
  return status == 401 ? 400U : static_cast<unsigned>(status);
}

http::Response with_retry(http::Response response, const Error& error) {
  if (std::string wait = retry_after(error); !wait.empty()) {
    response.header("Retry-After", std::move(wait));
  }
  return response;
}

}  // namespace

LoginBrowser::LoginBrowser(identity::Grants& grants, const access::KeyRing& keys,
                           RandomSource& random, std::string directory)
    : grants_(grants), keys_(keys), random_(random), pages_(std::move(directory)) {}

// One cookie for all forms of a browser, so that two open pages do not spoil each other.
LoginBrowser::Csrf LoginBrowser::csrf_of(const http::Request& request) const {
  std::string nonce = cookie_of(request);
  if (!is_nonce(nonce)) nonce = crypto::base64url(crypto::random_bytes(random_, kNonceBytes));
  return {fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Strict", kCookie, nonce),
          crypto::base64url(keys_.keyed_hash("sign-in form\n" + nonce))};
}

bool LoginBrowser::csrf_is_good(const http::Request& request, const Form& form) const {
  const auto origin = request.header("Origin");
  if (origin && *origin != grants_.parts().names.login()) return false;
  const std::string nonce = cookie_of(request);
  return is_nonce(nonce) &&
         crypto::constant_time_equal(crypto::base64url(keys_.keyed_hash("sign-in form\n" + nonce)),
                                     form.get("form_token"));
}

http::Response LoginBrowser::device_page(const http::Exchange& exchange, std::string_view user_code,
                                         std::string_view user, std::string_view problem,
                                         unsigned status) {
  auto& throttle = grants_.parts().throttle;
  const std::string caller = caller_of(exchange.peer());
  if (const auto free = throttle.check(caller, "user code " + caller); !free) {
    return with_retry(pages_.device_code(429, "Too many wrong codes; wait a minute."),
                      free.error());
  }
  const auto pending = grants_.parts().devices.pending(user_code);
  if (!pending) {
    throttle.failed(caller, "user code " + caller);
    return pages_.device_code(400, "This code is not known, was used, or has expired.");
  }
  const Csrf csrf = csrf_of(exchange.request());
  Pages::SignIn page;
  page.form.action = "/devicelogin";
  page.form.hidden = {{"user_code", std::string(user_code)}, {"form_token", csrf.token}};
  page.client_name = pending->client_name;
  page.where = "on the device at " + pending->address;
  page.user = user;
  page.problem = problem;
  page.can_decline = true;
  http::Response response = pages_.sign_in(status, page);
  response.header("Set-Cookie", csrf.cookie);
  return response;
}

Task<Result<http::Response>> LoginBrowser::device_answer(http::Exchange& exchange,
                                                         const Form& form) {
  const std::string& code = form.get("user_code");
  if (!csrf_is_good(exchange.request(), form)) {
    co_return device_page(exchange, code, "", kWrongForm, 403);
  }
  auto& devices = grants_.parts().devices;
  if (!form.get("decline").empty()) {
    devices.decline(code);
    co_return pages_.message(200, "Declined", "The device was not signed in.");
  }
  const auto person = co_await grants_.sign_in(form.get("username"), form.get("password"),
                                               caller_of(exchange.peer()));
  if (!person) {
    co_return with_retry(device_page(exchange, code, form.get("username"), person.error().message,
                                     status_of(person.error())),
                         person.error());
  }
  if (!devices.approve(code, *person)) {
    co_return pages_.device_code(400, "This code is not known, was used, or has expired.");
  }
  co_return pages_.message(200, "Signed in", "Your device is signed in; close this window.");
}

Task<Result<http::Response>> LoginBrowser::device_login(http::Exchange& exchange) {
  const bool post = exchange.request().method() == http::Method::kPost;
  auto form = post ? co_await oauth_form(exchange) : oauth_query(exchange.request().query());
  if (!form) co_return pages_.message(400, "Sign in", form.error().message);
  if (post) co_return co_await device_answer(exchange, *form);
  if (form->get("user_code").empty()) co_return pages_.device_code(200, "");
  co_return device_page(exchange, form->get("user_code"), "", "", 200);
}

http::Response LoginBrowser::go(const identity::AuthorizeRequest& request,
                                std::vector<std::pair<std::string, std::string>> fields) const {
  fields.emplace_back("state", request.state);
  if (request.form_post) {
    std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
    return pages_.hand_over({request.redirect_uri, std::move(fields)}, request.client.display_name,
                            request.redirect_origin);
  }
  // 303 and not 302: what was posted, a password, must not be sent on (RFC 9700 §4.12).
  http::Response response(303);
  response.header("Location", identity::redirect_with(request, fields))
      .header("Cache-Control", "no-store")
      .header("Referrer-Policy", "no-referrer");
  return response;
}

http::Response LoginBrowser::authorize_page(const http::Exchange& exchange, const Form& form,
                                            const identity::AuthorizeRequest& request,
                                            std::string_view problem, unsigned status) const {
  const Csrf csrf = csrf_of(exchange.request());
  Pages::SignIn page;
  // One slash in front: two would name another host.
  const std::string_view path = exchange.request().path();
  page.form.action =
      "/" + std::string(path.substr(std::min(path.find_first_not_of('/'), path.size())));
  for (const std::string_view name : kCarried) {
    if (!form.get(name).empty()) page.form.hidden.emplace_back(name, form.get(name));
  }
  page.form.hidden.emplace_back("form_token", csrf.token);
  page.client_name = request.client.display_name;
  page.user = form.get("username").empty() ? request.login_hint : form.get("username");
  page.problem = problem;
  page.form_action = request.redirect_origin;
  http::Response response = pages_.sign_in(status, page);
  response.header("Set-Cookie", csrf.cookie);
  return response;
}

Task<Result<http::Response>> LoginBrowser::authorize_answer(
    http::Exchange& exchange, const Form& form, const identity::AuthorizeRequest& request) {
  if (!csrf_is_good(exchange.request(), form)) {
    co_return authorize_page(exchange, form, request, kWrongForm, 403);
  }
  const auto person = co_await grants_.sign_in(form.get("username"), form.get("password"),
                                               caller_of(exchange.peer()));
  if (!person) {
    co_return with_retry(
        authorize_page(exchange, form, request, person.error().message, status_of(person.error())),
        person.error());
  }
  identity::CodeSignIn sign_in;
  sign_in.client = request.client.app_id;
  sign_in.redirect_uri = request.redirect_uri;
  sign_in.scope = request.scope;
  sign_in.nonce = request.nonce;
  sign_in.challenge = request.challenge;
  sign_in.person = *person;
  std::string code = grants_.parts().codes.begin(std::move(sign_in));
  if (code.empty()) {
    co_return go(request, {{"error", "temporarily_unavailable"},
                           {"error_description", "Too many sign-ins are waiting."}});
  }
  co_return go(request, {{"code", std::move(code)}});
}

Task<Result<http::Response>> LoginBrowser::authorize(http::Exchange& exchange) {
  const bool post = exchange.request().method() == http::Method::kPost;
  auto form = post ? co_await oauth_form(exchange) : oauth_query(exchange.request().query());
  if (!form) co_return pages_.message(400, "Sign in", form.error().message);
  const auto request = identity::read_authorize(*form, grants_);
  if (!request) co_return pages_.message(400, "Sign in", request.error().message);
  if (request->problem) {
    co_return go(*request, {{"error", request->problem->exact_code},
                            {"error_description", request->problem->message}});
  }
  if (post) co_return co_await authorize_answer(exchange, *form, *request);
  if (form->get("prompt") == "none") {
    co_return go(*request, {{"error", "login_required"},
                            {"error_description", "AADSTS50058: Every sign-in asks a person."}});
  }
  co_return authorize_page(exchange, *form, *request, "", 200);
}

}  // namespace berth::api
