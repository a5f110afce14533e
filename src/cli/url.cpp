#include "cli/url.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::cli {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool digits(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == ':' || c == '[' || c == ']';
}

}  // namespace

bool Url::loopback() const {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::string Url::domain() const {
  const std::size_t dot = host.find('.');
  return dot == std::string::npos ? "" : host.substr(dot + 1);
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (const auto end = text.find("://"); end != std::string_view::npos) {
    url.scheme = text.substr(0, end);
    if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
    text.remove_prefix(end + 3);
  }
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  url.target = text.substr(end, text.find('#') - end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  url.host = text.substr(0, end);
  const std::size_t colon = url.host.rfind(':');
  if (colon != std::string::npos && !url.host.ends_with(']')) {
    url.port = url.host.substr(colon + 1);
    url.host.resize(colon);
    if (!digits(url.port)) return std::nullopt;
  }
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), &lower);
  if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), &host_character)) {
    return std::nullopt;
  }
  if (url.scheme.empty()) url.scheme = url.loopback() ? "http" : "https";
  return url;
}

bool same_server(const Url& one, const Url& other) {
  if (one.scheme != other.scheme) return false;
  if (one.host == other.host) return true;
  const std::string domain = one.domain();
  // A domain of one label is a public suffix: it holds more than one owner.
  return domain.find('.') != std::string::npos && other.host.ends_with("." + domain);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string form_of(const std::vector<Field>& fields) {
  std::string out;
  for (const Field& field : fields) {
    if (!out.empty()) out += '&';
    out += percent_encoded(field.name) + '=' + percent_encoded(field.value);
  }
  return out;
}

}  // namespace berth::cli
