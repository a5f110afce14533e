#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "control/type.h"

namespace berth::control {
namespace {

// Of systemData: who made it, in ARM's four kinds.
std::string_view creator_kind(policy::PrincipalKind kind) {
  using enum policy::PrincipalKind;
  if (kind == kServicePrincipal) return "Application";
  if (kind == kManagedIdentity) return "ManagedIdentity";
  return "User";
}

const std::string& shown_name(const policy::Principal& principal) {
  return principal.name.empty() ? principal.id : principal.name;
}

meta::DocumentChange document_change(const Write& write) {
  const Resource& either = write.after ? *write.after : *write.before;
  meta::DocumentChange change;
  change.kind = lower(write.type->name);
  change.id = either.id.key();
  change.expected = write.before ? write.before->version : 0;
  if (write.after) {
    json::object body = write.after->body;
    body["id"] = either.id.text();
    change.body = json::serialize(body);
  }
  return change;
}

meta::Activity activity(const World& world, const Actor& actor, const Write& write) {
  const auto text = [&](const ResourcePtr& resource) {
    return resource ? json::serialize(render(world, *write.type, *resource)) : std::string();
  };
  meta::Activity row;
  row.at = world.now();
  row.actor = actor.principal.id;
  row.actor_name = shown_name(actor.principal);
  row.operation = !write.operation.empty() ? write.operation
                  : write.after            ? write.type->operation("write")
                                           : write.type->operation("delete");
  row.target = write.after ? write.after->id.text() : write.before->id.text();
  row.before = text(write.before);
  row.after = text(write.after);
  row.correlation_id = actor.correlation_id;
  row.client = actor.client;
  return row;
}

// What is in memory after the commit: the version and time are the document's.
ResourcePtr committed(const Write& write, TimePoint at) {
  if (!write.after) return nullptr;
  auto resource = std::make_shared<Resource>(*write.after);
  resource->version = write.before ? write.before->version + 1 : 1;
  resource->created = write.before ? write.before->created : at;
  return resource;
}

void publish(World& world, const std::vector<Write>& writes,
             const std::vector<ResourcePtr>& results) {
  world.parts.policy.update([&](policy::Snapshot& snapshot) {
    for (const ResourceType* type : resource_types()) {
      if (type->publish == nullptr) continue;
      std::vector<Change> changes;
      for (std::size_t i = 0; i < writes.size(); ++i) {
        if (writes[i].type == type) changes.push_back({writes[i].before, results[i]});
      }
      if (!changes.empty()) type->publish(world, snapshot, changes);
    }
  });
}

}  // namespace

Actor actor_of(const Request& request) {
  return {request.principal, request.correlation_id, request.source.address};
}

const Actor& the_system() {
  static const Actor system = [] {
    Actor actor;
    actor.principal.kind = policy::PrincipalKind::kOwner;
    actor.principal.id = actor.principal.name = "berth";
    return actor;
  }();
  return system;
}

void stamp(const World& world, const Actor& actor, const Resource* before, json::object& body) {
  const json::value* old = before == nullptr ? nullptr : before->body.if_contains("systemData");
  json::object data = old == nullptr ? json::object() : old->get_object();
  const std::string now = to_rfc3339(world.now());
  const json::string_view kind = key(creator_kind(actor.principal.kind));
  for (const auto& [who, what, when] :
       {std::array{"createdBy", "createdByType", "createdAt"},
        std::array{"lastModifiedBy", "lastModifiedByType", "lastModifiedAt"}}) {
    if (data.contains(who) && std::string_view(who) == "createdBy") continue;
    data[who] = shown_name(actor.principal);
    data[what] = kind;
    data[when] = now;
  }
  body["systemData"] = std::move(data);
}

json::object render(const World& world, const ResourceType& type, const Resource& resource,
                    const ResourceId* asked) {
  const bool elsewhere = asked != nullptr && type.shown_as != nullptr;
  json::object out;
  out["id"] = elsewhere ? type.shown_as(*asked).text() : resource.id.text();
  out["name"] = key(resource.id.name());
  out["type"] = key(type.name);
  for (const auto& member : resource.body) {
    if (member.key() != key(kHidden)) out[member.key()] = member.value();
  }
  if (type.view != nullptr) type.view(world, resource, out);
  return out;
}

Task<Result<std::vector<ResourcePtr>>> commit(World& world, const Actor& actor,
                                              const std::vector<Write>& writes,
                                              std::vector<meta::DocumentChange> also) {
  std::vector<std::string> removals;
  for (const meta::DocumentChange& change : also) {
    if (change.kind == kRemovalKind) removals.push_back(change.id);
  }
  std::vector<meta::Activity> activities;
  for (const Write& write : writes) {
    also.push_back(document_change(write));
    if (write.logged) activities.push_back(activity(world, actor, write));
  }
  auto at = co_await world.parts.documents.change(also, activities);
  if (!at && at.error().code == Code::kPreconditionFailed) {
    co_return fail(conflict("ConcurrentUpdate",
                            "The resource was changed by somebody else meanwhile; read it again "
                            "and repeat the change."));
  }
  if (!at) co_return fail(std::move(at).error());
  std::vector<ResourcePtr> results;
  for (const Write& write : writes) {
    results.push_back(committed(write, *at));
    if (results.back()) {
      world.table.set(results.back());
    } else {
      world.table.erase(write.before->id);
    }
  }
  publish(world, writes, results);
  const std::lock_guard lock(world.removals_mutex);
  world.removals.insert(world.removals.end(), removals.begin(), removals.end());
  co_return results;
}

}  // namespace berth::control
