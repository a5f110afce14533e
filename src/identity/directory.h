// The embedded directory: one tenant and what is in it. Everything is in memory (State); a change
// is one transaction of documents with the versions it was planned on and its activity rows, and
// is in the policy snapshot before the call answers.
//
// Safe from any thread. A change that meets another one is planned again on the newer state; after
// a few rounds it is kConflict. Errors: kInvalidRequest for what a caller may not write, naming the
// property; kResourceUnknown; kConflict for what exists already; kTooLarge for a reached limit.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/key_ring.h"
#include "access/policy_store.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/task.h"
#include "identity/model.h"
#include "identity/passwords.h"
#include "identity/state.h"
#include "meta/documents.h"

namespace berth::identity {

struct DirectoryOptions {
  std::string domain;  // server.domain: what user principal names end in; empty: "localhost"
  // Credential ids that every user has: the issuers whose tokens are mapped to users.
  std::vector<std::string> user_issuers;
};

// A secret in the moment it is made: `text` is shown once and never again.
struct NewSecret {
  SecretCredential credential;
  std::string text;
};
struct SecretRequest {
  std::string display_name;
  std::optional<TimePoint> start, end;  // now, and one year later
};

class Directory {
 public:
  Directory(meta::Documents& documents, access::PolicyStore& policy, const access::KeyRing& keys,
            Passwords& passwords, const Clock& clock, RandomSource& random,
            DirectoryOptions options);

  // Reads everything, makes the tenant at the first start, fills the policy. Before anything else.
  Task<Result<void>> load();

  std::shared_ptr<const State> state() const { return state_.load(); }
  const std::string& domain() const { return options_.domain; }
  access::PolicyStore& policy() const { return policy_; }
  const access::KeyRing& keys() const { return keys_; }
  Passwords& passwords() const { return passwords_; }

  // What one change writes. An object with version 0 is new.
  struct Changes {
    std::vector<Object> put, remove;
  };
  // Looks at the state and says what to write. May run several times.
  using Plan = std::function<Result<Changes>(const State&)>;
  // Returns the state after the change. `verb` is the end of the operation's name: "write",
  // "delete", "addPassword".
  Task<Result<std::shared_ptr<const State>>> change(const Actor& actor, std::string_view verb,
                                                    Plan plan);

  // The operations. New objects come without id and version.
  Task<Result<User>> add_user(const Actor& actor, User user, std::string password);
  Task<Result<void>> set_password(const Actor& actor, const std::string& id, std::string password);
  Task<Result<Group>> add_group(const Actor& actor, Group group);
  Task<Result<void>> add_member(const Actor& actor, const std::string& group,
                                const std::string& member);
  Task<Result<void>> remove_member(const Actor& actor, const std::string& group,
                                   const std::string& member);
  Task<Result<Application>> add_application(const Actor& actor, Application application);
  Task<Result<ServicePrincipal>> add_service_principal(const Actor& actor, ServicePrincipal sp);
  Task<Result<ManagedIdentity>> add_managed_identity(const Actor& actor, ManagedIdentity identity);
  // Reads, edits and writes one object; `edit` is given a copy and may refuse.
  template <class T>
  Task<Result<T>> edit(const Actor& actor, std::string_view verb, const std::string& id,
                       std::function<Result<void>(T&)> edit);
  // With everything that hangs on it: memberships, an application's service principal.
  Task<Result<void>> remove(const Actor& actor, const std::string& id);

  // On an application or a service principal, by object id.
  Task<Result<NewSecret>> add_secret(const Actor& actor, const std::string& id,
                                     SecretRequest request);
  Task<Result<void>> remove_secret(const Actor& actor, const std::string& id,
                                   const std::string& key_id);
  // Replaces all certificates of the object; each needs `pem`, the rest is read from it.
  Task<Result<void>> set_certificates(const Actor& actor, const std::string& id,
                                      std::vector<CertificateCredential> certificates);
  Task<Result<FederatedCredential>> put_federated(const Actor& actor,
                                                  const std::string& application,
                                                  FederatedCredential credential);
  Task<Result<void>> remove_federated(const Actor& actor, const std::string& application,
                                      const std::string& id_or_name);

 private:
  Task<Result<std::string>> load_tenant();
  void publish(const Changes& changes);
  meta::Activity activity(const Actor& actor, std::string_view verb, const Object* before,
                          const Object* after) const;
  std::string new_id() { return make_uuid(random_); }

  meta::Documents& documents_;
  access::PolicyStore& policy_;
  const access::KeyRing& keys_;
  Passwords& passwords_;
  const Clock& clock_;
  RandomSource& random_;
  const DirectoryOptions options_;
  std::atomic<std::shared_ptr<const State>> state_;
  std::mutex publishing_;  // state_ and policy_ change in the same order
};

// "name" is not in the directory, in Graph's words.
Error unknown_object(std::string_view id);

template <class T>
Task<Result<T>> Directory::edit(const Actor& actor, std::string_view verb, const std::string& id,
                                std::function<Result<void>(T&)> edit) {
  CO_TRY_ASSIGN(const auto after,
                co_await change(actor, verb, [&](const State& state) -> Result<Changes> {
                  const T* found = state.find<T>(id);
                  if (found == nullptr) return fail(unknown_object(id));
                  T next = *found;
                  TRY(edit(next));
                  return Changes{{Object(std::move(next))}, {}};
                }));
  const T* changed = after->template find<T>(id);
  if (changed == nullptr) co_return fail(unknown_object(id));  // removed in the same moment
  co_return *changed;
}

}  // namespace berth::identity
