// Secrets that Berth makes itself, and how they are kept: long and random, stored as keyed hashes
// (HMAC-SHA-256), compared in constant time. Passwords that people choose are password_hash.h's.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace berth::crypto {

// 32 bytes each.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view message);

// Time depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

// `length` characters of [A-Za-z0-9], each uniformly random: 52 characters hold 309 bits.
inline constexpr std::size_t kSecretLength = 52;
std::string make_secret(RandomSource& random, std::size_t length = kSecretLength);
// The same alphabet, derived: one text for one (key, message). For passwords that must be shown
// again (listCredentials) without being stored.
std::string derive_secret(std::string_view key, std::string_view message,
                          std::size_t length = kSecretLength);
std::string random_bytes(RandomSource& random, std::size_t count);

}  // namespace berth::crypto
