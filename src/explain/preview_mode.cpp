#include <algorithm>
#include <set>

#include "explain/changes.h"
#include "explain/command_line.h"
#include "explain/holders.h"
#include "policy/roles.h"

namespace berth::explain {
namespace {

using policy::Action;
using policy::ConsideredAssignment;
using policy::Outcome;
using policy::PermissionsMode;
using policy::PrincipalRecord;
using policy::Snapshot;

// A world in one mode, and what it says about one principal and action.
struct Side {
  Snapshot world;
  policy::Trace trace;
  bool holds = false;
};

bool gives(const ConsideredAssignment& one) {
  return one.outcome == Outcome::kAllows || one.outcome == Outcome::kCondition;
}

Side side(const Snapshot& snapshot, std::string_view registry, PermissionsMode mode) {
  Side out{snapshot, {}};
  policy::RegistryPolicy policy = *snapshot.registries.find(registry);
  policy.mode = mode;
  policy.network = nullptr;  // from anywhere: the mode is the same for all
  out.world.registries.set(registry, std::move(policy));
  return out;
}

class Preview {
 public:
  Preview(const Snapshot& snapshot, std::string_view registry, PermissionsMode mode, TimePoint now)
      : now_(side(snapshot, registry, snapshot.registries.find(registry)->mode)),
        then_(side(snapshot, registry, mode)) {
    question_.registry = registry;
    question_.source.tls = true;
    question_.now = now;
  }

  ModePreview run() {
    std::set<std::string> ids;
    now_.world.assignments.for_each([&](const std::string& id, const auto&) { ids.insert(id); });
    for (const std::string& id : ids) {
      const PrincipalRecord* record = now_.world.principals.find(id);
      if (record == nullptr) continue;
      const bool group = record->group;
      stand_for(id, *record);
      if (reaches_the_registry()) compare(id, group);
      found_.truncated = found_.changes.size() > kMaxModeChanges;
      if (found_.truncated) break;
    }
    found_.changes.resize(std::min(found_.changes.size(), kMaxModeChanges));
    return std::move(found_);
  }

 private:
  // Somebody with all that the principal holds, also while the account is disabled or has no
  // credential: that may change after the switch.
  void stand_for(const std::string& id, PrincipalRecord record) {
    for (Side* one : {&now_, &then_}) question_.principal = sole_member(one->world, id);
    if (record.group) return;
    record.enabled = true;
    record.credentials = {question_.principal.credential};
    question_.principal.id = id;
    for (Side* one : {&now_, &then_}) one->world.principals.set(id, record);
  }

  void ask(Side& one, Action action) {
    // Any name will do: a condition that is not true of it may be true of others.
    static const auto kAnyRepository = oci::RepositoryName::parse("any/repository").value();
    question_.action = action;
    question_.repository.reset();
    if (action < Action::kCatalogRead) question_.repository = kAnyRepository;
    one.trace = {};
    const policy::Decision decision =
        policy::decide(one.world,
                       {question_.source, question_.principal, action, question_.registry,
                        question_.repository ? &*question_.repository : nullptr, question_.now},
                       &one.trace);
    one.holds = decision.allowed() ||
                (one.trace.denials.empty() && std::ranges::any_of(one.trace.assignments, gives));
  }

  bool reaches_the_registry() {
    ask(now_, Action::kRegistryRead);
    return std::ranges::any_of(now_.trace.assignments, [](const ConsideredAssignment& one) {
      return one.outcome != Outcome::kElsewhere;
    });
  }

  void compare(const std::string& id, bool group) {
    bool loses = false;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Action::kRegistryRead); ++i) {
      const auto action = static_cast<Action>(i);
      ask(now_, action);
      ask(then_, action);
      if (now_.holds == then_.holds) continue;
      // Whatever keeps another action keeps sign-in, which comes last.
      if (action == Action::kRegistryRead && loses) continue;
      loses = loses || !then_.holds;
      ModeChange change{id, group, action, then_.holds, {}, {}};
      const Side& giver = then_.holds ? then_ : now_;
      std::ranges::copy_if(giver.trace.assignments, std::back_inserter(change.through), gives);
      if (!then_.holds) change.cures = cures(id);
      for (ConsideredAssignment& one : change.through) one.evaluation = {};
      found_.changes.push_back(std::move(change));
    }
  }

  std::vector<Change> cures(const std::string& id) const {
    const policy::RegistryPolicy& registry = *then_.world.registries.find(question_.registry);
    return changes_for(
        {then_.world, registry, question_, then_.trace, id, std::string(kPrincipalPlace), false});
  }

  Side now_, then_;
  Question question_;
  ModePreview found_;
};

}  // namespace

ModePreview preview_mode(const Snapshot& snapshot, std::string_view registry, PermissionsMode mode,
                         TimePoint now) {
  const policy::RegistryPolicy* found = snapshot.registries.find(registry);
  if (found == nullptr || found->mode == mode) return {};
  return Preview(snapshot, registry, mode, now).run();
}

}  // namespace berth::explain
