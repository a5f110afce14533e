#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <utility>

#include "server/config_names.h"

namespace berth::cli {
namespace {

// Describes one command to CLI11. Required parts and extra words are judged afterwards, by us: our
// messages name the nearest right word. The innermost command that is met wins `found`.
void describe(CLI::App& app, const Command& command, const std::string& path, Invocation& found) {
  app.set_help_flag();
  app.allow_extras();
  app.require_subcommand(0, 1);
  app.preparse_callback([&found, &command, path](std::size_t) {
    found.command = &command;
    found.path = path;
  });
  app.add_flag_callback("-h,--help", [&found] { found.values["--help"]; });
  for (const Flag& flag : command.flags) {
    if (flag.placeholder.empty()) {
      app.add_flag_callback(flag.name, [&found, &flag] { found.values[flag.name]; });
    } else {
      app.add_option_function<std::string>(
             flag.also.empty() ? flag.name : flag.name + "," + flag.also,
             [&found, &flag](const std::string& value) { found.values[flag.name] = value; })
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
  for (const Command& inner : command.commands) {
    describe(*app.add_subcommand(inner.name), inner, path + " " + inner.name, found);
  }
}

// "--flag=value" as two arguments: CLI11 would take "--flag=" for a flag without a value.
std::vector<std::string> separate_values(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (argument.starts_with("--") && equals != std::string::npos) {
      out.push_back(argument.substr(0, equals));
      out.push_back(argument.substr(equals + 1));
    } else {
      out.push_back(argument);
    }
  }
  return out;
}

std::string see_help(const Invocation& found) {
  return fmt::format("see {} --help", found.path);
}

std::string unknown_flag(const Invocation& found, const std::string& word) {
  std::vector<std::string> names = {"--help"};
  names.reserve(2 * found.command->flags.size() + 1);
  for (const Flag& flag : found.command->flags) {
    names.push_back(flag.also.empty() ? flag.name : flag.also);
    if (!flag.also.empty()) names.push_back(flag.name);
  }
  const auto nearest = server::nearest_name(word, names);
  return fmt::format("{}: there is no flag {}; {}", found.path, word,
                     nearest ? fmt::format("did you mean {}?", *nearest) : see_help(found));
}

std::string unknown_word(const Invocation& found, const std::string& word,
                         const std::vector<std::string>& names) {
  const std::string shown = word.substr(0, 80);
  if (names.empty()) {
    return fmt::format("{} takes no argument '{}'; {}", found.path, shown, see_help(found));
  }
  const auto nearest = server::nearest_name(word, names);
  return fmt::format("{}: there is no '{}'; {}", found.path, shown,
                     nearest ? fmt::format("did you mean '{}'?", *nearest)
                             : "there are " + server::join_names(names));
}

// What CLI11 left over: words that the command takes, or the first thing that nobody knows.
std::string place_words(Invocation& found, const std::vector<std::string>& words) {
  const Command& command = *found.command;
  for (const std::string& word : words) {
    if (word.starts_with('-') && word.size() > 1) return unknown_flag(found, word);
    if (!command.commands.empty()) return unknown_word(found, word, command.command_names());
    if (found.words.size() == command.max_words) return unknown_word(found, word, {});
    const auto& choices = command.word_choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), word) == choices.end()) {
      return unknown_word(found, word, choices);
    }
    found.words.push_back(word);
  }
  return {};
}

std::string wrong_choice(const Invocation& found) {
  for (const auto& [name, value] : found.values) {
    const Flag* flag = found.command->flag(name);
    // Values of configuration keys are judged with the rest of the configuration.
    if (flag == nullptr || flag->choices.empty() || !flag->config_key.empty()) continue;
    if (std::find(flag->choices.begin(), flag->choices.end(), value) == flag->choices.end()) {
      return fmt::format("{}: {} is '{}'; it must be one of {}", found.path, name, value,
                         server::join_names(flag->choices));
    }
  }
  return {};
}

// A group of commands without one of them, or a command without the word that it is about.
std::string missing_word(const Invocation& found) {
  const Command& command = *found.command;
  if (command.run == nullptr) {
    return fmt::format("{} needs one of {}; {}", found.path,
                       server::join_names(command.command_names()), see_help(found));
  }
  if (!command.word_choices.empty() && found.words.empty()) {
    return fmt::format("{} needs one of {}", found.path, server::join_names(command.word_choices));
  }
  return {};
}

// CLI11 starts its message with the name of the option.
std::string missing_value(const Invocation& found, const std::string& what) {
  const std::string name = what.substr(0, what.find(':'));
  const Flag* flag = found.command->flag(name);
  return fmt::format("{}: {} needs a value, {}", found.path, name,
                     flag == nullptr ? what : flag->placeholder);
}

}  // namespace

tl::expected<Invocation, std::string> parse(const Command& root,
                                            const std::vector<std::string>& arguments) {
  Invocation found{&root, root.name, {}, {}};
  CLI::App app;
  describe(app, root, root.name, found);
  std::vector<std::string> reversed = separate_values(arguments);
  std::reverse(reversed.begin(), reversed.end());  // as CLI11 wants them
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ArgumentMismatch& error) {
    return tl::unexpected(missing_value(found, error.what()));
  } catch (const CLI::Error& error) {
    return tl::unexpected(fmt::format("{}: {}", found.path, error.what()));
  }
  // A misspelt word has no help; short of that, help comes before every other complaint.
  if (auto problem = place_words(found, app.remaining(true)); !problem.empty()) {
    return tl::unexpected(std::move(problem));
  }
  if (found.has("--help")) return found;
  for (auto problem : {wrong_choice(found), missing_word(found)}) {
    if (!problem.empty()) return tl::unexpected(std::move(problem));
  }
  return found;
}

}  // namespace berth::cli
