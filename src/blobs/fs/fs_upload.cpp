#include "blobs/fs/fs_upload.h"

#include <fmt/format.h>

#include <cerrno>
#include <type_traits>
#include <utility>

namespace berth::blobs::fs {
namespace {

Error unknown_upload(std::string why) {
  Error error(Code::kBlobUploadUnknown, std::string(code_row(Code::kBlobUploadUnknown).meaning));
  return std::move(error).because(std::move(why));
}

}  // namespace

FsUpload::FsUpload(Content& content, BlockingPool& disk, const std::string& id,
                   std::size_t gather_bytes, oci::Algorithm algorithm)
    : content_(content),
      disk_(disk),
      path_(content.layout().upload(id)),
      gather_bytes_(gather_bytes),
      hasher_(algorithm) {}

Result<void> FsUpload::restore(const UploadCheckpoint& checkpoint) {
  has_name_ = true;  // also at offset 0: an earlier run may have left bytes after its checkpoint
  if (checkpoint.offset == 0) return {};
  auto opened = content_.os().open(path_, Access::kReadWrite);
  if (!opened && opened.error() == ENOENT) return fail(unknown_upload(path_ + " is missing"));
  TRY_ASSIGN(file_, checked(std::move(opened), "open", path_));
  TRY_ASSIGN(const FileStatus status, checked(content_.os().status(file_), "stat", path_));
  if (status.size < checkpoint.offset) {
    return fail(unknown_upload(fmt::format("{} has {} bytes, fewer than its checkpoint's {}", path_,
                                           status.size, checkpoint.offset)));
  }
  if (status.size > checkpoint.offset) {
    TRY(checked(content_.os().truncate(file_, checkpoint.offset), "ftruncate", path_));
  }
  auto saved = crypto::Hasher::restore(checkpoint.hash_state);
  if (saved && saved->algorithm() == algorithm() && saved->hashed_bytes() == checkpoint.offset) {
    hasher_ = std::move(*saved);
  } else {
    // Saved by another build or machine kind; the bytes themselves are durable.
    TRY(content_.hash_file(file_, checkpoint.offset, hasher_, path_));
  }
  written_ = synced_ = checkpoint.offset;
  name_synced_ = true;
  return {};
}

template <class F>
auto FsUpload::run(F job) -> Task<std::invoke_result_t<F&>> {
  auto result = co_await disk_.run(std::move(job));
  if (!result && state_ == State::kOpen) state_ = State::kFailed;
  co_return result;
}

Result<void> FsUpload::require_open() const {
  if (state_ == State::kOpen) return {};
  return fail(Code::kBlobUploadInvalid,
              "The upload has failed or ended; start a new one for this content.");
}

Task<Result<void>> FsUpload::append(std::span<const std::byte> bytes) {
  CO_TRY(require_open());
  if (gathered_.size() + bytes.size() <= gather_bytes_) {
    gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
    co_return Result<void>{};
  }
  co_return co_await run([&] { return absorb(bytes); });
}

Task<Result<void>> FsUpload::flush() {
  CO_TRY(require_open());
  if (gathered_.empty()) co_return Result<void>{};
  co_return co_await run([&]() -> Result<void> {
    TRY(absorb({}));
    release_memory();
    return {};
  });
}

Task<Result<UploadCheckpoint>> FsUpload::checkpoint() {
  CO_TRY(require_open());
  if (unsynced() != 0) CO_TRY(co_await run([&] { return sync(); }));
  co_return UploadCheckpoint{synced_, hasher_.save(),
                             std::string(oci::algorithm_name(algorithm()))};
}

Task<Result<BlobLocation>> FsUpload::commit(const oci::Digest& expected) {
  CO_TRY(require_open());
  co_return co_await run([&] { return finish(expected); });
}

Task<void> FsUpload::cancel() {
  state_ = State::kClosed;
  release_memory();
  if (file_ || has_name_) co_await disk_.run([&] { discard_file(); });
}

// Hashes and writes what was gathered, then `bytes`. The hash runs first while the bytes are warm
// in the cache; should the write fail, the upload is over and the hash with it.
Result<void> FsUpload::absorb(std::span<const std::byte> bytes) {
  TRY(content_.admit(gathered_.size() + bytes.size()));
  TRY(ensure_file());
  for (const std::span<const std::byte> part : {std::span<const std::byte>(gathered_), bytes}) {
    hasher_.update(part);
    TRY(content_.write_all(file_, part, written_, path_));
    written_ += part.size();
  }
  gathered_.clear();
  return {};
}

Result<void> FsUpload::sync() {
  TRY(absorb({}));
  release_memory();  // an upload may now rest for hours
  FileSystem& os = content_.os();
  TRY(checked(os.sync_data(file_), "fdatasync", path_));
  if (!name_synced_) {
    const std::string directory = content_.layout().uploads();
    TRY(checked(os.sync_directory(directory), "fsync", directory));
    name_synced_ = true;
  }
  synced_ = written_;
  return {};
}

// The digest is judged before the rest is written and before anything is synced: refused content
// costs no disk time. From a right digest on it is Content::publish() that keeps the order.
Result<BlobLocation> FsUpload::finish(const oci::Digest& expected) {
  TRY(content_.admit(gathered_.size()));
  hasher_.update(gathered_);
  TRY_ASSIGN(const oci::Digest got, digest_as(expected.algorithm()));
  if (auto same = require_digest(expected, got); !same) {
    state_ = State::kClosed;
    discard_file();
    return fail(std::move(same).error());
  }
  TRY(ensure_file());  // also when the content is empty
  TRY(content_.write_all(file_, gathered_, written_, path_));
  TRY_ASSIGN(BlobLocation location, content_.publish(file_, path_, expected));
  state_ = State::kClosed;
  has_name_ = false;
  file_.close();
  return location;
}

Result<void> FsUpload::ensure_file() {
  if (file_) return {};
  has_name_ = true;
  TRY_ASSIGN(file_, checked(content_.os().create(path_), "create", path_));
  return {};
}

// The running hash answers for its own algorithm only; another one reads the written part back.
Result<oci::Digest> FsUpload::digest_as(oci::Algorithm algorithm) {
  if (algorithm == hasher_.algorithm()) return hasher_.digest();
  crypto::Hasher other(algorithm);
  TRY(content_.hash_file(file_, written_, other, path_));
  other.update(gathered_);
  return other.digest();
}

void FsUpload::discard_file() {
  file_.close();
  if (!has_name_) return;
  // Best effort: what stays is found by remove_stale_uploads() at the next start.
  static_cast<void>(content_.os().unlink(path_));
  has_name_ = false;
}

void FsUpload::release_memory() {
  gathered_ = {};
}

}  // namespace berth::blobs::fs
