// Who may come in, and how: keys, directory, OAuth, registry tokens. Built after the metadata store
// is open, loaded before the first listener; declared in the order in which they need each other.
#pragma once

#include <vector>

#include "access/authenticator.h"
#include "access/data_link.h"
#include "access/gate.h"
#include "access/key_ring.h"
#include "access/policy_store.h"
#include "access/throttle.h"
#include "access/token_service.h"
#include "identity/client_auth.h"
#include "identity/directory.h"
#include "identity/external_tokens.h"
#include "identity/grants.h"
#include "identity/issuers_config.h"
#include "identity/login.h"
#include "identity/managed_identity.h"
#include "identity/sign_in_requests.h"
#include "identity/token_issuer.h"
#include "identity/user_grants.h"
#include "meta/documents.h"

namespace berth::server {

struct PeopleParts {
  meta::Documents& documents;
  access::PolicyStore& policy;
  BlockingPool& hashing;  // Passwords::kThreads threads
  BlockingPool& remote;   // fetches keys of external issuers
  const Clock& clock;
  RandomSource& random;
  Logger& log;
};

struct People {
  People(const PeopleParts& parts, const std::string& domain, unsigned https_port,
         std::vector<identity::IssuerConfig> issuers);
  // Keys first: nothing can be checked without them.
  Task<Result<void>> load();
  // "User", "Group", "ServicePrincipal" or "" for an object id.
  std::string principal_type(const std::string& object_id) const;
  // The user principal name of a user, the display name of the others; "" for no object.
  std::string principal_name(const std::string& object_id) const;
  // By object id, user principal name, client id, or display name if one service principal or
  // managed identity has it; with a credential that is good, if there is one. kInvalidRequest for
  // anybody else, saying why.
  Result<policy::Principal> find_principal(const std::string& text) const;

  access::PolicyStore& policy;
  access::KeyRing keys;
  access::DataLinks data_links;
  access::Throttle throttle;
  access::TokenService tokens;
  identity::Passwords passwords;
  identity::Directory directory;
  identity::Names names;
  identity::TokenIssuer issuer;
  identity::ExternalIssuers external;
  identity::UserGrants user_grants;
  identity::ClientAuth clients;
  identity::DeviceCodes devices;
  identity::AuthorizationCodes codes;
  identity::Grants grants;
  identity::ManagedIdentities machine_identities;
  identity::DirectorySignIn login;
  access::Authenticator authenticator;
};

}  // namespace berth::server
