// libFuzzer target: an Authorization header as Basic credentials. Whatever is accepted reads back
// from its own encoding.
#include <string>

#include "access/authenticator.h"
#include "check.h"
#include "crypto/encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using berth::access::BasicCredentials;
  const auto given = BasicCredentials::parse(berth::fuzz::as_text(data, size));
  if (!given) {
    BERTH_CHECK(given.error().code == berth::Code::kInvalidRequest);
    berth::fuzz::check_error(given.error());
    return 0;
  }
  BERTH_CHECK(given->user.find(':') == std::string::npos);
  BERTH_CHECK(given->user.size() + given->password.size() < size);
  const auto again = BasicCredentials::parse(
      "Basic " + berth::crypto::base64(given->user + ":" + given->password));
  BERTH_CHECK(again && again->user == given->user && again->password == given->password);
  return 0;
}
