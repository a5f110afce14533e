#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "control/types/network.h"
#include "control/types/registry_schema.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::control {
namespace {

// The first labels of faces, and words that mean something else in a sign-in URL.
constexpr std::array<std::string_view, 11> kReserved = {
    "login", "graph", "logs", "management", "portal",       "data",
    "www",   "admin", "adfs", "common",     "organizations"};

// The first registry; its content was filed under this key before registries were resources.
constexpr std::string_view kFirstRegistry = "default";

std::string lower_name(const Resource& registry) {
  return lower(registry.id.name());
}

void claim_name(const ResourceId& id, const json::object& given,
                std::vector<Claims::Wanted>& wanted) {
  wanted.push_back({"registry-name/" + lower(id.name()), true});
  claim_rule_subnets(given, wanted);
}

std::vector<Needed> also_needs(const World& world, const ResourceId& id, const json::object& given,
                               Method) {
  return rules_need(world, id, given);
}

Error in_use(const World& world, std::string_view name) {
  const std::string server = login_server_of(world.options, name);
  return conflict("AlreadyInUse",
                  fmt::format("The registry DNS name {} is already in use. Choose another name; "
                              "checkNameAvailability tells whether it is free.",
                              server.empty() ? name : server));
}

// The first `default` keeps the key under which content was filed before registries were resources;
// every other key is used once only, so that a name used again never shows old content.
std::string new_key(const World& world, const Draft& draft) {
  const std::string name = lower(draft.id.name());
  if (world.first_start && name == kFirstRegistry) return name;
  return name + "-" + crypto::hex(crypto::random_bytes(world.parts.random, 4));
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(check_location(world, draft));
  TRY(complete_network(world, draft));
  if (draft.before) return {};
  if (registry_policy(world, draft.id)) return fail(in_use(world, draft.id.name()));
  json::object& hidden = object_at(draft.body, kHidden);
  hidden["key"] = new_key(world, draft);
  hidden["passwords"] =
      json::array{new_admin_nonce(world.parts.random), new_admin_nonce(world.parts.random)};
  return {};
}

void view_status(const World& world, const Resource& registry, json::object& properties) {
  const std::string server = login_server_of(world.options, registry.id.name());
  properties["loginServer"] = server;
  if (!server.empty()) return;
  properties["status"] = {{"displayStatus", "Not reachable"},
                          {"message",
                           "The server has no domain (server.domain, --domain), so that only the "
                           "registry 'default' has an address."},
                          {"timestamp", key(text_at(registry.body, "systemData.lastModifiedAt"))}};
}

void view_registry(const World& world, const Resource& registry, json::object& out) {
  show_state(registry, out, "creationDate");
  out.erase("identity");  // none is what a registry without this member has
  object_at(out, "sku")["tier"] = key(text_at(registry.body, "sku.name"));
  json::object& properties = object_at(out, "properties");
  view_status(world, registry, properties);
  view_network(world, registry, properties);
  const json::value created = properties["creationDate"];
  set_path(properties, "policies.retentionPolicy.lastUpdatedTime", created);
  set_path(properties, "policies.softDeletePolicy.lastUpdatedTime", created);
}

// The content goes later (sweep.cpp); the name is free at once.
void forget_content(const Resource& registry, std::vector<meta::DocumentChange>& also) {
  also.push_back({.kind = std::string(kRemovalKind),
                  .id = storage_key(registry),
                  .body = json::serialize(json::object{{"registry", registry.id.text()}}),
                  .expected = {}});
}

policy::Secret admin_secret(const World& world, const Resource& registry, std::size_t which) {
  const json::array& passwords = at_path(registry.body, "hidden.passwords")->get_array();
  policy::Secret secret;
  secret.id = text_at(passwords[which].get_object(), "id");
  secret.hash = world.parts.keys.keyed_hash(admin_password(world, registry, which));
  return secret;
}

void publish(const World& world, policy::Snapshot& snapshot, std::span<const Change> changes) {
  for (const Change& change : changes) {
    const std::string name = lower_name(change.either());
    if (!change.after) {
      snapshot.registries.erase(name);
      continue;
    }
    const Resource& registry = *change.after;
    policy::RegistryPolicy next;
    const policy::RegistryPolicy* now = snapshot.registries.find(name);
    if (now != nullptr) {
      next = *now;
    } else {
      add_system_scope_maps(next);
    }
    // One that is made anew has none: endpoints know which registry they were approved for.
    set_network(next, network_of(registry, endpoints_in(now)));
    next.key = storage_key(registry);
    next.name = registry.id.name();
    next.resource_id = registry.id.key();
    next.admin_enabled = true_at(registry.body, "properties.adminUserEnabled");
    for (std::size_t i = 0; i < kAdminPasswords.size(); ++i) {
      next.admin_passwords[i] = admin_secret(world, registry, i);
    }
    next.anonymous_pull = true_at(registry.body, "properties.anonymousPullEnabled");
    next.mode =
        text_at(registry.body, "properties.roleAssignmentMode") == policy::kPermissionsModeNames[1]
            ? policy::PermissionsMode::kRepository
            : policy::PermissionsMode::kRegistry;
    next.arm_audience =
        text_at(registry.body, "properties.policies.azureADAuthenticationAsArmPolicy.status") !=
        "disabled";
    snapshot.registries.set(name, std::move(next));
  }
}

}  // namespace

Result<void> check_registry_name(const World&, const ResourceId& id) {
  const std::string_view name = id.name();
  if (name.size() < 5 || name.size() > 50 || !std::ranges::all_of(name, is_alnum)) {
    return fail(bad_request("InvalidResourceName",
                            fmt::format("The registry name '{}' is invalid: it may contain "
                                        "alphanumeric characters only and must have between 5 and "
                                        "50 of them.",
                                        name.substr(0, 64)),
                            "name"));
  }
  if (std::ranges::find(kReserved, lower(name)) != kReserved.end()) {
    return fail(bad_request("ReservedResourceName",
                            fmt::format("The registry name '{}' is reserved for a part of this "
                                        "server; choose another.",
                                        name),
                            "name"));
  }
  return {};
}

json::object new_admin_nonce(RandomSource& random) {
  return {{"id", make_uuid(random)}, {"nonce", crypto::hex(crypto::random_bytes(random, 16))}};
}

std::string admin_password(const World& world, const Resource& registry, std::size_t which) {
  const json::array& passwords = at_path(registry.body, "hidden.passwords")->get_array();
  return world.parts.keys.derived_password(
      fmt::format("admin|{}|{}|{}", storage_key(registry), kAdminPasswords[which],
                  text_at(passwords[which].get_object(), "nonce")));
}

std::string storage_key(const Resource& registry) {
  return std::string(text_at(registry.body, "hidden.key"));
}

const ResourceType kRegistries = {.name = kRegistryType,
                                  .operations = kRegistryType,
                                  .schema = kRegistrySchema,
                                  .check_name = check_registry_name,
                                  .also_needs = also_needs,
                                  .claims = claim_name,
                                  .complete = complete,
                                  .view = view_registry,
                                  .also_on_removal = forget_content,
                                  .publish = publish};

}  // namespace berth::control
