// One call of a verb that speaks with the control plane, and how it becomes a Handler.
#pragma once

#include "cli/api_client.h"
#include "cli/api_error.h"
#include "cli/command.h"

namespace berth::cli {

struct Job {
  const Invocation& call;
  Context& context;
  ApiClient& api;
  int code = kGood;  // the exit code of work that did not fail

  // The word that the verb is about; parse() has made sure of it.
  const std::string& name() const { return call.words.front(); }
};
using Work = Result<void> (*)(Job&);

// Connects, works, prints an error if there is one.
template <Work work>
int with_api(const Invocation& call, Context& context) {
  auto api = ApiClient::open(call, context);
  if (!api) return report(context, api.error());
  Job job{call, context, *api};
  const Result<void> done = work(job);
  return done ? job.code : report(context, done.error());
}

}  // namespace berth::cli
