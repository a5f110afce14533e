// Passwords that people choose: Argon2id (RFC 9106), in its standard encoded text. Hashing takes
// tens of milliseconds and 19 MiB: call it on a blocking pool, never on a loop.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/random.h"

namespace berth::crypto {

inline constexpr std::size_t kMinPasswordBytes = 12;
inline constexpr std::size_t kMaxPasswordBytes = 1024;

Result<std::string> hash_password(std::string_view password, RandomSource& random);
// False also for a malformed hash. Costs one hash operation whatever the answer.
bool verify_password(std::string_view password, std::string_view encoded);
// A valid encoded hash of nobody's password: what an unknown user is checked against, so that
// "unknown" and "wrong" cost the same.
const std::string& decoy_password_hash();

}  // namespace berth::crypto
