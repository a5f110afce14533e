// The server behind the command line. Apart from its implementation nothing in cli/ knows the
// server beyond its configuration, so that the verbs are tested without one.
#pragma once

#include "cli/command.h"

namespace berth::cli {

Engine make_engine();

}  // namespace berth::cli
