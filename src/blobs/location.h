// The two values that a blob backend gives to metadata for safekeeping. Opaque to everybody else.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace berth::blobs {

struct BlobLocation {
  std::string text;
  auto operator<=>(const BlobLocation&) const = default;
};

// Everything needed to continue an upload on another day: stored in metadata, opaque to it. All
// bytes below `offset` are durable. Text fields are printable.
struct UploadCheckpoint {
  std::uint64_t offset = 0;
  std::string hash_state;     // crypto::Hasher::save
  std::string backend_state;  // the backend's own
};

}  // namespace berth::blobs
