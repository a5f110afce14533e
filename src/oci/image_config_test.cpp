#include "oci/image_config.h"

#include <gtest/gtest.h>

namespace berth::oci {
namespace {

TEST(ImageConfig, ReadsThePlatformAndNothingFromWhatIsNoConfig) {
  EXPECT_EQ(platform_of(R"({"architecture":"arm64","os":"linux","config":{}})"),
            (Platform{"arm64", "linux"}));
  EXPECT_EQ(platform_of(R"({"os":"linux"})"), (Platform{"", "linux"}));
  for (const char* other : {"", "[]", "{", R"({"architecture":1})", "null"}) {
    EXPECT_EQ(platform_of(other), Platform{}) << other;
  }
}

TEST(ImageConfig, KnowsTheTwoMediaTypes) {
  EXPECT_TRUE(is_image_config_media_type("application/vnd.oci.image.config.v1+json"));
  EXPECT_TRUE(is_image_config_media_type("application/vnd.docker.container.image.v1+json"));
  EXPECT_FALSE(is_image_config_media_type("application/vnd.oci.empty.v1+json"));
}

}  // namespace
}  // namespace berth::oci
