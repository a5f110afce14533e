// `berth can-i`: may somebody do something, and why.
#include <algorithm>
#include <boost/json/value.hpp>
#include <ostream>
#include <string>

#include "base/ascii.h"
#include "cli/access_question.h"
#include "cli/access_verbs.h"
#include "cli/can_i_view.h"
#include "cli/json_text.h"
#include "cli/output.h"

namespace berth::cli {
namespace {

// Whether the terminal's locale shows more than ASCII; the first of these that is set decides.
bool speaks_utf8(const Context& context) {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (locale.empty()) locale = context.variable(name);
  }
  locale = lower(locale);
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

}  // namespace

Result<void> can_i(Job& job) {
  TRY_ASSIGN(const boost::json::value answer, ask_about_access(job, "explainAccess"));
  const boost::json::value* allowed = find(answer, "allowed");
  if (allowed == nullptr || !allowed->is_bool()) {
    return fail(Code::kInternal, "the server's answer does not say whether it is allowed");
  }
  if (!allowed->get_bool()) job.code = kProblem;
  if (job.call.json()) {
    print_one(job.call, job.context, answer, {});
  } else {
    job.context.out << explanation_text(answer, speaks_utf8(job.context));
  }
  return {};
}

}  // namespace berth::cli
