// From arguments to an Invocation, or to a message that names the nearest right word. The only user
// of CLI11. Pure.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "cli/command.h"

namespace berth::cli {

// --help (or -h) anywhere is the value "--help" of the innermost command. The error is one line
// for a person, with the command that it is about.
tl::expected<Invocation, std::string> parse(const Command& root,
                                            const std::vector<std::string>& arguments);

}  // namespace berth::cli
