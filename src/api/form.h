// A form body (application/x-www-form-urlencoded) as OAuth 2.0 endpoints take it.
#pragma once

#include "api/read_body.h"
#include "api/uri.h"
#include "http/exchange.h"

namespace berth::api {

inline constexpr std::uint64_t kMaxFormBytes = 64UL * 1024;

// kInvalidRequest for another content type, a malformed escape, or a repeated parameter outside
// `repeatable`; kTooLarge beyond kMaxFormBytes.
Task<Result<Query>> read_form(http::Exchange& exchange, AskAgain ask_again,
                              std::initializer_list<std::string_view> repeatable = {});

}  // namespace berth::api
