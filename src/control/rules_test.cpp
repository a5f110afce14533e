// The pure parts: reading bodies, filters and times, and ARM's rules of writing.
#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/filter.h"
#include "control/json_text.h"
#include "control/schema.h"
#include "control/time_text.h"

namespace berth::control {
namespace {

TEST(ReadObject, TakesObjectsAndNothing) {
  EXPECT_TRUE(read_object("").value().empty());
  EXPECT_TRUE(read_object(" \n").value().empty());
  EXPECT_EQ(text_at(read_object(R"({"a":{"b":"c"}})").value(), "a.b"), "c");
}

TEST(ReadObject, RefusesWhatIsMalformedOrAmbiguous) {
  std::string deep, open, close;
  for (int i = 0; i < 33; ++i) open += R"({"a":)", close += "}";
  deep = open + "1" + close;
  const std::string bad[] = {"[]",
                             "1",
                             "null",
                             "{",
                             R"({"a":1)",
                             R"({"a":1}x)",
                             "{'a':1}",
                             R"({"a":1,"a":2})",
                             R"({"b":{"a":1,"a":2}})",
                             R"({"a":1,"\u0061":2})",
                             "{\"a\":\"\xff\"}",
                             deep};
  for (const std::string& text : bad) {
    const auto read = read_object(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().exact_code, "InvalidRequestContent") << text;
  }
  EXPECT_EQ(read_object("{\"a\":\"" + std::string(kMaxBodyBytes, 'x') + "\"}").error().code,
            Code::kTooLarge);
}

constexpr std::array<std::string_view, 2> kColours = {"Red", "Blue"};
constexpr std::array kFields = {
    Field{.path = "tags", .kind = Kind::kTags, .initial = "{}"},
    Field{.path = "location", .kind = Kind::kText, .use = Use::kCreateOnly, .initial = R"("here")"},
    Field{.path = "properties.on", .kind = Kind::kBool, .initial = "false"},
    Field{.path = "properties.note", .kind = Kind::kText, .max_length = 8},
    Field{.path = "properties.colour",
          .kind = Kind::kEnum,
          .initial = R"("Red")",
          .values = kColours},
    Field{.path = "properties.list", .kind = Kind::kTextList, .initial = "[]"},
    Field{.path = "properties.need", .kind = Kind::kText, .required = true},
    Field{.path = "properties.state", .use = Use::kReadOnly},
    Field{.path = "properties.later.mode",
          .kind = Kind::kEnum,
          .use = Use::kWithoutEffect,
          .initial = R"("Red")",
          .values = kColours,
          .feature = "Later"},
    Field{.path = "properties.later.rules",
          .use = Use::kWithoutEffect,
          .initial = "[]",
          .feature = "Later"},
    Field{.path = "properties.later.key", .use = Use::kWithoutEffect, .feature = "Later"},
};

json::object parsed(std::string_view text) {
  return json::parse(key(text)).as_object();
}

const std::string kStored =
    R"({"tags":{"a":"1"},"location":"here","properties":{"on":true,"note":"n","colour":"Blue",)"
    R"("list":["x"],"need":"yes","later":{"mode":"Red","rules":[]}},"hidden":{"secret":"s"}})";

struct MergeRow {
  Writing writing;
  std::string given, path, wanted;  // the value at path, as JSON; "" absent
};

TEST(Merge, FollowsArmsRules) {
  using enum Writing;
  const MergeRow rows[] = {
      // absent keeps on PATCH, gets the default on PUT; what no schema row settles stays on both
      {kPatch, "{}", "properties.note", R"("n")"},
      {kPut, R"({"properties":{"need":"y"}})", "properties.note", ""},
      {kPut, R"({"properties":{"need":"y"}})", "properties.on", "false"},
      {kPut, R"({"properties":{"need":"y"}})", "tags", "{}"},
      {kPut, R"({"properties":{"need":"y"}})", "location", R"("here")"},
      {kPut, R"({"properties":{"need":"y"}})", "hidden.secret", R"("s")"},
      // null clears, also a whole object
      {kPatch, R"({"properties":{"note":null}})", "properties.note", ""},
      {kPatch, R"({"properties":{"colour":null}})", "properties.colour", R"("Red")"},
      {kPatch, R"({"tags":null})", "tags", "{}"},
      {kPatch, R"({"properties":{"later":null}})", "properties.later.mode", R"("Red")"},
      // arrays and tags replace
      {kPatch, R"({"properties":{"list":["y"]}})", "properties.list", R"(["y"])"},
      {kPatch, R"({"tags":{"b":"2"}})", "tags", R"({"b":"2"})"},
      // enum values echo canonical; the envelope and read-only members are not looked at
      {kPatch, R"({"properties":{"colour":"bLUE"}})", "properties.colour", R"("Blue")"},
      {kPatch, R"({"properties":{"state":{"x":1}},"id":3,"etag":"e"})", "properties.state", ""},
      // without effect: the default and nothing are accepted
      {kPatch, R"({"properties":{"later":{"mode":"red","rules":[],"key":null}}})",
       "properties.later.mode", R"("Red")"},
      {kPatch, R"({"properties":{"later":{"key":{}}}})", "properties.later.key", ""},
      {kPatch, R"({"location":"here"})", "location", R"("here")"}};
  const json::object stored = parsed(kStored);
  for (const MergeRow& row : rows) {
    const auto merged = merge(kFields, &stored, parsed(row.given), row.writing);
    ASSERT_TRUE(merged) << row.given << " " << merged.error().message;
    const json::value* value = at_path(*merged, row.path);
    EXPECT_EQ(value == nullptr ? "" : json::serialize(*value), row.wanted) << row.given;
  }
}

struct RefusalRow {
  std::string given, code, target;
};

TEST(Merge, RefusesExactly) {
  const RefusalRow rows[] = {
      {R"({"x":1})", "InvalidRequestContent", "x"},
      {R"({"properties":{"later":{"x":1}}})", "InvalidRequestContent", "properties.later.x"},
      {R"({"properties":[]})", "InvalidRequestContent", "properties"},
      {R"({"properties":{"later":"x"}})", "InvalidRequestContent", "properties.later"},
      {R"({"properties":{"on":"true"}})", "InvalidRequestContent", "properties.on"},
      {R"({"properties":{"note":7}})", "InvalidRequestContent", "properties.note"},
      {R"({"properties":{"note":"123456789"}})", "InvalidPropertyValue", "properties.note"},
      {R"({"properties":{"colour":"Green"}})", "InvalidPropertyValue", "properties.colour"},
      {R"({"properties":{"list":{}}})", "InvalidRequestContent", "properties.list"},
      {R"({"properties":{"list":["a",1]}})", "InvalidRequestContent", "properties.list[1]"},
      {R"({"properties":{"need":null}})", "InvalidRequestContent", "properties.need"},
      {R"({"properties":{"later":{"mode":"Blue"}}})", "FeatureNotAvailable",
       "properties.later.mode"},
      {R"({"properties":{"later":{"rules":[1]}}})", "FeatureNotAvailable",
       "properties.later.rules"},
      {R"({"properties":{"later":{"key":{"a":1}}}})", "FeatureNotAvailable",
       "properties.later.key"},
      {R"({"location":"there"})", "PropertyChangeNotAllowed", "location"},
      {R"({"tags":{"a/b":"1"}})", "InvalidTagNameCharacters", "tags.a/b"},
      {R"({"tags":{"a":1}})", "InvalidRequestContent", "tags.a"},
      {R"({"tags":[]})", "InvalidRequestContent", "tags"}};
  const json::object stored = parsed(kStored);
  for (const RefusalRow& row : rows) {
    const auto merged = merge(kFields, &stored, parsed(row.given), Writing::kPatch);
    ASSERT_FALSE(merged) << row.given;
    EXPECT_EQ(merged.error().exact_code, row.code) << row.given;
    ASSERT_FALSE(merged.error().details.empty()) << row.given;
    EXPECT_EQ(merged.error().details[0].value, row.target) << row.given;
  }
  EXPECT_EQ(merge(kFields, nullptr, {}, Writing::kPut).error().details[0].value, "properties.need");
}

TEST(Filter, ReadsTermsAndNothingElse) {
  const auto filter =
      parse_filter(std::string("atScope() and assignedTo('a''b') and resourceType eq 'X/y'"));
  ASSERT_TRUE(filter);
  ASSERT_EQ(filter->size(), 3U);
  EXPECT_TRUE((*filter)[0].is("ATSCOPE", true));
  EXPECT_EQ((*filter)[1].value, "a'b");
  EXPECT_TRUE((*filter)[2].is("resourcetype", false));
  EXPECT_TRUE(parse_filter({})->empty());
  for (const char* bad : {"x", "x eq", "x eq 1", "x eq 'a", "x ne 'a'", "f(", "f('a'",
                          "a eq 'b' or", "a eq 'b' and", "()"}) {
    EXPECT_FALSE(parse_filter(std::string(bad))) << bad;
  }
}

TEST(ParseTime, TableOfForms) {
  const std::pair<const char*, const char*> good[] = {
      {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.0000000Z"},
      {"2026-01-31T12:00:00.1234567Z", "2026-01-31T12:00:00.1234560Z"},
      {"2026-01-31T12:00:00", "2026-01-31T12:00:00.0000000Z"},
      {"2026-01-31T12:00:00+01:30", "2026-01-31T10:30:00.0000000Z"},
      {"2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59.0000000Z"}};
  for (const auto& [text, wanted] : good) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_rfc3339(*time), wanted);
  }
  for (const char* bad :
       {"", "2026", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00.Z", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00+1:00", "-026-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

}  // namespace
}  // namespace berth::control
