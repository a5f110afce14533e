// Role definitions (az-acr-wire 8.1): the built-in ones. Their ids have one form at every scope of
// a subscription, because clients compare them with those of the assignments as whole texts.
#include <algorithm>
#include <boost/json/array.hpp>

#include "control/types/types.h"
#include "policy/ascii.h"
#include "policy/roles.h"

namespace berth::control {
namespace {

json::array patterns(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

std::vector<ResourcePtr> built_in(const World&, const ResourceId& parent) {
  const ResourceId home = parent.subscription().value_or(ResourceId());
  std::vector<ResourcePtr> out;
  for (const policy::RoleDefinition& role : policy::built_in_roles()) {
    auto one = std::make_shared<Resource>();
    one->id = home.child(kRoleDefinitionType, role.id);
    one->body["properties"] = {
        {"roleName", role.name},
        {"type", "BuiltInRole"},
        {"description", role.description},
        {"assignableScopes", {"/"}},
        {"permissions",
         json::array{json::object{{"actions", patterns(role.actions)},
                                  {"notActions", patterns(role.not_actions)},
                                  {"dataActions", patterns(role.data_actions)},
                                  {"notDataActions", patterns(role.not_data_actions)}}}}};
    out.push_back(std::move(one));
  }
  std::ranges::sort(out, {}, [](const ResourcePtr& one) { return one->id.key(); });
  return out;
}

Result<Selection> select(const World&, const ResourceId&, const Filter& filter) {
  std::string name, type;
  for (const FilterTerm& term : filter) {
    if (term.is("roleName", false)) {
      name = term.value;
    } else if (term.is("type", false)) {
      type = term.value;
    } else if (!term.is("atScopeAndBelow", true) && !term.is("atScope", true)) {
      return fail(unknown_filter(term, "roleName eq '…', type eq '…', atScopeAndBelow()"));
    }
  }
  return Selection{{}, [name, type](const Resource& role) {
                     const auto is = [&](std::string_view path, const std::string& wanted) {
                       return wanted.empty() ||
                              policy::equal_no_case(text_at(role.body, path), wanted);
                     };
                     return is("properties.roleName", name) && is("properties.type", type);
                   }};
}

}  // namespace

const ResourceType kRoleDefinitions = {.name = kRoleDefinitionType,
                                       .operations = kRoleDefinitionType,
                                       .fixed = "Making custom roles",
                                       .built_in = built_in,
                                       .select = select,
                                       .read_at_parent = true};

}  // namespace berth::control
