#include "explain/preview_network.h"

#include <memory>

namespace berth::explain {
namespace {

using policy::Decision;
using policy::Snapshot;

// Of somebody without a name it is not known whether he is of a kind that alone is let in: a
// preview must not hide that he may be locked out.
constexpr Decision kOnlyServices = {
    policy::Verdict::kDenyNetwork, "service-kind",
    "from there only identities of some kinds of service are let in, and no identity was named"};

Decision ask(const Snapshot& world, std::string_view registry, const Caller& caller,
             TimePoint now) {
  if (caller.principal == nullptr) {
    const policy::Admission admission = policy::admit(world, caller.source, registry, now);
    return admission.allowed() && admission.only != 0 ? kOnlyServices : admission;
  }
  const policy::Action reading =
      caller.repository == nullptr ? policy::Action::kRegistryRead : policy::Action::kPull;
  return policy::decide(world, {caller.source, *caller.principal, caller.action.value_or(reading),
                                registry, caller.repository, now});
}

}  // namespace

NetworkPreview preview_network(const Snapshot& snapshot, std::string_view registry,
                               const policy::NetworkRules& after,
                               const std::vector<Caller>& callers, TimePoint now) {
  NetworkPreview out;
  const policy::RegistryPolicy* found = snapshot.registries.find(registry);
  if (found == nullptr) {
    out.unchanged = callers.size();
    return out;
  }
  policy::RegistryPolicy changed = *found;
  changed.network = std::make_shared<const policy::Network>(after);
  Snapshot then = snapshot;
  then.registries.set(registry, std::move(changed));
  for (std::size_t i = 0; i < callers.size(); ++i) {
    CallerChange change{i, ask(snapshot, registry, callers[i], now),
                        ask(then, registry, callers[i], now)};
    if (change.before.allowed() == change.after.allowed()) {
      ++out.unchanged;
    } else {
      (change.after.allowed() ? out.let_in : out.locked_out).push_back(change);
    }
  }
  return out;
}

}  // namespace berth::explain
