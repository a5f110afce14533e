// A person's sign-in at one client, as long as its refresh token lives: a document of kind "grant".
// Taking it back ends the refresh token and every access token that came from it.
//
// A refresh token is "1.<grant>.<generation>.<proof>", the proof being derived from the server's
// key: nothing is stored that could be used. Each use makes the next generation. The one before
// stays good for two minutes, because a client may run in several processes; an older one means
// that somebody copied it, and ends the grant (RFC 9700 §4.14.2).
//
// Safe from any thread. Errors of use(): kUnauthorized with `cause` "unknown", "reused", "idle".
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "access/key_ring.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/task.h"
#include "meta/documents.h"
#include "policy/sharded_map.h"

namespace berth::identity {

struct UserGrant {
  std::string id;
  std::string user, credential;  // object id, and what proved the person
  std::string client;
  std::int64_t generation = 1;
  TimePoint rotated{}, expires{};
  std::int64_t version = 0;
};

class UserGrants {
 public:
  static constexpr std::chrono::hours kIdle{24 * 90};
  static constexpr std::chrono::minutes kOverlap{2};
  static constexpr std::size_t kMost = 200'000;

  UserGrants(meta::Documents& documents, const access::KeyRing& keys, const Clock& clock,
             RandomSource& random);

  Task<Result<void>> load();
  // kTooManyRequests when there are kMost that have not expired.
  Task<Result<UserGrant>> begin(std::string user, std::string credential, std::string client);
  // The grant of a refresh token of this client, moved to its next generation.
  Task<Result<UserGrant>> use(std::string_view refresh_token, std::string_view client);
  Task<Result<void>> revoke(const std::string& id);
  // Removes those that have expired; called daily.
  Task<Result<void>> sweep();

  bool alive(std::string_view id) const;
  std::string refresh_token(const UserGrant& grant) const;

 private:
  using Map = policy::ShardedMap<UserGrant>;
  std::string proof(std::string_view id, std::int64_t generation) const;
  Task<Result<bool>> store(UserGrant grant, bool there);  // false: somebody was faster
  std::shared_ptr<const Map> map() const { return map_.load(); }

  meta::Documents& documents_;
  const access::KeyRing& keys_;
  const Clock& clock_;
  RandomSource& random_;
  std::atomic<std::shared_ptr<const Map>> map_;
  std::mutex writing_;
};

}  // namespace berth::identity
