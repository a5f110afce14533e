// The body of a push, with the question "may this caller still push?" asked again while it flows: a
// long upload outlives its token, but not its credential or its right. Asked at most once a second
// and once at the end, before anything is committed.
#pragma once

#include <chrono>

#include "access/gate.h"
#include "base/byte_stream.h"

namespace berth::api {

class GuardedBody final : public ByteStream {
 public:
  GuardedBody(ByteStream& body, const access::Gate& gate, const access::Visit& visit,
              const oci::RepositoryName& repository)
      : body_(body), gate_(gate), visit_(visit), repository_(repository) {}

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    auto got = co_await body_.read(out);
    if (!got) co_return got;
    const auto now = std::chrono::steady_clock::now();
    if (*got == 0 || now - asked_ >= std::chrono::seconds(1)) {
      asked_ = now;
      CO_TRY(gate_.ask(visit_, policy::Action::kPush, &repository_));
    }
    co_return got;
  }

 private:
  ByteStream& body_;
  const access::Gate& gate_;
  const access::Visit& visit_;
  const oci::RepositoryName& repository_;
  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
};

}  // namespace berth::api
