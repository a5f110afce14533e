// `berth network private-endpoint`: an endpoint is a resource of whoever uses it, its connection
// one of the registry, whose owner approves or rejects it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <set>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "cli/api_error.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/flag_values.h"
#include "cli/json_text.h"
#include "cli/network_preview.h"
#include "cli/network_resource.h"
#include "cli/network_verbs.h"
#include "cli/network_view.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "server/config_names.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr const char* kDescription = "properties.privateLinkServiceConnectionState.description";
constexpr const char* kEndpointId = "properties.privateEndpoint.id";
constexpr std::string_view kRejected = "Rejected";
constexpr std::string_view kDeleted = "Deleted";
constexpr std::array kConnections = {Column{"NAME", kEndpointId, &last_part},
                                     Column{"CONNECTION", "name"},
                                     Column{"STATE", kConnectionState},
                                     Column{"DESCRIPTION", kDescription},
                                     Column{"SUBNET", "properties.subnet.id", &short_subnet},
                                     Column{"LETS IN", "lets_in"}};
constexpr std::array kEndpoint = {Column{"NAME", "name"},
                                  Column{"STATE", "state"},
                                  Column{"DESCRIPTION", "description"},
                                  Column{"SUBNET", "subnet", &short_subnet},
                                  Column{"RECOGNISED BY", "recognised"},
                                  Column{"LETS IN", "lets_in"},
                                  Column{"ADDRESSES", "addresses"},
                                  Column{"CONNECTION", "connection"},
                                  Column{"WOULD LET IN", "would_let_in"}};

constexpr const char* kSubnetId = "properties.subnet.id";

// For people only: the ways of a connection let nobody in before it is approved.
json::value with_ways(json::value connection) {
  if (is_approved(connection)) {
    const json::array links = array_at(connection, "properties.links");
    connection.as_object()["lets_in"] = links;
  }
  return connection;
}

// How requests through the endpoint are recognised, docs/network.md §3.
struct Ingress {
  const char* flag;
  const char* type;
};
constexpr std::array kIngresses = {Ingress{"--listener", "Listener"},
                                   Ingress{"--azure-link-id", "AzurePrivateLink"},
                                   Ingress{"--aws-vpc-endpoint", "AwsPrivateLink"},
                                   Ingress{"--google-psc", "GooglePrivateServiceConnect"},
                                   Ingress{"--client-ca", "ClientCertificate"}};

// Null: by the addresses that clients connect to.
Result<json::value> ingress_of(const Invocation& call) {
  json::value out(nullptr);
  for (const Ingress& row : kIngresses) {
    if (!call.has(row.flag)) continue;
    if (!out.is_null()) {
      return fail(wrong_usage(call,
                              "requests are recognised by one of --listener, --azure-link-id, "
                              "--aws-vpc-endpoint, --google-psc and --client-ca"));
    }
    out = json::object{{"type", row.type}, {"id", call.value(row.flag)}};
  }
  if (out.is_null() && !call.has("--address")) {
    return fail(wrong_usage(call,
                            "say how requests are recognised: by the --address that clients "
                            "connect to, or by --listener, --azure-link-id, "
                            "--aws-vpc-endpoint, --google-psc or --client-ca"));
  }
  return out;
}

// The members of a private link to a registry: "registry", and one for the data endpoint of each
// region.
Result<std::vector<std::string>> members_of(Job& job, const std::string& registry) {
  TRY_ASSIGN(const json::value answer,
             registry_call(job, "GET", registry + "/privateLinkResources", nullptr));
  std::vector<std::string> out;
  for (const json::value& resource : array_at(answer, "value")) {
    for (const json::value& member : array_at(resource, "properties.requiredMembers")) {
      if (member.is_string()) out.emplace_back(member.get_string());
    }
  }
  return out;
}

// Clients need both names: without --data-address the one address serves them all.
Result<json::array> addresses_of(Job& job, const std::string& registry) {
  const Invocation& call = job.call;
  json::array out;
  if (!call.has("--address")) {
    if (!call.has("--data-address")) return out;
    return fail(wrong_usage(call, "--data-address comes with --address"));
  }
  for (const char* flag : {"--address", "--data-address"}) {
    if (call.has(flag)) TRY(address_of(call, flag, "10.10.9.4 or fd00::4"));
  }
  TRY_ASSIGN(const std::vector<std::string> members, members_of(job, registry));
  for (const std::string& member : members) {
    const bool data = member != "registry" && call.has("--data-address");
    out.push_back(json::object{
        {"name", member},
        {"properties",
         json::object{{"groupId", "registry"},
                      {"memberName", member},
                      {"privateIPAddress", call.value(data ? "--data-address" : "--address")}}}});
  }
  return out;
}

Result<json::object> endpoint_body(Job& job, const json::value& registry) {
  const Invocation& call = job.call;
  const std::string id = text_at(registry, "id");
  TRY_ASSIGN(json::value ingress, ingress_of(call));
  TRY_ASSIGN(json::array addresses, addresses_of(job, id));
  TRY_ASSIGN(const std::string subnet, subnet_id(job, call.value("--subnet")));
  json::object link{{"privateLinkServiceId", id}, {"groupIds", json::array{"registry"}}};
  if (call.has("--description")) link["requestMessage"] = call.value("--description");
  const char* const list = call.has("--manual") ? "manualPrivateLinkServiceConnections"
                                                : "privateLinkServiceConnections";
  json::object properties{
      {"subnet", json::object{{"id", subnet}}},
      {list, json::array{json::object{{"name", job.name()}, {"properties", std::move(link)}}}}};
  if (!addresses.empty()) properties["ipConfigurations"] = std::move(addresses);
  if (!ingress.is_null()) properties["ingress"] = std::move(ingress);
  return json::object{{"location", text_at(registry, "location")},
                      {"properties", std::move(properties)}};
}

std::string endpoint_id(const Job& job, const std::string& registry) {
  const std::string group = job.call.has("--resource-group")
                                ? group_id(job).value_or(group_part(registry))
                                : group_part(registry);
  return child_id(group + "/providers/Microsoft.Network", "privateEndpoints", job.name());
}

json::value shown(const json::value& endpoint, const json::value& connection) {
  json::array addresses;
  for (const json::value& one : array_at(endpoint, "properties.customDnsConfigs")) {
    for (const json::value& address : array_at(one, "ipAddresses")) {
      if (!address.is_string()) continue;
      addresses.emplace_back(
          fmt::format("{} {}", text_at(one, "fqdn"), std::string(address.get_string())));
    }
  }
  const std::string type = text_at(endpoint, "properties.ingress.type");
  const std::string subnet = text_at(connection, kSubnetId);
  const json::array& links = array_at(connection, "properties.links");
  const bool approved = is_approved(connection);
  const std::string id = text_at(connection, kEndpointId);
  return json::object{{"name", id.empty() ? text_at(endpoint, "name") : last_part(id)},
                      {"state", text_at(connection, kConnectionState)},
                      {"description", text_at(connection, kDescription)},
                      {"subnet", subnet.empty() ? text_at(endpoint, kSubnetId) : subnet},
                      {"recognised", type.empty() || type == "Address"
                                         ? "the addresses"
                                         : type + " " + text_at(endpoint, "properties.ingress.id")},
                      {"lets_in", approved ? links : json::array{}},
                      {"would_let_in", approved ? json::array{} : links},
                      {"addresses", std::move(addresses)},
                      {"connection", text_at(connection, "name")}};
}

void print_endpoint(const Job& job, const json::value& endpoint, const json::value& connection) {
  if (job.call.json()) {
    const json::object both{{"privateEndpoint", endpoint}, {"connection", connection}};
    return print_one(job.call, job.context, both, {});
  }
  print_one(job.call, job.context, shown(endpoint, connection), kEndpoint);
}

// Said before it is so: the endpoint is somebody else's, and so are its words.
void tell_what_it_lets_in(const Job& job, const json::value& connection) {
  std::string ways;
  for (const json::value& way : array_at(connection, "properties.links")) {
    if (way.is_string()) ways += (ways.empty() ? "" : ", ") + std::string(way.get_string());
  }
  const std::string subnet = short_subnet(text_at(connection, kSubnetId));
  if (ways.empty() && subnet.empty()) return;
  job.context.err << printable(fmt::format(
                         "note: this lets in, whatever the rules say, who comes by {}{}",
                         ways.empty() ? "no way yet" : ways,
                         subnet.empty() ? "" : "; the endpoint is said to stand in " + subnet))
                  << '\n';
}

// A question to previewNetwork: the endpoint's connection in this state; "Deleted": without it.
json::object state_question(const std::string& endpoint, std::string_view state) {
  return {{"privateEndpoints", json::array{json::object{{"id", endpoint}, {"state", state}}}}};
}

Result<void> decide(Job& job, std::string_view status) {
  TRY_ASSIGN(const std::string registry, network_registry(job));
  TRY_ASSIGN(json::value connection, find_connection(job, registry, job.name()));
  if (status == kApproved) tell_what_it_lets_in(job, connection);
  // Whoever comes through an approved one is let in, so only this can take something away.
  if (status == kRejected) {
    const std::string endpoint = text_at(connection, kEndpointId);
    TRY(confirm_own_access(job, registry, state_question(endpoint, kRejected)));
  }
  // Without one, the words of whoever asked for it would stand as the owner's.
  json::object state{{"status", status}, {"description", job.call.value("--description")}};
  const json::object body{
      {"properties",
       json::object{{"privateEndpoint", json::object{{"id", text_at(connection, kEndpointId)}}},
                    {"privateLinkServiceConnectionState", std::move(state)}}}};
  TRY_ASSIGN(const json::value changed, registry_call(job, "PUT", text_at(connection, "id"), body));
  print_one(job.call, job.context, job.call.json() ? changed : with_ways(changed), kConnections);
  return {};
}

// Clients of a network look for the endpoint among its addresses. No refusal: on one machine
// addresses of the loopback block play networks. Who may not read the subnet is told nothing.
void note_addresses_elsewhere(Job& job, const std::string& subnet) {
  if (!job.call.has("--address")) return;
  std::vector<std::string> names = subnet_blocks(job, subnet);
  std::vector<IpPrefix> blocks;
  for (const std::string& name : names) {
    if (const auto block = IpPrefix::parse(name)) blocks.push_back(*block);
  }
  if (blocks.empty()) return;
  names.clear();
  for (const IpPrefix& block : blocks) names.push_back(block.text());
  const IpPrefixList prefixes(blocks);
  std::set<IpAddress> elsewhere;
  for (const char* flag : {"--address", "--data-address"}) {
    const auto address = IpAddress::parse(job.call.value(flag));
    if (address && !prefixes.contains(*address)) elsewhere.insert(*address);
  }
  for (const IpAddress& address : elsewhere) {
    job.context.err << fmt::format("note: {} lies in none of the addresses of {} ({})\n",
                                   address.text(), short_subnet(subnet), server::join_names(names));
  }
}

// What the endpoint kept to itself, and what stays as it is (acr-access-model N48).
Result<std::string> question_of(Job& job, const std::string& registry) {
  TRY_ASSIGN(const json::value now, registry_call(job, "GET", registry, nullptr));
  json::value without = now;
  if (json::value* properties = without.as_object().if_contains("properties")) {
    properties->as_object()["privateEndpointConnections"] = json::array{};
  }
  return fmt::format(
      "Whoever comes through {} does so no longer, and it opens nothing: {} Delete it?", job.name(),
      order_text(without, SystemClock().now()));
}

struct EndpointChange {
  std::string_view verb, state;
};
constexpr std::array kChanges = {EndpointChange{"approve", kApproved},
                                 EndpointChange{"reject", kRejected},
                                 EndpointChange{"delete", kDeleted}};

}  // namespace

bool is_endpoint_change(const std::vector<std::string>& words) {
  return words.size() == 3 && words[0] == "private-endpoint" &&
         std::ranges::find(kChanges, words[1], &EndpointChange::verb) != kChanges.end();
}

Result<json::object> endpoint_change(Job& job, const std::string& registry) {
  const std::vector<std::string>& words = job.call.words;
  for (const char* flag : {"--for", "--until", "--subnet", "--kinds", "--tasks", "--callers"}) {
    if (!job.call.has(flag)) continue;
    return fail(with_hint(
        wrong_usage(job.call, fmt::format("{} says nothing about a private endpoint", flag)),
        fmt::format("berth network private-endpoint show {} says whom it lets in", words[2])));
  }
  TRY_ASSIGN(const json::value connection, find_connection(job, registry, words[2]));
  const auto* const row = std::ranges::find(kChanges, words[1], &EndpointChange::verb);
  return state_question(text_at(connection, kEndpointId), row->state);
}

Result<void> private_endpoint_create(Job& job) {
  TRY_ASSIGN(const std::string id, network_registry(job));
  TRY_ASSIGN(const json::value registry, registry_call(job, "GET", id, nullptr));
  TRY_ASSIGN(const json::object body, endpoint_body(job, registry));
  const std::string endpoint = endpoint_id(job, id);
  TRY(expect_new(job, endpoint, "private endpoint",
                 fmt::format("berth network private-endpoint delete {} makes room", job.name())));
  // One that waits refuses those who come by its ways.
  if (job.call.has("--manual")) {
    json::object question = state_question(endpoint, "Pending");
    question["privateEndpoints"].as_array()[0].as_object()["properties"] = body.at("properties");
    TRY(confirm_own_access(job, id, std::move(question)));
  }
  TRY_ASSIGN(const json::value made, network_call(job, "PUT", endpoint, body));
  // Who asks a registry's owner need not be one who reads its connections.
  const auto found = find_connection(job, id, job.name());
  const json::value connection = found ? *found : json::value(nullptr);
  print_endpoint(job, made, connection);
  note_addresses_elsewhere(job, text_at(body, "properties.subnet.id"));
  const std::string name = last_part(id);
  const std::string state =
      found || !job.call.has("--manual") ? text_at(connection, kConnectionState) : "Pending";
  job.context.err << (state == "Pending"
                          ? fmt::format("note: {} waits for the registry's owner\nhint: berth "
                                        "network private-endpoint approve {} -r {}\n",
                                        job.name(), job.name(), name)
                          : fmt::format("hint: clients need its records: berth network dns -r {}\n",
                                        name));
  return {};
}

Result<void> private_endpoint_list(Job& job) {
  TRY_ASSIGN(const std::string registry, network_registry(job));
  TRY_ASSIGN(const json::array rows, connections_of(job, registry));
  json::array shown;
  for (const json::value& row : rows) shown.push_back(job.call.json() ? row : with_ways(row));
  print_rows(job.call, job.context, shown, kConnections);
  return {};
}

Result<void> private_endpoint_show(Job& job) {
  TRY_ASSIGN(const std::string registry, network_registry(job));
  TRY_ASSIGN(const json::value connection, find_connection(job, registry, job.name()));
  // It may be in a place that the registry's owner does not see.
  const auto endpoint = network_call(job, "GET", text_at(connection, kEndpointId), nullptr);
  print_endpoint(job, endpoint ? *endpoint : json::value(nullptr), connection);
  return {};
}

Result<void> private_endpoint_approve(Job& job) {
  return decide(job, kApproved);
}

Result<void> private_endpoint_reject(Job& job) {
  return decide(job, kRejected);
}

Result<void> private_endpoint_delete(Job& job) {
  TRY_ASSIGN(const std::string registry, network_registry(job));
  const auto connection = find_connection(job, registry, job.name());
  if (!connection && connection.error().code != Code::kResourceUnknown) {
    return fail(connection.error());
  }
  // One whose connection was deleted is still there for whoever made it.
  const std::string endpoint =
      connection ? text_at(*connection, kEndpointId) : endpoint_id(job, registry);
  if (!connection && !network_call(job, "GET", endpoint, nullptr)) {
    return fail(connection.error());
  }
  TRY_ASSIGN(const std::string question, question_of(job, registry));
  if (connection) TRY(tell_own_access(job, registry, state_question(endpoint, kDeleted)));
  TRY(confirm(job.call, job.context, question));
  const auto gone = network_call(job, "DELETE", endpoint, nullptr);
  const bool stays = !gone && gone.error().code == Code::kDenied && connection;
  if (!gone && !stays && gone.error().code != Code::kResourceUnknown) return fail(gone.error());
  // Without its connection, one that stays refuses those who come by its ways.
  if (stays) TRY(confirm_own_access(job, registry, state_question(endpoint, "Disconnected")));
  // Where the endpoint went, its connection went with it.
  if (connection && !gone) {
    const auto removed = registry_call(job, "DELETE", text_at(*connection, "id"), nullptr);
    if (!removed && removed.error().code != Code::kResourceUnknown) return fail(removed.error());
  }
  print_note(job.call, job.context,
             stays
                 ? fmt::format("Deleted the connection of {}; the private endpoint itself belongs "
                               "to somebody else and is Disconnected.",
                               job.name())
                 : fmt::format("Deleted the private endpoint {}.", job.name()));
  return {};
}

}  // namespace berth::cli
