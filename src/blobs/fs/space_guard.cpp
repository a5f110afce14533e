#include "blobs/fs/space_guard.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::blobs::fs {
namespace {

constexpr std::uint64_t kAllowance = std::uint64_t{16} << 20;
constexpr std::int64_t kFreshMicros = 1'000'000;

}  // namespace

Result<void> SpaceGuard::admit(std::uint64_t bytes) {
  const std::int64_t age = to_micros(clock_.now()) - measured_at_.load(std::memory_order_relaxed);
  const auto wanted = static_cast<std::int64_t>(bytes);
  // A negative age means that somebody set the clock back.
  const bool fresh = age >= 0 && age < kFreshMicros;
  if (fresh && allowance_.fetch_sub(wanted, std::memory_order_relaxed) >= wanted) return {};
  return measure(bytes);
}

Result<void> SpaceGuard::measure(std::uint64_t bytes) {
  TRY_ASSIGN(const std::uint64_t available, checked(os_.free_bytes(path_), "statvfs", path_));
  if (available < reserve_ || available - reserve_ < bytes) {
    allowance_.store(0, std::memory_order_relaxed);
    Error error(Code::kStorageFull, std::string(code_row(Code::kStorageFull).meaning));
    return fail(
        std::move(error).because(fmt::format("{} has {} bytes free; {} are kept in reserve and {} "
                                             "are needed; delete content and collect "
                                             "garbage, or enlarge the disk",
                                             path_, available, reserve_, bytes)));
  }
  const std::uint64_t left = std::min(available - reserve_ - bytes, kAllowance);
  allowance_.store(static_cast<std::int64_t>(left), std::memory_order_relaxed);
  measured_at_.store(to_micros(clock_.now()), std::memory_order_relaxed);
  return {};
}

}  // namespace berth::blobs::fs
