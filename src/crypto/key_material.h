// Key material and signatures for jws.h: public numbers in and out of OpenSSL, and the two
// signature algorithms in the byte forms of RFC 7518 §3. Not for other folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/jws.h"
#include "crypto/openssl.h"

namespace berth::crypto {

// The shared secret of both key classes: a key pair, or its public half.
struct VerifyingKey::Impl {
  PKey key;
};

// P-256 or RSA within the accepted sizes; nullopt for every other key.
std::optional<JwsAlgorithm> algorithm_of(const EVP_PKEY* key);

// Unsigned big-endian numbers. Null: not a point of the curve, or no key of that kind.
PKey ec_public_key(std::string_view x, std::string_view y);
PKey rsa_public_key(std::string_view n, std::string_view e);
// A public number of `key` by its OpenSSL name, at least `width` bytes.
std::string public_number(const EVP_PKEY* key, const char* name, std::size_t width = 0);

std::string sign_bytes(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view bytes);
bool verify_bytes(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view bytes,
                  std::string_view signature);

}  // namespace berth::crypto
