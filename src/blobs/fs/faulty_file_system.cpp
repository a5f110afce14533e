#include "blobs/fs/faulty_file_system.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace berth::blobs::fs {
namespace {

constexpr std::size_t kBlock = 512;  // what a disk writes whole or not at all, nearly
using Random = std::mt19937_64;

// What the model itself needs from the kernel cannot fail in a way a test could handle.
int must(int result) {
  if (result == -1) std::abort();
  return result;
}

File make_memory_file() {
  return File(must(::memfd_create("faulty", MFD_CLOEXEC)));
}

struct stat raw_status(const File& file) {
  struct stat raw {};
  must(::fstat(file.fd(), &raw));
  return raw;
}

std::string read_whole(const File& file) {
  std::string content(static_cast<std::size_t>(raw_status(file).st_size), '\0');
  must(static_cast<int>(::pread(file.fd(), content.data(), content.size(), 0)));
  return content;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// How eagerly the disk wrote by itself. The first seeds are the extremes that find most mistakes.
enum class Eagerness { kNothing, kNamesOnly, kEverything, kRandom };
Eagerness eagerness_of(std::uint64_t seed) {
  return static_cast<Eagerness>(std::min<std::uint64_t>(seed, 3));
}

std::size_t surviving_size(std::size_t before, std::size_t now, Random& random) {
  switch (random() % 3) {
    case 0:
      return before;
    case 1:
      return now;
    default:
      return std::min(before, now) + random() % (std::max(before, now) - std::min(before, now) + 1);
  }
}

// Mixes the synced and the present content, block by block.
std::string survive(const std::string& durable, const std::string& live, Eagerness eagerness,
                    Random& random) {
  if (durable == live || eagerness == Eagerness::kEverything) return live;
  if (eagerness == Eagerness::kNothing) return durable;
  const bool names_only = eagerness == Eagerness::kNamesOnly;
  const std::size_t size =
      names_only ? live.size() : surviving_size(durable.size(), live.size(), random);
  std::string old = durable;
  std::string fresh = live;
  old.resize(size, '\0');
  fresh.resize(size, '\0');
  if (names_only) return old;  // the length reached the disk, the bytes did not
  for (std::size_t at = 0; at < size; at += kBlock) {
    const std::size_t length = std::min(kBlock, size - at);
    const std::uint64_t fate = random() % 4;  // old twice, whole, torn
    const std::size_t kept = fate < 2 ? 0 : (fate == 2 ? length : random() % length);
    old.replace(at, kept, fresh, at, kept);
  }
  return old;
}

}  // namespace

FaultyFileSystem::FaultyFileSystem() {
  live_.emplace("/", Node{});
  settled_ = live_;
}

std::uint64_t FaultyFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void FaultyFileSystem::fail_at(std::uint64_t number, int error) {
  const std::lock_guard lock(mutex_);
  faults_[number] = error;
}

void FaultyFileSystem::cut_power_at(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  power_off_ = number;
}

void FaultyFileSystem::limit_writes(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  write_limit_ = bytes;
}

void FaultyFileSystem::ignore_syncs(Sync kind) {
  const std::lock_guard lock(mutex_);
  (kind == Sync::kData ? data_syncs_ignored_ : directory_syncs_ignored_) = true;
}

void FaultyFileSystem::set_free_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  free_bytes_ = bytes;
}

std::unique_ptr<FaultyFileSystem> FaultyFileSystem::crash(std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  Random random(seed);
  const Eagerness eagerness = eagerness_of(seed);
  Tree names = settled_;
  for (const NameOperation& operation : pending_) {
    const bool lucky =
        eagerness == Eagerness::kRandom ? (random() & 1) != 0 : eagerness != Eagerness::kNothing;
    if (!operation.durable && !lucky) continue;
    for (const Change& change : operation.changes) {
      names.erase(change.path);
      if (change.node) names.emplace(change.path, *change.node);
    }
  }
  auto after = std::make_unique<FaultyFileSystem>();
  after->free_bytes_ = free_bytes_;
  for (const auto& [path, node] : names) {
    // Parents sort before their children: a name in a lost directory is lost too.
    if (path == "/" || !after->live_.contains(parent_of(path))) continue;
    Node copy;
    if (node.inode) {
      copy.inode = std::make_shared<Inode>();
      copy.inode->content = make_memory_file();
      copy.inode->durable =
          survive(node.inode->durable, read_whole(node.inode->content), eagerness, random);
      const std::string& bytes = copy.inode->durable;
      must(static_cast<int>(::pwrite(copy.inode->content.fd(), bytes.data(), bytes.size(), 0)));
      after->open_.emplace(raw_status(copy.inode->content).st_ino, copy.inode);
    }
    after->live_.emplace(path, std::move(copy));
  }
  after->settled_ = after->live_;
  return after;
}

OsResult<> FaultyFileSystem::begin() {
  const std::uint64_t number = operations_++;
  if (number >= power_off_) return os_fail(EIO);
  if (const auto fault = faults_.find(number); fault != faults_.end()) {
    return os_fail(fault->second);
  }
  return {};
}

OsResult<> FaultyFileSystem::require_parent(const std::string& path) const {
  const auto parent = live_.find(parent_of(path));
  if (parent == live_.end()) return os_fail(ENOENT);
  if (parent->second.inode) return os_fail(ENOTDIR);
  return {};
}

OsResult<std::shared_ptr<FaultyFileSystem::Inode>> FaultyFileSystem::find_file(
    const std::string& path) const {
  const auto found = live_.find(path);
  if (found == live_.end()) return os_fail(ENOENT);
  if (!found->second.inode) return os_fail(EISDIR);
  return found->second.inode;
}

std::shared_ptr<FaultyFileSystem::Inode> FaultyFileSystem::inode_of(const File& file) const {
  const auto found = open_.find(raw_status(file).st_ino);
  if (found == open_.end()) std::abort();  // a descriptor of another file system
  return found->second;
}

void FaultyFileSystem::record(NameOperation operation) {
  for (const Change& change : operation.changes) {
    live_.erase(change.path);
    if (change.node) live_.emplace(change.path, *change.node);
  }
  pending_.push_back(std::move(operation));
}

OsResult<File> FaultyFileSystem::create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  if (auto parent = require_parent(path); !parent) return os_fail(parent.error());
  auto inode = find_file(path);
  if (!inode) {
    if (inode.error() != ENOENT) return os_fail(inode.error());
    inode = std::make_shared<Inode>();
    (*inode)->content = make_memory_file();
    open_.emplace(raw_status((*inode)->content).st_ino, *inode);
    record({{Change{path, Node{*inode}}}, false});
  }
  must(::ftruncate((*inode)->content.fd(), 0));
  return File(must(::fcntl((*inode)->content.fd(), F_DUPFD_CLOEXEC, 0)));
}

OsResult<File> FaultyFileSystem::open(const std::string& path, Access /*access*/) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  auto inode = find_file(path);
  if (!inode) return os_fail(inode.error());
  return File(must(::fcntl((*inode)->content.fd(), F_DUPFD_CLOEXEC, 0)));
}

OsResult<std::size_t> FaultyFileSystem::write_at(const File& file, std::span<const std::byte> bytes,
                                                 std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  const std::size_t size = std::min(bytes.size(), write_limit_);
  const ssize_t n = ::pwrite(file.fd(), bytes.data(), size, static_cast<off_t>(offset));
  return static_cast<std::size_t>(must(static_cast<int>(n)));
}

OsResult<std::size_t> FaultyFileSystem::read_at(const File& file, std::span<std::byte> out,
                                                std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  const ssize_t n = ::pread(file.fd(), out.data(), out.size(), static_cast<off_t>(offset));
  return static_cast<std::size_t>(must(static_cast<int>(n)));
}

OsResult<> FaultyFileSystem::sync_data(const File& file) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return go;
  if (data_syncs_ignored_) return {};
  const auto inode = inode_of(file);
  inode->durable = read_whole(inode->content);
  return {};
}

OsResult<> FaultyFileSystem::truncate(const File& file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return go;
  must(::ftruncate(file.fd(), static_cast<off_t>(size)));
  return {};
}

OsResult<FileStatus> FaultyFileSystem::status(const File& file) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  return FileStatus{static_cast<std::uint64_t>(raw_status(file).st_size), TimePoint{}};
}

OsResult<FileStatus> FaultyFileSystem::status(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  auto inode = find_file(path);
  if (!inode) return os_fail(inode.error());
  return FileStatus{static_cast<std::uint64_t>(raw_status((*inode)->content).st_size), TimePoint{}};
}

OsResult<> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return go;
  auto inode = find_file(from);
  if (!inode) return os_fail(inode.error());
  if (auto parent = require_parent(to); !parent) return parent;
  record({{Change{from, std::nullopt}, Change{to, Node{*inode}}}, false});
  return {};
}

OsResult<> FaultyFileSystem::unlink(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return go;
  if (auto inode = find_file(path); !inode) return os_fail(inode.error());
  record({{Change{path, std::nullopt}}, false});
  return {};
}

OsResult<> FaultyFileSystem::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return go;
  if (live_.contains(path)) return os_fail(EEXIST);
  if (auto parent = require_parent(path); !parent) return parent;
  record({{Change{path, Node{}}}, false});
  return {};
}

OsResult<> FaultyFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return go;
  const auto directory = live_.find(path);
  if (directory == live_.end()) return os_fail(ENOENT);
  if (directory_syncs_ignored_) return {};
  for (NameOperation& operation : pending_) {
    for (const Change& change : operation.changes) {
      if (parent_of(change.path) == path) operation.durable = true;
    }
  }
  // Only a leading run may be folded in: a later operation must still win over an earlier one.
  auto first_open = std::find_if(pending_.begin(), pending_.end(),
                                 [](const NameOperation& o) { return !o.durable; });
  for (auto operation = pending_.begin(); operation != first_open; ++operation) {
    for (const Change& change : operation->changes) {
      settled_.erase(change.path);
      if (change.node) settled_.emplace(change.path, *change.node);
    }
  }
  pending_.erase(pending_.begin(), first_open);
  return {};
}

OsResult<std::vector<std::string>> FaultyFileSystem::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  if (!live_.contains(path)) return os_fail(ENOENT);
  const std::string prefix = path + "/";
  std::vector<std::string> names;
  for (auto it = live_.lower_bound(prefix); it != live_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    std::string name = it->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

OsResult<std::uint64_t> FaultyFileSystem::free_bytes(const std::string& /*path*/) {
  const std::lock_guard lock(mutex_);
  if (auto go = begin(); !go) return os_fail(go.error());
  return free_bytes_;
}

}  // namespace berth::blobs::fs
