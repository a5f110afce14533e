#include "crypto/secrets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>

#include "crypto/openssl.h"

namespace berth::crypto {
namespace {

constexpr std::size_t kHashSize = 32;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// Bytes from here on would make the first letters of the alphabet likelier than the others.
constexpr unsigned kFairBytes = 256 / kAlphabet.size() * kAlphabet.size();

using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<&EVP_MAC_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>>;

// HMAC-SHA-256 without a key yet: copied for each use, so that nothing is looked up by name then.
const MacContext& prepared_hmac() {
  static const MacContext prepared = [] {
    EVP_MAC* mac = ::EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    must(mac != nullptr);
    MacContext context(::EVP_MAC_CTX_new(mac));
    ::EVP_MAC_free(mac);
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 2> params = {
        ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        ::OSSL_PARAM_construct_end()};
    must(context != nullptr && ::EVP_MAC_CTX_set_params(context.get(), params.data()) == 1);
    return context;
  }();
  return prepared;
}

// Takes letters from `bytes` until `out` has `length` of them.
void append_letters(std::string& out, std::string_view bytes, std::size_t length) {
  for (const char c : bytes) {
    const unsigned value = static_cast<unsigned char>(c);
    if (out.size() < length && value < kFairBytes) out += kAlphabet[value % kAlphabet.size()];
  }
}

}  // namespace

std::string sha256(std::string_view bytes) {
  // Made once for each thread: to make one costs as much as to hash a token's signature.
  static thread_local const DigestContext context(::EVP_MD_CTX_new());
  std::string out(kHashSize, '\0');
  must(context != nullptr && ::EVP_DigestInit_ex(context.get(), sha256_algorithm(), nullptr) == 1 &&
       ::EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
       ::EVP_DigestFinal_ex(context.get(), bytes_of(out), nullptr) == 1);
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  const MacContext context(::EVP_MAC_CTX_dup(prepared_hmac().get()));
  std::string out(kHashSize, '\0');
  std::size_t size = 0;
  // A null key would mean "the key of before", hence a pointer also for the empty one.
  const std::string_view given = key.data() != nullptr ? key : "";
  must(context != nullptr &&
       ::EVP_MAC_init(context.get(), bytes_of(given), given.size(), nullptr) == 1 &&
       ::EVP_MAC_update(context.get(), bytes_of(message), message.size()) == 1 &&
       ::EVP_MAC_final(context.get(), bytes_of(out), &size, out.size()) == 1);
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(RandomSource& random, std::size_t count) {
  std::string out(count, '\0');
  random.fill(std::as_writable_bytes(std::span(out)));
  return out;
}

std::string make_secret(RandomSource& random, std::size_t length) {
  std::string out;
  while (out.size() < length) append_letters(out, random_bytes(random, length), length);
  return out;
}

// The blocks of the stream are HMAC(key, counter ‖ message); the counter has a fixed width, so no
// two pairs share an input.
std::string derive_secret(std::string_view key, std::string_view message, std::size_t length) {
  std::string out;
  for (std::uint32_t block = 0; out.size() < length; ++block) {
    std::string input;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) input += static_cast<char>(block >> shift);
    append_letters(out, hmac_sha256(key, input.append(message)), length);
  }
  return out;
}

}  // namespace berth::crypto
