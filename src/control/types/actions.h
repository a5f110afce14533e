// What can be asked of resources besides reading and writing them; the table is in types.cpp.
#pragma once

#include "control/type.h"

namespace berth::control {

// credentials.cpp
Task<Result<Answer>> list_credentials(World& world, const ActionCall& call);
Task<Result<Answer>> regenerate_credential(World& world, const ActionCall& call);
Task<Result<Answer>> generate_credentials(World& world, const ActionCall& call);

// access_questions.cpp
Task<Result<Answer>> explain_access(World& world, const ActionCall& call);
Task<Result<Answer>> list_access(World& world, const ActionCall& call);
Task<Result<Answer>> preview_permissions_mode(World& world, const ActionCall& call);

// network_questions.cpp
Task<Result<Answer>> preview_network(World& world, const ActionCall& call);
Task<Result<Answer>> list_endpoints(World& world, const ActionCall& call);

// registry_facts.cpp
Task<Result<Answer>> list_usages(World& world, const ActionCall& call);
Task<Result<Answer>> check_name_availability(World& world, const ActionCall& call);
Task<Result<Answer>> list_all_resources(World& world, const ActionCall& call);

// providers.cpp
Task<Result<Answer>> list_tenants(World& world, const ActionCall& call);
Task<Result<Answer>> list_locations(World& world, const ActionCall& call);
Task<Result<Answer>> list_providers(World& world, const ActionCall& call);
Task<Result<Answer>> show_provider(World& world, const ActionCall& call);
Task<Result<Answer>> set_registration(World& world, const ActionCall& call);
Task<Result<Answer>> list_operations(World& world, const ActionCall& call);

}  // namespace berth::control
