#include "api/blob_answer.h"

#include <fmt/format.h>

#include "api/conditions.h"

namespace berth::api {
namespace {

http::Body body_of(const blobs::BlobSource& source, std::uint64_t length) {
  if (const auto* file = std::get_if<FileRange>(&source)) return *file;
  return http::StreamBody{std::get<std::shared_ptr<ByteStream>>(source), length};
}

http::Response describe(const meta::BlobRecord& record) {
  http::Response response(200);
  response.header("Content-Type", "application/octet-stream")
      .header("Docker-Content-Digest", record.digest.text())
      .header("ETag", etag_of(record.digest))
      .header("Accept-Ranges", "bytes")
      // Of the client alone: a shared cache would answer whom the network or a role refuses.
      .header("Cache-Control", "private, max-age=31536000, immutable");
  return response;
}

}  // namespace

bool described_only(const http::Request& request, const oci::Digest& digest) {
  return request.method() == http::Method::kHead || not_modified(request, digest);
}

Answer answer_blob(registry::Blobs& blobs, const http::Request& request,
                   const policy::PullPermit& permit, const oci::Digest& digest) {
  if (described_only(request, digest)) {
    CO_TRY_ASSIGN(const meta::BlobRecord record, co_await blobs.stat(permit, digest));
    http::Response response = describe(record);
    if (not_modified(request, digest)) response.status = 304;
    response.announced_length = record.size;
    co_return response;
  }
  const std::string_view range = request.header("Range").value_or("");
  auto opened = co_await blobs.open(permit, digest, range);
  if (!opened) co_return fail(std::move(opened).error());
  http::Response response = describe(opened->record);
  std::uint64_t length = opened->record.size;
  if (opened->range) {
    response.status = 206;
    response.header("Content-Range", fmt::format("bytes {}-{}/{}", opened->range->first,
                                                 opened->range->last, opened->record.size));
    length = opened->range->length();
  }
  response.body = body_of(opened->source, length);
  co_return response;
}

}  // namespace berth::api
