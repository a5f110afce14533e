#include "api/upload_handlers.h"

#include <fmt/format.h>

#include "api/guarded_body.h"

namespace berth::api {
namespace {

http::Response created(const policy::PushPermit& permit, const oci::Digest& digest) {
  http::Response response(201);
  response
      .header("Location", fmt::format("/v2/{}/blobs/{}", permit.repository().text(), digest.text()))
      .header("Docker-Content-Digest", digest.text());
  return response;
}

// `Range: 0-<last>`, both included; an upload without bytes says 0-0 as distribution does.
http::Response progress(unsigned status, const policy::PushPermit& permit, const std::string& id,
                        std::uint64_t offset) {
  http::Response response(status);
  response
      .header("Location", fmt::format("/v2/{}/blobs/uploads/{}", permit.repository().text(), id))
      .header("Range", fmt::format("0-{}", offset == 0 ? 0 : offset - 1))
      .header("Docker-Upload-UUID", id);
  return response;
}

// The body of this request as a chunk. From here on it may be as long as it likes: the permit is
// there, and Uploads knows the limit of a blob.
Result<registry::Chunk> chunk_of(Call& call, ByteStream& body) {
  call.exchange.allow_body(UINT64_MAX);
  registry::Chunk chunk{body, {}, call.request().content_length()};
  if (!chunk.content_length && !call.request().chunked()) chunk.content_length = 0;
  if (const auto range = call.request().header("Content-Range")) {
    TRY_ASSIGN(chunk.range, oci::parse_chunk_range(*range));
  }
  return chunk;
}

GuardedBody guarded(Call& call, const policy::PushPermit& permit) {
  return {call.exchange.body(), call.gate, call.visit, permit.repository()};
}

Result<oci::Digest> digest_parameter(const Call& call) {
  const auto text = call.query.get("digest");
  if (!text) {
    return fail(Code::kDigestInvalid,
                "The last request of an upload must name the blob: add ?digest=sha256:…");
  }
  return oci::Digest::parse(*text);
}

}  // namespace

Answer UploadHandlers::start(Call& call, const policy::PushPermit& permit) {
  const auto mounted = call.query.get("mount");
  const auto from = call.query.get("from");
  if (mounted && from) co_return co_await mount(call, permit, *mounted, *from);
  if (call.query.get("digest")) {
    CO_TRY_ASSIGN(const oci::Digest digest, digest_parameter(call));
    GuardedBody body = guarded(call, permit);
    auto chunk = chunk_of(call, body);
    if (!chunk) co_return fail(std::move(chunk).error());
    CO_TRY(co_await uploads_->store(permit, *chunk, digest));
    co_return created(permit, digest);
  }
  co_return co_await open(call, permit);
}

// A mount that cannot be done becomes an ordinary upload (end-11). The source needs its own permit;
// a caller without it learns no more than one that names a blob which is not there.
Answer UploadHandlers::mount(Call& call, const policy::PushPermit& permit, std::string_view digest,
                             std::string_view from) {
  CO_TRY_ASSIGN(const oci::Digest wanted, oci::Digest::parse(digest));
  CO_TRY_ASSIGN(const oci::RepositoryName source, oci::RepositoryName::parse(from));
  const auto pull = call.gate.authorize<policy::Action::kPull>(call.visit, source);
  if (pull) {
    const auto blob = co_await blobs_->mount(*pull, permit, wanted);
    if (blob) co_return created(permit, wanted);
    const Code code = blob.error().code;
    if (code != Code::kBlobUnknown && code != Code::kNameUnknown) co_return fail(blob.error());
  }
  co_return co_await open(call, permit);
}

Answer UploadHandlers::open(Call& call, const policy::PushPermit& permit) {
  oci::Algorithm algorithm = oci::Algorithm::kSha256;
  if (const auto name = call.query.get("digest-algorithm")) {
    if (*name == oci::algorithm_name(oci::Algorithm::kSha512)) {
      algorithm = oci::Algorithm::kSha512;
    } else if (*name != oci::algorithm_name(algorithm)) {
      co_return fail(Error(Code::kDigestInvalid, "digest-algorithm must be sha256 or sha512.")
                         .with("digest-algorithm", std::string(name->substr(0, 32))));
    }
  }
  CO_TRY_ASSIGN(const std::string id, co_await uploads_->start(permit, algorithm));
  co_return progress(202, permit, id, 0);
}

Answer UploadHandlers::status(Call& call, const policy::PushPermit& permit) {
  CO_TRY_ASSIGN(const std::uint64_t offset, co_await uploads_->offset(permit, call.reference));
  co_return progress(204, permit, call.reference, offset);
}

Answer UploadHandlers::append(Call& call, const policy::PushPermit& permit) {
  GuardedBody body = guarded(call, permit);
  auto chunk = chunk_of(call, body);
  if (!chunk) co_return fail(std::move(chunk).error());
  CO_TRY_ASSIGN(const std::uint64_t offset,
                co_await uploads_->append(permit, call.reference, *chunk));
  co_return progress(202, permit, call.reference, offset);
}

Answer UploadHandlers::finish(Call& call, const policy::PushPermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest digest, digest_parameter(call));
  GuardedBody body = guarded(call, permit);
  auto chunk = chunk_of(call, body);
  if (!chunk) co_return fail(std::move(chunk).error());
  CO_TRY(co_await uploads_->finish(permit, call.reference, *chunk, digest));
  co_return created(permit, digest);
}

Answer UploadHandlers::cancel(Call& call, const policy::PushPermit& permit) {
  CO_TRY(co_await uploads_->cancel(permit, call.reference));
  co_return http::Response(204);
}

}  // namespace berth::api
