// JSON Web Signature in compact form (RFC 7515), with the two algorithms that Berth signs with and
// those it accepts from others. The algorithm belongs to the key, never to the token: a token whose
// `alg` is not its key's is refused, so "none" and HS256 with a public key cannot be expressed.
//
// Claims are the caller's business: here they are text. Values; safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::crypto {

enum class JwsAlgorithm { kEs256, kRs256 };
std::string_view jws_name(JwsAlgorithm algorithm);  // as in `alg`

inline constexpr std::size_t kMaxJwsBytes = 16UL * 1024;

// A public key: verifies, and may be published. `kid` is the issuer's name for it; empty: none.
class VerifyingKey {
 public:
  // One JWK object (RFC 7517): EC P-256 or RSA of 2048 to 8192 bits. A private member is an error.
  static Result<VerifyingKey> from_jwk(std::string_view json);
  // All usable signature keys of a JWK set; keys of other kinds are passed over. At most 64.
  static Result<std::vector<VerifyingKey>> from_jwks(std::string_view json);
  // The public key of a PEM certificate.
  static Result<VerifyingKey> from_certificate(std::string_view pem);

  const std::string& kid() const { return kid_; }
  JwsAlgorithm algorithm() const { return algorithm_; }
  std::string to_jwk() const;  // with kid, use "sig" and alg
  bool verify(std::string_view signed_bytes, std::string_view signature) const;

 private:
  friend class SigningKey;
  struct Impl;
  static Result<VerifyingKey> make(Impl impl, std::string kid);
  std::shared_ptr<const Impl> impl_;
  std::string kid_;
  JwsAlgorithm algorithm_ = JwsAlgorithm::kEs256;
};

// A private key. `kid` is the RFC 7638 thumbprint.
class SigningKey {
 public:
  static SigningKey generate(JwsAlgorithm algorithm);  // RSA: 2048 bits
  static Result<SigningKey> from_pem(std::string_view pem);
  std::string to_pem() const;  // PKCS #8

  const std::string& kid() const { return public_.kid(); }
  const VerifyingKey& verifying_key() const { return public_; }
  // header {"alg","typ":"JWT","kid"} and these claims, a JSON object as text.
  std::string sign(std::string_view claims_json) const;

 private:
  SigningKey() = default;
  static Result<SigningKey> own(VerifyingKey::Impl pair);
  VerifyingKey public_;  // its shared part holds the private numbers, too
};

// A compact JWS taken apart, not yet believed. Members are decoded texts.
struct Jws {
  std::string alg, kid, typ, x5t;  // of the header; empty when absent
  std::string claims;              // JSON text
  std::string signature;           // bytes
  std::string signed_bytes;        // header.payload as sent

  // kInvalidRequest, saying what is malformed: not three parts, over kMaxJwsBytes, header not a
  // JSON object, a `crit` header, duplicate header names. Never repeats the token.
  static Result<Jws> parse(std::string_view compact);
  // kUnauthorized, with the reason in `cause`: another algorithm than the key's, wrong signature.
  Result<void> verify(const VerifyingKey& key) const;
};

}  // namespace berth::crypto
