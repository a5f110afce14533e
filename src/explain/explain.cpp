#include "explain/explain.h"

#include <algorithm>

#include "explain/changes.h"
#include "explain/command_line.h"

namespace berth::explain {
namespace {

// Somebody of a trusted issuer has no object id that a role could be given to, but may be in a
// group that has one.
void find_assignee(Refusal& refusal) {
  const policy::Principal& principal = refusal.question.principal;
  if (principal.in_directory()) {
    refusal.assignee = principal.id;
    refusal.assignee_place = kPrincipalPlace;
  } else if (principal.kind == policy::PrincipalKind::kExternal && !refusal.trace.groups.empty()) {
    refusal.assignee = refusal.trace.groups.front();
    refusal.assignee_place = shell_word(refusal.assignee);
  }
}

}  // namespace

Explanation explain(const policy::Snapshot& snapshot, const Question& question,
                    const Shows& shows) {
  Explanation out;
  const oci::RepositoryName* repository = question.repository ? &*question.repository : nullptr;
  out.decision = policy::decide(snapshot,
                                {question.source, question.principal, question.action,
                                 question.registry, repository, question.now},
                                &out.trace);
  std::erase_if(out.trace.assignments, [&](const policy::ConsideredAssignment& one) {
    return shows && one.outcome == policy::Outcome::kElsewhere && !shows(one);
  });
  const policy::RegistryPolicy* registry = snapshot.registries.find(question.registry);
  if (out.decision.allowed() || registry == nullptr) return out;
  Refusal refusal{snapshot, *registry, question, out.trace, {}, {}};
  refusal.by_network = out.decision.verdict == policy::Verdict::kDenyNetwork;
  find_assignee(refusal);
  out.changes = changes_for(refusal);
  return out;
}

}  // namespace berth::explain
