#include "blobs/fs/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace berth::blobs::fs {
namespace {

const std::string kHex = "ab" + std::string(62, '3');

TEST(Layout, ALocationIsTheDigestsPathAndBack) {
  const auto digest = oci::Digest::parse("sha256:" + kHex);
  ASSERT_TRUE(digest);
  const BlobLocation location = location_of(*digest);
  EXPECT_EQ(location.text, "sha256/ab/" + kHex);
  EXPECT_EQ(*digest_at(location), *digest);
  EXPECT_EQ(Layout("/d").blob(*digest), "/d/blobs/sha256/ab/" + kHex);
  EXPECT_EQ(Layout("/d").fan_out(*digest), "/d/blobs/sha256/ab");
}

TEST(Layout, RefusesEverySpellingButItsOwn) {
  for (const std::string& text :
       {std::string(), "sha256" + std::string(), "sha256/" + kHex, "sha256/ac/" + kHex,
        "sha256/ab/../ab/" + kHex, "sha256//ab/" + kHex, "/sha256/ab/" + kHex,
        "sha256/ab/" + kHex + "/", "sha256/ab/" + kHex + "0", "sha512/ab/" + kHex, "md5/ab/" + kHex,
        "sha256/AB/AB" + kHex.substr(2), "sha256/ab/" + kHex.substr(1),
        "../../etc/passwd" + std::string(), "sha256/ab/" + kHex + std::string(1, '\0')}) {
    const auto digest = digest_at({text});
    ASSERT_FALSE(digest) << text;
    EXPECT_EQ(digest.error().code, Code::kInternal);
  }
}

TEST(Layout, AnUploadIdIsALowerCaseUuid) {
  EXPECT_TRUE(is_upload_id("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"));
  for (const char* id :
       {"", "..", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4be", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bedd",
        "1B9D6BCD-bbfd-4b2d-9b5d-ab8dfbbd4bed", "1b9d6bcdabbfd-4b2d-9b5d-ab8dfbbd4bed",
        "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd/bed", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbb-4bed"}) {
    EXPECT_FALSE(is_upload_id(id)) << id;
  }
}

TEST(Layout, PrefixesAreAllFanOutDirectoriesInOrder) {
  const auto& prefixes = Layout::prefixes();
  EXPECT_EQ(prefixes.size(), Layout::kPrefixes);
  EXPECT_EQ(prefixes.front(), "sha256/00");
  EXPECT_EQ(prefixes.back(), "sha512/ff");
  EXPECT_TRUE(std::is_sorted(prefixes.begin(), prefixes.end()));
  EXPECT_EQ(Layout::prefix_index(*oci::Digest::parse("sha256:" + kHex)), 0xabU);
  EXPECT_EQ(Layout::prefix_index(*oci::Digest::parse("sha512:" + kHex + kHex)), 0x1abU);
}

TEST(Layout, TheSkeletonMakesParentsFirst) {
  const std::vector<std::string> expected = {"/d/uploads", "/d/blobs", "/d/blobs/sha256",
                                             "/d/blobs/sha512"};
  EXPECT_EQ(Layout("/d").skeleton(), expected);
}

}  // namespace
}  // namespace berth::blobs::fs
