// The refusals of the control plane in ARM's words, so that people find them by searching for them.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "control/resource_id.h"

namespace berth::control {

// 400 with an exact code and, if not empty, the member it is about.
Error bad_request(std::string_view code, std::string message, std::string_view target = {});
// 409.
Error conflict(std::string_view code, std::string message);
// 400 FeatureNotAvailable.
Error not_available(std::string_view feature, std::string_view target);
// 404: SubscriptionNotFound, ResourceGroupNotFound or ResourceNotFound, by what `id` is.
Error not_found(const ResourceId& id);
// 404: `id` cannot exist because what it lies in does not.
Error parent_not_found(const ResourceId& id, std::string_view operation);

}  // namespace berth::control
