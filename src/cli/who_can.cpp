// `berth who-can`: everybody who may do something.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "cli/access_question.h"
#include "cli/access_verbs.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"KIND", "kind"}, Column{"NAME", "name"},
                                 Column{"THROUGH", "through"}, Column{"CONDITION", "condition"}};

// "AcrPull at registry team1, as one of developers".
std::string through(const json::value& holder, const json::value& assignment) {
  std::string out = fmt::format("{} at {}", text_at(assignment, "role.name"),
                                short_scope(text_at(assignment, "scope")));
  if (text_at(assignment, "principal.id") != text_at(holder, "id")) {
    const std::string name = text_at(assignment, "principal.name");
    out += ", as one of " + (name.empty() ? text_at(assignment, "principal.id") : name);
  }
  return out;
}

// One for each way in.
void add_rows(const json::value& holder, json::array& rows) {
  std::string name = text_at(holder, "name");
  if (name.empty()) name = text_at(holder, "id");
  const json::object about{{"kind", text_at(holder, "kind")}, {"name", name}};
  const json::array& assignments = array_at(holder, "assignments");
  for (const json::value& assignment : assignments) {
    json::object row = about;
    row["through"] = through(holder, assignment);
    row["condition"] = text_at(assignment, "condition");
    rows.push_back(std::move(row));
  }
  if (!assignments.empty()) return;
  json::object row = about;
  const std::string map = text_at(holder, "scopeMap");
  row["through"] = map.empty() ? text_at(holder, "rule") : "scope map " + map;
  rows.push_back(std::move(row));
}

}  // namespace

Result<void> who_can(Job& job) {
  TRY_ASSIGN(const json::value answer, ask_about_access(job, "listAccess"));
  if (job.call.json()) {
    print_one(job.call, job.context, answer, {});  // whole: it says whether it is complete
    return {};
  }
  json::array rows;
  for (const json::value& holder : array_at(answer, "value")) add_rows(holder, rows);
  if (rows.empty()) {
    job.context.err << "Nobody may.\n";
    return {};
  }
  print_rows(job.call, job.context, rows, kColumns);
  const json::value* truncated = find(answer, "truncated");
  if (truncated != nullptr && truncated->is_bool() && truncated->get_bool()) {
    job.context.err << "note: there are more; these are the first\n";
  }
  return {};
}

}  // namespace berth::cli
