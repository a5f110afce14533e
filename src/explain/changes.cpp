#include "explain/changes.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace berth::explain {
namespace {

bool helps(const Refusal& refusal, const Proposal& proposal) {
  const Question& question = refusal.question;
  const oci::RepositoryName* repository = question.repository ? &*question.repository : nullptr;
  return policy::decide(proposal.world, {question.source, proposal.principal, question.action,
                                         question.registry, repository, question.now})
      .allowed();
}

}  // namespace

policy::Snapshot with_registry(const Refusal& refusal, policy::RegistryPolicy registry) {
  policy::Snapshot world = refusal.world;
  world.registries.set(refusal.question.registry, std::move(registry));
  return world;
}

std::vector<Change> changes_for(const Refusal& refusal) {
  constexpr std::array kKinds = {propose_credentials, propose_sign_in, propose_rules, propose_roles,
                                 propose_anonymous_pull};
  Proposals proposals;
  for (const auto propose : kKinds) propose(refusal, proposals);
  std::ranges::stable_sort(proposals, {},
                           [](const Proposal& p) { return std::tuple(p.reach, p.weight); });
  std::vector<Change> changes;
  for (Proposal& proposal : proposals) {
    if (changes.size() == kMaxChanges) break;
    const bool known = std::ranges::any_of(
        changes, [&](const Change& change) { return change.commands == proposal.change.commands; });
    if (!known && helps(refusal, proposal)) changes.push_back(std::move(proposal.change));
  }
  return changes;
}

}  // namespace berth::explain
