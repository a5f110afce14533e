#include "policy/decision.h"

#include <array>

#include "base/ascii.h"
#include "policy/admission.h"
#include "policy/credentials.h"
#include "policy/evaluation.h"
#include "policy/scope_rules.h"

namespace berth::policy {
namespace {

using conditions::Attribute;

constexpr Decision allow(std::string_view rule) {
  return {Verdict::kAllow, rule, {}};
}
constexpr Decision deny_permission(std::string_view rule, std::string_view reason) {
  return {Verdict::kDenyPermission, rule, reason};
}

// The steps of one decision in their order: the first refusal decides, or what settles it. With a
// trace what stands behind is looked at as well, and changes nothing any more.
class Course {
 public:
  explicit Course(Trace* trace) : trace_(trace) {}

  // Whether to go on.
  bool take(const Decision& step) {
    if (!decided_) {
      decision_ = step;
      decided_ = !step.allowed();
      if (trace_ != nullptr) {
        trace_->steps.push_back({std::string(step.rule), step.allowed(), std::string(step.reason)});
      }
    }
    return trace_ != nullptr || !decided_;
  }
  bool settle(const Decision& step) {
    take(step);
    decided_ = true;
    return trace_ != nullptr;
  }
  const Decision& decision() const { return decision_; }

 private:
  Trace* const trace_;
  Decision decision_;
  bool decided_ = false;
};

// Anonymous pull opens reading to everybody, so a credential never takes away from it (C6).
bool open_to_all(const RegistryPolicy& registry, const AccessRequest& request) {
  return registry.anonymous_pull && request.repository != nullptr &&
         (request.action == Action::kPull || request.action == Action::kMetadataRead);
}

// What every condition may look at: where the request comes from, and when.
void set_environment(conditions::Facts& facts, const Admission& admission, TimePoint now) {
  facts.set(Attribute::kPrivateLink, !admission.private_endpoint.empty());
  if (!admission.private_endpoint.empty()) {
    facts.set(Attribute::kPrivateEndpoint, admission.private_endpoint);
  }
  if (!admission.subnet.empty()) facts.set(Attribute::kSubnet, admission.subnet);
  facts.set(Attribute::kNow, now);
}

Decision decide_image_roles(const Snapshot& snapshot, const RegistryPolicy& registry,
                            const AccessRequest& request, const Admission& admission,
                            Trace* trace) {
  const bool by_registry = registry.mode == PermissionsMode::kRegistry;
  RoleQuestion question{
      .snapshot = snapshot,
      .principal = request.principal,
      .scope = registry.resource_id,
      .operations = image_operations(),
      .wanted = operation_bits(request.action, registry.mode),
      .in_other_mode = operation_bits(
          request.action, by_registry ? PermissionsMode::kRepository : PermissionsMode::kRegistry),
      .conditions_aside = request.action == Action::kRegistryRead,
      .facts = {}};
  set_environment(question.facts, admission, request.now);
  if (request.repository != nullptr) {
    question.facts.set(Attribute::kRepositoryName, std::string_view(request.repository->text()));
  }
  return decide_by_roles(question, trace);
}

Decision decide_permission(const Snapshot& snapshot, const RegistryPolicy& registry,
                           const AccessRequest& request, const Admission& admission, Trace* trace) {
  switch (request.principal.kind) {
    case PrincipalKind::kOwner:
      return allow("owner");
    case PrincipalKind::kAnonymous:
      return deny_permission("sign-in", "it needs a credential");
    case PrincipalKind::kAdminUser:
      return allow("admin-user");
    case PrincipalKind::kToken:
      return decide_by_scope_map(registry, request, trace);
    default:
      return decide_image_roles(snapshot, registry, request, admission, trace);
  }
}

Decision decide_operate(const Snapshot& snapshot, const AccessRequest& request) {
  if (request.principal.kind == PrincipalKind::kOwner &&
      speaks_for_the_machine(snapshot, request.source)) {
    return allow("own-socket");
  }
  return deny_permission(
      "own-socket",
      "maintenance belongs to root and to the user that runs the server, over its socket");
}

// An id as the snapshot has it; the tenant is the empty text.
std::string scope_key(std::string_view scope) {
  while (scope.ends_with('/')) scope.remove_suffix(1);
  return lower(scope);
}

Decision decide_control_roles(const Snapshot& snapshot, const ControlRequest& request,
                              const Admission& admission, Trace* trace) {
  const std::string scope = scope_key(request.scope);
  const std::array operations = {ImageOperation{request.operation}};
  RoleQuestion question{.snapshot = snapshot,
                        .principal = request.principal,
                        .scope = scope,
                        .operations = operations,
                        .wanted = 1,
                        .facts = {}};
  if (request.facts != nullptr) question.facts = *request.facts;
  set_environment(question.facts, admission, request.now);
  return decide_by_roles(question, trace);
}

Decision may_use_the_control_plane(const Snapshot& snapshot, const Principal& principal) {
  if (!principal.in_directory() && principal.kind != PrincipalKind::kExternal) {
    return {Verdict::kDenyCredential, "directory",
            "the control plane needs an account of the directory"};
  }
  return still_good(snapshot, principal);
}

}  // namespace

Decision decide(const Snapshot& snapshot, const AccessRequest& request, Trace* trace) {
  Course course(trace);
  const Admission admission = admit(snapshot, request.source, request.registry, request.now);
  const RegistryPolicy* registry = snapshot.registries.find(request.registry);
  if (trace != nullptr) write_down(*trace, registry, request.source, admission, request.now);
  if (!course.take(admission)) return course.decision();
  if (!course.take(credential_is_good(snapshot, registry, request.principal))) {
    return course.decision();
  }
  // Before anonymous pull: being open to all does not open a way that is for some.
  if (admission.only != 0 &&
      !course.take(service_may_pass(snapshot, *registry->network, admission, request.principal))) {
    return course.decision();
  }
  if (request.action == Action::kOperate) {
    course.take(decide_operate(snapshot, request));
  } else if (registry == nullptr) {
    course.take(kUnknownRegistry);
  } else if (!open_to_all(*registry, request) || course.settle(allow("anonymous-pull"))) {
    course.take(decide_permission(snapshot, *registry, request, admission, trace));
  }
  return course.decision();
}

Decision decide(const Snapshot& snapshot, const ControlRequest& request, Trace* trace) {
  Course course(trace);
  const Admission admission = admit(snapshot, request.source, {}, request.now);
  if (trace != nullptr) write_down(*trace, nullptr, request.source, admission, request.now);
  if (!course.take(admission)) return course.decision();
  if (request.principal.kind == PrincipalKind::kOwner) {
    course.take(allow("owner"));
    return course.decision();
  }
  if (course.take(may_use_the_control_plane(snapshot, request.principal))) {
    course.take(decide_control_roles(snapshot, request, admission, trace));
  }
  return course.decision();
}

CatalogView catalog_view(const Snapshot& snapshot, const AccessRequest& request) {
  if (request.principal.kind != PrincipalKind::kToken) return {};
  const RegistryPolicy* registry = snapshot.registries.find(request.registry);
  if (registry == nullptr) return {.all = false, .patterns = {}};
  return scope_map_view(*registry, request.principal.id);
}

}  // namespace berth::policy
