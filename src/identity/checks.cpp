#include "identity/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "identity/model.h"

namespace berth::identity {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Bytes that follow this first byte of a UTF-8 sequence; -1 for none that may be first.
int followers(unsigned char c) {
  if (c < 0x80) return 0;
  if (c >= 0xc2 && c < 0xe0) return 1;
  if (c >= 0xe0 && c < 0xf0) return 2;
  return c >= 0xf0 && c < 0xf5 ? 3 : -1;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    int more = followers(static_cast<unsigned char>(text[i]));
    if (more < 0) return false;
    for (; more > 0; --more) {
      if (++i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace

Error bad_property(std::string_view name, std::string_view rule) {
  return Error(Code::kInvalidRequest,
               fmt::format("Invalid value specified for property '{}': {}", name, rule))
      .with("target", std::string(name))
      .named("Request_BadRequest");
}

Result<void> check_text(std::string_view name, std::string_view text, std::size_t most,
                        std::size_t least) {
  const bool good = text.size() >= least && text.size() <= most &&
                    std::none_of(text.begin(), text.end(), is_control) && is_utf8(text);
  if (good) return {};
  return fail(bad_property(
      name, fmt::format("{} to {} bytes of text without control characters.", least, most)));
}

Result<void> check_principal_name(std::string_view name, std::string_view domain) {
  const std::size_t at = name.find('@');
  const std::string_view local = name.substr(0, at);
  const bool good =
      at != std::string_view::npos && !local.empty() && local.size() <= 64 &&
      lower(name.substr(at + 1)) == lower(domain) && local.front() != '.' &&
      std::all_of(local.begin(), local.end(), [](char c) {
        return is_alnum(c) || std::string_view(".-_'").find(c) != std::string_view::npos;
      });
  if (good) return {};
  return fail(bad_property(
      "userPrincipalName",
      fmt::format("write name@{}, the name being 1 to 64 letters, digits and any of .-_'",
                  domain)));
}

bool WebUri::loopback() const {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}
std::string WebUri::origin() const {
  return fmt::format("{}://{}{}{}", scheme, host, port.empty() ? "" : ":", port);
}

// Deliberately narrower than RFC 3986: what browsers read differently from each other (back
// slashes, user info, white space) is refused.
Result<WebUri> parse_web_uri(std::string_view uri) {
  const auto refuse = [] {
    return fail(Code::kInvalidRequest, "write an absolute URI: https://host[:port]/path.");
  };
  const std::size_t colon = uri.find("://");
  if (colon == std::string_view::npos || uri.size() > Limits::kTextBytes) return refuse();
  const bool odd = std::any_of(uri.begin(), uri.end(), [](char c) {
    return is_control(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view(" \\\"<>`{}|^").find(c) != std::string_view::npos;
  });
  WebUri out;
  out.scheme = lower(uri.substr(0, colon));
  std::string_view rest = uri.substr(colon + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  out.rest = rest.substr(authority.size());
  // The port is behind the last ':' that is not inside an IPv6 literal.
  const std::size_t port_at =
      authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (port_at != std::string_view::npos && port_at < authority.size()) {
    out.port = authority.substr(port_at + 1);
    authority = authority.substr(0, port_at);
    if (out.port.empty()) return refuse();
  }
  out.host = lower(authority);
  const bool good_host =
      !out.host.empty() && std::all_of(out.host.begin(), out.host.end(), [](char c) {
        return is_alnum(c) || std::string_view(".-_[]:").find(c) != std::string_view::npos;
      });
  const bool good_port =
      out.port.size() <= 5 && std::all_of(out.port.begin(), out.port.end(), is_digit);
  const bool web = out.scheme == "https" || out.scheme == "http";
  if (odd || !web || !good_host || !good_port) return refuse();
  return out;
}

Result<void> check_redirect(std::string_view name, std::string_view uri) {
  const auto parsed = parse_web_uri(uri);
  const bool good = parsed && parsed->rest.find('#') == std::string::npos &&
                    (parsed->scheme == "https" || parsed->loopback());
  if (good) return {};
  return fail(
      bad_property(name, "write https://host/path, or http on localhost, without a fragment."));
}

}  // namespace berth::identity
