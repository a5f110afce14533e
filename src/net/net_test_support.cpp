#include "net/net_test_support.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

namespace berth::net {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using OutputFile = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

OutputFile create(const std::string& path) {
  return {std::fopen(path.c_str(), "we"), &std::fclose};
}

}  // namespace

void write_certificate(const std::string& certificate_file, const std::string& key_file,
                       const std::string& common_name, std::chrono::seconds lifetime) {
  const Key key(::EVP_EC_gen("P-256"), &::EVP_PKEY_free);
  const Certificate certificate(::X509_new(), &::X509_free);
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -2L * 3600);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), lifetime.count());
  ::X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = ::X509_get_subject_name(certificate.get());
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
  ::X509_set_issuer_name(certificate.get(), name);
  ::X509_sign(certificate.get(), key.get(), ::EVP_sha256());
  ::PEM_write_X509(create(certificate_file).get(), certificate.get());
  ::PEM_write_PrivateKey(create(key_file).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace berth::net
