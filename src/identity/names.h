// The names of this server's faces as tokens and clients see them, and which audiences a token may
// be asked for. Values; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/snapshot.h"

namespace berth::identity {

inline constexpr std::string_view kRegistryAudience = "https://containerregistry.azure.net";
// The public client id of the Azure CLI, built in.
inline constexpr std::string_view kAzureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

class Names {
 public:
  // `domain` empty stands for "localhost".
  explicit Names(std::string domain, unsigned https_port = 443);

  const std::string& domain() const { return domain_; }
  std::string face(std::string_view label) const;  // "https://login.berth.test[:port]"
  std::string login() const { return face("login"); }
  std::string management() const { return face("management"); }
  std::string graph() const { return face("graph"); }
  std::string issuer(std::string_view tenant) const;

  // First part of a login path: adfs, common, organizations, the tenant's GUID or its domain.
  // kInvalidRequest-like STS errors for anything else are the caller's (sts_error.h).
  bool is_tenant(std::string_view segment, std::string_view tenant) const;
  // What an assertion for this server may name as its audience: its token endpoints and issuer.
  std::vector<std::string> token_endpoints(std::string_view tenant) const;

  // The audience, without a slash at the end, that a resource identifier asks for; empty when this
  // directory issues no tokens for it. A registry must exist.
  std::string audience(std::string_view resource, const policy::Snapshot& policy) const;

 private:
  std::string domain_;
  std::string port_;  // ":8443", empty for 443
};

std::string without_end_slash(std::string_view text);

}  // namespace berth::identity
