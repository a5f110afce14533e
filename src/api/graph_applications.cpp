#include "api/graph_applications.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "crypto/encoding.h"
#include "identity/checks.h"
#include "identity/model_json.h"

namespace berth::api {
namespace {

namespace json = boost::json;
using identity::Application;
using identity::CertificateCredential;
using identity::FederatedCredential;
using identity::Limits;
using identity::ManagedIdentity;
using identity::ServicePrincipal;

constexpr std::string_view kPemBegin = "-----BEGIN CERTIFICATE-----";

std::string pem_of(std::string_view der) {
  std::string out = std::string(kPemBegin) + "\n";
  const std::string text = crypto::base64(der);
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

// Graph's `key` is base64 of the DER form; clients also send base64 of the PEM text, and PEM.
Result<std::string> read_key(std::string text) {
  if (text.size() > Limits::kPemBytes * 2) {
    return fail(identity::bad_property("keyCredentials.key", "a certificate of up to 8 KiB."));
  }
  if (text.starts_with(kPemBegin)) return text;
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  const auto bytes = crypto::from_base64(text);
  if (!bytes) return fail(identity::bad_property("keyCredentials.key", "base64 of a certificate."));
  return bytes->starts_with(kPemBegin) ? *bytes : pem_of(*bytes);
}

// A credential without `key` is one that the client read here before: it stays as it is.
Result<std::optional<std::vector<CertificateCredential>>> read_certificates(
    GraphBody& body, const std::vector<CertificateCredential>& before) {
  TRY_ASSIGN(auto items, body.objects("keyCredentials"));
  if (!items) return std::nullopt;
  std::vector<CertificateCredential> out;
  for (GraphBody& item : *items) {
    CertificateCredential certificate;
    TRY_ASSIGN(const auto key, item.text("key"));
    TRY_ASSIGN(const auto key_id, item.text("keyId"));
    TRY_ASSIGN(const auto name, item.text("displayName"));
    TRY(item.accept_only("type", {"AsymmetricX509Cert"}));
    TRY(item.accept_only("usage", {"Verify"}));
    // The certificate itself says these.
    for (const std::string_view told : {"startDateTime", "endDateTime", "customKeyIdentifier"}) {
      TRY(item.text(told));
    }
    TRY(item.done());
    const auto old = std::find_if(before.begin(), before.end(), [&](const auto& c) {
      return key_id && c.key_id == identity::lower(*key_id);
    });
    if (!key && old == before.end()) {
      return fail(identity::bad_property("keyCredentials.key", "base64 of a certificate."));
    }
    if (key) {
      TRY_ASSIGN(certificate.pem, read_key(*key));
      certificate.display_name = name.value_or("");
    } else {
      certificate = *old;
    }
    out.push_back(std::move(certificate));
  }
  return out;
}

struct ApplicationBody {
  std::optional<std::string> display_name;
  std::optional<bool> public_client;
  std::optional<std::vector<std::string>> web_redirects, public_redirects;
};

Result<std::optional<std::vector<std::string>>> read_redirects(GraphBody& body,
                                                               std::string_view where) {
  TRY_ASSIGN(auto part, body.object(where));
  if (!part) return std::nullopt;
  TRY_ASSIGN(auto uris, part->texts("redirectUris"));
  TRY(part->done());
  for (const std::string& uri : uris.value_or(std::vector<std::string>{})) {
    TRY(identity::check_redirect(fmt::format("{}.redirectUris", where), uri));
  }
  if (uris && uris->size() > Limits::kRedirects) {
    return fail(identity::bad_property(fmt::format("{}.redirectUris", where),
                                       fmt::format("at most {}.", Limits::kRedirects)));
  }
  return uris;
}

Result<ApplicationBody> read_application(GraphBody& body) {
  ApplicationBody out;
  TRY_ASSIGN(out.display_name, body.text("displayName"));
  TRY_ASSIGN(out.public_client, body.flag("isFallbackPublicClient"));
  TRY_ASSIGN(out.web_redirects, read_redirects(body, "web"));
  TRY_ASSIGN(out.public_redirects, read_redirects(body, "publicClient"));
  // One tenant: nobody from elsewhere can sign in, whatever is written here.
  TRY(body.accept_only("signInAudience", {"AzureADMyOrg", "AzureADMultipleOrgs",
                                          "AzureADandPersonalMicrosoftAccount"}));
  TRY(body.done());
  if (out.display_name) {
    TRY(identity::check_text("displayName", *out.display_name, Limits::kNameBytes));
  }
  return out;
}

void apply(const ApplicationBody& given, Application& app) {
  app.display_name = given.display_name.value_or(app.display_name);
  app.public_client = given.public_client.value_or(app.public_client);
  app.web_redirects = given.web_redirects.value_or(app.web_redirects);
  app.public_redirects = given.public_redirects.value_or(app.public_redirects);
}

json::object show_service_principal(const identity::Object& object) {
  if (const auto* sp = std::get_if<ServicePrincipal>(&object)) return graph_object(*sp);
  return as_service_principal(std::get<ManagedIdentity>(object));
}

const FederatedCredential* find_federated(const Application& app, std::string_view id_or_name) {
  const auto found = std::find_if(
      app.federated.begin(), app.federated.end(), [&](const FederatedCredential& credential) {
        return credential.id == id_or_name || credential.name == id_or_name;
      });
  return found == app.federated.end() ? nullptr : &*found;
}

}  // namespace

// ---- applications

GraphAnswer GraphApplications::applications(GraphCall& call) {
  const auto state = directory_.state();
  std::vector<identity::Object> objects;
  for (const Application* app : state->all<Application>()) objects.emplace_back(*app);
  co_return graph_page(call, objects, [](const identity::Object& o) {
    return graph_object(std::get<Application>(o));
  });
}

GraphAnswer GraphApplications::application(GraphCall& call) {
  const auto state = directory_.state();
  const Application* app = state->find<Application>(call.id);
  if (app == nullptr) co_return fail(identity::unknown_object(call.id));
  co_return graph_json(200, graph_object(*app));
}

GraphAnswer GraphApplications::add_application(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  Application app;
  CO_TRY_ASSIGN(auto certificates, read_certificates(body, {}));
  CO_TRY_ASSIGN(const ApplicationBody given, read_application(body));
  apply(given, app);
  if (certificates) app.credentials.certificates = std::move(*certificates);
  co_return created(co_await directory_.add_application(call.actor, std::move(app)));
}

GraphAnswer GraphApplications::change_application(GraphCall& call) {
  const auto state = directory_.state();
  const Application* before = state->find<Application>(call.id);
  if (before == nullptr) co_return fail(identity::unknown_object(call.id));
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(auto certificates, read_certificates(body, before->credentials.certificates));
  CO_TRY_ASSIGN(const ApplicationBody given, read_application(body));
  CO_TRY(co_await directory_.edit<Application>(call.actor, "write", call.id,
                                               [&](Application& app) -> Result<void> {
                                                 apply(given, app);
                                                 return {};
                                               }));
  if (certificates) {
    CO_TRY(co_await directory_.set_certificates(call.actor, call.id, std::move(*certificates)));
  }
  co_return http::Response(204);
}

GraphAnswer GraphApplications::remove_application(GraphCall& call) {
  if (directory_.state()->find<Application>(call.id) == nullptr) {
    co_return fail(identity::unknown_object(call.id));
  }
  co_return no_content(co_await directory_.remove(call.actor, call.id));
}

// ---- service principals

GraphAnswer GraphApplications::service_principals(GraphCall& call) {
  const auto state = directory_.state();
  std::vector<identity::Object> objects;
  for (const ServicePrincipal* sp : state->all<ServicePrincipal>()) objects.emplace_back(*sp);
  for (const ManagedIdentity* mi : state->all<ManagedIdentity>()) objects.emplace_back(*mi);
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
    return identity::entry_of(a).id < identity::entry_of(b).id;
  });
  co_return graph_page(call, objects, show_service_principal);
}

GraphAnswer GraphApplications::service_principal(GraphCall& call) {
  const auto state = directory_.state();
  const identity::Object* found = state->object(call.id);
  const bool fits = found != nullptr && (std::holds_alternative<ServicePrincipal>(*found) ||
                                         std::holds_alternative<ManagedIdentity>(*found));
  if (!fits) co_return fail(identity::unknown_object(call.id));
  co_return graph_json(200, show_service_principal(*found));
}

GraphAnswer GraphApplications::add_service_principal(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  ServicePrincipal sp;
  CO_TRY_ASSIGN(const auto app_id, body.text("appId"));
  CO_TRY_ASSIGN(const auto enabled, body.flag("accountEnabled"));
  CO_TRY_ASSIGN(const auto service, body.service_kind("serviceKind"));
  CO_TRY(body.done());
  if (!app_id) co_return fail(identity::bad_property("appId", "the appId of an application."));
  sp.app_id = *app_id;
  sp.enabled = enabled.value_or(true);
  sp.service = service.value_or(sp.service);
  co_return created(co_await directory_.add_service_principal(call.actor, std::move(sp)));
}

GraphAnswer GraphApplications::change_service_principal(GraphCall& call) {
  const auto state = directory_.state();
  const ServicePrincipal* before = state->find<ServicePrincipal>(call.id);
  const bool is_managed = state->find<ManagedIdentity>(call.id) != nullptr;
  if (before == nullptr && !is_managed) co_return fail(identity::unknown_object(call.id));
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const auto enabled, body.flag("accountEnabled"));
  CO_TRY_ASSIGN(const auto service, body.service_kind("serviceKind"));
  std::optional<std::vector<CertificateCredential>> certificates;
  // A managed identity has no credentials of its own: there the name is an unknown one.
  if (before != nullptr) {
    CO_TRY_ASSIGN(certificates, read_certificates(body, before->credentials.certificates));
  }
  CO_TRY(body.done());
  const auto apply_to = [&](auto& principal) -> Result<void> {
    principal.enabled = enabled.value_or(principal.enabled);
    principal.service = service.value_or(principal.service);
    return {};
  };
  if (is_managed) {
    CO_TRY(co_await directory_.edit<ManagedIdentity>(call.actor, "write", call.id, apply_to));
  } else {
    CO_TRY(co_await directory_.edit<ServicePrincipal>(call.actor, "write", call.id, apply_to));
  }
  if (certificates) {
    CO_TRY(co_await directory_.set_certificates(call.actor, call.id, std::move(*certificates)));
  }
  co_return http::Response(204);
}

GraphAnswer GraphApplications::remove_service_principal(GraphCall& call) {
  if (directory_.state()->find<ServicePrincipal>(call.id) == nullptr) {
    co_return fail(identity::unknown_object(call.id));
  }
  co_return no_content(co_await directory_.remove(call.actor, call.id));
}

// ---- credentials

GraphAnswer GraphApplications::add_password(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(auto given, body.object("passwordCredential"));
  CO_TRY(body.done());
  identity::SecretRequest request;
  if (given) {
    CO_TRY_ASSIGN(const auto name, given->text("displayName"));
    CO_TRY_ASSIGN(request.start, given->time("startDateTime"));
    CO_TRY_ASSIGN(request.end, given->time("endDateTime"));
    CO_TRY(given->done());
    request.display_name = name.value_or("");
  }
  const auto made = co_await directory_.add_secret(call.actor, call.id, std::move(request));
  if (!made) co_return fail(made.error());
  co_return graph_json(200, graph_object(*made));
}

GraphAnswer GraphApplications::remove_password(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY_ASSIGN(const auto key_id, body.text("keyId"));
  CO_TRY(body.done());
  if (!key_id) co_return fail(identity::bad_property("keyId", "the keyId of a password."));
  co_return no_content(co_await directory_.remove_secret(call.actor, call.id, *key_id));
}

GraphAnswer GraphApplications::federated(GraphCall& call) {
  const auto state = directory_.state();
  const Application* app = state->find<Application>(call.id);
  if (app == nullptr) co_return fail(identity::unknown_object(call.id));
  json::array values;
  for (const FederatedCredential& trusted : app->federated) {
    values.emplace_back(graph_object(trusted));
  }
  co_return graph_json(200, {{"value", std::move(values)}});
}

GraphAnswer GraphApplications::federated_one(GraphCall& call) {
  const auto state = directory_.state();
  const Application* app = state->find<Application>(call.id);
  const auto* found = app == nullptr ? nullptr : find_federated(*app, call.second);
  if (found == nullptr) co_return fail(identity::unknown_object(call.second));
  co_return graph_json(200, graph_object(*found));
}

GraphAnswer GraphApplications::add_federated(GraphCall& call) {
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  FederatedCredential made;
  for (const auto& [name, member] : {std::pair("name", &FederatedCredential::name),
                                     std::pair("issuer", &FederatedCredential::issuer),
                                     std::pair("subject", &FederatedCredential::subject),
                                     std::pair("description", &FederatedCredential::description)}) {
    CO_TRY_ASSIGN(const auto value, body.text(name));
    made.*member = value.value_or("");
  }
  CO_TRY_ASSIGN(const auto audiences, body.texts("audiences"));
  CO_TRY(body.done());
  made.audiences = audiences.value_or(std::vector<std::string>{});
  co_return created(co_await directory_.put_federated(call.actor, call.id, std::move(made)));
}

// Whom it trusts does not change under the same id: tokens that it proved name that id.
GraphAnswer GraphApplications::change_federated(GraphCall& call) {
  const auto state = directory_.state();
  const Application* app = state->find<Application>(call.id);
  const auto* found = app == nullptr ? nullptr : find_federated(*app, call.second);
  if (found == nullptr) co_return fail(identity::unknown_object(call.second));
  FederatedCredential next = *found;
  CO_TRY_ASSIGN(GraphBody body, co_await call.body());
  CO_TRY(body.accept_only("name", {found->name}));
  CO_TRY(body.accept_only("issuer", {found->issuer}));
  CO_TRY(body.accept_only("subject", {found->subject}));
  CO_TRY_ASSIGN(const auto description, body.text("description"));
  CO_TRY_ASSIGN(const auto audiences, body.texts("audiences"));
  CO_TRY(body.done());
  next.description = description.value_or(next.description);
  next.audiences = audiences.value_or(next.audiences);
  const auto done = co_await directory_.put_federated(call.actor, call.id, std::move(next));
  if (!done) co_return fail(done.error());
  co_return http::Response(204);
}

GraphAnswer GraphApplications::remove_federated(GraphCall& call) {
  co_return no_content(co_await directory_.remove_federated(call.actor, call.id, call.second));
}

}  // namespace berth::api
