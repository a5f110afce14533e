#include "http/correlation.h"

#include <string_view>

namespace berth::http {

void CorrelationIds::next(std::string& id) {
  if (used_ == pool_.size()) {
    random_.fill(pool_);
    used_ = 0;
  }
  std::byte* raw = pool_.data() + used_;
  used_ += kUuidBytes;
  raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x40};
  raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};

  static constexpr std::string_view kHex = "0123456789abcdef";
  id.assign("00000000-0000-0000-0000-000000000000");
  std::size_t at = 0;
  for (std::size_t i = 0; i < kUuidBytes; ++i) {
    if (id[at] == '-') ++at;
    const auto value = std::to_integer<unsigned>(raw[i]);
    id[at++] = kHex[value >> 4U];
    id[at++] = kHex[value & 0xfU];
  }
}

}  // namespace berth::http
