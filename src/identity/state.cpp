#include "identity/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "identity/model_json.h"

namespace berth::identity {
namespace {

// Natural keys, besides the id, by which an object is found.
std::vector<std::string> keys_of(const Object& object) {
  if (const auto* user = std::get_if<User>(&object)) return {"user:" + user->principal_name};
  if (const auto* app = std::get_if<Application>(&object)) return {"app:" + app->app_id};
  if (const auto* sp = std::get_if<ServicePrincipal>(&object)) return {"sp:" + sp->app_id};
  const auto* identity = std::get_if<ManagedIdentity>(&object);
  if (identity == nullptr) return {};
  std::vector<std::string> keys{"mi:" + identity->client_id};
  if (identity->uid) keys.push_back(fmt::format("uid:{}", *identity->uid));
  if (identity->imds_default) keys.emplace_back("imds:");
  return keys;
}

void add_ids(std::vector<std::string>& out, const Credentials& credentials) {
  for (const auto& secret : credentials.secrets) out.push_back(secret.key_id);
  for (const auto& certificate : credentials.certificates) out.push_back(certificate.key_id);
}

std::vector<std::string> members_of(const Object* object) {
  const auto* group = object == nullptr ? nullptr : std::get_if<Group>(object);
  return group == nullptr ? std::vector<std::string>{} : group->members;
}

// What only the first has, what only the second has.
std::pair<std::vector<std::string>, std::vector<std::string>> difference(
    std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  std::pair<std::vector<std::string>, std::vector<std::string>> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out.first));
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(out.second));
  return out;
}

template <class T>
const T* as(const Object* object) {
  return object == nullptr ? nullptr : std::get_if<T>(object);
}

}  // namespace

const Object* State::by_index(std::string_view kind, std::string_view key) const {
  const std::string* id = index_.find(fmt::format("{}:{}", kind, lower(key)));
  return id == nullptr ? nullptr : objects_.find(*id);
}

const User* State::user_by_name(std::string_view name) const {
  return as<User>(by_index("user", name));
}
const Application* State::application_by_app_id(std::string_view app_id) const {
  return as<Application>(by_index("app", app_id));
}
const ServicePrincipal* State::principal_by_app_id(std::string_view app_id) const {
  return as<ServicePrincipal>(by_index("sp", app_id));
}
const ManagedIdentity* State::identity_by_client_id(std::string_view client_id) const {
  return as<ManagedIdentity>(by_index("mi", client_id));
}
const ManagedIdentity* State::identity_of_uid(std::uint32_t uid) const {
  return as<ManagedIdentity>(by_index("uid", std::to_string(uid)));
}
const ManagedIdentity* State::imds_identity() const {
  return as<ManagedIdentity>(by_index("imds", ""));
}

const Group* State::group_by_id_or_name(std::string_view text) const {
  if (is_guid(text)) return find<Group>(lower(text));
  const Group* found = nullptr;
  for (const Group* group : all<Group>()) {
    if (group->display_name != text) continue;
    if (found != nullptr) return nullptr;
    found = group;
  }
  return found;
}

std::vector<std::string> State::groups_of(std::string_view id) const {
  const auto* groups = groups_.find(id);
  return groups == nullptr ? std::vector<std::string>{} : *groups;
}

// Upwards from the member, each group once.
bool State::contains(std::string_view group, std::string_view member) const {
  std::set<std::string, std::less<>> seen;
  std::vector<std::string> open = groups_of(member);
  while (!open.empty()) {
    std::string next = std::move(open.back());
    open.pop_back();
    if (next == group) return true;
    if (!seen.insert(next).second) continue;
    for (std::string& above : groups_of(next)) open.push_back(std::move(above));
  }
  return false;
}

template <class T>
std::vector<const T*> State::all() const {
  std::vector<const T*> out;
  const std::size_t kind = Object(T{}).index();
  out.reserve(counts_[kind]);
  ids_[kind].for_each([&](const std::string& id, bool) { out.push_back(find<T>(id)); });
  std::sort(out.begin(), out.end(), [](const T* a, const T* b) { return a->id < b->id; });
  return out;
}
template std::vector<const User*> State::all() const;
template std::vector<const Group*> State::all() const;
template std::vector<const Application*> State::all() const;
template std::vector<const ServicePrincipal*> State::all() const;
template std::vector<const ManagedIdentity*> State::all() const;

std::optional<policy::PrincipalRecord> State::policy_record(
    std::string_view id, const std::vector<std::string>& user_issuers) const {
  const Object* found = object(id);
  if (found == nullptr || std::holds_alternative<Application>(*found)) return std::nullopt;
  policy::PrincipalRecord record;
  record.member_of = groups_of(id);
  if (const auto* user = std::get_if<User>(found)) {
    record.enabled = user->enabled;
    record.credentials = user_issuers;
    if (!user->password_id.empty()) record.credentials.push_back(user->password_id);
  } else if (const auto* sp = std::get_if<ServicePrincipal>(found)) {
    record.enabled = sp->enabled;
    record.service = sp->service;
    add_ids(record.credentials, sp->credentials);
    if (const Application* app = application_by_app_id(sp->app_id)) {
      add_ids(record.credentials, app->credentials);
      for (const auto& trusted : app->federated) record.credentials.push_back(trusted.id);
    }
  } else if (const auto* identity = std::get_if<ManagedIdentity>(found)) {
    record.enabled = identity->enabled;
    record.service = identity->service;
    record.credentials.push_back(identity->binding_id);
  } else {
    record.group = true;
  }
  return record;
}

std::vector<std::string> State::affected_by(const Object* before, const Object* after) const {
  const Object& any = before != nullptr ? *before : *after;
  std::vector<std::string> ids{entry_of(any).id};
  if (const auto* app = std::get_if<Application>(&any)) {
    if (const ServicePrincipal* sp = principal_by_app_id(app->app_id)) ids.push_back(sp->id);
  }
  const auto [gone, come] = difference(members_of(before), members_of(after));
  ids.insert(ids.end(), gone.begin(), gone.end());
  ids.insert(ids.end(), come.begin(), come.end());
  return ids;
}

void State::set_index(const Object& object, bool there) {
  for (const std::string& key : keys_of(object)) {
    if (there) {
      index_.set(key, entry_of(object).id);
    } else {
      index_.erase(key);
    }
  }
}

void State::set_members(const std::vector<std::string>& members, const std::string& group,
                        bool there) {
  for (const std::string& member : members) {
    std::vector<std::string> groups = groups_of(member);
    std::erase(groups, group);
    if (there) groups.push_back(group);
    if (groups.empty()) {
      groups_.erase(member);
    } else {
      groups_.set(member, std::move(groups));
    }
  }
}

void State::put(const Object& object) {
  const std::string& id = entry_of(object).id;
  const std::shared_ptr<const Object> old = objects_.share(id);
  const auto [gone, come] = difference(members_of(old.get()), members_of(&object));
  set_members(gone, id, false);
  set_members(come, id, true);
  if (old) {
    set_index(*old, false);
  } else {
    ids_[object.index()].set(id, true);
    ++counts_[object.index()];
  }
  set_index(object, true);
  objects_.set(id, object);
}

void State::remove(const Object& object) {
  const std::shared_ptr<const Object> old = objects_.share(entry_of(object).id);
  if (!old) return;
  const std::string id = entry_of(object).id;
  set_index(*old, false);
  set_members(members_of(old.get()), id, false);
  ids_[old->index()].erase(id);
  --counts_[old->index()];
  objects_.erase(id);
}

namespace {

template <class T>
void add_expiring(const T& owner, TimePoint from, TimePoint to, TimePoint now,
                  std::vector<ExpiringCredential>& out) {
  const auto add = [&](const auto& credential, bool certificate) {
    if (credential.end < from || credential.end > to) return;
    const auto left = std::chrono::floor<std::chrono::days>(credential.end - now);
    out.push_back({owner.id, owner.app_id, owner.display_name, credential.key_id,
                   credential.display_name, certificate, credential.end,
                   static_cast<int>(left.count())});
  };
  for (const auto& secret : owner.credentials.secrets) add(secret, false);
  for (const auto& certificate : owner.credentials.certificates) add(certificate, true);
}

}  // namespace

std::vector<ExpiringCredential> expiring_credentials(const State& state, TimePoint now,
                                                     Seconds within) {
  const TimePoint from = now - std::chrono::days(7);
  const TimePoint to = now + within;
  std::vector<ExpiringCredential> out;
  for (const auto* app : state.all<Application>()) add_expiring(*app, from, to, now, out);
  for (const auto* sp : state.all<ServicePrincipal>()) add_expiring(*sp, from, to, now, out);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.expires < b.expires; });
  return out;
}

int warning_day(int days_left) {
  return days_left == 30 || days_left == 7 || days_left == 1 ? days_left : 0;
}

}  // namespace berth::identity
