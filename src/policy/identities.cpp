#include "policy/identities.h"

#include <algorithm>

namespace berth::policy {
namespace {

// As many are searched faster one by one than by hash.
constexpr std::size_t kFew = 16;

}  // namespace

Identities::Identities(const Snapshot& snapshot, const Principal& principal)
    : snapshot_(snapshot), principal_(principal) {
  if (principal.id.empty()) return;
  found_.reserve(kFew);
  found_.push_back({principal.id, snapshot.principals.find(principal.id)});
}

std::string_view Identities::next() {
  // The groups of an id are needed only when what follows it is.
  if (next_ > 0 && next_ <= found_.size()) {
    const Entry last = found_[next_ - 1];
    // An issuer may still vouch for a group that is gone, whose assignments are not.
    if (next_ == 1) add_groups(principal_.groups);
    if (last.record != nullptr) add_groups(last.record->member_of);
  }
  if (next_ >= found_.size()) return {};
  return found_[next_++].id;
}

void Identities::add_groups(const std::vector<std::string>& groups) {
  for (const std::string& id : groups) {
    if (found_.size() > kMaxGroups) return;
    if (!is_new(id)) continue;
    const PrincipalRecord* record = snapshot_.principals.find(id);
    if (record != nullptr && record->group && record->enabled) found_.push_back({id, record});
  }
}

bool Identities::is_new(std::string_view id) {
  if (found_.size() < kFew) return std::ranges::find(found_, id, &Entry::id) == found_.end();
  if (seen_.empty()) {
    for (const Entry& entry : found_) seen_.insert(entry.id);
  }
  return seen_.insert(id).second;
}

}  // namespace berth::policy
