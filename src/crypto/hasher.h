// SHA-256 and SHA-512 with a state that can be saved and continued.
//
// OpenSSL's EVP cannot export a running state, so this file (and only this) uses SHA256_CTX and
// SHA512_CTX. A saved state carries a format version; one that is unknown is refused and the caller
// hashes again from the start. Not safe from several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "oci/digest.h"

namespace berth::crypto {

class Hasher {
 public:
  explicit Hasher(oci::Algorithm algorithm);
  Hasher(const Hasher& other);  // a copy continues on its own
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  oci::Algorithm algorithm() const;
  void update(std::span<const std::byte> bytes);
  std::uint64_t hashed_bytes() const;
  // The digest of everything so far; the hasher may go on afterwards.
  oci::Digest digest() const;

  // Printable text (no NUL, no spaces), to be stored; restore() continues from it on the same build
  // and machine kind. Errors: kInternal with the reason for an unknown version or damaged text (it
  // carries a checksum).
  std::string save() const;
  static Result<Hasher> restore(std::string_view saved);

 private:
  struct State;
  explicit Hasher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

oci::Digest digest_of(oci::Algorithm algorithm, std::span<const std::byte> bytes);
inline oci::Digest digest_of(oci::Algorithm algorithm, std::string_view bytes) {
  return digest_of(algorithm, std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace berth::crypto
