#include "api/route.h"

#include <gtest/gtest.h>

#include <set>

#include "api/data_plane.h"

namespace berth::api {
namespace {

struct Row {
  std::string_view pattern, path;
  bool matches;
  std::string_view name, reference;
};

TEST(MatchPath, TableOfPatterns) {
  const Row rows[] = {
      {"/v2/", "/v2/", true, "", ""},
      {"/v2/", "/v2", true, "", ""},
      {"/v2/", "/v2/x", false, "", ""},
      {"/v2/_catalog", "/v2/_catalog", true, "", ""},
      {"/v2/{name}/manifests/{reference}", "/v2/a/manifests/v1", true, "a", "v1"},
      {"/v2/{name}/manifests/{reference}", "/v2/a/b/c/manifests/v1", true, "a/b/c", "v1"},
      {"/v2/{name}/manifests/{reference}", "/v2/x/manifests/y/manifests/z", true, "x/manifests/y",
       "z"},
      {"/v2/{name}/manifests/{reference}", "/v2//manifests/v1", false, "", ""},
      {"/v2/{name}/manifests/{reference}", "/v2/manifests/v1", false, "", ""},
      {"/v2/{name}/manifests/{reference}", "/v2/a/manifests/", false, "", ""},
      {"/v2/{name}/manifests/{digest}", "/v2/a/manifests/v1", false, "", ""},
      {"/v2/{name}/manifests/{digest}", "/v2/a/manifests/sha256:x", true, "a", "sha256:x"},
      {"/v2/{name}/manifests/{tag}", "/v2/a/manifests/sha256:x", false, "", ""},
      {"/v2/{name}/blobs/uploads/", "/v2/a/blobs/uploads/", true, "a", ""},
      {"/v2/{name}/blobs/uploads/", "/v2/a/blobs/uploads", true, "a", ""},
      {"/v2/{name}/blobs/uploads/{reference}", "/v2/a/blobs/uploads/1-2", true, "a", "1-2"},
      {"/v2/{name}/tags/list", "/v2/a/tags/list", true, "a", ""},
      {"/v2/{name}/tags/list", "/v2/a/tags/lists", false, "", ""},
      {"/acr/v1/{name}", "/acr/v1/a/b", true, "a/b", ""},
      {"/acr/v1/{name}", "/acr/v1/", false, "", ""},
      {"/acr/v1/{name}", "/acr/v1/a/_tags", false, "", ""},
      {"/acr/v1/{name}", "/acr/v1/_catalog", false, "", ""},
      {"/acr/v1/{name}/_tags/{tag}", "/acr/v1/a/b/_tags/v1", true, "a/b", "v1"},
  };
  for (const Row& row : rows) {
    const auto match = match_path(row.pattern, row.path);
    ASSERT_EQ(match.has_value(), row.matches) << row.pattern << " " << row.path;
    if (!match) continue;
    EXPECT_EQ(match->name, row.name) << row.path;
    EXPECT_EQ(match->reference, row.reference) << row.path;
  }
}

}  // namespace
}  // namespace berth::api
