#include "cli/maintenance_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "cli/command.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Shown {
  int code;
  std::string out;
  std::string err;
};

Shown show(MaintenanceView::Options options, const std::vector<std::string>& lines) {
  std::ostringstream out;
  std::ostringstream err;
  MaintenanceView view(out, err, options);
  for (const std::string& line : lines) view.line(line);
  const int code = view.finish();
  return {code, out.str(), err.str()};
}

const std::string kProgress = R"({"kind":"progress","done":5,"total":20})";
const std::string kKeep =
    R"({"kind":"blob","digest":"sha256:aa","size":2048,"action":"keep","reason":"used by library/a"})";
const std::string kRemoved =
    R"({"kind":"blob","digest":"sha256:bb","size":1536,"action":"removed","reason":"nothing refers to it"})";
const std::string kDamaged =
    R"({"kind":"blob","digest":"sha256:cc","size":7,"action":"damaged","reason":"wrong digest"})";
const std::string kSummary =
    R"({"kind":"summary","checked":20,"removed":1,"removedBytes":1536,"problems":0})";

TEST(MaintenanceView, ForPeople) {
  const Shown shown = show({}, {kProgress, kKeep, kRemoved + "\n", kSummary});
  EXPECT_EQ(shown.code, kGood);
  EXPECT_EQ(shown.out,
            "removed       sha256:bb     1.5 KiB  nothing refers to it\n"
            "Done.\n"
            "  checked           20\n"
            "  removed           1\n"
            "  removed bytes     1.5 KiB\n"
            "  problems          0\n");
  EXPECT_EQ(shown.err, "");  // no terminal, no progress
}

TEST(MaintenanceView, KeptBlobsOnRequest) {
  EXPECT_THAT(show({.kept = true, .dry_run = true}, {kKeep, kSummary}).out,
              AllOf(HasSubstr("keep          sha256:aa     2.0 KiB  used by library/a\n"),
                    HasSubstr("Dry run; nothing was changed.")));
}

TEST(MaintenanceView, ProgressIsOneLineThatGoesAway) {
  const Shown shown = show({.progress = true}, {kProgress, kRemoved, kSummary});
  EXPECT_EQ(shown.err, "\r\x1b[K5 of 20 checked, 25 %\r\x1b[K");
  EXPECT_THAT(shown.out, Not(HasSubstr("25 %")));
  EXPECT_EQ(show({.progress = true}, {R"({"kind":"progress","done":5,"total":0})", kSummary}).err,
            "\r\x1b[K5 checked\r\x1b[K");
}

TEST(MaintenanceView, ProgressIsNotRedrawnForEveryLine) {
  const std::vector<std::string> lines(1000, kProgress);
  const Shown shown = show({.progress = true}, lines);
  EXPECT_LT(std::count(shown.err.begin(), shown.err.end(), '\r'), 100);
}

TEST(MaintenanceView, JsonPassesEveryLineThrough) {
  const Shown shown = show({.json = true}, {kProgress, kKeep, kDamaged, kSummary + "\n"});
  EXPECT_EQ(shown.code, kProblem);
  EXPECT_EQ(shown.out, kProgress + "\n" + kKeep + "\n" + kDamaged + "\n" + kSummary + "\n");
  EXPECT_EQ(shown.err, "");
}

TEST(MaintenanceView, WhateverIsWrongIsAProblem) {
  EXPECT_EQ(show({}, {kDamaged, kSummary}).code, kProblem);
  for (const char* action : {"damaged", "missing", "repaired", "problem"}) {
    EXPECT_EQ(
        show({}, {R"({"kind":"blob","action":")" + std::string(action) + "\"}", kSummary}).code,
        kProblem)
        << action;
  }
  for (const char* action : {"keep", "removed", "would-remove"}) {
    EXPECT_EQ(
        show({}, {R"({"kind":"blob","action":")" + std::string(action) + "\"}", kSummary}).code,
        kGood)
        << action;
  }
  const Shown problem =
      show({}, {R"({"kind":"problem","message":"a row without blob"})", kSummary});
  EXPECT_EQ(problem.code, kProblem);
  EXPECT_THAT(problem.out, HasSubstr("problem: a row without blob\n"));
  EXPECT_EQ(show({}, {R"({"kind":"summary","problems":1})"}).code, kProblem);
}

TEST(MaintenanceView, AnErrorLineMeansThatItCouldNotBeDone) {
  const Shown shown =
      show({}, {kDamaged, R"({"kind":"error","message":"the disk is gone","cause":"EIO"})"});
  EXPECT_EQ(shown.code, kCannot);
  EXPECT_EQ(shown.err, "error: the disk is gone (EIO)\n");
  // In JSON the job's own line says it; it is not said twice.
  const std::string line = R"({"kind":"error","message":"m"})";
  EXPECT_EQ(show({.json = true}, {line}).out, line + "\n");
}

TEST(MaintenanceView, AnEndWithoutSummaryIsNoSuccess) {
  const Shown shown = show({}, {kProgress});
  EXPECT_EQ(shown.code, kCannot);
  EXPECT_EQ(shown.err, "error: the work stopped before it was done; run it again\n");
  EXPECT_EQ(show({.json = true}, {}).out,
            "{\"kind\":\"error\",\"message\":\"the work stopped before it was done; run it "
            "again\"}\n");
}

TEST(MaintenanceView, ForeignLines) {
  for (const char* line : {"not json", "[]", "5"}) {
    EXPECT_EQ(show({}, {line, kSummary}).code, kCannot) << line;
  }
  // Kinds of a later version, and empty lines, are nothing to worry about.
  EXPECT_EQ(show({}, {R"({"kind":"news"})", "", kSummary}).code, kGood);
  EXPECT_EQ(show({}, {R"({"kind":"blob","size":-1,"action":5})", kSummary}).code, kProblem);
}

TEST(MaintenanceView, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_THAT(show({}, {R"({"kind":"problem","message":"\u001b[2Jx"})", kSummary}).out,
              HasSubstr("problem: ?[2Jx\n"));
}

TEST(HumanSize, ChoosesTheUnit) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(1023), "1023 B");
  EXPECT_EQ(human_size(1024), "1.0 KiB");
  EXPECT_EQ(human_size(1536), "1.5 KiB");
  EXPECT_EQ(human_size((1ull << 20) - 1), "1.0 MiB");
  EXPECT_EQ(human_size(5ull << 30), "5.0 GiB");
  EXPECT_EQ(human_size(5000ull << 40), "5000.0 TiB");
}

}  // namespace
}  // namespace berth::cli
