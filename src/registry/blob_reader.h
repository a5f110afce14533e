// Reads stored content inside the server, whatever kind of source the backend offers: a manifest
// into memory, a blob through the hash. File reads run on the disk pool. Safe from any thread.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/blocking_pool.h"
#include "blobs/blob_store.h"

namespace berth::registry {

class BlobReader {
 public:
  BlobReader(blobs::BlobStore& store, BlockingPool& disk) : store_(store), disk_(disk) {}

  // kInternal when the stored content is not `size` bytes long.
  Task<Result<std::string>> read(const blobs::BlobLocation& location, std::uint64_t size);

  struct Hashed {
    oci::Digest digest;
    std::uint64_t size;
  };
  // Reads all of it once. kBlobUnknown when there is nothing at the location.
  Task<Result<Hashed>> hash(const blobs::BlobLocation& location, oci::Algorithm algorithm);

 private:
  using Sink = std::function<Result<void>(std::span<const std::byte>)>;  // runs on the disk pool
  Task<Result<void>> pump(const blobs::BlobLocation& location, const Sink& sink);

  blobs::BlobStore& store_;
  BlockingPool& disk_;
};

}  // namespace berth::registry
