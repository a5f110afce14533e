// The whole directory at one moment: what sign-in and Graph read. An immutable value that shares
// with its predecessor all that did not change. Look-ups cost one map operation; a Graph list costs
// the size of its kind. Any thread may read one.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "identity/model.h"
#include "policy/sharded_map.h"
#include "policy/snapshot.h"

namespace berth::identity {

class State {
 public:
  std::string tenant;  // GUID

  template <class T>
  const T* find(std::string_view id) const {
    const Object* object = objects_.find(id);
    return object == nullptr ? nullptr : std::get_if<T>(object);
  }
  const Object* object(std::string_view id) const { return objects_.find(id); }

  const User* user_by_name(std::string_view principal_name) const;
  const Application* application_by_app_id(std::string_view app_id) const;
  const ServicePrincipal* principal_by_app_id(std::string_view app_id) const;
  const ManagedIdentity* identity_by_client_id(std::string_view client_id) const;
  const ManagedIdentity* identity_of_uid(std::uint32_t uid) const;
  const ManagedIdentity* imds_identity() const;
  // By object id, or by display name when exactly one group has it.
  const Group* group_by_id_or_name(std::string_view text) const;
  // The groups that this object is directly in.
  std::vector<std::string> groups_of(std::string_view id) const;
  // Whether `group` contains `member`, itself or through other groups.
  bool contains(std::string_view group, std::string_view member) const;

  // Everything of one type, in id order.
  template <class T>
  std::vector<const T*> all() const;
  template <class F>
  void for_each_id(F visit) const {
    for (const auto& ids : ids_) ids.for_each([&](const std::string& id, bool) { visit(id); });
  }
  std::size_t count(std::size_t kind) const { return counts_[kind]; }

  // What the decision must know of this object; nullopt for what is no principal. `user_issuers`
  // are credentials that every user has: issuers whose tokens are mapped to users.
  std::optional<policy::PrincipalRecord> policy_record(
      std::string_view id, const std::vector<std::string>& user_issuers) const;
  // The principals whose record this change may change; one of the two may be null, not both.
  std::vector<std::string> affected_by(const Object* before, const Object* after) const;

  void put(const Object& object);  // new or instead of the one with its id
  void remove(const Object& object);

 private:
  const Object* by_index(std::string_view kind, std::string_view key) const;
  void set_index(const Object& object, bool there);
  void set_members(const std::vector<std::string>& members, const std::string& group, bool there);

  policy::ShardedMap<Object> objects_;                   // by id
  policy::ShardedMap<std::string> index_;                // "<kind>:<natural key>" → id
  policy::ShardedMap<std::vector<std::string>> groups_;  // member → groups
  std::array<policy::ShardedMap<bool>, std::variant_size_v<Object>> ids_;  // of each kind
  std::array<std::size_t, std::variant_size_v<Object>> counts_{};
};

// A secret, certificate or its like that is about to end, for the log, the metric and `whoami`.
struct ExpiringCredential {
  std::string object_id, app_id, display_name;  // of the application or service principal
  std::string key_id, name;                     // of the credential
  bool certificate = false;
  TimePoint expires{};
  int days = 0;  // whole days left; negative: it has expired
};
// Credentials that expire within `within` from now, or have done so in the week before, the
// soonest first.
std::vector<ExpiringCredential> expiring_credentials(const State& state, TimePoint now,
                                                     Seconds within = std::chrono::hours(24 * 30));
// 30, 7 or 1: the day on which a warning is due; 0 on the others.
int warning_day(int days_left);

}  // namespace berth::identity
