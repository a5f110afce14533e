// Replications: the home region, which every registry has; others cannot be made yet.
#include "control/types/types.h"

namespace berth::control {
namespace {

std::vector<ResourcePtr> built_in(const World& world, const ResourceId& parent) {
  const ResourcePtr registry = world.table.find(kRegistryType, parent.key());
  if (!registry) return {};
  auto home = std::make_shared<Resource>();
  home->id = registry->id.child(kReplicationType, world.options.region);
  home->body["location"] = world.options.region;
  home->body["tags"] = json::object();
  home->body["properties"] = {{"regionEndpointEnabled", true},
                              {"zoneRedundancy", "Disabled"},
                              {"status", {{"displayStatus", "Ready"}}}};
  return {home};
}

void view_replication(const World&, const Resource& replication, json::object& out) {
  show_state(replication, out);
}

}  // namespace

const ResourceType kReplications = {.name = kReplicationType,
                                    .operations = kReplicationType,
                                    .fixed = "Geo-replication",
                                    .view = view_replication,
                                    .built_in = built_in,
                                    .read_at_parent = true};

}  // namespace berth::control
