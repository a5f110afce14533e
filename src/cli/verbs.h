// The work of each verb; one .cpp file for each. All take a call that parse() has accepted, write
// to the context's streams and return an exit code.
#pragma once

#include <optional>

#include "cli/command.h"

namespace berth::cli {

int run_serve(const Invocation& call, Context& context);
int run_config_check(const Invocation& call, Context& context);
int run_config_show(const Invocation& call, Context& context);
int run_gc(const Invocation& call, Context& context);
int run_verify(const Invocation& call, Context& context);
int run_version(const Invocation& call, Context& context);
int run_completion(const Invocation& call, Context& context);
int run_help(const Invocation& call, Context& context);
int run_root(const Invocation& call, Context& context);  // `berth` alone

// The configuration that a call asks for: --config or BERTH_CONFIG, environment, flags.
server::ConfigInput config_input(const Invocation& call, const Context& context);
// Loads it; when it is wrong, prints every problem and gives nothing: exit with kUsage.
std::optional<server::LoadedConfig> load_or_explain(const Invocation& call, Context& context);
// One line for each problem on `err`, or one JSON object on `out`.
void print_problems(const Invocation& call, Context& context,
                    const server::ConfigProblems& problems);

}  // namespace berth::cli
