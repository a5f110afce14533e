// Berth's own authority: makes certificates, where certificate.cpp reads them (RFC 5280).
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/ascii.h"
#include "crypto/certificate.h"
#include "crypto/openssl.h"

namespace berth::crypto {
namespace {

using Extension = std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>>;
constexpr Seconds kAuthorityLifetime = std::chrono::hours(24 * 3652);
// Clients whose clock is behind accept a fresh certificate, too.
constexpr Seconds kBackdated = std::chrono::hours(1);
constexpr int kSerialBits = 127;
constexpr std::size_t kMaxCommonName = 64;  // RFC 5280, ub-common-name

std::string certificate_pem(X509* certificate) {
  const Bio bio = write_bio();
  must(::PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

void add_extension(X509* certificate, X509V3_CTX& context, int nid, const std::string& value) {
  const Extension extension(::X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension != nullptr && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_time(ASN1_TIME* field, TimePoint time) {
  const auto seconds = std::chrono::floor<Seconds>(time).time_since_epoch().count();
  must(::ASN1_TIME_adj(field, seconds, 0, 0) != nullptr);
}

// Everything but the extensions and the signature. A name too long for a subject leaves it empty.
Certificate begin(EVP_PKEY* key, const std::string& common_name, TimePoint from, TimePoint until) {
  Certificate out(::X509_new());
  const BigNumber serial(::BN_new());
  must(out != nullptr && serial != nullptr && ::X509_set_version(out.get(), X509_VERSION_3) == 1 &&
       ::BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
       ::BN_to_ASN1_INTEGER(serial.get(), ::X509_get_serialNumber(out.get())) != nullptr &&
       ::X509_set_pubkey(out.get(), key) == 1);
  set_time(::X509_getm_notBefore(out.get()), from);
  set_time(::X509_getm_notAfter(out.get()), until);
  if (common_name.size() <= kMaxCommonName) {
    must(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                                      bytes_of(std::string_view(common_name)),
                                      static_cast<int>(common_name.size()), -1, 0) == 1);
  }
  return out;
}

Identity finish(X509* certificate, EVP_PKEY* key, EVP_PKEY* signer) {
  must(::X509_sign(certificate, signer, sha256_algorithm()) > 0);
  return {certificate_pem(certificate), private_key_pem(key)};
}

// X509V3 texts separate by commas; a DNS name is checked, so that none can smuggle one in.
bool plain_dns_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_lower(c) || is_digit(c) || c == '-' || c == '.' || c == '*';
  });
}

Error not_a_name(std::string_view) {
  return {Code::kInvalidRequest,
          "A certificate needs lower-case DNS names, such as registry.example.org."};
}

PKey new_key() {
  PKey key(EVP_EC_gen("P-256"));
  must(key != nullptr);
  return key;
}

}  // namespace

Result<Identity> make_authority(std::string_view domain, TimePoint now) {
  if (!plain_dns_name(domain)) return fail(not_a_name(domain));
  const PKey key = new_key();
  std::string name = fmt::format("Berth authority for {}", domain);
  if (name.size() > kMaxCommonName) name = "Berth authority";
  const Certificate certificate =
      begin(key.get(), name, now - kBackdated, now + kAuthorityLifetime);
  X509* const x509 = certificate.get();
  must(::X509_set_issuer_name(x509, ::X509_get_subject_name(x509)) == 1);
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  add_extension(x509, context, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(x509, context, NID_key_usage, "critical,keyCertSign,cRLSign");
  // The DNS constraint says nothing about addresses and mail names: the first are excluded, the
  // second (and code) the key usage rules out.
  add_extension(x509, context, NID_name_constraints,
                fmt::format("critical,permitted;DNS:{},excluded;IP:0.0.0.0/0.0.0.0,"
                            "excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0",
                            domain));
  add_extension(x509, context, NID_ext_key_usage, "serverAuth");
  add_extension(x509, context, NID_subject_key_identifier, "hash");
  return finish(x509, key.get(), key.get());
}

Result<Identity> issue_certificate(const Identity& authority, const std::vector<std::string>& names,
                                   TimePoint now, Seconds lifetime) {
  if (names.empty() || !std::ranges::all_of(names, plain_dns_name)) return fail(not_a_name(""));
  TRY_ASSIGN(const Certificate issuer, read_x509(authority.certificate));
  const PKey signer = read_private_key(authority.key);
  if (!key_belongs(authority)) {
    return fail(Code::kInvalidRequest, "The authority's key does not belong to its certificate.");
  }
  TRY_ASSIGN(const CertificateInfo limits, read_certificate(authority.certificate));
  const PKey key = new_key();
  // A certificate that outlives its authority would only look valid.
  const Certificate certificate =
      begin(key.get(), names[0], std::max(now - kBackdated, limits.not_before),
            std::min<TimePoint>(now + lifetime, limits.not_after));
  X509* const x509 = certificate.get();
  must(::X509_set_issuer_name(x509, ::X509_get_subject_name(issuer.get())) == 1);
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, issuer.get(), x509, nullptr, nullptr, 0);
  add_extension(x509, context, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, context, NID_key_usage, "critical,digitalSignature");
  add_extension(x509, context, NID_ext_key_usage, "serverAuth");
  const bool nameless = names[0].size() > kMaxCommonName;  // RFC 5280 §4.2.1.6
  add_extension(x509, context, NID_subject_alt_name,
                fmt::format("{}DNS:{}", nameless ? "critical," : "", fmt::join(names, ",DNS:")));
  add_extension(x509, context, NID_subject_key_identifier, "hash");
  add_extension(x509, context, NID_authority_key_identifier, "keyid:always");
  Identity out = finish(x509, key.get(), signer.get());
  // The authority's constraints are enforced by clients: what they would refuse is found here,
  // where it can be said.
  TRY(check_issued(out.certificate, authority.certificate, now));
  return out;
}

}  // namespace berth::crypto
