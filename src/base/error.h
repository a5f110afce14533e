// Errors are values. One enum names every way a request can fail; one table (error.cpp) gives each
// its HTTP status and its name in each protocol. Docs (docs/errors.md) are generated from that
// table.
//
// An Error carries two texts: `message` and `details` are safe for the client, `cause` is for the
// operator's log only. Renderers (api/) must never print `cause`.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace berth {

// OCI Distribution Specification 1.1, "Error Codes", and what the other faces need besides.
enum class Code {
  kBlobUnknown,
  kBlobUploadInvalid,
  kBlobUploadUnknown,
  kBlobUploadBusy,  // another request is writing to the same upload
  kDigestInvalid,
  kManifestBlobUnknown,
  kManifestInvalid,
  kManifestUnknown,
  kNameInvalid,
  kNameUnknown,
  kTagInvalid,
  kSizeInvalid,
  kUnauthorized,
  kInsufficientScope,  // a good credential, but not for this: a registry answers 401 to that, too
  kDenied,
  kMisdirected,  // the Host header names no face of this listener
  kUnsupported,  // the operation exists nowhere on this route
  kDisallowed,   // a lock (changeableAttributes) or a reference forbids it
  kTooManyRequests,
  kRangeInvalid,  // a chunk out of order, or a Range outside the content: 416
  kConflict,
  kPreconditionFailed,
  kInvalidRequest,
  kRouteUnknown,     // no such path on this face
  kResourceUnknown,  // no such resource of the control plane or the directory
  kTooLarge,         // a body, header or count over its documented limit
  kLengthRequired,
  kStorageFull,
  kUnavailable,
  kTimeout,     // the client was slower than the documented minimum
  kClientGone,  // the peer closed before the request was complete; never rendered
  kInternal,
};

struct CodeRow {
  Code code;
  int http_status;
  std::string_view oci;      // `code` in an OCI error body
  std::string_view arm;      // `code` in an ARM error body
  std::string_view meaning;  // one sentence for docs/errors.md, and the default message
};

// The row of `code`. Every Code has exactly one.
const CodeRow& code_row(Code code);
// All rows in enum order, for docs and tests.
const std::vector<CodeRow>& code_table();

// One structured fact for the client, rendered into the error body's `detail` object.
struct Detail {
  std::string key;
  std::string value;
  bool operator==(const Detail&) const = default;
};

struct [[nodiscard]] Error {
  Code code = Code::kInternal;
  std::string message;          // for the client: what was wrong and what would be right
  std::vector<Detail> details;  // for the client: digest, field path, …
  std::string cause;            // for the log: errno text, SQL state, source
  std::string exact_code;       // a more exact code for ARM and OAuth bodies; empty: the table's
  std::vector<Error> also;      // further entries of the same error body (one per missing blob)

  Error() = default;
  Error(Code c, std::string m) : code(c), message(std::move(m)) {}

  Error&& with(std::string key, std::string value) && {
    details.push_back({std::move(key), std::move(value)});
    return std::move(*this);
  }
  Error&& named(std::string code_name) && {
    exact_code = std::move(code_name);
    return std::move(*this);
  }
  Error&& because(std::string why) && {
    cause = std::move(why);
    return std::move(*this);
  }
};

template <class T = void>
using Result = tl::expected<T, Error>;

// return fail(Code::kNameInvalid, "…");
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}

// An Error from errno, with the operation and its object in `cause`. ENOSPC and EDQUOT become
// kStorageFull, everything else kInternal.
Error errno_error(int err, std::string_view operation, std::string_view object);

// TRY(expr): return the error of a Result<void>-like expression, or go on.
// TRY_ASSIGN(var, expr): the same, binding the value. The CO_ forms are for coroutines.
#define BERTH_CONCAT_(a, b) a##b
#define BERTH_CONCAT(a, b) BERTH_CONCAT_(a, b)
#define BERTH_TRY_(ret, tmp, ...) \
  auto&& tmp = (__VA_ARGS__);     \
  if (!tmp) ret ::berth::fail(std::move(tmp).error())
#define BERTH_TRY_VOID_(ret, ...)                                      \
  do {                                                                 \
    auto&& try_result = (__VA_ARGS__);                                 \
    if (!try_result) ret ::berth::fail(std::move(try_result).error()); \
  } while (false)
#define TRY(...) BERTH_TRY_VOID_(return, __VA_ARGS__)
#define CO_TRY(...) BERTH_TRY_VOID_(co_return, __VA_ARGS__)
#define TRY_ASSIGN(var, ...)                                     \
  BERTH_TRY_(return, BERTH_CONCAT(try_, __LINE__), __VA_ARGS__); \
  var = std::move(*BERTH_CONCAT(try_, __LINE__))
#define CO_TRY_ASSIGN(var, ...)                                     \
  BERTH_TRY_(co_return, BERTH_CONCAT(try_, __LINE__), __VA_ARGS__); \
  var = std::move(*BERTH_CONCAT(try_, __LINE__))

}  // namespace berth
