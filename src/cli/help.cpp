#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace berth::cli {
namespace {

namespace json = boost::json;

using Rows = std::vector<std::pair<std::string, std::string>>;

// `text` in lines of at most `width`, each later one indented by `indent`.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > 0 && column + 1 + end > width) {
      out += '\n' + std::string(indent, ' ');
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string two_columns(const Rows& rows) {
  constexpr std::size_t kWidth = 100;
  std::size_t left = 0;
  for (const auto& row : rows) left = std::max(left, row.first.size());
  std::string out;
  for (const auto& [name, text] : rows) {
    out += fmt::format("  {:<{}}  {}\n", name, left, wrapped(text, left + 4, kWidth - left - 4));
  }
  return out;
}

Rows command_rows(const Command& command) {
  Rows rows;
  for (const Command& inner : command.commands) rows.emplace_back(inner.name, inner.summary);
  return rows;
}

// Flags that set a configuration key come last: they are many.
std::string flag_section(const Command& command, bool config_keys, std::string_view title) {
  Rows rows;
  for (const Flag& flag : command.flags) {
    if (flag.config_key.empty() == config_keys) continue;
    constexpr std::size_t kLongest = 50;
    const std::string choices = fmt::format("{}", fmt::join(flag.choices, "|"));
    const bool listed = choices.size() > kLongest && flag.config_key.empty();
    const std::string value =
        choices.empty() || listed || !flag.config_key.empty() ? flag.placeholder : choices;
    const std::string names =
        flag.letter.empty() ? flag.name : fmt::format("{}, {}", flag.letter, flag.name);
    const std::string help =
        listed ? fmt::format("{}: {}", flag.help, fmt::join(flag.choices, ", ")) : flag.help;
    rows.emplace_back(value.empty() ? names : fmt::format("{} {}", names, value), help);
  }
  if (!config_keys) rows.emplace_back("-h, --help", "Print this");
  return rows.empty() ? "" : fmt::format("\n{}:\n{}", title, two_columns(rows));
}

json::array strings(const std::vector<std::string>& items) {
  json::array out;
  for (const std::string& item : items) out.emplace_back(item);
  return out;
}

json::object describe(const Command& command) {
  json::array flags;
  for (const Flag& flag : command.flags) {
    json::object row{{"name", flag.name}, {"help", flag.help}};
    if (!flag.placeholder.empty()) row["value"] = flag.placeholder;
    if (!flag.choices.empty()) row["choices"] = strings(flag.choices);
    if (!flag.letter.empty()) row["letter"] = flag.letter;
    if (flag.required) row["required"] = true;
    if (flag.many) row["repeats"] = true;
    if (!flag.config_key.empty()) row["configKey"] = flag.config_key;
    flags.push_back(std::move(row));
  }
  json::object out{{"name", command.name}, {"summary", command.summary}};
  out["flags"] = std::move(flags);
  out["examples"] = strings(command.examples);
  if (!command.word_choices.empty()) out["words"] = strings(command.word_choices);
  json::array commands;
  for (const Command& inner : command.commands) commands.push_back(describe(inner));
  if (!commands.empty()) out["commands"] = std::move(commands);
  return out;
}

}  // namespace

std::string help_text(const Command& command, const std::string& path) {
  std::string out = fmt::format("{}: {}\n", path, command.summary);
  std::string needed;
  for (const Flag& flag : command.flags) {
    if (flag.required) needed += fmt::format(" {} {}", flag.name, flag.placeholder);
  }
  out += fmt::format("\nUsage: {}{}{}{}{}\n", path, command.commands.empty() ? "" : " COMMAND",
                     command.words.empty() ? "" : " " + command.words, needed,
                     command.flags.empty() ? "" : " [flags]");
  if (!command.details.empty()) out += '\n' + wrapped(command.details, 0, 98) + '\n';
  if (!command.commands.empty()) out += "\nCommands:\n" + two_columns(command_rows(command));
  out += flag_section(command, false, "Flags");
  out += flag_section(command, true, "Configuration (wins over environment and file)");
  if (!command.examples.empty()) out += "\nExamples:\n";
  for (const std::string& example : command.examples) out += "  " + example + '\n';
  return out;
}

std::string overview(const Command& root) {
  return fmt::format("{}: {}\n\n{}\n{} COMMAND --help tells more.\n", root.name, root.summary,
                     two_columns(command_rows(root)), root.name);
}

std::string help_json(const Command& root) {
  return json::serialize(describe(root)) + '\n';
}

}  // namespace berth::cli
