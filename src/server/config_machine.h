// What the text of a configuration cannot show, for `berth config check`: whether the machine has
// the files and network interfaces that it names, without which serve() does not start; and what in
// it does less than one may think. Reads files; blocks. Safe from any thread.
#pragma once

#include "server/config.h"

namespace berth::server {

// Each with the place of the value in the configuration.
ConfigProblems check_machine(const LoadedConfig& loaded);

// Right, and worth knowing.
ConfigProblems notes_on(const LoadedConfig& loaded);

}  // namespace berth::server
