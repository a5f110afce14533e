// Users, groups and managed identities: what one may write.
#include <fmt/format.h>

#include <algorithm>

#include "identity/checks.h"
#include "identity/directory.h"
#include "identity/model_json.h"

namespace berth::identity {
namespace {

Result<void> check_room(const State& state, const Object& object, std::size_t most) {
  if (state.count(object.index()) < most) return {};
  return fail(Error(Code::kTooLarge, fmt::format("The directory holds {} {} at most.", most,
                                                 kCollections[object.index()]))
                  .named("Directory_QuotaExceeded"));
}

Error exists(std::string_view property, std::string_view value) {
  return Error(Code::kConflict,
               fmt::format("Another object with the same value for property {} already exists: {}.",
                           property, value))
      .named("Request_ResourceAlreadyExists");
}

Result<Directory::Changes> put(Object object) {
  return Directory::Changes{{std::move(object)}, {}};
}

template <class T>
Result<T> found(const std::shared_ptr<const State>& state, const std::string& id) {
  const T* object = state->find<T>(id);
  if (object == nullptr) return fail(unknown_object(id));
  return *object;
}

}  // namespace

Task<Result<User>> Directory::add_user(const Actor& actor, User user, std::string password) {
  user.principal_name = lower(user.principal_name);
  CO_TRY(check_principal_name(user.principal_name, options_.domain));
  CO_TRY(check_text("displayName", user.display_name, Limits::kNameBytes));
  CO_TRY(check_text("mail", user.mail, Limits::kNameBytes, 0));
  user.id = new_id();
  user.created = clock_.now();
  if (!password.empty()) {
    CO_TRY_ASSIGN(user.password_hash, co_await passwords_.hash(std::move(password)));
    user.password_id = new_id();
  }
  CO_TRY_ASSIGN(const auto after,
                co_await change(actor, "write", [&](const State& state) -> Result<Changes> {
                  TRY(check_room(state, user, Limits::kUsers));
                  if (state.user_by_name(user.principal_name) != nullptr) {
                    return fail(exists("userPrincipalName", user.principal_name));
                  }
                  return put(user);
                }));
  co_return found<User>(after, user.id);
}

Task<Result<void>> Directory::set_password(const Actor& actor, const std::string& id,
                                           std::string password) {
  CO_TRY_ASSIGN(const std::string hash, co_await passwords_.hash(std::move(password)));
  const auto done =
      co_await edit<User>(actor, "resetPassword", id, [&](User& user) -> Result<void> {
        user.password_hash = hash;
        user.password_id = new_id();
        return {};
      });
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

Task<Result<Group>> Directory::add_group(const Actor& actor, Group group) {
  CO_TRY(check_text("displayName", group.display_name, Limits::kNameBytes));
  CO_TRY(check_text("description", group.description, Limits::kTextBytes, 0));
  group.id = new_id();
  group.created = clock_.now();
  group.members.clear();
  CO_TRY_ASSIGN(const auto after,
                co_await change(actor, "write", [&](const State& state) -> Result<Changes> {
                  TRY(check_room(state, group, Limits::kGroups));
                  return put(group);
                }));
  co_return found<Group>(after, group.id);
}

// A group that contained itself, however far round, would make every later question longer.
Task<Result<void>> Directory::add_member(const Actor& actor, const std::string& group,
                                         const std::string& member) {
  const auto done = co_await change(actor, "addMember", [&](const State& state) -> Result<Changes> {
    const Group* now = state.find<Group>(group);
    const Object* joining = state.object(member);
    if (now == nullptr) return fail(unknown_object(group));
    if (joining == nullptr || std::holds_alternative<Application>(*joining)) {
      return fail(unknown_object(member));
    }
    if (std::find(now->members.begin(), now->members.end(), member) != now->members.end()) {
      return fail(Error(Code::kInvalidRequest,
                        "One or more added object references already exist for the following "
                        "modified properties: 'members'.")
                      .named("Request_BadRequest"));
    }
    if (member == group || state.contains(member, group)) {
      return fail(bad_property("members", "a group cannot contain itself."));
    }
    if (now->members.size() >= Limits::kMembers) {
      return fail(bad_property("members", fmt::format("at most {}.", Limits::kMembers)));
    }
    Group next = *now;
    next.members.push_back(member);
    return put(next);
  });
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

Task<Result<void>> Directory::remove_member(const Actor& actor, const std::string& group,
                                            const std::string& member) {
  const auto done =
      co_await edit<Group>(actor, "removeMember", group, [&](Group& g) -> Result<void> {
        if (std::erase(g.members, member) == 0) return fail(unknown_object(member));
        return {};
      });
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

Task<Result<ManagedIdentity>> Directory::add_managed_identity(const Actor& actor,
                                                              ManagedIdentity identity) {
  CO_TRY(check_text("displayName", identity.display_name, Limits::kNameBytes));
  CO_TRY(check_text("systemUser", identity.system_user, Limits::kNameBytes, 0));
  identity.id = new_id();
  identity.client_id = new_id();
  identity.binding_id = new_id();
  identity.created = clock_.now();
  const auto plan = [&](const State& state) -> Result<Changes> {
    TRY(check_room(state, identity, Limits::kManagedIdentities));
    for (const ManagedIdentity* other : state.all<ManagedIdentity>()) {
      if (lower(other->display_name) == lower(identity.display_name)) {
        return fail(exists("displayName", identity.display_name));
      }
      if (identity.uid && other->uid == identity.uid) {
        return fail(exists("uid", std::to_string(*identity.uid)));
      }
      if (identity.imds_default && other->imds_default) {
        return fail(exists("imdsDefault", other->display_name));
      }
    }
    return put(identity);
  };
  CO_TRY_ASSIGN(const auto after, co_await change(actor, "write", plan));
  co_return found<ManagedIdentity>(after, identity.id);
}

Task<Result<void>> Directory::remove(const Actor& actor, const std::string& id) {
  const auto plan = [&](const State& state) -> Result<Changes> {
    const Object* object = state.object(id);
    if (object == nullptr) return fail(unknown_object(id));
    Changes changes{{}, {*object}};
    for (const std::string& above : state.groups_of(id)) {
      Group group = *state.find<Group>(above);
      std::erase(group.members, id);
      changes.put.emplace_back(std::move(group));
    }
    if (const auto* app = std::get_if<Application>(object)) {
      if (const ServicePrincipal* sp = state.principal_by_app_id(app->app_id)) {
        changes.remove.emplace_back(*sp);
        for (const std::string& above : state.groups_of(sp->id)) {
          Group group = *state.find<Group>(above);
          std::erase(group.members, sp->id);
          changes.put.emplace_back(std::move(group));
        }
      }
    }
    return changes;
  };
  const auto done = co_await change(actor, "delete", plan);
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

}  // namespace berth::identity
