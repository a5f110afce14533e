// `berth scope-map`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/resource_verbs.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"NAME", "name"}, Column{"TYPE", "properties.type"},
                                 Column{"DESCRIPTION", "properties.description"},
                                 Column{"ACTIONS", "properties.actions"},
                                 Column{"CREATED", "properties.creationDate"}};

Result<std::string> id_of(const Job& job) {
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  return child_id(registry, "scopeMaps", job.name());
}

json::array to_json(const std::vector<std::string>& actions) {
  json::array out;
  for (const std::string& action : actions) out.emplace_back(action);
  return out;
}

}  // namespace

Result<std::vector<std::string>> actions_of(const Invocation& call, const std::string& flag) {
  std::vector<std::string> out;
  const auto uses = call.lists.find(flag);
  if (uses == call.lists.end()) return out;
  for (const auto& words : uses->second) {
    if (words.size() < 2) {
      return fail(
          wrong_usage(fmt::format("{}: {} needs a repository and its actions, such as "
                                  "{} {} content/read",
                                  call.path, flag, flag, words.empty() ? "app" : words.front())));
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      out.push_back(fmt::format("repositories/{}/{}", words.front(), words[i]));
    }
  }
  return out;
}

Result<void> scope_map_create(Job& job) {
  TRY_ASSIGN(const auto actions, actions_of(job.call, "--repository"));
  TRY_ASSIGN(const std::string id, id_of(job));
  TRY(expect_new(job, id, "scope map", "berth scope-map update changes it"));
  json::object properties{{"actions", to_json(actions)}};
  if (job.call.has("--description")) properties["description"] = job.call.value("--description");
  TRY_ASSIGN(const json::value made,
             registry_call(job, "PUT", id, json::object{{"properties", std::move(properties)}}));
  print_one(job.call, job.context, made, kColumns);
  return {};
}

Result<void> scope_map_list(Job& job) {
  TRY_ASSIGN(const std::string registry, registry_id(job, job.call.value("--registry")));
  TRY_ASSIGN(const json::array rows,
             job.api.list(Face::kManagement, versioned(registry + "/scopeMaps", kRegistryVersion)));
  print_rows(job.call, job.context, rows, std::span(kColumns).first(4));
  return {};
}

Result<void> scope_map_show(Job& job) {
  TRY_ASSIGN(const std::string id, id_of(job));
  TRY_ASSIGN(const json::value map, registry_call(job, "GET", id, nullptr));
  print_one(job.call, job.context, map, kColumns);
  return {};
}

// The API takes the whole list: what stands there, without the one, with the other.
Result<void> scope_map_update(Job& job) {
  TRY_ASSIGN(const auto add, actions_of(job.call, "--add-repository"));
  TRY_ASSIGN(const auto remove, actions_of(job.call, "--remove-repository"));
  TRY_ASSIGN(const std::string id, id_of(job));
  json::object properties;
  if (!add.empty() || !remove.empty()) {
    TRY_ASSIGN(const json::value map, registry_call(job, "GET", id, nullptr));
    std::vector<std::string> actions;
    for (const json::value& action : array_at(map, "properties.actions")) {
      if (action.is_string()) actions.emplace_back(action.get_string());
    }
    actions.insert(actions.end(), add.begin(), add.end());
    std::sort(actions.begin(), actions.end());
    actions.erase(std::unique(actions.begin(), actions.end()), actions.end());
    std::erase_if(actions, [&](const std::string& action) {
      return std::find(remove.begin(), remove.end(), action) != remove.end();
    });
    properties["actions"] = to_json(actions);
  }
  if (job.call.has("--description")) properties["description"] = job.call.value("--description");
  if (properties.empty()) {
    return fail(wrong_usage(job.call, "say what to change"));
  }
  TRY_ASSIGN(const json::value map,
             registry_call(job, "PATCH", id, json::object{{"properties", std::move(properties)}}));
  print_one(job.call, job.context, map, kColumns);
  return {};
}

Result<void> scope_map_delete(Job& job) {
  TRY_ASSIGN(const std::string id, id_of(job));
  TRY(registry_call(job, "GET", id, nullptr));
  TRY(confirm(job.call, job.context, fmt::format("Delete the scope map {}?", job.name())));
  TRY(registry_call(job, "DELETE", id, nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the scope map {}.", job.name()));
  return {};
}

}  // namespace berth::cli
