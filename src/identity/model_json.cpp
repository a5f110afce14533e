#include "identity/model_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/encoding.h"
#include "identity/json_text.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

TimePoint time_of(const json::object& object, std::string_view name) {
  return from_micros(number_of(object, name).value_or(0));
}

const json::array& items_of(const json::object& object, std::string_view name) {
  static const json::array kNone;
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_array() ? value->as_array() : kNone;
}

json::object to_json(const SecretCredential& c) {
  return {{"keyId", c.key_id},       {"displayName", c.display_name},
          {"hint", c.hint},          {"start", to_micros(c.start)},
          {"end", to_micros(c.end)}, {"hash", crypto::base64(c.hash)}};
}
SecretCredential secret_of(const json::object& o) {
  return {text_of(o, "keyId"), text_of(o, "displayName"),
          text_of(o, "hint"),  time_of(o, "start"),
          time_of(o, "end"),   crypto::from_base64(text_of(o, "hash")).value_or("")};
}

json::object to_json(const CertificateCredential& c) {
  return {{"keyId", c.key_id},          {"displayName", c.display_name}, {"pem", c.pem},
          {"thumbprint", c.thumbprint}, {"start", to_micros(c.start)},   {"end", to_micros(c.end)}};
}
CertificateCredential certificate_of(const json::object& o) {
  return {text_of(o, "keyId"),      text_of(o, "displayName"), text_of(o, "pem"),
          text_of(o, "thumbprint"), time_of(o, "start"),       time_of(o, "end")};
}

json::object to_json(const FederatedCredential& c) {
  return {{"id", c.id},
          {"name", c.name},
          {"issuer", c.issuer},
          {"subject", c.subject},
          {"description", c.description},
          {"audiences", array_of(c.audiences)}};
}
FederatedCredential federated_of(const json::object& o) {
  return {text_of(o, "id"),          text_of(o, "name"),
          text_of(o, "issuer"),      text_of(o, "subject"),
          text_of(o, "description"), texts_of(o, "audiences").value_or(std::vector<std::string>{})};
}

template <class T>
json::array list(const std::vector<T>& items) {
  json::array out;
  for (const T& item : items) out.emplace_back(to_json(item));
  return out;
}
template <class T>
std::vector<T> read_list(const json::array& items, T (*read)(const json::object&)) {
  std::vector<T> out;
  for (const json::value& item : items) {
    if (item.is_object()) out.push_back(read(item.as_object()));
  }
  return out;
}

void write_credentials(json::object& o, const Credentials& c) {
  o["secrets"] = list(c.secrets);
  o["certificates"] = list(c.certificates);
}
Credentials credentials_of(const json::object& o) {
  return {read_list(items_of(o, "secrets"), secret_of),
          read_list(items_of(o, "certificates"), certificate_of)};
}

// By name, and absent for most. A name that this program does not know gives nobody a way around a
// network rule.
void write_service(json::object& o, policy::ServiceKind kind) {
  if (kind != policy::ServiceKind::kNone) o["serviceKind"] = policy::service_kind_name(kind);
}
policy::ServiceKind service_of(const json::object& o) {
  const auto* row = policy::find_service_kind(text_of(o, "serviceKind"));
  return row == nullptr ? policy::ServiceKind::kNone : row->kind;
}

void write(json::object& o, const User& user) {
  o["userPrincipalName"] = user.principal_name;
  o["mail"] = user.mail;
  o["enabled"] = user.enabled;
  o["hash"] = user.password_hash;
  o["passwordId"] = user.password_id;
}
void read(const json::object& o, User& user) {
  user.principal_name = text_of(o, "userPrincipalName");
  user.mail = text_of(o, "mail");
  user.enabled = bool_of(o, "enabled", false);
  user.password_hash = text_of(o, "hash");
  user.password_id = text_of(o, "passwordId");
}

void write(json::object& o, const Group& group) {
  o["description"] = group.description;
  o["members"] = array_of(group.members);
}
void read(const json::object& o, Group& group) {
  group.description = text_of(o, "description");
  group.members = texts_of(o, "members").value_or(std::vector<std::string>{});
}

void write(json::object& o, const Application& app) {
  o["appId"] = app.app_id;
  write_credentials(o, app.credentials);
  o["federated"] = list(app.federated);
  o["webRedirects"] = array_of(app.web_redirects);
  o["publicRedirects"] = array_of(app.public_redirects);
  o["publicClient"] = app.public_client;
}
void read(const json::object& o, Application& app) {
  app.app_id = text_of(o, "appId");
  app.credentials = credentials_of(o);
  app.federated = read_list(items_of(o, "federated"), federated_of);
  app.web_redirects = texts_of(o, "webRedirects").value_or(std::vector<std::string>{});
  app.public_redirects = texts_of(o, "publicRedirects").value_or(std::vector<std::string>{});
  app.public_client = bool_of(o, "publicClient", false);
}

void write(json::object& o, const ServicePrincipal& sp) {
  o["appId"] = sp.app_id;
  o["enabled"] = sp.enabled;
  write_credentials(o, sp.credentials);
  write_service(o, sp.service);
}
void read(const json::object& o, ServicePrincipal& sp) {
  sp.app_id = text_of(o, "appId");
  sp.enabled = bool_of(o, "enabled", false);
  sp.credentials = credentials_of(o);
  sp.service = service_of(o);
}

void write(json::object& o, const ManagedIdentity& identity) {
  o["clientId"] = identity.client_id;
  o["enabled"] = identity.enabled;
  if (identity.uid) o["uid"] = *identity.uid;
  o["systemUser"] = identity.system_user;
  o["imdsDefault"] = identity.imds_default;
  o["bindingId"] = identity.binding_id;
  write_service(o, identity.service);
}
void read(const json::object& o, ManagedIdentity& identity) {
  identity.client_id = text_of(o, "clientId");
  identity.enabled = bool_of(o, "enabled", false);
  if (const auto uid = number_of(o, "uid")) identity.uid = static_cast<std::uint32_t>(*uid);
  identity.system_user = text_of(o, "systemUser");
  identity.imds_default = bool_of(o, "imdsDefault", false);
  identity.binding_id = text_of(o, "bindingId");
  identity.service = service_of(o);
}

json::object body_of(const Object& object) {
  const Entry& entry = entry_of(object);
  json::object body{
      {"id", entry.id}, {"displayName", entry.display_name}, {"created", to_micros(entry.created)}};
  std::visit([&](const auto& value) { write(body, value); }, object);
  return body;
}

void drop_hashes(json::object& body) {
  body.erase("hash");
  if (json::value* secrets = body.if_contains("secrets")) {
    for (json::value& secret : secrets->as_array()) secret.as_object().erase("hash");
  }
}

template <std::size_t I = 0>
std::optional<Object> empty_object(std::string_view kind) {
  if constexpr (I == std::variant_size_v<Object>) {
    return std::nullopt;
  } else {
    return kKinds[I] == kind ? Object(std::in_place_index<I>) : empty_object<I + 1>(kind);
  }
}

}  // namespace

const Entry& entry_of(const Object& object) {
  return std::visit([](const auto& value) -> const Entry& { return value; }, object);
}
Entry& entry_of(Object& object) {
  return std::visit([](auto& value) -> Entry& { return value; }, object);
}

std::string document_id(const Object& object) {
  if (const auto* user = std::get_if<User>(&object)) return user->principal_name;
  if (const auto* sp = std::get_if<ServicePrincipal>(&object)) return sp->app_id;
  if (const auto* mi = std::get_if<ManagedIdentity>(&object)) return lower(mi->display_name);
  return entry_of(object).id;
}

std::string to_document(const Object& object) {
  return json::serialize(body_of(object));
}

std::string to_record(const Object& object) {
  json::object body = body_of(object);
  drop_hashes(body);
  return json::serialize(body);
}

Result<Object> from_document(const meta::Document& document) {
  auto object = empty_object(document.kind);
  auto body = parse_object(document.body, "A directory document");
  if (!object || !body || !is_guid(text_of(*body, "id"))) {
    return fail(
        Error(Code::kInternal, "The directory cannot be read.")
            .because(fmt::format("document {} {} is malformed", document.kind, document.id)));
  }
  Entry& entry = entry_of(*object);
  entry.id = text_of(*body, "id");
  entry.display_name = text_of(*body, "displayName");
  entry.created = time_of(*body, "created");
  entry.version = document.version;
  std::visit([&](auto& value) { read(*body, value); }, *object);
  return std::move(*object);
}

}  // namespace berth::identity
