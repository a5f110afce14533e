#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <utility>

#include "net/tls_file.h"
#include "net/tls_snapshot.h"

namespace berth::net {
namespace {

// TLS 1.2; the suites of TLS 1.3 are all good and stay at OpenSSL's default.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

int select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned offered_size, void* /*arg*/) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = ::SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof(kHttp11) - 1,
                                            offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// Any name is taken; what it leads to is decided with the Host header. Saying so makes a resumed
// TLS 1.2 session remember its name, which it would otherwise lose.
int accept_server_name(SSL* /*ssl*/, int* /*alert*/, void* /*arg*/) {
  return SSL_TLSEXT_ERR_OK;
}

void configure(SSL_CTX* context) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_cipher_list(context, kCiphers);
  // A connection that just ends is one that ended: HTTP knows how long a body is.
  ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle connection gives its 34 KiB of record buffers back. A write ends with its record, so
  // that the time limits see each.
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // The head of a record and the rest of it in one call to the socket.
  ::SSL_CTX_set_read_ahead(context, 1);
  ::SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  ::SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
  SSL_CTX_set_tlsext_servername_callback(context, accept_server_name);
}

// Why the last call failed, in OpenSSL's words; leaves no error behind.
std::string reason() {
  const char* const text = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return text != nullptr ? text : "no reason given";
}

// Returns notAfter of the certificate in `context`, or why it is of no use now.
Result<TimePoint> check_validity(const SSL_CTX* context, const TlsFiles& files, TimePoint now) {
  const X509* certificate = ::SSL_CTX_get0_certificate(context);
  const TimePoint from = to_time_point(::X509_get0_notBefore(certificate));
  const TimePoint until = to_time_point(::X509_get0_notAfter(certificate));
  if (now < from) {
    return fail(tls_file_error("certificate", files.certificate_chain,
                               "not valid before " + to_rfc3339(from) + " (is the clock right?)"));
  }
  if (now >= until) {
    return fail(tls_file_error("certificate", files.certificate_chain,
                               "expired at " + to_rfc3339(until) + "; renew it"));
  }
  return until;
}

struct Loaded {
  TlsContext::Snapshot snapshot;
  TimePoint expires;
};

Result<Loaded> load_files(const TlsFiles& files, TimePoint now) {
  TRY(check_readable("certificate", files.certificate_chain));
  TRY(check_readable("private key", files.private_key));
  auto snapshot = std::make_shared<TlsSnapshot>();
  SSL_CTX* const context = snapshot->context.get();
  configure(context);
  ::ERR_clear_error();
  if (::SSL_CTX_use_certificate_chain_file(context, files.certificate_chain.c_str()) != 1) {
    return fail(tls_file_error("certificate", files.certificate_chain,
                               "no usable PEM certificate (" + reason() + ")"));
  }
  const bool key_ok =
      ::SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM) == 1;
  const unsigned long problem = ::ERR_peek_last_error();
  ::ERR_clear_error();
  if (!key_ok && ERR_GET_LIB(problem) == ERR_LIB_X509) {
    return fail(tls_file_error("private key", files.private_key,
                               "does not belong to certificate " + files.certificate_chain));
  }
  if (!key_ok) {
    return fail(
        tls_file_error("private key", files.private_key, "no usable PEM key without a passphrase"));
  }
  TRY_ASSIGN(const TimePoint expires, check_validity(context, files, now));
  TRY_ASSIGN(snapshot->authorities, ClientAuthorities::load(files.client_cas));
  TRY(snapshot->authorities.apply_to(context));
  return Loaded{std::move(snapshot), expires};
}

}  // namespace

TlsContext::TlsContext(TlsFiles files, const Clock& clock)
    : files_(std::move(files)), clock_(clock) {}

Result<std::shared_ptr<TlsContext>> TlsContext::load(TlsFiles files, const Clock& clock) {
  std::shared_ptr<TlsContext> made(new TlsContext(std::move(files), clock));
  TRY(made->reload());
  return made;
}

Result<void> TlsContext::reload() {
  TRY_ASSIGN(Loaded loaded, load_files(files_, clock_.now()));
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(loaded.snapshot);
  expires_ = loaded.expires;
  return {};
}

TlsContext::Snapshot TlsContext::current() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

TimePoint TlsContext::expires() const {
  const std::lock_guard lock(mutex_);
  return expires_;
}

}  // namespace berth::net
