// Reads a small request body whole. A client may take minutes to send one, and what was decided
// before is taken back meanwhile: the network rule, the credential, the right. So nobody reads a
// body without saying how the decision is made again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace berth::api {

using AskAgain = std::function<Task<Result<void>>()>;
// For those who decide nothing before they know the body.
Task<Result<void>> nothing_decided();

// Asks again when the body is there; not where there is none, which nobody waits for.
// kTooLarge beyond `limit` bytes, before a byte is read when the length was announced; `what` names
// the thing and its limit in the message.
Task<Result<std::string>> read_body(http::Exchange& exchange, std::uint64_t limit,
                                    std::string_view what, AskAgain ask_again);

}  // namespace berth::api
