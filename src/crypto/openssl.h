// What the OpenSSL users of this folder share: owners of its handles, texts through its BIOs. Not
// for other folders.
//
// A call that can only fail for want of memory or randomness goes through must(), which throws as
// an allocation does; everything that depends on input is a Result.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::crypto {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using PKey = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<&BIO_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;

inline void must(bool ok) {
  if (!ok) throw std::bad_alloc();
}

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

inline Bio read_bio(std::string_view text) {
  Bio bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  must(bio != nullptr);
  return bio;
}
inline Bio write_bio() {
  Bio bio(::BIO_new(::BIO_s_mem()));
  must(bio != nullptr);
  return bio;
}
inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// The last error's text, for Error::cause; empties the queue, which belongs to the thread.
inline std::string openssl_reason() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  std::string out = reason != nullptr ? reason : "no reason given";
  ::ERR_clear_error();
  return out;
}

// A PEM private key without a passphrase; null where there is none.
PKey read_private_key(std::string_view pem);
std::string private_key_pem(EVP_PKEY* key);  // PKCS #8
// The first certificate of the text.
Result<Certificate> read_x509(std::string_view pem);

// Fetched once: OpenSSL 3 looks an algorithm up by name otherwise on every use.
const EVP_MD* sha256_algorithm();

}  // namespace berth::crypto
