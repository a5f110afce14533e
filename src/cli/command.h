// What `berth` can do, as data: verbs, flags, help and examples in one tree. Parsing, help and
// shell completion are all read from it; a new verb is one entry in a commands_*.cpp and one file
// for its work.
//
// Exit codes of every verb: 0 good, 1 a problem was found, 2 wrong usage, 3 could not check or run.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ip.h"
#include "server/config.h"

namespace berth::cli {

inline constexpr int kGood = 0;
inline constexpr int kProblem = 1;
inline constexpr int kUsage = 2;
inline constexpr int kCannot = 3;

// Maintenance of a data directory, in the words of the command line.
struct MaintenanceJob {
  enum class What { kGc, kVerify } what = What::kGc;
  bool dry_run = false;
  bool repair = false;
  std::optional<std::chrono::seconds> grace;  // none: as configured
};
using JsonLine = std::function<void(std::string_view line)>;

// What the verbs need from the server behind them. main gives the real one, tests their own.
struct Engine {
  std::function<int(const server::Config&)> serve;  // blocks until told to stop
  // Does the job without a server and gives its findings as JSON lines; an exit code.
  std::function<int(const server::Config&, const MaintenanceJob&, const JsonLine&)> maintain;
};

// Where answers to questions and secrets come from.
struct Input {
  std::istream* stream = nullptr;  // null: there is none
  bool terminal = false;           // a person sits there and may be asked
};

// The world around one call of `berth`.
struct Context {
  std::ostream& out;
  std::ostream& err;
  bool progress = false;  // `err` is a terminal
  server::TextMap environment;
  Engine engine;
  Input input = {};
  // Whether the name service knows a host; null: not asked.
  std::function<bool(const std::string& host)> resolves = {};
  // The addresses that it has for a host; null: not asked.
  std::function<Result<std::vector<IpAddress>>(const std::string& host)> lookup = {};

  // Of the environment; empty when it is not set.
  std::string variable(const std::string& name) const {
    const auto at = environment.find(name);
    return at == environment.end() ? "" : at->second;
  }
};

struct Invocation;
using Handler = int (*)(const Invocation&, Context&);

struct Flag {
  std::string name;         // "--output"
  std::string placeholder;  // "FORMAT"; empty: a switch without a value
  std::vector<std::string> choices;
  std::string help;
  std::string config_key;   // the key that it sets, if it sets one
  std::string also = {};    // a second, longer name that is understood
  std::string letter = {};  // "-o"
  bool required = false;
  // Takes one word or more, up to the next flag, and may be repeated: Invocation::lists has it.
  bool many = false;
  // Other names of a choice: each with the choice that it stands for.
  std::vector<std::pair<std::string, std::string>> spellings = {};
};

struct Command {
  std::string name;
  std::string summary;        // one line
  std::string words = {};     // what may follow, "bash|zsh|fish"; empty: nothing
  std::size_t min_words = 0;  // how many of them must
  std::size_t max_words = 0;  // and may
  std::vector<Flag> flags = {};
  std::vector<std::string> examples = {};
  Handler run = nullptr;     // null: one of `commands` must follow
  std::string details = {};  // further paragraphs of --help
  std::vector<std::string> word_choices = {};
  std::string word_flag = {};  // a flag that may give the first word: "--name"
  // Words that completion offers; unlike word_choices, others are right, too.
  std::vector<std::string> word_hints = {};
  std::vector<Command> commands = {};

  const Flag* flag(std::string_view flag_name) const;
  const Command* command(std::string_view command_name) const;
  std::vector<std::string> command_names() const;
};

// One call, understood. Points into the tree, which lives for the whole program.
struct Invocation {
  const Command* command = nullptr;
  std::string path;                           // "berth config show"
  std::map<std::string, std::string> values;  // by flag name; of a switch: ""
  std::vector<std::string> words;
  // By flag name: what each use of a flag with `many` was given.
  std::map<std::string, std::vector<std::vector<std::string>>> lists = {};

  // Empty when the flag was not given.
  std::string value(const std::string& flag) const {
    const auto at = values.find(flag);
    return at == values.end() ? "" : at->second;
  }
  bool has(const std::string& flag) const { return values.contains(flag); }
  bool json() const { return value("--output") == "json"; }
};

const Command& root_command();

// Some programs are this one under another name: docker-credential-berth and
// berth-credential-provider. Gives the arguments as `berth` itself would get them.
std::vector<std::string> arguments_for(std::string_view program,
                                       std::vector<std::string> arguments);

// All of `berth`: understands the arguments (without the program's name) and does what they say.
int run(const std::vector<std::string>& arguments, Context& context);

}  // namespace berth::cli
