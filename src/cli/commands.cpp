// The tree of verbs: the one place that says what `berth` understands. Groups that are about one
// subject have a file each: command_groups.h.
#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/command_groups.h"
#include "cli/verbs.h"
#include "server/config_keys.h"

namespace berth::cli {
namespace {

using Flags = std::vector<Flag>;

const Flag kOutput{.name = "--output",
                   .placeholder = "FORMAT",
                   .choices = {"human", "json"},
                   .help = "How to print: for people or programs",
                   .letter = "-o"};
const Flag kConfig{
    .name = "--config", .placeholder = "FILE", .help = "Configuration file; also BERTH_CONFIG"};
const Flag kVerbose{.name = "--verbose", .help = "Print the blobs that are in order, too"};

// What stands for a value of this kind in the help of a flag.
std::string placeholder(const server::Rule& rule) {
  struct Name {
    std::string operator()(const server::TextRule& text) const {
      return text.parse != nullptr ? "NAME" : "PATH";
    }
    std::string operator()(const server::NumberRule&) const { return "NUMBER"; }
    std::string operator()(const server::SizeRule&) const { return "SIZE"; }
    std::string operator()(const server::TimeRule&) const { return "TIME"; }
    std::string operator()(const server::ChoiceRule& choice) const {
      return fmt::format("{}", fmt::join(choice.names, "|"));
    }
    std::string operator()(const server::ListenRule&) const { return "ADDRESS:PORT,…"; }
    std::string operator()(const server::AddressRule&) const { return "IP,…"; }
  };
  return std::visit(Name{}, rule);
}

// Help in a terminal has no Markdown.
std::string plain(std::string_view markdown) {
  std::string out(markdown);
  out.erase(std::remove(out.begin(), out.end(), '`'), out.end());
  return out;
}

// The choices of a key are for completion; that a value is one of them is judged with the rest of
// the configuration, so that all its problems appear together.
Flag key_flag(const server::ConfigKey& key) {
  Flag flag{key.flag(), placeholder(key.rule), {}, plain(key.help), key.full_name()};
  if (key.long_flag() != flag.name) flag.also = key.long_flag();
  if (const std::string text = key.default_text(); !text.empty()) {
    flag.help += fmt::format(" [{}]", text);
  }
  if (const auto* choice = std::get_if<server::ChoiceRule>(&key.rule)) {
    flag.choices.assign(choice->names.begin(), choice->names.end());
  }
  return flag;
}

// `own`, then a flag for every configuration key.
Flags with_all_keys(Flags own) {
  return with_keys(std::move(own), {});
}

constexpr const char* kFindings =
    "Works through the server when one runs on the data directory, and by itself when none does.";

Command serve() {
  Command c;
  c.name = "serve";
  c.summary = "Run the registry until SIGTERM or Ctrl-C";
  c.details =
      "Serves the registry `default` over plain HTTP on loopback. With --domain it serves HTTPS, "
      "with --tls auto by certificates of its own, else by --tls-cert and --tls-key. SIGTERM lets "
      "running requests finish; SIGHUP reads certificates and log level again.";
  c.examples = {"berth serve", "berth serve --domain berth.test --tls auto",
                "berth serve --data /srv/berth --listen localhost:5005",
                "berth serve --config /etc/berth/berth.toml --log-requests all"};
  c.flags = with_all_keys({kConfig, kOutput});
  c.run = &run_serve;
  return c;
}

Command config() {
  Command check;
  check.name = "check";
  check.summary = "Say everything that is wrong with the configuration";
  check.details = "Exits with 0 when it is good, 1 when it is not, 3 when the file cannot be read.";
  check.examples = {"berth config check --config /etc/berth/berth.toml"};
  check.flags = with_all_keys({kConfig, kOutput});
  check.run = &run_config_check;

  Command show;
  show.name = "show";
  show.summary = "Print the values that are set, and where each comes from";
  show.examples = {"berth config show --effective",
                   "berth config show --config berth.toml --output json"};
  show.flags =
      with_all_keys({{.name = "--effective", .help = "Print every value in force, defaults too"},
                     kConfig,
                     kOutput});
  show.run = &run_config_show;

  Command c;
  c.name = "config";
  c.summary = "Check or show the configuration";
  c.commands = {std::move(check), std::move(show)};
  return c;
}

Command gc() {
  Command c;
  c.name = "gc";
  c.summary = "Remove blobs that nothing refers to";
  c.details = kFindings;
  c.examples = {"berth gc --dry-run", "berth gc --grace 24h",
                "sudo berth gc --config /etc/berth/berth.toml"};
  c.flags =
      with_keys({{.name = "--dry-run", .help = "Remove nothing; say why each blob stays or goes"},
                 {.name = "--grace",
                  .placeholder = "TIME",
                  .help = "Keep what is younger [as configured: gc.grace]"},
                 kVerbose,
                 kConfig,
                 kOutput},
                "server.data");
  c.run = &run_gc;
  return c;
}

Command verify() {
  Command c;
  c.name = "verify";
  c.summary = "Check every blob against its digest and the metadata against the blobs";
  c.details = std::string(kFindings) +
              " Exits with 1 when anything is or was wrong, also when it could be repaired.";
  c.examples = {"berth verify", "berth verify --repair", "berth verify --output json"};
  c.flags = with_keys(
      {{.name = "--repair", .help = "Put right what can be put right"}, kVerbose, kConfig, kOutput},
      "server.data");
  c.run = &run_verify;
  return c;
}

Command version() {
  Command c;
  c.name = "version";
  c.summary = "Print the version, the compiler and the libraries";
  c.examples = {"berth version", "berth version --output json"};
  c.flags = {kOutput};
  c.run = &run_version;
  return c;
}

Command completion() {
  Command c;
  c.name = "completion";
  c.summary = "Print the completion script for a shell";
  c.words = "bash|zsh|fish";
  c.word_choices = {"bash", "zsh", "fish"};
  c.min_words = 1;
  c.max_words = 1;
  c.examples = {"source <(berth completion bash)", "berth completion zsh > \"${fpath[1]}/_berth\"",
                "berth completion fish > ~/.config/fish/completions/berth.fish"};
  c.flags = {kOutput};
  c.run = &run_completion;
  return c;
}

Command help() {
  Command c;
  c.name = "help";
  c.summary = "Explain a command";
  c.words = "[COMMAND]";
  c.max_words = 3;
  c.examples = {"berth help gc", "berth help config show", "berth help --output json"};
  c.flags = {kOutput};
  c.run = &run_help;
  return c;
}

Command root() {
  Command c;
  c.name = "berth";
  c.summary = "a private container registry";
  c.commands = {serve()};
  const auto add = [&c](std::vector<Command> group) {
    std::move(group.begin(), group.end(), std::back_inserter(c.commands));
  };
  // In the order in which a new owner meets them.
  for (const auto group : {&signin_commands, &registry_commands, &directory_commands,
                           &access_commands, &network_commands, &names_commands}) {
    add(group());
  }
  for (const auto make : {&config, &gc, &verify, &version, &completion}) add({make()});
  add(program_commands());
  add({help()});
  c.flags = {{.name = "--version", .help = "Print the version"}, kOutput};
  c.run = &run_root;
  return c;
}

}  // namespace

Flags with_keys(Flags own, std::string_view only_key) {
  for (const server::ConfigKey& key : server::config_keys()) {
    if (only_key.empty() || key.full_name() == only_key) own.push_back(key_flag(key));
  }
  return own;
}

Flags with_server(Flags own) {
  own.push_back(
      {.name = "--subscription", .placeholder = "ID", .help = "Subscription [the server's own]"});
  own.push_back({.name = "--resource-group",
                 .placeholder = "NAME",
                 .help = "Resource group [default]",
                 .letter = "-g"});
  return with_directory(std::move(own));
}

Flags with_place(Flags own) {
  own.push_back({.name = "--scope", .placeholder = "ID", .help = "Where: a resource id"});
  own.push_back({.name = "--registry",
                 .placeholder = "REGISTRY",
                 .help = "Where: this registry, by name or resource id",
                 .letter = "-r"});
  return with_server(std::move(own));
}

Flag yes_flag() {
  return {.name = "--yes", .help = "Do not ask", .letter = "-y"};
}

Flags with_directory(Flags own) {
  own.push_back({.name = "--server",
                 .placeholder = "URL",
                 .help = "Speak to https://management.DOMAIN with the login stored for it"});
  own.push_back({.name = "--output",
                 .placeholder = "FORMAT",
                 .choices = {"table", "json", "tsv", "human"},
                 .help = "How to print: for people or programs",
                 .letter = "-o"});
  own.push_back(kConfig);
  return with_keys(std::move(own), "server.data");
}

const Flag* Command::flag(std::string_view flag_name) const {
  const auto at = std::find_if(flags.begin(), flags.end(),
                               [&](const Flag& flag) { return flag.name == flag_name; });
  return at == flags.end() ? nullptr : &*at;
}

const Command* Command::command(std::string_view command_name) const {
  const auto at = std::find_if(commands.begin(), commands.end(),
                               [&](const Command& inner) { return inner.name == command_name; });
  return at == commands.end() ? nullptr : &*at;
}

std::vector<std::string> Command::command_names() const {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const Command& inner : commands) names.push_back(inner.name);
  return names;
}

const Command& root_command() {
  static const Command tree = root();
  return tree;
}

}  // namespace berth::cli
