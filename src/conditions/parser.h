// The grammar of conditions (acr-access-model C4), read by recursive descent into a Program.
#pragma once

#include <string_view>

#include "base/error.h"
#include "conditions/program.h"

namespace berth::conditions {

// kInvalidRequest: "line L, column C: expected X, found Y". The program does not point into `text`.
Result<Program> parse(std::string_view text);

}  // namespace berth::conditions
