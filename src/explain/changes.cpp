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
  return policy::decide(proposal.world, {question.source, proposal.principal, question.action,
                                         question.registry, repository, question.now});
}

bool is_in(const std::vector<Change>& changes, const Change& change) {
  return std::ranges::any_of(
      changes, [&](const Change& known) { return known.commands == change.commands; });
}

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
  std::vector<Change> changes;
  std::vector<Change> past_network;  // and refused behind it
  for (Proposal& proposal : proposals) {
    if (changes.size() == kMaxChanges) break;
    const policy::Decision after = decide_again(refusal, proposal);
    Change& change = proposal.change;
    if (after.allowed()) {
      if (!is_in(changes, change)) changes.push_back(std::move(change));
    } else if (refusal.by_network && after.verdict != policy::Verdict::kDenyNetwork) {
      change.what +=
          fmt::format(" Then it is refused for another reason: {}. Ask again.", after.reason);
      if (past_network.size() < kMaxChanges) past_network.push_back(std::move(change));
    }
  }
  return changes.empty() ? past_network : changes;
}

}  // namespace berth::explain
