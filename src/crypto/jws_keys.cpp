// VerifyingKey and SigningKey: JSON Web Keys (RFC 7517, RFC 7518 §6), PEM, thumbprints (RFC 7638).
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "crypto/encoding.h"
#include "crypto/key_material.h"
#include "crypto/secrets.h"
#include "oci/manifest_json.h"

namespace berth::crypto {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxJwksBytes = 256UL * 1024;
constexpr std::size_t kMaxDepth = 8;
constexpr int kNewRsaBits = 2048;
constexpr std::size_t kCoordinate = 32;

// Where the private numbers of all key types would be (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
constexpr auto kPrivateMembers =
    std::to_array<std::string_view>({"d", "p", "q", "dp", "dq", "qi", "oth", "k"});

Error bad_key(std::string_view what) {
  return {Code::kInvalidRequest, fmt::format("This is no usable JSON Web Key: {}.", what)};
}

// The member's text; empty when it is absent or no string.
std::string_view text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

Result<json::object> read_object(std::string_view text) {
  if (text.size() > kMaxJwksBytes) {
    return fail(bad_key(fmt::format("it is longer than {} bytes", kMaxJwksBytes)));
  }
  auto parsed = oci::parse_manifest_json(text, kMaxDepth);
  if (!parsed) return fail(bad_key("it is not valid JSON").because(parsed.error().message));
  if (!parsed->is_object()) return fail(bad_key("a JSON object is needed"));
  return json::object(std::move(parsed->get_object()));
}

PKey read_numbers(const json::object& jwk) {
  const auto number = [&](std::string_view name) {
    return from_base64url(text_at(jwk, name)).value_or("");
  };
  const std::string_view type = text_at(jwk, "kty");
  if (type == "EC" && text_at(jwk, "crv") == "P-256") {
    return ec_public_key(number("x"), number("y"));
  }
  return type == "RSA" ? rsa_public_key(number("n"), number("e")) : nullptr;
}

// For encryption, or for another algorithm than its type stands for here.
bool meant_for_else(const json::object& jwk, JwsAlgorithm algorithm) {
  const auto differs = [&](std::string_view name, std::string_view wanted) {
    return jwk.contains(name) && text_at(jwk, name) != wanted;
  };
  return differs("use", "sig") || differs("alg", jws_name(algorithm));
}

// The members that RFC 7638 hashes, in its order, which is the alphabet's.
json::object required_members(const EVP_PKEY* key, JwsAlgorithm algorithm) {
  const auto number = [&](const char* name, std::size_t width = 0) {
    return base64url(public_number(key, name, width));
  };
  if (algorithm == JwsAlgorithm::kEs256) {
    return {{"crv", "P-256"},
            {"kty", "EC"},
            {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, kCoordinate)},
            {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinate)}};
  }
  return {
      {"e", number(OSSL_PKEY_PARAM_RSA_E)}, {"kty", "RSA"}, {"n", number(OSSL_PKEY_PARAM_RSA_N)}};
}

std::string thumbprint(const EVP_PKEY* key, JwsAlgorithm algorithm) {
  return base64url(sha256(json::serialize(required_members(key, algorithm))));
}

// A public key of one JWK, with the issuer's name for it.
struct NamedKey {
  PKey key;
  std::string kid;
};

Result<NamedKey> read_jwk(const json::object& jwk) {
  for (const std::string_view name : kPrivateMembers) {
    if (jwk.contains(name)) {
      return fail(bad_key("it holds a private key; publish the public members only"));
    }
  }
  NamedKey out{read_numbers(jwk), std::string(text_at(jwk, "kid"))};
  const auto algorithm = out.key ? algorithm_of(out.key.get()) : std::nullopt;
  if (!algorithm) {
    return fail(bad_key("kty EC with crv P-256, or kty RSA of 2048 to 8192 bits is needed"));
  }
  if (meant_for_else(jwk, *algorithm)) {
    return fail(bad_key("use \"sig\" and alg ES256 or RS256 are needed"));
  }
  return out;
}

}  // namespace

std::string_view jws_name(JwsAlgorithm algorithm) {
  return algorithm == JwsAlgorithm::kEs256 ? "ES256" : "RS256";
}

Result<VerifyingKey> VerifyingKey::make(Impl impl, std::string kid) {
  const auto algorithm = algorithm_of(impl.key.get());
  if (!algorithm) return fail(bad_key("EC P-256 or RSA of 2048 to 8192 bits is needed"));
  VerifyingKey out;
  out.algorithm_ = *algorithm;
  out.impl_ = std::make_shared<const Impl>(std::move(impl));
  out.kid_ = std::move(kid);
  return out;
}

Result<VerifyingKey> VerifyingKey::from_jwk(std::string_view text) {
  TRY_ASSIGN(const json::object jwk, read_object(text));
  TRY_ASSIGN(NamedKey read, read_jwk(jwk));
  return make({std::move(read.key)}, std::move(read.kid));
}

Result<std::vector<VerifyingKey>> VerifyingKey::from_jwks(std::string_view text) {
  TRY_ASSIGN(const json::object set, read_object(text));
  const json::value* keys = set.if_contains("keys");
  if (keys == nullptr || !keys->is_array()) return fail(bad_key("a set has an array \"keys\""));
  if (keys->get_array().size() > kMaxKeys) {
    return fail(bad_key(fmt::format("a set has at most {} keys", kMaxKeys)));
  }
  std::vector<VerifyingKey> out;
  for (const json::value& entry : keys->get_array()) {
    if (!entry.is_object()) continue;
    auto read = read_jwk(entry.get_object());
    if (!read) continue;
    TRY_ASSIGN(VerifyingKey key, make({std::move(read->key)}, std::move(read->kid)));
    out.push_back(std::move(key));
  }
  return out;
}

Result<VerifyingKey> VerifyingKey::from_certificate(std::string_view pem) {
  TRY_ASSIGN(const Certificate certificate, read_x509(pem));
  PKey key(::X509_get_pubkey(certificate.get()));
  ::ERR_clear_error();
  if (!key) return fail(bad_key("the certificate's key is of an unknown kind"));
  return make({std::move(key)}, {});
}

std::string VerifyingKey::to_jwk() const {
  json::object jwk = required_members(impl_->key.get(), algorithm_);
  if (!kid_.empty()) jwk["kid"] = kid_;
  jwk["use"] = "sig";
  jwk["alg"] = jws_name(algorithm_);
  return json::serialize(jwk);
}

bool VerifyingKey::verify(std::string_view signed_bytes, std::string_view signature) const {
  return impl_ != nullptr && verify_bytes(impl_->key.get(), algorithm_, signed_bytes, signature);
}

Result<SigningKey> SigningKey::own(VerifyingKey::Impl pair) {
  SigningKey out;
  TRY_ASSIGN(out.public_, VerifyingKey::make(std::move(pair), {}));
  out.public_.kid_ = thumbprint(out.public_.impl_->key.get(), out.public_.algorithm_);
  return out;
}

SigningKey SigningKey::generate(JwsAlgorithm algorithm) {
  PKey key(algorithm == JwsAlgorithm::kEs256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(kNewRsaBits));
  must(key != nullptr);
  return own({std::move(key)}).value();
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  PKey key = read_private_key(pem);
  if (!key) {
    return fail(Code::kInvalidRequest,
                "This is no private key; a PEM text without a passphrase is needed.");
  }
  return own({std::move(key)});
}

std::string SigningKey::to_pem() const {
  return private_key_pem(public_.impl_->key.get());
}

std::string SigningKey::sign(std::string_view claims_json) const {
  const auto& key = public_;
  std::string out = base64url(
      fmt::format(R"({{"alg":"{}","typ":"JWT","kid":"{}"}})", jws_name(key.algorithm_), key.kid_));
  out.append(".").append(base64url(claims_json));
  const std::string signature = sign_bytes(key.impl_->key.get(), key.algorithm_, out);
  return out.append(".").append(base64url(signature));
}

}  // namespace berth::crypto
