#include "oci/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "base/shown.h"
#include "oci/manifest_json.h"

namespace berth::oci {
namespace {

namespace json = boost::json;

struct Kind {
  std::string_view media_type;
  bool is_index;
};
constexpr std::array<Kind, 4> kKinds = {{
    {media_type::kOciManifest, false},
    {media_type::kOciIndex, true},
    {media_type::kDockerManifest, false},
    {media_type::kDockerList, true},
}};

// Prefixes of layer types that a client need not push: licensed content fetched from `urls`.
constexpr std::array<std::string_view, 2> kForeignLayers = {
    "application/vnd.oci.image.layer.nondistributable.",
    "application/vnd.docker.image.rootfs.foreign.",
};

constexpr std::string_view kSchema1 =
    "Docker image schema 1 is not supported; push schema 2 or OCI, which every client since Docker "
    "1.10 writes";

const Kind* find_kind(std::string_view media_type) {
  const auto* const row = std::ranges::find(kKinds, media_type, &Kind::media_type);
  return row == kKinds.end() ? nullptr : row;
}

std::string_view kind_name(const json::value& value) {
  static constexpr std::array<std::string_view, 8> kNames = {"null",
                                                             "a boolean",
                                                             "a negative number",
                                                             "a number above 2^63",
                                                             "a number with a fraction or exponent",
                                                             "a string",
                                                             "an array",
                                                             "an object"};
  // json::kind is in this order, except that a number that fits is an int64 whatever its sign.
  if (value.is_int64() && value.get_int64() >= 0) return "a number";
  return kNames.at(static_cast<std::size_t>(value.kind()));
}

// A member that is there and is not null: Go clients write null for a field they left empty.
const json::value* find(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

tl::unexpected<Error> must_be(const Path& path, std::string_view what, const json::value* value) {
  if (value == nullptr)
    return invalid_at(path, fmt::format("is missing or empty; it must be {}", what));
  return invalid_at(path, fmt::format("must be {}, not {}", what, kind_name(*value)));
}

Result<std::string_view> read_string(const json::object& object, std::string_view key,
                                     const Path& parent) {
  const auto* const value = find(object, key);
  if (value == nullptr) return std::string_view();
  if (!value->is_string()) return must_be(parent.member(key), "a string", value);
  return std::string_view(value->get_string().data(), value->get_string().size());
}

Result<std::uint64_t> read_size(const json::object& object, const Path& parent) {
  const auto* const value = find(object, "size");
  // int64 in the specification; the parser makes larger numbers a uint64.
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) {
    return must_be(parent.member("size"), "an unsigned integer below 2^63", value);
  }
  return static_cast<std::uint64_t>(value->get_int64());
}

// type/subtype of RFC 6838 §4.2, with parameters behind a ';' let through.
bool is_media_type(std::string_view text) {
  const auto is_name = [](std::string_view name) {
    static constexpr std::string_view kPunctuation = "!#$&-^_.+";
    return !name.empty() && name.size() <= 127 && is_alnum(name.front()) &&
           std::ranges::all_of(
               name, [&](char c) { return is_alnum(c) || kPunctuation.find(c) != name.npos; });
  };
  const auto essence = text.substr(0, text.find(';'));
  const auto slash = essence.find('/');
  return text.size() <= 255 && slash != text.npos && is_name(essence.substr(0, slash)) &&
         is_name(essence.substr(slash + 1)) &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

// Empty when absent.
Result<std::string_view> read_media_type(const json::object& object, std::string_view key,
                                         const Path& parent) {
  TRY_ASSIGN(const auto text, read_string(object, key, parent));
  if (!text.empty() && !is_media_type(text)) {
    return invalid_at(
        parent.member(key),
        fmt::format("is {}; it must be a media type such as application/json", shown(text)));
  }
  return text;
}

Result<Digest> read_digest(const json::object& object, const Path& parent) {
  TRY_ASSIGN(const auto text, read_string(object, "digest", parent));
  const auto path = parent.member("digest");
  if (text.empty()) return must_be(path, "a digest such as sha256:<64 hex digits>", nullptr);
  auto digest = Digest::parse(text);
  if (digest) return digest;
  auto error = std::move(digest).error();
  error.message = fmt::format("the manifest is invalid: {}: {}", path.text(), error.message);
  return fail(std::move(error).with("path", path.text()));
}

// The `annotations` member: strings only. Null when absent.
Result<const json::value*> read_annotations(const json::object& object, const Path& parent) {
  const auto* const value = find(object, "annotations");
  if (value == nullptr) return value;
  const auto path = parent.member("annotations");
  if (!value->is_object()) return must_be(path, "an object of strings", value);
  for (const auto& [key, text] : value->get_object()) {
    if (!text.is_string()) return must_be(path.member(key), "a string", &text);
  }
  return value;
}

Result<bool> read_has_urls(const json::object& object, const Path& parent) {
  const auto* const value = find(object, "urls");
  if (value == nullptr) return false;
  const auto path = parent.member("urls");
  if (!value->is_array()) return must_be(path, "an array of strings", value);
  const auto& urls = value->get_array();
  for (std::size_t i = 0; i < urls.size(); ++i) {
    if (!urls[i].is_string()) return must_be(path.element(i), "a string", &urls[i]);
  }
  return !urls.empty();
}

Result<void> read_platform(const json::object& object, const Path& parent, Descriptor& into) {
  const auto* const value = find(object, "platform");
  if (value == nullptr) return {};
  const auto path = parent.member("platform");
  if (!value->is_object()) return must_be(path, "an object", value);
  const auto& platform = value->get_object();
  TRY_ASSIGN(into.architecture, read_string(platform, "architecture", path));
  TRY_ASSIGN(into.os, read_string(platform, "os", path));
  TRY(read_string(platform, "os.version", path));
  TRY(read_string(platform, "variant", path));
  return {};
}

Result<Descriptor> read_descriptor(const json::value* value, const Path& path) {
  if (value == nullptr || !value->is_object()) {
    return must_be(path, "a descriptor: an object with mediaType, digest and size", value);
  }
  const auto& object = value->get_object();
  TRY_ASSIGN(const auto media_type, read_media_type(object, "mediaType", path));
  if (media_type.empty()) return must_be(path.member("mediaType"), "a media type", nullptr);
  TRY_ASSIGN(auto digest, read_digest(object, path));
  TRY_ASSIGN(const auto size, read_size(object, path));
  Descriptor out{.media_type = std::string(media_type), .digest = std::move(digest), .size = size};
  TRY_ASSIGN(out.artifact_type, read_media_type(object, "artifactType", path));
  TRY_ASSIGN(out.has_urls, read_has_urls(object, path));
  TRY(read_platform(object, path, out));
  TRY(read_annotations(object, path));
  TRY(read_string(object, "data", path));  // embedded content; readers verify it, we do not use it
  return out;
}

Result<std::vector<Descriptor>> read_descriptors(const json::object& object, std::string_view key,
                                                 std::size_t max) {
  const Path root;
  const auto path = root.member(key);
  const auto* const value = find(object, key);
  if (value == nullptr || !value->is_array()) {
    return must_be(path, "an array of descriptors (it may be empty)", value);
  }
  const auto& array = value->get_array();
  if (array.size() > max) {
    return fail(
        Error(Code::kTooLarge, fmt::format("the manifest has {} {}; at most {} are accepted",
                                           array.size(), key, max))
            .with("path", path.text()));
  }
  std::vector<Descriptor> out;
  out.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    TRY_ASSIGN(auto descriptor, read_descriptor(&array[i], path.element(i)));
    out.push_back(std::move(descriptor));
  }
  return out;
}

tl::unexpected<Error> unknown_type(std::string_view where, std::string_view media_type) {
  if (media_type.starts_with("application/vnd.docker.distribution.manifest.v1+")) {
    return fail(Code::kManifestInvalid, std::string(kSchema1));
  }
  std::string accepted;
  for (const auto& kind : kKinds) accepted.append(accepted.empty() ? "" : ", ") += kind.media_type;
  return fail(Code::kManifestInvalid,
              fmt::format("{} {} is no manifest type that a registry accepts; use one of: {}",
                          where, shown(media_type), accepted));
}

// Content-Type without parameters, in lower case; empty when it says nothing about a manifest.
std::string essence_of(std::string_view content_type) {
  std::string essence;
  for (const char c : content_type.substr(0, content_type.find(';'))) {
    if (c != ' ' && c != '\t') essence += lower(c);
  }
  const bool generic = essence == "application/json" || essence == "application/octet-stream";
  return generic ? std::string() : essence;
}

// What the document is, from its header and itself, which must not contradict each other.
Result<const Kind*> decide_kind(const json::object& document, std::string_view header) {
  const Path root;
  TRY_ASSIGN(const auto own, read_string(document, "mediaType", root));
  if (own.empty() && header.empty()) {
    return fail(Code::kManifestInvalid,
                "neither Content-Type nor the mediaType member says what the manifest is; set "
                "Content-Type to the manifest's media type");
  }
  if (!own.empty() && find_kind(own) == nullptr) return unknown_type("mediaType", own);
  if (!own.empty() && !header.empty() && own != header) {
    return invalid_at(root.member("mediaType"),
                      fmt::format("is {}, but Content-Type is {}; they must be the same",
                                  shown(own), shown(header)));
  }
  return find_kind(own.empty() ? header : own);
}

Result<void> check_schema_version(const json::object& document) {
  const Path root;
  const auto* const version = find(document, "schemaVersion");
  const bool integer = version != nullptr && version->is_int64();
  if ((integer && version->get_int64() == 1) || document.contains("fsLayers")) {
    return fail(Code::kManifestInvalid, std::string(kSchema1));
  }
  if (!integer) return must_be(root.member("schemaVersion"), "the integer 2", version);
  if (version->get_int64() != 2) {
    return invalid_at(root.member("schemaVersion"),
                      fmt::format("is {}; it must be 2", version->get_int64()));
  }
  return {};
}

// A document that one reader takes for an image and another for an index is refused, even when the
// foreign member is empty.
Result<void> check_members(const json::object& document, const Kind& kind) {
  const Path root;
  const auto forbid = [&](std::string_view key, std::string_view what) -> Result<void> {
    if (!document.contains(key)) return {};
    return invalid_at(root.member(key),
                      fmt::format("may not be in {}; an image has config and layers, an index has "
                                  "manifests, and no document is both",
                                  what));
  };
  if (!kind.is_index) return forbid("manifests", "an image manifest");
  TRY(forbid("config", "an image index"));
  return forbid("layers", "an image index");
}

Result<Manifest> read_document(const json::object& document, const Kind& kind,
                               const ManifestLimits& limits) {
  const Path root;
  Manifest out;
  out.media_type = kind.media_type;
  out.is_index = kind.is_index;
  TRY_ASSIGN(out.artifact_type, read_media_type(document, "artifactType", root));
  if (kind.is_index) {
    TRY_ASSIGN(out.manifests, read_descriptors(document, "manifests", limits.max_descriptors));
  } else {
    TRY_ASSIGN(out.config, read_descriptor(find(document, "config"), root.member("config")));
    TRY_ASSIGN(out.layers, read_descriptors(document, "layers", limits.max_descriptors));
    if (out.artifact_type.empty()) out.artifact_type = out.config->media_type;
  }
  if (const auto* const subject = find(document, "subject"); subject != nullptr) {
    TRY_ASSIGN(out.subject, read_descriptor(subject, root.member("subject")));
  }
  TRY_ASSIGN(const auto* const annotations, read_annotations(document, root));
  if (annotations != nullptr) out.annotations_json = json::serialize(*annotations);
  return out;
}

}  // namespace

bool is_manifest_media_type(std::string_view media_type) {
  return find_kind(media_type) != nullptr;
}

bool is_index_media_type(std::string_view media_type) {
  const auto* const kind = find_kind(media_type);
  return kind != nullptr && kind->is_index;
}

bool Descriptor::non_distributable() const {
  return std::ranges::any_of(kForeignLayers,
                             [&](auto prefix) { return media_type.starts_with(prefix); });
}

// Sizes are the client's claim, so the sum stops at the largest size instead of wrapping around.
std::uint64_t Manifest::content_size() const {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::uint64_t sum = own_size;
  const auto add = [&](std::uint64_t size) { sum = size > kMax - sum ? kMax : sum + size; };
  if (config) add(config->size);
  for (const auto& layer : layers) add(layer.size);
  return sum;
}

Result<Manifest> read_manifest(std::string_view bytes, std::string_view content_type,
                               const ManifestLimits& limits) {
  if (bytes.size() > limits.max_bytes) {
    return fail(Code::kTooLarge, fmt::format("the manifest has {} bytes; at most {} are accepted",
                                             bytes.size(), limits.max_bytes));
  }
  const auto header = essence_of(content_type);
  if (!header.empty() && find_kind(header) == nullptr) return unknown_type("Content-Type", header);
  TRY_ASSIGN(const auto document, parse_manifest_json(bytes, limits.max_depth));
  if (!document.is_object()) return must_be(Path(), "a JSON object", &document);
  TRY(check_schema_version(document.get_object()));
  TRY_ASSIGN(const auto* const kind, decide_kind(document.get_object(), header));
  TRY(check_members(document.get_object(), *kind));
  TRY_ASSIGN(auto manifest, read_document(document.get_object(), *kind, limits));
  manifest.own_size = bytes.size();
  return manifest;
}

}  // namespace berth::oci
