// The rows of can-i, who-can and role.
#include <utility>

#include "cli/access_verbs.h"
#include "cli/command_groups.h"

namespace berth::cli {
namespace {

constexpr const char* kActions =
    "ACTION is pull, push, delete, list, lock, untag, catalog or sign-in; the action of a scope "
    "map, such as content/read; or the whole name of an operation. REPOSITORY may begin with its "
    "login server and end with a tag; catalog and sign-in need none.";
const std::vector<std::string> kActionWords = {"pull", "push",  "delete",  "list",
                                               "lock", "untag", "catalog", "sign-in"};

Command about_access(Command c, std::vector<Flag> flags) {
  c.words = "ACTION [REPOSITORY]";
  c.min_words = 1;
  c.max_words = 2;
  c.word_hints = kActionWords;
  flags.insert(
      flags.begin(),
      {.name = "--registry",
       .placeholder = "REGISTRY",
       .help = "The registry, by name or resource id [that of REPOSITORY, or the only one]",
       .letter = "-r"});
  flags.push_back(
      {.name = "--from", .placeholder = "IP", .help = "As if the request came from this address"});
  flags.push_back({.name = "--at",
                   .placeholder = "TIME",
                   .help = "As if it were this time: 2026-12-24T18:00:00Z"});
  c.flags = with_server(std::move(flags));
  return c;
}

Command can_i_row() {
  Command c = about_access(
      {.name = "can-i",
       .summary = "Say whether somebody may do something, and why",
       .examples = {"berth can-i push team1.berth.test/app:v1",
                    "berth can-i pull app --registry team1 --as alice --from 10.0.0.7",
                    "berth can-i catalog --registry team1 --as ci --output json"},
       .run = &with_api<&can_i>,
       .details = std::string(kActions) +
                  " Prints every step of the decision, each role assignment with the truth of its "
                  "condition part by part, and the smallest change that would allow it. Exits with "
                  "0 when it is allowed and 1 when it is not."},
      {{.name = "--as",
        .placeholder = "PRINCIPAL",
        .help = "Somebody else: a user, service principal or token:NAME, or anonymous"},
       {.name = "--listener",
        .placeholder = "NAME",
        .help = "As if it came to this listener, from the address of --from"},
       {.name = "--via-endpoint",
        .placeholder = "NAME|ID",
        .help = "As if the request came through this private endpoint"}});
  return c;
}

Command who_can_row() {
  return about_access({.name = "who-can",
                       .summary = "List everybody who may do something",
                       .examples = {"berth who-can push team1.berth.test/app",
                                    "berth who-can delete app --registry team1 --output json"},
                       .run = &with_api<&who_can>,
                       .details = kActions},
                      {});
}

Flag role_flag(std::string help, bool required) {
  return {.name = "--role", .placeholder = "ROLE", .help = std::move(help), .required = required};
}

std::vector<Flag> with_condition(Flag assignee) {
  return {std::move(assignee),
          {.name = "--condition",
           .placeholder = "TEXT|@FILE",
           .help = "When it counts, in the condition language, version 2.0"},
          {.name = "--condition-version",
           .placeholder = "VERSION",
           .choices = {"2.0"},
           .help = "Of the condition [2.0]"},
          {.name = "--description", .placeholder = "TEXT", .help = "What it is for"}};
}

Command assignment() {
  const Flag assignee{.name = "--assignee",
                      .placeholder = "WHO",
                      .help = "User, group or service principal: name or id"};
  Flag must = assignee;
  must.required = true;
  const auto about_role = [](Command c, std::vector<Flag> flags) {
    c.max_words = 1;
    c.word_flag = "--role";
    flags.insert(flags.begin(), role_flag("The role: its name or GUID", true));
    c.flags = with_place(std::move(flags));
    return c;
  };
  std::vector<Command> verbs = {
      about_role(
          {.name = "create",
           .summary = "Give somebody a role",
           .examples = {"berth role assignment create --assignee alice --role AcrPull --registry "
                        "team1",
                        "berth role assignment create --assignee dev --role 'Container Registry "
                        "Repository Reader' --registry team1 --condition @team-a.condition"},
           .run = &with_api<&role_assignment_create>},
          with_condition(must)),
      about_role({.name = "update",
                  .summary = "Change the condition or the description of an assignment",
                  .examples = {"berth role assignment update --assignee dev --role 'Container "
                               "Registry Repository Reader' --registry team1 --condition "
                               "@team-a.condition"},
                  .run = &with_api<&role_assignment_update>,
                  .details = "What is not given stays; an empty text removes it."},
                 with_condition(must)),
      {.name = "list",
       .summary = "List who has which role",
       .flags = with_place({assignee, role_flag("Only this role", false)}),
       .examples = {"berth role assignment list",
                    "berth role assignment list --registry team1 --assignee alice"},
       .run = &with_api<&role_assignment_list>,
       .details = "With a place, those that count there, inherited ones too. The column EFFECT "
                  "says which do not count in the registry's permissions mode."},
      about_role({.name = "delete",
                  .summary = "Take a role away",
                  .examples = {"berth role assignment delete --assignee alice --role AcrPull "
                               "--registry team1"},
                  .run = &with_api<&role_assignment_delete>},
                 {must}),
  };
  return {
      .name = "assignment", .summary = "Who has which role where", .commands = std::move(verbs)};
}

std::vector<Flag> role_contents() {
  const auto list = [](std::string name, std::string help) {
    return Flag{.name = std::move(name),
                .placeholder = "OPERATION…",
                .help = std::move(help),
                .many = true};
  };
  return with_server(
      {{.name = "--name", .placeholder = "NAME", .help = "The same as NAME", .letter = "-n"},
       list("--actions", "What it allows on resources, and on images in the mode rbac"),
       list("--not-actions", "What --actions do not hold after all"),
       list("--data-actions", "What it allows on images in the mode rbac-abac"),
       list("--not-data-actions", "What --data-actions do not hold after all"),
       {.name = "--assignable-scopes",
        .placeholder = "ID…",
        .help = "Where it can be given [in the subscription]",
        .many = true},
       {.name = "--description", .placeholder = "TEXT", .help = "What it is for"},
       {.name = "--role-definition",
        .placeholder = "FILE",
        .help = "All of it as JSON, as az has it: FILE, @FILE or the text"}});
}

Command about_definition(Command c, std::vector<Flag> flags) {
  c.words = "ROLE";
  c.min_words = 1;
  c.max_words = 1;
  c.word_flag = "--name";
  flags.push_back(
      {.name = "--name", .placeholder = "ROLE", .help = "The same as ROLE", .letter = "-n"});
  c.flags = with_server(std::move(flags));
  return c;
}

// The name may stand in --role-definition, so it is not asked for here.
Command role_writer(Command c) {
  c.words = "[NAME]";
  c.max_words = 1;
  c.word_flag = "--name";
  c.flags = role_contents();
  return c;
}

Command definition() {
  std::vector<Command> verbs = {
      {.name = "list",
       .summary = "List the roles",
       .flags = with_place(
           {{.name = "--name", .placeholder = "ROLE", .help = "Only this one", .letter = "-n"},
            {.name = "--custom-role-only",
             .placeholder = "BOOL",
             .choices = {"true", "false"},
             .help = "Only one's own roles"}}),
       .examples = {"berth role definition list",
                    "berth role definition list --custom-role-only true"},
       .run = &with_api<&role_definition_list>},
      about_definition({.name = "show",
                        .summary = "Show what a role allows",
                        .examples = {"berth role definition show AcrPull"},
                        .run = &with_api<&role_definition_show>},
                       {}),
      role_writer({.name = "create",
                   .summary = "Make a role of one's own",
                   .examples = {"berth role definition create puller --actions "
                                "Microsoft.ContainerRegistry/registries/pull/read",
                                "berth role definition create --role-definition puller.json"},
                   .run = &with_api<&role_definition_create>}),
      role_writer({.name = "update",
                   .summary = "Change a role of one's own; what is not given stays",
                   .examples = {"berth role definition update puller --description 'May pull'",
                                "berth role definition update --role-definition @puller.json"},
                   .run = &with_api<&role_definition_update>,
                   .details = "A list that is given replaces the role's."}),
      about_definition({.name = "delete",
                        .summary = "Delete a role of one's own that nobody has",
                        .examples = {"berth role definition delete puller --yes"},
                        .run = &with_api<&role_definition_delete>},
                       {yes_flag()}),
  };
  return {.name = "definition", .summary = "What roles allow", .commands = std::move(verbs)};
}

}  // namespace

std::vector<Command> access_commands() {
  return {can_i_row(),
          who_can_row(),
          {.name = "role",
           .summary = "Who may do what where",
           .commands = {definition(), assignment()}}};
}

}  // namespace berth::cli
