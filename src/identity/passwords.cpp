#include "identity/passwords.h"

#include <fmt/format.h>

#include "crypto/password_hash.h"

namespace berth::identity {
namespace {

class Counted {
 public:
  explicit Counted(std::atomic<unsigned>& count) : count_(count), before_(count.fetch_add(1)) {}
  ~Counted() { count_.fetch_sub(1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  unsigned before() const { return before_; }

 private:
  std::atomic<unsigned>& count_;
  const unsigned before_;
};

}  // namespace

template <class F>
auto Passwords::run(F job) -> Task<std::invoke_result_t<F&>> {
  const Counted counted(waiting_);
  if (counted.before() >= kWaiting) {
    co_return fail(Error(Code::kTooManyRequests,
                         "Too many passwords are being checked; try again in a moment.")
                       .with("retryAfter", "1"));
  }
  co_return co_await pool_.run(std::move(job));
}

Task<Result<std::string>> Passwords::hash(std::string password) {
  const std::size_t size = password.size();
  if (size < crypto::kMinPasswordBytes || size > crypto::kMaxPasswordBytes) {
    co_return fail(Code::kInvalidRequest,
                   fmt::format("A password has {} to {} bytes.", crypto::kMinPasswordBytes,
                               crypto::kMaxPasswordBytes));
  }
  co_return co_await run([&] { return crypto::hash_password(password, random_); });
}

Task<Result<bool>> Passwords::verify(std::string password, std::string encoded) {
  co_return co_await run([&]() -> Result<bool> {
    const bool nobody = encoded.empty();
    const bool same =
        crypto::verify_password(password, nobody ? crypto::decoy_password_hash() : encoded);
    return same && !nobody;
  });
}

}  // namespace berth::identity
