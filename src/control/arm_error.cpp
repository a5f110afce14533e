#include "control/arm_error.h"

#include <fmt/format.h>

namespace berth::control {

Error bad_request(std::string_view code, std::string message, std::string_view target) {
  Error error = Error(Code::kInvalidRequest, std::move(message)).named(std::string(code));
  if (!target.empty()) error.details.push_back({"target", std::string(target)});
  return error;
}

Error conflict(std::string_view code, std::string message) {
  return Error(Code::kConflict, std::move(message)).named(std::string(code));
}

Error not_available(std::string_view feature, std::string_view target) {
  return bad_request("FeatureNotAvailable",
                     fmt::format("{} is not available in this version of Berth.", feature), target);
}

Error not_found(const ResourceId& id) {
  if (id.type() == kSubscriptionType) {
    return Error(Code::kResourceUnknown,
                 fmt::format("The subscription '{}' could not be found.", id.name()))
        .named("SubscriptionNotFound");
  }
  if (id.type() == kGroupType) {
    return Error(Code::kResourceUnknown,
                 fmt::format("Resource group '{}' could not be found.", id.name()))
        .named("ResourceGroupNotFound");
  }
  const auto group = id.group();
  return Error(Code::kResourceUnknown,
               group ? fmt::format("The Resource '{}/{}' under resource group '{}' was not found.",
                                   id.type(), id.name(), group->name())
                     : fmt::format("The Resource '{}' was not found.", id.text()))
      .named("ResourceNotFound");
}

Error parent_not_found(const ResourceId& id, std::string_view operation) {
  return Error(Code::kResourceUnknown,
               fmt::format("Can not perform requested operation '{}' on nested resource. Parent "
                           "resource '{}' not found.",
                           operation, id.parent().name()))
      .named("ParentResourceNotFound");
}

}  // namespace berth::control
