// Tokens (RFC 9110 §5.6.2): names of fields and of parameters. Pure.
#pragma once

#include <string_view>

#include "base/ascii.h"

namespace berth::http {

inline bool is_token_char(char c) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  return is_alnum(c) || kPunctuation.find(c) != std::string_view::npos;
}

}  // namespace berth::http
