// The rows of registry, credential, token and scope-map.
#include <iterator>
#include <utility>

#include "cli/access_verbs.h"
#include "cli/command_groups.h"
#include "cli/resource_verbs.h"

namespace berth::cli {
namespace {

const std::vector<std::string> kTrueFalse = {"true", "false"};
const std::vector<std::string> kModes = {"rbac", "rbac-abac"};
// As the API has them.
const std::vector<std::pair<std::string, std::string>> kModeNames = {
    {"LegacyRegistryPermissions", kModes[0]}, {"AbacRepositoryPermissions", kModes[1]}};

Flag name_flag(std::string help) {
  return {.name = "--name", .placeholder = "NAME", .help = std::move(help), .letter = "-n"};
}

Flag registry_flag() {
  return {.name = "--registry",
          .placeholder = "REGISTRY",
          .help = "The registry that it belongs to, by name or resource id",
          .letter = "-r",
          .required = true};
}

// What most verbs about one thing have: a word for its name, --name as az has it, the server's
// flags.
Command named(Command c, std::vector<Flag> own) {
  c.words = c.words.empty() ? "NAME" : c.words;
  c.min_words = 1;
  c.max_words = 1;
  c.word_flag = "--name";
  own.insert(own.begin(), name_flag("The same as " + c.words));
  c.flags = with_server(std::move(own));
  return c;
}

std::vector<Flag> registry_settings(std::string sku) {
  return {{.name = "--sku",
           .placeholder = "SKU",
           .choices = {"Basic", "Standard", "Premium"},
           .help = std::move(sku)},
          {.name = "--admin-enabled",
           .placeholder = "BOOL",
           .choices = kTrueFalse,
           .help = "Whether the admin user may sign in"},
          {.name = "--anonymous-pull",
           .placeholder = "BOOL",
           .choices = kTrueFalse,
           .help = "Whether everybody may pull without signing in",
           .also = "--anonymous-pull-enabled"},
          {.name = "--role-assignment-mode",
           .placeholder = "MODE",
           .choices = kModes,
           .help = "By which permissions it decides: of the registry, or also of repositories",
           .spellings = kModeNames}};
}

Command permissions_mode() {
  const auto mode_flag = [](std::string help) {
    return Flag{.name = "--mode",
                .placeholder = "MODE",
                .choices = kModes,
                .help = std::move(help),
                .spellings = kModeNames};
  };
  Flag wanted = mode_flag("The mode that it shall have");
  wanted.required = true;
  std::vector<Command> verbs = {
      named({.name = "show",
             .summary = "Show the permissions mode",
             .examples = {"berth registry permissions-mode show team1"},
             .run = &with_api<&permissions_mode_show>},
            {}),
      named({.name = "set",
             .summary = "Switch the permissions mode; clients must sign in again",
             .examples = {"berth registry permissions-mode set team1 --mode rbac-abac"},
             .run = &with_api<&permissions_mode_set>,
             .details = "Says who would lose or gain something, and asks."},
            {std::move(wanted), yes_flag()}),
      named({.name = "preview",
             .summary = "List who would lose or gain what, and what keeps it",
             .examples = {"berth registry permissions-mode preview team1",
                          "berth registry permissions-mode preview team1 --mode rbac -o json"},
             .run = &with_api<&permissions_mode_preview>},
            {mode_flag("The mode to look at [the other one]")}),
  };
  return {.name = "permissions-mode",
          .summary = "By which permissions it decides",
          .details =
              "rbac: roles hold permissions on the whole registry. rbac-abac: roles hold "
              "permissions on repositories, which conditions may narrow.",
          .commands = std::move(verbs)};
}

Command registry() {
  std::vector<Flag> settings = registry_settings("Every feature works in every one [Premium]");
  settings.push_back({.name = "--location",
                      .placeholder = "REGION",
                      .help = "Home region [of the resource group]",
                      .letter = "-l"});
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Make a registry",
             .examples = {"berth registry create team1",
                          "berth registry create team1 --admin-enabled true --output json"},
             .run = &with_api<&registry_create>,
             .details = "Says when the new name does not resolve on this machine, and what to do."},
            std::move(settings)),
      {.name = "list",
       .summary = "List the registries",
       .flags = with_server({}),
       .examples = {"berth registry list", "berth registry list -g default --output tsv"},
       .run = &with_api<&registry_list>},
      named({.name = "show",
             .summary = "Show one registry",
             .examples = {"berth registry show team1 --output json"},
             .run = &with_api<&registry_show>},
            {}),
      named({.name = "update",
             .summary = "Change settings of a registry",
             .examples = {"berth registry update team1 --anonymous-pull true"},
             .run = &with_api<&registry_update>},
            registry_settings("Tier")),
      named({.name = "delete",
             .summary = "Delete a registry with every image in it",
             .examples = {"berth registry delete team1 --yes"},
             .run = &with_api<&registry_delete>},
            {yes_flag()}),
      permissions_mode(),
  };
  return {.name = "registry",
          .summary = "Make, show, change and delete registries",
          .commands = std::move(verbs)};
}

Command credential() {
  std::vector<Command> verbs = {
      named({.name = "show",
             .summary = "Show the passwords of the admin user",
             .words = "REGISTRY",
             .examples = {"berth credential show team1"},
             .run = &with_api<&credential_show>},
            {}),
      named({.name = "renew",
             .summary = "Make one password of the admin user anew; the old one ends at once",
             .words = "REGISTRY",
             .examples = {"berth credential renew team1 --password-name password2"},
             .run = &with_api<&credential_renew>},
            {{.name = "--password-name",
              .placeholder = "NAME",
              .choices = {"password", "password2"},
              .help = "Which of the two [password]"}}),
  };
  return {.name = "credential",
          .summary = "The admin user of a registry",
          .commands = std::move(verbs)};
}

Flag expiration_flag() {
  return {.name = "--expiration-in-days",
          .placeholder = "DAYS",
          .help = "When the passwords end [never]"};
}

Flag status_flag(std::string help) {
  return {.name = "--status",
          .placeholder = "STATUS",
          .choices = {"enabled", "disabled"},
          .help = std::move(help)};
}

Flag actions_flag(std::string name, std::string help) {
  return {.name = std::move(name),
          .placeholder = "REPO ACTION…",
          .help = std::move(help),
          .many = true};
}

Flag scope_map_flag() {
  return {.name = "--scope-map", .placeholder = "MAP", .help = "What the token may do"};
}

constexpr const char* kActions =
    "Actions are content/read, content/write, content/delete, metadata/read, metadata/write and "
    "catalog/read, which shows the repository's name in the catalog and nothing else. A repository "
    "may end with a wildcard: team/*.";

Command token_create_row() {
  return named(
      {.name = "create",
       .summary = "Make a token and its two passwords",
       .examples = {"berth token create ci-push --registry team1 --repository app content/read "
                    "content/write",
                    "berth token create puller --registry team1 --scope-map "
                    "_repositories_pull --expiration-in-days 90"},
       .run = &with_api<&token_create>,
       .details = kActions},
      {registry_flag(),
       scope_map_flag(),
       actions_flag("--repository",
                    "Instead of a scope map: a repository and what may be "
                    "done there; may be repeated"),
       status_flag("[enabled]"),
       expiration_flag(),
       {.name = "--no-passwords", .help = "Make none yet"}});
}

Command token_credential() {
  Command generate = named(
      {.name = "generate",
       .summary = "Make passwords of a token anew; the old ones end at once",
       .examples = {"berth token credential generate ci-push --registry team1 --password-name "
                    "password2"},
       .run = &with_api<&token_generate>},
      {registry_flag(),
       expiration_flag(),
       {.name = "--password-name",
        .placeholder = "NAME",
        .choices = {"password1", "password2"},
        .help = "Only this one [both]"}});
  return {.name = "credential",
          .summary = "The passwords of a token",
          .commands = {std::move(generate)}};
}

Command token() {
  std::vector<Command> verbs = {
      token_create_row(),
      {.name = "list",
       .summary = "List the tokens of a registry",
       .flags = with_server({registry_flag()}),
       .examples = {"berth token list --registry team1"},
       .run = &with_api<&token_list>},
      named({.name = "show",
             .summary = "Show one token",
             .examples = {"berth token show ci-push --registry team1"},
             .run = &with_api<&token_show>},
            {registry_flag()}),
      named({.name = "update",
             .summary = "Switch a token on or off, or give it another scope map",
             .examples = {"berth token update ci-push --registry team1 --status disabled"},
             .run = &with_api<&token_update>},
            {registry_flag(), scope_map_flag(), status_flag("On or off")}),
      named({.name = "delete",
             .summary = "Delete a token, and the scope map that was made with it",
             .examples = {"berth token delete ci-push --registry team1 --yes"},
             .run = &with_api<&token_delete>},
            {registry_flag(), yes_flag()}),
      token_credential(),
  };
  return {.name = "token",
          .summary = "Credentials that reach only what their scope map allows",
          .commands = std::move(verbs)};
}

Command scope_map() {
  const Flag description{.name = "--description", .placeholder = "TEXT", .help = "What it is for"};
  Flag repository = actions_flag("--repository", "A repository and what may be done there");
  repository.required = true;
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Make a scope map",
             .examples = {"berth scope-map create readers --registry team1 --repository app "
                          "content/read metadata/read"},
             .run = &with_api<&scope_map_create>,
             .details = kActions},
            {registry_flag(), std::move(repository), description}),
      {.name = "list",
       .summary = "List the scope maps of a registry",
       .flags = with_server({registry_flag()}),
       .examples = {"berth scope-map list --registry team1"},
       .run = &with_api<&scope_map_list>},
      named({.name = "show",
             .summary = "Show one scope map",
             .examples = {"berth scope-map show readers --registry team1"},
             .run = &with_api<&scope_map_show>},
            {registry_flag()}),
      named({.name = "update",
             .summary = "Add and remove actions; tokens follow at once",
             .examples = {"berth scope-map update readers --registry team1 --add-repository tools "
                          "content/read"},
             .run = &with_api<&scope_map_update>,
             .details = kActions},
            {registry_flag(), actions_flag("--add-repository", "Allow this, too"),
             actions_flag("--remove-repository", "Allow this no longer"), description}),
      named({.name = "delete",
             .summary = "Delete a scope map",
             .examples = {"berth scope-map delete readers --registry team1 --yes"},
             .run = &with_api<&scope_map_delete>},
            {registry_flag(), yes_flag()}),
  };
  return {.name = "scope-map",
          .summary = "What tokens may do in which repositories",
          .commands = std::move(verbs)};
}

}  // namespace

std::vector<Command> registry_commands() {
  return {registry(), credential(), token(), scope_map()};
}

}  // namespace berth::cli
