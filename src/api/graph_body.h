// A JSON body of Graph, read name by name with exact errors. What nobody asked for is refused by
// done(), unless it says nothing: null, false, an empty list, text or object, as clients send for
// everything that they know of. Values; pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "policy/service_kind.h"

namespace berth::api {

// RFC 3339 with 'Z' or an offset, any number of fractional digits; a text without either is UTC.
std::optional<TimePoint> parse_rfc3339(std::string_view text);

class GraphBody {
 public:
  static constexpr std::size_t kMaxBytes = 256UL * 1024;

  static Result<GraphBody> parse(std::string_view text);

  // Each marks the name as known. nullopt: absent or null. kInvalidRequest for another type.
  Result<std::optional<std::string>> text(std::string_view name);
  Result<std::optional<bool>> flag(std::string_view name);
  Result<std::optional<std::uint32_t>> number(std::string_view name);
  Result<std::optional<TimePoint>> time(std::string_view name);
  Result<std::optional<std::vector<std::string>>> texts(std::string_view name);
  // The name of a kind of service; null or "": kNone, which takes a kind away. nullopt: absent.
  Result<std::optional<policy::ServiceKind>> service_kind(std::string_view name);
  Result<std::optional<GraphBody>> object(std::string_view name);
  Result<std::optional<std::vector<GraphBody>>> objects(std::string_view name);
  // Known, and without effect here when it is one of these texts.
  Result<void> accept_only(std::string_view name, std::initializer_list<std::string_view> values);
  // The property that this server cannot do must be off.
  Result<void> must_be_off(std::string_view name);

  Result<void> done() const;

 private:
  GraphBody(std::shared_ptr<const boost::json::object> values, std::string path);
  const boost::json::value* take(std::string_view name);  // null for null, too
  tl::unexpected<Error> wrong(std::string_view name, std::string_view rule) const;

  std::shared_ptr<const boost::json::object> values_;
  std::string path_;  // of this object in the body, with a dot behind it
  std::set<std::string, std::less<>> known_;
};

}  // namespace berth::api
