// Help for people, from the command tree. Pure.
#pragma once

#include <string>

#include "cli/command.h"

namespace berth::cli {

// All of one command: usage, flags, examples. `path` is "berth config show".
std::string help_text(const Command& command, const std::string& path);

// The verbs, one line each: what `berth` alone prints.
std::string overview(const Command& root);

// The whole tree as JSON, for programs.
std::string help_json(const Command& root);

}  // namespace berth::cli
