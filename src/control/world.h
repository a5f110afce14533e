// What all resource types work with: the engine's parts, its resources in memory, and the one way
// to change them.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "control/claims.h"
#include "control/engine.h"
#include "control/table.h"

namespace berth::control {

struct ResourceType;

// One resource in a transaction.
struct Write {
  const ResourceType* type;
  ResourcePtr before;
  ResourcePtr after;           // null: it goes; version and times are set by the commit
  std::string operation = {};  // for the activity log, if it is no plain write or delete
  bool logged = true;
};

// Who does it, for the activity log and systemData.
struct Actor {
  policy::Principal principal;
  std::string correlation_id, client;
};
Actor actor_of(const Request& request);
const Actor& the_system();  // what Berth does by itself at its first start

struct World {
  World(EngineOptions given, EngineParts with) : options(std::move(given)), parts(with) {}

  EngineOptions options;
  EngineParts parts;
  Table table;
  Claims claims;
  bool first_start = false;  // while the first resources are made

  // Storage keys whose content is still to be removed; the documents of kRemovalKind in memory.
  std::mutex removals_mutex;
  std::vector<std::string> removals;

  const access::Gate& gate() const { return parts.gate; }
  TimePoint now() const { return parts.clock.now(); }
};

inline constexpr std::string_view kRemovalKind = "registry-removal";

// commit.cpp. One transaction of all `writes` (and `also`), with an activity row for each that is
// `logged`; then memory, then the policy snapshot. kConflict when another process was faster.
// Returns the written resources in order, null for those that went.
Task<Result<std::vector<ResourcePtr>>> commit(World& world, const Actor& actor,
                                              const std::vector<Write>& writes,
                                              std::vector<meta::DocumentChange> also = {});
// Adds systemData of this change to a new body.
void stamp(const World& world, const Actor& actor, const Resource* before,
           boost::json::object& body);

// The body as clients see it; `asked`: the id by which they came to it.
boost::json::object render(const World& world, const ResourceType& type, const Resource& resource,
                           const ResourceId* asked = nullptr);

// load.cpp
Task<Result<void>> load_all(World& world);
Task<Result<void>> make_first_resources(World& world);

// requests.cpp
Result<Answer> read_resource(const World& world, const Request& request, const ResourceType& type,
                             const ResourceId& id);
Task<Result<Answer>> write_resource(World& world, const Request& request, const ResourceType& type,
                                    const ResourceId& id);
Task<Result<Answer>> remove_resource(World& world, const Request& request, const ResourceType& type,
                                     const ResourceId& id);
// Whether whoever writes may do something else besides; for what a write does only then.
using May = std::function<bool(std::string_view operation, std::string_view scope)>;

// A write whose permission was asked: the way of the first resources, too.
struct Put {
  // Asks for it once more, when nobody else can change what the answer depends on; empty: nobody
  // has to be asked. Whoever waits for others writes to what they left, not to what was there.
  using Allowed = std::function<Result<void>()>;

  const Actor& actor;
  const ResourceType& type;
  const ResourceId& id;
  const boost::json::object& given;
  bool patch = false;
  std::optional<std::string> if_match = {}, if_none_match = {};
  Allowed still_allowed = {};
  May may = [](std::string_view, std::string_view) { return true; };
};
struct Written {
  ResourcePtr resource;
  bool created = false;
};
Task<Result<Written>> put_resource(World& world, const Put& put);
// A change by an action: `edit` works on a copy of the body.
using Edit = std::function<Result<void>(const Resource& before, boost::json::object& body)>;
Task<Result<ResourcePtr>> amend(World& world, const Actor& actor, const ResourceType& type,
                                const ResourceId& id, std::string operation, Edit edit);
// A stored or built-in resource; null when there is none.
ResourcePtr find_resource(const World& world, const ResourceType& type, const ResourceId& id);
// Every scope above `id` exists; then `id` spelled as they were created. Otherwise 404.
Result<ResourceId> within_existing(const World& world, const ResourceId& id,
                                   std::string_view operation);

// lists.cpp
Result<Answer> list_resources(const World& world, const Request& request, const ResourceType& type,
                              const ResourceId& parent);

}  // namespace berth::control
