// The verbs about registries and what lies below them; one .cpp file for each group. All take a Job
// whose call parse() has accepted, print what the API gave, and fail with an Error for report().
#pragma once

#include "cli/job.h"

namespace berth::cli {

Result<void> registry_create(Job& job);
Result<void> registry_list(Job& job);
Result<void> registry_show(Job& job);
Result<void> registry_update(Job& job);
Result<void> registry_delete(Job& job);

Result<void> credential_show(Job& job);
Result<void> credential_renew(Job& job);

Result<void> token_create(Job& job);
Result<void> token_list(Job& job);
Result<void> token_show(Job& job);
Result<void> token_update(Job& job);
Result<void> token_delete(Job& job);
Result<void> token_generate(Job& job);

Result<void> scope_map_create(Job& job);
Result<void> scope_map_list(Job& job);
Result<void> scope_map_show(Job& job);
Result<void> scope_map_update(Job& job);
Result<void> scope_map_delete(Job& job);

// "repositories/app/content/read" for each action of each use of the flag (REPO ACTION…).
Result<std::vector<std::string>> actions_of(const Invocation& call, const std::string& flag);

}  // namespace berth::cli
