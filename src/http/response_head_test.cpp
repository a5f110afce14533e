#include "http/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "http/correlation.h"
#include "http/deadline.h"

namespace berth::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = Framing::Kind;

struct FramingCase {
  unsigned status;
  Body body;
  std::optional<std::uint64_t> announced;
  RequestTraits request;
  Kind kind;
  std::optional<std::uint64_t> length;
  bool keep_alive;
};

TEST(Framing, FollowsStatusMethodAndBody) {
  const RequestTraits get{false, true, true};
  const RequestTraits head{true, true, true};
  const RequestTraits old{false, false, true};
  const Body text = std::string("12345");
  const Body open_end = StreamBody{};
  const FramingCase cases[] = {
      {200, text, {}, get, Kind::kLength, 5, true},
      {200, {}, {}, get, Kind::kLength, 0, true},
      {200, StreamBody{{}, 9}, {}, get, Kind::kLength, 9, true},
      {200, open_end, {}, get, Kind::kChunked, {}, true},
      {200, open_end, {}, old, Kind::kUntilClose, {}, false},
      {200, text, {}, head, Kind::kNone, 5, true},
      {200, {}, 77, head, Kind::kNone, 77, true},
      {200, open_end, {}, head, Kind::kNone, {}, true},
      {204, text, 5, get, Kind::kNone, {}, true},
      {304, text, {}, get, Kind::kNone, {}, true},
      {304, {}, 12, get, Kind::kNone, 12, true},
  };
  for (const FramingCase& c : cases) {
    Response response(c.status);
    response.body = c.body;
    response.announced_length = c.announced;
    const Framing framing = plan_framing(response, c.request);
    EXPECT_EQ(framing.kind, c.kind) << c.status;
    EXPECT_EQ(framing.content_length, c.length) << c.status;
    EXPECT_EQ(framing.keep_alive, c.keep_alive) << c.status;
  }
}

TEST(ResponseHead, IsOneStringInAFixedOrder) {
  Response response(201);
  response.header("Location", "/v2/a");
  const RequestTraits request{};
  const Framing framing = plan_framing(response, request);
  std::string out = "old";
  const auto left_out = write_response_head({response, framing, request, "today", "id-1"}, out);
  EXPECT_TRUE(left_out.empty());
  EXPECT_EQ(out,
            "HTTP/1.1 201 Created\r\nDate: today\r\nContent-Length: 0\r\n"
            "X-Ms-Correlation-Request-Id: id-1\r\nLocation: /v2/a\r\n\r\n");
}

TEST(ResponseHead, LeavesOutWhatWouldBreakTheMessage) {
  Response response(200);
  response.header("A", "1\r\nSet-Cookie: x").header("B", "1\n").header("C", std::string("\0", 1));
  response.header("D: e\r\nF", "1").header("", "1").header("content-length", "9");
  response.header("Transfer-Encoding", "chunked").header("Good", "tab\tand \xc3\xa4");
  const RequestTraits request{};
  const Framing framing = plan_framing(response, request);
  std::string out;
  const auto left_out = write_response_head({response, framing, request, "d", "i"}, out);
  EXPECT_THAT(left_out,
              ElementsAre("A", "B", "C", "D: e\r\nF", "", "content-length", "Transfer-Encoding"));
  EXPECT_THAT(out, HasSubstr("\r\nGood: tab\tand \xc3\xa4\r\n\r\n"));
  EXPECT_THAT(out, Not(HasSubstr("Set-Cookie")));
  EXPECT_THAT(out, Not(HasSubstr("chunked")));
}

TEST(CorrelationIds, AreDistinctVersion4Uuids) {
  SystemRandom random;
  CorrelationIds ids(random);
  std::set<std::string> all;
  std::string id;
  for (int i = 0; i < 100; ++i) {
    ids.next(id);
    EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                          "[0-9a-f]{12}"));
    all.insert(id);
  }
  EXPECT_EQ(all.size(), 100U);
}

TEST(RateGuard, CountsOnlyTimeSpentWaiting) {
  using std::chrono::milliseconds;
  const SteadyTime t{};
  RateGuard guard(1000, milliseconds{100});  // 100 bytes per window
  EXPECT_EQ(guard.deadline(t), t + milliseconds{100});
  EXPECT_TRUE(guard.account(t, t + milliseconds{60}, 10));
  // An hour of our own work in between does not count against the client.
  const SteadyTime later = t + std::chrono::hours{1};
  EXPECT_EQ(guard.deadline(later), later + milliseconds{40});
  EXPECT_FALSE(guard.account(later, later + milliseconds{40}, 10)) << "20 of 100 bytes";
}

TEST(RateGuard, GivesWhoWasFastAFurtherWindow) {
  using std::chrono::milliseconds;
  const SteadyTime t{};
  RateGuard guard(1000, milliseconds{100});
  EXPECT_TRUE(guard.account(t, t + milliseconds{1}, 100));
  EXPECT_EQ(guard.deadline(t), t + milliseconds{199});
  EXPECT_TRUE(guard.account(t, t + milliseconds{150}, 0));
  EXPECT_EQ(guard.deadline(t), t + milliseconds{100}) << "a new window begins";
  EXPECT_FALSE(guard.account(t, t + milliseconds{100}, 0));
}

}  // namespace
}  // namespace berth::http
