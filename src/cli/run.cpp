// From arguments to the work of a verb, and the verbs that only talk about verbs.
#include <fmt/format.h>

#include <ostream>

#include "base/nearest.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/verbs.h"

namespace berth::cli {

int run_root(const Invocation& call, Context& context) {
  if (call.has("--version")) return run_version(call, context);
  context.out << (call.json() ? help_json(*call.command) : overview(*call.command));
  return kGood;
}

int run_help(const Invocation& call, Context& context) {
  const Command* command = &root_command();
  std::string path = command->name;
  for (const std::string& word : call.words) {
    const Command* inner = command->command(word);
    if (inner == nullptr) {
      const auto nearest = nearest_name(word, command->command_names());
      context.err << fmt::format("{} has no command '{}'{}\n", path, word,
                                 nearest ? fmt::format("; did you mean '{}'?", *nearest) : "");
      return kUsage;
    }
    command = inner;
    path += " " + word;
  }
  context.out << (call.json() ? help_json(*command) : help_text(*command, path));
  return kGood;
}

std::vector<std::string> arguments_for(std::string_view program,
                                       std::vector<std::string> arguments) {
  struct Name {
    std::string_view program;
    std::string_view verb;
  };
  constexpr Name kNames[] = {{"docker-credential-berth", "docker-credential"},
                             {"berth-credential-provider", "credential-provider"}};
  const std::string_view name = program.substr(program.rfind('/') + 1);
  for (const Name& row : kNames) {
    if (row.program == name) arguments.insert(arguments.begin(), std::string(row.verb));
  }
  return arguments;
}

int run(const std::vector<std::string>& arguments, Context& context) {
  const auto call = parse(root_command(), arguments);
  if (!call) {
    context.err << call.error() << '\n';
    return kUsage;
  }
  if (call->has("--help")) {
    context.out << (call->json() ? help_json(*call->command)
                                 : help_text(*call->command, call->path));
    return kGood;
  }
  return call->command->run(*call, context);
}

}  // namespace berth::cli
