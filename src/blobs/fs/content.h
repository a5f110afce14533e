// The synchronous half of the store: what one pool job does. FsStore and FsUpload add coroutines.
//
// The order of publish() is the durability promise: data synced, then renamed, then the directory
// synced. Renaming first would let a power cut leave a torn file under a digest's name.
//
// Safe from any thread without a lock: its state is a few atomics. Every call blocks. All content
// of one File is written by one caller.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "blobs/blob_store.h"
#include "blobs/fs/file_system.h"
#include "blobs/fs/layout.h"
#include "blobs/fs/space_guard.h"
#include "crypto/hasher.h"
#include "oci/digest.h"

namespace berth::blobs::fs {

class Content {
 public:
  // `run` is a name of this process run that no earlier run had.
  Content(FileSystem& os, const Clock& clock, std::string root, std::uint64_t reserve_bytes,
          std::string run);

  FileSystem& os() { return os_; }
  const Layout& layout() const { return layout_; }

  // Makes the directories above the fan-out, and makes durable what is there.
  Result<void> prepare();

  // kStorageFull when `bytes` more would cut into the reserve.
  Result<void> admit(std::uint64_t bytes) { return space_.admit(bytes); }
  Result<void> write_all(const File& file, std::span<const std::byte> bytes, std::uint64_t offset,
                         const std::string& path);
  // Feeds bytes 0 … length-1 of `file` to `hasher`.
  Result<void> hash_file(const File& file, std::uint64_t length, crypto::Hasher& hasher,
                         const std::string& path);
  // Makes the content of `file`, whose name is `path`, durable under `digest`, which the caller has
  // verified. Replaces what was there. On an error the file may still have its old name.
  Result<BlobLocation> publish(const File& file, const std::string& path,
                               const oci::Digest& digest);
  // Checks, writes and publishes in one go; leaves no temporary file behind.
  Result<BlobLocation> put(std::span<const std::byte> bytes, const oci::Digest& expected);

  Result<std::vector<StoredBlob>> list(const BlobLocation& after, std::size_t limit);
  Result<void> remove(const oci::Digest& digest);
  Result<void> check();

  // Names in uploads/ of uploads, and of what put() left behind in earlier runs.
  Result<std::vector<std::string>> leftovers();

 private:
  Result<void> ensure_directory(const std::string& path);
  Result<void> ensure_fan_out(const oci::Digest& digest);
  Result<std::string> make_scratch(std::span<const std::byte> bytes, File& file);
  Result<void> list_directory(const std::string& prefix, const BlobLocation& after,
                              std::size_t limit, std::vector<StoredBlob>& out);

  FileSystem& os_;
  const Layout layout_;
  const std::string run_;
  SpaceGuard space_;
  std::atomic<std::uint64_t> next_scratch_{0};
  // By Layout::prefix_index: whether the fan-out directory exists and its name is durable.
  std::array<std::atomic<bool>, Layout::kPrefixes> settled_{};
};

// kDigestInvalid naming both when they differ.
Result<void> require_digest(const oci::Digest& expected, const oci::Digest& got);

}  // namespace berth::blobs::fs
