// `berth registry permissions-mode`: by which permissions a registry decides, and what a switch
// would do.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/access_verbs.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/can_i_view.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kMode = {Column{"NAME", "name"},
                              Column{"MODE", "roleAssignmentMode", &mode_word}};
constexpr std::array kPreview = {Column{"WHO", "who"}, Column{"TYPE", "type"},
                                 Column{"EFFECT", "effect"}, Column{"ACTION", "action"},
                                 Column{"THROUGH", "through"}};
constexpr const char* kWords[] = {"rbac", "rbac-abac"};

Result<std::string> current_mode(Job& job, const std::string& id) {
  TRY_ASSIGN(const json::value registry, registry_call(job, "GET", id, nullptr));
  const std::string mode = text_at(registry, "properties.roleAssignmentMode");
  // A registry that does not say is as all were before there was a choice.
  return mode.empty() ? mode_property(kWords[0]) : mode;
}

Result<json::value> preview_of(Job& job, const std::string& id, const std::string& mode) {
  return registry_call(job, "POST", id + "/previewPermissionsMode",
                       json::object{{"roleAssignmentMode", mode}});
}

std::string who(const json::value& row) {
  const std::string name = text_at(row, "principal.name");
  return name.empty() ? text_at(row, "principal.id") : name;
}

json::array table_of(const json::array& changes) {
  json::array rows;
  for (const json::value& change : changes) {
    json::array through;
    for (const json::value& assignment : array_at(change, "assignments")) {
      through.emplace_back(fmt::format("{} at {}", text_at(assignment, "role.name"),
                                       short_scope(text_at(assignment, "scope"))));
    }
    const json::value* group = find(change, "group");
    const bool is_group = group != nullptr && group->is_bool() && group->get_bool();
    rows.push_back(json::object{{"who", who(change)},
                                {"type", is_group ? "group" : "principal"},
                                {"effect", text_at(change, "effect")},
                                {"action", text_at(change, "action")},
                                {"through", std::move(through)}});
  }
  return rows;
}

// A change often keeps several actions: it is told once for each principal.
std::string cures_of(const json::array& changes) {
  std::map<std::string, std::vector<std::string>> actions;  // by principal and cure
  std::vector<std::pair<std::string, std::string>> order;
  for (const json::value& change : changes) {
    const std::string cure = changes_text(array_at(change, "changes"), 4);
    if (cure.empty()) continue;
    auto& of_cure = actions[fmt::format("{}\n{}", who(change), cure)];
    if (of_cure.empty()) order.emplace_back(who(change), cure);
    of_cure.push_back(text_at(change, "action"));
  }
  std::string out;
  for (const auto& [name, cure] : order) {
    const auto& kept = actions[fmt::format("{}\n{}", name, cure)];
    out += fmt::format("  {}: {}\n{}", printable(name),
                       printable(fmt::format("{}", fmt::join(kept, ", "))), cure);
  }
  return out.empty() ? out : "\nWhat keeps it:\n" + out;
}

// "2 lose something (alice, ci), 1 gains something (bob)".
std::string summary_of(const json::array& changes) {
  std::map<std::string, std::set<std::string>> names;  // by effect
  for (const json::value& change : changes) names[text_at(change, "effect")].insert(who(change));
  constexpr std::size_t kMost = 5;
  std::string out;
  for (const char* effect : {"loses", "gains"}) {
    const auto& of_effect = names[effect];
    if (of_effect.empty()) continue;
    std::vector<std::string> shown;
    for (const std::string& name : of_effect) {
      if (shown.size() < kMost) shown.push_back(printable(name));
    }
    if (of_effect.size() > kMost) shown.emplace_back("…");
    const bool one = of_effect.size() == 1;
    out += fmt::format("{}{} {} something ({})", out.empty() ? "" : ", ", of_effect.size(),
                       one ? effect : std::string(effect, 4), fmt::join(shown, ", "));
  }
  return out.empty() ? "nobody loses or gains anything" : out;
}

}  // namespace

Result<void> permissions_mode_show(Job& job) {
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  TRY_ASSIGN(const std::string mode, current_mode(job, id));
  const json::object shown{{"name", job.name()}, {"roleAssignmentMode", mode}};
  print_one(job.call, job.context, shown, kMode);
  return {};
}

Result<void> permissions_mode_preview(Job& job) {
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  std::string mode = mode_property(job.call.value("--mode"));
  if (mode.empty()) {
    TRY_ASSIGN(const std::string now, current_mode(job, id));
    mode = mode_property(kWords[mode_word(now) == kWords[0] ? 1 : 0]);
  }
  TRY_ASSIGN(const json::value preview, preview_of(job, id, mode));
  if (job.call.json()) {
    print_one(job.call, job.context, preview, {});
    return {};
  }
  const json::array& changes = array_at(preview, "value");
  if (!changes.empty()) print_rows(job.call, job.context, table_of(changes), kPreview);
  if (const std::string cures = cures_of(changes); !cures.empty()) {
    print_note(job.call, job.context, cures);
  }
  print_note(job.call, job.context,
             fmt::format("From {} to {}: {}.", mode_word(text_at(preview, "from")), mode_word(mode),
                         summary_of(changes)));
  return {};
}

Result<void> permissions_mode_set(Job& job) {
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  const std::string word = job.call.value("--mode");
  TRY_ASSIGN(const std::string now, current_mode(job, id));
  if (mode_word(now) == word) {
    print_note(job.call, job.context, fmt::format("{} is in the mode {}.", job.name(), word));
    return {};
  }
  if (!job.call.has("--yes") && job.context.input.terminal) {
    TRY_ASSIGN(const json::value preview, preview_of(job, id, mode_property(word)));
    job.context.err << fmt::format("{} goes from {} to {}: {}.\n", job.name(), mode_word(now), word,
                                   summary_of(array_at(preview, "value")));
  }
  TRY(confirm(job.call, job.context, "Clients that hold a token must sign in again. Switch?"));
  const json::object properties{{"roleAssignmentMode", mode_property(word)}};
  TRY_ASSIGN(const json::value registry,
             registry_call(job, "PATCH", id, json::object{{"properties", properties}}));
  const json::object shown{
      {"name", job.name()},
      {"roleAssignmentMode", text_at(registry, "properties.roleAssignmentMode")}};
  print_one(job.call, job.context, shown, kMode);
  job.context.err << kSignInAgain;
  return {};
}

}  // namespace berth::cli
