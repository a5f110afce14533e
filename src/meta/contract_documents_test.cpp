#include "meta/metadata_store_contract.h"

namespace berth::meta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DocumentChange set(std::string id, std::string body, std::optional<std::int64_t> expected = {}) {
  return {"thing", std::move(id), std::move(body), expected};
}
DocumentChange remove(std::string id, std::optional<std::int64_t> expected = {}) {
  return {"thing", std::move(id), std::nullopt, expected};
}
Activity activity(std::string target, std::string operation = "write") {
  return {TimePoint{std::chrono::seconds{5}},
          "who",
          "Who",
          std::move(operation),
          std::move(target),
          "{}",
          R"({"a":1})",
          "corr",
          "curl"};
}

template <class Rows>
std::vector<std::string> targets(const Rows& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.activity.target);
  return out;
}

TEST_P(MetadataStoreContract, DocumentsCountTheirVersionsAndKeepTheirTimes) {
  const TimePoint first = ok(store().change({set("a", "1", 0)}, {}));
  tick();
  const TimePoint second = ok(store().change({set("a", "2", 1)}, {}));
  EXPECT_LT(first, second);
  reopen();
  const auto page = ok(store().documents("thing", "", 10));
  ASSERT_EQ(page.items.size(), 1U);
  const Document& found = page.items[0];
  EXPECT_EQ(found.kind, "thing");
  EXPECT_EQ(found.body, "2");
  EXPECT_EQ(found.version, 2);
  EXPECT_EQ(found.created, first);
  EXPECT_EQ(found.updated, second);
}

TEST_P(MetadataStoreContract, AWrongExpectationChangesNothingAtAll) {
  ok(store().change({set("a", "1")}, {}));
  for (const auto& wrong :
       {set("a", "x", 0), set("a", "x", 2), set("b", "x", 1), remove("a", 7), remove("b", 1)}) {
    const Error e = error(store().change({set("c", "1"), wrong}, {activity("/c")}));
    EXPECT_EQ(e.code, Code::kPreconditionFailed);
    EXPECT_THAT(e.details, ElementsAre(Detail{"kind", "thing"}, Detail{"id", wrong.id}));
  }
  EXPECT_EQ(ok(store().documents("thing", "", 10)).items.size(), 1U);
  EXPECT_EQ(ok(store().documents("thing", "", 10)).items[0].body, "1");
  EXPECT_THAT(ok(store().activities("", 0, 10)), IsEmpty());
}

TEST_P(MetadataStoreContract, DocumentsAreRemovedByExpectationOrWithout) {
  ok(store().change({set("a", "1"), set("b", "1"), set("c", "1")}, {}));
  ok(store().change({remove("a", 1), remove("b"), remove("never-there")}, {}));
  const auto page = ok(store().documents("thing", "", 10));
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].id, "c");
  ok(store().change({set("a", "again", 0)}, {}));
  EXPECT_EQ(ok(store().documents("thing", "", 1)).items[0].version, 1);
}

TEST_P(MetadataStoreContract, DocumentPagesAreInByteOrderAndOfOneKind) {
  std::vector<DocumentChange> many;
  for (int i = 0; i < 100; ++i) many.push_back(set(fmt::format("n{:03}", i), "{}"));
  many.push_back({"thin", "x", "{}", {}});
  many.push_back(set("B", "{}"));
  many.push_back(set("\xC3\xA9", "{}"));
  ok(store().change(many, {}));
  std::vector<std::string> seen;
  bool more = true;
  while (more) {
    const auto page = ok(store().documents("thing", seen.empty() ? "" : seen.back(), 40));
    for (const auto& document : page.items) seen.push_back(document.id);
    more = page.more;
  }
  EXPECT_EQ(seen.size(), 102U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen.front(), "B");
  EXPECT_EQ(seen.back(), "\xC3\xA9");
  many.pop_back();
  for (auto& change : many) change.body.reset();
  ok(store().change(many, {}));  // many removals at once
  EXPECT_EQ(ok(store().documents("thing", "", 10)).items.size(), 1U);
}

TEST_P(MetadataStoreContract, ActivitiesComeNewestFirstAndByPrefix) {
  ok(store().change({}, {activity("/s/r/one"), activity("/s/r/two")}));
  ok(store().change({}, {activity("/s/R%"), activity("/s/r_x"), activity("/s/r")}));
  const auto all = ok(store().activities("", 0, 10));
  EXPECT_THAT(targets(all), ElementsAre("/s/r", "/s/r_x", "/s/R%", "/s/r/two", "/s/r/one"));
  EXPECT_EQ(all[0].activity.after, R"({"a":1})");
  EXPECT_EQ(all[0].activity.at, TimePoint{std::chrono::seconds{5}});
  EXPECT_EQ(all[0].activity.client, "curl");
  EXPECT_THAT(targets(ok(store().activities("/s/r/", 0, 10))), ElementsAre("/s/r/two", "/s/r/one"));
  EXPECT_THAT(targets(ok(store().activities("/s/r", all[1].row, 10))),
              ElementsAre("/s/r/two", "/s/r/one"));
  EXPECT_THAT(targets(ok(store().activities("", all[1].row, 2))), ElementsAre("/s/R%", "/s/r/two"));
  EXPECT_THAT(ok(store().activities("/s/%", 0, 10)), IsEmpty());
}

TEST_P(MetadataStoreContract, OfTwoChangesWithOneExpectationOneWins) {
  ok(store().change({set("a", "0")}, {}));
  std::atomic<int> won = 0;
  std::vector<std::vector<DocumentChange>> attempts;
  for (int i = 0; i < 8; ++i) attempts.push_back({set("a", std::to_string(i), 1)});
  const auto attempt = [&](const std::vector<DocumentChange>& changes) -> Task<void> {
    const std::vector<Activity> none;
    if (co_await store().change(changes, none)) ++won;
  };
  for (const auto& changes : attempts) loop_.add(attempt(changes));
  loop_.run_all(4);
  EXPECT_EQ(won, 1);
}

}  // namespace
}  // namespace berth::meta
