// What ACR shows of an image's config: the platform that it was built for (OCI Image Specification,
// config.md "Properties"). Pure; a config that cannot be read has no platform.
#pragma once

#include <string>
#include <string_view>

namespace berth::oci {

struct Platform {
  std::string architecture;  // "amd64"; empty when not told
  std::string os;            // "linux"
  bool operator==(const Platform&) const = default;
};

// The config of an OCI or Docker image, as opposed to that of some other artifact.
bool is_image_config_media_type(std::string_view media_type);
Platform platform_of(std::string_view config_json);

}  // namespace berth::oci
