// The server's certificate and key, loaded from PEM files and replaceable while serving.
//
// TLS 1.2 and 1.3 only, ciphers with forward secrecy and authenticated encryption only, ALPN
// "http/1.1". A connection keeps the context with which it began; reload() changes what new
// connections get (Stream::client_ca_holds tells the old ones). With client authorities sessions
// are not resumed. Safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace berth::net {

struct TlsFiles {
  std::string certificate_chain;  // the server's certificate first, then its issuers
  std::string private_key;        // without a passphrase
  // Authorities whose client certificates are asked for, and taken if one is sent: name → PEM
  // file. A certificate of anybody else ends the handshake.
  std::map<std::string, std::string> client_cas = {};
};

struct TlsSnapshot;  // for Stream::handshake

class TlsContext {
 public:
  using Snapshot = std::shared_ptr<const TlsSnapshot>;

  // Refuses files that cannot be read, do not belong together, or whose certificate is not valid
  // at clock.now(). The Error names the file and the reason. `clock` must outlive the context.
  static Result<std::shared_ptr<TlsContext>> load(TlsFiles files, const Clock& clock);

  // Reads the same files again. On an error what was loaded before stays in use.
  Result<void> reload();

  Snapshot current() const;
  TimePoint expires() const;  // notAfter of the certificate in use

 private:
  TlsContext(TlsFiles files, const Clock& clock);

  const TlsFiles files_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // taken once per connection and per reload
  Snapshot snapshot_;
  TimePoint expires_{};
};

}  // namespace berth::net
