#include "api/arm_errors.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/error_detail.h"

namespace berth::api {
namespace {

namespace json = boost::json;

json::object entry(const Error& error) {
  json::object out;
  out["code"] = arm_code(error);
  out["message"] =
      error.message.empty() ? std::string(code_row(error.code).meaning) : error.message;
  if (const auto* target = detail_of(error, "target")) out["target"] = *target;
  return out;
}

}  // namespace

std::string arm_code(const Error& error) {
  return error.exact_code.empty() ? std::string(code_row(error.code).arm) : error.exact_code;
}

http::Response arm_error(const Error& error, const std::string& correlation_id) {
  json::object body = entry(error);
  if (!error.also.empty()) {
    json::array details;
    for (const Error& further : error.also) details.emplace_back(entry(further));
    body["details"] = std::move(details);
  }
  http::Response response(static_cast<unsigned>(code_row(error.code).http_status));
  response.header("Content-Type", "application/json; charset=utf-8")
      .header("x-ms-request-id", correlation_id)
      .header("Cache-Control", "no-store");
  if (const auto* allow = detail_of(error, "allow")) response.header("Allow", *allow);
  const bool again = error.code == Code::kTooManyRequests || error.code == Code::kUnavailable;
  if (const auto* wait = detail_of(error, "retryAfter")) {
    response.header("Retry-After", *wait);
  } else if (again) {
    response.header("Retry-After", "5");
  }
  response.body = json::serialize(json::object{{"error", std::move(body)}}) + "\n";
  return response;
}

}  // namespace berth::api
