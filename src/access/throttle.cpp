#include "access/throttle.h"

#include <cmath>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/ip.h"
#include "crypto/secrets.h"

namespace berth::access {
namespace {

// Keys have one size, however long a name is. An IPv6 caller usually has 2^64 addresses, which
// count as one; behind a private link, too, whose name stands before a space (policy::caller_key).
std::string address_key(std::string_view text) {
  constexpr unsigned kNetworkV6 = 64;
  const std::string_view link = text.substr(0, text.rfind(' ') + 1);
  const auto address = IpAddress::parse(text.substr(link.size()));
  if (!address) return crypto::sha256("address " + std::string(text));
  const IpPrefix block(*address, address->v4() ? 32 : kNetworkV6);
  return crypto::sha256("address " + std::string(link) + block.text());
}
std::string name_key(std::string_view name) {
  return crypto::sha256("name " + std::string(name));
}

}  // namespace

struct Throttle::Buckets {
  struct Bucket {
    std::string key;
    double level = 0;  // failures that are still allowed
    TimePoint at{};    // when `level` was right
  };
  std::mutex mutex;
  std::list<Bucket> recent;  // the most recent first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key;  // views into `recent`

  double level_of(const std::string& key, const ThrottleLimits& limits, TimePoint now) const {
    const auto at = by_key.find(key);
    if (at == by_key.end()) return limits.burst;
    const Bucket& bucket = *at->second;
    // A clock that was set back refills nothing.
    const double minutes =
        std::max(0.0, std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count());
    return std::min<double>(limits.burst, bucket.level + minutes * limits.per_minute);
  }
  void take(const std::string& key, const ThrottleLimits& limits, TimePoint now) {
    // Below zero when attempts ran side by side: what came too early is paid for afterwards.
    const double level = std::max(-1.0 * limits.burst, level_of(key, limits, now) - 1);
    if (const auto at = by_key.find(key); at != by_key.end()) {
      recent.splice(recent.begin(), recent, at->second);
    } else {
      recent.push_front({key, 0, {}});
      by_key.emplace(recent.front().key, recent.begin());
    }
    recent.front().level = level;
    recent.front().at = now;
    if (recent.size() > limits.entries) {
      by_key.erase(recent.back().key);
      recent.pop_back();
    }
  }
};

Throttle::Throttle(ThrottleLimits limits, const Clock& clock)
    : limits_(limits),
      address_limits_{limits.burst * limits.address_factor,
                      limits.per_minute * limits.address_factor, limits.address_factor,
                      limits.entries},
      clock_(clock),
      buckets_(std::make_unique<Buckets>()) {}
Throttle::~Throttle() = default;

Result<void> Throttle::check(std::string_view address, std::string_view name) const {
  const TimePoint now = clock_.now();
  double wait = 0;  // in minutes
  const auto ask = [&](const std::string& key, const ThrottleLimits& limits) {
    const double level = buckets_->level_of(key, limits, now);
    if (level < 1) wait = std::max(wait, (1 - level) / limits.per_minute);
  };
  {
    const std::string by_address = address_key(address);
    const std::string by_name = name_key(name);
    const std::lock_guard lock(buckets_->mutex);
    if (!address.empty()) ask(by_address, address_limits_);
    if (!name.empty()) ask(by_name, limits_);
  }
  if (wait == 0) return {};
  const auto seconds = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wait * 60)));
  return fail(Error(Code::kTooManyRequests,
                    "Too many failed sign-ins from this address or for this name; wait before the "
                    "next attempt.")
                  .with("retryAfter", std::to_string(seconds)));
}

void Throttle::failed(std::string_view address, std::string_view name) {
  const TimePoint now = clock_.now();
  const std::string by_address = address_key(address);
  const std::string by_name = name_key(name);
  const std::lock_guard lock(buckets_->mutex);
  if (!address.empty()) buckets_->take(by_address, address_limits_, now);
  if (!name.empty()) buckets_->take(by_name, limits_, now);
}

}  // namespace berth::access
