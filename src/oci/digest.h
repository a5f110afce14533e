// A content digest: `sha256:<64 hex>` or `sha512:<128 hex>` (OCI Image Specification, descriptor.md
// "Digests"). A value: copy, compare, hash. Exists only in valid form.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::oci {

enum class Algorithm { kSha256, kSha512 };

std::string_view algorithm_name(Algorithm algorithm);  // "sha256"
// Hex digits of a digest of this algorithm: 64 or 128.
std::size_t hex_length(Algorithm algorithm);

class Digest {
 public:
  // kDigestInvalid for anything else than a registered algorithm with lower-case hex of its length;
  // the message names the part that is wrong.
  static Result<Digest> parse(std::string_view text);
  // `raw` are the hash's bytes; their number must be that of the algorithm.
  static Digest from_raw(Algorithm algorithm, std::string_view raw);

  Algorithm algorithm() const { return algorithm_; }
  std::string_view hex() const { return std::string_view(text_).substr(7); }
  const std::string& text() const { return text_; }

  bool operator==(const Digest& other) const { return text_ == other.text_; }
  auto operator<=>(const Digest& other) const { return text_ <=> other.text_; }

 private:
  Digest(Algorithm algorithm, std::string text) : algorithm_(algorithm), text_(std::move(text)) {}
  Algorithm algorithm_;
  std::string text_;
};

}  // namespace berth::oci

template <>
struct std::hash<berth::oci::Digest> {
  std::size_t operator()(const berth::oci::Digest& d) const noexcept {
    return std::hash<std::string_view>{}(d.text());
  }
};
