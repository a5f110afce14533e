#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace berth {
namespace {

// The only place where a Code meets a wire name. Order is the enum's (checked by error_test).
const std::vector<CodeRow>& rows() {
  static const std::vector<CodeRow> table = {
      {Code::kBlobUnknown, 404, "BLOB_UNKNOWN", "ResourceNotFound",
       "The blob is not in this repository."},
      {Code::kBlobUploadInvalid, 400, "BLOB_UPLOAD_INVALID", "BadRequest",
       "The upload request is malformed or does not fit the state of the upload."},
      {Code::kBlobUploadUnknown, 404, "BLOB_UPLOAD_UNKNOWN", "ResourceNotFound",
       "No such upload in this repository: it was finished, cancelled or has expired."},
      {Code::kBlobUploadBusy, 409, "BLOB_UPLOAD_INVALID", "Conflict",
       "Another request is writing to this upload; wait for its answer."},
      {Code::kDigestInvalid, 400, "DIGEST_INVALID", "BadRequest",
       "The digest is malformed, of an unsupported algorithm, or not that of the content."},
      {Code::kManifestBlobUnknown, 400, "MANIFEST_BLOB_UNKNOWN", "BadRequest",
       "The manifest refers to a blob or manifest that is not in this repository."},
      {Code::kManifestInvalid, 400, "MANIFEST_INVALID", "BadRequest",
       "The manifest is malformed, or not what its media type says."},
      {Code::kManifestUnknown, 404, "MANIFEST_UNKNOWN", "ResourceNotFound",
       "The manifest is not in this repository."},
      {Code::kNameInvalid, 400, "NAME_INVALID", "InvalidResourceName",
       "The repository name is malformed."},
      {Code::kNameUnknown, 404, "NAME_UNKNOWN", "ResourceNotFound",
       "The repository is not known to this registry."},
      {Code::kTagInvalid, 400, "MANIFEST_INVALID", "BadRequest", "The tag is malformed."},
      {Code::kSizeInvalid, 400, "SIZE_INVALID", "BadRequest",
       "The length that was announced is not the length that was sent."},
      {Code::kUnauthorized, 401, "UNAUTHORIZED", "AuthenticationFailed",
       "Authentication is required."},
      {Code::kInsufficientScope, 401, "UNAUTHORIZED", "AuthorizationFailed",
       "The credential is good, but not for this."},
      {Code::kDenied, 403, "DENIED", "AuthorizationFailed",
       "The caller may not do this, or not from this address."},
      {Code::kMisdirected, 421, "DENIED", "MisdirectedRequest",
       "The Host header names no registry that this listener serves."},
      {Code::kUnsupported, 405, "UNSUPPORTED", "MethodNotAllowed",
       "This path does not know the method."},
      {Code::kDisallowed, 405, "UNSUPPORTED", "OperationNotAllowed",
       "A lock or a reference forbids the operation."},
      {Code::kTooManyRequests, 429, "TOOMANYREQUESTS", "TooManyRequests",
       "A documented limit on requests or connections is reached; retry later."},
      {Code::kRangeInvalid, 416, "BLOB_UPLOAD_INVALID", "InvalidRange",
       "The range does not follow what was received, or lies outside the content."},
      {Code::kConflict, 409, "DENIED", "Conflict",
       "The resource changed or is in a state that forbids this."},
      {Code::kPreconditionFailed, 412, "DENIED", "PreconditionFailed",
       "A condition of the request (If-Match, If-None-Match) does not hold."},
      {Code::kInvalidRequest, 400, "UNSUPPORTED", "BadRequest",
       "A parameter, header or body is malformed."},
      {Code::kRouteUnknown, 404, "NAME_UNKNOWN", "ResourceNotFound",
       "There is nothing at this path."},
      {Code::kResourceUnknown, 404, "NAME_UNKNOWN", "ResourceNotFound",
       "The resource does not exist, or the caller may not know of it."},
      {Code::kTooLarge, 413, "SIZE_INVALID", "RequestEntityTooLarge",
       "The body, or a part of it, is larger than its documented limit."},
      {Code::kLengthRequired, 411, "SIZE_INVALID", "LengthRequired",
       "The request needs a Content-Length."},
      {Code::kStorageFull, 507, "DENIED", "InsufficientStorage",
       "The registry has no room left on its disk; nothing was stored."},
      {Code::kUnavailable, 503, "UNAVAILABLE", "ServiceUnavailable",
       "The registry is starting, stopping or cannot reach its storage; retry later."},
      {Code::kTimeout, 408, "SIZE_INVALID", "RequestTimeout",
       "The client sent slower than the documented minimum."},
      {Code::kClientGone, 499, "UNKNOWN", "ClientClosedRequest",
       "The client closed the connection before the request was complete."},
      {Code::kInternal, 500, "UNKNOWN", "InternalServerError",
       "Berth failed; the operator finds the reason under the correlation id."},
  };
  return table;
}

}  // namespace

const std::vector<CodeRow>& code_table() {
  return rows();
}

const CodeRow& code_row(Code code) {
  return rows()[static_cast<std::size_t>(code)];
}

Error errno_error(int err, std::string_view operation, std::string_view object) {
  const bool full = err == ENOSPC || err == EDQUOT;
  const Code code = full ? Code::kStorageFull : Code::kInternal;
  Error error(code, std::string(code_row(code).meaning));
  error.cause = fmt::format("{} {}: {}", operation, object, std::system_category().message(err));
  return error;
}

}  // namespace berth
