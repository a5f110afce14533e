// The JSON shapes of ACR's metadata API, and the PATCH body that changes locks.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "meta/records.h"
#include "registry/catalog.h"

namespace berth::api {

boost::json::object acr_repository(const std::string& login_server,
                                   const meta::RepositoryRecord& record);
boost::json::object acr_tag(const meta::TagRecord& record);
boost::json::object acr_manifest(const registry::ManifestDetails& details);

// Any subset of {"deleteEnabled","writeEnabled","listEnabled","readEnabled"} with booleans, at top
// level. kInvalidRequest for anything else, naming the key and what would be right.
Result<meta::AttributesChange> parse_attributes_change(std::string_view body);

}  // namespace berth::api
