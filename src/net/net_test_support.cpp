#include "net/net_test_support.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <memory>

namespace berth::net {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using OutputFile = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

OutputFile open(const std::string& path, const char* mode) {
  return {std::fopen(path.c_str(), mode), &std::fclose};
}

void extend(X509* certificate, int what, const std::string& value) {
  X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  ::X509_add_ext(certificate, extension, -1);
  ::X509_EXTENSION_free(extension);
}

Certificate describe(const CertificateWish& wish, EVP_PKEY* key) {
  static std::atomic<long> serial{1};
  Certificate certificate(::X509_new(), &::X509_free);
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), serial++);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -2L * 3600);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), wish.lifetime.count());
  ::X509_set_pubkey(certificate.get(), key);
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1,
                               -1, 0);
  if (wish.authority) extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!wish.purpose.empty()) extend(certificate.get(), NID_ext_key_usage, wish.purpose);
  return certificate;
}

}  // namespace

void issue_certificate(const PemFiles& files, const CertificateWish& wish, const PemFiles& issuer) {
  const Key key(::EVP_EC_gen("P-256"), &::EVP_PKEY_free);
  const Certificate certificate = describe(wish, key.get());
  if (issuer.key.empty()) {
    ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(certificate.get()));
    ::X509_sign(certificate.get(), key.get(), ::EVP_sha256());
  } else {
    const Certificate above(
        ::PEM_read_X509(open(issuer.certificate, "re").get(), nullptr, nullptr, nullptr),
        &::X509_free);
    const Key signer(::PEM_read_PrivateKey(open(issuer.key, "re").get(), nullptr, nullptr, nullptr),
                     &::EVP_PKEY_free);
    ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(above.get()));
    ::X509_sign(certificate.get(), signer.get(), ::EVP_sha256());
  }
  ::PEM_write_X509(open(files.certificate, "we").get(), certificate.get());
  ::PEM_write_PrivateKey(open(files.key, "we").get(), key.get(), nullptr, nullptr, 0, nullptr,
                         nullptr);
}

void write_certificate(const std::string& certificate_file, const std::string& key_file,
                       const std::string& common_name, std::chrono::seconds lifetime) {
  issue_certificate({certificate_file, key_file}, {common_name, lifetime});
}

}  // namespace berth::net
