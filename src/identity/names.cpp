#include "identity/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "identity/model.h"

namespace berth::identity {
namespace {

constexpr std::array<std::string_view, 3> kFacesWithTokens = {"management", "graph", "logs"};
// Authorities that mean "the tenant of this server" without naming it.
constexpr std::array<std::string_view, 3> kAnyTenant = {"adfs", "common", "organizations"};

}  // namespace

std::string without_end_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string(text);
}

Names::Names(std::string domain, unsigned https_port)
    : domain_(domain.empty() ? std::string("localhost") : lower(domain)),
      port_(https_port == 443 ? std::string() : fmt::format(":{}", https_port)) {}

std::string Names::face(std::string_view label) const {
  return fmt::format("https://{}.{}{}", label, domain_, port_);
}

std::string Names::issuer(std::string_view tenant) const {
  return fmt::format("{}/{}/", login(), tenant);
}

bool Names::is_tenant(std::string_view segment, std::string_view tenant) const {
  if (std::find(kAnyTenant.begin(), kAnyTenant.end(), segment) != kAnyTenant.end()) return true;
  const std::string name = lower(segment);
  return name == tenant || name == domain_;
}

std::vector<std::string> Names::token_endpoints(std::string_view tenant) const {
  std::vector<std::string> out{issuer(tenant), without_end_slash(issuer(tenant)),
                               fmt::format("{}/{}/v2.0", login(), tenant)};
  std::vector<std::string_view> authorities(kAnyTenant.begin(), kAnyTenant.end());
  authorities.push_back(tenant);
  authorities.push_back(domain_);
  for (const std::string_view authority : authorities) {
    out.push_back(fmt::format("{}/{}/oauth2/token", login(), authority));
    out.push_back(fmt::format("{}/{}/oauth2/v2.0/token", login(), authority));
  }
  return out;
}

std::string Names::audience(std::string_view resource, const policy::Snapshot& policy) const {
  const std::string asked = lower(without_end_slash(resource));
  if (asked == kRegistryAudience) return asked;
  for (const std::string_view label : kFacesWithTokens) {
    if (asked == face(label)) return asked;
  }
  // https://<registry>.<domain>
  constexpr std::string_view kScheme = "https://";
  const std::string end = fmt::format(".{}{}", domain_, port_);
  if (!asked.starts_with(kScheme) || !asked.ends_with(end)) return {};
  const std::string_view label =
      std::string_view(asked).substr(kScheme.size(), asked.size() - kScheme.size() - end.size());
  return policy.registries.find(label) == nullptr ? std::string() : asked;
}

}  // namespace berth::identity
