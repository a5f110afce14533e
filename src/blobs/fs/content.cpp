#include "blobs/fs/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace berth::blobs::fs {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<void> require_digest(const oci::Digest& expected, const oci::Digest& got) {
  if (expected == got) return {};
  Error error(Code::kDigestInvalid,
              fmt::format("The content has digest {}, not {}. Send the content that the digest "
                          "names, or its own digest.",
                          got.text(), expected.text()));
  return fail(std::move(error).with("expected", expected.text()).with("got", got.text()));
}

Content::Content(FileSystem& os, const Clock& clock, std::string root, std::uint64_t reserve_bytes,
                 std::string run)
    : os_(os),
      layout_(without_trailing_slashes(std::move(root))),
      run_(std::move(run)),
      space_(os, clock, layout_.root(), reserve_bytes) {}

Result<void> Content::ensure_directory(const std::string& path) {
  auto made = os_.make_directory(path);
  if (!made && made.error() == ENOENT && parent_of(path) != path) {
    TRY(ensure_directory(parent_of(path)));
    made = os_.make_directory(path);
  }
  if (!made && made.error() != EEXIST) return checked(made, "mkdir", path);
  // Also when it was there: an earlier run may have died between the mkdir and this. A parent that
  // we may not read is the administrator's, who made the directory long ago.
  auto synced = os_.sync_directory(parent_of(path));
  if (!synced && synced.error() == EACCES) return {};
  return checked(synced, "fsync", parent_of(path));
}

Result<void> Content::prepare() {
  TRY(ensure_directory(layout_.root()));
  for (const std::string& path : layout_.skeleton()) TRY(ensure_directory(path));
  std::set<std::string> present;
  for (const oci::Algorithm algorithm : {oci::Algorithm::kSha256, oci::Algorithm::kSha512}) {
    const std::string path = layout_.algorithm(algorithm);
    // In this order: what is listed is then covered by the sync.
    TRY_ASSIGN(const auto names, checked(os_.list(path), "list", path));
    TRY(checked(os_.sync_directory(path), "fsync", path));
    for (const std::string& name : names) {
      present.insert(fmt::format("{}/{}", oci::algorithm_name(algorithm), name));
    }
  }
  for (std::size_t i = 0; i < Layout::kPrefixes; ++i) {
    settled_[i] = present.contains(Layout::prefixes()[i]);
  }
  return {};
}

// The first blob of a directory pays for it. Whoever finds it unsettled syncs for himself: another
// thread may have made it but not synced yet, and a name in a lost directory is lost.
Result<void> Content::ensure_fan_out(const oci::Digest& digest) {
  std::atomic<bool>& settled = settled_[Layout::prefix_index(digest)];
  if (settled.load(std::memory_order_acquire)) return {};
  TRY(ensure_directory(layout_.fan_out(digest)));
  settled.store(true, std::memory_order_release);
  return {};
}

Result<void> Content::write_all(const File& file, std::span<const std::byte> bytes,
                                std::uint64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    TRY_ASSIGN(const std::size_t n, checked(os_.write_at(file, bytes, offset), "write", path));
    bytes = bytes.subspan(n);
    offset += n;
  }
  return {};
}

Result<void> Content::hash_file(const File& file, std::uint64_t length, crypto::Hasher& hasher,
                                const std::string& path) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(length, kReadBytes));
  for (std::uint64_t offset = 0; offset < length;) {
    const std::span out(buffer.data(), std::min<std::uint64_t>(buffer.size(), length - offset));
    TRY_ASSIGN(const std::size_t n, checked(os_.read_at(file, out, offset), "read", path));
    // The file is shorter than what was written to it.
    if (n == 0) return fail(errno_error(EIO, "read", path));
    hasher.update(out.first(n));
    offset += n;
  }
  return {};
}

// Each step makes safe what the next one relies on: whole content, then a directory that stays,
// then the name, then the name for good.
Result<BlobLocation> Content::publish(const File& file, const std::string& path,
                                      const oci::Digest& digest) {
  TRY(checked(os_.sync_data(file), "fdatasync", path));
  TRY(ensure_fan_out(digest));
  const std::string target = layout_.blob(digest);
  TRY(checked(os_.rename(path, target), "rename", target));
  const std::string directory = layout_.fan_out(digest);
  TRY(checked(os_.sync_directory(directory), "fsync", directory));
  return location_of(digest);
}

Result<std::string> Content::make_scratch(std::span<const std::byte> bytes, File& file) {
  const auto number = next_scratch_.fetch_add(1, std::memory_order_relaxed);
  std::string path = layout_.upload(fmt::format("{}.{}", run_, number));
  TRY_ASSIGN(file, checked(os_.create(path), "create", path));
  if (auto written = write_all(file, bytes, 0, path); !written) {
    static_cast<void>(os_.unlink(path));  // the first error is the one to report
    return fail(std::move(written).error());
  }
  return path;
}

Result<BlobLocation> Content::put(std::span<const std::byte> bytes, const oci::Digest& expected) {
  TRY(require_digest(expected, crypto::digest_of(expected.algorithm(), bytes)));
  TRY(admit(bytes.size()));
  File file;
  TRY_ASSIGN(const std::string path, make_scratch(bytes, file));
  auto location = publish(file, path, expected);
  // Whatever failed, the scratch name is of no more use; it may have been renamed already.
  if (!location) static_cast<void>(os_.unlink(path));
  return location;
}

// Reads one fan-out directory whole, which bounds the cost of a page: 1/256 of an algorithm's
// blobs.
Result<void> Content::list_directory(const std::string& prefix, const BlobLocation& after,
                                     std::size_t limit, std::vector<StoredBlob>& out) {
  const std::string directory = fmt::format("{}/blobs/{}", layout_.root(), prefix);
  auto listed = os_.list(directory);
  if (!listed && listed.error() == ENOENT) return {};  // no blob yet
  TRY_ASSIGN(const auto names, checked(std::move(listed), "list", directory));
  for (const std::string& name : names) {
    if (out.size() == limit) break;
    BlobLocation location{fmt::format("{}/{}", prefix, name)};
    auto digest = digest_at(location);
    if (location <= after || !digest) continue;  // not listed yet, and a name of our making
    auto found = os_.status(fmt::format("{}/{}", directory, name));
    if (!found && found.error() == ENOENT) continue;  // removed meanwhile
    TRY_ASSIGN(const FileStatus status, checked(found, "stat", location.text));
    out.push_back({std::move(location), {status.size, status.modified}, std::move(*digest)});
  }
  return {};
}

Result<std::vector<StoredBlob>> Content::list(const BlobLocation& after, std::size_t limit) {
  if (!after.text.empty()) TRY(digest_at(after));
  std::vector<StoredBlob> out;
  for (const std::string& prefix : Layout::prefixes()) {
    if (out.size() == limit) break;
    // Prefixes sort as locations do, so whole directories before `after` are skipped unread.
    if (prefix < after.text.substr(0, prefix.size())) continue;
    TRY(list_directory(prefix, after, limit, out));
  }
  return out;
}

Result<void> Content::remove(const oci::Digest& digest) {
  const std::string path = layout_.blob(digest);
  auto removed = os_.unlink(path);
  if (!removed && removed.error() != ENOENT) return checked(removed, "unlink", path);
  // Also when it was gone: an earlier removal may have died before this.
  const std::string directory = layout_.fan_out(digest);
  auto synced = os_.sync_directory(directory);
  if (!synced && synced.error() == ENOENT) return {};  // never held a blob
  return checked(synced, "fsync", directory);
}

// Writes, syncs and removes one byte: a disk that has gone read-only still answers statvfs.
Result<void> Content::check() {
  TRY(space_.measure(0));
  constexpr std::byte kProbe{'.'};
  File file;
  TRY_ASSIGN(const std::string path, make_scratch(std::span(&kProbe, 1), file));
  auto synced = os_.sync_data(file);
  auto removed = os_.unlink(path);
  TRY(checked(synced, "fdatasync", path));
  return checked(removed, "unlink", path);
}

Result<std::vector<std::string>> Content::leftovers() {
  TRY_ASSIGN(auto names, checked(os_.list(layout_.uploads()), "list", layout_.uploads()));
  std::erase_if(names, [&](const std::string& name) {
    // Only names of our own making: the folder may be a mount point with a lost+found.
    const std::string_view uuid = std::string_view(name).substr(0, name.find('.'));
    return !is_upload_id(uuid) || uuid == run_;
  });
  return names;
}

}  // namespace berth::blobs::fs
