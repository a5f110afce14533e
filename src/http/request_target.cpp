#include "http/request_target.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace berth::http {
namespace {

// Visible ASCII without '#': a fragment is never sent, and some readers would cut there.
bool is_target_character(char c) {
  return c > ' ' && c < 0x7f && c != '#';
}

bool is_host_character(char c) {
  constexpr std::string_view kPunctuation = "-._:[]";
  return is_alnum(c) || kPunctuation.find(c) != std::string_view::npos;
}

Target at_question_mark(std::string_view text) {
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, {}};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

tl::expected<Target, std::string_view> absolute_form(std::string_view rest, std::string_view host) {
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (!equal_no_case(rest.substr(0, end), host)) {
    return tl::unexpected<std::string_view>(
        "The request target names another host than the Host header.");
  }
  Target target = at_question_mark(rest.substr(end));
  if (target.path.empty()) target.path = "/";
  return target;
}

}  // namespace

bool is_valid_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), is_host_character);
}

tl::expected<Target, std::string_view> split_target(std::string_view target, std::string_view host,
                                                    bool options) {
  if (!std::all_of(target.begin(), target.end(), is_target_character)) {
    return tl::unexpected<std::string_view>(
        "The request target holds a character that must be percent-encoded.");
  }
  if (target.starts_with('/')) return at_question_mark(target);
  if (target == "*" && options) return Target{target, {}};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equal_no_case(target.substr(0, scheme.size()), scheme)) {
      return absolute_form(target.substr(scheme.size()), host);
    }
  }
  return tl::unexpected<std::string_view>("The request target must begin with \"/\".");
}

}  // namespace berth::http
