// Completion scripts for three shells, generated from the command tree. Pure.
#pragma once

#include <string>

#include "cli/command.h"

namespace berth::cli {

std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);

}  // namespace berth::cli
