// A role as somebody wrote it down, from flags or in az's JSON shape, as the properties that the
// API takes. docs/permissions.md; az-acr-wire §8.1.
#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

// `before` (roleName, description, assignableScopes, permissions; empty for a new role) with what
// --role-definition says, then what the flags say. Reads a file when one is named. The errors are
// wrong usage, and name the member.
Result<boost::json::object> role_properties(const Invocation& call, boost::json::object before);

// The value of a flag, or what the file holds that it names as "@FILE".
Result<std::string> text_or_file(const std::string& value);

}  // namespace berth::cli
