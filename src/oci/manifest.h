// Reads a manifest for what a registry must know of it. The bytes themselves are stored and served
// as received; nothing here is ever serialized again.
//
// Accepts: OCI image manifest, OCI image index (Image Specification 1.1), Docker schema 2 manifest
// and manifest list. Strict where ambiguity is a security question: duplicate keys, two media types
// that disagree, a document that is both image and index, sizes that are not unsigned integers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci/digest.h"

namespace berth::oci {

namespace media_type {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
}  // namespace media_type

bool is_manifest_media_type(std::string_view media_type);  // one of the four above
bool is_index_media_type(std::string_view media_type);

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::string artifact_type;       // empty when absent
  std::string architecture;        // platform.architecture, empty when absent
  std::string os;                  // platform.os
  bool has_urls = false;           // the content may live elsewhere (non-distributable layers)
  bool non_distributable() const;  // a media type that says the content is not pushed
};

struct Manifest {
  std::string media_type;  // what it is served as
  bool is_index = false;
  std::string artifact_type;          // its own, or config.mediaType for an image (spec, referrers)
  std::optional<Descriptor> config;   // images only
  std::vector<Descriptor> layers;     // images only
  std::vector<Descriptor> manifests;  // indexes only
  std::optional<Descriptor> subject;
  std::string annotations_json;        // the `annotations` object as JSON text, empty when absent
  std::uint64_t content_size() const;  // manifest + config + layers, as ACR's imageSize counts
  std::uint64_t own_size = 0;
};

struct ManifestLimits {
  std::size_t max_bytes = 4UL * 1024 * 1024;  // OCI Distribution Specification: at least 4 MiB
  std::size_t max_descriptors = 10'000;       // layers, or manifests of an index
  std::size_t max_depth = 32;                 // JSON nesting
};

// `content_type` is the request's Content-Type, possibly with parameters, possibly empty: then the
// document's own mediaType decides. Errors: kManifestInvalid naming the JSON path that is wrong and
// what would be right; kTooLarge; kDigestInvalid for a malformed descriptor digest.
Result<Manifest> read_manifest(std::string_view bytes, std::string_view content_type,
                               const ManifestLimits& limits = {});

}  // namespace berth::oci
