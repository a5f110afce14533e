#include "oci/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::oci {
namespace {

using ::testing::HasSubstr;

TEST(RepositoryName, AcceptsTheGrammar) {
  for (const std::string text : {"a", "0", "library/busybox", "a.b", "a_b", "a__b", "a-b",
                                 "a------b", "a.b_c__d-e/f/0.1", "xn--bcher-kva/app"}) {
    const auto name = RepositoryName::parse(text);
    ASSERT_TRUE(name) << text << ": " << name.error().message;
    EXPECT_EQ(name->text(), text);
  }
}

TEST(RepositoryName, ShowsComponentAndRule) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "is empty"},
      {"team/App", "component 'App' has an upper-case letter; use lower case only"},
      {"/app", "component '' is empty"},
      {"app/", "component '' is empty"},
      {"team//app", "component '' is empty"},
      {"-app", "component '-app' begins or ends with a separator"},
      {"team/app.", "component 'app.' begins or ends with a separator"},
      {"_", "begins or ends with a separator"},
      {"..", "begins or ends with a separator"},
      {"a/../b", "component '..' begins or ends with a separator"},
      {"a..b", "has the separator '..'"},
      {"a___b", "has the separator '___'"},
      {"a-_b", "has the separator '-_'"},
      {"a.b/c._d", "component 'c._d' has the separator '._'"},
      {"team/a b", "component 'a b' has ' '"},
      {"team/a:b", "has ':'"},
      {"caf\xc3\xa9", "has '\\xc3'"},
      {std::string("a\0b", 3), "has '\\x00'"},
      {"a%2fb", "has '%'"},
  };
  for (const auto& [text, message] : cases) {
    const auto name = RepositoryName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, Code::kNameInvalid);
    EXPECT_THAT(name.error().message, HasSubstr(message));
  }
}

TEST(RepositoryName, LimitsTheLength) {
  const std::string longest(RepositoryName::kMaxLength, 'a');
  EXPECT_TRUE(RepositoryName::parse(longest));
  const auto longer = RepositoryName::parse(longest + "a");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::kNameInvalid);
  EXPECT_THAT(longer.error().message, HasSubstr("has 256 characters; at most 255 are allowed"));
  EXPECT_FALSE(RepositoryName::parse(longest + '/' + longest)) << "the limit is for the whole name";
}

TEST(Tag, AcceptsTheGrammar) {
  for (const std::string text : {"latest", "1", "_x", "V1.2.3-rc_4", "A", "x..--__"}) {
    const auto tag = Tag::parse(text);
    ASSERT_TRUE(tag) << text;
    EXPECT_EQ(tag->text(), text);
  }
  EXPECT_TRUE(Tag::parse(std::string(Tag::kMaxLength, 'T')));
}

TEST(Tag, SaysWhatIsWrong) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "is empty"},
      {".hidden", "begins with '.'"},
      {"-x", "begins with '-'"},
      {"a/b", "has '/'"},
      {"a+b", "has '+'"},
      {"a\n", "has '\\x0a'"},
      {std::string(129, 'a'), "has 129 characters; at most 128 are allowed"},
  };
  for (const auto& [text, message] : cases) {
    const auto tag = Tag::parse(text);
    ASSERT_FALSE(tag) << text;
    EXPECT_EQ(tag.error().code, Code::kTagInvalid);
    EXPECT_THAT(tag.error().message, HasSubstr(message));
  }
}

TEST(Reference, ColonDecides) {
  const auto digest_text = "sha256:" + std::string(64, '0');
  const auto digest = parse_reference(digest_text);
  ASSERT_TRUE(digest);
  EXPECT_TRUE(std::holds_alternative<Digest>(*digest));
  EXPECT_EQ(reference_text(*digest), digest_text);
  const auto tag = parse_reference("sha256");
  ASSERT_TRUE(tag);
  EXPECT_TRUE(std::holds_alternative<Tag>(*tag));
  EXPECT_EQ(reference_text(*tag), "sha256");
  EXPECT_EQ(parse_reference("sha256:123").error().code, Code::kDigestInvalid);
  EXPECT_EQ(parse_reference("a b").error().code, Code::kTagInvalid);
}

}  // namespace
}  // namespace berth::oci
