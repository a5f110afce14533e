// External OpenID issuers that this server trusts: a JSON file of the operator, read once at start.
//
//   {"issuers": [{
//     "name": "ci",                       // in logs: a-z, 0-9, '-'
//     "issuer": "https://ci.example",     // exactly the `iss` of its tokens
//     "audiences": ["berth"],             // tokens for these sign in; [] : federated credentials
//                                         // of applications only
//     "discovery": true,                  // or "jwks_uri": "https://…", or "jwks_file": "/…"
//     "ca_file": "/etc/ca.pem",           // for a private authority; optional
//     "principal_claim": "sub",           // optional
//     "subject_map": "external",          // or "user": the claim is a user principal name,
//                                         // or {"<claim value>": "<user principal name>"}
//     "groups_claim": "groups",           // optional
//     "groups": {"devs": "<group id or display name>"}}]}
//
// Errors name the file, the issuer and what would be right. Pure but for read_issuers().
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::identity {

struct IssuerConfig {
  enum class Keys { kDiscovery, kUri, kFile };
  enum class Subjects { kExternal, kUser, kMap };

  std::string name, issuer;
  std::vector<std::string> audiences;
  Keys keys = Keys::kDiscovery;
  std::string location;  // of the keys: a URL or a path
  std::string ca_file;
  std::string principal_claim = "sub";
  Subjects subjects = Subjects::kExternal;
  std::map<std::string, std::string, std::less<>> subject_map;
  std::string groups_claim;
  std::map<std::string, std::string, std::less<>> groups;

  bool maps_users() const { return subjects != Subjects::kExternal; }
};

// `file` only names the text in errors.
Result<std::vector<IssuerConfig>> parse_issuers(std::string_view text, std::string_view file);
Result<std::vector<IssuerConfig>> read_issuers(const std::string& file);
// For DirectoryOptions::user_issuers.
std::vector<std::string> user_issuers(const std::vector<IssuerConfig>& issuers);

// A small file, whole; kInvalidRequest naming it.
Result<std::string> read_small_file(const std::string& path, std::size_t most);

}  // namespace berth::identity
