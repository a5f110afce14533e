// The seam behind which content lies: immutable bytes under an opaque location. Metadata maps a
// digest to its BlobLocation; nobody but the backend that made a location looks into it
// (architecture §3). Backends: blobs/fs. Every backend passes blobs/blob_store_contract.h.
//
// Durability contract: when put() or commit() has returned a location, the bytes survive power loss
// under that location. Nothing else is promised before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/byte_stream.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/task.h"
#include "blobs/location.h"
#include "oci/digest.h"
#include "oci/range.h"

namespace berth::blobs {

struct BlobInfo {
  std::uint64_t size = 0;
  TimePoint modified{};
};

// What a blob can be served as; the HTTP writer picks the fastest path for each.
using BlobSource = std::variant<FileRange, std::shared_ptr<ByteStream>>;

struct StoredBlob {
  BlobLocation location;
  BlobInfo info;
  std::optional<oci::Digest> digest;  // what the content should be, where the location tells
};

// One upload in progress. One coroutine at a time. Destroying it without commit() or cancel()
// closes it but keeps what a checkpoint would need (graceful stop).
class UploadSession {
 public:
  virtual ~UploadSession() = default;
  virtual std::uint64_t offset() const = 0;  // bytes received and hashed
  // Bytes received since the last checkpoint(); the caller decides when to make the next one.
  virtual std::uint64_t unsynced() const = 0;
  virtual oci::Algorithm algorithm() const = 0;
  // Hashes and writes. After an error the session is good for cancel() only.
  virtual Task<Result<void>> append(std::span<const std::byte> bytes) = 0;
  // Hands what is still in memory to the store, without making it durable. For the end of a request
  // that is not the upload's last, so that idle uploads cost no memory.
  virtual Task<Result<void>> flush() = 0;
  // Makes everything received durable, then describes it.
  virtual Task<Result<UploadCheckpoint>> checkpoint() = 0;
  // kDigestInvalid when the content is not `expected`: then the content is removed. An `expected`
  // of another algorithm than the running one costs reading the content back. When it returns a
  // location the blob is durable; publishing a digest that exists already replaces it by the same
  // bytes, which repairs a damaged one.
  virtual Task<Result<BlobLocation>> commit(const oci::Digest& expected) = 0;
  virtual Task<void> cancel() = 0;  // removes what was received
};

// Safe from any thread; every call may be awaited on any strand.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // kBlobUnknown when there is nothing at the location.
  virtual Task<Result<BlobInfo>> stat(const BlobLocation& location) = 0;
  // The whole blob, or the range of it. `range` must lie inside the blob.
  virtual Task<Result<BlobSource>> open(const BlobLocation& location,
                                        std::optional<oci::ByteRange> range) = 0;
  // Content that is in memory already (manifests, small blobs): checks the digest, publishes
  // durably.
  virtual Task<Result<BlobLocation>> put(std::span<const std::byte> bytes,
                                         const oci::Digest& expected) = 0;
  // `id` is a UUID chosen by the caller. Nothing need be stored before the first append().
  virtual Task<Result<std::unique_ptr<UploadSession>>> start_upload(const std::string& id,
                                                                    oci::Algorithm algorithm) = 0;
  // Continues from a checkpoint: whatever was received after it is cut off. kBlobUploadUnknown when
  // the backend lost it; kInternal when the saved state cannot be read.
  virtual Task<Result<std::unique_ptr<UploadSession>>> resume_upload(
      const std::string& id, const UploadCheckpoint& checkpoint) = 0;
  // Removes stored remains of uploads for whose id `known` answers false. Called at start.
  virtual Task<Result<std::uint64_t>> remove_stale_uploads(
      const std::function<bool(std::string_view)>& known) = 0;
  // Removing what is not there is no error. Durable when it returns.
  virtual Task<Result<void>> remove(const BlobLocation& location) = 0;
  // At most `limit` blobs after `after` (empty: from the start) in the backend's own total order.
  virtual Task<Result<std::vector<StoredBlob>>> list(const BlobLocation& after,
                                                     std::size_t limit) = 0;
  // Proves that the store can take a blob now; for /readyz.
  virtual Task<Result<void>> check() = 0;
};

}  // namespace berth::blobs
