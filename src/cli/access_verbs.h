// The verbs about who may do what; one .cpp file for each group. All take a Job whose call parse()
// has accepted, print what the API gave, and fail with an Error for report(). docs/permissions.md.
#pragma once

#include "cli/job.h"

namespace berth::cli {

Result<void> can_i(Job& job);  // Job::code is kProblem when it is not allowed
Result<void> who_can(Job& job);

Result<void> role_definition_list(Job& job);
Result<void> role_definition_show(Job& job);
Result<void> role_definition_create(Job& job);
Result<void> role_definition_update(Job& job);
Result<void> role_definition_delete(Job& job);

Result<void> role_assignment_create(Job& job);
Result<void> role_assignment_update(Job& job);
Result<void> role_assignment_list(Job& job);
Result<void> role_assignment_delete(Job& job);

Result<void> permissions_mode_show(Job& job);
Result<void> permissions_mode_set(Job& job);
Result<void> permissions_mode_preview(Job& job);

}  // namespace berth::cli
