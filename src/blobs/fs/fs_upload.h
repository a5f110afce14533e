// One upload into the file `uploads/<id>`, which appears only when more has arrived than is
// gathered in memory, or at the first checkpoint.
//
// Invariant: a checkpoint's hash state covers exactly the bytes that an fdatasync before it has
// made durable. One coroutine at a time; the jobs it sends to the pool never overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/blocking_pool.h"
#include "blobs/blob_store.h"
#include "blobs/fs/content.h"
#include "crypto/hasher.h"

namespace berth::blobs::fs {

class FsUpload final : public UploadSession {
 public:
  // A new upload, or one whose checkpoint holds no byte.
  FsUpload(Content& content, BlockingPool& disk, const std::string& id, std::size_t gather_bytes,
           oci::Algorithm algorithm);

  // Continues from `checkpoint`, cutting off what came after it. Blocks.
  Result<void> restore(const UploadCheckpoint& checkpoint);

  std::uint64_t offset() const override { return written_ + gathered_.size(); }
  std::uint64_t unsynced() const override { return offset() - synced_; }
  oci::Algorithm algorithm() const override { return hasher_.algorithm(); }
  Task<Result<void>> append(std::span<const std::byte> bytes) override;
  Task<Result<void>> flush() override;
  Task<Result<UploadCheckpoint>> checkpoint() override;
  Task<Result<BlobLocation>> commit(const oci::Digest& expected) override;
  Task<void> cancel() override;

 private:
  // kClosed: committed, cancelled, or failed so that only cancel() makes sense.
  enum class State { kOpen, kFailed, kClosed };

  // Runs `job` on the pool; after an error the upload counts as failed.
  template <class F>
  auto run(F job) -> Task<std::invoke_result_t<F&>>;
  Result<void> require_open() const;

  // The jobs.
  Result<void> absorb(std::span<const std::byte> bytes);
  Result<void> sync();
  Result<BlobLocation> finish(const oci::Digest& expected);

  Result<void> ensure_file();
  Result<oci::Digest> digest_as(oci::Algorithm algorithm);
  void discard_file();
  void release_memory();

  Content& content_;
  BlockingPool& disk_;
  const std::string path_;
  const std::size_t gather_bytes_;
  crypto::Hasher hasher_;  // covers written_ bytes, and gathered_ once finish() began
  State state_ = State::kOpen;
  File file_;
  bool has_name_ = false;     // there may be a file at path_
  bool name_synced_ = false;  // and its name is durable
  std::vector<std::byte> gathered_;
  std::uint64_t written_ = 0;
  std::uint64_t synced_ = 0;
};

}  // namespace berth::blobs::fs
