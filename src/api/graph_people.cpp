#include "api/graph_people.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/guid.h"
#include "identity/checks.h"

namespace berth::api {
namespace {

namespace json = boost::json;
using identity::Group;
using identity::Limits;
using identity::ManagedIdentity;
using identity::User;

constexpr std::size_t kMaxIds = 1000;

Result<void> read_password(GraphBody& body, std::string& password) {
  TRY_ASSIGN(auto profile, body.object("passwordProfile"));
  if (!profile) return {};
  TRY_ASSIGN(const auto text, profile->text("password"));
  TRY(profile->must_be_off("forceChangePasswordNextSignIn"));
  TRY(profile->must_be_off("forceChangePasswordNextSignInWithMfa"));
  password = text.value_or("");
  return profile->done();
}

// "https://graph…/v1.0/directoryObjects/<id>" or any other path that ends in the id.
Result<std::string> referenced_id(GraphBody& body) {
  TRY_ASSIGN(const auto text, body.text("@odata.id"));
  const std::string id =
      text ? identity::lower(std::string_view(*text).substr(text->rfind('/') + 1)) : std::string();
  if (!is_guid(id)) {
    return fail(
        identity::bad_property("@odata.id", "a URL that ends in /directoryObjects/<object id>."));
  }
  TRY(body.done());
  return id;
}

struct IdentityBody {
  std::optional<std::string> display_name, system_user;
  std::optional<std::uint32_t> uid;
  std::optional<bool> enabled, imds_default;
  std::optional<policy::ServiceKind> service;
};
Result<IdentityBody> read_identity(GraphBody& body) {
  IdentityBody out;
  TRY_ASSIGN(out.display_name, body.text("displayName"));
  TRY_ASSIGN(out.system_user, body.text("systemUser"));
  TRY_ASSIGN(out.uid, body.number("uid"));
  TRY_ASSIGN(out.enabled, body.flag("accountEnabled"));
  TRY_ASSIGN(out.imds_default, body.flag("imdsDefault"));
  TRY_ASSIGN(out.service, body.service_kind("serviceKind"));
  TRY(body.done());
  return out;
}

}  // namespace

template <class T>
GraphAnswer GraphPeople::list(GraphCall& call) {
  const auto state = directory_.state();
  std::vector<identity::Object> objects;
  for (const T* object : state->all<T>()) objects.emplace_back(*object);
  co_return graph_page(call, objects,
                       [](const identity::Object& o) { return graph_object(std::get<T>(o)); });
}

template <class T>
GraphAnswer GraphPeople::show(GraphCall& call) {
  const auto state = directory_.state();
  const T* found = state->find<T>(call.id);
  if (found == nullptr) co_return fail(identity::unknown_object(call.id));
  co_return graph_json(200, graph_object(*found));
}

template <class T>
GraphAnswer GraphPeople::remove(GraphCall& call) {
  if (directory_.state()->find<T>(call.id) == nullptr) {
    co_return fail(identity::unknown_object(call.id));
  }
  co_return no_content(co_await directory_.remove(call.actor, call.id));
}

std::string GraphPeople::user_id(const GraphCall& call) const {
  const auto state = directory_.state();
  const User* user = state->user_by_name(call.id);
  return user == nullptr ? call.id : user->id;
}

GraphAnswer GraphPeople::me(GraphCall& call) {
  const auto state = directory_.state();
  const User* user = state->find<User>(call.caller.id);
  if (user == nullptr) {
    co_return fail(Error(Code::kInvalidRequest,
                         "/me request is only valid with delegated authentication flow: sign in as "
                         "a user of the directory.")
                       .named("BadRequest"));
  }
  co_return graph_json(200, graph_object(*user));
}

GraphAnswer GraphPeople::by_ids(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const auto ids, body.texts("ids"));
  CO_TRY_ASSIGN(const auto types, body.texts("types"));
  CO_TRY(body.done());
  if (!ids || ids->size() > kMaxIds) {
    co_return fail(identity::bad_property("ids", fmt::format("up to {} object ids.", kMaxIds)));
  }
  const auto wanted = [&](const json::object& object) {
    if (!types || types->empty()) return true;
    const std::string type = std::string(object.at("@odata.type").as_string());
    return std::any_of(types->begin(), types->end(), [&](const std::string& name) {
      return type == "#microsoft.graph." + name || name == "directoryObject";
    });
  };
  const auto state = directory_.state();
  json::array values;
  for (const std::string& id : *ids) {
    const identity::Object* found = state->object(identity::lower(id));
    if (found == nullptr) continue;
    json::object shown = typed_object(*found);
    if (wanted(shown)) values.emplace_back(std::move(shown));
  }
  co_return graph_json(200, {{"value", std::move(values)}});
}

GraphAnswer GraphPeople::object(GraphCall& call) {
  const auto state = directory_.state();
  const identity::Object* found = state->object(call.id);
  if (found == nullptr) co_return fail(identity::unknown_object(call.id));
  co_return graph_json(200, typed_object(*found));
}

// ---- users

GraphAnswer GraphPeople::users(GraphCall& call) {
  return list<User>(call);
}
GraphAnswer GraphPeople::user(GraphCall& call) {
  call.id = user_id(call);
  return show<User>(call);
}
GraphAnswer GraphPeople::remove_user(GraphCall& call) {
  call.id = user_id(call);
  return remove<User>(call);
}

GraphAnswer GraphPeople::add_user(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  User user;
  std::string password;
  CO_TRY_ASSIGN(const auto name, body.text("userPrincipalName"));
  CO_TRY_ASSIGN(const auto display_name, body.text("displayName"));
  CO_TRY_ASSIGN(const auto mail, body.text("mail"));
  CO_TRY_ASSIGN(const auto enabled, body.flag("accountEnabled"));
  CO_TRY_ASSIGN(const auto nickname, body.text("mailNickname"));  // follows from the name here
  CO_TRY(read_password(body, password));
  CO_TRY(body.done());
  user.principal_name = name.value_or("");
  user.display_name = display_name.value_or(nickname.value_or(""));
  user.mail = mail.value_or("");
  user.enabled = enabled.value_or(true);
  co_return created(co_await directory_.add_user(call.actor, std::move(user), password));
}

GraphAnswer GraphPeople::change_user(GraphCall& call) {
  const std::string id = user_id(call);
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  std::string password;
  CO_TRY_ASSIGN(const auto display_name, body.text("displayName"));
  CO_TRY_ASSIGN(const auto mail, body.text("mail"));
  CO_TRY_ASSIGN(const auto enabled, body.flag("accountEnabled"));
  CO_TRY(read_password(body, password));
  CO_TRY(body.done());
  if (display_name) CO_TRY(identity::check_text("displayName", *display_name, Limits::kNameBytes));
  if (mail) CO_TRY(identity::check_text("mail", *mail, Limits::kNameBytes, 0));
  if (!password.empty()) CO_TRY(co_await directory_.set_password(call.actor, id, password));
  CO_TRY(co_await directory_.edit<User>(call.actor, "write", id, [&](User& user) -> Result<void> {
    user.display_name = display_name.value_or(user.display_name);
    user.mail = mail.value_or(user.mail);
    user.enabled = enabled.value_or(user.enabled);
    return {};
  }));
  co_return http::Response(204);
}

// ---- groups

GraphAnswer GraphPeople::groups(GraphCall& call) {
  return list<Group>(call);
}
GraphAnswer GraphPeople::group(GraphCall& call) {
  return show<Group>(call);
}
GraphAnswer GraphPeople::remove_group(GraphCall& call) {
  return remove<Group>(call);
}

GraphAnswer GraphPeople::add_group(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  Group group;
  CO_TRY_ASSIGN(const auto display_name, body.text("displayName"));
  CO_TRY_ASSIGN(const auto description, body.text("description"));
  CO_TRY_ASSIGN(const auto nickname, body.text("mailNickname"));  // mail is not kept here
  CO_TRY_ASSIGN(const auto security, body.flag("securityEnabled"));
  CO_TRY(body.must_be_off("mailEnabled"));
  CO_TRY(body.done());
  if (!security.value_or(true)) {
    co_return fail(identity::bad_property("securityEnabled", "every group here is one: true."));
  }
  group.display_name = display_name.value_or(nickname.value_or(""));
  group.description = description.value_or("");
  co_return created(co_await directory_.add_group(call.actor, std::move(group)));
}

GraphAnswer GraphPeople::change_group(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const auto display_name, body.text("displayName"));
  CO_TRY_ASSIGN(const auto description, body.text("description"));
  CO_TRY(body.done());
  if (display_name) CO_TRY(identity::check_text("displayName", *display_name, Limits::kNameBytes));
  if (description) CO_TRY(identity::check_text("description", *description, Limits::kTextBytes, 0));
  CO_TRY(
      co_await directory_.edit<Group>(call.actor, "write", call.id, [&](Group& g) -> Result<void> {
        g.display_name = display_name.value_or(g.display_name);
        g.description = description.value_or(g.description);
        return {};
      }));
  co_return http::Response(204);
}

GraphAnswer GraphPeople::members(GraphCall& call) {
  const auto state = directory_.state();
  const Group* group = state->find<Group>(call.id);
  if (group == nullptr) co_return fail(identity::unknown_object(call.id));
  std::vector<std::string> ids = group->members;
  std::sort(ids.begin(), ids.end());
  std::vector<identity::Object> objects;
  for (const std::string& id : ids) {
    if (const identity::Object* member = state->object(id)) objects.push_back(*member);
  }
  co_return graph_page(call, objects, typed_object);
}

GraphAnswer GraphPeople::add_member(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const std::string member, referenced_id(body));
  co_return no_content(co_await directory_.add_member(call.actor, call.id, member));
}

GraphAnswer GraphPeople::remove_member(GraphCall& call) {
  co_return no_content(co_await directory_.remove_member(call.actor, call.id, call.second));
}

// ---- managed identities

GraphAnswer GraphPeople::identities(GraphCall& call) {
  return list<ManagedIdentity>(call);
}
GraphAnswer GraphPeople::identity(GraphCall& call) {
  return show<ManagedIdentity>(call);
}
GraphAnswer GraphPeople::remove_identity(GraphCall& call) {
  return remove<ManagedIdentity>(call);
}

GraphAnswer GraphPeople::add_identity(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const IdentityBody given, read_identity(body));
  ManagedIdentity made;
  made.display_name = given.display_name.value_or("");
  made.system_user = given.system_user.value_or("");
  made.uid = given.uid;
  made.enabled = given.enabled.value_or(true);
  made.imds_default = given.imds_default.value_or(false);
  made.service = given.service.value_or(made.service);
  co_return created(co_await directory_.add_managed_identity(call.actor, std::move(made)));
}

// The binding does not move: who may become an identity is decided when it is made.
GraphAnswer GraphPeople::change_identity(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const IdentityBody given, read_identity(body));
  if (given.display_name || given.uid || given.system_user || given.imds_default) {
    co_return fail(identity::bad_property(
        "accountEnabled",
        "only this and serviceKind can be changed; remove the identity and make another."));
  }
  CO_TRY(co_await directory_.edit<ManagedIdentity>(
      call.actor, "write", call.id, [&](ManagedIdentity& mi) -> Result<void> {
        mi.enabled = given.enabled.value_or(mi.enabled);
        mi.service = given.service.value_or(mi.service);
        return {};
      }));
  co_return http::Response(204);
}

}  // namespace berth::api
