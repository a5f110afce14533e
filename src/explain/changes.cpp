#include "explain/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace berth::explain {
namespace {

policy::Decision decide_again(const Refusal& refusal, const Proposal& proposal) {
  const Question& question = refusal.question;
  const oci::RepositoryName* repository = question.repository ? &*question.repository : nullptr;
  const policy::Source& source = proposal.source ? *proposal.source : question.source;
  return policy::decide(proposal.world, {source, proposal.principal, question.action,
                                         question.registry, repository, question.now});
}

// Where a door for everybody helps, a wider one opens more than is needed.
struct Offers {
  std::vector<Change> changes;
  bool to_everybody = false;

  void add(Proposal& proposal) {
    const bool known = std::ranges::any_of(
        changes, [&](const Change& change) { return change.commands == proposal.change.commands; });
    const bool everybody = proposal.reach == Reach::kEverybody;
    if (known || changes.size() == kMaxChanges || (everybody && to_everybody)) return;
    to_everybody |= everybody;
    changes.push_back(std::move(proposal.change));
  }
};

}  // namespace

policy::Snapshot with_registry(const Refusal& refusal, policy::RegistryPolicy registry) {
  policy::Snapshot world = refusal.world;
  world.registries.set(refusal.question.registry, std::move(registry));
  return world;
}

std::vector<Change> changes_for(const Refusal& refusal) {
  constexpr std::array kKinds = {propose_credentials, propose_sign_in,        propose_rules,
                                 propose_roles,       propose_anonymous_pull, propose_network};
  Proposals proposals;
  for (const auto propose : kKinds) propose(refusal, proposals);
  std::ranges::stable_sort(proposals, {},
                           [](const Proposal& p) { return std::tuple(p.reach, p.weight); });
  Offers offers;
  Offers past_network;  // and refused behind it
  for (Proposal& proposal : proposals) {
    if (offers.changes.size() == kMaxChanges) break;
    const policy::Decision after = decide_again(refusal, proposal);
    if (after.allowed()) {
      offers.add(proposal);
    } else if (refusal.by_network && after.verdict != policy::Verdict::kDenyNetwork) {
      proposal.change.what +=
          fmt::format(" Then it is refused for another reason: {}. Ask again.", after.reason);
      past_network.add(proposal);
    }
  }
  return std::move((offers.changes.empty() ? past_network : offers).changes);
}

}  // namespace berth::explain
