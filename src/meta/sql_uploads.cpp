#include <array>

#include "meta/rows.h"
#include "meta/store_impl.h"

namespace berth::meta {
namespace {

// The number of an algorithm in the uploads table.
constexpr std::array kAlgorithms = {oci::Algorithm::kSha256, oci::Algorithm::kSha512};
static_assert(static_cast<int>(kAlgorithms[1]) == 1);

Result<UploadRecord> find_upload(Session& db, const std::string& id) {
  std::optional<UploadRecord> found;
  db.first(Sql::kUpload, {id}, [&](const Row& row) {
    found.emplace(UploadRecord{.id = id,
                               .repository = {row.text(0), row.repository_name(1)},
                               .algorithm = kAlgorithms.at(row.count(2)),
                               .checkpoint = {.offset = row.count(3),
                                              .hash_state = row.text(4),
                                              .backend_state = row.text(5)},
                               .updated = row.time(6)});
  });
  if (found) return std::move(*found);
  return fail(Code::kBlobUploadUnknown, std::string(code_row(Code::kBlobUploadUnknown).meaning));
}

std::vector<std::string> ids(Session& db, Sql statement, Values values) {
  std::vector<std::string> found;
  db.each(statement, values, [&](const Row& row) { found.push_back(row.text(0)); });
  return found;
}

}  // namespace

Task<Result<void>> SqlStore::save_upload(const UploadRecord& upload) {
  co_return co_await writer_.write([&](Transaction& tx) -> Result<void> {
    tx.db.execute(Sql::kSaveUpload,
                  {upload.id, upload.repository.registry, upload.repository.name,
                   static_cast<int>(upload.algorithm), upload.checkpoint.offset,
                   upload.checkpoint.hash_state, upload.checkpoint.backend_state, upload.updated});
    return {};
  });
}

Task<Result<UploadRecord>> SqlStore::load_upload(const std::string& id) {
  co_return co_await readers_.read([&](Session& db) { return find_upload(db, id); });
}

Task<Result<void>> SqlStore::remove_upload(const std::string& id) {
  co_return co_await writer_.write_freeing([&](Transaction& tx) -> Result<void> {
    tx.db.execute(Sql::kDeleteUpload, {id});
    return {};
  });
}

Task<Result<std::vector<std::string>>> SqlStore::upload_ids() {
  co_return co_await readers_.read(
      [](Session& db) -> Result<std::vector<std::string>> { return ids(db, Sql::kUploadIds, {}); });
}

Task<Result<std::vector<std::string>>> SqlStore::stale_uploads(TimePoint before) {
  co_return co_await readers_.read([&](Session& db) -> Result<std::vector<std::string>> {
    return ids(db, Sql::kStaleUploads, {before});
  });
}

}  // namespace berth::meta
