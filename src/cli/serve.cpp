// `berth serve`.
#include "cli/verbs.h"

namespace berth::cli {

int run_serve(const Invocation& call, Context& context) {
  const auto loaded = load_or_explain(call, context);
  return loaded ? context.engine.serve(loaded->config) : kUsage;
}

}  // namespace berth::cli
