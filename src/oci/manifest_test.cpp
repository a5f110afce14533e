#include "oci/manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace berth::oci {
namespace {

using ::testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kDigest512 = "sha512:" + std::string(128, 'b');

std::string descriptor(std::string_view media_type, std::uint64_t size,
                       std::string_view more = "") {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", media_type, kDigest, size,
                     more);
}
const std::string kConfig = descriptor("application/vnd.oci.image.config.v1+json", 10);
const std::string kLayer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", 100);
const std::string kChild = descriptor(media_type::kOciManifest, 500);

// `more` begins with a comma or is empty.
std::string image(std::string_view more = "", std::string_view media_type = "") {
  return fmt::format(R"({{"schemaVersion":2{}{},"config":{},"layers":[{},{}]}})",
                     media_type.empty() ? "" : fmt::format(R"(,"mediaType":"{}")", media_type),
                     more, kConfig, kLayer, kLayer);
}
std::string index(std::string_view manifests, std::string_view more = "") {
  return fmt::format(R"({{"schemaVersion":2{},"manifests":{}}})", more, manifests);
}
// An image whose only layer is `layer`.
std::string image_of(std::string_view layer) {
  return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})", kConfig, layer);
}

Manifest accepted(std::string_view bytes, std::string_view type = media_type::kOciManifest) {
  auto manifest = read_manifest(bytes, type);
  EXPECT_TRUE(manifest) << bytes << "\n" << manifest.error().message;
  return manifest ? *manifest : Manifest{};
}
std::string refused(std::string_view bytes, std::string_view type = media_type::kOciManifest,
                    Code code = Code::kManifestInvalid) {
  const auto manifest = read_manifest(bytes, type);
  if (manifest) return "accepted";
  EXPECT_EQ(manifest.error().code, code) << manifest.error().message;
  return manifest.error().message;
}

TEST(ReadManifest, Image) {
  const auto text = image();
  const auto manifest = accepted(text);
  EXPECT_EQ(manifest.media_type, media_type::kOciManifest);
  EXPECT_FALSE(manifest.is_index);
  ASSERT_TRUE(manifest.config);
  EXPECT_EQ(manifest.config->digest.text(), kDigest);
  EXPECT_EQ(manifest.config->size, 10U);
  ASSERT_EQ(manifest.layers.size(), 2U);
  EXPECT_EQ(manifest.layers[1].media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
  EXPECT_EQ(manifest.artifact_type, "application/vnd.oci.image.config.v1+json");
  EXPECT_EQ(manifest.own_size, text.size());
  EXPECT_EQ(manifest.content_size(), text.size() + 210);
  EXPECT_FALSE(manifest.subject);
  EXPECT_TRUE(manifest.annotations_json.empty());
}

TEST(ReadManifest, Index) {
  const auto child = descriptor(
      media_type::kOciManifest, 500,
      R"(,"platform":{"architecture":"arm64","os":"linux","variant":"v8","os.version":"1"},)"
      R"("artifactType":"application/vnd.example")");
  const auto text = index("[" + child + "]");
  const auto manifest = accepted(text, media_type::kOciIndex);
  EXPECT_TRUE(manifest.is_index);
  EXPECT_FALSE(manifest.config);
  ASSERT_EQ(manifest.manifests.size(), 1U);
  EXPECT_EQ(manifest.manifests[0].architecture, "arm64");
  EXPECT_EQ(manifest.manifests[0].os, "linux");
  EXPECT_EQ(manifest.manifests[0].artifact_type, "application/vnd.example");
  EXPECT_TRUE(manifest.artifact_type.empty());
  EXPECT_EQ(manifest.content_size(), text.size()) << "children count for themselves";
}

TEST(ReadManifest, DockerSchema2) {
  const auto one = accepted(image("", media_type::kDockerManifest), media_type::kDockerManifest);
  EXPECT_EQ(one.media_type, media_type::kDockerManifest);
  EXPECT_EQ(one.layers.size(), 2U);
  const auto list = accepted(index("[" + kChild + "]"), media_type::kDockerList);
  EXPECT_TRUE(list.is_index);
  EXPECT_EQ(list.manifests.size(), 1U);
}

TEST(ReadManifest, ListsMayBeEmpty) {
  EXPECT_TRUE(accepted(index("[]"), media_type::kOciIndex).manifests.empty());
  EXPECT_TRUE(accepted(image_of("")).layers.empty());
}

TEST(ReadManifest, Sha512Descriptors) {
  const auto layer = fmt::format(R"({{"mediaType":"a/b","digest":"{}","size":0}})", kDigest512);
  EXPECT_EQ(accepted(image_of(layer)).layers.at(0).digest.algorithm(), Algorithm::kSha512);
}

TEST(ReadManifest, SubjectAnnotationsArtifactType) {
  const auto more = fmt::format(
      R"(,"subject":{},"artifactType":"application/vnd.sbom+json","annotations":{{"a.b":"c\u00e9"}})",
      descriptor(media_type::kOciIndex, 7));
  for (const auto& manifest :
       {accepted(image(more)), accepted(index("[]", more), media_type::kOciIndex)}) {
    ASSERT_TRUE(manifest.subject);
    EXPECT_EQ(manifest.subject->media_type, media_type::kOciIndex);
    EXPECT_EQ(manifest.artifact_type, "application/vnd.sbom+json");
    EXPECT_EQ(manifest.annotations_json, "{\"a.b\":\"c\xc3\xa9\"}");
  }
}

TEST(ReadManifest, DescriptorExtras) {
  const auto layer = descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", 1,
                                R"(,"urls":["https://example.org/l"],"data":"e30=",)"
                                R"("annotations":{"x":"y"},"unknown":[1.5,{}])");
  const auto manifest = accepted(image_of(layer));
  EXPECT_TRUE(manifest.layers.at(0).has_urls);
  EXPECT_TRUE(manifest.layers.at(0).non_distributable());
  EXPECT_FALSE(manifest.config->has_urls);
  EXPECT_FALSE(manifest.config->non_distributable());
  const auto foreign = descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", 1);
  EXPECT_TRUE(accepted(image_of(foreign)).layers.at(0).non_distributable());
}

// Go programs write null for an optional member they left empty.
TEST(ReadManifest, NullIsAbsentWhereAMemberIsOptional) {
  const auto manifest =
      accepted(image(R"(,"annotations":null,"subject":null,"artifactType":null,"mediaType":null)"));
  EXPECT_FALSE(manifest.subject);
  EXPECT_EQ(
      accepted(image_of(descriptor("a/b", 1, R"(,"urls":null,"platform":null)"))).layers.size(),
      1U);
  EXPECT_THAT(refused(index("null"), media_type::kOciIndex),
              HasSubstr("manifests is missing or empty"));
}

TEST(MediaTypeDecision, HeaderOrDocument) {
  using namespace media_type;
  EXPECT_EQ(accepted(image(), std::string(kOciManifest) + "; charset=utf-8").media_type,
            kOciManifest);
  EXPECT_EQ(accepted(image(), "Application/VND.oci.image.manifest.v1+JSON ").media_type,
            kOciManifest);
  for (const auto* generic : {"", " ", "application/json", "application/json;charset=utf-8",
                              "application/octet-stream"}) {
    EXPECT_EQ(accepted(image("", kDockerManifest), generic).media_type, kDockerManifest);
    EXPECT_THAT(refused(image(), generic), HasSubstr("neither Content-Type nor the mediaType"));
  }
}

TEST(MediaTypeDecision, RefusesDisagreement) {
  using namespace media_type;
  EXPECT_THAT(refused(image("", kDockerManifest), kOciManifest),
              HasSubstr(fmt::format("mediaType is '{}', but Content-Type is '{}'", kDockerManifest,
                                    kOciManifest)));
  EXPECT_THAT(refused(image("", kOciIndex), kOciManifest), HasSubstr("they must be the same"));
}

TEST(MediaTypeDecision, ListsTheAcceptedTypes) {
  for (const auto& message : {refused(image(), "text/html"), refused(image("", "text/html")),
                              refused(image(), "application/vnd.oci.artifact.manifest.v1+json")}) {
    for (const auto type : {media_type::kOciManifest, media_type::kOciIndex,
                            media_type::kDockerManifest, media_type::kDockerList}) {
      EXPECT_THAT(message, HasSubstr(std::string(type)));
    }
  }
  EXPECT_THAT(refused(R"({"schemaVersion":2,"mediaType":5})"),
              HasSubstr("mediaType must be a string, not a number"));
}

TEST(ReadManifest, RefusesSchema1) {
  for (const auto& message :
       {refused(R"({"schemaVersion":1,"fsLayers":[]})", "application/json"),
        refused(image(R"(,"fsLayers":[])")),
        refused("{}", "application/vnd.docker.distribution.manifest.v1+prettyjws")}) {
    EXPECT_THAT(message, HasSubstr("schema 1 is not supported; push schema 2 or OCI"));
  }
}

TEST(ReadManifest, SchemaVersionIsTwo) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{}", "schemaVersion is missing or empty; it must be the integer 2"},
      {R"({"schemaVersion":"2"})", "schemaVersion must be the integer 2, not a string"},
      {R"({"schemaVersion":2.0})", "must be the integer 2, not a number with a fraction"},
      {R"({"schemaVersion":3})", "schemaVersion is 3; it must be 2"},
      {R"([])", "the document must be a JSON object, not an array"},
      {"5", "the document must be a JSON object, not a number"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(refused(text), HasSubstr(message));
}

TEST(ReadManifest, RefusesADocumentThatIsBoth) {
  EXPECT_THAT(refused(image(R"(,"manifests":[])")),
              HasSubstr("manifests may not be in an image manifest"));
  EXPECT_THAT(refused(index("[]", ",\"config\":" + kConfig), media_type::kOciIndex),
              HasSubstr("config may not be in an image index"));
  EXPECT_THAT(refused(index("[]", R"(,"layers":null)"), media_type::kDockerList),
              HasSubstr("layers may not be in an image index"));
}

TEST(ReadManifest, RefusesAnIncompleteDocument) {
  EXPECT_THAT(refused(R"({"schemaVersion":2,"layers":[]})"),
              HasSubstr("config is missing or empty; it must be a descriptor"));
  EXPECT_THAT(refused(fmt::format(R"({{"schemaVersion":2,"config":{}}})", kConfig)),
              HasSubstr("layers is missing or empty; it must be an array"));
  EXPECT_THAT(refused(R"({"schemaVersion":2})", media_type::kOciIndex),
              HasSubstr("manifests is missing or empty; it must be an array"));
  EXPECT_THAT(refused(index("{}"), media_type::kOciIndex),
              HasSubstr("manifests must be an array of descriptors (it may be empty), not an obj"));
}

// Each row is the only layer of an image, and what is said of it.
TEST(ReadManifest, RefusesBadDescriptors) {
  const auto with = [](std::string_view more) { return descriptor("a/b", 1, more); };
  const auto sized = [](std::string_view size) {
    return fmt::format(R"({{"mediaType":"a/b","digest":"{}","size":{}}})", kDigest, size);
  };
  const std::pair<std::string, std::string_view> cases[] = {
      {"5", "layers[0] must be a descriptor"},
      {"null", "layers[0] must be a descriptor"},
      {"{}", "layers[0].mediaType is missing"},
      {descriptor("", 1), "layers[0].mediaType is missing or empty"},
      {descriptor("plain", 1), "layers[0].mediaType is 'plain'; it must be a media type"},
      {descriptor("a/b c", 1), "layers[0].mediaType is 'a/b c'"},
      {descriptor("a/b; x=\\u0007", 1), "layers[0].mediaType is 'a/b; x=\\x07'"},
      {descriptor("a/" + std::string(128, 'b'), 1), "layers[0].mediaType is"},
      {R"({"mediaType":"a/b","size":1})", "layers[0].digest is missing"},
      {sized("-1"), "layers[0].size must be an unsigned integer below 2^63, not a negative"},
      {sized("1.0"), "layers[0].size must be an unsigned integer below 2^63, not a number with"},
      {sized("1e3"), "not a number with a fraction or exponent"},
      {sized("9223372036854775808"), "not a number above 2^63"},
      {sized("99999999999999999999999"), "layers[0].size must be an unsigned integer"},
      {sized("\"1\""), "not a string"},
      {sized("null"), "layers[0].size is missing or empty; it must be an unsigned integer"},
      {sized("true"), "not a boolean"},
      {with(R"(,"urls":"x")"), "layers[0].urls must be an array of strings, not a string"},
      {with(R"(,"urls":["x",1])"), "layers[0].urls[1] must be a string, not a number"},
      {with(R"(,"data":{})"), "layers[0].data must be a string, not an object"},
      {with(R"(,"artifactType":[])"), "layers[0].artifactType must be a string, not an array"},
      {with(R"(,"artifactType":"x")"), "layers[0].artifactType is 'x'"},
      {with(R"(,"annotations":[])"), "layers[0].annotations must be an object of strings"},
      {with(R"(,"annotations":{"k":1})"), "layers[0].annotations.k must be a string, not a num"},
      {with(R"(,"platform":"linux")"), "layers[0].platform must be an object"},
      {with(R"(,"platform":{"os":1})"), "layers[0].platform.os must be a string"},
      {with(R"(,"platform":{"architecture":1})"), "layers[0].platform.architecture must be"},
      {with(R"(,"platform":{"os.version":1})"), "layers[0].platform['os.version'] must be"},
  };
  for (const auto& [layer, message] : cases) {
    EXPECT_THAT(refused(image_of(layer)), HasSubstr(message)) << layer;
  }
  EXPECT_EQ(accepted(image_of(sized("-0"))).layers.at(0).size, 0U) << "odd, but every reader's 0";
}

TEST(ReadManifest, ABadDigestKeepsItsCode) {
  const auto layer = R"({"mediaType":"a/b","digest":"sha256:ABC","size":1})";
  const auto read = read_manifest(image_of(kLayer + "," + layer), media_type::kOciManifest);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kDigestInvalid);
  EXPECT_THAT(read.error().message, HasSubstr("layers[1].digest: digest 'sha256:ABC' has 'A'"));
  EXPECT_EQ(read.error().details, (std::vector<Detail>{{"path", "layers[1].digest"}}));
}

TEST(ReadManifest, NamesTheTopLevelMember) {
  EXPECT_THAT(refused(image(R"(,"annotations":{"a.b":1})")),
              HasSubstr("annotations['a.b'] must be a string, not a number"));
  EXPECT_THAT(refused(image(R"(,"subject":{})")), HasSubstr("subject.mediaType is missing"));
  EXPECT_THAT(refused(image(R"(,"artifactType":1)")), HasSubstr("artifactType must be a string"));
  EXPECT_THAT(refused(image(R"(,"subject":1,"subject":2)")), HasSubstr("subject is there twice"));
}

TEST(ReadManifest, Limits) {
  const auto text = image();
  const auto code_with = [&](const ManifestLimits& limits) {
    const auto read = read_manifest(text, media_type::kOciManifest, limits);
    return read ? std::nullopt : std::optional(read.error().code);
  };
  EXPECT_EQ(code_with({.max_bytes = text.size()}), std::nullopt);
  EXPECT_EQ(code_with({.max_bytes = text.size() - 1}), Code::kTooLarge);
  EXPECT_EQ(code_with({.max_descriptors = 2}), std::nullopt);
  EXPECT_EQ(code_with({.max_descriptors = 1}), Code::kTooLarge);
  EXPECT_EQ(code_with({.max_depth = 3}), std::nullopt);
  EXPECT_EQ(code_with({.max_depth = 2}), Code::kManifestInvalid);
}

TEST(ContentSize, StopsAtTheLargestSize) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  const auto manifest = accepted(image_of(descriptor("a/b", kMax) + "," + descriptor("a/b", kMax)));
  EXPECT_EQ(manifest.content_size(), kMax);
}

TEST(MediaTypes, FourAreManifests) {
  EXPECT_TRUE(is_manifest_media_type(media_type::kOciManifest));
  EXPECT_TRUE(is_manifest_media_type(media_type::kDockerList));
  EXPECT_FALSE(is_manifest_media_type("application/json"));
  EXPECT_TRUE(is_index_media_type(media_type::kOciIndex));
  EXPECT_TRUE(is_index_media_type(media_type::kDockerList));
  EXPECT_FALSE(is_index_media_type(media_type::kDockerManifest));
  EXPECT_FALSE(is_index_media_type(""));
}

}  // namespace
}  // namespace berth::oci
