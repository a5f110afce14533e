#include <algorithm>
#include <set>
#include <unordered_map>

#include "explain/explain.h"
#include "explain/holders.h"

namespace berth::explain {
namespace {

using policy::Principal;
using policy::PrincipalRecord;
using policy::Snapshot;

bool allows(const policy::ConsideredAssignment& one) {
  return one.outcome == policy::Outcome::kAllows;
}

// Asks the decision about everybody who could be allowed: not about all who have an account, but
// about those that an assignment names, and the members of groups whose assignments allow it.
class Search {
 public:
  Search(const Snapshot& snapshot, const Question& question, std::size_t most)
      : given_(snapshot), world_(snapshot), question_(question), most_(most) {}

  Everybody run() {
    if (world_.registries.find(question_.registry) == nullptr) return {};
    everybody();
    admin();
    tokens();
    principals();
    return std::move(found_);
  }
  // Of the last holder who is not a group.
  std::optional<Principal> principal() { return std::move(principal_); }

 private:
  const policy::RegistryPolicy& registry() const {
    return *world_.registries.find(question_.registry);
  }
  bool full() const { return found_.truncated; }

  policy::Decision decide(const Principal& principal, policy::Trace* trace = nullptr) const {
    const auto* repository = question_.repository ? &*question_.repository : nullptr;
    return policy::decide(world_,
                          {question_.source, principal, question_.action, question_.registry,
                           repository, question_.now},
                          trace);
  }

  // The trace is written only of who is allowed: most who are asked are not.
  void ask(Holder holder, const Principal& principal) {
    const policy::Decision decision = decide(principal);
    if (!decision.allowed() || full()) return;
    if (found_.holders.size() == most_) {
      found_.truncated = true;
      return;
    }
    holder.rule = decision.rule;
    if (holder.kind == Holder::Kind::kPrincipal) {
      policy::Trace trace;
      decide(principal, &trace);
      std::ranges::copy_if(trace.assignments, std::back_inserter(holder.through), allows);
      for (auto& one : holder.through) one.evaluation = {};  // it is true
    }
    if (!holder.group) principal_ = principal;
    found_.holders.push_back(std::move(holder));
  }

  // What is open to all is closed for the rest of the search: who else holds it, holds it alone.
  void everybody() {
    ask({.kind = Holder::Kind::kEverybody}, Principal{});
    if (found_.holders.empty()) return;
    policy::RegistryPolicy closed = registry();
    closed.anonymous_pull = false;
    world_.registries.set(question_.registry, std::move(closed));
  }

  void admin() {
    ask({.kind = Holder::Kind::kAdminUser, .id = registry().name}, admin_user(registry()));
  }

  void tokens() {
    std::set<std::string> names;
    registry().tokens.for_each([&](const std::string& name, const auto&) { names.insert(name); });
    for (const std::string& name : names) {
      const policy::Token& token = *registry().tokens.find(name);
      ask({.kind = Holder::Kind::kToken, .id = name, .scope_map = token.scope_map},
          token_user(registry(), name, token));
      if (full()) return;
    }
  }

  void principals() {
    for (const std::string& id : candidates()) {
      const PrincipalRecord* record = world_.principals.find(id);
      if (record == nullptr) continue;
      if (record->group) {
        ask({.id = id, .group = true}, sole_member(world_, id));
      } else if (const auto user = account(id, *record)) {
        ask({.id = id}, *user);
      }
      if (full()) return;
    }
  }

  std::set<std::string> candidates() {
    std::set<std::string> ids;
    world_.assignments.for_each([&](const std::string& id, const auto&) { ids.insert(id); });
    std::vector<std::string> groups;
    for (const std::string& id : ids) {
      const PrincipalRecord* record = world_.principals.find(id);
      if (record != nullptr && record->group && holds(id)) groups.push_back(id);
    }
    if (!groups.empty()) add_members(std::move(groups), ids);
    return ids;
  }

  // Also where a deny assignment refuses: it may except some of the members.
  bool holds(const std::string& group) {
    policy::Trace trace;
    decide(sole_member(world_, group), &trace);
    return std::ranges::any_of(trace.assignments, allows);
  }

  // Each membership is looked at once.
  void add_members(std::vector<std::string> groups, std::set<std::string>& ids) const {
    std::unordered_map<std::string_view, std::vector<const std::string*>> members;
    given_.principals.for_each([&](const std::string& id, const PrincipalRecord& record) {
      for (const std::string& group : record.member_of) members[group].push_back(&id);
    });
    std::set<std::string> done(groups.begin(), groups.end());
    while (!groups.empty()) {
      const std::string group = std::move(groups.back());
      groups.pop_back();
      for (const std::string* id : members[group]) {
        ids.insert(*id);
        if (done.insert(*id).second) groups.push_back(*id);
      }
    }
  }

  const Snapshot& given_;
  Snapshot world_;  // what is open to all is closed in it, and whoever stands for a group is there
  const Question& question_;
  const std::size_t most_;
  Everybody found_;
  std::optional<Principal> principal_;
};

}  // namespace

Everybody who_can(const Snapshot& snapshot, const Question& question) {
  return Search(snapshot, question, kMaxHolders).run();
}

std::optional<Principal> somebody(const Snapshot& snapshot, const Question& question) {
  Search search(snapshot, question, 1);
  search.run();
  return search.principal();
}

}  // namespace berth::explain
