#include "access/host.h"

#include <algorithm>

#include "base/ascii.h"

namespace berth::access {
namespace {

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
}

}  // namespace

HostPort split_host(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || !is_port(host.substr(colon + 1))) return {lower(host), {}};
  return {lower(host.substr(0, colon)), std::string(host.substr(colon + 1))};
}

std::string host_name(std::string_view host) {
  std::string name = split_host(host).name;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace berth::access
