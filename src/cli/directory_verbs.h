// The verbs about the directory; one .cpp file for each group. All take a Job
// whose call parse() has accepted, print what the API gave, and fail with an Error for report().
#pragma once

#include "cli/job.h"

namespace berth::cli {

Result<void> sp_create(Job& job);
Result<void> sp_list(Job& job);
Result<void> sp_show(Job& job);
Result<void> sp_update(Job& job);
Result<void> sp_delete(Job& job);
Result<void> sp_reset(Job& job);

Result<void> user_create(Job& job);
Result<void> user_list(Job& job);
Result<void> user_show(Job& job);
Result<void> user_delete(Job& job);
Result<void> user_set_password(Job& job);

Result<void> group_create(Job& job);
Result<void> group_list(Job& job);
Result<void> group_show(Job& job);
Result<void> group_delete(Job& job);
Result<void> group_add(Job& job);
Result<void> group_remove(Job& job);

}  // namespace berth::cli
