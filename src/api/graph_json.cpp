#include "api/graph_json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "api/json_response.h"
#include "api/login_http.h"
#include "identity/json_text.h"

namespace berth::api {
namespace {

namespace json = boost::json;
using identity::array_of;

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

json::object secret_json(const identity::SecretCredential& secret) {
  return {{"keyId", secret.key_id},
          {"displayName", or_null(secret.display_name)},
          {"hint", secret.hint},
          {"startDateTime", to_rfc3339(secret.start)},
          {"endDateTime", to_rfc3339(secret.end)},
          {"customKeyIdentifier", nullptr},
          {"secretText", nullptr}};
}

json::object certificate_json(const identity::CertificateCredential& certificate) {
  return {{"keyId", certificate.key_id},
          {"displayName", or_null(certificate.display_name)},
          {"type", "AsymmetricX509Cert"},
          {"usage", "Verify"},
          {"startDateTime", to_rfc3339(certificate.start)},
          {"endDateTime", to_rfc3339(certificate.end)},
          {"customKeyIdentifier", certificate.thumbprint},
          {"key", nullptr}};
}

void add_credentials(json::object& out, const identity::Credentials& credentials) {
  json::array secrets;
  json::array certificates;
  for (const auto& secret : credentials.secrets) secrets.emplace_back(secret_json(secret));
  for (const auto& c : credentials.certificates) certificates.emplace_back(certificate_json(c));
  out["passwordCredentials"] = std::move(secrets);
  out["keyCredentials"] = std::move(certificates);
}

json::object entry_json(const identity::Entry& entry) {
  return {{"id", entry.id},
          {"displayName", entry.display_name},
          {"createdDateTime", to_rfc3339(entry.created)},
          {"deletedDateTime", nullptr}};
}

// What an application's service principal and a managed identity have in common.
json::object principal_json(const identity::Entry& entry, const std::string& app_id, bool enabled,
                            std::string_view type) {
  json::object out = entry_json(entry);
  out["appId"] = app_id;
  out["appDisplayName"] = entry.display_name;
  out["accountEnabled"] = enabled;
  out["servicePrincipalType"] = type;
  out["servicePrincipalNames"] = json::array{json::value(app_id)};
  return out;
}

void add_service(json::object& out, policy::ServiceKind kind) {
  if (kind != policy::ServiceKind::kNone) out["serviceKind"] = policy::service_kind_name(kind);
}

// Graph's names of what the table of codes knows by status.
std::string_view graph_code(const Error& error) {
  static const std::map<int, std::string_view> kNames = {
      {400, "Request_BadRequest"},          {401, "InvalidAuthenticationToken"},
      {403, "Authorization_RequestDenied"}, {404, "Request_ResourceNotFound"},
      {405, "Request_BadRequest"},          {409, "Request_ConflictingObjects"},
      {413, "Request_EntityTooLarge"},      {429, "TooManyRequests"},
      {503, "ServiceUnavailable"}};
  const auto name = kNames.find(code_row(error.code).http_status);
  return name == kNames.end() ? std::string_view("InternalServerError") : name->second;
}

}  // namespace

json::object graph_object(const identity::User& user) {
  json::object out = entry_json(user);
  out["userPrincipalName"] = user.principal_name;
  out["mail"] = or_null(user.mail);
  out["mailNickname"] = user.principal_name.substr(0, user.principal_name.find('@'));
  out["accountEnabled"] = user.enabled;
  out["userType"] = "Member";
  out["businessPhones"] = json::array();
  return out;
}

json::object graph_object(const identity::Group& group) {
  json::object out = entry_json(group);
  out["description"] = or_null(group.description);
  out["securityEnabled"] = true;
  out["mailEnabled"] = false;
  out["groupTypes"] = json::array();
  return out;
}

json::object graph_object(const identity::Application& application) {
  json::object out = entry_json(application);
  out["appId"] = application.app_id;
  out["signInAudience"] = "AzureADMyOrg";
  out["identifierUris"] = json::array();
  out["isFallbackPublicClient"] = application.public_client;
  out["web"] = json::object{{"redirectUris", array_of(application.web_redirects)}};
  out["publicClient"] = json::object{{"redirectUris", array_of(application.public_redirects)}};
  add_credentials(out, application.credentials);
  return out;
}

json::object graph_object(const identity::ServicePrincipal& sp) {
  json::object out = principal_json(sp, sp.app_id, sp.enabled, "Application");
  out["alternativeNames"] = json::array();
  add_credentials(out, sp.credentials);
  add_service(out, sp.service);
  return out;
}

json::object as_service_principal(const identity::ManagedIdentity& identity) {
  json::object out =
      principal_json(identity, identity.client_id, identity.enabled, "ManagedIdentity");
  out["alternativeNames"] = json::array{"isExplicit=True"};
  add_credentials(out, {});
  add_service(out, identity.service);
  return out;
}

json::object graph_object(const identity::ManagedIdentity& identity) {
  json::object out = entry_json(identity);
  out["clientId"] = identity.client_id;
  out["accountEnabled"] = identity.enabled;
  out["uid"] = identity.uid ? json::value(*identity.uid) : json::value(nullptr);
  out["systemUser"] = or_null(identity.system_user);
  out["imdsDefault"] = identity.imds_default;
  add_service(out, identity.service);
  return out;
}

json::object graph_object(const identity::FederatedCredential& credential) {
  return {{"id", credential.id},
          {"name", credential.name},
          {"issuer", credential.issuer},
          {"subject", credential.subject},
          {"description", or_null(credential.description)},
          {"audiences", array_of(credential.audiences)}};
}

json::object graph_object(const identity::NewSecret& secret) {
  json::object out = secret_json(secret.credential);
  out["secretText"] = secret.text;
  return out;
}

json::object typed_object(const identity::Object& object) {
  const auto typed = [](std::string_view type, json::object shown) {
    shown["@odata.type"] = json::string(type.data(), type.size());
    return shown;
  };
  if (const auto* user = std::get_if<identity::User>(&object)) {
    return typed("#microsoft.graph.user", graph_object(*user));
  }
  if (const auto* group = std::get_if<identity::Group>(&object)) {
    return typed("#microsoft.graph.group", graph_object(*group));
  }
  if (const auto* app = std::get_if<identity::Application>(&object)) {
    return typed("#microsoft.graph.application", graph_object(*app));
  }
  if (const auto* sp = std::get_if<identity::ServicePrincipal>(&object)) {
    return typed("#microsoft.graph.servicePrincipal", graph_object(*sp));
  }
  return typed("#microsoft.graph.servicePrincipal",
               as_service_principal(std::get<identity::ManagedIdentity>(object)));
}

PropertyValues filter_values(const identity::Object& object) {
  return [&object](std::string_view property) -> std::optional<std::vector<std::string>> {
    const json::object shown = typed_object(object);
    if (property == "mailNickname" || property == "mail" || property == "description") {
      return std::vector{identity::text_of(shown, property)};
    }
    return identity::texts_of(shown, property);
  };
}

http::Response graph_json(unsigned status, const json::object& body) {
  http::Response response = json_response(status, body);
  response.header("Cache-Control", "no-store");
  return response;
}

http::Response graph_error(const Error& error, const std::string& correlation_id, TimePoint now) {
  const std::string code =
      error.exact_code.empty() ? std::string(graph_code(error)) : error.exact_code;
  const json::object body{
      {"error", json::object{{"code", code},
                             {"message", error.message},
                             {"innerError", json::object{{"date", to_rfc3339(now)},
                                                         {"request-id", correlation_id},
                                                         {"client-request-id", correlation_id}}}}}};
  http::Response response =
      graph_json(static_cast<unsigned>(code_row(error.code).http_status), body);
  if (std::string wait = retry_after(error); !wait.empty()) {
    response.header("Retry-After", std::move(wait));
  }
  return response;
}

}  // namespace berth::api
