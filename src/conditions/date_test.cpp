#include "conditions/date.h"

#include <gtest/gtest.h>

namespace berth::conditions {
namespace {

TEST(Date, ReadsWhatItsFormAllows) {
  EXPECT_EQ(parse_date("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_date("1970-01-01T00:00:01.5Z"), 15'000'000);
  EXPECT_EQ(parse_date("1970-01-01T00:00:00.0000001Z"), 1);
  EXPECT_EQ(parse_date("1969-12-31T23:59:59.9999999Z"), -1);
  // From `date -u -d … +%s`.
  EXPECT_EQ(parse_date("2024-02-29T12:34:56.1234567Z"), 17'092'100'961'234'567);
  EXPECT_EQ(parse_date("9999-12-31T23:59:59Z"), 2'534'023'007'990'000'000);
  EXPECT_EQ(parse_date("0001-01-01T00:00:00Z"), -621'355'968'000'000'000) << ".NET's epoch";
}

TEST(Date, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "Z",
                           "2026-01-31",
                           "2026-01-31T09:00Z",
                           "2026-01-31T09:00:00",
                           "2026-01-31T09:00:00z",
                           "2026-01-31 09:00:00Z",
                           "2026-01-31T09:00:00+00:00",
                           "2026-01-31T09:00:00.Z",
                           "2026-01-31T09:00:00.12345678Z",
                           "2026-01-31T09:00:00.1x3Z",
                           "2026-01-31T09:00:00,5Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T23:60:00Z",
                           "2026-01-31T23:59:60Z",
                           "02026-01-31T09:00:00Z",
                           "+026-01-31T09:00:00Z",
                           "2026-1-31T09:00:00Z",
                           "2026-01-31T09:00:00ZZ",
                           " 2026-01-31T09:00:00Z"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Date, TicksOfATimeAreThoseOfItsText) {
  const TimePoint time = from_micros(1'709'210'096'123'456);
  EXPECT_EQ(parse_date(to_rfc3339(time)), ticks(time));
  EXPECT_LT(ticks(TimePoint::min()), ticks(TimePoint{}));
  EXPECT_GT(ticks(TimePoint::max()), *parse_date("9999-12-31T23:59:59.9999999Z"));
}

}  // namespace
}  // namespace berth::conditions
