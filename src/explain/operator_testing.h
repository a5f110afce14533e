// An operator who pastes the offered command lines into a shell: splits them as POSIX says, and
// does to a world what berth or az would. Written from the commands' documentation, not from what
// makes the lines; what it does not understand, it throws. Tests only.
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "explain/explain.h"

namespace berth::explain {

// The words of a shell's line: quotes, backslashes, blanks. No expansion is expected.
std::vector<std::string> shell_words(const std::string& line);

// Does what the line says. `assignee` is the object id that {principal} stands for.
void paste(const std::string& line, const std::string& assignee, policy::Snapshot& snapshot,
           Question& question);

}  // namespace berth::explain
