// What several of the sql_*.cpp files need to read: rows as records, and the repository that every
// call starts from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "meta/locks.h"
#include "meta/records.h"
#include "meta/session.h"
#include "meta/writer.h"

namespace berth::meta {

struct RepositoryRow {
  std::int64_t id = 0;
  bool had_manifest = false;
  RepositoryRecord record;
};
struct ManifestRow {
  std::int64_t id = 0;
  ManifestRecord record;
};

std::optional<RepositoryRow> find_repository(Session& db, const RepositoryKey& key);
// kNameUnknown.
Result<RepositoryRow> require_repository(Session& db, const RepositoryKey& key);
// Creates it when it is not there yet; kDisallowed when it is locked for writing.
Result<RepositoryRow> writable_repository(Transaction& tx, const RepositoryKey& key);

std::optional<ManifestRow> find_manifest(Session& db, std::int64_t repository,
                                         const oci::Digest& digest);
Result<ManifestRow> require_manifest(Session& db, const RepositoryKey& key, std::int64_t repository,
                                     const oci::Digest& digest);
std::optional<TagRecord> find_tag(Session& db, std::int64_t repository, std::string_view name);
Result<TagRecord> require_tag(Session& db, const RepositoryKey& key, std::int64_t repository,
                              const oci::Tag& tag);

ManifestRow manifest_row(const Row& row);  // columns of $MANIFEST
TagRecord tag_record(const Row& row);      // columns of $TAG

Attributes changed(Attributes attributes, const AttributesChange& change);

// Reads one row more than asked for, to know whether there are more.
template <class T>
class PageReader {
 public:
  explicit PageReader(std::size_t limit) : limit_(std::min(limit, kMaxLimit)) {}
  // How many rows more decide the page: what it still takes, and one to know whether it goes on.
  std::int64_t rows() const { return static_cast<std::int64_t>(limit_ - page_.items.size()) + 1; }
  bool full() const { return page_.more; }
  void add(T item) {
    if (page_.items.size() < limit_) {
      page_.items.push_back(std::move(item));
    } else {
      page_.more = true;
    }
  }
  Page<T> take() { return std::move(page_); }

 private:
  static constexpr std::size_t kMaxLimit = 1'000'000;  // keeps rows() in range; callers ask less
  const std::size_t limit_;
  Page<T> page_;
};

}  // namespace berth::meta
