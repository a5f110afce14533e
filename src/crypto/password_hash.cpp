#include "crypto/password_hash.h"

#include <argon2.h>
#include <fmt/format.h>

#include "crypto/secrets.h"

namespace berth::crypto {
namespace {

// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kMemoryKiB = 19U * 1024;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;

bool matches(std::string_view password, const std::string& encoded, int& status) {
  status = ::argon2id_verify(encoded.c_str(), password.data(), password.size());
  return status == ARGON2_OK;
}

}  // namespace

Result<std::string> hash_password(std::string_view password, RandomSource& random) {
  if (password.size() < kMinPasswordBytes || password.size() > kMaxPasswordBytes) {
    return fail(Code::kInvalidRequest,
                fmt::format("A password has {} to {} bytes; this one has {}.", kMinPasswordBytes,
                            kMaxPasswordBytes, password.size()));
  }
  const std::string salt = random_bytes(random, kSaltSize);
  std::string out(::argon2_encodedlen(kPasses, kMemoryKiB, kLanes, kSaltSize, kHashSize, Argon2_id),
                  '\0');
  const int status =
      ::argon2id_hash_encoded(kPasses, kMemoryKiB, kLanes, password.data(), password.size(),
                              salt.data(), salt.size(), kHashSize, out.data(), out.size());
  if (status != ARGON2_OK) {
    return fail(Error(Code::kInternal, "The password could not be hashed; try again.")
                    .because(::argon2_error_message(status)));
  }
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view password, std::string_view encoded) {
  int status = ARGON2_OK;
  if (password.size() <= kMaxPasswordBytes && matches(password, std::string(encoded), status)) {
    return true;
  }
  // Refused without hashing: spend the time all the same.
  if (status != ARGON2_VERIFY_MISMATCH) {
    matches(password.substr(0, kMaxPasswordBytes), decoy_password_hash(), status);
  }
  return false;
}

// The hash part is no password's hash but 32 chosen bytes; to find one that gives it is as hard as
// to break any other.
const std::string& decoy_password_hash() {
  static const std::string decoy = fmt::format(
      "$argon2id$v=19$m={},t={},p={}$bm9ib2R5J3Mgb3duIG9uZQ$"
      "bm9ib2R5J3MgcGFzc3dvcmQgaGFzaGVzIHRvIHRoaXM",
      kMemoryKiB, kPasses, kLanes);
  return decoy;
}

}  // namespace berth::crypto
