// JSON that comes from outside: an object, not deep, no name twice. Two readers of one token must
// never see two different claims, so duplicates are an error and not "the last one wins".
// Pure. Errors: kInvalidRequest that begins with `what`; the text itself is never repeated.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace berth::identity {

Result<boost::json::object> parse_object(std::string_view text, std::string_view what);

// Members of an object that this program wrote or has checked; an absent member or one of another
// type is the empty value.
std::string text_of(const boost::json::object& object, std::string_view name);
bool bool_of(const boost::json::object& object, std::string_view name, bool otherwise);
std::optional<std::int64_t> number_of(const boost::json::object& object, std::string_view name);
// An array of texts, or one text as an array of one (`aud`); nullopt for anything else.
std::optional<std::vector<std::string>> texts_of(const boost::json::object& object,
                                                 std::string_view name);
boost::json::array array_of(const std::vector<std::string>& texts);

}  // namespace berth::identity
