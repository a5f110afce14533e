// Runs another program with a text on its standard input. Blocking.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

struct ProgramResult {
  int code = -1;    // exit code; -1 when a signal ended it
  std::string out;  // standard output; its errors go where ours go
};

// `command[0]` is looked for in PATH of the context, whose environment the program gets.
// kResourceUnknown when it is not there. At most 64 KiB of input and 1 MiB of output.
Result<ProgramResult> run_program(const Context& context, const std::vector<std::string>& command,
                                  const std::string& input);

}  // namespace berth::cli
