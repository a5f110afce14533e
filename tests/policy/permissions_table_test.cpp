// permissions.txt against the engine; and that the table is as complete as it says.
#include <gtest/gtest.h>

#include <set>

#include "permissions_table.h"
#include "policy/roles.h"

namespace berth::permissions {
namespace {

using policy::Verdict;

const Table& table() {
  static const Table read = read_table(PERMISSIONS_TABLE);
  return read;
}

constexpr std::string_view verdict_word(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kWords = {"allow", "refuse network",
                                                      "refuse credential", "refuse permission"};
  return kWords[static_cast<std::size_t>(verdict)];
}

TEST(PermissionsTable, EveryRowIsDecidedAsTheReferenceSays) {
  for (const auto& row : table().rows) {
    const TableCase one = make_case(table(), row);
    const auto decision = ask(to_snapshot(one.world), one.question);
    EXPECT_EQ(decision.verdict, one.expected) << "permissions.txt:" << row.line << ": " << row.text
                                              << "\n  decided: " << verdict_word(decision.verdict)
                                              << " by " << decision.rule << " " << decision.reason;
  }
}

TEST(PermissionsTable, HasEveryBuiltInRoleInBothModesWithEveryAction) {
  std::set<std::string> rows;
  for (const auto& row : table().rows) {
    rows.insert(row.mode + "|" + row.who + "|" + row.condition + "|" + row.action);
  }
  for (const auto& role : policy::built_in_roles()) {
    for (const auto* mode : {"registry", "repository"}) {
      for (const auto& action : action_words()) {
        const std::string wanted = mode + ("|" + role.name) + " at registry|-|" + action;
        EXPECT_TRUE(rows.contains(wanted)) << wanted;
      }
    }
  }
}

TEST(PermissionsTable, UsesAllThatItDefinesAndNothingTwice) {
  std::set<std::string> seen;
  std::string all;
  for (const auto& row : table().rows) {
    EXPECT_TRUE(seen.insert(row.text).second) << row.line << ": twice: " << row.text;
    all += row.who + ";" + row.condition + ";";
  }
  for (const auto& [name, role] : table().roles) EXPECT_TRUE(all.find(name) != all.npos) << name;
  for (const auto& [name, denial] : table().denials) {
    EXPECT_TRUE(all.find("denied " + name) != all.npos) << name;
  }
  for (const auto& [name, text] : table().conditions) {
    EXPECT_TRUE(all.find(";" + name + ";") != all.npos) << name;
  }
  for (const auto& map : table().maps) {
    EXPECT_TRUE(all.find("token " + map.name) != all.npos) << map.name;
  }
  EXPECT_GE(seen.size(), 400);
}

}  // namespace
}  // namespace berth::permissions
