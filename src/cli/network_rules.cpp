// `berth network` show, preview, and the verbs that change who may reach a registry.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <ostream>
#include <random>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/network_change.h"
#include "cli/network_effect.h"
#include "cli/network_preview.h"
#include "cli/network_resource.h"
#include "cli/network_verbs.h"
#include "cli/network_view.h"
#include "cli/output.h"
#include "server/replace_file.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kOnceOver = " once the rule ends";

constexpr std::size_t kMaxCallers = 64UL * 1024 * 1024;  // bytes
// Pipelines add and remove their own rules at the same time: whoever comes second tries again.
constexpr int kAttempts = 12;
constexpr std::chrono::milliseconds kLongestWait{80};  // times the attempt

Result<json::value> read_registry(Job& job, const std::string& id, std::string& version) {
  auto answer = job.api.get(Face::kManagement, versioned(id, kRegistryVersion), version);
  if (!answer && answer.error().code == Code::kResourceUnknown) {
    return fail(with_hint(std::move(answer.error()), find_registry_hint(job)));
  }
  return answer;
}

// Before anything is said about what letting it in means. Who may not read it may still name it.
Result<void> expect_subnet(Job& job, const std::string& id) {
  auto there = network_call(job, "GET", id, nullptr);
  if (there || there.error().code != Code::kResourceUnknown) return {};
  return fail(with_hint(std::move(there.error()), "berth network subnet list shows them"));
}

// An allowed subnet is found before it is named to the registry; a rule that goes is compared with
// those that are there, whose subnet may be gone.
Result<ChangeWords> change_words(Job& job, std::vector<std::string> words) {
  ChangeWords out{job.call, std::move(words), job.call.value("--subnet")};
  if (out.words.front() == "allow" && job.call.has("--subnet")) {
    TRY_ASSIGN(out.subnet, subnet_id(job, out.subnet));
    TRY(expect_subnet(job, out.subnet));
  }
  return out;
}

void tell(const Job& job, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) job.context.err << "note: " << line << '\n';
}

void wait_a_little(int attempt) {
  std::random_device seed;
  std::uniform_int_distribution<int> any(1, static_cast<int>(kLongestWait.count()) * attempt);
  std::this_thread::sleep_for(std::chrono::milliseconds(any(seed)));
}

Result<void> finish(Job& job, const json::value& registry, const ChangeNotes& notes) {
  if (job.call.json()) {
    print_network(job, registry, SystemClock().now());
  } else {
    print_note(job.call, job.context,
               notes.done.empty() ? "Nothing was changed."
                                  : fmt::format("{}: {}.", text_at(registry, "name"),
                                                fmt::join(notes.done, "; ")));
  }
  if (notes.missing) job.code = kProblem;
  return {};
}

// The server knows the proxies that its operator declared. Who may not ask goes without the note.
void add_proxy_notes(Job& job, const std::string& id, const ChangeWords& change,
                     const json::object& properties, std::vector<std::string>& lines) {
  if (change.words.front() != "allow" || change.words.size() < 2) return;
  const auto preview = ask_preview(job, id, json::object{{"properties", properties}});
  if (!preview) return;
  for (std::string& line : proxy_notes(job.call, *preview)) lines.push_back(std::move(line));
}

// What `default allow` and the like open is said before it is open. Again when somebody else came
// first: of what was read then the person may think otherwise. `told` is what was said already.
Result<void> look_first(Job& job, const std::string& id, const ChangeWords& change,
                        const json::value& registry, const json::object& properties,
                        const ChangeNotes& notes, std::vector<std::string>& told) {
  std::vector<std::string> lines = notes.lines;
  if (!properties.empty()) {
    std::string opens = opens_text(change, registry, SystemClock().now());
    if (!opens.empty()) lines.push_back(std::move(opens));
    add_proxy_notes(job, id, change, properties, lines);
  }
  if (lines != told) tell(job, lines);
  told = std::move(lines);
  if (properties.empty()) return {};
  if (may_restrict(change)) {
    TRY(confirm_own_access(job, id, json::object{{"properties", properties}}));
  }
  if (notes.sooner.empty()) return {};
  return confirm_own_access(
      job, id, json::object{{"properties", once_over(properties, notes.sooner)}}, kOnceOver);
}

Result<Callers> read_callers(Job& job) {
  Callers out;
  out.file = job.call.value("--callers");
  if (out.file.empty()) return out;
  const bool piped = out.file == "-";
  TRY_ASSIGN(const std::string text, piped ? read_input(job.context, kMaxCallers)
                                           : server::read_small_file(out.file, kMaxCallers));
  if (piped) out.file = "standard input";
  TRY_ASSIGN(out.list, callers_of(text, out.file, out.lines));
  return out;
}

}  // namespace

Result<void> network_show(Job& job) {
  TRY_ASSIGN(const std::string id, network_registry(job));
  TRY_ASSIGN(const json::value registry, registry_call(job, "GET", id, nullptr));
  print_network(job, registry, SystemClock().now());
  return {};
}

Result<void> network_change_rules(Job& job) {
  std::vector<std::string> words = {job.call.command->name};
  words.insert(words.end(), job.call.words.begin(), job.call.words.end());
  TRY_ASSIGN(const std::string id, network_registry(job));
  TRY_ASSIGN(const ChangeWords change, change_words(job, std::move(words)));
  std::vector<std::string> told;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    std::string version;
    ChangeNotes notes;
    TRY_ASSIGN(const json::value registry, read_registry(job, id, version));
    TRY_ASSIGN(const json::object properties,
               network_change(change, registry, SystemClock().now(), notes));
    TRY(look_first(job, id, change, registry, properties, notes, told));
    if (properties.empty()) return finish(job, registry, notes);
    const auto written = job.api.send(Face::kManagement, "PATCH", versioned(id, kRegistryVersion),
                                      json::object{{"properties", properties}}, version);
    if (written) return finish(job, *written, notes);
    if (written.error().code != Code::kPreconditionFailed) return fail(written.error());
    wait_a_little(attempt);
  }
  return fail(with_hint(
      {Code::kConflict, "others kept changing the registry meanwhile, so nothing was changed"},
      "try again in a moment"));
}

Result<void> network_preview(Job& job) {
  TRY_ASSIGN(Callers callers, read_callers(job));
  TRY_ASSIGN(const std::string id, network_registry(job));
  if (is_endpoint_change(job.call.words)) {
    TRY_ASSIGN(const json::object question, endpoint_change(job, id));
    TRY_ASSIGN(const json::value preview, ask_preview(job, id, question));
    print_preview(job, id, preview);
    return {};
  }
  TRY_ASSIGN(const ChangeWords change, change_words(job, job.call.words));
  TRY_ASSIGN(const json::value registry, registry_call(job, "GET", id, nullptr));
  ChangeNotes notes;
  TRY_ASSIGN(const json::object properties,
             network_change(change, registry, SystemClock().now(), notes));
  TRY_ASSIGN(
      const json::value preview,
      preview_of_callers(job, id, json::object{{"properties", properties}}, std::move(callers)));
  print_preview(job, id, preview);
  std::string opens = opens_text(change, registry, SystemClock().now());
  if (!opens.empty()) notes.lines.push_back(std::move(opens));
  for (std::string& line : proxy_notes(job.call, preview)) notes.lines.push_back(std::move(line));
  tell(job, notes.lines);
  if (notes.sooner.empty()) return {};
  json::object later{{"properties", once_over(properties, notes.sooner)}};
  TRY(tell_own_access(job, id, std::move(later), kOnceOver));
  return {};
}

}  // namespace berth::cli
