// Tokens and keys as strangers send them. Input: a line with a compact JWS, or with `header
// claims` still to be encoded so that mutations reach the JSON; then a JWK or a JWK set.
#include <string>

#include "check.h"
#include "crypto/encoding.h"
#include "crypto/jws.h"

namespace {

using namespace berth;
using crypto::Jws;
using crypto::JwsAlgorithm;

const crypto::VerifyingKey& own_key(JwsAlgorithm algorithm) {
  static const auto ec = crypto::SigningKey::generate(JwsAlgorithm::kEs256);
  static const auto rsa = crypto::SigningKey::generate(JwsAlgorithm::kRs256);
  return (algorithm == JwsAlgorithm::kEs256 ? ec : rsa).verifying_key();
}

void check_refusal(const Error& error) {
  BERTH_CHECK(error.code == Code::kInvalidRequest);
  auto shown = error;
  shown.cause.clear();
  fuzz::check_error(shown);
}

void check_token(std::string_view token) {
  const auto jws = Jws::parse(token);
  if (!jws) return check_refusal(jws.error());
  // Taken apart without loss: what was signed is what was sent.
  BERTH_CHECK(jws->signed_bytes + "." + crypto::base64url(jws->signature) == token);
  BERTH_CHECK(jws->signed_bytes.ends_with("." + crypto::base64url(jws->claims)));
  BERTH_CHECK(!jws->alg.empty() && token.size() <= crypto::kMaxJwsBytes);
  // Nobody else has these keys, so nothing verifies.
  for (const auto algorithm : {JwsAlgorithm::kEs256, JwsAlgorithm::kRs256}) {
    const auto verified = jws->verify(own_key(algorithm));
    BERTH_CHECK(!verified && verified.error().code == Code::kUnauthorized);
  }
}

void check_key(const crypto::VerifyingKey& key) {
  // A published key is read back as the same.
  const auto again = crypto::VerifyingKey::from_jwk(key.to_jwk());
  BERTH_CHECK(again && again->to_jwk() == key.to_jwk() && again->kid() == key.kid());
  BERTH_CHECK(!key.verify("text", std::string(64, '\0')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [line, document] = fuzz::split_line(fuzz::as_text(data, size));
  check_token(line);
  const auto space = line.find(' ');
  if (space != std::string_view::npos) {
    check_token(crypto::base64url(line.substr(0, space)) + "." +
                crypto::base64url(line.substr(space + 1)) + ".AAAA");
  }
  const auto key = crypto::VerifyingKey::from_jwk(document);
  if (key) {
    check_key(*key);
  } else {
    check_refusal(key.error());
  }
  const auto keys = crypto::VerifyingKey::from_jwks(document);
  if (keys) {
    BERTH_CHECK(keys->size() <= 64);
    for (const auto& one : *keys) check_key(one);
  } else {
    check_refusal(keys.error());
  }
  return 0;
}
