#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include "base/ascii.h"
#include "control/types/types.h"

namespace berth::control {
namespace {

constexpr std::size_t kPage = 1000;

// The body lives in one block of memory of its own: a start reads very many of them.
Result<ResourcePtr> read_document(const meta::Document& document) {
  json::error_code error;
  json::value body =
      json::parse(document.body, error, json::make_shared_resource<json::monotonic_resource>());
  const auto damaged = [&](const std::string& why) {
    return fail(Error(Code::kInternal, "A stored resource cannot be read.")
                    .because(document.kind + " " + document.id + ": " + why));
  };
  if (error || !body.is_object()) return damaged(error.message());
  json::object& members = body.get_object();
  auto id = ResourceId::parse(text_at(members, "id"));
  if (!id) return damaged(id.error().message);
  members.erase("id");
  return std::make_shared<const Resource>(
      Resource{std::move(*id), std::move(members), document.version, document.created});
}

Task<Result<void>> load_type(World& world, const ResourceType& type, std::vector<Change>& out) {
  const std::string kind = lower(type.name);
  std::string after;
  while (true) {
    CO_TRY_ASSIGN(const auto page, co_await world.parts.documents.documents(kind, after, kPage));
    for (const meta::Document& document : page.items) {
      after = document.id;
      CO_TRY_ASSIGN(ResourcePtr resource, read_document(document));
      world.table.set(resource);
      out.push_back({nullptr, std::move(resource)});
    }
    if (!page.more) co_return Result<void>();
  }
}

Task<Result<void>> load_removals(World& world) {
  std::string after;
  while (true) {
    CO_TRY_ASSIGN(const auto page, co_await world.parts.documents.documents(
                                       std::string(kRemovalKind), after, kPage));
    for (const meta::Document& document : page.items) {
      after = document.id;
      world.removals.push_back(document.id);
    }
    if (!page.more) co_return Result<void>();
  }
}

Task<Result<void>> make(World& world, const ResourceType& type, const ResourceId& id) {
  const json::object nothing;
  CO_TRY(co_await put_resource(world,
                               {.actor = the_system(), .type = type, .id = id, .given = nothing}));
  co_return Result<void>();
}

}  // namespace

Task<Result<void>> load_all(World& world) {
  std::vector<std::pair<const ResourceType*, std::vector<Change>>> loaded;
  for (const ResourceType* type : resource_types()) {
    loaded.emplace_back(type, std::vector<Change>());
    CO_TRY(co_await load_type(world, *type, loaded.back().second));
  }
  CO_TRY(co_await load_removals(world));
  world.parts.policy.update([&](policy::Snapshot& snapshot) {
    for (const auto& [type, changes] : loaded) {
      if (type->publish != nullptr && !changes.empty()) type->publish(world, snapshot, changes);
    }
  });
  co_return Result<void>();
}

// Each is durable by itself: a stop in between is made good by the next start, because a
// subscription without a registry that was ever made is still the first start.
Task<Result<void>> make_first_resources(World& world) {
  const ResourcePtr first = first_subscription(world);
  if (first && is_first_subscription(*first)) co_return Result<void>();
  const ResourceId subscription =
      first ? first->id : ResourceId().child(kSubscriptionType, make_uuid(world.parts.random));
  world.first_start = true;
  const ResourceId group = subscription.child(kGroupType, "default");
  const ResourceId registry = group.child(kRegistryType, "default");
  CO_TRY(co_await make(world, kSubscriptions, subscription));
  CO_TRY(co_await make(world, kGroups, group));
  CO_TRY(co_await make(world, kRegistries, registry));
  const Edit started = [](const Resource&, json::object& body) -> Result<void> {
    object_at(body, kHidden)["started"] = true;
    return {};
  };
  CO_TRY(co_await amend(world, the_system(), kSubscriptions, subscription,
                        "Microsoft.Resources/subscriptions/write", started));
  world.first_start = false;
  co_return Result<void>();
}

}  // namespace berth::control
