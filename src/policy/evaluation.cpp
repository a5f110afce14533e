#include "policy/evaluation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "policy/identities.h"
#include "policy/scopes.h"

namespace berth::policy {
namespace {

constexpr Decision kGranted = {Verdict::kAllow, "role-assignment", {}};
constexpr Decision kDenied = {Verdict::kDenyPermission, "deny-assignment",
                              "a deny assignment of the platform forbids it"};
constexpr Decision kConditionNotTrue = {
    Verdict::kDenyPermission, "condition",
    "role assignments would allow it, but their conditions are not true for this request"};
constexpr Decision kWrongMode = {
    Verdict::kDenyPermission, "permissions-mode",
    "the roles that would allow it do not count in the registry's permissions mode"};
constexpr Decision kNoRole = {Verdict::kDenyPermission, "role-assignment",
                              "no role assignment allows it"};

// The bits of a mask, lowest first.
template <class F>
void each_bit(std::uint32_t mask, F visit) {
  for (; mask != 0; mask &= mask - 1) visit(static_cast<std::size_t>(std::countr_zero(mask)));
}

// One run over the assignments. Without a trace it ends with the first that allows; with one it
// goes on to the last and writes each down.
class Evaluation {
 public:
  Evaluation(const RoleQuestion& question, Trace* trace)
      : q_(question), trace_(trace), above_(question.snapshot, question.scope), facts_(q_.facts) {}

  Decision run() {
    find_denied();
    if (trace_ == nullptr && denied_ == q_.wanted) return kDenied;
    consider_all();
    if (granted_) return kGranted;
    if (denied_ == q_.wanted || only_denied_) return kDenied;
    if (condition_not_true_) return kConditionNotTrue;
    return other_mode_ ? kWrongMode : kNoRole;
  }

 private:
  // ---- deny assignments: each takes away the operations that it covers

  bool covers(const DenyAssignment& denial, const ImageOperation& operation) const {
    return operation.data
               ? matches_any(denial.data_actions, denial.not_data_actions, operation.name)
               : matches_any(denial.actions, denial.not_actions, operation.name);
  }
  bool excludes(const DenyAssignment& denial) const {
    if (denial.excluded.empty()) return false;
    Identities identities(q_.snapshot, q_.principal);
    for (auto id = identities.next(); !id.empty(); id = identities.next()) {
      if (std::ranges::find(denial.excluded, id) != denial.excluded.end()) return true;
    }
    return false;
  }
  bool holds_here(const DenyAssignment& denial) {
    const std::string_view id = above_.id(), scope = denial.scope;
    // What the tenant has is the same thing when it is named by the id of another scope.
    if (scope.starts_with("/providers/") && id.ends_with(scope)) return true;
    if (denial.below_too) return above_.hold(scope);
    return scope == "/" ? id.empty() : id == scope;
  }
  void find_denied() {
    if (q_.snapshot.denials == nullptr) return;
    for (const DenyAssignment& denial : *q_.snapshot.denials) {
      if (!holds_here(denial)) continue;
      each_bit(q_.wanted, [&](std::size_t i) {
        if (!covers(denial, q_.operations[i]) || excludes(denial)) return;
        denied_ |= 1U << i;
        if (trace_ == nullptr) return;
        trace_->denials.push_back(
            {denial.id, denial.name, denial.scope, std::string(q_.operations[i].name)});
      });
    }
  }

  // ---- role assignments

  void consider_all() {
    Identities identities(q_.snapshot, q_.principal);
    for (auto id = identities.next(); !id.empty(); id = identities.next()) {
      if (trace_ != nullptr && id != q_.principal.id) trace_->groups.emplace_back(id);
      const auto* assignments = q_.snapshot.assignments.find(id);
      if (assignments == nullptr) continue;
      for (const RoleAssignment& assignment : *assignments) {
        if (trace_ != nullptr) {
          note(assignment, id);
        } else if (judge(assignment, nullptr); granted_) {
          return;
        }
      }
    }
  }

  void note(const RoleAssignment& assignment, std::string_view id) {
    ConsideredAssignment& out = trace_->assignments.emplace_back();
    out.id = assignment.id;
    out.scope = assignment.scope;
    out.principal = id;
    out.role = assignment.role;
    if (assignment.condition) out.condition = assignment.condition->text();
    if (const Role* role = q_.snapshot.roles.find(assignment.role)) {
      out.role_name = role->definition.name;
    }
    out.outcome = judge(assignment, &out);
    if (out.operation.empty()) out.operation = first_of(q_.wanted);
  }

  Outcome judge(const RoleAssignment& assignment, ConsideredAssignment* out) {
    if (!above_.hold(assignment.scope)) return Outcome::kElsewhere;
    const Role* role = q_.snapshot.roles.find(assignment.role);
    if (role == nullptr) return Outcome::kRoleGone;
    const std::uint32_t held = held_by(*role);
    if ((held & q_.wanted) != 0) return by_condition(assignment, held & q_.wanted, out);
    if ((held & q_.in_other_mode) == 0) return Outcome::kRoleLacks;
    other_mode_ = true;
    if (out != nullptr) out->operation = first_of(held & q_.in_other_mode);
    return Outcome::kOtherMode;
  }

  std::uint32_t held_by(const Role& role) const {
    if (q_.operations.data() == image_operations().data()) return role.image_operations;
    std::uint32_t held = 0;
    for (std::size_t i = 0; i < q_.operations.size(); ++i) {
      const ImageOperation& operation = q_.operations[i];
      if (role_allows(role.definition, operation.name, operation.data)) held |= 1U << i;
    }
    return held;
  }

  // Those that a denial takes away come last: they tell what it was that refused.
  Outcome by_condition(const RoleAssignment& assignment, std::uint32_t held,
                       ConsideredAssignment* out) {
    for (const std::uint32_t part : {held & ~denied_, held & denied_}) {
      for (std::uint32_t left = part; left != 0; left &= left - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        if (!is_true(assignment, q_.operations[i], out)) continue;
        (part == (held & ~denied_) ? granted_ : only_denied_) = true;
        return Outcome::kAllows;
      }
    }
    condition_not_true_ = true;
    return Outcome::kCondition;
  }

  bool is_true(const RoleAssignment& assignment, const ImageOperation& operation,
               ConsideredAssignment* out) {
    const bool free = assignment.condition == nullptr || q_.conditions_aside;
    facts_.action = operation.name;
    const bool allows = free || assignment.condition->evaluate(facts_) == conditions::Truth::kTrue;
    // Of several that a condition refuses, the first is told.
    if (out != nullptr && (allows || out->operation.empty())) {
      out->operation = operation.name;
      if (!free) out->evaluation = assignment.condition->trace(facts_);
    }
    return allows;
  }

  std::string first_of(std::uint32_t mask) const {
    if (mask == 0) return {};
    return std::string(q_.operations[static_cast<std::size_t>(std::countr_zero(mask))].name);
  }

  const RoleQuestion& q_;
  Trace* const trace_;
  ScopesAbove above_;
  conditions::Facts facts_;
  std::uint32_t denied_ = 0;  // of those wanted
  bool granted_ = false;
  bool only_denied_ = false;  // some assignment allows, but only what is denied
  bool condition_not_true_ = false;
  bool other_mode_ = false;
};

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "allows", "otherScope", "roleDeleted", "roleLacks", "otherMode", "condition"};
  return kNames[static_cast<std::size_t>(outcome)];
}

Decision decide_by_roles(const RoleQuestion& question, Trace* trace) {
  // No operation would do: no role gives it.
  if (question.wanted == 0) return kNoRole;
  if (trace != nullptr) {
    each_bit(question.wanted,
             [&](std::size_t i) { trace->operations.emplace_back(question.operations[i].name); });
  }
  return Evaluation(question, trace).run();
}

}  // namespace berth::policy
