// X.509: reading what Berth is given, and Berth's own certificate authority. Texts are PEM.
// Values; safe from any thread. No I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace berth::crypto {

struct CertificateInfo {
  std::string subject, issuer;  // RFC 2253 text
  std::vector<std::string> dns_names;
  std::vector<std::string> permitted_dns_names;  // of an authority's name constraints
  TimePoint not_before{}, not_after{};
  std::string sha1_thumbprint;    // lower case hex; Azure's customKeyIdentifier and x5t
  std::string sha256_thumbprint;  // lower case hex
  bool is_authority = false;
};
// The first certificate of the text.
Result<CertificateInfo> read_certificate(std::string_view pem);

// A certificate and its private key (PKCS #8).
struct Identity {
  std::string certificate, key;
};

// EC P-256, ten years, CA:TRUE with path length 0; its name constraints permit only `domain` and
// what lies below it, so that trusting this CA trusts it for nothing else.
Result<Identity> make_authority(std::string_view domain, TimePoint now);
// EC P-256 server certificate for these DNS names, signed by `authority`; the chain is one
// certificate. Apple and others refuse more than 398 days.
inline constexpr Seconds kLeafLifetime = std::chrono::hours(24 * 397);
Result<Identity> issue_certificate(const Identity& authority,
                                   const std::vector<std::string>& dns_names, TimePoint now,
                                   Seconds lifetime = kLeafLifetime);

// Whether the private key is the certificate's.
bool key_belongs(const Identity& identity);
// kInvalidRequest, with the reason in `cause`, unless a client that trusts `authority` and nothing
// else accepts the server certificate at `now`. Names are not compared with a host.
Result<void> check_issued(std::string_view certificate, std::string_view authority, TimePoint now);

}  // namespace berth::crypto
