// Text forms of bytes: base64url without padding (RFC 7515 §2), base64 with it (RFC 4648 §4), lower
// case hex. Decoders are strict: a wrong character, wrong padding or a non-canonical last character
// is nullopt. Bytes travel as std::string. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::crypto {

std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
std::string hex(std::string_view bytes);

}  // namespace berth::crypto
