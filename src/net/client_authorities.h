// The authorities whose client certificates a listener takes (TLS client authentication), by the
// names that the operator gave them. A certificate is asked for, not required; one that none of
// them answers for, that has ended or is not for clients ends the handshake. Revocation is not
// looked at. Immutable; safe from any thread. For net/, and for `berth config check` to try files.
#pragma once

#include <openssl/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace berth::net {

class ClientAuthorities {
 public:
  // `files`: name → PEM file with one or more certificates of authorities. The Error names the
  // file and the reason.
  static Result<ClientAuthorities> load(const std::map<std::string, std::string>& files);

  // Makes `context` ask for certificates; without authorities it stays as it is.
  Result<void> apply_to(SSL_CTX* context) const;
  // Whose certificate the client showed in this handshake; empty: it showed none. Where one
  // authority certified another one of them, the nearer to the client.
  std::string name_behind(const SSL* connection) const;
  // When the first certificate between the client and its authority ends.
  static TimePoint ends(const SSL* connection);

 private:
  struct Free {
    void operator()(X509* certificate) const;
  };
  struct Authority {
    std::string name;
    std::unique_ptr<X509, Free> certificate;
  };
  static Result<void> read(const std::string& name, const std::string& file,
                           std::vector<Authority>& into);
  std::vector<Authority> all_;
};

}  // namespace berth::net
