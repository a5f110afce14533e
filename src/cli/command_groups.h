// The groups of verbs that commands.cpp puts into the tree, one commands_*.cpp for each, and the
// flags that they share. Each function gives complete rows; they are called once, at the start.
#pragma once

#include <string_view>
#include <vector>

#include "cli/command.h"

namespace berth::cli {

std::vector<Command> registry_commands();          // registry, credential, token, scope-map
std::vector<Command> access_commands();            // can-i, who-can, role
std::vector<Command> directory_commands();         // sp, user, group
std::vector<Command> network_commands();           // network, but for the next
std::vector<Command> network_resource_commands();  // private-endpoint, vnet, subnet
std::vector<Command> signin_commands();            // login, logout, whoami
std::vector<Command> program_commands();           // docker-credential, credential-provider
std::vector<Command> names_commands();             // hosts, trust, cloud-config, ca

// `own`, then a flag for the configuration key `only_key`; for every key when that is empty.
std::vector<Flag> with_keys(std::vector<Flag> own, std::string_view only_key);
// `own`, then what every verb of the directory takes: --server, --output, --config, --data.
std::vector<Flag> with_directory(std::vector<Flag> own);
// The same, and --subscription and --resource-group, for verbs about resources.
std::vector<Flag> with_server(std::vector<Flag> own);
// The same, and --scope and --registry, for verbs about roles.
std::vector<Flag> with_place(std::vector<Flag> own);
Flag yes_flag();

}  // namespace berth::cli
