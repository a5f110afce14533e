#include "explain/operator_testing.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "policy/roles.h"

namespace berth::explain {
namespace {

using Words = std::vector<std::string>;
using Flags = std::map<std::string, std::vector<Words>>;

struct Line {
  std::string verb;  // "role assignment create"
  std::string name;  // berth's word, az's --name
  Flags flags;

  std::string one(const std::string& flag) const {
    const Words& words = flags.at(flag).at(0);
    if (words.size() != 1) throw std::runtime_error(flag + " has not one value");
    return words.front();
  }
};

struct Scene {
  const Line& line;
  std::string assignee;
  policy::Snapshot& snapshot;
  Question& question;

  policy::RegistryPolicy registry() const { return *snapshot.registries.find(name()); }
  void set(policy::RegistryPolicy registry) const {
    snapshot.registries.set(name(), std::move(registry));
  }
  std::string name() const {
    return line.flags.contains("--registry") ? line.one("--registry") : line.name;
  }
  void edit_network(const std::function<void(policy::NetworkRules&)>& change) const {
    policy::RegistryPolicy changed = registry();
    policy::NetworkRules rules = changed.network->rules();
    change(rules);
    const auto live = [](const policy::EndpointRule& one) {
      return one.state < policy::EndpointState::kRejected;
    };
    if (std::ranges::any_of(rules.endpoints, live) && !rules.subnet_rules.empty()) {
      throw std::runtime_error("a private endpoint and virtual-network rules exclude each other");
    }
    changed.network = std::make_shared<const policy::Network>(std::move(rules));
    set(std::move(changed));
  }
};

std::vector<policy::ScopeMapRule> rules(const Line& line, const std::string& flag) {
  std::vector<policy::ScopeMapRule> out;
  for (const Words& words : line.flags.at(flag)) {
    for (std::size_t i = 1; i < words.size(); ++i) out.push_back({words.front(), words[i]});
  }
  return out;
}

std::string role_id(const policy::Snapshot& snapshot, const std::string& name) {
  std::string id;
  snapshot.roles.for_each([&](const std::string& key, const policy::Role& role) {
    if (role.definition.name == name) id = key;
  });
  if (id.empty()) throw std::runtime_error("no role " + name);
  return id;
}

std::string assignee_of(const Scene& scene) {
  const std::string who = scene.line.one("--assignee");
  return who == "{principal}" ? scene.assignee : who;
}

void assign(const Scene& scene) {
  policy::RoleAssignment made{"made", scene.line.one("--scope"),
                              role_id(scene.snapshot, scene.line.one("--role"))};
  const bool conditional =
      scene.line.flags.contains("--condition") && !scene.line.one("--condition").empty();
  if (conditional) {
    const std::string text = scene.line.one("--condition");
    if (!policy::conditionable(scene.snapshot.roles.find(made.role)->definition)) {
      throw std::runtime_error("this role takes no condition");
    }
    made.condition = conditions::Condition::compile(text).value();
  }
  const auto* there = scene.snapshot.assignments.find(assignee_of(scene));
  auto list = there == nullptr ? std::vector<policy::RoleAssignment>() : *there;
  for (const auto& one : list) {
    if (one.role == made.role && one.scope == made.scope) {
      throw std::runtime_error("the role assignment already exists");
    }
  }
  list.push_back(std::move(made));
  scene.snapshot.assignments.set(assignee_of(scene), std::move(list));
}

void unassign(const Scene& scene) {
  auto list = *scene.snapshot.assignments.find(assignee_of(scene));
  const std::string role = role_id(scene.snapshot, scene.line.one("--role"));
  const auto gone = std::erase_if(list, [&](const auto& one) {
    return one.role == role && one.scope == scene.line.one("--scope");
  });
  if (gone != 1) throw std::runtime_error("no such role assignment");
  scene.snapshot.assignments.set(assignee_of(scene), std::move(list));
}

void reassign(const Scene& scene) {
  unassign(scene);
  assign(scene);
}

void update_map(const Scene& scene) {
  policy::RegistryPolicy registry = scene.registry();
  policy::ScopeMap map = *registry.scope_maps.find(scene.line.name);
  if (scene.line.name.starts_with("_repositories_")) throw std::runtime_error("a system's map");
  for (auto& rule : rules(scene.line, "--add-repository")) map.rules.push_back(std::move(rule));
  registry.scope_maps.set(scene.line.name, std::move(map));
  scene.set(std::move(registry));
}

void create_map(const Scene& scene) {
  policy::RegistryPolicy registry = scene.registry();
  if (registry.scope_maps.find(scene.line.name)) throw std::runtime_error("the map exists");
  if (scene.line.name.size() > 50) throw std::runtime_error("the name is too long");
  registry.scope_maps.set(scene.line.name, {rules(scene.line, "--repository")});
  scene.set(std::move(registry));
}

void update_token(const Scene& scene) {
  policy::RegistryPolicy registry = scene.registry();
  policy::Token token = *registry.tokens.find(scene.line.name);
  if (scene.line.flags.contains("--status"))
    token.enabled = scene.line.one("--status") == "enabled";
  if (scene.line.flags.contains("--scope-map")) {
    token.scope_map = scene.line.one("--scope-map");
    if (!registry.scope_maps.find(token.scope_map)) throw std::runtime_error("no such map");
  }
  registry.tokens.set(scene.line.name, std::move(token));
  scene.set(std::move(registry));
}

// Of `az acr update`; false: it is about no network.
bool update_network(const Scene& scene, const std::string& flag, const std::string& value) {
  const std::map<std::string, std::pair<bool policy::NetworkRules::*, std::string>> flags = {
      {"--default-action", {&policy::NetworkRules::default_allow, "Allow"}},
      {"--public-network-enabled", {&policy::NetworkRules::public_access, "true"}},
      {"--allow-trusted-services", {&policy::NetworkRules::bypass, "true"}}};
  const auto found = flags.find(flag);
  if (found == flags.end()) return false;
  const auto& [member, on] = found->second;
  scene.edit_network([&](policy::NetworkRules& rules) { rules.*member = value == on; });
  return true;
}

void update_registry(const Scene& scene) {
  policy::RegistryPolicy registry = scene.registry();
  for (const auto& [flag, values] : scene.line.flags) {
    const bool on = values.at(0) == Words{"true"};
    if (flag == "--admin-enabled") {
      registry.admin_enabled = on;
    } else if (flag == "--anonymous-pull" || flag == "--anonymous-pull-enabled") {
      registry.anonymous_pull = on;
    } else if (!update_network(scene, flag, values.at(0).at(0))) {
      throw std::runtime_error("unknown setting " + flag);
    } else {
      registry.network = scene.registry().network;
    }
  }
  scene.set(std::move(registry));
}

// ---- networks

bool is_on(const std::string& value) {
  if (value != "on" && value != "off") throw std::runtime_error("neither on nor off: " + value);
  return value == "on";
}

void allow_network(const Scene& scene) {
  const Flags& flags = scene.line.flags;
  scene.edit_network([&](policy::NetworkRules& rules) {
    if (flags.contains("--subnet")) {
      rules.subnet_rules.push_back({scene.line.one("--subnet")});
    } else {
      const std::string block =
          flags.contains("--ip-address") ? scene.line.one("--ip-address") : scene.line.name;
      rules.ip_rules.push_back({IpPrefix::parse(block).value()});
    }
  });
}

void set_default(const Scene& scene) {
  const std::string action = scene.line.name;
  if (action != "allow" && action != "deny") throw std::runtime_error("no such action " + action);
  scene.edit_network([&](auto& rules) { rules.default_allow = action == "allow"; });
}

void set_public(const Scene& scene) {
  scene.edit_network([&](auto& rules) { rules.public_access = is_on(scene.line.name); });
}

void set_bypass(const Scene& scene) {
  scene.edit_network([&](policy::NetworkRules& rules) {
    rules.bypass = is_on(scene.line.name);
    if (scene.line.flags.contains("--tasks")) {
      rules.bypass_for_tasks = is_on(scene.line.one("--tasks"));
    }
  });
}

void approve_endpoint(const Scene& scene) {
  scene.edit_network([&](policy::NetworkRules& rules) {
    for (policy::EndpointRule& one : rules.endpoints) {
      if (one.state == policy::EndpointState::kDisconnected) continue;
      if (one.id.ends_with("/" + scene.line.name)) one.state = policy::EndpointState::kApproved;
    }
  });
}

// Whoever knows the names comes through the endpoint that they lead to.
void use_names(const Scene& scene) {
  for (const policy::EndpointRule& one : scene.registry().network->rules().endpoints) {
    if (one.state == policy::EndpointState::kApproved) {
      scene.question.source.private_endpoint = one.id;
    }
  }
}

void set_service_kind(const Scene& scene) {
  if (scene.line.name != "{principal}") throw std::runtime_error("for nobody");
  policy::PrincipalRecord record = *scene.snapshot.principals.find(scene.assignee);
  record.service = policy::find_service_kind(scene.line.one("--service-kind"))->kind;
  scene.snapshot.principals.set(scene.assignee, std::move(record));
}

void enable_account(const Scene& scene) {
  policy::PrincipalRecord record = *scene.snapshot.principals.find(scene.assignee);
  record.enabled = true;
  scene.snapshot.principals.set(scene.assignee, std::move(record));
}

// Whoever was nobody signs in as the first who may.
policy::Principal somebody_of(const Scene& scene, const policy::RegistryPolicy& registry) {
  for (const Holder& holder : who_can(scene.snapshot, scene.question).holders) {
    if (holder.kind == Holder::Kind::kAdminUser) {
      return {policy::PrincipalKind::kAdminUser, holder.id, {}, "", registry.key, {}};
    }
    if (holder.kind == Holder::Kind::kToken) {
      return {policy::PrincipalKind::kToken, holder.id, {}, "", registry.key, {}};
    }
    if (holder.kind == Holder::Kind::kPrincipal && !holder.group) {
      return {policy::PrincipalKind::kUser, holder.id, {}, "", {}, {}};
    }
  }
  throw std::runtime_error("nobody may");
}

// With the first good credential.
void sign_in(const Scene& scene) {
  policy::Principal& who = scene.question.principal;
  const policy::RegistryPolicy registry = scene.registry();
  if (who.anonymous()) who = somebody_of(scene, registry);
  if (who.kind == policy::PrincipalKind::kToken) {
    who.credential = registry.tokens.find(who.id)->passwords[0]->id;
  } else if (who.kind == policy::PrincipalKind::kAdminUser) {
    who.credential = registry.admin_passwords[0].id;
  } else {
    who.credential = scene.snapshot.principals.find(who.id)->credentials.at(0);
  }
}

const std::map<std::string, std::function<void(const Scene&)>>& verbs() {
  static const std::map<std::string, std::function<void(const Scene&)>> kVerbs = {
      {"berth role assignment create", assign},
      {"az role assignment create", assign},
      {"berth role assignment update", reassign},
      {"berth role assignment delete", unassign},
      {"az role assignment delete", unassign},
      {"berth scope-map update", update_map},
      {"az acr scope-map update", update_map},
      {"berth scope-map create", create_map},
      {"az acr scope-map create", create_map},
      {"berth token update", update_token},
      {"az acr token update", update_token},
      {"berth registry update", update_registry},
      {"az acr update", update_registry},
      {"az ad user update", enable_account},
      {"az ad sp update", enable_account},
      {"berth network allow", allow_network},
      {"az acr network-rule add", allow_network},
      {"berth network default", set_default},
      {"berth network public", set_public},
      {"berth network trusted-services", set_bypass},
      {"berth network private-endpoint approve", approve_endpoint},
      {"berth network dns", use_names},
      {"berth sp update", set_service_kind},
      {"berth login", sign_in},
      {"az acr login", sign_in},
  };
  return kVerbs;
}

Line read(const Words& words) {
  Line line;
  std::size_t i = 0;
  while (i < words.size() && !verbs().contains(line.verb)) {
    line.verb += (line.verb.empty() ? "" : " ") + words[i++];
  }
  if (i < words.size() && !words[i].starts_with("--")) line.name = words[i++];
  while (i < words.size()) {
    Words& values = line.flags[words[i++]].emplace_back();
    while (i < words.size() && !words[i].starts_with("--")) values.push_back(words[i++]);
  }
  if (line.flags.contains("--name")) {
    line.name = line.one("--name");
    line.flags.erase("--name");
  }
  return line;
}

}  // namespace

std::vector<std::string> shell_words(const std::string& line) {
  Words words;
  bool open = false;  // in a word
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ') {
      open = false;
      continue;
    }
    if (!std::exchange(open, true)) words.emplace_back();
    if (line[i] == '\'') {
      const auto end = line.find('\'', i + 1);
      if (end == std::string::npos) throw std::runtime_error("a quote is not closed");
      words.back() += line.substr(i + 1, end - i - 1);
      i = end;
    } else if (line[i] == '\\') {
      words.back() += line.at(++i);
    } else if (std::string_view("\"$`*?[#~;|<>()!").find(line[i]) != std::string_view::npos) {
      throw std::runtime_error("the shell would not take this as it is: " + line);
    } else {
      words.back() += line[i];
    }
  }
  return words;
}

void paste(const std::string& line, const std::string& assignee, policy::Snapshot& snapshot,
           Question& question) {
  Words words = shell_words(line);
  words.emplace_back("&&");
  Words command;
  for (std::string& word : words) {
    if (word != "&&") {
      command.push_back(std::move(word));
      continue;
    }
    const Line parsed = read(std::exchange(command, {}));
    verbs().at(parsed.verb)({parsed, assignee, snapshot, question});
  }
}

}  // namespace berth::explain
