#include "cli/network_resource.h"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/nearest.h"
#include "cli/arm.h"
#include "cli/json_text.h"
#include "cli/plain_words.h"
#include "server/config_names.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kSubnets = "/subnets/";

std::vector<std::string> texts_at(const json::value& value, std::string_view path) {
  std::vector<std::string> out;
  for (const json::value& item : array_at(value, path)) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

ServedHost place_of(const json::value& row) {
  ServedHost out{text_at(row, "face"), text_at(row, "host"), 443, texts_at(row, "addresses"), {}};
  if (const auto port = number_at(row, "port"); port > 0) out.port = static_cast<unsigned>(port);
  for (const json::value& entry : array_at(row, "privateAddresses")) {
    out.private_addresses.push_back(
        {text_at(entry, "address"), text_at(entry, "privateEndpoint"), text_at(entry, "subnet")});
  }
  return out;
}

// Names go into files that root loads, line by line.
bool is_host(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
}

bool wanted(const Invocation& call, const PrivateAddress& address) {
  return (!call.has("--endpoint") || means(call.value("--endpoint"), address.endpoint)) &&
         (!call.has("--subnet") || means(call.value("--subnet"), address.subnet));
}

std::vector<std::string> endpoints_in(const std::vector<ServedHost>& places) {
  std::set<std::string> names;
  for (const ServedHost& place : places) {
    for (const PrivateAddress& entry : place.private_addresses) names.insert(lower(entry.endpoint));
  }
  return {names.begin(), names.end()};
}

// Why this connection, which the registry has, leads nowhere.
Error leads_nowhere(const json::value& connection) {
  const std::string name = last_part(text_at(connection, "properties.privateEndpoint.id"));
  if (!is_approved(connection)) {
    const std::string state = text_at(connection, kConnectionState);
    return with_hint(
        {Code::kResourceUnknown,
         fmt::format("{} is {}; only an Approved endpoint leads anywhere", name, state)},
        fmt::format("berth network private-endpoint {} {}", state == "Pending" ? "approve" : "show",
                    name));
  }
  return with_hint({Code::kResourceUnknown,
                    fmt::format("{} has no address; clients need one to connect to", name)},
                   "the --address of berth network private-endpoint create gives it one");
}

// No place has a private address that the call means.
Error why_none(Job& job, const std::string& registry, bool others) {
  const std::string name = last_part(registry);
  if (job.call.has("--endpoint")) {
    const std::string given = job.call.value("--endpoint");
    const auto connection = find_connection(job, registry, given);
    if (!connection) return connection.error();
    if (!job.call.has("--subnet") || !others) return leads_nowhere(*connection);
  }
  if (job.call.has("--subnet") && others) {
    return {Code::kResourceUnknown,
            fmt::format("Registry \"{}\" doesn't have private endpoints in the vnet of \"{}\". "
                        "Please make sure you provided correct vnet",
                        name, job.call.value("--subnet"))};
  }
  const auto rows = connections_of(job, registry);
  if (rows && !rows->empty()) return leads_nowhere(rows->front());
  const bool verifies = job.call.command->name == "check-dns";
  return with_hint(
      {Code::kResourceUnknown,
       verifies
           ? fmt::format("Registry \"{}\" doesn't have private endpoints to verify DNS routings.",
                         name)
           : fmt::format("{} has no private endpoint", name)},
      fmt::format("berth network private-endpoint create NAME --subnet VNET/SUBNET --address IP -r "
                  "{} makes one",
                  name));
}

}  // namespace

Result<std::string> network_registry(Job& job) {
  return meant_registry(job, registry_name(job, job.call.value("--registry")));
}

std::string group_part(const std::string& id) {
  return id.substr(0, lower(id).find("/providers/"));
}

Result<json::value> network_call(Job& job, std::string_view method, const std::string& id,
                                 const json::value& body) {
  auto answer = job.api.send(Face::kManagement, method, versioned(id, kNetworkVersion), body);
  if (answer && answer->is_object()) add_resource_group(*answer);
  return answer;
}

Result<std::string> virtual_network_id(Job& job, const std::string& name) {
  if (name.starts_with('/')) return name;
  if (!job.call.has("--resource-group")) {
    TRY_ASSIGN(const std::string subscription, subscription_id(job));
    const auto rows = job.api.list(
        Face::kManagement,
        versioned(subscription + "/providers/Microsoft.Network/virtualNetworks", kNetworkVersion));
    std::vector<std::string> ids;
    // Who may not list them may still know one.
    for (const json::value& row : rows ? *rows : json::array{}) {
      const bool same = equal_no_case(text_at(row, "name"), name);
      if (same) ids.push_back(text_at(row, "id"));
    }
    if (ids.size() > 1) return fail(ambiguous(job.call, "networks " + name, ids));
    if (!ids.empty()) return std::move(ids.front());
  }
  TRY_ASSIGN(const std::string group, group_id(job));
  return child_id(group + "/providers/Microsoft.Network", "virtualNetworks", name);
}

Result<std::string> subnet_id(Job& job, const std::string& text) {
  if (text.starts_with('/')) return text;
  const std::size_t slash = text.find('/');
  const bool two = slash != std::string::npos && slash != 0 && slash + 1 < text.size() &&
                   text.find('/', slash + 1) == std::string::npos;
  if (!two) {
    return fail(wrong_usage(fmt::format("{}: '{}' is no subnet; it is VNET/SUBNET or a resource id",
                                        job.call.path, text)));
  }
  TRY_ASSIGN(const std::string network, virtual_network_id(job, text.substr(0, slash)));
  return child_id(network, "subnets", text.substr(slash + 1));
}

std::vector<std::string> subnet_blocks(Job& job, const std::string& id) {
  const auto subnet = network_call(job, "GET", id, nullptr);
  if (!subnet) return {};
  std::vector<std::string> out = texts_at(*subnet, "properties.addressPrefixes");
  std::string one = text_at(*subnet, "properties.addressPrefix");
  if (!one.empty() && std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
  return out;
}

bool means(const std::string& text, const std::string& id) {
  const std::string wanted = lower(text);
  const std::string whole = lower(id);
  if (wanted.starts_with('/')) return wanted == whole;
  return wanted == last_part(whole) || wanted == short_subnet(whole);
}

std::string short_subnet(std::string id) {
  const std::size_t at = lower(id).rfind(kSubnets);
  if (at == std::string::npos) return id;
  return last_part(id.substr(0, at)) + "/" + id.substr(at + kSubnets.size());
}

Error ambiguous(const Invocation& call, const std::string& what,
                const std::vector<std::string>& ids) {
  return wrong_usage(fmt::format("{}: there are {} {}; say the id of one: {}", call.path,
                                 ids.size(), what, server::join_names(ids)));
}

bool is_approved(const json::value& connection) {
  return text_at(connection, kConnectionState) == kApproved;
}

Result<json::array> connections_of(Job& job, const std::string& registry) {
  return job.api.list(Face::kManagement,
                      versioned(registry + "/privateEndpointConnections", kRegistryVersion));
}

Result<json::value> find_connection(Job& job, const std::string& registry,
                                    const std::string& name) {
  TRY_ASSIGN(const json::array rows, connections_of(job, registry));
  std::vector<json::value> found;
  std::vector<std::string> names, ids;
  for (const json::value& row : rows) {
    const std::string endpoint = text_at(row, "properties.privateEndpoint.id");
    names.push_back(last_part(endpoint));
    if (means(name, text_at(row, "id"))) return row;
    if (!means(name, endpoint)) continue;
    found.push_back(row);
    ids.push_back(endpoint);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) return fail(ambiguous(job.call, "private endpoints " + name, ids));
  const auto nearest = nearest_name(name, names);
  return fail(with_hint({Code::kResourceUnknown,
                         fmt::format("{} has no private endpoint {}", last_part(registry), name)},
                        nearest         ? fmt::format("did you mean {}?", *nearest)
                        : names.empty() ? "berth network private-endpoint create makes one"
                                        : "its private endpoints: " + server::join_names(names)));
}

Result<std::vector<ServedHost>> places_of(Job& job, const std::string& registry) {
  TRY_ASSIGN(const json::value answer,
             registry_call(job, "POST", registry + "/listEndpoints", json::object{}));
  std::vector<ServedHost> out;
  for (const json::value& row : array_at(answer, "value")) {
    out.push_back(place_of(row));
    if (!is_host(out.back().host)) {
      return fail(Code::kInternal, "the server's answer names a host that can be none");
    }
  }
  return out;
}

std::vector<ServedHost> private_places(const Invocation& call,
                                       const std::vector<ServedHost>& places) {
  std::vector<ServedHost> out;
  for (ServedHost place : places) {
    std::erase_if(place.private_addresses,
                  [&](const PrivateAddress& address) { return !wanted(call, address); });
    if (!place.private_addresses.empty()) out.push_back(std::move(place));
  }
  return out;
}

Result<std::vector<ServedHost>> places_of_one_endpoint(Job& job, const std::string& registry,
                                                       const std::vector<ServedHost>& places) {
  const std::string name = last_part(registry);
  const auto there = private_places(job.call, places);
  const auto endpoints = endpoints_in(there);
  if (endpoints.size() == 1) return there;
  if (endpoints.empty()) return fail(why_none(job, registry, !endpoints_in(places).empty()));
  std::vector<std::string> names;
  names.reserve(endpoints.size());
  for (const std::string& id : endpoints) names.push_back(last_part(id));
  if (job.call.has("--endpoint")) {
    return fail(
        ambiguous(job.call, "private endpoints " + job.call.value("--endpoint"), endpoints));
  }
  if (job.call.has("--subnet")) {
    return fail(
        with_hint({Code::kConflict,
                   fmt::format("Registry \"{}\" has more than one private endpoint in the vnet of "
                               "\"{}\". DNS routing will be unreliable",
                               name, job.call.value("--subnet"))},
                  fmt::format("look at one with --endpoint: {}", server::join_names(names))));
  }
  return fail(
      wrong_usage(fmt::format("{}: {} has {} private endpoints; say which with --endpoint: {}",
                              job.call.path, name, names.size(), server::join_names(names))));
}

}  // namespace berth::cli
