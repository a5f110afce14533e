// `berth group`.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>
#include <vector>

#include "cli/ask.h"
#include "cli/directory.h"
#include "cli/directory_verbs.h"
#include "cli/json_text.h"
#include "cli/output.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"NAME", "displayName"}, Column{"ID", "id"},
                                 Column{"DESCRIPTION", "description"},
                                 Column{"MEMBERS", "members"}};

// Where Graph keeps the object; the host is Graph's own, whatever address was asked.
std::string reference(const Job& job, const std::string& id) {
  std::string host = job.api.info().graph;
  while (host.ends_with('/')) host.pop_back();
  return (host.empty() ? "https://graph" : host) + "/v1.0/directoryObjects/" + id;
}

Result<void> for_members(Job& job, Result<void> (*change)(Job&, const std::string& group,
                                                          const std::string& member)) {
  TRY_ASSIGN(const json::value group, find_group(job, job.name()));
  std::vector<Principal> members;  // all of them are found before the first is changed
  for (std::size_t i = 1; i < job.call.words.size(); ++i) {
    TRY_ASSIGN(Principal member, find_principal(job, job.call.words[i]));
    members.push_back(std::move(member));
  }
  for (const Principal& member : members) TRY(change(job, text_at(group, "id"), member.id));
  return {};
}

}  // namespace

Result<void> group_create(Job& job) {
  const auto known = find_group(job, job.name());
  if (known || known.error().code == Code::kConflict) {
    return fail(with_hint({Code::kConflict, fmt::format("there is a group {} already", job.name())},
                          "berth group list shows it"));
  }
  if (known.error().code != Code::kResourceUnknown) return fail(known.error());
  const json::object body{{"displayName", job.name()},
                          {"mailEnabled", false},
                          {"mailNickname", job.name()},
                          {"securityEnabled", true}};
  TRY_ASSIGN(const json::value group, graph_call(job, "POST", "/groups", body));
  print_one(job.call, job.context, group, kColumns);
  return {};
}

Result<void> group_list(Job& job) {
  TRY_ASSIGN(const json::array rows, graph_list(job, "/groups"));
  print_rows(job.call, job.context, rows, std::span(kColumns).first(3));
  return {};
}

Result<void> group_show(Job& job) {
  TRY_ASSIGN(json::value group, find_group(job, job.name()));
  TRY_ASSIGN(json::array members,
             graph_list(job, fmt::format("/groups/{}/members", text_at(group, "id"))));
  // For people their names, for programs the objects.
  for (json::value& member : members) {
    if (job.call.json()) break;
    const std::string user = text_at(member, "userPrincipalName");
    member = user.empty() ? text_at(member, "displayName") : user;
  }
  group.as_object()["members"] = std::move(members);
  print_one(job.call, job.context, group, kColumns);
  return {};
}

Result<void> group_delete(Job& job) {
  TRY_ASSIGN(const json::value group, find_group(job, job.name()));
  TRY(confirm(job.call, job.context, fmt::format("Delete the group {}?", job.name())));
  TRY(graph_call(job, "DELETE", "/groups/" + text_at(group, "id"), nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the group {}.", job.name()));
  return {};
}

Result<void> group_add(Job& job) {
  TRY(for_members(job, [](Job& at, const std::string& group, const std::string& member) {
    auto done = graph_call(at, "POST", fmt::format("/groups/{}/members/$ref", group),
                           json::object{{"@odata.id", reference(at, member)}});
    return done ? Result<void>{} : Result<void>(fail(std::move(done.error())));
  }));
  print_note(job.call, job.context, fmt::format("Added to the group {}.", job.name()));
  return {};
}

Result<void> group_remove(Job& job) {
  TRY(for_members(job, [](Job& at, const std::string& group, const std::string& member) {
    auto done =
        graph_call(at, "DELETE", fmt::format("/groups/{}/members/{}/$ref", group, member), nullptr);
    return done ? Result<void>{} : Result<void>(fail(std::move(done.error())));
  }));
  print_note(job.call, job.context, fmt::format("Removed from the group {}.", job.name()));
  return {};
}

}  // namespace berth::cli
