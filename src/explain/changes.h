// What might help somebody who was refused: proposals, each with the world as it would be. Whether
// one helps is not known here: changes_for() asks the decision again, and drops those that do not.
// Network and permission are two doors: where both are shut, what opens the first is told alone.
// Pure; not for use outside of this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/explain.h"

namespace berth::explain {

// Whom a change reaches beyond the question, least first.
enum class Reach {
  kNone,        // it gives back what was given already
  kRepository,  // the rest of a role or rule, in the one repository
  kPrefix,      // … and in the repositories beside it
  kRegistry,    // … and in all of the registry
  kOthers,      // others, who share a scope map, a group or a way here
  kEverybody,
};

struct Proposal {
  policy::Snapshot world;       // with the change
  policy::Principal principal;  // who asks then: with another credential, after signing in again
  Change change;
  Reach reach = Reach::kNone;
  int weight = 0;  // more of the same reach: how much the role or rule holds
  std::optional<policy::Source> source = {};  // who asks comes another way then
};

struct Refusal {
  const policy::Snapshot& world;
  const policy::RegistryPolicy& registry;
  const Question& question;
  const policy::Trace& trace;
  std::string assignee;        // object id that a role would be given to; empty: nobody has one
  std::string assignee_place;  // what stands for it in commands
  bool by_repository = true;   // propose what is good for the one repository only, too
  bool by_network = false;     // the network refused: a change that leads past it is worth telling
};

inline constexpr std::size_t kMaxChanges = 5;
// The proposals that help, least first, kMaxChanges at most; of those for everybody the narrowest
// alone.
std::vector<Change> changes_for(const Refusal& refusal);

// Proposals by kind. Each adds to `out`.
using Proposals = std::vector<Proposal>;
void propose_credentials(const Refusal& refusal, Proposals& out);
void propose_sign_in(const Refusal& refusal, Proposals& out);
void propose_anonymous_pull(const Refusal& refusal, Proposals& out);
void propose_rules(const Refusal& refusal, Proposals& out);
void propose_roles(const Refusal& refusal, Proposals& out);
void propose_network(const Refusal& refusal, Proposals& out);

// The world with another registry policy under the same name.
policy::Snapshot with_registry(const Refusal& refusal, policy::RegistryPolicy registry);

}  // namespace berth::explain
