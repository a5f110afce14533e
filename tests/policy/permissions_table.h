// Reads permissions.txt, whose head explains its form, and makes of each row a small world, a
// question and the expected verdict. Throws std::runtime_error with the line for what it cannot
// read. Tests only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "random_world.h"
#include "world.h"

namespace berth::permissions {

struct TableRow {
  int line = 0;
  std::string text;
  std::string mode, who, condition, action, repository, expected;
};

// Scopes in denials are still words of the table.
struct Table {
  std::map<std::string, std::string> words;  // "let"
  std::map<std::string, policy::RoleDefinition> roles;
  std::map<std::string, policy::DenyAssignment> denials;
  std::map<std::string, std::string> conditions;
  std::vector<WorldScopeMap> maps;
  std::vector<TableRow> rows;
};
Table read_table(const std::string& path);

struct TableCase {
  World world;  // the registry that is asked is the first
  Question question;
  policy::Verdict expected = policy::Verdict::kAllow;
};
TableCase make_case(const Table& table, const TableRow& row);

// The plain words, in the order of policy::Action.
const std::vector<std::string>& action_words();

}  // namespace berth::permissions
