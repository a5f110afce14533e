#include "blobs/fs/fs_store.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "blobs/fs/content.h"
#include "blobs/fs/fs_upload.h"
#include "blobs/fs/layout.h"

namespace berth::blobs::fs {
namespace {

// A seam's result about one blob: absence is what the client may know, anything else is not.
template <class T>
Result<T> about_blob(OsResult<T> result, std::string_view operation, const std::string& path) {
  if (!result && result.error() == ENOENT) {
    return fail(Code::kBlobUnknown, std::string(code_row(Code::kBlobUnknown).meaning));
  }
  return checked(std::move(result), operation, path);
}

// A checkpoint's backend state is the name of the algorithm, which an unreadable hash state would
// not tell.
Result<oci::Algorithm> algorithm_named(std::string_view name) {
  for (const oci::Algorithm algorithm : {oci::Algorithm::kSha256, oci::Algorithm::kSha512}) {
    if (oci::algorithm_name(algorithm) == name) return algorithm;
  }
  Error error(Code::kInternal, std::string(code_row(Code::kInternal).meaning));
  return fail(std::move(error).because(fmt::format("upload checkpoint of backend '{}'", name)));
}

Error bad_upload_id(Code code, std::string_view id) {
  Error error(code, std::string(code_row(code).meaning));
  return std::move(error).because(fmt::format("upload id '{}' is not a lower-case UUID", id));
}

Result<FileRange> slice(std::shared_ptr<const File> file, std::uint64_t size,
                        const std::optional<oci::ByteRange>& range) {
  if (!range) return FileRange{std::move(file), 0, size};
  if (range->first > range->last || range->last >= size) {
    return fail(Code::kRangeInvalid,
                fmt::format("Bytes {}-{} do not lie inside the content's {} bytes.", range->first,
                            range->last, size));
  }
  return FileRange{std::move(file), range->first, range->length()};
}

class FsStore final : public BlobStore {
 public:
  FsStore(Options options, BlockingPool& disk, FileSystem& os, const Clock& clock, std::string run)
      : gather_bytes_(options.gather_bytes),
        disk_(disk),
        content_(os, clock, std::move(options.root), options.reserve_bytes, std::move(run)) {}

  Result<void> prepare() { return content_.prepare(); }

  Task<Result<BlobInfo>> stat(const BlobLocation& location) override;
  Task<Result<BlobSource>> open(const BlobLocation& location,
                                std::optional<oci::ByteRange> range) override;
  Task<Result<BlobLocation>> put(std::span<const std::byte> bytes,
                                 const oci::Digest& expected) override;
  Task<Result<std::unique_ptr<UploadSession>>> start_upload(const std::string& id,
                                                            oci::Algorithm algorithm) override;
  Task<Result<std::unique_ptr<UploadSession>>> resume_upload(
      const std::string& id, const UploadCheckpoint& checkpoint) override;
  Task<Result<std::uint64_t>> remove_stale_uploads(
      const std::function<bool(std::string_view)>& known) override;
  Task<Result<void>> remove(const BlobLocation& location) override;
  Task<Result<std::vector<StoredBlob>>> list(const BlobLocation& after, std::size_t limit) override;
  Task<Result<void>> check() override;

 private:
  Result<BlobSource> open_now(const oci::Digest& digest,
                              const std::optional<oci::ByteRange>& range);
  Result<void> unlink_uploads(const std::vector<std::string>& names);

  const std::size_t gather_bytes_;
  BlockingPool& disk_;
  Content content_;
};

Task<Result<BlobInfo>> FsStore::stat(const BlobLocation& location) {
  CO_TRY_ASSIGN(const oci::Digest digest, digest_at(location));
  const std::string path = content_.layout().blob(digest);
  auto found = co_await disk_.run([&] { return content_.os().status(path); });
  CO_TRY_ASSIGN(const FileStatus status, about_blob(found, "stat", path));
  co_return BlobInfo{status.size, status.modified};
}

Task<Result<BlobSource>> FsStore::open(const BlobLocation& location,
                                       std::optional<oci::ByteRange> range) {
  CO_TRY_ASSIGN(const oci::Digest digest, digest_at(location));
  co_return co_await disk_.run([&] { return open_now(digest, range); });
}

Result<BlobSource> FsStore::open_now(const oci::Digest& digest,
                                     const std::optional<oci::ByteRange>& range) {
  const std::string path = content_.layout().blob(digest);
  TRY_ASSIGN(File opened, about_blob(content_.os().open(path, Access::kRead), "open", path));
  auto file = std::make_shared<const File>(std::move(opened));
  TRY_ASSIGN(const FileStatus status, checked(content_.os().status(*file), "stat", path));
  TRY_ASSIGN(FileRange bytes, slice(std::move(file), status.size, range));
  return BlobSource(std::move(bytes));
}

Task<Result<BlobLocation>> FsStore::put(std::span<const std::byte> bytes,
                                        const oci::Digest& expected) {
  co_return co_await disk_.run([&] { return content_.put(bytes, expected); });
}

Task<Result<std::unique_ptr<UploadSession>>> FsStore::start_upload(const std::string& id,
                                                                   oci::Algorithm algorithm) {
  if (!is_upload_id(id)) co_return fail(bad_upload_id(Code::kBlobUploadInvalid, id));
  co_return std::make_unique<FsUpload>(content_, disk_, id, gather_bytes_, algorithm);
}

Task<Result<std::unique_ptr<UploadSession>>> FsStore::resume_upload(
    const std::string& id, const UploadCheckpoint& checkpoint) {
  if (!is_upload_id(id)) co_return fail(bad_upload_id(Code::kBlobUploadUnknown, id));
  CO_TRY_ASSIGN(const oci::Algorithm algorithm, algorithm_named(checkpoint.backend_state));
  auto upload = std::make_unique<FsUpload>(content_, disk_, id, gather_bytes_, algorithm);
  CO_TRY(co_await disk_.run([&] { return upload->restore(checkpoint); }));
  co_return std::move(upload);
}

Task<Result<std::uint64_t>> FsStore::remove_stale_uploads(
    const std::function<bool(std::string_view)>& known) {
  CO_TRY_ASSIGN(auto names, co_await disk_.run([&] { return content_.leftovers(); }));
  // Asked here, on the caller's strand, so that `known` needs no lock.
  std::erase_if(names, [&](const std::string& name) { return is_upload_id(name) && known(name); });
  CO_TRY(co_await disk_.run([&] { return unlink_uploads(names); }));
  co_return names.size();
}

Result<void> FsStore::unlink_uploads(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = content_.layout().upload(name);
    auto removed = content_.os().unlink(path);
    if (!removed && removed.error() != ENOENT) return checked(removed, "unlink", path);
  }
  return {};
}

Task<Result<void>> FsStore::remove(const BlobLocation& location) {
  CO_TRY_ASSIGN(const oci::Digest digest, digest_at(location));
  co_return co_await disk_.run([&] { return content_.remove(digest); });
}

Task<Result<std::vector<StoredBlob>>> FsStore::list(const BlobLocation& after, std::size_t limit) {
  co_return co_await disk_.run([&] { return content_.list(after, limit); });
}

Task<Result<void>> FsStore::check() {
  co_return co_await disk_.run([&] { return content_.check(); });
}

}  // namespace

Result<std::unique_ptr<BlobStore>> open_store(Options options, BlockingPool& disk, FileSystem& os,
                                              const Clock& clock, RandomSource& random) {
  auto store = std::make_unique<FsStore>(std::move(options), disk, os, clock, make_uuid(random));
  TRY(store->prepare());
  return store;
}

}  // namespace berth::blobs::fs
