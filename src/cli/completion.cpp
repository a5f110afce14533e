#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <ostream>
#include <vector>

#include "cli/verbs.h"

namespace berth::cli {
namespace {

// One command with its way from the root: {"config", "show"}; the root's is empty.
struct Place {
  const Command* command;
  std::vector<std::string> path;
};

void collect(const Command& command, std::vector<std::string> path, std::vector<Place>& out) {
  out.push_back({&command, path});
  for (const Command& inner : command.commands) {
    path.push_back(inner.name);
    collect(inner, path, out);
    path.pop_back();
  }
}

std::vector<Place> places(const Command& root) {
  std::vector<Place> out;
  collect(root, {}, out);
  return out;
}

// What may stand next: commands, words, flags.
std::vector<std::string> next_words(const Command& command) {
  std::vector<std::string> out = command.command_names();
  out.insert(out.end(), command.word_choices.begin(), command.word_choices.end());
  out.insert(out.end(), command.word_hints.begin(), command.word_hints.end());
  std::transform(command.flags.begin(), command.flags.end(), std::back_inserter(out),
                 [](const Flag& flag) { return flag.name; });
  out.emplace_back("--help");
  return out;
}

bool takes_path(const Flag& flag) {
  return flag.placeholder == "FILE" || flag.placeholder == "PATH";
}

// In single quotes, for every one of the three shells.
std::string quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// zsh reads a description up to ']' or ':'.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_flag(const Flag& flag) {
  std::string out = fmt::format("{}[{}]", flag.name, zsh_text(flag.help));
  if (flag.placeholder.empty()) return quote(out);
  out += fmt::format(":{}:", zsh_text(flag.placeholder));
  if (takes_path(flag)) out += "_files";
  if (!flag.choices.empty()) out += fmt::format("({})", fmt::join(flag.choices, " "));
  return quote(out);
}

std::string zsh_function(const Place& place) {
  const std::string name =
      place.path.empty() ? "_berth" : fmt::format("_berth_{}", fmt::join(place.path, "_"));
  std::string out = name + "() {\n";
  if (!place.command->commands.empty()) out += "  local context state line\n";
  out += "  _arguments -S '(-h --help)'{-h,--help}'[Print help]'";
  for (const Flag& flag : place.command->flags) out += " \\\n    " + zsh_flag(flag);
  if (!place.command->word_choices.empty()) {
    out += fmt::format(" \\\n    '1:argument:({})'", fmt::join(place.command->word_choices, " "));
  }
  if (!place.command->word_hints.empty()) {
    out += fmt::format(" \\\n    '1:argument:({})'", fmt::join(place.command->word_hints, " "));
  }
  if (place.command->commands.empty()) return out + "\n}\n\n";
  out += " \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n    command)\n";
  out += "      local -a commands=(\n";
  for (const Command& inner : place.command->commands) {
    out += fmt::format("        {}\n", quote(inner.name + ":" + zsh_text(inner.summary)));
  }
  out += "      )\n      _describe command commands ;;\n    rest)\n      case $line[1] in\n";
  for (const Command& inner : place.command->commands) {
    out += fmt::format("        {0}) {1}_{0} ;;\n", inner.name, name);
  }
  return out + "      esac ;;\n  esac\n}\n\n";
}

// True where this command has been typed: for `complete -n`. A group's own words are offered only
// while none of them stands there.
std::string fish_condition(const Place& place) {
  return fmt::format("__berth_at {} {}", place.command->commands.empty() ? "within" : "exactly",
                     fmt::join(place.path, " "));
}

// The words before the first flag say where one is; the names of inner commands repeat.
constexpr std::string_view kFishPlace = R"(function __berth_at
  set -l words (commandline -opc)
  set -e words[1]
  set -l path
  for word in $words
    string match -q -- '-*' $word; and break
    set -a path $word
  end
  test $argv[1] = within; and set path $path[1..(math (count $argv) - 1)]
  test "$path" = "$argv[2..-1]"
end
)";

struct Shell {
  std::string_view name;
  std::string (*script)(const Command&);
};
constexpr Shell kShells[] = {
    {"bash", &bash_completion}, {"zsh", &zsh_completion}, {"fish", &fish_completion}};

}  // namespace

std::string bash_completion(const Command& root) {
  std::string steps;   // "/config/show" …: how the words typed so far lead through the tree
  std::string values;  // what may follow a flag
  std::string words;   // what may follow a command
  for (const Place& place : places(root)) {
    std::string path;
    for (const std::string& word : place.path) path += "/" + word;
    if (!path.empty()) steps += fmt::format("{}{}", steps.empty() ? "" : "|", path);
    for (const Flag& flag : place.command->flags) {
      if (flag.placeholder.empty()) continue;
      const std::string make =
          takes_path(flag) ? R"(-f -- "$current")"
                           : fmt::format(R"(-W "{}" -- "$current")", fmt::join(flag.choices, " "));
      values += fmt::format("    \"{}:{}\") COMPREPLY=($(compgen {})); return ;;\n", path,
                            flag.name, make);
    }
    words += fmt::format("    \"{}\") words=\"{}\" ;;\n", path,
                         fmt::join(next_words(*place.command), " "));
  }
  return fmt::format(R"(# bash completion for berth, made by: berth completion bash
_berth() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local path="" words="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path/$word" in
      {}) path="$path/$word" ;;
    esac
  done
  case "$path:$previous" in
{}  esac
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _berth berth
)",
                     steps, values, words);
}

std::string zsh_completion(const Command& root) {
  std::string out = "#compdef berth\n# zsh completion for berth, made by: berth completion zsh\n\n";
  for (const Place& place : places(root)) out += zsh_function(place);
  // Autoloaded from $fpath the file is the function; sourced, it announces it.
  return out +
         "if [ \"$funcstack[1]\" = _berth ]; then\n  _berth \"$@\"\nelse\n  compdef _berth berth\n"
         "fi\n";
}

std::string fish_completion(const Command& root) {
  std::string out = "# fish completion for berth, made by: berth completion fish\n" +
                    std::string(kFishPlace) +
                    "complete -c berth -f\ncomplete -c berth -s h -l help -d 'Print help'\n";
  for (const Place& place : places(root)) {
    const std::string start = fmt::format("complete -c berth -n {}", quote(fish_condition(place)));
    for (const Command& inner : place.command->commands) {
      out += fmt::format("{} -a {} -d {}\n", start, inner.name, quote(inner.summary));
    }
    for (const auto* words : {&place.command->word_choices, &place.command->word_hints}) {
      for (const std::string& word : *words) out += fmt::format("{} -a {}\n", start, word);
    }
    for (const Flag& flag : place.command->flags) {
      std::string value = flag.placeholder.empty() ? "" : takes_path(flag) ? " -r -F" : " -x";
      if (!flag.choices.empty()) value += fmt::format(" -a '{}'", fmt::join(flag.choices, " "));
      const std::string letter = flag.letter.empty() ? "" : " -s " + flag.letter.substr(1);
      out += fmt::format("{}{} -l {}{} -d {}\n", start, letter, flag.name.substr(2), value,
                         quote(flag.help));
    }
  }
  return out;
}

int run_completion(const Invocation& call, Context& context) {
  for (const Shell& shell : kShells) {
    if (shell.name != call.words.front()) continue;
    const std::string script = shell.script(root_command());
    context.out << (call.json() ? boost::json::serialize(boost::json::object{{"shell", shell.name},
                                                                             {"script", script}}) +
                                      "\n"
                                : script);
    return kGood;
  }
  return kUsage;
}

}  // namespace berth::cli
