// A file system in memory that remembers what has been synced and can lose the rest. Tests only.
//
// crash() builds what a power cut may leave behind, as hostile as POSIX allows:
//  - file content not covered by sync_data() survives in part: each block of 512 bytes is new, old,
//    zero or torn; the length is the old, the new or one between;
//  - a name created, removed or renamed survives or not, each on its own and in any order, unless
//    its directory was synced since. A rename is one such unit: old name or new name, never both.
// Operations are counted from 0, and one of them can be made to fail, or the power cut before it.
//
// Files are memfds, so what is opened for reading is an ordinary descriptor. Safe from any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "blobs/fs/file_system.h"

namespace berth::blobs::fs {

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem();

  // How many operations were asked for so far; the next one has this number.
  std::uint64_t operations() const;
  // Operation `number` fails with `error` and does nothing.
  void fail_at(std::uint64_t number, int error);
  // From operation `number` on, all do nothing and fail with EIO: the power is off.
  void cut_power_at(std::uint64_t number);
  // Every write stores at most so many bytes.
  void limit_writes(std::size_t bytes);
  // From now on syncs succeed without effect: a disk that lies, or a store that forgot to ask.
  enum class Sync { kData, kDirectory };
  void ignore_syncs(Sync kind);
  void set_free_bytes(std::uint64_t bytes);

  // What is there after the power came back. The same seed gives the same answer.
  std::unique_ptr<FaultyFileSystem> crash(std::uint64_t seed) const;

  OsResult<File> create(const std::string& path) override;
  OsResult<File> open(const std::string& path, Access access) override;
  OsResult<std::size_t> write_at(const File& file, std::span<const std::byte> bytes,
                                 std::uint64_t offset) override;
  OsResult<std::size_t> read_at(const File& file, std::span<std::byte> out,
                                std::uint64_t offset) override;
  OsResult<> sync_data(const File& file) override;
  OsResult<> truncate(const File& file, std::uint64_t size) override;
  OsResult<FileStatus> status(const File& file) override;
  OsResult<FileStatus> status(const std::string& path) override;
  OsResult<> rename(const std::string& from, const std::string& to) override;
  OsResult<> unlink(const std::string& path) override;
  OsResult<> make_directory(const std::string& path) override;
  OsResult<> sync_directory(const std::string& path) override;
  OsResult<std::vector<std::string>> list(const std::string& path) override;
  OsResult<std::uint64_t> free_bytes(const std::string& path) override;

 private:
  struct Inode {
    File content;         // as the running system sees it
    std::string durable;  // as of the last sync
  };
  // A directory has no inode.
  struct Node {
    std::shared_ptr<Inode> inode;
  };
  using Tree = std::map<std::string, Node>;  // by full path
  // One name set to a node, or gone.
  struct Change {
    std::string path;
    std::optional<Node> node;
  };
  struct NameOperation {
    std::vector<Change> changes;  // all or none
    bool durable = false;
  };

  // Counts one operation; an errno when it must fail. Needs mutex_, as all below.
  OsResult<> begin();
  OsResult<> require_parent(const std::string& path) const;
  OsResult<std::shared_ptr<Inode>> find_file(const std::string& path) const;
  std::shared_ptr<Inode> inode_of(const File& file) const;
  void record(NameOperation operation);

  mutable std::mutex mutex_;
  Tree live_;
  Tree settled_;                                          // durable names, before pending_
  std::vector<NameOperation> pending_;                    // in order of time
  std::map<std::uint64_t, std::shared_ptr<Inode>> open_;  // by the memfd's inode number
  std::uint64_t operations_ = 0;
  std::uint64_t power_off_ = std::numeric_limits<std::uint64_t>::max();
  std::map<std::uint64_t, int> faults_;
  std::size_t write_limit_ = std::numeric_limits<std::size_t>::max();
  bool data_syncs_ignored_ = false;
  bool directory_syncs_ignored_ = false;
  std::uint64_t free_bytes_ = std::uint64_t{1} << 40;
};

}  // namespace berth::blobs::fs
