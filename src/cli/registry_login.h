// From what people call a registry to a refresh token for it: over the socket, or in exchange for
// the token of a stored login. Blocking. az-acr-wire §2.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "cli/api_client.h"

namespace berth::cli {

// The user name that says: the password is a token.
inline constexpr const char* kTokenUser = "00000000-0000-0000-0000-000000000000";

struct Place {
  std::string server;    // as clients name it: "localhost:5000", "team1.example.com"
  std::string registry;  // "default", "team1"
};
// "team1", "team1.example.com", "localhost:5000", with or without a scheme; empty: the server's
// default registry. kResourceUnknown, with a hint, for what is not a registry of this server.
Result<Place> place_of(const ApiClient& api, const std::string& typed);

struct RegistryToken {
  std::string secret;
  std::int64_t expires_in = 0;  // seconds
};
Result<RegistryToken> registry_token(ApiClient& api, const Place& place);

// POST /oauth2/exchange at the registry `server`, with a directory's token.
Result<RegistryToken> exchange(const std::string& server, const std::string& tenant,
                               const std::string& access_token, const std::string& ca_file);

// Whether the registry takes this user name and password.
Result<void> try_password(const std::string& server, const std::string& username,
                          const std::string& password, const std::string& ca_file);

}  // namespace berth::cli
