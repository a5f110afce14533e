// Why somebody may or may not, and what would change that: the decision itself (policy/decision.h)
// asked with a trace, and asked again after each change that might help. Nothing here knows a rule
// of its own: a change is offered only if the decision, over a snapshot with that change, allows.
//
// Pure values over an immutable snapshot; safe from any thread. Names of principals are the
// caller's business: here are object ids.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "oci/name.h"
#include "policy/decision.h"

namespace berth::explain {

struct Question {
  policy::Principal principal;
  policy::Source source;
  policy::Action action = policy::Action::kPull;
  std::string registry;                           // its name, lower case
  std::optional<oci::RepositoryName> repository;  // none for kCatalogRead, kRegistryRead
  TimePoint now = {};
  // How many rules a registry may have: none is proposed beyond (acr-access-model A3, A4).
  std::size_t most_ip_rules = std::numeric_limits<std::size_t>::max();
  std::size_t most_subnet_rules = std::numeric_limits<std::size_t>::max();
};

// One thing that an operator could do. `commands` are whole lines, ready to be pasted: berth's, and
// az's where az has one; `{principal}` stands where the caller puts the principal's name.
struct Change {
  std::string what;  // "Assign the role 'AcrPull' on the registry."
  std::vector<std::string> commands;
};

struct Explanation {
  policy::Decision decision;
  policy::Trace trace;
  // Smallest first: what gives the least beyond what was asked. Empty when it is allowed, or when
  // no single change helps.
  std::vector<Change> changes;
};

// Assignments at other scopes tell of what the asker may have no right to see: those for which
// `shows` is false are left out, of the changes' words, too. Empty: all are shown.
using Shows = std::function<bool(const policy::ConsideredAssignment& elsewhere)>;
Explanation explain(const policy::Snapshot& snapshot, const Question& question,
                    const Shows& shows = {});

// Who may do it: everybody for whom decide() allows, from `source` at `now`.
struct Holder {
  enum class Kind { kEverybody, kAdminUser, kToken, kPrincipal } kind = Kind::kPrincipal;
  std::string id;      // object id, token name; empty for kEverybody
  std::string rule;    // Decision::rule
  bool group = false;  // a group; its members are holders of their own, too
  // The role assignments that allow it, each with its condition's text, but no evaluation of it.
  std::vector<policy::ConsideredAssignment> through;
  std::string scope_map;  // kToken
};
struct Everybody {
  std::vector<Holder> holders;  // sorted by kind and id
  bool truncated = false;       // more than kMaxHolders
};
inline constexpr std::size_t kMaxHolders = 10'000;
Everybody who_can(const policy::Snapshot& snapshot, const Question& question);

// What a switch of the permissions mode (C1) would do to those who hold roles: one row for each
// principal that an assignment at, above or below the registry names, and each action that it would
// lose or gain there.
struct ModeChange {
  std::string principal;  // object id, or a group's
  bool group = false;
  policy::Action action = policy::Action::kPull;
  bool gains = false;  // else: loses
  // The assignments that give it now (loses) or would then (gains); conditions aside, which narrow
  // what is gained to some repositories.
  std::vector<policy::ConsideredAssignment> through;
  std::vector<Change> cures;  // loses: what keeps it
};
struct ModePreview {
  std::vector<ModeChange> changes;  // by principal; sign-in only where nothing else is lost
  bool truncated = false;           // more than kMaxModeChanges
};
inline constexpr std::size_t kMaxModeChanges = 5'000;
ModePreview preview_mode(const policy::Snapshot& snapshot, std::string_view registry,
                         policy::PermissionsMode mode, TimePoint now);

// The action that somebody means: a plain word (pull, push, delete, list, lock, untag, catalog,
// sign-in), a scope map's ("content/read"), or an operation's whole name. kInvalidRequest with all
// words otherwise.
Result<policy::Action> action_of(std::string_view text);
// The plain word.
std::string_view word_of(policy::Action action);

}  // namespace berth::explain
