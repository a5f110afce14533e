// Who is meant: objects of the directory by what people type, and roles by name. Each look-up fails
// with kResourceUnknown when nobody is called so, and with kConflict when several are.
// Facts: az-acr-wire §8.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/job.h"

namespace berth::cli {

// A Graph call; `target` without "/v1.0".
Result<boost::json::value> graph_call(Job& job, std::string_view method, const std::string& target,
                                      const boost::json::value& body);
Result<boost::json::array> graph_list(Job& job, const std::string& target);

// The whole name of a user of this server's directory.
std::string with_domain(const Job& job, const std::string& user);
// By object id, or by the property that people use: `kind` is "users", "groups" and so on.
Result<boost::json::value> find_user(Job& job, const std::string& who);
Result<boost::json::value> find_group(Job& job, const std::string& who);
// By name, client id or object id.
Result<boost::json::value> find_service_principal(Job& job, const std::string& who);
Result<boost::json::value> find_application(Job& job, const std::string& client_id);

// A user, group or service principal.
struct Principal {
  std::string id;
  std::string type;  // User, Group, ServicePrincipal
};
Result<Principal> find_principal(Job& job, const std::string& who);

// The roles that can be given at a scope: built-in ones and one's own.
Result<boost::json::array> role_definitions(Job& job, const std::string& scope);
// "/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/GUID" of a name or a GUID.
// Names are looked up at `scope`: who may only give roles at one registry reads them only there.
// The hint of a misspelt name has the nearest ones.
Result<std::string> role_definition(Job& job, const std::string& role, const std::string& scope);
// --scope or the registry of --registry; without both, `otherwise` or wrong usage when that is
// empty.
Result<std::string> scope_of(const Job& job, const std::string& otherwise);
// `more`: further properties, such as a condition.
Result<boost::json::value> assign_role(Job& job, const std::string& definition,
                                       const std::string& scope, const Principal& who,
                                       const boost::json::object& more);
// On stderr, when the answer says that `role` has no effect in the registry's permissions mode:
// that, and the role that would count instead.
void note_without_effect(Job& job, const boost::json::value& assignment, const std::string& role);

}  // namespace berth::cli
