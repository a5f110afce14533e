// One page of a list: what the caller may see, in id order, with a link to the next page.
#pragma once

#include <functional>

#include "control/type.h"

namespace berth::control {

// How an entry is shown.
using Show = std::function<json::object(const Resource&)>;

// kInvalidRequest for a malformed $top or $skipToken.
Result<Answer> answer_page(const World& world, const Request& request, const ResourceType& type,
                           const ResourceId& parent, const Selection& selection, const Show& show);

}  // namespace berth::control
