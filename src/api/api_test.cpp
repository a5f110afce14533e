#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/acr_json.h"
#include "api/conditions.h"
#include "api/oci_errors.h"
#include "api/paging.h"
#include "api/uri.h"

namespace berth::api {
namespace {

TEST(DecodePath, DecodesOnceAndRefusesWhatIsMalformed) {
  EXPECT_EQ(decode_path("/acr/v1/a%2Fb").value(), "/acr/v1/a/b");
  EXPECT_EQ(decode_path("/v2/a/blobs/sha256%3Aab").value(), "/v2/a/blobs/sha256:ab");
  EXPECT_EQ(decode_path("/a%252F").value(), "/a%2F");
  for (const char* bad : {"/a%", "/a%2", "/a%zz", "/a%00", "/a%0a"}) {
    EXPECT_EQ(decode_path(bad).error().code, Code::kInvalidRequest) << bad;
  }
}

TEST(Query, ReadsParametersInOrder) {
  const auto query = Query::parse("n=5&last=a%2Fb&tag=x&tag=y&empty=&flag");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("n"), "5");
  EXPECT_EQ(query->get("last"), "a/b");
  EXPECT_EQ(query->get("empty"), "");
  EXPECT_EQ(query->get("flag"), "");
  EXPECT_FALSE(query->get("none"));
  EXPECT_EQ(query->all("tag"), (std::vector<std::string_view>{"x", "y"}));
  for (const char* bad : {"a=%zz", "a=%", "%0=1", "a=%00", "a=b%0Ac"}) {
    EXPECT_FALSE(Query::parse(bad)) << bad;
  }
}

TEST(Query, EndsWhereItEnds) {
  const std::string line = "n=5 HTTP/1.1\r\n";  // a query is a part of the request line
  EXPECT_EQ(Query::parse(std::string_view(line).substr(0, 3))->get("n"), "5");
}

struct PageRow {
  std::string_view query;
  bool good;
  std::size_t limit;
};

TEST(PageOf, TableOfN) {
  const PageRow rows[] = {
      {"", true, 1000},
      {"n=0", true, 0},
      {"n=7", true, 7},
      {"n=5000", true, 1000},
      {"n=99999999999999999999999", true, 1000},
      {"n=-1", false, 0},
      {"n=abc", false, 0},
      {"n=", false, 0},
      {"n=1x", false, 0},
      {"n=%201", false, 0},
      {"orderby=", true, 1000},
      {"orderby=timeasc", true, 1000},
      {"orderby=name", false, 0},
  };
  for (const PageRow& row : rows) {
    const auto page = page_of(Query::parse(row.query).value(), 1000);
    ASSERT_EQ(page.has_value(), row.good) << row.query;
    if (page) EXPECT_EQ(page->limit, row.limit) << row.query;
  }
}

TEST(NextLink, EveryItemHasAnEqualsSignAndIsEscaped) {
  http::Response response(200);
  registry::PageRequest page;
  page.limit = 2;
  page.order = meta::TimeOrder::kDescending;
  add_next_link(response, "/v2/_catalog", "team/a&b", page, "&x=1");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].second,
            "</v2/_catalog?last=team%2Fa%26b&n=2&orderby=timedesc&x=1>; rel=\"next\"");
}

TEST(OciError, ShowsDetailsAndEveryEntryButNeverTheCause) {
  Error error = Error(Code::kManifestBlobUnknown, "first").with("digest", "sha256:1");
  error.cause = "SECRET PATH";
  error.also.push_back(Error(Code::kManifestBlobUnknown, "second").with("digest", "sha256:2"));
  const http::Response response = oci_error(error, "the-id");
  EXPECT_EQ(response.status, 400U);
  const auto& text = std::get<std::string>(response.body);
  EXPECT_EQ(text.find("SECRET"), std::string::npos);
  const auto body = boost::json::parse(text);
  const auto& errors = body.at("errors").as_array();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].at("code"), "MANIFEST_BLOB_UNKNOWN");
  EXPECT_EQ(errors[0].at("detail").at("digest"), "sha256:1");
  EXPECT_EQ(errors[0].at("detail").at("correlationId"), "the-id");
  EXPECT_EQ(errors[1].at("message"), "second");
}

TEST(OciError, BusyAnswersSayWhenToRetry) {
  const http::Response response = oci_error(Error(Code::kTooManyRequests, "x"), "id");
  EXPECT_EQ(response.headers.at(1), (std::pair<std::string_view, std::string>{"Retry-After", "5"}));
}

TEST(AttributesChange, AcceptsAnySubsetAndNothingElse) {
  const auto change = parse_attributes_change(R"({"writeEnabled":false,"listEnabled":true})");
  ASSERT_TRUE(change);
  EXPECT_EQ(change->write_enabled, false);
  EXPECT_EQ(change->list_enabled, true);
  EXPECT_FALSE(change->delete_enabled);
  EXPECT_TRUE(parse_attributes_change("{}"));
  for (const char* bad : {"", "[]", "{", R"({"writeEnabled":"no"})", R"({"writeenabled":true})",
                          R"({"changeableAttributes":{}})", "null"}) {
    EXPECT_EQ(parse_attributes_change(bad).error().code, Code::kInvalidRequest) << bad;
  }
}

TEST(AcrManifest, ShowsNullForAnUnknownPlatform) {
  const auto digest = oci::Digest::parse("sha256:" + std::string(64, 'a')).value();
  registry::ManifestDetails details{{digest,
                                     "application/vnd.oci.image.manifest.v1+json",
                                     10,
                                     {},
                                     {},
                                     {},
                                     {},
                                     "linux",
                                     99,
                                     false,
                                     from_micros(0),
                                     from_micros(0),
                                     {}},
                                    {oci::Tag::parse("v1").value()},
                                    {}};
  const auto json = acr_manifest(details);
  EXPECT_TRUE(json.at("architecture").is_null());
  EXPECT_EQ(json.at("os"), "linux");
  EXPECT_EQ(json.at("imageSize"), 99);
  EXPECT_EQ(json.at("createdTime"), "1970-01-01T00:00:00.0000000Z");
  EXPECT_EQ(json.at("tags").as_array().size(), 1U);
  EXPECT_FALSE(json.contains("references"));
  EXPECT_EQ(json.at("changeableAttributes").at("deleteEnabled"), true);
}

}  // namespace
}  // namespace berth::api
