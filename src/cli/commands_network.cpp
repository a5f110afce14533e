// The rows of network, but for those of its resources (commands_network_resources.cpp).
#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/command_groups.h"
#include "cli/network_change.h"
#include "cli/network_verbs.h"

namespace berth::cli {
namespace {

using Flags = std::vector<Flag>;

// The quota is the server's to tell; this only bounds a command line.
constexpr std::size_t kMostRules = 10'000;

// The registry that it is about, and what every verb about resources takes.
Command about(Command c, Flags own) {
  own.insert(own.begin(), {.name = "--registry",
                           .placeholder = "REGISTRY",
                           .help = "The registry, by name or resource id [the only one]",
                           .letter = "-r"});
  c.flags = with_server(std::move(own));
  return c;
}

Flag subnet_flag(std::string help) {
  return {.name = "--subnet", .placeholder = "VNET/SUBNET", .help = std::move(help)};
}

Flags allow_flags() {
  return {
      {.name = "--for", .placeholder = "TIME", .help = "The rule ends by itself after 30m, 2h, 7d"},
      {.name = "--until",
       .placeholder = "TIME",
       .help = "The rule ends by itself: 2026-12-24T18:00:00Z"},
      subnet_flag("A subnet with a service endpoint, by names or resource id"),
      {.name = "--kinds",
       .placeholder = "KINDS",
       .choices = {"vm", "kubernetes", "vm,kubernetes"},
       .help = "From the subnet, only identities of these kinds of service"}};
}

Flag tasks_flag() {
  return {.name = "--tasks",
          .placeholder = "on|off",
          .choices = {"on", "off"},
          .help = "Whether tasks are let in, too"};
}

Flags changing(Flags own) {
  own.push_back(yes_flag());
  return own;
}

// A verb that changes something, with the words that come after it.
Command change(Command c, Flags own = {}) {
  c.run = &with_api<&network_change_rules>;
  return about(std::move(c), changing(std::move(own)));
}

// One with a choice: "default allow|deny".
Command choice(Command c, std::vector<std::string> choices, Flags own = {}) {
  c.words = choices[0] + "|" + choices[1];
  c.min_words = 1;
  c.max_words = 1;
  c.word_choices = std::move(choices);
  return change(std::move(c), std::move(own));
}

constexpr const char* kAsks =
    "Says when it would lock out the address that you come from, and what keeps it, and asks.";

Command allow() {
  return change({.name = "allow",
                 .summary = "Let addresses or a subnet in",
                 .words = "CIDR…",
                 .max_words = kMostRules,
                 .examples = {"berth network allow 203.0.113.0/24 -r team1",
                              "berth network allow 203.0.113.7 2001:db8::/32 --for 2h -r team1",
                              "berth network allow --subnet office/desks --kinds vm -r team1"},
                 .details = "Works on the next request. A rule that is there gets the end that is "
                            "given, or none. The address that counts is the one that the server "
                            "sees: of a proxy, NAT or jump host, not the one behind it."},
                allow_flags());
}

Command deny() {
  return change({.name = "deny",
                 .summary = "Remove rules for addresses or a subnet",
                 .words = "CIDR…",
                 .max_words = kMostRules,
                 .examples = {"berth network deny 203.0.113.0/24 -r team1",
                              "berth network deny --subnet office/desks -r team1"},
                 .details = std::string("Exits with 1 when there was no such rule, and names the "
                                        "nearest. ") +
                            kAsks},
                {subnet_flag("The rule for this subnet, by names or resource id")});
}

std::vector<Command> switches() {
  const std::vector<std::string> on_off = {"on", "off"};
  return {
      choice({.name = "default",
              .summary = "Whether addresses that no rule names are let in",
              .examples = {"berth network default deny -r team1"},
              .details = kAsks},
             {"allow", "deny"}),
      choice({.name = "public",
              .summary = "Public access: off leaves private endpoints and trusted services alone",
              .examples = {"berth network public off -r team1"},
              .details = kAsks},
             on_off),
      choice({.name = "trusted-services",
              .summary = "Whether trusted services pass the network rules",
              .examples = {"berth network trusted-services on -r team1",
                           "berth network trusted-services on --tasks on -r team1"},
              .details = "On ways that the server's operator declared for them "
                         "([[trusted_service]]); they sign in and need their roles as ever."},
             on_off, {tasks_flag()}),
      choice({.name = "data-endpoint",
              .summary = "Whether layers come from a host of their own",
              .examples = {"berth network data-endpoint on -r team1"},
              .details = "Client firewalls must allow that host first: berth network endpoints."},
             on_off),
  };
}

Command show() {
  return about({.name = "show",
                .summary = "Show who may reach a registry, and in which order that is decided",
                .examples = {"berth network show -r team1"},
                .run = &with_api<&network_show>},
               {});
}

Command preview() {
  Flags flags = allow_flags();
  flags.push_back(tasks_flag());
  flags.push_back({.name = "--callers",
                   .placeholder = "FILE",
                   .help = "Who else comes, a line each: address, identity, repository, action; "
                           "all but the address may be empty; - is standard input"});
  return about({.name = "preview",
                .summary = "List who would be locked out or let in by a change",
                .words = "CHANGE…",
                .min_words = 1,
                .max_words = kMostRules + 1,
                .examples = {"berth network preview default deny --callers callers.txt -r team1",
                             "berth network preview public off -r team1",
                             "berth network preview deny 203.0.113.0/24 -r team1 -o json"},
                .run = &with_api<&network_preview>,
                .details = "CHANGE is what would come after berth network: allow, deny, "
                           "default, public, trusted-services or data-endpoint, with its words and "
                           "flags; or private-endpoint approve, reject or delete with its NAME, "
                           "which tells about you alone. You are among the callers. Nothing is "
                           "changed. Whom a private "
                           "endpoint lets in: berth network private-endpoint show.",
                .word_hints = change_verbs()},
               std::move(flags));
}

Flag format_flag(std::vector<std::string> formats) {
  return {.name = "--format",
          .placeholder = "FORMAT",
          .choices = std::move(formats),
          .help = "For which program [table]"};
}
Flags of_one_endpoint(Flags own) {
  own.push_back({.name = "--endpoint",
                 .placeholder = "NAME|ID",
                 .help = "Of this private endpoint, when there are several"});
  own.push_back(subnet_flag("Of the private endpoint in this subnet"));
  return own;
}

std::vector<Command> client_side() {
  return {
      about({.name = "endpoints",
             .summary = "List what a client's firewall must allow",
             .examples = {"berth network endpoints -r team1",
                          "berth network endpoints --format nftables -r team1 > berth.nft",
                          "berth network endpoints --format hosts --private -r team1"},
             .run = &with_api<&network_endpoints>,
             .details = "json has the shape of Azure's service tags; nftables, squid and hosts are "
                        "files as these programs read them."},
            of_one_endpoint({format_flag({"table", "json", "nftables", "squid", "hosts"}),
                             {.name = "--private",
                              .help = "The addresses of private endpoints, not the public ones"}})),
      about({.name = "dns",
             .summary = "Print the DNS records that clients of a private endpoint need",
             .examples = {"berth network dns --format dnsmasq -r team1",
                          "berth network dns --format bind --endpoint pe1 -r team1"},
             .run = &with_api<&network_dns>,
             .details = "The login server and each data endpoint, answered with the private "
                        "addresses; other names of the domain resolve as before."},
            of_one_endpoint({format_flag({"table", "dnsmasq", "bind", "coredns", "azure"})})),
      about({.name = "check-dns",
             .summary = "Check that the names of a registry lead to its private endpoint",
             .examples = {"berth network check-dns -r team1",
                          "berth network check-dns --resolver 10.0.0.2 -r team1"},
             .run = &with_api<&network_check_dns>,
             .details = "Exits with 0 when all do, 1 when one does not, 3 when the resolver does "
                        "not answer."},
            of_one_endpoint({{.name = "--resolver",
                              .placeholder = "IP[:PORT]",
                              .help = "The name server to ask [as this machine resolves]"},
                             {.name = "--public", .help = "Compare with the public addresses"},
                             {.name = "--timeout",
                              .placeholder = "TIME",
                              .help = "How long to wait for each name [5s]"}})),
  };
}

}  // namespace

std::vector<Command> network_commands() {
  std::vector<Command> verbs = {show(), allow(), deny()};
  for (auto group : {switches(), {preview()}, network_resource_commands(), client_side()}) {
    std::move(group.begin(), group.end(), std::back_inserter(verbs));
  }
  return {{.name = "network",
           .summary = "Who may reach a registry: rules, private endpoints, what clients need",
           .commands = std::move(verbs)}};
}

}  // namespace berth::cli
