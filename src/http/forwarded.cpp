#include "http/forwarded.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "http/token.h"

namespace berth::http {
namespace {

constexpr int kMaxEntries = 50;  // that are looked at

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// From the right, so that what strangers wrote further left, unbalanced quotes included, cannot
// change how the entry of a proxy is read. A quote is part of a string if an odd number of
// backslashes stands before it.
bool escaped(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] == '\\') --begin;
  return (at - begin) % 2 != 0;
}

// Takes the last entry of a list off `list`, which is nullopt after the first one: each comma has
// two sides, so an empty entry is one. Commas in quoted strings separate nothing.
std::string_view take_last(std::optional<std::string_view>& list, bool quotes) {
  const std::string_view all = *list;
  bool quoted = false;
  std::size_t begin = all.size();
  for (; begin > 0; --begin) {
    const char c = all[begin - 1];
    if (quotes && c == '"' && !escaped(all, begin - 1)) quoted = !quoted;
    if (c == ',' && !quoted) break;
  }
  list = begin == 0 ? std::nullopt : std::optional(all.substr(0, begin - 1));
  return trim(all.substr(begin));
}

// RFC 7239 §6: 1 to 5 digits, or an obfuscated port.
bool is_port(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kObfuscated =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-";
  if (text.size() > 1 && text.front() == '_') {
    return text.find_first_not_of(kObfuscated) == std::string_view::npos;
  }
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of(kDigits) == std::string_view::npos;
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<IpAddress> read_node(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return address;
  if (const auto address = IpAddress::parse_host(text)) return address;
  const std::size_t colon = text.rfind(':');  // a port has none
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return std::nullopt;
  return IpAddress::parse_host(text.substr(0, colon));
}

std::string_view take_token(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_token_char);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view token = text.substr(0, length);
  text.remove_prefix(length);
  return token;
}

// A token or a quoted string, unquoted; nullopt when it is neither.
std::optional<std::string> take_value(std::string_view& text) {
  if (!text.starts_with('"')) {
    const std::string_view token = take_token(text);
    return token.empty() ? std::nullopt : std::optional(std::string(token));
  }
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    value += text[i];
  }
  return std::nullopt;
}

// `for` of one forwarded-element (RFC 7239 §4); nullopt when there is none, or the grammar is not
// kept.
std::optional<std::string> read_for(std::string_view element) {
  std::optional<std::string> found;
  for (;;) {
    const std::string_view name = take_token(element);
    if (name.empty() || !element.starts_with('=')) return std::nullopt;
    element.remove_prefix(1);
    auto value = take_value(element);
    if (!value) return std::nullopt;
    if (equal_no_case(name, "for")) {
      if (found) return std::nullopt;
      found = std::move(value);
    }
    element = trim(element);
    if (element.empty()) return found;
    if (element.front() != ';') return std::nullopt;
    element = trim(element.substr(1));
  }
}

std::optional<IpAddress> read_entry(std::string_view entry, bool rfc7239) {
  if (!rfc7239) return read_node(entry);
  const auto node = read_for(entry);
  return node ? read_node(*node) : std::nullopt;
}

Error no_address(std::string_view entry, bool rfc7239) {
  constexpr std::size_t kShown = 60;
  const bool printable =
      std::ranges::all_of(entry, [](char c) { return c >= ' ' && c < '\x7f' && c != '"'; });
  const std::string shown =
      printable && entry.size() <= kShown ? fmt::format(" \"{}\"", entry) : std::string();
  return {Code::kInvalidRequest,
          rfc7239
              ? fmt::format("The entry{} of the Forwarded header names no address; the proxy in "
                            "front must write for=<address of its client>.",
                            shown)
              : fmt::format("The entry{} of the X-Forwarded-For header is no address; the proxy "
                            "in front must append the address of its client.",
                            shown)};
}

// Not the proxy itself: one that lets "Connection: X-Forwarded-For" strip its own header would let
// its clients in as that.
Error no_header(bool rfc7239) {
  return {Code::kInvalidRequest,
          rfc7239 ? "The proxy that this listener declares sent no Forwarded header; it must write "
                    "for=<address of its client> into each request."
                  : "The proxy that this listener declares sent no X-Forwarded-For header; it must "
                    "append the address of its client in each request."};
}

}  // namespace

Result<IpAddress> client_behind(const ForwardedQuestion& question) {
  IpAddress client = question.peer;
  std::optional<std::string_view> list = trim(question.header_text);
  if (list->empty()) return fail(no_header(question.rfc7239));
  for (int entries = 0; list && question.proxies.contains(client); ++entries) {
    if (entries == kMaxEntries) {
      return fail(Code::kInvalidRequest,
                  fmt::format("More than {} proxies forwarded this request.", kMaxEntries));
    }
    const std::string_view entry = take_last(list, question.rfc7239);
    const auto address = read_entry(entry, question.rfc7239);
    if (!address) return fail(no_address(entry, question.rfc7239));
    client = *address;
  }
  return client;
}

}  // namespace berth::http
