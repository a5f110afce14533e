// `--tls auto`: Berth's own authority and the server's certificate, kept in <data>/tls.
//
// The authority is made once for each domain, and clients are told to trust it; its name
// constraints let it vouch for nothing else. The server's certificate is issued anew when the
// domain or region has changed, when it is damaged, and in the last third of its life.
//
// Blocks on files: call it from a blocking pool once the loops run. renew_if_due() by one caller at
// a time; the rest is immutable and safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/tls_context.h"

namespace berth::server {

class Certificates {
 public:
  // Reads what is there and makes what is missing. `clock` must outlive the object. Errors name the
  // file and the remedy.
  static Result<Certificates> open(const std::string& data_directory, const std::string& domain,
                                   const std::string& region, const Clock& clock);

  net::TlsFiles files() const;
  // True: files() are new, call TlsContext::reload().
  Result<bool> renew_if_due();

  const std::string& authority_pem() const { return authority_; }
  // open() made the authority: no client trusts it yet.
  bool authority_is_new() const { return authority_is_new_; }

 private:
  Certificates(std::string folder, const std::string& domain, const std::string& region,
               const Clock& clock);
  std::string file(std::string_view name) const;
  Result<void> open_authority(const std::string& domain);
  Result<void> make_new_authority(const std::string& domain);
  Result<bool> due() const;

  std::string folder_;
  std::vector<std::string> names_;  // of the certificate
  const Clock* clock_;
  std::string authority_;
  bool authority_is_new_ = false;
};

}  // namespace berth::server
