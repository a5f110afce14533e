// Removes the content of deleted registries, repository by repository. The document of kRemovalKind
// stays until all is gone, so that a stop in between loses nothing.
#include "control/sweep.h"

#include <mutex>

#include "control/world.h"

namespace berth::control {
namespace {

Task<Result<void>> forget(World& world, const std::string& storage) {
  const std::vector<meta::DocumentChange> done = {
      {.kind = std::string(kRemovalKind), .id = storage, .body = {}, .expected = {}}};
  CO_TRY(co_await world.parts.documents.change(done, {}));
  world.parts.log.info("content of a deleted registry removed", {{"storageKey", storage}});
  const std::lock_guard lock(world.removals_mutex);
  std::erase(world.removals, storage);
  co_return Result<void>();
}

std::optional<std::string> next_removal(World& world) {
  const std::lock_guard lock(world.removals_mutex);
  if (world.removals.empty()) return std::nullopt;
  return world.removals.front();
}

}  // namespace

Task<Result<bool>> sweep_content(World& world, std::size_t repositories) {
  while (const auto storage = next_removal(world)) {
    bool left = true;
    while (left && repositories > 0) {
      CO_TRY_ASSIGN(left, co_await world.parts.repositories.remove_any_repository(*storage));
      if (left) --repositories;
    }
    if (left) co_return true;
    CO_TRY(co_await forget(world, *storage));
  }
  co_return false;
}

}  // namespace berth::control
