#include "api/login_pages.h"

#include <fmt/format.h>

#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::api {
namespace {

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}"
    "label{display:block;margin:1rem 0}input{display:block;width:100%;font:inherit;padding:.4rem;"
    "box-sizing:border-box}button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}"
    ".problem{border-left:4px solid #b00;padding-left:.6rem}footer{margin-top:3rem;color:#555}";

// Only this very style sheet, no script, no frame around it. Browsers follow form-action also
// through the redirect after a form, so a page that leads on must name the next origin.
std::string content_policy(std::string_view form_action) {
  static const std::string kStyleHash = crypto::base64(crypto::sha256(kStyle));
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; form-action 'self'{}{}; frame-ancestors 'none'; "
      "base-uri 'none'",
      kStyleHash, form_action.empty() ? "" : " ", form_action);
}

std::string form_start(const HtmlForm& form) {
  std::string out = fmt::format("<form method=\"post\" action=\"{}\" autocomplete=\"off\">",
                                html_escaped(form.action));
  for (const auto& [name, value] : form.hidden) {
    out += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", html_escaped(name),
                       html_escaped(value));
  }
  return out;
}

std::string problem_text(std::string_view problem) {
  return problem.empty()
             ? std::string()
             : fmt::format("<p class=\"problem\" role=\"alert\">{}</p>", html_escaped(problem));
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

http::Response Pages::page(unsigned status, std::string_view title, std::string_view body,
                           std::string_view form_action) const {
  http::Response response(status);
  response.header("Content-Type", "text/html; charset=utf-8")
      .header("Cache-Control", "no-store")
      .header("Content-Security-Policy", content_policy(form_action))
      .header("X-Frame-Options", "DENY")
      .header("X-Content-Type-Options", "nosniff")
      .header("Referrer-Policy", "same-origin")
      .header("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  response.body = fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title>"
      "<style>{1}</style></head><body><h1>{0}</h1>{2}<footer>Directory: {3}</footer></body></html>",
      html_escaped(title), kStyle, body, html_escaped(directory_));
  return response;
}

http::Response Pages::message(unsigned status, std::string_view title,
                              std::string_view text) const {
  return page(status, title, fmt::format("<p>{}</p>", html_escaped(text)), {});
}

http::Response Pages::device_code(unsigned status, std::string_view problem) const {
  return page(status, "Enter code",
              problem_text(problem) +
                  "<p>Enter the code that your device shows. Do not enter a code that somebody "
                  "else gave you.</p><form method=\"get\" action=\"/devicelogin\">"
                  "<label>Code <input name=\"user_code\" autofocus required maxlength=\"20\" "
                  "autocomplete=\"off\"></label><button>Next</button></form>",
              {});
}

http::Response Pages::sign_in(unsigned status, const SignIn& s) const {
  const std::string decline =
      s.can_decline ? "<button name=\"decline\" value=\"1\" formnovalidate>This was not me</button>"
                    : "";
  return page(
      status, "Sign in",
      fmt::format("{}<p>To <b>{}</b>{}{}.</p>{}"
                  "<label>User <input name=\"username\" value=\"{}\" required autofocus "
                  "autocomplete=\"username\"></label>"
                  "<label>Password <input name=\"password\" type=\"password\" required "
                  "autocomplete=\"current-password\"></label>"
                  "<button>Sign in</button>{}</form>",
                  problem_text(s.problem), html_escaped(s.client_name), s.where.empty() ? "" : ", ",
                  html_escaped(s.where), form_start(s.form), html_escaped(s.user), decline),
      s.form_action);
}

http::Response Pages::hand_over(const HtmlForm& form, std::string_view client_name,
                                std::string_view origin) const {
  return page(200, "Signed in",
              form_start(form) + fmt::format("<button autofocus>Continue to {}</button></form>",
                                             html_escaped(client_name)),
              origin);
}

}  // namespace berth::api
