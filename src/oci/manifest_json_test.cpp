#include "oci/manifest_json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace berth::oci {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kDepth = 8;

std::string message_of(std::string_view text) {
  const auto value = parse_manifest_json(text, kDepth);
  if (value) return "accepted";
  EXPECT_EQ(value.error().code, Code::kManifestInvalid);
  return value.error().message;
}

std::string nested(std::size_t depth, std::string_view open, std::string_view inside,
                   std::string_view close) {
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) out += open;
  out += inside;
  for (std::size_t i = 0; i < depth; ++i) out += close;
  return out;
}

TEST(ManifestJson, BuildsWhatTheTextSays) {
  const auto value = parse_manifest_json(
      " {\"a\":[1,-2,3.5,18446744073709551615],\"b\\u00e9\":{\"c\":null,\"d\":true},\"e\":\"\"}\n",
      kDepth);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(boost::json::serialize(*value),
            "{\"a\":[1,-2,3.5E0,18446744073709551615],\"b\xc3\xa9\":{\"c\":null,\"d\":true},"
            "\"e\":\"\"}");
}

// Long strings and keys reach the builder in several parts.
TEST(ManifestJson, JoinsPartsOfStrings) {
  const std::string tail(10'000, 'x');
  const auto text = fmt::format(R"({{"k\n{}":"v\t{}"}})", tail, tail);
  const auto value = parse_manifest_json(text, kDepth);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("k\n" + tail).as_string(), "v\t" + tail);
}

TEST(ManifestJson, RefusesDuplicatesAtEveryDepth) {
  EXPECT_EQ(message_of(R"({"a":1,"a":1})"),
            "the manifest is invalid: a is there twice; a member may occur once");
  EXPECT_THAT(message_of(R"({"layers":[{},{"x":1,"digest":2,"digest":3}]})"),
              HasSubstr("layers[1].digest is there twice"));
  EXPECT_THAT(message_of(R"({"a":{"b.c/d":[[{"e":{},"e":1}]]}})"),
              HasSubstr("a['b.c/d'][0][0].e is there twice"));
  EXPECT_THAT(message_of(R"({"":0,"":0})"), HasSubstr("[''] is there twice"));
}

TEST(ManifestJson, ComparesMembersAfterUnescaping) {
  EXPECT_THAT(message_of(R"({"size":1,"s\u0069ze":2})"), HasSubstr("size is there twice"));
  EXPECT_EQ(message_of(R"({"size":1,"Size":2})"), "accepted") << "JSON names know upper case";
}

TEST(ManifestJson, SameMemberInSiblingsIsNoDuplicate) {
  EXPECT_EQ(message_of(R"({"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}]})"), "accepted");
}

TEST(ManifestJson, RefusesWhatIsNotJson) {
  for (const std::string text : {"",
                                 " ",
                                 "{",
                                 "[",
                                 "\"a",
                                 "nul",
                                 "{\"a\":1,}",
                                 "[1,]",
                                 "{a:1}",
                                 "{'a':1}",
                                 "[01]",
                                 "[1]x",
                                 "{}{}",
                                 "// c\n{}",
                                 "{/**/}",
                                 "[\"\t\"]",
                                 "[\"\\x\"]",
                                 "\xef\xbb\xbf{}",
                                 "[\"\xff\"]",
                                 "[\"\xed\xa0\x80\"]",
                                 "[\"\\ud800\"]",
                                 "[NaN]",
                                 "[Infinity]",
                                 "[+1]",
                                 "[.5]",
                                 "[1.]"}) {
    EXPECT_THAT(message_of(text), StartsWith("the manifest is not valid JSON: ")) << text;
  }
  EXPECT_EQ(message_of("{} x"), "the manifest is not valid JSON: extra data at byte 3 of 4");
}

TEST(ManifestJson, LimitsTheDepth) {
  EXPECT_EQ(message_of(nested(kDepth, "[", "", "]")), "accepted");
  EXPECT_THAT(message_of(nested(kDepth + 1, "[", "", "]")), HasSubstr("deeper than 8 levels"));
  EXPECT_THAT(message_of(nested(100'000, "{\"a\":", "1", "}")), HasSubstr("deeper than 8 levels"));
}

TEST(ManifestJson, LimitsTheNumberOfValues) {
  std::string text = "[0";
  for (int i = 0; i < 262'142; ++i) text += ",0";
  EXPECT_EQ(message_of(text + "]"), "accepted");
  EXPECT_THAT(message_of(text + ",0]"),
              HasSubstr("[262143] is value number 262145; a manifest may have 262144"));
}

TEST(ManifestJson, LimitsTheMembersOfAnObject) {
  std::string text = R"([{"k1":0)";
  for (int i = 2; i <= 4096; ++i) text += fmt::format(R"(,"k{}":0)", i);
  EXPECT_EQ(message_of(text + "}]"), "accepted");
  EXPECT_THAT(message_of(text + R"(,"more":0}])"),
              HasSubstr("[0].more is member number 4097; an object may have 4096"));
}

TEST(Path, NamesMembersAndElements) {
  const Path root;
  EXPECT_EQ(root.text(), "the document");
  const auto layers = root.member("layers");
  const auto third = layers.element(3);
  EXPECT_EQ(third.member("digest").text(), "layers[3].digest");
  const auto annotations = third.member("annotations");
  EXPECT_EQ(annotations.member("org.example\n").text(),
            "layers[3].annotations['org.example\\x0a']");
  EXPECT_EQ(annotations.member("").text(), "layers[3].annotations['']");
  EXPECT_LT(annotations.member(std::string(5000, 'k')).text().size(), 150U);
}

TEST(Path, IsADetailOfItsError) {
  const Path root;
  const auto error = invalid_at(root.member("config"), "must be an object").value();
  EXPECT_EQ(error.message, "the manifest is invalid: config must be an object");
  EXPECT_EQ(error.details, (std::vector<Detail>{{"path", "config"}}));
}

}  // namespace
}  // namespace berth::oci
