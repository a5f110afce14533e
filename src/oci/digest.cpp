#include "oci/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/ascii.h"
#include "base/shown.h"

namespace berth::oci {
namespace {

struct AlgorithmRow {
  Algorithm algorithm;
  std::string_view name;
  std::size_t hex_length;
};

// In enum order. Digest::hex() relies on every name having six characters.
constexpr std::array<AlgorithmRow, 2> kAlgorithms = {{
    {Algorithm::kSha256, "sha256", 64},
    {Algorithm::kSha512, "sha512", 128},
}};
static_assert(std::ranges::all_of(kAlgorithms, [](const auto& r) { return r.name.size() == 6; }));

const AlgorithmRow& row_of(Algorithm algorithm) {
  return kAlgorithms.at(static_cast<std::size_t>(algorithm));
}

constexpr bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

std::string_view algorithm_name(Algorithm algorithm) {
  return row_of(algorithm).name;
}

std::size_t hex_length(Algorithm algorithm) {
  return row_of(algorithm).hex_length;
}

Result<Digest> Digest::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(Code::kDigestInvalid,
                fmt::format("digest {} names no algorithm; a digest is sha256: and 64 hex digits, "
                            "or sha512: and 128",
                            shown(text)));
  }
  const auto name = text.substr(0, colon);
  const auto row = std::ranges::find(kAlgorithms, name, &AlgorithmRow::name);
  if (row == kAlgorithms.end()) {
    return fail(
        Code::kDigestInvalid,
        fmt::format("digest algorithm {} is not supported; use sha256 or sha512", shown(name)));
  }
  const auto hex = text.substr(colon + 1);
  if (const auto wrong = std::ranges::find_if_not(hex, is_lower_hex); wrong != hex.end()) {
    const auto position = static_cast<std::size_t>(wrong - hex.begin());
    return fail(Code::kDigestInvalid,
                fmt::format("digest {} has {} as hex digit {}; only 0-9 and lower-case a-f are "
                            "allowed",
                            shown(text), shown(hex.substr(position, 1)), position + 1));
  }
  if (hex.size() != row->hex_length) {
    return fail(Code::kDigestInvalid, fmt::format("digest {} has {} hex digits; {} needs {}",
                                                  shown(text), hex.size(), name, row->hex_length));
  }
  return Digest(row->algorithm, std::string(text));
}

Digest Digest::from_raw(Algorithm algorithm, std::string_view raw) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const auto& row = row_of(algorithm);
  // A wrong length is a bug of the caller; going on would break "exists only in valid form".
  if (raw.size() * 2 != row.hex_length) std::abort();
  std::string text;
  text.reserve(row.name.size() + 1 + row.hex_length);
  text.append(row.name).push_back(':');
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kHex[byte >> 4U]);
    text.push_back(kHex[byte & 0xFU]);
  }
  return Digest(algorithm, std::move(text));
}

}  // namespace berth::oci
