// Microsoft.Network/privateEndpoints (acr-access-model A5): a way to one registry that its network
// rules do not look at. Making one makes its connection on the registry.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/types/network.h"
#include "control/types/private_endpoint.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::control {
namespace {

constexpr std::string_view kSubnetId = "properties.subnet.id";
constexpr std::string_view kConnectionId = "hidden.connection";
constexpr std::size_t kMaxMessage = 140;  // as in Azure

constexpr std::array<std::string_view, 6> kIngressTypes = {"Address",
                                                           "Listener",
                                                           "AzurePrivateLink",
                                                           "AwsPrivateLink",
                                                           "GooglePrivateServiceConnect",
                                                           "ClientCertificate"};

constexpr std::array kFields = {
    Field{.path = "location", .kind = Kind::kText, .use = Use::kByType},
    Field{.path = "tags", .kind = Kind::kTags, .initial = "{}"},
    Field{.path = "extendedLocation", .use = Use::kWithoutEffect, .feature = "An edge location"},
    Field{.path = kSubnetId, .kind = Kind::kText, .required = true},
    Field{.path = kConnections},
    Field{.path = kManualConnections},
    Field{.path = "properties.ipConfigurations"},
    Field{.path = "properties.ingress.type",
          .kind = Kind::kEnum,
          .initial = R"("Address")",
          .values = kIngressTypes,
          .keeps = true},
    Field{.path = "properties.ingress.id", .kind = Kind::kText, .keeps = true, .max_length = 256},
    Field{.path = "properties.customNetworkInterfaceName",
          .use = Use::kWithoutEffect,
          .feature = "A name of one's own for a network interface"},
    Field{.path = "properties.applicationSecurityGroups",
          .use = Use::kWithoutEffect,
          .feature = "Application security groups"},
    Field{.path = "properties.networkInterfaces", .use = Use::kReadOnly},
    Field{.path = "properties.customDnsConfigs", .use = Use::kReadOnly},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

// The service that an endpoint leads to, as the client sent it.
struct Service {
  ResourceId registry;
  std::string name, message;
  std::string_view list;
};

Error wrong(std::string_view path, std::string message) {
  return bad_request("InvalidPropertyValue", std::move(message), path);
}

Result<void> check_groups(const json::object& properties, const std::string& path) {
  const json::value* groups = properties.if_contains("groupIds");
  if (groups != nullptr && *groups == json::value(json::array{key(kGroupId)})) return {};
  return fail(
      wrong(path + ".groupIds", fmt::format("'{}.groupIds' must be [\"{}\"].", path, kGroupId)));
}

Result<Service> read_service(const json::value& entry, std::string_view list) {
  const std::string path = fmt::format("{}[0]", list);
  TRY_ASSIGN(const auto* connection,
             entry_at(entry, path, {"id", "name", "type", "etag", "properties"}));
  const json::value none = json::object();
  const json::value* inner = connection->if_contains("properties");
  TRY_ASSIGN(const auto* properties,
             entry_at(inner == nullptr ? none : *inner, path + ".properties",
                      {"privateLinkServiceId", "groupIds", "requestMessage",
                       "privateLinkServiceConnectionState", "provisioningState"}));
  TRY(check_groups(*properties, path + ".properties"));
  Service out{{},
              std::string(text_at(*connection, "name")),
              std::string(text_at(*properties, "requestMessage")),
              list};
  if (out.message.size() > kMaxMessage) {
    return fail(wrong(path + ".properties.requestMessage",
                      fmt::format("The request message has {} characters; {} are allowed.",
                                  out.message.size(), kMaxMessage)));
  }
  const std::string_view text = text_at(*properties, "privateLinkServiceId");
  auto id = ResourceId::parse(text);
  if (!id || id->type() != kRegistryType) {
    return fail(wrong(path + ".properties.privateLinkServiceId",
                      fmt::format("'{}.properties.privateLinkServiceId' must be the id of a "
                                  "registry, not '{}'.",
                                  path, text.substr(0, 256))));
  }
  out.registry = std::move(*id);
  return out;
}

Result<Service> the_service(const json::object& body) {
  const auto& automatic = list_at(body, kConnections);
  const auto& manual = list_at(body, kManualConnections);
  if (automatic.size() + manual.size() == 1) {
    return automatic.empty() ? read_service(manual[0], kManualConnections)
                             : read_service(automatic[0], kConnections);
  }
  return fail(wrong(kConnections, fmt::format("A private endpoint leads to one registry: '{}' or "
                                              "'{}' must have one entry.",
                                              kConnections, kManualConnections)));
}

Result<void> resolve_subnet(const World& world, Draft& draft) {
  const std::string text(text_at(draft.body, kSubnetId));
  if (draft.before) {
    const std::string_view before = text_at(draft.before->body, kSubnetId);
    if (!equal_no_case(text, before)) {
      return fail(conflict("PropertyChangeNotAllowed",
                           fmt::format("Changing property '{}' is not allowed.", kSubnetId)));
    }
    set_path(draft.body, kSubnetId, key(before));
    return {};
  }
  const auto id = ResourceId::parse(text);
  const ResourcePtr subnet = id ? world.table.find(kSubnetType, id->key()) : nullptr;
  if (!subnet) {
    return fail(bad_request("InvalidResourceReference",
                            fmt::format("Resource {} referenced by resource {} was not found. "
                                        "Please make sure that the referenced resource exists.",
                                        text.substr(0, 512), draft.id.text()),
                            kSubnetId));
  }
  set_path(draft.body, kSubnetId, json::value(subnet->id.text()));
  return {};
}

// IPv6 addresses have many spellings; entries without a name get one.
void canonical_addresses(json::object& body) {
  auto* list = const_cast<json::value*>(at_path(body, "properties.ipConfigurations"));
  if (list == nullptr || !list->is_array()) return;
  std::size_t number = 0;
  for (json::value& one : list->get_array()) {
    json::object& configuration = one.get_object();
    const auto address = IpAddress::parse(text_at(configuration, "properties.privateIPAddress"));
    std::string name(text_at(configuration, "name"));
    if (name.empty()) name = fmt::format("ipconfig{}", number);
    const json::string member(text_at(configuration, "properties.memberName"));
    one = json::object{{"name", std::move(name)},
                       {"properties",
                        {{"groupId", key(kGroupId)},
                         {"memberName", member},
                         {"privateIPAddress", address->text()}}}};
    ++number;
  }
}

void keep_service(json::object& body, const Service& service, const ResourceId& registry) {
  erase_path(body, kConnections);
  erase_path(body, kManualConnections);
  json::object connection = {
      {"name", service.name},
      {"properties",
       {{"privateLinkServiceId", registry.text()}, {"groupIds", json::array{key(kGroupId)}}}}};
  if (!service.message.empty()) {
    connection["properties"].get_object()["requestMessage"] = service.message;
  }
  set_path(body, service.list, json::array{std::move(connection)});
}

Result<void> check_unchanged(const Draft& draft, const Service& service) {
  const ResourceId registry = registry_of(*draft.before);
  if (registry == service.registry && !list_at(draft.before->body, service.list).empty()) return {};
  return fail(conflict("PropertyChangeNotAllowed",
                       fmt::format("Changing property '{}' is not allowed: make another private "
                                   "endpoint.",
                                   service.list)));
}

// Who was let in by one way must not come to take another; without the registry nobody can say so.
Result<void> check_changed_ways(const World& world, const Draft& draft, const ResourceId& registry,
                                const std::vector<std::string>& ways) {
  const auto before = read_links(world, draft.before->body);
  if (before && *before == ways) return {};
  const bool there = world.table.find(kRegistryType, registry.key()) != nullptr;
  if (there && draft.may(kApproval, registry.key())) {
    return check_ways(world, draft.may, draft.id, ways, registry);
  }
  return fail(conflict("PropertyChangeNotAllowed",
                       fmt::format("Changing 'properties.ipConfigurations' or 'properties.ingress' "
                                   "is for those who may approve the connection ({} over '{}'{}); "
                                   "or make another private endpoint.",
                                   kApproval, registry.text(), there ? "" : ", which is gone")));
}

// So that whoever may ask does not use up what the owner may approve.
Result<void> check_quota(const World& world, const Resource& registry, bool may_approve) {
  const std::size_t quota = world.options.private_endpoints;
  const std::size_t may_wait = (quota + 1) / 2;
  const ConnectionCount count = count_connections(world, registry.id);
  if (count.all >= quota) {
    return fail(over_quota("private endpoint", quota, text_at(registry.body, "sku.name")));
  }
  if (may_approve || count.pending < may_wait) return {};
  return fail(conflict(
      "TooManyPendingConnections",
      fmt::format("{} connections to the registry '{}' wait for approval, and no more may wait: "
                  "its owner approves, rejects or deletes some first.",
                  count.pending, registry.id.name())));
}

// Azure approves by itself what is made by somebody who may approve.
Result<void> connect(const World& world, Draft& draft, const Service& service,
                     const Resource& registry) {
  const bool may = draft.may(kApproval, registry.id.key());
  TRY(check_no_subnet_rules(world, draft.may, registry.id));
  TRY(check_quota(world, registry, may));
  const std::string suffix = crypto::hex(crypto::random_bytes(world.parts.random, 4));
  const ResourceId id =
      registry.id.child(kEndpointConnectionType, fmt::format("{}.{}", draft.id.name(), suffix));
  set_path(draft.body, kConnectionId, json::value(id.text()));
  const bool approved = may && service.list == kConnections;
  if (may) set_path(draft.body, kVouchedFor, json::value(storage_key(registry)));
  draft.also.push_back(
      {&kEndpointConnections, nullptr, new_connection(id, draft.id, approved, service.message)});
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(check_location(world, draft));
  TRY_ASSIGN(const Service service, the_service(draft.body));
  if (draft.before) TRY(check_unchanged(draft, service));
  TRY(resolve_subnet(world, draft));
  TRY_ASSIGN(const auto ways, read_links(world, draft.body));
  const ResourcePtr registry = world.table.find(kRegistryType, service.registry.key());
  if (!registry && !draft.before) return fail(not_found(service.registry));
  keep_service(draft.body, service, registry ? registry->id : service.registry);
  canonical_addresses(draft.body);
  if (draft.before) return check_changed_ways(world, draft, service.registry, ways);
  TRY(check_ways(world, draft.may, draft.id, ways, registry->id));
  return connect(world, draft, service, *registry);
}

std::vector<Needed> join_needs(const World&, const ResourceId&, const json::object& given, Method) {
  const auto subnet = ResourceId::parse(text_at(given, kSubnetId));
  if (!subnet || subnet->type() != kSubnetType) return {};
  return {{"Microsoft.Network/virtualNetworks/subnets/join/action", subnet->key()}};
}

void claim(const ResourceId&, const json::object& given, std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({std::string(kEndpointsClaim), true});
  if (const auto subnet = ResourceId::parse(text_at(given, kSubnetId))) {
    claim_existing(*subnet, wanted);
  }
  if (const auto service = the_service(given)) claim_existing(service->registry, wanted);
}

void view_endpoint(const World& world, const Resource& endpoint, json::object& out) {
  show_state(endpoint, out);
  json::object& properties = out["properties"].get_object();
  const ConnectionState state = state_of(world, endpoint);
  for (const char* list :
       {"privateLinkServiceConnections", "manualPrivateLinkServiceConnections"}) {
    json::value& entries = properties[list];
    if (!entries.is_array()) entries = json::array();
    for (json::value& one : entries.get_array()) {
      json::object& connection = one.get_object();
      connection["id"] =
          fmt::format("{}/{}/{}", endpoint.id.text(), list, text_at(connection, "name"));
      set_path(connection, kConnectionState,
               json::object{{"status", key(policy::state_name(state.state))},
                            {"description", state.description},
                            {"actionsRequired", "None"}});
      set_path(connection, "properties.provisioningState", "Succeeded");
    }
  }
  properties["networkInterfaces"] =
      json::array{json::object{{"id", interface_of(endpoint).text()}}};
  json::array& records = properties["customDnsConfigs"].emplace_array();
  for (const EndpointAddress& one : addresses_of(world, endpoint)) {
    if (one.fqdn.empty()) continue;
    records.push_back(
        json::object{{"fqdn", one.fqdn}, {"ipAddresses", json::array{json::value(one.address)}}});
  }
}

std::vector<Write> removes_connection(const World& world, const Resource& endpoint) {
  ResourcePtr connection = world.table.find(kEndpointConnectionType, connection_of(endpoint).key());
  if (!connection) return {};
  return {{.type = &kEndpointConnections, .before = std::move(connection), .after = nullptr}};
}

std::string registry_key(const Change& change) {
  return registry_of(change.either()).key();
}

void edit(const World& world, std::vector<policy::EndpointRule>& endpoints, const Change& change) {
  std::erase_if(endpoints, [&](const auto& one) { return one.id == change.either().id.key(); });
  if (!change.after) return;
  policy::EndpointRule rule = endpoint_rule(world, *change.after);
  // Neither a connection nor ways that count: nothing that a decision could meet.
  const bool gone = rule.state == policy::EndpointState::kDisconnected && rule.links.empty();
  if (!gone) endpoints.push_back(std::move(rule));
}

void publish(const World& world, policy::Snapshot& snapshot, std::span<const Change> changes) {
  publish_endpoints(world, snapshot, changes, registry_key, edit);
}

}  // namespace

ResourceId connection_of(const Resource& endpoint) {
  return ResourceId::parse(text_at(endpoint.body, kConnectionId)).value_or(ResourceId());
}

ResourceId interface_of(const Resource& endpoint) {
  const ResourceId connection = connection_of(endpoint);
  const std::string_view suffix = connection.name().substr(connection.name().rfind('.') + 1);
  return endpoint.id.parent().child(kNetworkInterfaceType,
                                    fmt::format("{}.nic.{}", endpoint.id.name(), suffix));
}

Result<void> check_no_subnet_rules(const World& world, const May& may, const ResourceId& registry) {
  const auto policy = registry_policy(world, registry);
  if (!policy || !policy->network || policy->network->rules().subnet_rules.empty()) return {};
  return fail(conflict(
      "PrivateEndpointWithVirtualNetworkRules",
      fmt::format(
          "The registry '{}' has a virtual-network rule{}: private endpoints and "
          "virtual-network rules cannot be used together. Remove its virtual-network rules "
          "(properties.networkRuleSet.virtualNetworkRules) first.",
          registry.name(),
          may_read(may, kRegistries, registry.key())
              ? " for the subnet '" + policy->network->rules().subnet_rules.front().subnet + "'"
              : "")));
}

const ResourceType kPrivateEndpoints = {.name = kPrivateEndpointType,
                                        .operations = kPrivateEndpointType,
                                        .schema = kFields,
                                        .check_name = check_network_name,
                                        .also_needs = join_needs,
                                        .claims = claim,
                                        .complete = complete,
                                        .view = view_endpoint,
                                        .removes_too = removes_connection,
                                        .publish = publish};

}  // namespace berth::control
