#include "net/client_authorities.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "net/tls_file.h"

namespace berth::net {
namespace {

constexpr std::string_view kWhat = "client authority";

// X509_check_ca: 1 is a certificate of version 3 that says it is an authority's.
constexpr int kAuthority = 1;

}  // namespace

void ClientAuthorities::Free::operator()(X509* certificate) const {
  ::X509_free(certificate);
}

Result<void> ClientAuthorities::read(const std::string& name, const std::string& file,
                                     std::vector<Authority>& into) {
  TRY(check_readable(kWhat, file));
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(::BIO_new_file(file.c_str(), "r"),
                                                        &::BIO_free);
  const std::size_t before = into.size();
  ::ERR_clear_error();
  while (X509* certificate = ::PEM_read_bio_X509(input.get(), nullptr, no_passphrase, nullptr)) {
    into.push_back({name, {certificate, Free{}}});
    if (::X509_check_ca(certificate) != kAuthority) {
      return fail(tls_file_error(kWhat, file, "holds a certificate that is no authority's"));
    }
  }
  // The end of the file is an error, too; what else there is says that something was cut off.
  const unsigned long reason = ::ERR_peek_last_error();
  ::ERR_clear_error();
  const bool at_end = ERR_GET_REASON(reason) == PEM_R_NO_START_LINE;
  if (into.size() > before && at_end) return {};
  return fail(tls_file_error(kWhat, file, "no usable PEM certificate"));
}

Result<ClientAuthorities> ClientAuthorities::load(const std::map<std::string, std::string>& files) {
  ClientAuthorities result;
  for (const auto& [name, file] : files) TRY(read(name, file, result.all_));
  for (auto a = result.all_.begin(); a != result.all_.end(); ++a) {
    const auto same = std::find_if(result.all_.begin(), a, [&](const Authority& b) {
      return ::X509_cmp(a->certificate.get(), b.certificate.get()) == 0;
    });
    if (same == a || same->name == a->name) continue;
    return fail(tls_file_error(
        kWhat, files.at(a->name),
        "the same certificate as that of " + same->name + "; one authority can have one name"));
  }
  return result;
}

Result<void> ClientAuthorities::apply_to(SSL_CTX* context) const {
  if (all_.empty()) return {};
  X509_STORE* store = ::SSL_CTX_get_cert_store(context);
  bool good = ::X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
  for (const Authority& authority : all_) {
    good = good && ::X509_STORE_add_cert(store, authority.certificate.get()) == 1 &&
           ::SSL_CTX_add_client_CA(context, authority.certificate.get()) == 1;
  }
  good = good && ::SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1;
  if (!good) return fail(Code::kInternal, "The client authorities cannot be put in use.");
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // A resumed connection has no verified chain, and would outlive a change of the authorities.
  ::SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  ::SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return {};
}

std::string ClientAuthorities::name_behind(const SSL* connection) const {
  const STACK_OF(X509)* chain = ::SSL_get0_verified_chain(connection);
  if (chain == nullptr || ::SSL_get_verify_result(connection) != X509_V_OK) return {};
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* link = sk_X509_value(chain, i);
    for (const Authority& authority : all_) {
      if (::X509_cmp(link, authority.certificate.get()) == 0) return authority.name;
    }
  }
  return {};
}

TimePoint ClientAuthorities::ends(const SSL* connection) {
  const STACK_OF(X509)* chain = ::SSL_get0_verified_chain(connection);
  TimePoint first = chain == nullptr ? TimePoint::min() : TimePoint::max();
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    first = std::min(first, to_time_point(::X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return first;
}

}  // namespace berth::net
