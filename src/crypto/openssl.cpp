#include "crypto/openssl.h"

#include <openssl/pem.h>

namespace berth::crypto {

PKey read_private_key(std::string_view pem) {
  // Without a callback OpenSSL would ask on the terminal for the passphrase of an encrypted key.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  PKey key(::PEM_read_bio_PrivateKey(read_bio(pem).get(), nullptr, no_passphrase, nullptr));
  ::ERR_clear_error();
  return key;
}

std::string private_key_pem(EVP_PKEY* key) {
  const Bio bio = write_bio();
  must(::PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

Result<Certificate> read_x509(std::string_view pem) {
  Certificate certificate(::PEM_read_bio_X509(read_bio(pem).get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    return fail(Error(Code::kInvalidRequest,
                      "This is no certificate; a PEM text that begins with "
                      "-----BEGIN CERTIFICATE----- is needed.")
                    .because(openssl_reason()));
  }
  return certificate;
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const fetched = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
  must(fetched != nullptr);
  return fetched;
}

}  // namespace berth::crypto
