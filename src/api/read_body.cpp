#include "api/read_body.h"

#include <fmt/format.h>

#include <array>

namespace berth::api {

Task<Result<void>> nothing_decided() {
  co_return Result<void>();
}

Task<Result<std::string>> read_body(http::Exchange& exchange, std::uint64_t limit,
                                    std::string_view what, AskAgain ask_again) {
  const Error too_large(Code::kTooLarge, fmt::format("{} may have {} bytes here.", what, limit));
  const std::uint64_t announced = exchange.request().content_length().value_or(0);
  if (announced > limit) co_return fail(too_large);
  if (announced == 0 && !exchange.request().chunked()) co_return std::string();
  // One byte more than allowed, so that a chunked body over the limit gets this message.
  exchange.allow_body(limit + 1);
  std::string body;
  std::array<std::byte, 16UL * 1024> buffer;  // filled by read
  while (true) {
    auto n = co_await exchange.body().read(buffer);
    if (!n && n.error().code == Code::kTooLarge) co_return fail(too_large);
    if (!n) co_return fail(std::move(n).error());
    if (*n == 0) break;
    body.append(reinterpret_cast<const char*>(buffer.data()), *n);
    if (body.size() > limit) co_return fail(too_large);
  }
  CO_TRY(co_await ask_again());
  co_return body;
}

}  // namespace berth::api
