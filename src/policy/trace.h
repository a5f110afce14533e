// What the decision looked at, written down by the decision itself (decision.h) when it is asked
// to: for `can-i`, for a preview, for the answer to "why". A value without references into the
// snapshot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conditions/condition.h"

namespace berth::policy {

// The steps of acr-access-model C3 and what stands before them, in the order they were taken. The
// first that did not pass decided; the last one allowed, if none did.
struct Step {
  std::string rule;  // Decision::rule
  bool passed = false;
  std::string reason;  // of a step that did not pass
};

// What became of one role assignment of the principal or one of its groups.
enum class Outcome {
  kAllows,
  kElsewhere,  // made at a scope that does not hold the one asked for
  kRoleGone,   // its definition was deleted
  kRoleLacks,  // the role does not hold the operation
  kOtherMode,  // it would, in the registry's other permissions mode (C1)
  kCondition,  // it does, but the condition is not true
};
std::string_view outcome_name(Outcome outcome);  // "allows", "otherScope", "roleDeleted", …

struct ConsideredAssignment {
  std::string id, scope;
  std::string principal;  // object id: who was asked for, or a group
  std::string role, role_name;
  Outcome outcome = Outcome::kElsewhere;
  std::string operation;         // what the role allows, or what it was asked for
  std::string condition;         // its text; empty: none
  conditions::Trace evaluation;  // of the condition, when the role holds the operation
};

struct ConsideredDenial {
  std::string id, name, scope, operation;
};

// One rule of a token's scope map.
struct ConsideredRule {
  std::string repository, action;
  bool allows = false;
};

// What the network decision saw, for the operator (acr-access-model A2).
struct ConsideredNetwork {
  std::string address, proxy, listener, destination, link, client_ca;
  std::string private_endpoint, endpoint_state;  // it came through; empty: through none
  std::string subnet;                            // its address lies in; empty: in none declared
  std::string ip_rule;                           // the block that let it in; empty: none did
  std::vector<std::string> ingress;  // kinds of service that the operator expects on this way
  std::vector<std::string> only;     // kinds that are let in; empty with an allow: everybody
};

struct Trace {
  ConsideredNetwork network;
  std::vector<Step> steps;
  std::vector<std::string> operations;  // any one of them would do, in this mode
  std::vector<std::string> groups;      // of the principal, also through groups
  std::vector<ConsideredAssignment> assignments;
  std::vector<ConsideredDenial> denials;  // those that hold
  std::string scope_map;                  // of a token
  std::vector<ConsideredRule> rules;
};

}  // namespace berth::policy
