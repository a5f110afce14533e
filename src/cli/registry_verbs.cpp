// `berth registry`.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>

#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "cli/resource_verbs.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kColumns = {Column{"NAME", "name"},
                                 Column{"RESOURCE GROUP", "resourceGroup"},
                                 Column{"LOCATION", "location"},
                                 Column{"SKU", "sku.name"},
                                 Column{"LOGIN SERVER", "properties.loginServer"},
                                 Column{"ADMIN", "properties.adminUserEnabled"},
                                 Column{"ANONYMOUS PULL", "properties.anonymousPullEnabled"},
                                 Column{"PERMISSIONS", "properties.roleAssignmentMode", &mode_word},
                                 Column{"STATE", "properties.provisioningState"},
                                 Column{"CREATED", "properties.creationDate"}};

struct Switch {
  const char* flag;
  const char* property;
};
constexpr std::array kSwitches = {Switch{"--admin-enabled", "adminUserEnabled"},
                                  Switch{"--anonymous-pull", "anonymousPullEnabled"}};

// What the flags say; a flag that was not given says nothing.
json::object body_of(const Invocation& call) {
  json::object properties;
  for (const Switch& row : kSwitches) {
    if (call.has(row.flag)) properties[row.property] = call.value(row.flag) == "true";
  }
  if (call.has("--role-assignment-mode")) {
    properties["roleAssignmentMode"] = mode_property(call.value("--role-assignment-mode"));
  }
  json::object body;
  if (!properties.empty()) body["properties"] = std::move(properties);
  if (call.has("--sku")) body["sku"] = json::object{{"name", call.value("--sku")}};
  return body;
}

// PUT would change a registry that exists; `create` must not.
Result<void> expect_free(Job& job) {
  TRY_ASSIGN(const std::string subscription, subscription_id(job));
  const json::object body{{"name", job.name()}, {"type", "Microsoft.ContainerRegistry/registries"}};
  TRY_ASSIGN(const json::value answer,
             job.api.send(Face::kManagement, "POST",
                          versioned(subscription + "/providers/Microsoft.ContainerRegistry/"
                                                   "checkNameAvailability",
                                    kRegistryVersion),
                          body));
  const json::value* free = find(answer, "nameAvailable");
  if (free == nullptr || !free->is_bool() || free->get_bool()) return {};
  const bool taken = text_at(answer, "reason") == "AlreadyExists";
  Error error(Code::kConflict, text_at(answer, "reason") + ": " + text_at(answer, "message"));
  return fail(taken ? with_hint(std::move(error),
                                fmt::format("berth registry update {} changes it", job.name()))
                    : std::move(error));
}

// A registry is reached by its name: whoever makes one learns when that name leads nowhere.
void say_if_unresolved(Job& job, const json::value& registry) {
  const auto server = parse_url(text_at(registry, "properties.loginServer"));
  const std::string host = server ? server->host : "";
  if (job.api.info().domain.empty()) {
    if (!host.empty()) return;  // the laptop face
    job.context.err << fmt::format(
        "note: the server has no domain, so nothing reaches {} yet; start it with berth serve "
        "--domain NAME\n",
        job.name());
    return;
  }
  if (host.empty() || !job.context.resolves || job.context.resolves(host)) return;
  job.context.err << fmt::format(
      "note: {} does not resolve on this machine\n"
      "hint: sudo berth hosts --write puts it into the hosts file; for other machines make a DNS "
      "record *.{} or {}\n",
      host, job.api.info().domain, host);
}

}  // namespace

Result<void> registry_create(Job& job) {
  TRY(expect_free(job));
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  json::object body = body_of(job.call);
  TRY_ASSIGN(body["location"], location_of(job));
  if (!body.contains("sku")) body["sku"] = json::object{{"name", "Premium"}};
  TRY_ASSIGN(const json::value made, registry_call(job, "PUT", id, body));
  print_one(job.call, job.context, made, kColumns);
  say_if_unresolved(job, made);
  return {};
}

Result<void> registry_list(Job& job) {
  TRY_ASSIGN(const std::string place,
             job.call.has("--resource-group") ? group_id(job) : subscription_id(job));
  TRY_ASSIGN(json::array rows,
             job.api.list(Face::kManagement,
                          versioned(place + "/providers/Microsoft.ContainerRegistry/registries",
                                    kRegistryVersion)));
  for (json::value& row : rows) add_resource_group(row);
  print_rows(job.call, job.context, rows, std::span(kColumns).first(7));
  return {};
}

Result<void> registry_show(Job& job) {
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  TRY_ASSIGN(const json::value registry, registry_call(job, "GET", id, nullptr));
  print_one(job.call, job.context, registry, kColumns);
  return {};
}

Result<void> registry_update(Job& job) {
  const json::object body = body_of(job.call);
  if (body.empty()) {
    return fail(wrong_usage(job.call, "say what to change"));
  }
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  TRY_ASSIGN(const json::value registry, registry_call(job, "PATCH", id, body));
  print_one(job.call, job.context, registry, kColumns);
  if (job.call.has("--role-assignment-mode")) job.context.err << kSignInAgain;
  return {};
}

Result<void> registry_delete(Job& job) {
  TRY_ASSIGN(const std::string id, registry_id(job, job.name()));
  TRY(registry_call(job, "GET", id, nullptr));  // nobody is asked about what is not there
  TRY(confirm(job.call, job.context,
              fmt::format("Delete the registry {} with every image in it?", job.name())));
  TRY(registry_call(job, "DELETE", id, nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the registry {}.", job.name()));
  return {};
}

}  // namespace berth::cli
