// What the embedded directory knows: users, groups, applications with their credentials, service
// principals, managed identities. Immutable values; a change makes a new one. Ids are GUIDs in
// lower case. A version is that of the document behind the value, 0 before it was stored.
//
// Secrets are never here: only their keyed hashes (crypto/secrets.h) or Argon2id texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/guid.h"
#include "policy/service_kind.h"

namespace berth::identity {

// Every count and length that a caller chooses is bounded; Graph answers name the bound.
struct Limits {
  static constexpr std::size_t kUsers = 100'000, kGroups = 20'000, kApplications = 50'000,
                               kManagedIdentities = 1'000;
  static constexpr std::size_t kMembers = 10'000;       // of one group
  static constexpr std::size_t kCredentials = 20;       // of each sort, of one object
  static constexpr std::size_t kRedirects = 50;         // of one application
  static constexpr std::size_t kNameBytes = 256;        // display names and the like
  static constexpr std::size_t kTextBytes = 1024;       // descriptions, URIs, subjects
  static constexpr std::size_t kPemBytes = 8UL * 1024;  // one certificate
};

// One client secret. Several may be good at the same time, so that they can be exchanged without a
// gap. `hint` is its first three characters, as the portal shows it.
struct SecretCredential {
  std::string key_id, display_name, hint;
  TimePoint start{}, end{};
  std::string hash;  // access::KeyRing::keyed_hash
};
struct CertificateCredential {
  std::string key_id, display_name, pem;
  std::string thumbprint;  // SHA-1, lower case hex: what x5t names
  TimePoint start{}, end{};
};
// Trust in what another issuer says of one subject (workload identity).
struct FederatedCredential {
  std::string id, name, issuer, subject, description;
  std::vector<std::string> audiences;
};
struct Credentials {
  std::vector<SecretCredential> secrets;
  std::vector<CertificateCredential> certificates;
};

struct Entry {
  std::string id;
  std::string display_name;
  TimePoint created{};
  std::int64_t version = 0;
};

struct User : Entry {
  std::string principal_name;  // name@domain, lower case
  std::string mail;
  bool enabled = true;
  std::string password_hash;  // Argon2id; empty: cannot sign in with a password
  std::string password_id;    // new with each password: the credential id of what it proved
};
struct Group : Entry {
  std::string description;
  std::vector<std::string> members;  // users, groups, service principals, managed identities
};
struct Application : Entry {
  std::string app_id;
  Credentials credentials;
  std::vector<FederatedCredential> federated;
  // Where a browser may be sent with a code. A web redirect needs the application's secret too.
  std::vector<std::string> web_redirects, public_redirects;
  bool public_client = false;  // device code and password without a secret
};
struct ServicePrincipal : Entry {
  std::string app_id;
  bool enabled = true;
  Credentials credentials;  // besides the application's
  policy::ServiceKind service = policy::ServiceKind::kNone;
};
struct ManagedIdentity : Entry {
  std::string client_id;
  bool enabled = true;
  std::optional<std::uint32_t> uid;  // the system user that is this identity on the machine
  std::string system_user;           // its name, for people
  bool imds_default = false;         // answers on the IMDS address, where no peer is known
  std::string binding_id;            // new with each binding: the credential id
  policy::ServiceKind service = policy::ServiceKind::kNone;
};

using Object = std::variant<User, Group, Application, ServicePrincipal, ManagedIdentity>;

// Who changes the directory, for the activity log.
struct Actor {
  std::string id, name, correlation_id, client;
};

// User principal names and GUIDs are compared without case.
using berth::lower;

}  // namespace berth::identity
