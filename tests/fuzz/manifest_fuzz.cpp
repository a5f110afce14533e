// The manifest reader. Input: a line with the Content-Type, then the document.
#include <limits>
#include <string>
#include <vector>

#include "check.h"
#include "oci/manifest.h"

namespace {

using namespace berth;
using fuzz::check_error;

// Small enough that the fuzzer reaches them.
constexpr oci::ManifestLimits kLimits = {.max_bytes = 6000, .max_descriptors = 8, .max_depth = 6};

void check_descriptor(const oci::Descriptor& descriptor) {
  const auto digest = oci::Digest::parse(descriptor.digest.text());
  BERTH_CHECK(digest && *digest == descriptor.digest);
  BERTH_CHECK(descriptor.size <= std::numeric_limits<std::int64_t>::max());
  for (const auto& type : {descriptor.media_type, descriptor.artifact_type}) {
    BERTH_CHECK(std::ranges::all_of(type, [](char c) { return c >= 0x20 && c <= 0x7e; }));
  }
  BERTH_CHECK(descriptor.media_type.find('/') != std::string::npos);
}

void check_accepted(const oci::Manifest& manifest, std::string_view bytes) {
  BERTH_CHECK(bytes.size() <= kLimits.max_bytes && manifest.own_size == bytes.size());
  BERTH_CHECK(oci::is_manifest_media_type(manifest.media_type));
  BERTH_CHECK(oci::is_index_media_type(manifest.media_type) == manifest.is_index);
  BERTH_CHECK(manifest.config.has_value() == !manifest.is_index);
  BERTH_CHECK(manifest.is_index ? manifest.layers.empty() : manifest.manifests.empty());
  BERTH_CHECK(manifest.layers.size() + manifest.manifests.size() <= kLimits.max_descriptors);
  BERTH_CHECK(manifest.is_index || !manifest.artifact_type.empty());
  BERTH_CHECK(manifest.content_size() >= manifest.own_size);
  BERTH_CHECK(manifest.annotations_json.empty() || manifest.annotations_json.front() == '{');
  if (manifest.config) check_descriptor(*manifest.config);
  if (manifest.subject) check_descriptor(*manifest.subject);
  for (const auto& layer : manifest.layers) check_descriptor(layer);
  for (const auto& child : manifest.manifests) check_descriptor(child);
}

// The reader's view depends on the bytes and the type alone, and no other type reads the same bytes
// as the other shape: one document cannot be an image to one client and an index to another.
void check_unambiguous(const oci::Manifest& manifest, std::string_view bytes) {
  using namespace oci::media_type;
  for (const auto type : {kOciManifest, kOciIndex, kDockerManifest, kDockerList}) {
    const auto again = oci::read_manifest(bytes, type, kLimits);
    BERTH_CHECK(again || type != manifest.media_type);
    BERTH_CHECK(!again || again->is_index == manifest.is_index);
    if (again) BERTH_CHECK(again->content_size() == manifest.content_size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [content_type, bytes] = fuzz::split_line(fuzz::as_text(data, size));
  const auto manifest = oci::read_manifest(bytes, content_type, kLimits);
  if (manifest) {
    BERTH_CHECK(!oci::is_manifest_media_type(content_type) || manifest->media_type == content_type);
    check_accepted(*manifest, bytes);
    check_unambiguous(*manifest, bytes);
  } else {
    const auto code = manifest.error().code;
    BERTH_CHECK(code == Code::kManifestInvalid || code == Code::kDigestInvalid ||
                code == Code::kTooLarge);
    check_error(manifest.error());
  }
  return 0;
}
