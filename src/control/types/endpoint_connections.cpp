// registries/privateEndpointConnections (acr-access-model A5, az-acr-wire 6.3): the registry's side
// of a private endpoint, made with it, and what its owner says of it.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/network.h"
#include "control/types/private_endpoint.h"

namespace berth::control {
namespace {

using policy::EndpointState;

constexpr std::string_view kStatus = "properties.privateLinkServiceConnectionState.status";
constexpr std::string_view kDescription =
    "properties.privateLinkServiceConnectionState.description";
constexpr std::string_view kEndpoint = "properties.privateEndpoint.id";
constexpr std::array<std::string_view, 2> kActions = {"None", "Recreate"};

constexpr std::array kFields = {
    Field{.path = kEndpoint, .kind = Kind::kText, .use = Use::kByType},
    Field{
        .path = kStatus, .kind = Kind::kEnum, .values = policy::kEndpointStateNames, .keeps = true},
    Field{.path = kDescription, .kind = Kind::kText, .keeps = true, .max_length = 140},
    Field{.path = "properties.privateLinkServiceConnectionState.actionsRequired",
          .kind = Kind::kEnum,
          .use = Use::kWithoutEffect,
          .initial = R"("None")",
          .values = kActions,
          .feature = "Asking for a private endpoint to be made anew"},
    Field{.path = "properties.groupIds", .use = Use::kReadOnly},
    Field{.path = "properties.links", .use = Use::kReadOnly},
    Field{.path = "properties.subnet", .use = Use::kReadOnly},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

EndpointState state_in(const json::object& body) {
  const auto at = std::ranges::find(policy::kEndpointStateNames, text_at(body, kStatus));
  return at == policy::kEndpointStateNames.end()
             ? EndpointState::kDisconnected
             : static_cast<EndpointState>(at - policy::kEndpointStateNames.begin());
}

Result<void> check_same_endpoint(const Draft& draft) {
  const std::string_view given = text_at(draft.given, kEndpoint);
  if (given.empty() || equal_no_case(given, text_at(draft.before->body, kEndpoint))) {
    return {};
  }
  return fail(conflict("PropertyChangeNotAllowed",
                       fmt::format("Changing property '{}' is not allowed.", kEndpoint)));
}

ResourcePtr endpoint_of(const World& world, const json::object& connection) {
  const auto id = ResourceId::parse(text_at(connection, kEndpoint));
  return id ? world.table.find(kPrivateEndpointType, id->key()) : nullptr;
}

// Whoever approves a connection approves of the ways that lead to it.
Result<void> vouch(const World& world, Draft& draft) {
  const ResourceId id = draft.id.parent();
  TRY(check_no_subnet_rules(world, draft.may, id));
  const ResourcePtr registry = world.table.find(kRegistryType, id.key());
  const ResourcePtr endpoint = endpoint_of(world, draft.body);
  if (!endpoint || !registry) return {};
  const std::string vouched = storage_key(*registry);
  if (text_at(endpoint->body, kVouchedFor) == vouched) return {};
  TRY_ASSIGN(const auto ways, read_links(world, endpoint->body));
  TRY(check_ways(world, draft.may, endpoint->id, ways, id));
  auto after = std::make_shared<Resource>(*endpoint);
  set_path(after->body, kVouchedFor, json::value(vouched));
  draft.also.push_back({&kPrivateEndpoints, endpoint, std::move(after)});
  return {};
}

// Approved and Rejected are the owner's word; a connection begins Pending, and is Disconnected by
// being removed.
Result<void> complete(const World& world, Draft& draft) {
  if (!draft.before) {
    return fail(bad_request("PrivateEndpointConnectionNotFound",
                            fmt::format("There is no private endpoint connection '{}': it is made "
                                        "with its private endpoint (Microsoft.Network/"
                                        "privateEndpoints).",
                                        draft.id.name())));
  }
  TRY(check_same_endpoint(draft));
  const EndpointState before = state_in(draft.before->body), now = state_in(draft.body);
  if (now == before) return {};
  if (now != EndpointState::kApproved && now != EndpointState::kRejected) {
    return fail(bad_request(
        "InvalidPrivateEndpointConnectionState",
        fmt::format("A connection that is {} cannot become {}: approve or reject it, or delete it, "
                    "which disconnects its private endpoint.",
                    policy::state_name(before), policy::state_name(now)),
        kStatus));
  }
  return now == EndpointState::kApproved ? vouch(world, draft) : Result<void>();
}

// With what an approval would let in: the ways, and the network that they are said to lead from.
void view_connection(const World& world, const Resource& connection, json::object& out) {
  show_state(connection, out);
  json::object& properties = out["properties"].get_object();
  json::array& links = properties["links"].emplace_array();
  const ResourcePtr endpoint = endpoint_of(world, connection.body);
  if (!endpoint) return;
  const auto ways = read_links(world, endpoint->body);
  if (ways) links = json::array(ways->begin(), ways->end());
  properties["subnet"] = {{"id", key(text_at(endpoint->body, "properties.subnet.id"))}};
}

void claim(const ResourceId&, const json::object&, std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({std::string(kEndpointsClaim), true});
}

std::string registry_key(const Change& change) {
  return std::string(change.either().id.parent_key());
}

void edit(const World&, std::vector<policy::EndpointRule>& endpoints, const Change& change) {
  const std::string id = lower(text_at(change.either().body, kEndpoint));
  const auto at = std::ranges::find(endpoints, id, &policy::EndpointRule::id);
  if (at == endpoints.end()) return;
  at->state = change.after ? state_in(change.after->body) : EndpointState::kDisconnected;
  if (!change.after && at->links.empty()) endpoints.erase(at);
}

void publish(const World& world, policy::Snapshot& snapshot, std::span<const Change> changes) {
  publish_endpoints(world, snapshot, changes, registry_key, edit);
}

}  // namespace

ConnectionState state_of(const World& world, const Resource& endpoint) {
  const ResourcePtr connection =
      world.table.find(kEndpointConnectionType, connection_of(endpoint).key());
  if (!connection) return {};
  return {state_in(connection->body), std::string(text_at(connection->body, kDescription))};
}

std::shared_ptr<Resource> new_connection(const ResourceId& id, const ResourceId& endpoint,
                                         bool approved, std::string_view message) {
  auto out = std::make_shared<Resource>();
  out->id = id;
  set_path(out->body, kEndpoint, json::value(endpoint.text()));
  set_path(out->body, "properties.groupIds", json::array{key(kGroupId)});
  const auto state = approved ? EndpointState::kApproved : EndpointState::kPending;
  set_path(
      out->body, kConnectionState,
      json::object{{"status", key(policy::state_name(state))},
                   {"description", approved ? json::string_view("Auto-Approved") : key(message)},
                   {"actionsRequired", "None"}});
  return out;
}

ResourcePtr live_connection(const World& world, const ResourceId& registry) {
  for (const policy::EndpointRule& one : endpoints_in(registry_policy(world, registry).get())) {
    const bool live = one.state == EndpointState::kPending || one.state == EndpointState::kApproved;
    const ResourcePtr endpoint = world.table.find(kPrivateEndpointType, one.id);
    if (!live || one.links.empty() || !endpoint) continue;
    return world.table.find(kEndpointConnectionType, connection_of(*endpoint).key());
  }
  return nullptr;
}

ConnectionCount count_connections(const World& world, const ResourceId& registry) {
  ConnectionCount out;
  world.table.for_each(kEndpointConnectionType, registry.key() + "/", [&](const ResourcePtr& one) {
    ++out.all;
    if (state_in(one->body) == EndpointState::kPending) ++out.pending;
  });
  return out;
}

json::array shown_connections(const World& world, const ResourceId& registry) {
  json::array out;
  world.table.for_each(kEndpointConnectionType, registry.key() + "/", [&](const ResourcePtr& one) {
    out.push_back(render(world, kEndpointConnections, *one));
  });
  return out;
}

const ResourceType kEndpointConnections = {.name = kEndpointConnectionType,
                                           .operations = kEndpointConnectionType,
                                           .schema = kFields,
                                           .claims = claim,
                                           .complete = complete,
                                           .view = view_connection,
                                           .publish = publish,
                                           .read_at_parent = true};

}  // namespace berth::control
