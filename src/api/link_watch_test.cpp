#include "api/link_watch.h"

#include <gtest/gtest.h>

namespace berth::api {
namespace {

using Seen = LinkWatch::Seen;
using std::chrono::milliseconds;
using std::chrono::minutes;

class LinkWatchTest : public ::testing::Test {
 protected:
  static LinkWatch::Blob blob(const std::string& digest, const std::string& client = "10.0.0.1") {
    return {"contoso-1", "team/app", digest, client};
  }
  Seen given(LinkWatch& watch, const LinkWatch::Blob& what, const std::string& who = "ada") {
    return watch.given(what, who, clock_.now() + minutes(25), clock_.now());
  }
  ManualClock clock_;
};

TEST_F(LinkWatchTest, NoticesWhoComesBackWithoutHavingBeenThere) {
  LinkWatch watch;
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);
  clock_.advance(LinkWatch::kPatience - milliseconds(1));
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);  // beside the one before
  clock_.advance(milliseconds(1));
  EXPECT_EQ(given(watch, blob("a")), Seen::kUnreached);
  EXPECT_EQ(given(watch, blob("a")), Seen::kAgain);
  // Others are others: another blob, client, person, or part of the same blob.
  EXPECT_EQ(given(watch, blob("b")), Seen::kFirst);
  EXPECT_EQ(given(watch, blob("a", "10.0.0.2")), Seen::kFirst);
  EXPECT_EQ(given(watch, blob("a"), "eve"), Seen::kFirst);
  EXPECT_EQ(given(watch, blob("a"), "ada bytes=5-"), Seen::kFirst);
}

TEST_F(LinkWatchTest, AFetchEndsTheSuspicion) {
  LinkWatch watch;
  EXPECT_FALSE(watch.fetched(blob("a")));
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);
  EXPECT_FALSE(watch.fetched(blob("a", "10.0.0.2")));
  clock_.advance(LinkWatch::kPatience);
  EXPECT_EQ(given(watch, blob("a")), Seen::kUnreached);
  EXPECT_TRUE(watch.fetched(blob("a")));
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);
}

TEST_F(LinkWatchTest, ALinkThatHasEndedIsNoSign) {
  LinkWatch watch;
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);
  clock_.advance(minutes(25));
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);
}

TEST_F(LinkWatchTest, ForgetsTheOldest) {
  LinkWatch watch(2);
  EXPECT_EQ(given(watch, blob("a")), Seen::kFirst);
  EXPECT_EQ(given(watch, blob("b")), Seen::kFirst);
  clock_.advance(LinkWatch::kPatience);
  EXPECT_EQ(given(watch, blob("a")), Seen::kUnreached);
  EXPECT_EQ(given(watch, blob("c")), Seen::kFirst);  // b goes
  EXPECT_EQ(given(watch, blob("a")), Seen::kAgain);
  EXPECT_EQ(given(watch, blob("b")), Seen::kFirst);
  for (int i = 0; i < 1000; ++i) given(watch, blob("b"), std::to_string(i));
  clock_.advance(LinkWatch::kPatience);
  EXPECT_EQ(given(watch, blob("b"), "999"), Seen::kUnreached);
  EXPECT_EQ(given(watch, blob("b"), "0"), Seen::kFirst);
}

}  // namespace
}  // namespace berth::api
