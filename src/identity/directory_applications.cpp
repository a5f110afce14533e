// Applications, service principals and what proves them: secrets, certificates, federated trust.
#include <fmt/format.h>

#include <algorithm>

#include "crypto/certificate.h"
#include "crypto/jws.h"
#include "crypto/secrets.h"
#include "identity/checks.h"
#include "identity/directory.h"
#include "identity/model_json.h"

namespace berth::identity {
namespace {

constexpr std::chrono::hours kDefaultSecretLife{24 * 365};
constexpr std::chrono::hours kLongestSecretLife{24 * 366 * 10};
constexpr std::size_t kHintLength = 3;

// The credentials of an application or a service principal; null for anything else.
Credentials* credentials_of(Object& object) {
  if (auto* app = std::get_if<Application>(&object)) return &app->credentials;
  if (auto* sp = std::get_if<ServicePrincipal>(&object)) return &sp->credentials;
  return nullptr;
}

// A plan that changes the credentials of one object.
Directory::Plan credentials_plan(const std::string& id,
                                 std::function<Result<void>(Credentials&)> edit) {
  return [&id, edit = std::move(edit)](const State& state) -> Result<Directory::Changes> {
    const Object* found = state.object(id);
    if (found == nullptr) return fail(unknown_object(id));
    Object next = *found;
    Credentials* credentials = credentials_of(next);
    if (credentials == nullptr) return fail(unknown_object(id));
    TRY(edit(*credentials));
    return Directory::Changes{{std::move(next)}, {}};
  };
}

Result<void> check_span(TimePoint start, TimePoint end) {
  if (start < end && end - start <= kLongestSecretLife) return {};
  return fail(bad_property("endDateTime", "after startDateTime, and at most ten years later."));
}

Error full(std::string_view property) {
  return bad_property(property, fmt::format("at most {}.", Limits::kCredentials));
}

Task<Result<void>> without_value(Task<Result<std::shared_ptr<const State>>> change) {
  const auto done = co_await std::move(change);
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

Result<void> read_certificate(CertificateCredential& certificate) {
  TRY(check_text("displayName", certificate.display_name, Limits::kNameBytes, 0));
  auto info = crypto::read_certificate(certificate.pem);
  const auto key = crypto::VerifyingKey::from_certificate(certificate.pem);
  if (!info || !key || key->algorithm() != crypto::JwsAlgorithm::kRs256) {
    return fail(bad_property("keyCredentials",
                             "an X.509 certificate with an RSA key (base64 of "
                             "its DER or PEM form)."));
  }
  certificate.thumbprint = info->sha1_thumbprint;
  certificate.start = info->not_before;
  certificate.end = info->not_after;
  return {};
}

Result<void> check(const FederatedCredential& trusted) {
  TRY(check_text("name", trusted.name, 120));
  TRY(check_text("issuer", trusted.issuer, Limits::kTextBytes));
  TRY(check_text("subject", trusted.subject, Limits::kTextBytes));
  TRY(check_text("description", trusted.description, Limits::kTextBytes, 0));
  if (trusted.audiences.size() != 1) {
    return fail(bad_property("audiences",
                             "exactly one audience, usually "
                             "api://AzureADTokenExchange."));
  }
  return check_text("audiences", trusted.audiences.front(), Limits::kTextBytes);
}

}  // namespace

Task<Result<Application>> Directory::add_application(const Actor& actor, Application application) {
  CO_TRY(check_text("displayName", application.display_name, Limits::kNameBytes));
  application.id = new_id();
  application.app_id = new_id();
  application.created = clock_.now();
  for (CertificateCredential& certificate : application.credentials.certificates) {
    CO_TRY(read_certificate(certificate));
    certificate.key_id = new_id();
  }
  if (application.credentials.certificates.size() > Limits::kCredentials) {
    co_return fail(full("keyCredentials"));
  }
  const auto plan = [&](const State& state) -> Result<Changes> {
    if (state.count(Object(application).index()) >= Limits::kApplications) {
      return fail(Error(Code::kTooLarge, fmt::format("The directory holds {} applications at most.",
                                                     Limits::kApplications))
                      .named("Directory_QuotaExceeded"));
    }
    return Changes{{application}, {}};
  };
  CO_TRY_ASSIGN(const auto after, co_await change(actor, "write", plan));
  co_return *after->find<Application>(application.id);
}

Task<Result<ServicePrincipal>> Directory::add_service_principal(const Actor& actor,
                                                                ServicePrincipal sp) {
  sp.id = new_id();
  sp.app_id = lower(sp.app_id);
  sp.created = clock_.now();
  const auto plan = [&](const State& state) -> Result<Changes> {
    const Application* application = state.application_by_app_id(sp.app_id);
    if (application == nullptr) {
      return fail(Error(Code::kInvalidRequest,
                        fmt::format("The appId '{}' of the service principal does not reference a "
                                    "valid application object.",
                                    sp.app_id))
                      .named("NoBackingApplicationObject"));
    }
    if (state.principal_by_app_id(sp.app_id) != nullptr) {
      return fail(Error(Code::kConflict,
                        fmt::format("The service principal cannot be created because the service "
                                    "principal name {} is already in use.",
                                    sp.app_id))
                      .named("Request_MultipleObjectsWithSameKeyValue"));
    }
    sp.display_name = application->display_name;
    return Changes{{sp}, {}};
  };
  CO_TRY_ASSIGN(const auto after, co_await change(actor, "write", plan));
  co_return *after->find<ServicePrincipal>(sp.id);
}

Task<Result<NewSecret>> Directory::add_secret(const Actor& actor, const std::string& id,
                                              SecretRequest request) {
  CO_TRY(check_text("displayName", request.display_name, Limits::kNameBytes, 0));
  NewSecret secret;
  SecretCredential& made = secret.credential;
  made.key_id = new_id();
  made.display_name = std::move(request.display_name);
  made.start = request.start.value_or(clock_.now());
  made.end = request.end.value_or(made.start + kDefaultSecretLife);
  CO_TRY(check_span(made.start, made.end));
  secret.text = crypto::make_secret(random_);
  made.hint = secret.text.substr(0, kHintLength);
  made.hash = keys_.keyed_hash(secret.text);
  CO_TRY(co_await without_value(
      change(actor, "addPassword", credentials_plan(id, [&](Credentials& all) -> Result<void> {
               if (all.secrets.size() >= Limits::kCredentials) {
                 return fail(full("passwordCredentials"));
               }
               all.secrets.push_back(made);
               return {};
             }))));
  co_return secret;
}

Task<Result<void>> Directory::remove_secret(const Actor& actor, const std::string& id,
                                            const std::string& key_id) {
  const auto remove = [&](Credentials& all) -> Result<void> {
    const auto same = [&](const SecretCredential& s) { return s.key_id == lower(key_id); };
    if (std::erase_if(all.secrets, same) > 0) return {};
    return fail(Error(Code::kInvalidRequest,
                      fmt::format("No credentials found to be removed: keyId '{}'.", key_id))
                    .named("Request_BadRequest"));
  };
  co_return co_await without_value(change(actor, "removePassword", credentials_plan(id, remove)));
}

Task<Result<void>> Directory::set_certificates(const Actor& actor, const std::string& id,
                                               std::vector<CertificateCredential> certificates) {
  if (certificates.size() > Limits::kCredentials) co_return fail(full("keyCredentials"));
  for (CertificateCredential& certificate : certificates) CO_TRY(read_certificate(certificate));
  // A certificate that was there keeps its id, so that tokens which it proved stay good.
  const auto replace = [&](Credentials& all) -> Result<void> {
    for (CertificateCredential& next : certificates) {
      const auto old = std::find_if(
          all.certificates.begin(), all.certificates.end(),
          [&](const CertificateCredential& c) { return c.thumbprint == next.thumbprint; });
      next.key_id = old == all.certificates.end() ? new_id() : old->key_id;
    }
    all.certificates = certificates;
    return {};
  };
  co_return co_await without_value(change(actor, "addKey", credentials_plan(id, replace)));
}

Task<Result<FederatedCredential>> Directory::put_federated(const Actor& actor,
                                                           const std::string& application,
                                                           FederatedCredential credential) {
  CO_TRY(check(credential));
  const bool is_new = credential.id.empty();
  if (is_new) credential.id = new_id();
  const auto put = [&](Application& app) -> Result<void> {
    std::erase_if(app.federated, [&](const auto& other) { return other.id == credential.id; });
    for (const FederatedCredential& other : app.federated) {
      const bool same = other.issuer == credential.issuer && other.subject == credential.subject;
      if (other.name == credential.name || same) {
        return fail(Error(Code::kConflict,
                          "A federated credential with this name, or with this "
                          "issuer and subject, exists on the application.")
                        .named("Request_MultipleObjectsWithSameKeyValue"));
      }
    }
    if (app.federated.size() >= Limits::kCredentials) {
      return fail(full("federatedIdentityCredentials"));
    }
    app.federated.push_back(credential);
    return {};
  };
  const auto done =
      co_await edit<Application>(actor, "federatedIdentityCredentials/write", application, put);
  if (!done) co_return fail(done.error());
  co_return credential;
}

Task<Result<void>> Directory::remove_federated(const Actor& actor, const std::string& application,
                                               const std::string& id_or_name) {
  const auto remove = [&](Application& app) -> Result<void> {
    const auto same = [&](const FederatedCredential& f) {
      return f.id == id_or_name || f.name == id_or_name;
    };
    if (std::erase_if(app.federated, same) > 0) return {};
    return fail(unknown_object(id_or_name));
  };
  const auto done =
      co_await edit<Application>(actor, "federatedIdentityCredentials/delete", application, remove);
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

}  // namespace berth::identity
