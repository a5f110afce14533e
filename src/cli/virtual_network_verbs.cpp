// `berth network vnet` and `berth network subnet`: networks by name, for rules and endpoints.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/json_text.h"
#include "cli/network_block.h"
#include "cli/network_resource.h"
#include "cli/network_verbs.h"
#include "cli/output.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kNetworks = {Column{"NAME", "name"}, Column{"RESOURCE GROUP", "resourceGroup"},
                                  Column{"ADDRESSES", "properties.addressSpace.addressPrefixes"}};
constexpr std::array kSubnets = {
    Column{"NAME", "id", &short_subnet}, Column{"ADDRESSES", "properties.addressPrefix"},
    Column{"SERVICE ENDPOINT", "endpoint"}, Column{"LISTENER", "properties.ingress.listener"}};
constexpr std::string_view kService = "Microsoft.ContainerRegistry";

// For the table only: whether rules of registries may name the subnet.
json::value with_endpoint(json::value subnet) {
  bool found = false;
  for (const json::value& one : array_at(subnet, "properties.serviceEndpoints")) {
    found = found || text_at(one, "service") == kService;
  }
  if (subnet.is_object()) subnet.as_object()["endpoint"] = found ? "yes" : "no";
  return subnet;
}

Result<json::array> networks_of(Job& job) {
  TRY_ASSIGN(const std::string place,
             job.call.has("--resource-group") ? group_id(job) : subscription_id(job));
  TRY_ASSIGN(json::array rows,
             job.api.list(Face::kManagement,
                          versioned(place + "/providers/Microsoft.Network/virtualNetworks",
                                    kNetworkVersion)));
  for (json::value& row : rows) add_resource_group(row);
  return rows;
}

// As it was typed: the server keeps the first address of the block. Said when that is another.
Result<std::string> prefix_of(const Job& job, const std::string& given) {
  std::vector<std::string> notes;
  TRY(block_of(job.call, given, notes));
  for (const std::string& note : notes) job.context.err << "note: " << note << '\n';
  return given;
}

Result<void> remove(Job& job, const std::string& id, const std::string& what) {
  TRY(network_call(job, "GET", id, nullptr));  // nobody is asked about what is not there
  TRY(confirm(job.call, job.context, fmt::format("Delete the {} {}?", what, job.name())));
  TRY(network_call(job, "DELETE", id, nullptr));
  print_note(job.call, job.context, fmt::format("Deleted the {} {}.", what, job.name()));
  return {};
}

}  // namespace

Result<void> vnet_create(Job& job) {
  json::array prefixes;
  for (const auto& use : job.call.lists.at("--address-prefix")) {
    for (const std::string& given : use) {
      TRY_ASSIGN(const std::string prefix, prefix_of(job, given));
      prefixes.emplace_back(prefix);
    }
  }
  TRY_ASSIGN(const std::string location, location_of(job));
  TRY_ASSIGN(const std::string group, group_id(job));
  const std::string id =
      child_id(group + "/providers/Microsoft.Network", "virtualNetworks", job.name());
  TRY(expect_new(job, id, "virtual network", "berth network subnet create adds to it"));
  const json::object body{
      {"location", location},
      {"properties",
       json::object{{"addressSpace", json::object{{"addressPrefixes", std::move(prefixes)}}}}}};
  TRY_ASSIGN(const json::value made, network_call(job, "PUT", id, body));
  print_one(job.call, job.context, made, kNetworks);
  return {};
}

Result<void> vnet_list(Job& job) {
  TRY_ASSIGN(const json::array rows, networks_of(job));
  print_rows(job.call, job.context, rows, kNetworks);
  return {};
}

Result<void> vnet_delete(Job& job) {
  TRY_ASSIGN(const std::string id, virtual_network_id(job, job.name()));
  return remove(job, id, "virtual network");
}

Result<void> subnet_create(Job& job) {
  TRY_ASSIGN(const std::string id, subnet_id(job, job.name()));
  TRY(expect_new(job, id, "subnet",
                 fmt::format("berth network subnet delete {} makes room", job.name())));
  TRY_ASSIGN(const std::string prefix, prefix_of(job, job.call.value("--prefix")));
  json::object properties{{"addressPrefix", prefix}};
  if (job.call.has("--service-endpoint")) {
    properties["serviceEndpoints"] = json::array{json::object{{"service", kService}}};
  }
  if (job.call.has("--listener")) {
    properties["ingress"] = json::object{{"listener", job.call.value("--listener")}};
  }
  TRY_ASSIGN(const json::value made,
             network_call(job, "PUT", id, json::object{{"properties", std::move(properties)}}));
  print_one(job.call, job.context, job.call.json() ? made : with_endpoint(made), kSubnets);
  return {};
}

Result<void> subnet_list(Job& job) {
  TRY_ASSIGN(const json::array networks, networks_of(job));
  const bool all = job.call.words.empty();
  json::array rows;
  std::vector<std::string> names;
  bool found = all;
  for (const json::value& network : networks) {
    names.push_back(text_at(network, "name"));
    if (!all && !means(job.name(), text_at(network, "id"))) continue;
    found = true;
    for (const json::value& subnet : array_at(network, "properties.subnets")) {
      rows.push_back(job.call.json() ? subnet : with_endpoint(subnet));
    }
  }
  if (!found) {
    const auto nearest = nearest_name(job.name(), names);
    return fail(
        with_hint({Code::kResourceUnknown, fmt::format("there is no network {}", job.name())},
                  nearest ? fmt::format("did you mean {}?", *nearest)
                          : "berth network vnet list shows them"));
  }
  print_rows(job.call, job.context, rows, kSubnets);
  return {};
}

Result<void> subnet_delete(Job& job) {
  TRY_ASSIGN(const std::string id, subnet_id(job, job.name()));
  return remove(job, id, "subnet");
}

}  // namespace berth::cli
