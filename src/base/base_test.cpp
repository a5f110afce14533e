#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "base/random.h"

namespace berth {
namespace {

TEST(CodeTable, HasEveryCodeOnceInEnumOrder) {
  const auto& table = code_table();
  ASSERT_EQ(table.size(), static_cast<std::size_t>(Code::kInternal) + 1);
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(table[i].code), i);
    EXPECT_GE(table[i].http_status, 400);
    EXPECT_FALSE(table[i].oci.empty());
    EXPECT_TRUE(table[i].meaning.ends_with('.'));
  }
}

TEST(ErrnoError, FullDiskHasItsOwnCodeAndTheCauseStaysPrivate) {
  const Error full = errno_error(ENOSPC, "write", "/data/x");
  EXPECT_EQ(full.code, Code::kStorageFull);
  EXPECT_EQ(full.message.find("/data"), std::string::npos);
  EXPECT_NE(full.cause.find("/data/x"), std::string::npos);
  EXPECT_EQ(errno_error(EIO, "read", "x").code, Code::kInternal);
}

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalidRequest, "odd");
  return n / 2;
}
Result<int> quarter(int n) {
  TRY_ASSIGN(const int h, half(n));
  TRY_ASSIGN(const int q, half(h));
  return q;
}

TEST(Try, PassesValuesAndStopsAtTheFirstError) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

TEST(Clock, WritesTheTwoDateFormats) {
  const TimePoint time = from_micros(1'700'000'000'123'456);
  EXPECT_EQ(to_rfc3339(time), "2023-11-14T22:13:20.1234560Z");
  EXPECT_EQ(to_http_date(time), "Tue, 14 Nov 2023 22:13:20 GMT");
}

TEST(Random, UuidsAreVersion4AndDiffer) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = make_uuid(random);
    EXPECT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(LogLine, JsonEscapesWhatACallerControls) {
  const std::string line =
      format_log_line(LogFormat::kJson, from_micros(0), LogLevel::kInfo, "x",
                      {{"agent", "a\"b\n\x1b[31m"}, {"bytes", 7}, {"ok", true}});
  EXPECT_EQ(line, R"({"time":"1970-01-01T00:00:00.0000000Z","level":"info","event":"x",)"
                  R"("agent":"a\"b\n\u001b[31m","bytes":7,"ok":true})");
}

TEST(LogLine, HumanQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(format_log_line(LogFormat::kHuman, from_micros(0), LogLevel::kWarning, "hello",
                            {{"a", "plain"}, {"b", "two words"}}),
            R"(1970-01-01T00:00:00.0000000Z WRN hello a=plain b="two words")");
}

TEST(Logger, WritesQueuedLinesBeforeItEnds) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const File reader(ends[0]);
  File writer(ends[1]);
  {
    const SystemClock clock;
    Logger log(writer.fd(), LogFormat::kHuman, LogLevel::kInfo, clock);
    log.debug("too small");
    log.info("first");
    log.error("second");
  }
  writer.close();
  std::string text(4096, '\0');
  const ssize_t n = ::read(reader.fd(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(n));
  EXPECT_EQ(text.find("too small"), std::string::npos);
  EXPECT_LT(text.find("INF first\n"), text.find("ERR second\n"));
}

// What comes while the writer gathers, and what comes after it has gone to sleep again.
TEST(Logger, WritesEveryLineWithoutBeingAskedTo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const File reader(ends[0]);
  const File writer(ends[1]);
  const SystemClock clock;
  Logger log(writer.fd(), LogFormat::kHuman, LogLevel::kInfo, clock);
  std::string text(4096, '\0');
  for (const auto pause : {0, 0, 1, 2, 20, 0, 40}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    const std::string event = "after " + std::to_string(pause);
    log.info(event);
    std::string got;
    while (got.find(event + "\n") == std::string::npos) {
      const ssize_t n = ::read(reader.fd(), text.data(), text.size());
      ASSERT_GT(n, 0);
      got.append(text, 0, static_cast<std::size_t>(n));
    }
  }
}

TEST(Logger, CutsWhatAClientChose) {
  const auto line = [](std::string_view text) {
    return format_log_line(LogFormat::kHuman, TimePoint{}, LogLevel::kInfo, "e",
                           {{"path", ClientText{text}}});
  };
  const std::string whole(ClientText::kMost, 'a');
  EXPECT_TRUE(line(whole).ends_with(" path=" + whole));
  EXPECT_TRUE(line(whole + "bc").ends_with(" path=\"" + whole + "... (514 bytes)\""));
  EXPECT_TRUE(line("").ends_with("INF e"));
}

// A sink that takes nothing holds up neither those who log nor keeps what they log for ever.
TEST(Logger, KeepsBytesInBoundsWhenNobodyReads) {
  constexpr std::size_t kLines = 1000;
  constexpr std::size_t kPipeBytes = 64UL * 1024;
  const std::string long_text(kPipeBytes, 'x');
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const File reader(ends[0]);
  File writer(ends[1]);
  std::string text;
  std::thread drain;
  {
    const SystemClock clock;
    Logger log(writer.fd(), LogFormat::kHuman, LogLevel::kInfo, clock);
    for (std::size_t i = 0; i < kLines; ++i) log.info("line", {{"text", long_text}});
    drain = std::thread([&] {
      std::string piece(kPipeBytes, '\0');
      for (ssize_t n = 0; (n = ::read(reader.fd(), piece.data(), piece.size())) > 0;) {
        text.append(piece, 0, static_cast<std::size_t>(n));
      }
    });
  }
  writer.close();
  drain.join();
  EXPECT_LT(text.size(), 2 * Logger::kQueueBytes + 2 * kPipeBytes);
  EXPECT_GT(text.size(), Logger::kQueueBytes - 2 * kPipeBytes);
  std::size_t lines = 0;
  std::size_t dropped = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string_view rest = std::string_view(text).substr(at);
    const std::size_t said = rest.substr(0, rest.find('\n')).find("log lines dropped count=");
    if (said == std::string_view::npos) {
      ++lines;
    } else {
      dropped += std::stoul(std::string(rest.substr(said + 24, 8)));
    }
  }
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(lines + dropped, kLines);
}

TEST(Metrics, ExpositionGroupsRowsOfOneNameAndAccumulatesBuckets) {
  Metrics metrics;
  metrics.counter("berth_requests_total", "Requests.", "status=\"2xx\"").add(3);
  metrics.gauge("berth_open", "Open things.").set(-2);
  metrics.counter("berth_requests_total", "Requests.", "status=\"4xx\"").add();
  metrics.histogram("berth_seconds", "Time.").observe(0.002);
  metrics.gauge_function("berth_answer", "The answer.", [] { return 42.0; });
  const std::string text = metrics.exposition();
  EXPECT_NE(text.find("# TYPE berth_requests_total counter\n"
                      "berth_requests_total{status=\"2xx\"} 3\n"
                      "berth_requests_total{status=\"4xx\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("berth_open -2\n"), std::string::npos);
  EXPECT_NE(text.find("berth_answer 42\n"), std::string::npos);
  EXPECT_NE(text.find("berth_seconds_bucket{le=\"0.001\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("berth_seconds_bucket{le=\"0.0025\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("berth_seconds_bucket{le=\"+Inf\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("berth_seconds_sum 0.002000\n"), std::string::npos);
}

}  // namespace
}  // namespace berth
