#include "registry/blobs.h"

#include <fmt/format.h>

#include "registry/locks.h"
#include "registry/permit_key.h"

namespace berth::registry {
namespace {

// The metadata knows the blob, the store does not have it whole: the server's fault, not a 404.
Error lost(const meta::BlobRecord& record, Error error) {
  if (!error.cause.empty() && error.code != Code::kBlobUnknown) return error;
  return Error(Code::kInternal,
               "The registry has lost the content of this blob; its operator can repair that.")
      .because(
          fmt::format("{} is missing or damaged; run berth verify --repair, then push it again",
                      record.digest.text()));
}

}  // namespace

Task<Result<meta::BlobRecord>> Blobs::stat(const policy::PullPermit& permit,
                                           const oci::Digest& digest) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY_ASSIGN(meta::BlobRecord record, co_await links_.find_blob(key, digest));
  if (!record.readable) co_return fail(not_readable(key.name.text()));
  leases_.touch(key, digest);
  co_return record;
}

Task<Result<OpenBlob>> Blobs::open(const policy::PullPermit& permit, const oci::Digest& digest,
                                   std::string_view range_header) {
  CO_TRY_ASSIGN(meta::BlobRecord record, co_await stat(permit, digest));
  auto resolved = oci::resolve_range(range_header, record.size);
  if (!resolved) {
    co_return fail(std::move(resolved).error().with("size", fmt::to_string(record.size)));
  }
  const std::optional<oci::ByteRange> range = *resolved;
  auto source = co_await store_.open(record.location, range);
  if (!source) co_return fail(lost(record, std::move(source).error()));
  // A blob that is shorter than recorded must not go out as if it were whole.
  const auto* file = std::get_if<FileRange>(&*source);
  if (file != nullptr && file->length != (range ? range->length() : record.size)) {
    co_return fail(lost(record, {}));
  }
  co_return OpenBlob{std::move(record), range, std::move(*source)};
}

Task<Result<meta::BlobRecord>> Blobs::mount(const policy::PullPermit& from,
                                            const policy::PushPermit& to,
                                            const oci::Digest& digest) {
  if (from.registry() != to.registry()) {
    co_return fail(Code::kBlobUnknown, "Blobs cannot be mounted from another registry.");
  }
  CO_TRY_ASSIGN(meta::BlobRecord record,
                co_await links_.mount_blob(key_of(from), key_of(to), digest));
  leases_.touch(key_of(to), digest);
  co_return record;
}

Task<Result<void>> Blobs::remove(const policy::DeletePermit& permit, const oci::Digest& digest) {
  co_return co_await links_.unlink_blob(key_of(permit), digest);
}

}  // namespace berth::registry
