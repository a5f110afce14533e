#include "crypto/certificate.h"

#include <openssl/x509_vfy.h>

#include <ctime>

#include "crypto/encoding.h"
#include "crypto/openssl.h"

namespace berth::crypto {
namespace {

using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;
using NameConstraints = std::unique_ptr<NAME_CONSTRAINTS, Freed<&NAME_CONSTRAINTS_free>>;

using Store = std::unique_ptr<X509_STORE, Freed<&X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<&X509_STORE_CTX_free>>;

std::string name_text(const X509_NAME* name) {
  const Bio bio = write_bio();
  must(::X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) >= 0);
  return text_of(bio.get());
}

TimePoint time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return TimePoint{};
  return TimePoint{std::chrono::seconds{::timegm(&parts)}};
}

std::string thumbprint(const X509* certificate, const EVP_MD* algorithm) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  must(::X509_digest(certificate, algorithm, bytes_of(digest), &size) == 1);
  digest.resize(size);
  return hex(digest);
}

void append_dns_name(std::vector<std::string>& out, const GENERAL_NAME* name) {
  if (name->type != GEN_DNS) return;
  const ASN1_IA5STRING* text = name->d.dNSName;
  out.emplace_back(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(::ASN1_STRING_length(text)));
}

std::vector<std::string> dns_names(const X509* certificate) {
  std::vector<std::string> out;
  const GeneralNames names(static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    append_dns_name(out, sk_GENERAL_NAME_value(names.get(), i));
  }
  return out;
}

std::vector<std::string> permitted_dns_names(const X509* certificate) {
  std::vector<std::string> out;
  const NameConstraints constraints(static_cast<NAME_CONSTRAINTS*>(
      ::X509_get_ext_d2i(certificate, NID_name_constraints, nullptr, nullptr)));
  for (int i = 0; constraints && i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); ++i) {
    append_dns_name(out, sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base);
  }
  return out;
}

}  // namespace

Result<CertificateInfo> read_certificate(std::string_view pem) {
  TRY_ASSIGN(const Certificate certificate, read_x509(pem));
  X509* const x509 = certificate.get();
  CertificateInfo out;
  out.subject = name_text(::X509_get_subject_name(x509));
  out.issuer = name_text(::X509_get_issuer_name(x509));
  out.dns_names = dns_names(x509);
  out.permitted_dns_names = permitted_dns_names(x509);
  out.not_before = time_of(::X509_get0_notBefore(x509));
  out.not_after = time_of(::X509_get0_notAfter(x509));
  out.sha1_thumbprint = thumbprint(x509, ::EVP_sha1());
  out.sha256_thumbprint = thumbprint(x509, sha256_algorithm());
  out.is_authority = (::X509_get_extension_flags(x509) & EXFLAG_CA) != 0;
  ::ERR_clear_error();
  return out;
}

bool key_belongs(const Identity& identity) {
  const auto certificate = read_x509(identity.certificate);
  const PKey key = read_private_key(identity.key);
  const bool good =
      certificate && key && ::X509_check_private_key(certificate->get(), key.get()) == 1;
  ::ERR_clear_error();
  return good;
}

Result<void> check_issued(std::string_view certificate, std::string_view authority, TimePoint now) {
  TRY_ASSIGN(const Certificate leaf, read_x509(certificate));
  TRY_ASSIGN(const Certificate root, read_x509(authority));
  const Store store(::X509_STORE_new());
  const StoreContext context(::X509_STORE_CTX_new());
  must(store != nullptr && context != nullptr &&
       ::X509_STORE_add_cert(store.get(), root.get()) == 1 &&
       ::X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr) == 1);
  X509_VERIFY_PARAM* const param = ::X509_STORE_CTX_get0_param(context.get());
  ::X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  ::X509_VERIFY_PARAM_set_time(param, std::chrono::floor<Seconds>(now).time_since_epoch().count());
  const bool good = ::X509_verify_cert(context.get()) == 1;
  ::ERR_clear_error();
  if (good) return {};
  return fail(
      Error(Code::kInvalidRequest,
            "The authority cannot vouch for this certificate: it is for other names, of "
            "another authority, or its time is over.")
          .because(::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(context.get()))));
}

}  // namespace berth::crypto
