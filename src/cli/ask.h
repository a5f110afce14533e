// Questions to a person, and secrets that must not stand on a command line. Blocking.
#pragma once

#include <string>

#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

// Before something is lost: --yes, or a person who types "y". Without a terminal --yes is needed.
// The error is for report(); a plain "no" is one, too.
Result<void> confirm(const Invocation& call, Context& context, const std::string& question);

// From standard input when `piped` (one line), else from the terminal without echo; `twice` to make
// sure of a new one. At most 4 KiB, never empty.
Result<std::string> read_secret(Context& context, const std::string& prompt, bool piped,
                                bool twice);

// A line from the terminal, with echo.
Result<std::string> read_answer(Context& context, const std::string& prompt);

// All of standard input, up to `limit` bytes.
Result<std::string> read_input(Context& context, std::size_t limit);

}  // namespace berth::cli
