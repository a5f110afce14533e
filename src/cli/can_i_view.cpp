#include "cli/can_i_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/json_text.h"
#include "cli/network_resource.h"
#include "cli/output.h"
#include "cli/plain_words.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

struct Words {
  std::string_view name;
  std::string_view words;
};
constexpr std::array kActions = {
    Words{"pull", "pull {}"},
    Words{"push", "push to {}"},
    Words{"delete", "delete in {}"},
    Words{"list", "list what is in {}"},
    Words{"lock", "lock in {}"},
    Words{"untag", "remove tags of {}"},
    Words{"catalog", "see the catalog of {}"},
    Words{"sign-in", "sign in to {}"},
};
// Why it is allowed; a refusal brings its own reason.
constexpr std::array kRules = {
    Words{"owner", "the machine's owner may do everything"},
    Words{"own-socket", "the server's socket is the owner's"},
    Words{"admin-user", "the admin user may do everything"},
    Words{"anonymous-pull", "anonymous pull is on"},
    Words{"scope-map", "its scope map allows it"},
    Words{"token", "every token may sign in"},
    Words{"role-assignment", "a role assignment allows it"},
};
// What a step looked at, where the rule's name does not say it.
constexpr std::array kSteps = {
    Words{"directory", "credential"},
    Words{"token", "credential"},
    Words{"admin-user", "credential"},
    Words{"owner", "credential"},
};
// Rules of the network, docs/network.md §4; also by the beginning of their names.
constexpr std::array<std::string_view, 10> kNetworkRules = {
    "own-socket",     "tls",     "loopback",        "private-endpoint", "public-access",
    "default-action", "ip-rule", "virtual-network", "trusted-service",  "no-network-rule"};
constexpr std::array<std::string_view, 2> kServiceRules = {"bypass-", "service-kind"};
// What the network decision saw.
constexpr std::array kEvidence = {
    Words{"address", "address {}"},
    Words{"proxy", "as the proxy {} says"},
    Words{"listener", "listener {}"},
    Words{"destination", "connected to {}"},
    Words{"link", "private link {}"},
    Words{"clientCa", "certificate from {}"},
    Words{"privateEndpoint", "private endpoint {}"},
    Words{"endpointState", "which is {}"},
    Words{"subnet", "subnet {}"},
    Words{"ipRule", "let in by the rule {}"},
    Words{"ingress", "declared for {}"},
    Words{"only", "only for {}"},
};
constexpr std::array kOutcomes = {
    Words{"allows", "allows it"},
    Words{"otherScope", "is for another place"},
    Words{"roleDeleted", "its role was deleted"},
    Words{"roleLacks", "the role does not hold this"},
    Words{"otherMode", "not effective in this mode"},
    Words{"condition", "condition is"},
};

template <std::size_t n>
std::string words_of(const std::array<Words, n>& table, const std::string& name) {
  for (const Words& row : table) {
    if (row.name == name) return std::string(row.words);
  }
  return name;
}

bool is_network_rule(const std::string& rule) {
  const auto begins = [&](std::string_view name) { return rule.starts_with(name); };
  return std::ranges::any_of(kNetworkRules, begins) || std::ranges::any_of(kServiceRules, begins);
}

bool flag_at(const json::value& value, std::string_view path) {
  const json::value* found = find(value, path);
  return found != nullptr && found->is_bool() && found->get_bool();
}

// One line: conditions are often laid out over several.
std::string line_at(const json::value& value, std::string_view path) {
  std::string out;
  for (const char c : text_at(value, path)) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  return printable(std::move(out));
}

std::string name_at(const json::value& value, const std::string& path) {
  const std::string name = line_at(value, path + ".name");
  return name.empty() ? line_at(value, path + ".id") : name;
}

// How the parts of a condition hang together, read off the text between the first two of them.
std::optional<std::string_view> joint(const json::value& node, const json::array& parts) {
  const std::string whole = line_at(node, "text");
  if (parts.size() == 1) {
    const bool negates = whole.starts_with("!") || whole.starts_with("NOT");
    return negates ? std::optional<std::string_view>("not") : std::nullopt;
  }
  const std::string one = line_at(parts[0], "text");
  const std::size_t first = whole.find(one);
  const std::size_t from = first == std::string::npos ? first : first + one.size();
  const std::size_t to = from > whole.size() ? from : whole.find(line_at(parts[1], "text"), from);
  if (to == std::string::npos) return std::nullopt;
  const std::string gap = whole.substr(from, to - from);
  const auto has = [&](std::string_view word) { return gap.find(word) != std::string::npos; };
  if (has("OR") || has("||")) return "any of";
  if (has("AND") || has("&&")) return "all of";
  return std::nullopt;
}

class View {
 public:
  View(const json::value& answer, bool utf8)
      : answer_(answer),
        yes_(utf8 ? "✓" : "+"),
        no_(utf8 ? "✗" : "-"),
        ellipsis_(utf8 ? "…" : "...") {}

  std::string text() {
    headline();
    mode();
    steps();
    groups();
    assignments();
    denials();
    scope_map();
    if (const json::array& changes = array_at(answer_, "changes"); !changes.empty()) {
      out_ += "\nWhat would help, the smallest change first:\n" + changes_text(changes, 2);
    }
    return std::move(out_);
  }

 private:
  void line(std::size_t indent, std::string_view mark, const std::string& text) {
    out_ += fmt::format("{:{}}{} {}\n", "", indent, mark, text);
  }
  std::string_view mark(bool good) const { return good ? yes_ : no_; }
  std::string_view truth_mark(const std::string& truth) const {
    return truth == "true" ? yes_ : truth == "false" ? no_ : "?";
  }

  void headline() {
    const bool allowed = flag_at(answer_, "allowed");
    const std::string repository = line_at(answer_, "repository");
    const std::string place =
        line_at(answer_, "registry") + (repository.empty() ? "" : "/" + repository);
    std::string who = name_at(answer_, "principal");
    if (who.empty()) who = line_at(answer_, "principal.kind");  // the anonymous have no other name
    const std::string rule = line_at(answer_, "rule");
    std::string reason = line_at(answer_, "reason");
    if (reason.empty()) reason = words_of(kRules, rule);
    if (reason.ends_with('.')) reason.pop_back();
    out_ += fmt::format("{}: {} {} {}: {} ({})\n", allowed ? "yes" : "no",
                        who.empty() ? "you" : who, allowed ? "may" : "may not",
                        action_words(line_at(answer_, "action"), place), reason, rule);
  }

  void mode() {
    const std::string mode = line_at(answer_, "mode");
    const json::array& operations = array_at(answer_, "operations");
    if (mode.empty() || operations.empty()) return;
    out_ += fmt::format("\nIn the permissions mode {} {}:\n", mode_word(mode),
                        operations.size() == 1 ? "this takes" : "any of these is enough");
    for (const json::value& operation : operations) {
      if (operation.is_string()) {
        out_ += "  " + printable(std::string(operation.get_string())) + '\n';
      }
    }
  }

  void steps() {
    const json::array& rows = array_at(answer_, "steps");
    if (!rows.empty()) out_ += "\nSteps:\n";
    bool told = false, known = false;
    for (const json::value& row : rows) {
      const std::string reason = line_at(row, "reason");
      const std::string rule = line_at(row, "rule");
      const bool network = is_network_rule(rule);
      const bool plain = rule == "tls" || rule == "loopback" || rule == "own-socket";
      // One rule may settle who somebody is, and then what he may do.
      std::string words = network ? "network" : words_of(kSteps, rule);
      if (words == "credential" && std::exchange(known, true)) words = "permission";
      line(2, mark(flag_at(row, "passed")),
           words + (network && !plain ? ", " + rule : "") + (reason.empty() ? "" : ": " + reason));
      if (network && !std::exchange(told, true)) evidence();
    }
  }

  // Ids of resources by their names: a line for people.
  void evidence() {
    std::string said;
    for (const Words& row : kEvidence) {
      const json::value* found = find(answer_, fmt::format("network.{}", row.name));
      if (found == nullptr) continue;
      std::string text = found->is_string() ? std::string(found->get_string()) : "";
      for (const json::value& item : found->is_array() ? found->get_array() : json::array()) {
        if (item.is_string()) text += (text.empty() ? "" : ", ") + std::string(item.get_string());
      }
      if (text.empty()) continue;
      if (row.name == "subnet") text = short_subnet(text);
      if (row.name == "privateEndpoint") text = last_part(text);
      said += (said.empty() ? "" : ", ") + fmt::format(fmt::runtime(row.words), text);
    }
    if (!said.empty()) out_ += "      " + printable(said) + '\n';
  }

  void groups() {
    std::string names;
    for (const json::value& group : array_at(answer_, "groups")) {
      const std::string name = line_at(group, "name");
      names += (names.empty() ? "" : ", ") + (name.empty() ? line_at(group, "id") : name);
    }
    if (!names.empty()) out_ += "\nMember of: " + names + '\n';
  }

  void assignments() {
    const json::array& rows = array_at(answer_, "assignments");
    if (!rows.empty()) out_ += "\nRole assignments considered:\n";
    for (const json::value& row : rows) {
      const std::string outcome = line_at(row, "outcome");
      const json::value* evaluation = find(row, "evaluation");
      const bool evaluated =
          evaluation != nullptr && evaluation->is_object() && !text_at(*evaluation, "text").empty();
      const std::string truth = evaluated ? line_at(*evaluation, "truth") : "";
      std::string words = words_of(kOutcomes, outcome);
      if (outcome == "condition") words += " " + (truth.empty() ? "not true" : truth);
      line(2, outcome == "condition" ? truth_mark(truth) : mark(outcome == "allows"),
           fmt::format("{} at {} for {}: {}", name_at(row, "role"),
                       short_scope(line_at(row, "scope")), name_at(row, "principal"), words));
      if (evaluated) {
        condition(*evaluation, 6);
      } else if (const std::string text = line_at(row, "condition"); !text.empty()) {
        out_ += "      condition: " + elided(text) + '\n';
      }
    }
  }

  // Depth is that of the answer, which the reader of JSON limits.
  void condition(const json::value& node, std::size_t indent) {
    const json::array& parts = array_at(node, "parts");
    std::string text = line_at(node, "text");
    if (!parts.empty()) {
      const auto word = joint(node, parts);
      text = word ? std::string(*word) + ":" : elided(text);
    }
    const std::string note = line_at(node, "note");
    line(indent, truth_mark(line_at(node, "truth")),
         text + (note.empty() ? "" : "  (" + note + ")"));
    for (const json::value& part : parts) condition(part, indent + 2);
  }

  std::string elided(const std::string& text) const {
    constexpr std::size_t kLongest = 120;
    if (text.size() <= kLongest) return text;
    std::size_t end = kLongest;
    // Never between the bytes of one character.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + std::string(ellipsis_);
  }

  void denials() {
    const json::array& rows = array_at(answer_, "denials");
    if (!rows.empty()) out_ += "\nDeny assignments that hold:\n";
    for (const json::value& row : rows) {
      const std::string name = line_at(row, "name");
      line(2, no_,
           fmt::format("{} at {}: {}", name.empty() ? line_at(row, "id") : name,
                       short_scope(line_at(row, "scope")), line_at(row, "operation")));
    }
  }

  void scope_map() {
    const std::string name = line_at(answer_, "scopeMap.name");
    if (name.empty()) return;
    out_ += fmt::format("\nScope map {}:\n", name);
    for (const json::value& row : array_at(answer_, "scopeMap.rules")) {
      line(2, mark(flag_at(row, "allows")),
           line_at(row, "repository") + " " + line_at(row, "action"));
    }
  }

  const json::value& answer_;
  std::string_view yes_, no_, ellipsis_;
  std::string out_;
};

}  // namespace

std::string action_words(const std::string& action, const std::string& place) {
  for (const Words& row : kActions) {
    if (row.name == action) return fmt::format(fmt::runtime(row.words), place);
  }
  return fmt::format("do {} in {}", action, place);
}

std::string changes_text(const json::array& changes, std::size_t indent) {
  std::string out;
  for (const json::value& change : changes) {
    out += fmt::format("{:{}}{}\n", "", indent, line_at(change, "what"));
    for (const json::value& command : array_at(change, "commands")) {
      if (!command.is_string()) continue;
      out += fmt::format("{:{}}{}\n", "", indent + 4, printable(std::string(command.get_string())));
    }
  }
  return out;
}

std::string explanation_text(const json::value& answer, bool utf8) {
  return View(answer, utf8).text();
}

}  // namespace berth::cli
