// Deny assignments (acr-access-model C3): made by the platform, shown to whoever may read them so
// that a refusal can be understood.
#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/types.h"
#include "policy/scopes.h"

namespace berth::control {
namespace {

json::array excluded(const std::vector<std::string>& ids) {
  json::array out;
  for (const std::string& id : ids) out.push_back(json::object{{"id", id}});
  return out;
}

ResourcePtr shown(const policy::DenyAssignment& denial) {
  auto out = std::make_shared<Resource>();
  const auto scope = ResourceId::parse(denial.scope);
  out->id = (scope ? *scope : ResourceId()).child(kDenyAssignmentType, denial.id);
  // How ARM writes "everybody".
  json::object everybody = {{"id", "00000000-0000-0000-0000-000000000000"},
                            {"displayName", "All Principals"},
                            {"type", "SystemDefined"}};
  out->body["properties"] = {
      {"denyAssignmentName", denial.name},
      {"description", denial.description},
      {"permissions", permissions_of(denial.actions, denial.not_actions, denial.data_actions,
                                     denial.not_data_actions)},
      {"scope", scope ? scope->text() : std::string("/")},
      {"doNotApplyToChildScopes", !denial.below_too},
      {"principals", json::array{std::move(everybody)}},
      {"excludePrincipals", excluded(denial.excluded)},
      {"isSystemProtected", true}};
  return out;
}

// Those made at the scope, above and below it.
std::vector<ResourcePtr> built_in(const World& world, const ResourceId& parent) {
  std::vector<ResourcePtr> out;
  const auto snapshot = world.parts.policy.current();
  if (snapshot->denials == nullptr) return out;
  policy::ScopesAbove above(*snapshot, parent.key());
  for (const policy::DenyAssignment& denial : *snapshot->denials) {
    if (above.hold(denial.scope) || policy::within(denial.scope, scope_key(parent))) {
      out.push_back(shown(denial));
    }
  }
  return out;
}

Result<Selection> select(const World& world, const ResourceId& scope, const Filter& filter) {
  bool below = true;
  std::string name;
  for (const FilterTerm& term : filter) {
    if (term.is("atScope", true)) {
      below = false;
    } else if (term.is("denyAssignmentName", false)) {
      name = term.value;
    } else {
      return fail(unknown_filter(term, "atScope(), denyAssignmentName eq '…'"));
    }
  }
  return Selection{{}, [&world, scope, below, name](const Resource& one) {
                     const auto wanted = text_at(one.body, "properties.denyAssignmentName");
                     if (!name.empty() && !equal_no_case(wanted, name)) return false;
                     const auto snapshot = world.parts.policy.current();
                     policy::ScopesAbove above(*snapshot, scope.key());
                     return below || above.hold(scope_key(one.id.parent()));
                   }};
}

}  // namespace

const ResourceType kDenyAssignments = {.name = kDenyAssignmentType,
                                       .operations = kDenyAssignmentType,
                                       .fixed = "Making or removing a deny assignment by a client",
                                       .built_in = built_in,
                                       .select = select,
                                       .read_at_parent = true};

}  // namespace berth::control
