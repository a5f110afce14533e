#include "cli/parse.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/nearest.h"
#include "server/config_names.h"

namespace berth::cli {
namespace {

// All names of a flag, as CLI11 wants them.
std::string names_of(const Flag& flag) {
  std::string out = flag.name;
  if (!flag.also.empty()) out += "," + flag.also;
  if (!flag.letter.empty()) out += "," + flag.letter;
  return out;
}

// CLI11 separates the uses of a repeated flag by an empty word, when it is asked to.
bool keep_uses(Invocation& found, const Flag& flag, const std::vector<std::string>& words) {
  auto& uses = found.lists[flag.name];
  uses.emplace_back();
  for (const std::string& word : words) {
    if (!word.empty()) {
      uses.back().push_back(word);
    } else if (!uses.back().empty()) {
      uses.emplace_back();
    }
  }
  return true;
}

void describe(CLI::App& app, const Flag& flag, Invocation& found) {
  if (flag.placeholder.empty()) {
    app.add_flag_callback(names_of(flag), [&found, &flag] { found.values[flag.name]; });
  } else if (flag.many) {
    CLI::Option* const option = app.add_option(
        names_of(flag), [&](const CLI::results_t& words) { return keep_uses(found, flag, words); });
    option->expected(-1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    option->inject_separator();
  } else {
    app.add_option_function<std::string>(
           names_of(flag),
           [&found, &flag](const std::string& value) { found.values[flag.name] = value; })
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

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
  for (const Flag& flag : command.flags) describe(app, flag, found);
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

// Verbs that were renamed are still understood.
std::vector<std::string> renewed(std::vector<std::string> arguments) {
  struct Name {
    std::string_view before;
    std::string_view now;
  };
  constexpr Name kNames[] = {{"assign", "create"}, {"list", "list"}, {"remove", "delete"}};
  if (arguments.size() < 2 || arguments[0] != "role") return arguments;
  for (const Name& name : kNames) {
    if (arguments[1] != name.before) continue;
    arguments[1] = name.now;
    arguments.insert(arguments.begin() + 1, "assignment");
    break;
  }
  return arguments;
}

std::string see_help(const Invocation& found) {
  return fmt::format("see {} --help", found.path);
}

std::string unknown_flag(const Invocation& found, const std::string& word) {
  std::vector<std::string> names = {"--help"};
  names.reserve((2 * found.command->flags.size()) + 1);
  for (const Flag& flag : found.command->flags) {
    names.push_back(flag.also.empty() ? flag.name : flag.also);
    if (!flag.also.empty()) names.push_back(flag.name);
  }
  const auto nearest = nearest_name(word, names);
  return fmt::format("{}: there is no flag {}; {}", found.path, word,
                     nearest ? fmt::format("did you mean {}?", *nearest) : see_help(found));
}

// Some verbs are called so by other programs.
struct Verb {
  std::string_view word, verb;
};
constexpr Verb kOtherVerbs[] = {{"add", "allow"}, {"remove", "deny"}, {"list", "show"}};

std::string unknown_word(const Invocation& found, const std::string& word,
                         const std::vector<std::string>& names) {
  const std::string shown = word.substr(0, 80);
  if (names.empty()) {
    return fmt::format("{} takes no argument '{}'; {}", found.path, shown, see_help(found));
  }
  constexpr std::size_t kNamesInALine = 8;
  auto nearest = nearest_name(word, names);
  for (const Verb& other : kOtherVerbs) {
    if (word == other.word && std::find(names.begin(), names.end(), other.verb) != names.end()) {
      nearest = std::string(other.verb);
    }
  }
  return fmt::format("{}: there is no '{}'; {}", found.path, shown,
                     nearest                        ? fmt::format("did you mean '{}'?", *nearest)
                     : names.size() > kNamesInALine ? see_help(found)
                                                    : "there are " + server::join_names(names));
}

// What CLI11 left over: words that the command takes, or the first thing that nobody knows.
std::string place_words(Invocation& found, const std::vector<std::string>& words) {
  const Command& command = *found.command;
  if (found.has(command.word_flag)) found.words.push_back(found.value(command.word_flag));
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

// Values that another command takes, and that people look for here.
struct Elsewhere {
  std::string_view path, flag, value, instead;
};
constexpr Elsewhere kElsewhere[] = {
    {"berth network dns", "--format", "hosts", "berth network endpoints --format hosts --private"}};

std::string unknown_choice(const Invocation& found, const Flag& flag, const std::string& value) {
  std::string out = fmt::format("{}: {} is '{}'; it must be one of {}", found.path, flag.name,
                                value, server::join_names(flag.choices));
  for (const Elsewhere& row : kElsewhere) {
    if (row.path == found.path && row.flag == flag.name && row.value == value) {
      out += fmt::format("; for {} it is {}", value, row.instead);
    }
  }
  return out;
}

// Choices are understood in any case and passed on as they are written in the tree.
std::string settle_choices(Invocation& found) {
  for (auto& [name, value] : found.values) {
    const Flag* flag = found.command->flag(name);
    // Values of configuration keys are judged with the rest of the configuration.
    if (flag == nullptr || flag->choices.empty() || !flag->config_key.empty()) continue;
    const auto same = [&value = value](const std::string& choice) {
      return equal_no_case(choice, value);
    };
    for (const auto& [spelling, meant] : flag->spellings) {
      if (same(spelling)) value = meant;
    }
    const auto choice = std::find_if(flag->choices.begin(), flag->choices.end(), same);
    if (choice == flag->choices.end()) {
      return unknown_choice(found, *flag, value);
    }
    value = *choice;
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
  if (found.words.size() < command.min_words && !command.word_choices.empty()) {
    return fmt::format("{} needs one of {}", found.path, server::join_names(command.word_choices));
  }
  std::string missing;
  if (found.words.size() < command.min_words) missing = command.words;
  for (const Flag& flag : command.flags) {
    if (!flag.required || found.has(flag.name) || found.lists.contains(flag.name)) continue;
    if (flag.name == command.word_flag && !found.words.empty()) continue;
    missing += fmt::format("{}{} {}", missing.empty() ? "" : " and ", flag.name, flag.placeholder);
  }
  if (missing.empty()) return {};
  return fmt::format(
      "{} needs {}; {}", found.path, missing,
      command.examples.empty() ? see_help(found) : "for example: " + command.examples.front());
}

const Flag* flag_called(const Command& command, std::string_view word) {
  const auto at = std::find_if(command.flags.begin(), command.flags.end(), [&](const Flag& flag) {
    return word == flag.name || word == flag.also || word == flag.letter;
  });
  return at == command.flags.end() ? nullptr : &*at;
}

// People put flags first: "berth --data x gc". What is said then is where the flag belongs. Empty
// when no flag of a command stands before it.
std::string flag_before_command(const Command& root, const std::vector<std::string>& arguments) {
  const Command* command = &root;
  std::string path = root.name;
  std::string early;
  for (std::size_t i = 0; i < arguments.size() && !command->commands.empty(); ++i) {
    const std::string& word = arguments[i];
    if (const Command* inner = command->command(word); inner != nullptr) {
      command = inner;
      path += " " + word;
    } else if (!word.starts_with('-')) {
      if (early.empty()) return {};  // a word that nobody knows: that is the mistake
    } else if (const Flag* known = flag_called(*command, word); known != nullptr) {
      if (!known->placeholder.empty()) ++i;
    } else if (early.empty()) {
      early = word;
    }
  }
  const Flag* flag = early.empty() ? nullptr : flag_called(*command, early);
  if (flag == nullptr) return {};
  return fmt::format("{} comes after the command: {} {}{}", early, path, early,
                     flag->placeholder.empty() ? "" : " " + flag->placeholder);
}

std::string needs_value(const Invocation& found, const Flag& flag) {
  return fmt::format("{}: {} needs a value, {}", found.path, flag.name, flag.placeholder);
}

// CLI11 takes whatever comes next for the value of a flag: another flag, too.
std::string swallowed_flag(const Invocation& found) {
  for (const auto& [name, value] : found.values) {
    const bool taken = value.starts_with("--") && flag_called(*found.command, value) != nullptr;
    const Flag* const flag = taken ? found.command->flag(name) : nullptr;
    if (flag != nullptr) return needs_value(found, *flag);
  }
  return {};
}

// CLI11 starts its message with the name of the option.
std::string missing_value(const Invocation& found, const std::string& what) {
  const std::string name = what.substr(0, what.find(':'));
  const Flag* flag = found.command->flag(name);
  if (flag != nullptr) return needs_value(found, *flag);
  return fmt::format("{}: {} needs a value, {}", found.path, name, what);
}

}  // namespace

tl::expected<Invocation, std::string> parse(const Command& root,
                                            const std::vector<std::string>& arguments) {
  Invocation found{&root, root.name, {}, {}, {}};
  CLI::App app;
  describe(app, root, root.name, found);
  std::vector<std::string> reversed = separate_values(renewed(arguments));
  if (auto problem = flag_before_command(root, reversed); !problem.empty()) {
    return tl::unexpected(root.name + ": " + problem);
  }
  std::reverse(reversed.begin(), reversed.end());  // as CLI11 wants them
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ArgumentMismatch& error) {
    return tl::unexpected(missing_value(found, error.what()));
  } catch (const CLI::Error& error) {
    return tl::unexpected(fmt::format("{}: {}", found.path, error.what()));
  }
  if (auto problem = swallowed_flag(found); !problem.empty()) {
    return tl::unexpected(std::move(problem));
  }
  // A misspelt word has no help; short of that, help comes before every other complaint.
  if (auto problem = place_words(found, app.remaining(true)); !problem.empty()) {
    return tl::unexpected(std::move(problem));
  }
  if (found.has("--help")) return found;
  for (auto problem : {settle_choices(found), missing_word(found)}) {
    if (!problem.empty()) return tl::unexpected(std::move(problem));
  }
  return found;
}

}  // namespace berth::cli
