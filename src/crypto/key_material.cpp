#include "crypto/key_material.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/secrets.h"

namespace berth::crypto {
namespace {

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<&OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<&OSSL_PARAM_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<&ECDSA_SIG_free>>;

constexpr std::size_t kCoordinate = 32;  // bytes of a P-256 number
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr std::size_t kMaxExponent = 8;  // bytes; a longer one is only there to make us slow

BigNumber number_of(std::string_view bytes) {
  BigNumber out(::BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
  must(out != nullptr);
  return out;
}

PKey key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(::OSSL_PARAM_BLD_to_param(builder));
  const PKeyContext context(::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  must(params != nullptr && context != nullptr && ::EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get());
  ::ERR_clear_error();
  return PKey(key);
}

// ECDSA signatures are DER to OpenSSL and r ‖ s to JWS.
std::string der_from_raw(std::string_view raw) {
  const EcSignature parts(::ECDSA_SIG_new());
  BigNumber r = number_of(raw.substr(0, kCoordinate));
  BigNumber s = number_of(raw.substr(kCoordinate));
  must(parts != nullptr && ::ECDSA_SIG_set0(parts.get(), r.release(), s.release()) == 1);
  unsigned char* der = nullptr;
  const int size = ::i2d_ECDSA_SIG(parts.get(), &der);
  must(size > 0);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  ::OPENSSL_free(der);
  return out;
}

std::string raw_from_der(std::string_view der) {
  const unsigned char* at = bytes_of(der);
  const EcSignature parts(::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  must(parts != nullptr);
  std::string out(2 * kCoordinate, '\0');
  constexpr int kSize = kCoordinate;
  must(::BN_bn2binpad(::ECDSA_SIG_get0_r(parts.get()), bytes_of(out), kSize) == kSize &&
       ::BN_bn2binpad(::ECDSA_SIG_get0_s(parts.get()), bytes_of(out) + kSize, kSize) == kSize);
  return out;
}

// A context that has been begun by `begin` and, for RSA, told the padding.
template <class Begin>
PKeyContext context_for(EVP_PKEY* key, JwsAlgorithm algorithm, Begin begin) {
  PKeyContext context(::EVP_PKEY_CTX_new(key, nullptr));
  must(context != nullptr && begin(context.get()) == 1);
  if (algorithm == JwsAlgorithm::kRs256) {
    must(::EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         ::EVP_PKEY_CTX_set_signature_md(context.get(), sha256_algorithm()) == 1);
  }
  return context;
}

}  // namespace

std::optional<JwsAlgorithm> algorithm_of(const EVP_PKEY* key) {
  if (::EVP_PKEY_is_a(key, "RSA") == 1) {
    const int bits = ::EVP_PKEY_get_bits(key);
    return bits >= kMinRsaBits && bits <= kMaxRsaBits ? std::optional(JwsAlgorithm::kRs256)
                                                      : std::nullopt;
  }
  std::array<char, 32> group{};
  std::size_t size = 0;
  if (::EVP_PKEY_is_a(key, "EC") != 1 ||
      ::EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1 ||
      std::string_view(group.data(), size) != SN_X9_62_prime256v1) {
    return std::nullopt;
  }
  return JwsAlgorithm::kEs256;
}

PKey ec_public_key(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinate || y.size() != kCoordinate) return nullptr;
  const std::string point = std::string(1, POINT_CONVERSION_UNCOMPRESSED).append(x).append(y);
  const ParamBuilder builder(::OSSL_PARAM_BLD_new());
  must(builder != nullptr &&
       ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                         SN_X9_62_prime256v1, 0) == 1 &&
       ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size()) == 1);
  return key_from("EC", builder.get());
}

PKey rsa_public_key(std::string_view n, std::string_view e) {
  if (n.empty() || n.size() > kMaxRsaBits / 8 || e.empty() || e.size() > kMaxExponent) {
    return nullptr;
  }
  const BigNumber modulus = number_of(n);
  const BigNumber exponent = number_of(e);
  // With e = 1 a signature is its own message: anybody could make one.
  if (::BN_is_odd(modulus.get()) != 1 || ::BN_is_odd(exponent.get()) != 1 ||
      ::BN_is_one(exponent.get()) == 1) {
    return nullptr;
  }
  const ParamBuilder builder(::OSSL_PARAM_BLD_new());
  must(builder != nullptr &&
       ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
       ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
  return key_from("RSA", builder.get());
}

std::string public_number(const EVP_PKEY* key, const char* name, std::size_t width) {
  BIGNUM* read = nullptr;
  must(::EVP_PKEY_get_bn_param(key, name, &read) == 1);
  const BigNumber number(read);
  std::string out(std::max<std::size_t>(width, BN_num_bytes(number.get())), '\0');
  must(::BN_bn2binpad(number.get(), bytes_of(out), static_cast<int>(out.size())) >= 0);
  return out;
}

std::string sign_bytes(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view bytes) {
  const PKeyContext context = context_for(key, algorithm, &::EVP_PKEY_sign_init);
  const std::string hash = sha256(bytes);
  std::string out(static_cast<std::size_t>(::EVP_PKEY_get_size(key)), '\0');
  std::size_t size = out.size();
  must(::EVP_PKEY_sign(context.get(), bytes_of(out), &size, bytes_of(hash), hash.size()) == 1);
  out.resize(size);
  return algorithm == JwsAlgorithm::kEs256 ? raw_from_der(out) : out;
}

bool verify_bytes(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view bytes,
                  std::string_view signature) {
  if (algorithm == JwsAlgorithm::kEs256 && signature.size() != 2 * kCoordinate) return false;
  const std::string given =
      algorithm == JwsAlgorithm::kEs256 ? der_from_raw(signature) : std::string(signature);
  const PKeyContext context = context_for(key, algorithm, &::EVP_PKEY_verify_init);
  const std::string hash = sha256(bytes);
  const bool good = ::EVP_PKEY_verify(context.get(), bytes_of(given), given.size(), bytes_of(hash),
                                      hash.size()) == 1;
  ::ERR_clear_error();
  return good;
}

}  // namespace berth::crypto
