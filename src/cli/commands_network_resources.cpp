// The rows of network private-endpoint, network vnet and network subnet.
#include <utility>

#include "cli/command_groups.h"
#include "cli/network_verbs.h"

namespace berth::cli {
namespace {

using Flags = std::vector<Flag>;

Command named(Command c, Flags own) {
  if (c.words.empty()) c.words = "NAME";
  c.min_words = 1;
  c.max_words = 1;
  c.word_flag = "--name";
  own.insert(
      own.begin(),
      {.name = "--name", .placeholder = "NAME", .help = "The same as " + c.words, .letter = "-n"});
  c.flags = with_server(std::move(own));
  return c;
}

Flag registry_flag() {
  return {.name = "--registry",
          .placeholder = "REGISTRY",
          .help = "The registry that it leads to, by name or resource id [the only one]",
          .letter = "-r"};
}

Flag description_flag(std::string help) {
  return {.name = "--description", .placeholder = "TEXT", .help = std::move(help)};
}

Flags ingress_flags() {
  return {
      {.name = "--address",
       .placeholder = "IP",
       .help = "The address of this server that its clients connect to"},
      {.name = "--data-address",
       .placeholder = "IP",
       .help = "The same for layers [that of --address]"},
      {.name = "--listener",
       .placeholder = "NAME",
       .help = "Requests are recognised by the listener that they come to"},
      {.name = "--azure-link-id",
       .placeholder = "NUMBER",
       .help = "Or by the LinkID that Azure Private Link adds"},
      {.name = "--aws-vpc-endpoint",
       .placeholder = "ID",
       .help = "Or by the VPC endpoint that AWS PrivateLink adds"},
      {.name = "--google-psc",
       .placeholder = "NUMBER",
       .help = "Or by the connection id that Google Private Service Connect adds"},
      {.name = "--client-ca",
       .placeholder = "NAME",
       .help = "Or by the authority of the client's certificate"},
  };
}

Command create_endpoint() {
  Flags flags = ingress_flags();
  flags.insert(flags.begin(), {registry_flag(),
                               {.name = "--subnet",
                                .placeholder = "VNET/SUBNET",
                                .help = "The subnet it stands in, by names or resource id",
                                .required = true}});
  flags.push_back({.name = "--manual", .help = "The registry's owner approves it"});
  flags.push_back(description_flag("For the registry's owner, who approves"));
  flags.push_back(yes_flag());
  return named(
      {.name = "create",
       .summary = "Make a private endpoint to a registry",
       .examples = {"berth network private-endpoint create pe1 --subnet office/desks --address "
                    "10.10.9.4 -r team1",
                    "berth network private-endpoint create pe2 --subnet office/desks "
                    "--azure-link-id 1234 --manual -r team1"},
       .run = &with_api<&private_endpoint_create>,
       .details = "Approved at once when you may approve connections of the registry, unless "
                  "--manual. Requests through it are let in whatever the rules say. With another "
                  "way than the address, --address is what DNS records say."},
      std::move(flags));
}

Command private_endpoint() {
  constexpr const char* kWhich = "NAME is that of the endpoint or of its connection.";
  std::vector<Command> verbs = {
      create_endpoint(),
      {.name = "list",
       .summary = "List the private endpoints of a registry",
       .flags = with_server({registry_flag()}),
       .examples = {"berth network private-endpoint list -r team1"},
       .run = &with_api<&private_endpoint_list>},
      named({.name = "show",
             .summary = "Show one, with its addresses",
             .examples = {"berth network private-endpoint show pe1 -r team1"},
             .run = &with_api<&private_endpoint_show>,
             .details = kWhich},
            {registry_flag()}),
      named({.name = "approve",
             .summary = "Let its requests in",
             .examples = {"berth network private-endpoint approve pe1 -r team1"},
             .run = &with_api<&private_endpoint_approve>,
             .details = kWhich},
            {registry_flag(), description_flag("Why")}),
      named({.name = "reject",
             .summary = "Refuse its requests, and ask when yours are among them",
             .examples = {"berth network private-endpoint reject pe1 --description \"not known\" "
                          "-r team1"},
             .run = &with_api<&private_endpoint_reject>,
             .details = kWhich},
            {registry_flag(), description_flag("Why"), yes_flag()}),
      named({.name = "delete",
             .summary = "Delete one, and its connection",
             .examples = {"berth network private-endpoint delete pe1 -r team1 --yes"},
             .run = &with_api<&private_endpoint_delete>,
             .details = kWhich},
            {registry_flag(), yes_flag()}),
  };
  return {.name = "private-endpoint",
          .summary = "Private ways to a registry",
          .commands = std::move(verbs)};
}

Flag location_flag() {
  return {.name = "--location",
          .placeholder = "REGION",
          .help = "Region [of the resource group]",
          .letter = "-l"};
}

Command vnet() {
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Give a network a name",
             .examples = {"berth network vnet create office --address-prefix 10.10.0.0/16"},
             .run = &with_api<&vnet_create>},
            {{.name = "--address-prefix",
              .placeholder = "CIDR…",
              .help = "The addresses of the network",
              .also = "--address-prefixes",
              .required = true,
              .many = true},
             location_flag()}),
      {.name = "list",
       .summary = "List the networks",
       .flags = with_server({}),
       .examples = {"berth network vnet list"},
       .run = &with_api<&vnet_list>},
      named({.name = "delete",
             .summary = "Delete a network that nothing refers to",
             .examples = {"berth network vnet delete office --yes"},
             .run = &with_api<&vnet_delete>},
            {yes_flag()}),
  };
  return {.name = "vnet", .summary = "Networks by name", .commands = std::move(verbs)};
}

Command subnet() {
  std::vector<Command> verbs = {
      named({.name = "create",
             .summary = "Give a part of a network a name",
             .words = "VNET/NAME",
             .examples = {"berth network subnet create office/desks --prefix 10.10.1.0/24 "
                          "--service-endpoint"},
             .run = &with_api<&subnet_create>},
            {{.name = "--prefix",
              .placeholder = "CIDR",
              .help = "Its addresses",
              .also = "--address-prefix",
              .required = true},
             {.name = "--service-endpoint", .help = "Rules of registries may name it"},
             {.name = "--listener",
              .placeholder = "NAME",
              .help = "Only requests that come to this listener are from it"}}),
      {.name = "list",
       .summary = "List the subnets of a network, or of all",
       .words = "[VNET]",
       .max_words = 1,
       .flags = with_server({}),
       .examples = {"berth network subnet list office"},
       .run = &with_api<&subnet_list>},
      named({.name = "delete",
             .summary = "Delete a subnet that nothing refers to",
             .words = "VNET/NAME",
             .examples = {"berth network subnet delete office/desks --yes"},
             .run = &with_api<&subnet_delete>},
            {yes_flag()}),
  };
  return {.name = "subnet", .summary = "Parts of networks by name", .commands = std::move(verbs)};
}

}  // namespace

std::vector<Command> network_resource_commands() {
  return {private_endpoint(), vnet(), subnet()};
}

}  // namespace berth::cli
