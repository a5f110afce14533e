// The rows of metadata as values. Times are UTC; sizes are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "blobs/location.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "oci/name.h"

namespace berth::meta {

// A repository of one registry. A registry is a resource name such as "default".
struct RepositoryKey {
  std::string registry;
  oci::RepositoryName name;
  auto operator<=>(const RepositoryKey&) const = default;
};

// ACR's changeableAttributes (acr-access-model F2): the locks of a repository, tag or manifest.
struct Attributes {
  bool delete_enabled = true;
  bool write_enabled = true;
  bool list_enabled = true;
  bool read_enabled = true;
  bool operator==(const Attributes&) const = default;
};
// A PATCH: absent members stay as they are.
struct AttributesChange {
  std::optional<bool> delete_enabled, write_enabled, list_enabled, read_enabled;
};

struct RepositoryRecord {
  oci::RepositoryName name;
  TimePoint created{}, updated{};
  std::uint64_t manifest_count = 0, tag_count = 0;
  Attributes attributes;
};

struct ManifestRecord {
  oci::Digest digest;
  std::string media_type;
  std::uint64_t size = 0;  // of the manifest itself
  blobs::BlobLocation location;
  std::string artifact_type, config_media_type, architecture, os;
  std::uint64_t image_size = 0;  // ACR's imageSize: manifest, config and layers
  bool is_index = false;
  TimePoint created{}, updated{};
  Attributes attributes;
};

struct TagRecord {
  oci::Tag name;
  oci::Digest digest;
  TimePoint created{}, updated{};
  Attributes attributes;
};

// What a pull needs, and nothing else; the answer of the hot path, cached.
struct ResolvedManifest {
  oci::Digest digest;
  std::string media_type;
  std::uint64_t size = 0;
  blobs::BlobLocation location;
  bool readable = true;  // read_enabled of repository, manifest and (when asked by tag) tag
  TimePoint updated{};
};

struct BlobRecord {
  oci::Digest digest;
  std::uint64_t size = 0;
  blobs::BlobLocation location;
  bool readable = true;  // read_enabled of the repository
};

// An entry of the referrers API; `annotations_json` empty or a JSON object.
struct ReferrerRecord {
  oci::Digest digest;
  std::string media_type, artifact_type, annotations_json;
  std::uint64_t size = 0;
};

enum class ReferenceKind { kConfig, kLayer, kManifest, kSubject };
struct ManifestReference {
  ReferenceKind kind;
  oci::Digest digest;
  std::string architecture, os;  // of an index entry
};
struct ChildRecord {
  oci::Digest digest;
  std::string architecture, os;
};

// Everything that a manifest push changes, in one transaction.
struct ManifestWrite {
  RepositoryKey repository;
  oci::Digest digest;
  std::vector<oci::Tag> tags;  // to point at it; may be empty
  oci::Manifest manifest;
  blobs::BlobLocation location;
  // References that must be present in the repository; the transaction refuses otherwise.
  std::vector<oci::Digest> required_blobs, required_manifests;
  std::vector<ManifestReference> references;  // all, for listing and garbage collection
};

struct UploadRecord {
  std::string id;  // UUID
  RepositoryKey repository;
  oci::Algorithm algorithm = oci::Algorithm::kSha256;
  blobs::UploadCheckpoint checkpoint;
  TimePoint updated{};
};

struct RemovedContent {
  std::vector<oci::Digest> manifests;
  std::vector<oci::Tag> tags;
};

// One page of a listing; `more` when at least one further entry exists.
template <class T>
struct Page {
  std::vector<T> items;
  bool more = false;
};

enum class TimeOrder { kNone, kAscending, kDescending };  // kNone: by name or digest

}  // namespace berth::meta
