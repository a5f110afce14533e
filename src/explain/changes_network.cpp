// Changes for who comes from where nobody is let in (acr-access-model A2 to A6): the narrow doors
// first, the blunt ones last, with words that say what they open (N48). Which of them lead past the
// rules, the decision says; what the control plane would refuse is not proposed.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/ascii.h"
#include "explain/changes.h"
#include "explain/command_line.h"

namespace berth::explain {
namespace {

using policy::EndpointState;
using policy::NetworkRules;

// From the narrowest door to the widest. Those before kRulesAgain are for one way in or identity.
enum Door { kEndpoint, kBypass, kTasks, kKind, kAddress, kSubnet, kRulesAgain, kAllNetworks };

struct Of {
  const Refusal& refusal;
  const NetworkRules& rules;
  policy::Admission admission;
  std::string registry;  // as a word for the shell
};

// berth's line and az's, both of several commands where it takes several.
class Lines {
 public:
  void add(const std::string& berth, const std::string& az) {
    for (auto [line, more] : {std::pair(&berth_, &berth), std::pair(&az_, &az)}) {
      *line += (line->empty() ? "" : " && ") + *more;
    }
  }
  std::vector<std::string> all() const { return {berth_, az_}; }

 private:
  std::string berth_, az_;
};

std::string_view last_part(std::string_view id) {
  return id.substr(id.rfind('/') + 1);
}

void add_public_access(const Of& of, Lines& commands) {
  commands.add(fmt::format("berth network public on --registry {}", of.registry),
               fmt::format("az acr update --name {} --public-network-enabled true", of.registry));
}

void propose(const Of& of, Door door, NetworkRules rules, Change change, Proposals& out) {
  policy::RegistryPolicy registry = of.refusal.registry;
  registry.network = std::make_shared<const policy::Network>(std::move(rules));
  out.push_back({with_registry(of.refusal, std::move(registry)), of.refusal.question.principal,
                 std::move(change), door < kRulesAgain ? Reach::kOthers : Reach::kEverybody, door});
}

bool is_address_of(const policy::EndpointRule& endpoint, const std::optional<IpAddress>& address) {
  return address && std::ranges::any_of(endpoint.links, [&](std::string_view link) {
           return link.starts_with(policy::kAddressWay) &&
                  IpAddress::parse(link.substr(policy::kAddressWay.size())) == address;
         });
}

// Who comes the public way and may take the private one needs its names, and no property. Whoever
// asks for an endpoint's own address takes it for one that clients have.
void propose_private_way(const Of& of, Proposals& out) {
  const std::string_view rule = of.admission.rule;
  if (rule != "public-access-disabled" && rule != "no-network-rule") return;
  const Question& question = of.refusal.question;
  const auto from = IpAddress::parse(question.source.address);
  const policy::EndpointRule* way = nullptr;
  bool own = false;
  for (const policy::EndpointRule& one : of.rules.endpoints) {
    if (one.state != EndpointState::kApproved || one.links.empty() || own) continue;
    own = is_address_of(one, from);
    if (way == nullptr || own) way = &one;
  }
  if (way == nullptr) return;
  const std::string_view name = last_part(way->id);
  const std::string destination =
      own ? fmt::format(
                " {} is its own address, a destination: clients connect to it and come "
                "from others. Ask with --via-endpoint {}.",
                from->text(), name)
          : std::string();
  policy::Source source = question.source;
  source.private_endpoint = way->id;
  Change change{fmt::format("Come through the private endpoint '{0}': its records are printed by "
                            "`berth network dns -r {1}`.{2}",
                            name, of.registry, destination),
                {fmt::format("berth network dns --registry {}", of.registry)}};
  out.push_back({of.refusal.world, question.principal, std::move(change), Reach::kNone, 0,
                 std::move(source)});
}

// One that was taken away has to be made anew, at its owner's: no change of the registry. az wants
// the name of the connection, which decisions do not know. Not beside virtual-network rules (N32).
void propose_endpoint(const Of& of, Proposals& out) {
  const auto state = of.admission.endpoint_state;
  if (state != EndpointState::kPending && state != EndpointState::kRejected) return;
  if (!of.rules.subnet_rules.empty()) return;
  NetworkRules rules = of.rules;
  for (policy::EndpointRule& one : rules.endpoints) {
    if (one.id == of.admission.private_endpoint) one.state = EndpointState::kApproved;
  }
  const std::string_view name = last_part(of.admission.private_endpoint);
  propose(of, kEndpoint, rules,
          {fmt::format("Approve the private endpoint '{}', which is {}: then whoever comes through "
                       "it may, with a credential and a role.",
                       name, state_name(*state)),
           {fmt::format("berth network private-endpoint approve {} --registry {}", shell_word(name),
                        of.registry)}},
          out);
}

void propose_bypass(const Of& of, Proposals& out) {
  NetworkRules rules = of.rules;
  rules.bypass = true;
  const policy::KindSet covered = policy::Network(rules).bypassing(of.admission.ingress);
  if (covered != 0 && !of.rules.bypass) {
    propose(of, kBypass, rules,
            {fmt::format("Let trusted services past the network rules: identities of the kinds "
                         "that this server expects from there ({}). They still need a credential "
                         "and a role.",
                         policy::kinds_text(covered)),
             {fmt::format("berth network trusted-services on --registry {}", of.registry),
              fmt::format("az acr update --name {} --allow-trusted-services true", of.registry)}},
            out);
  }
  if (of.rules.bypass_for_tasks) return;
  rules.bypass_for_tasks = true;
  if (policy::Network(rules).bypassing(of.admission.ingress) == covered) return;
  propose(
      of, kTasks, rules,
      {"Let trusted services past the network rules, tasks among them. They still need a "
       "credential and a role.",
       {fmt::format("berth network trusted-services on --tasks on --registry {}", of.registry)}},
      out);
}

// From there some kinds of service get in: whoever is one should say so. Users are none.
void propose_kinds(const Of& of, Proposals& out) {
  const policy::Principal& principal = of.refusal.question.principal;
  const policy::PrincipalRecord* found = of.refusal.world.principals.find(principal.id);
  if (found == nullptr || !principal.in_directory() ||
      principal.kind == policy::PrincipalKind::kUser) {
    return;
  }
  for (const policy::ServiceKindRow& row : policy::service_kinds()) {
    if ((of.admission.only & kinds_of(row.kind)) == 0) continue;
    policy::Snapshot world = of.refusal.world;
    policy::PrincipalRecord record = *found;
    record.service = row.kind;
    world.principals.set(principal.id, std::move(record));
    const auto before = service_kind_name(found->service);
    out.push_back(
        {std::move(world),
         principal,
         {fmt::format("If the identity works for {}, say so: then it comes past the "
                      "network rules of every registry that lets these services in.{}",
                      row.service, before.empty() ? "" : fmt::format(" It is '{}' now.", before)),
          {fmt::format("berth sp update {} --service-kind {}", kPrincipalPlace,
                       shell_word(row.name))}},
         Reach::kOthers,
         kKind});
  }
}

// What is past goes with the next write, and does not count.
std::size_t lasting_ip_rules(const Of& of) {
  const std::int64_t now = to_micros(of.refusal.question.now);
  return static_cast<std::size_t>(std::ranges::count_if(
      of.rules.ip_rules,
      [&](const policy::IpRule& rule) { return rule.expires == 0 || rule.expires > now; }));
}

// Where a list has as many rules as it may, one must go first. Which, only its owner knows: the
// command shows them.
void make_room(const Of& of, std::string_view kind, std::size_t rules, std::size_t most,
               Change& change) {
  if (rules < most) return;
  change.what = fmt::format(
      "The registry's {} rules are as many as its quota allows ({}): remove one first. {}", kind,
      rules, change.what);
  change.commands = {fmt::format("berth network show --registry {}", of.registry)};
}

// One address. While public access is off, rules do nothing: then it is turned on last, so that
// nobody else comes in between the commands.
void propose_address(const Of& of, Proposals& out) {
  const Question& question = of.refusal.question;
  const auto address = IpAddress::parse(question.source.address);
  if (!address) return;
  const bool ruled =
      of.refusal.registry.network->ip_rule(*address, to_micros(question.now)) != nullptr;
  if (ruled && !of.rules.default_allow) return;
  const std::string text = shell_word(address->text());
  NetworkRules rules = of.rules;
  Lines commands;
  if (of.rules.default_allow) {
    rules.default_allow = false;
    commands.add(fmt::format("berth network default deny --registry {}", of.registry),
                 fmt::format("az acr update --name {} --default-action Deny", of.registry));
  }
  if (!ruled) {
    rules.ip_rules.push_back({*IpPrefix::parse(address->text())});
    commands.add(
        fmt::format("berth network allow {} --registry {}", text, of.registry),
        fmt::format("az acr network-rule add --name {} --ip-address {}", of.registry, text));
  }
  std::string what = fmt::format(
      "Add an IP rule for {}: whoever shares the address, behind a NAT or a proxy, may come, too.",
      address->text());
  if (!of.rules.public_access) {
    rules.public_access = true;
    what = fmt::format(
        "Turn on public access for selected networks, {} among them: whoever shares the address "
        "may come, too, and whoever the other rules name.",
        address->text());
    add_public_access(of, commands);
  }
  Change change{std::move(what), commands.all()};
  if (!ruled) make_room(of, "IP", lasting_ip_rules(of), question.most_ip_rules, change);
  propose(of, kAddress, rules, std::move(change), out);
}

bool is_declared(const Of& of, const std::string& subnet) {
  const auto& subnets = of.refusal.world.subnets;
  return subnets != nullptr &&
         std::ranges::find(subnets->all(), subnet, &policy::Subnet::id) != subnets->all().end();
}

// One that the control plane refuses virtual-network rules beside (N32).
bool is_live(const policy::EndpointRule& endpoint) {
  const bool held =
      endpoint.state == EndpointState::kPending || endpoint.state == EndpointState::kApproved;
  return held && !endpoint.links.empty();
}

// Not beside a live private endpoint, and not where there is a rule already, for some kinds.
void propose_subnet(const Of& of, Proposals& out) {
  const std::string subnet = lower(of.admission.subnet);
  if (!is_declared(of, subnet) || std::ranges::any_of(of.rules.endpoints, is_live)) return;
  if (of.refusal.registry.network->subnet_rule(subnet) != nullptr) return;
  NetworkRules rules = of.rules;
  rules.subnet_rules.push_back({subnet});
  const std::string id = shell_word(subnet);
  const bool ends_bypass = of.rules.bypass && of.rules.subnet_rules.empty();
  Change change{fmt::format("Add a rule for the subnet '{}', for all who come from it.{}", subnet,
                            ends_bypass ? " Trusted services do not get past the network rules of "
                                          "a registry that has such a rule."
                                        : ""),
                {fmt::format("berth network allow --subnet {} --registry {}", id, of.registry),
                 fmt::format("az acr network-rule add --name {} --subnet {}", of.registry, id)}};
  make_room(of, "virtual-network", of.rules.subnet_rules.size(),
            of.refusal.question.most_subnet_rules, change);
  propose(of, kSubnet, rules, std::move(change), out);
}

void propose_rules_again(const Of& of, Proposals& out) {
  if (of.rules.public_access || of.rules.default_allow) return;
  NetworkRules rules = of.rules;
  rules.public_access = true;
  Lines commands;
  add_public_access(of, commands);
  propose(of, kRulesAgain, rules,
          {"Turn on public access: then the registry's rules count again, for all whom they name.",
           commands.all()},
          out);
}

void propose_all_networks(const Of& of, Proposals& out) {
  NetworkRules rules = of.rules;
  Lines commands;
  if (!rules.default_allow) {
    commands.add(fmt::format("berth network default allow --registry {}", of.registry),
                 fmt::format("az acr update --name {} --default-action Allow", of.registry));
  }
  if (!rules.public_access) add_public_access(of, commands);
  rules.default_allow = rules.public_access = true;
  propose(of, kAllNetworks, rules,
          {fmt::format("As a last resort, open the registry to all networks: everybody who reaches "
                       "this server may then try to sign in{}, and no rule keeps anybody out.",
                       of.refusal.registry.anonymous_pull
                           ? ", and pull every image without it, since anonymous pull is on"
                           : ""),
           commands.all()},
          out);
}

}  // namespace

void propose_network(const Refusal& refusal, Proposals& out) {
  if (refusal.registry.network == nullptr) return;
  const Question& question = refusal.question;
  const Of of{refusal, refusal.registry.network->rules(),
              policy::admit(refusal.world, question.source, question.registry, question.now),
              shell_word(question.registry)};
  if (of.admission.allowed() && of.admission.only == 0) return;
  for (const auto door :
       {propose_private_way, propose_endpoint, propose_bypass, propose_kinds, propose_address,
        propose_subnet, propose_rules_again, propose_all_networks}) {
    door(of, out);
  }
}

}  // namespace berth::explain
