#include "api/json_response.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace berth::api {

http::Response json_response(unsigned status, const boost::json::value& body,
                             std::string_view type) {
  http::Response response(status);
  response.header("Content-Type", std::string(type));
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

}  // namespace berth::api
