#include "permissions_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "policy/roles.h"

namespace berth::permissions {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) {
    if (part = trimmed(part); !part.empty()) out.push_back(part);
  }
  return out;
}

// ---- the head: "let X = …", "role X = …", "denial X = …", "condition X = …", "map X = …"

std::string expand(const Table& table, std::string text) {
  for (const auto& [word, by] : table.words) {
    const std::string name = "$" + word;
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), by);
    }
  }
  return text;
}

// "+a" is an action, "-a" not one; two signs: a data action.
template <class Definition>
bool take_action(const std::string& word, Definition& out) {
  if (word.starts_with("++")) {
    out.data_actions.push_back(word.substr(2));
  } else if (word.starts_with("--")) {
    out.not_data_actions.push_back(word.substr(2));
  } else if (word.starts_with("+")) {
    out.actions.push_back(word.substr(1));
  } else if (word.starts_with("-")) {
    out.not_actions.push_back(word.substr(1));
  } else {
    return false;
  }
  return true;
}

void define_role(Table& table, const std::string& name, const std::string& text) {
  policy::RoleDefinition role;
  role.id = "custom-" + name;
  role.name = name;
  for (const auto& word : split(text, ' ')) {
    if (!take_action(word, role)) throw std::runtime_error(fmt::format("role {}: {}", name, word));
  }
  table.roles[name] = std::move(role);
}

void define_denial(Table& table, const std::string& name, const std::string& text) {
  policy::DenyAssignment denial;
  denial.id = name;
  denial.name = name;
  const auto words = split(text, ' ');
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (take_action(words[i], denial)) continue;
    if (words[i] == "not-below") {
      denial.below_too = false;
    } else if (words[i] == "at") {
      denial.scope = words.at(++i);
    } else if (words[i] == "excluding") {
      denial.excluded.push_back(words.at(++i));
    } else {
      throw std::runtime_error(fmt::format("denial {}: {}", name, words[i]));
    }
  }
  table.denials[name] = std::move(denial);
}

void define_map(Table& table, const std::string& name, const std::string& text) {
  WorldScopeMap map{.name = name, .rules = {}};
  for (const auto& word : split(text, ' ')) {
    const auto colon = word.find(':');
    map.rules.push_back({word.substr(0, colon), word.substr(colon + 1)});
  }
  table.maps.push_back(std::move(map));
}

bool read_definition(Table& table, const std::string& line) {
  const auto words = split(line, ' ');
  if (words.size() < 3 || words[2] != "=") return false;
  const std::string& name = words[1];
  const std::string text = expand(table, trimmed(line.substr(line.find('=') + 1)));
  if (words[0] == "let") {
    table.words[name] = text;
  } else if (words[0] == "condition") {
    table.conditions[name] = text;
  } else if (words[0] == "role") {
    define_role(table, name, text);
  } else if (words[0] == "denial") {
    define_denial(table, name, text);
  } else if (words[0] == "map") {
    define_map(table, name, text);
  } else {
    return false;
  }
  return true;
}

// ---- the world that every row begins with

const std::map<std::string, std::string>& scopes() {
  static const std::string group = "/subscriptions/s1/resourcegroups/prod";
  static const std::string registries =
      group + "/providers/microsoft.containerregistry/registries/";
  static const std::string managed = "/providers/microsoft.management/managementgroups/";
  static const std::map<std::string, std::string> all = {
      {"registry", registries + "contoso"},
      {"group", group},
      {"subscription", "/subscriptions/s1"},
      {"parent", managed + "corp"},
      {"root", managed + "root"},
      {"tenant", "/"},
      {"other-registry", registries + "fabrikam"},
      {"longer-registry", registries + "contoso2"},
      {"shorter-registry", registries + "cont"},
      {"other-group", group + "2"},
      {"shorter-group", "/subscriptions/s1/resourcegroups/pro"},
      {"other-subscription", "/subscriptions/s2"},
      {"other-parent", managed + "lab"},
      {"token", registries + "contoso/tokens/ci"}};
  return all;
}

World first_world(const Table& table) {
  World world;
  WorldRegistry registry;
  registry.name = "contoso";
  registry.key = "contoso-1";
  registry.id = scopes().at("registry");
  registry.admin_enabled = true;
  registry.admin_passwords = {"admin-1", "admin-2"};
  registry.scope_maps = table.maps;
  registry.tokens = {{.name = "ci", .enabled = true, .scope_map = {}, .passwords = {"ci-1"}}};
  world.registries.push_back(std::move(registry));
  const auto group = [](std::string id, std::vector<std::string> member_of, bool enabled = true) {
    return WorldPrincipal{std::move(id), enabled, true, {}, std::move(member_of)};
  };
  world.principals = {
      {"user", true, false, {"user-1"}, {"team", "loop-1", "off", "gone"}},
      group("team", {"outer"}),
      group("outer", {}),
      group("loop-1", {"loop-2"}),
      group("loop-2", {"loop-1"}),
      group("off", {"behind-off"}, false),
      group("behind-off", {}),
      group("strangers", {}),
  };
  world.parents = {{"/subscriptions/s1", scopes().at("parent")},
                   {scopes().at("parent"), scopes().at("root")},
                   {"/subscriptions/s2", scopes().at("other-parent")},
                   {scopes().at("other-parent"), scopes().at("root")}};
  world.issuers = {{"issuer", true}};
  for (const auto& [name, role] : table.roles) world.custom_roles.push_back(role);
  return world;
}

// ---- the parts of "who"

std::string role_id(const Table& table, const std::string& name) {
  if (const auto custom = table.roles.find(name); custom != table.roles.end()) {
    return custom->second.id;
  }
  for (const auto& role : policy::built_in_roles()) {
    if (role.name == name) return role.id;
  }
  if (name == "deleted-role") return name;
  throw std::runtime_error("no role " + name);
}

// "<role> at <scope>[ to <group>]"
void assign(const Table& table, const std::string& part, TableCase& out) {
  const auto at = part.find(" at ");
  const auto rest = split(part.substr(at + 4), ' ');
  out.world.assignments.push_back(
      {.id = "assignment-" + std::to_string(out.world.assignments.size()),
       .principal = rest.size() == 3 && rest[1] == "to" ? rest[2] : "user",
       .role = role_id(table, part.substr(0, at)),
       .scope = scopes().at(rest.at(0)),
       .condition = {},
       .tree = nullptr});
}

void be(TableCase& out, policy::PrincipalKind kind, std::string id, std::string credential) {
  out.question.principal.kind = kind;
  out.question.principal.id = std::move(id);
  out.question.principal.credential = std::move(credential);
  const bool local =
      kind == policy::PrincipalKind::kAdminUser || kind == policy::PrincipalKind::kToken;
  out.question.principal.registry = local ? "contoso-1" : "";
}

// Switches off whatever the caller's credential depends on.
void disable(TableCase& out) {
  out.world.registries[0].admin_enabled = false;
  out.world.registries[0].tokens[0].enabled = false;
  out.world.principals[0].enabled = false;
  out.world.issuers[0].second = false;
}

void be_token(const std::string& scope_map, TableCase& out) {
  be(out, policy::PrincipalKind::kToken, "ci", "ci-1");
  out.world.registries[0].tokens[0].scope_map = scope_map;
}

void deny(const Table& table, const std::string& name, TableCase& out) {
  auto denial = table.denials.at(name);
  denial.scope = scopes().at(denial.scope);
  out.world.denials.push_back(std::move(denial));
}

using Part = std::function<void(const Table&, const std::vector<std::string>&, TableCase&)>;

const std::map<std::string, Part>& parts() {
  using enum policy::PrincipalKind;
  using Words = const std::vector<std::string>&;
  static const std::map<std::string, Part> all = {
      {"user", [](const Table&, Words, TableCase&) {}},
      {"service-principal",
       [](const Table&, Words, TableCase& out) {
         out.question.principal.kind = kServicePrincipal;
       }},
      {"managed-identity",
       [](const Table&, Words, TableCase& out) { out.question.principal.kind = kManagedIdentity; }},
      {"admin",
       [](const Table&, Words, TableCase& out) { be(out, kAdminUser, "contoso", "admin-2"); }},
      {"anonymous", [](const Table&, Words, TableCase& out) { be(out, kAnonymous, "", ""); }},
      {"token", [](const Table&, Words words, TableCase& out) { be_token(words.at(1), out); }},
      {"external",
       [](const Table&, Words words, TableCase& out) {
         be(out, kExternal, "visitor", "issuer");
         out.question.principal.groups = {words.at(1)};
       }},
      {"denied",
       [](const Table& table, Words words, TableCase& out) { deny(table, words.at(1), out); }},
      {"open",
       [](const Table&, Words, TableCase& out) { out.world.registries[0].anonymous_pull = true; }},
      {"disabled", [](const Table&, Words, TableCase& out) { disable(out); }},
      {"renewed",
       [](const Table&, Words, TableCase& out) { out.question.principal.credential = "old"; }},
      {"elsewhere",
       [](const Table&, Words, TableCase& out) { out.question.principal.registry = "fabrikam-1"; }},
      {"via",
       [](const Table&, Words, TableCase& out) {
         out.question.source.private_endpoint = "/net/privateEndpoints/pe1";
       }},
  };
  return all;
}

policy::Verdict verdict(const std::string& word) {
  if (word == "allow") return policy::Verdict::kAllow;
  if (word == "refuse permission") return policy::Verdict::kDenyPermission;
  if (word == "refuse credential") return policy::Verdict::kDenyCredential;
  throw std::runtime_error("expected is allow, refuse permission or refuse credential");
}

policy::Action action(const std::string& word) {
  const auto at = std::ranges::find(action_words(), word);
  if (at == action_words().end()) throw std::runtime_error("no action " + word);
  return static_cast<policy::Action>(at - action_words().begin());
}

policy::PermissionsMode mode(const std::string& word) {
  if (word == "registry") return policy::PermissionsMode::kRegistry;
  if (word == "repository") return policy::PermissionsMode::kRepository;
  throw std::runtime_error("no mode " + word);
}

TableRow row_of(int number, const std::string& line) {
  const auto cells = split(line, '|');
  if (cells.size() != 6) throw std::runtime_error("line " + std::to_string(number) + ": 6 cells");
  return {number, line, cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]};
}

}  // namespace

const std::vector<std::string>& action_words() {
  static const std::vector<std::string> words = {"pull", "push",  "delete",  "list",
                                                 "lock", "untag", "catalog", "sign-in"};
  return words;
}

Table read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Table table;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line.starts_with("#") || read_definition(table, line)) continue;
    table.rows.push_back(row_of(number, line));
  }
  return table;
}

TableCase make_case(const Table& table, const TableRow& row) {
  TableCase out;
  out.world = first_world(table);
  out.world.registries[0].mode = mode(row.mode);
  out.question.source.tls = true;
  out.question.now = from_micros(1'781'524'800'000'000);  // noon of 15 June 2026
  out.question.registry = "contoso";
  be(out, policy::PrincipalKind::kUser, "user", "user-1");
  for (const auto& part : split(row.who, ';')) {
    if (part.find(" at ") != std::string::npos) {
      assign(table, part, out);
    } else {
      const auto words = split(part, ' ');
      parts().at(words.at(0))(table, words, out);
    }
  }
  if (row.condition != "-") {
    out.world.assignments.at(0).condition = table.conditions.at(row.condition);
  }
  out.question.action = action(row.action);
  if (row.repository != "-") {
    out.question.repository = oci::RepositoryName::parse(row.repository).value();
  }
  out.expected = verdict(row.expected);
  return out;
}

}  // namespace berth::permissions
