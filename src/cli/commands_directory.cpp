// The rows of sp, user and group.
#include <utility>

#include "cli/command_groups.h"
#include "cli/directory_verbs.h"
#include "server/config_tables.h"

namespace berth::cli {
namespace {

Flag password_flag() {
  return {.name = "--password-stdin", .help = "Read the password from standard input"};
}

Flag service_kind_flag(std::string help) {
  std::vector<std::string> choices = server::service_kind_names();
  choices.emplace_back("none");
  return {.name = "--service-kind",
          .placeholder = "KIND",
          .choices = std::move(choices),
          .help = std::move(help)};
}

Flag required(Flag flag) {
  flag.required = true;
  return flag;
}

Command named(Command c, std::string words, std::vector<Flag> flags) {
  c.words = std::move(words);
  c.min_words = 1;
  c.max_words = 1;
  c.word_flag = "--name";
  flags.insert(flags.begin(), {.name = "--name",
                               .placeholder = "NAME",
                               .help = "The same as " + c.words,
                               .also = "--id",
                               .letter = "-n"});
  c.flags = std::move(flags);
  return c;
}

Command sp() {
  const Flag expiration{
      .name = "--expiration-in-days", .placeholder = "DAYS", .help = "When the secret ends [365]"};
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Make an application, its service principal and a secret",
             .examples = {"berth sp create ci --role AcrPush --registry team1"},
             .run = &with_api<&sp_create>},
            "NAME",
            with_place({{.name = "--role",
                         .placeholder = "ROLE",
                         .help = "Give it this role, at --registry or --scope"},
                        service_kind_flag("What sort of service it works for, for network rules"),
                        expiration})),
      {.name = "list",
       .summary = "List the service principals",
       .flags = with_directory({}),
       .examples = {"berth sp list"},
       .run = &with_api<&sp_list>},
      named({.name = "show",
             .summary = "Show one service principal",
             .examples = {"berth sp show ci"},
             .run = &with_api<&sp_show>},
            "NAME|ID", with_directory({})),
      named({.name = "update",
             .summary = "Say what sort of service it works for, for network rules",
             .examples = {"berth sp update runner --service-kind container-instances"},
             .run = &with_api<&sp_update>},
            "NAME|ID", with_directory({required(service_kind_flag("none takes it away"))})),
      named({.name = "delete",
             .summary = "Delete a service principal and its application",
             .examples = {"berth sp delete ci --yes"},
             .run = &with_api<&sp_delete>},
            "NAME|ID", with_directory({yes_flag()})),
      named({.name = "reset",
             .summary = "Make a new secret; the old ones end at once",
             .examples = {"berth sp reset ci", "berth sp reset ci --append"},
             .run = &with_api<&sp_reset>},
            "NAME|ID",
            with_directory({{.name = "--append", .help = "Let the old secrets live on: overlap"},
                            expiration})),
  };
  return {.name = "sp",
          .summary = "Service principals: programs that sign in",
          .commands = std::move(verbs)};
}

Command user() {
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Make a user; the password is asked for",
             .examples = {"berth user create alice",
                          "pwgen 20 1 | berth user create alice@example.com --password-stdin"},
             .run = &with_api<&user_create>},
            "NAME",
            with_directory({password_flag(),
                            {.name = "--display-name",
                             .placeholder = "TEXT",
                             .help = "For people [the name]"}})),
      {.name = "list",
       .summary = "List the users",
       .flags = with_directory({}),
       .examples = {"berth user list"},
       .run = &with_api<&user_list>},
      named({.name = "show",
             .summary = "Show one user",
             .examples = {"berth user show alice"},
             .run = &with_api<&user_show>},
            "NAME|ID", with_directory({})),
      named({.name = "delete",
             .summary = "Delete a user",
             .examples = {"berth user delete alice --yes"},
             .run = &with_api<&user_delete>},
            "NAME|ID", with_directory({yes_flag()})),
      named({.name = "set-password",
             .summary = "Give a user another password, which is asked for",
             .examples = {"berth user set-password alice"},
             .run = &with_api<&user_set_password>},
            "NAME|ID", with_directory({password_flag()})),
  };
  return {.name = "user", .summary = "Users: people who sign in", .commands = std::move(verbs)};
}

Command members(Command c) {
  c.words = "GROUP MEMBER…";
  c.min_words = 2;
  c.max_words = 100;
  c.flags = with_directory({});
  return c;
}

Command group() {
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Make a group",
             .examples = {"berth group create developers"},
             .run = &with_api<&group_create>},
            "NAME", with_directory({})),
      {.name = "list",
       .summary = "List the groups",
       .flags = with_directory({}),
       .examples = {"berth group list"},
       .run = &with_api<&group_list>},
      named({.name = "show",
             .summary = "Show a group and its members",
             .examples = {"berth group show developers"},
             .run = &with_api<&group_show>},
            "NAME|ID", with_directory({})),
      named({.name = "delete",
             .summary = "Delete a group; its members stay",
             .examples = {"berth group delete developers --yes"},
             .run = &with_api<&group_delete>},
            "NAME|ID", with_directory({yes_flag()})),
      members({.name = "add",
               .summary = "Add users, groups or service principals",
               .examples = {"berth group add developers alice bob"},
               .run = &with_api<&group_add>}),
      members({.name = "remove",
               .summary = "Take members out",
               .examples = {"berth group remove developers bob"},
               .run = &with_api<&group_remove>}),
  };
  return {.name = "group", .summary = "Groups of the directory", .commands = std::move(verbs)};
}

}  // namespace

std::vector<Command> directory_commands() {
  return {sp(), user(), group()};
}

}  // namespace berth::cli
