// Reads a small request body whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace berth::api {

// kTooLarge beyond `limit` bytes, before a byte is read when the length was announced; `what` names
// the thing and its limit in the message.
Task<Result<std::string>> read_body(http::Exchange& exchange, std::uint64_t limit,
                                    std::string_view what);

}  // namespace berth::api
