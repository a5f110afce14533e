#include "api/oci_errors.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/error_detail.h"

namespace berth::api {
namespace {

namespace json = boost::json;

// What was asked for, as ACR says it (acr-access-model B3): a list of one, with capitals.
bool names_what_was_asked(const Error& error) {
  return !error.details.empty() && error.details.front().key == "Type";
}

json::object entry(const Error& error, const std::string& correlation_id) {
  const CodeRow& row = code_row(error.code);
  json::object detail;
  for (const Detail& fact : error.details) detail[fact.key] = fact.value;
  if (!names_what_was_asked(error)) detail["correlationId"] = correlation_id;
  json::object out;
  out["code"] = row.oci;
  // In the message, too, as ACR does it (A8): most clients show nothing else.
  if (by_network(error)) {
    out["message"] = error.message + " CorrelationId: " + correlation_id;
  } else {
    out["message"] = error.message.empty() ? row.meaning : std::string_view(error.message);
  }
  if (names_what_was_asked(error)) {
    out["detail"] = json::array{std::move(detail)};
  } else {
    out["detail"] = std::move(detail);
  }
  return out;
}

}  // namespace

http::Response oci_error(const Error& error, const std::string& correlation_id) {
  json::array errors{entry(error, correlation_id)};
  for (const Error& further : error.also) errors.push_back(entry(further, correlation_id));
  http::Response response(static_cast<unsigned>(code_row(error.code).http_status));
  response.header("Content-Type", "application/json");
  if (error.code == Code::kTooManyRequests || error.code == Code::kUnavailable) {
    const std::string* const wait = detail_of(error, "retryAfter");
    response.header("Retry-After", wait != nullptr ? *wait : "5");
  }
  // RFC 9110 §15.5.17 and §15.5.6: these two answers say in a header what would be right.
  const std::string* const size = detail_of(error, "size");
  if (error.code == Code::kRangeInvalid && size != nullptr) {
    response.header("Content-Range", "bytes */" + *size);
  }
  const std::string* const allow = detail_of(error, "allow");
  if (error.code == Code::kUnsupported && allow != nullptr) response.header("Allow", *allow);
  response.body = json::serialize(json::object{{"errors", std::move(errors)}}) + "\n";
  return response;
}

void add_transport_security(http::Response& response) {
  response.header("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

std::string error_table_markdown() {
  std::string out = "| HTTP | OCI code | ARM code | What it means |\n|---|---|---|---|\n";
  for (const CodeRow& row : code_table()) {
    if (row.code == Code::kClientGone) continue;  // nobody is left to read it
    out +=
        fmt::format("| {} | `{}` | `{}` | {} |\n", row.http_status, row.oci, row.arm, row.meaning);
  }
  return out;
}

}  // namespace berth::api
