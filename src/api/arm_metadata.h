// The body of GET /metadata/endpoints (az-acr-wire 1.3): how `az cloud register` and
// ARM_CLOUD_METADATA_URL learn this server's faces. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/faces.h"

namespace berth::api {

// JSON text: one object for api-version 2015-01-01, a list of one cloud for every later one.
std::string cloud_metadata(const Faces& faces, std::string_view api_version);

}  // namespace berth::api
