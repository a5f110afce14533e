#include "policy/scopes.h"

#include <algorithm>

namespace berth::policy {
namespace {

constexpr std::string_view kSubscriptions = "/subscriptions/";

// Nothing in a subscription lies in a group but the subscription itself.
std::string_view nearest_with_groups(std::string_view id) {
  if (!id.starts_with(kSubscriptions)) return id;
  return id.substr(0, std::min(id.find('/', kSubscriptions.size()), id.size()));
}

}  // namespace

bool within(std::string_view id, std::string_view scope) {
  if (scope == "/") return true;
  if (scope.empty() || !id.starts_with(scope)) return false;
  return id.size() == scope.size() || id[scope.size()] == '/';
}

bool ScopesAbove::hold(std::string_view scope) {
  if (within(id_, scope)) return true;
  // What lies in a subscription says so in its id; only other scopes need a look at the groups.
  if (scope.starts_with(kSubscriptions)) return false;
  const auto above = groups();
  return std::ranges::find(above, scope) != above.end();
}

std::span<const std::string_view> ScopesAbove::groups() {
  if (!found_) find_groups();
  return std::span(groups_).first(count_);
}

// From the resource upwards to what lies in a group, then from group to group. Groups in a circle
// end with the count.
void ScopesAbove::find_groups() {
  found_ = true;
  const std::string* parent = nullptr;
  for (std::string_view at = nearest_with_groups(id_); parent == nullptr && !at.empty();) {
    parent = snapshot_.parents.find(at);
    at = at.substr(0, std::min(at.rfind('/'), at.size()));
  }
  while (parent != nullptr && count_ < groups_.size()) {
    groups_[count_++] = *parent;
    parent = snapshot_.parents.find(*parent);
  }
}

}  // namespace berth::policy
