// The verbs of `berth network`; one .cpp file for each group. All take a Job whose call parse() has
// accepted, print what the API gave, and fail with an Error for report(). docs/network.md.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "cli/job.h"

namespace berth::cli {

Result<void> network_show(Job& job);
// allow, deny, default, public, trusted-services and data-endpoint: the verb is the call's own.
Result<void> network_change_rules(Job& job);
Result<void> network_preview(Job& job);

Result<void> network_endpoints(Job& job);
Result<void> network_dns(Job& job);
Result<void> network_check_dns(Job& job);  // Job::code is kProblem or kCannot when it is not good

Result<void> private_endpoint_create(Job& job);
Result<void> private_endpoint_list(Job& job);
Result<void> private_endpoint_show(Job& job);
Result<void> private_endpoint_approve(Job& job);
Result<void> private_endpoint_reject(Job& job);
Result<void> private_endpoint_delete(Job& job);

Result<void> vnet_create(Job& job);
Result<void> vnet_list(Job& job);
Result<void> vnet_delete(Job& job);
Result<void> subnet_create(Job& job);
Result<void> subnet_list(Job& job);
Result<void> subnet_delete(Job& job);

// "private-endpoint reject NAME" as the words of a preview, or approve, or delete; and what
// previewNetwork is asked about it. Wrong usage: flags that say nothing of an endpoint.
bool is_endpoint_change(const std::vector<std::string>& words);
Result<boost::json::object> endpoint_change(Job& job, const std::string& registry);

}  // namespace berth::cli
