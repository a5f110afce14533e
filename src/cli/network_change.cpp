#include "cli/network_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "base/ip.h"
#include "cli/api_error.h"
#include "cli/json_text.h"
#include "cli/network_resource.h"
#include "server/config_names.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kTimeDigits = 19;  // 2026-12-24T18:00:00

// A rule of the registry, by its place in the list.
struct Block {
  std::size_t rule = 0;
  IpPrefix block;
};

class Change {
 public:
  Change(const ChangeWords& given, const json::value& registry, TimePoint now, ChangeNotes& notes)
      : given_(given), registry_(registry), now_(now), notes_(notes) {
    rules_["defaultAction"] = text("networkRuleSet.defaultAction", "Allow");
    for (const char* list : {"ipRules", "virtualNetworkRules"}) {
      rules_[list] = array_at(registry, fmt::format("properties.networkRuleSet.{}", list));
    }
  }

  Result<json::object> allow();
  Result<json::object> deny();
  Result<json::object> default_action();
  Result<json::object> public_access();
  Result<json::object> trusted_services();
  Result<json::object> data_endpoint();

 private:
  std::string text(const std::string& property, std::string otherwise) const {
    std::string found = text_at(registry_, "properties." + property);
    return found.empty() ? std::move(otherwise) : found;
  }
  const std::string& word() const { return given_.words[1]; }
  json::array& list(const char* name) { return rules_[name].as_array(); }
  json::object rule_set() const { return {{"networkRuleSet", rules_}}; }
  void note(std::string line) { notes_.lines.push_back(std::move(line)); }

  Result<std::string> expiry() const;
  Result<IpPrefix> block_of(const std::string& given);
  std::vector<Block> blocks();
  void allow_block(const IpPrefix& block, const std::string& expires);
  void allow_subnet();
  void deny_block(const IpPrefix& block);
  void deny_subnet();
  void note_without_effect();

  const ChangeWords& given_;
  const json::value& registry_;
  TimePoint now_;
  ChangeNotes& notes_;
  json::object rules_;
  bool changed_ = false;
};

Result<std::string> Change::expiry() const {
  const Invocation& call = given_.call;
  if (call.has("--for")) {
    const auto time = server::parse_duration(call.value("--for"));
    if (!time || time->count() <= 0) {
      return fail(
          wrong_usage(fmt::format("{}: --for is {}; it must be a time such as 30m, 2h or 7d",
                                  call.path, server::in_quotes(call.value("--for")))));
    }
    return to_rfc3339(now_ + *time);
  }
  std::string until = call.value("--until");
  if (until.empty()) return until;
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  bool good = until.size() > kTimeDigits && until.ends_with('Z');
  for (std::size_t i = 0; good && i < kShape.size(); ++i) {
    const bool digit = until[i] >= '0' && until[i] <= '9';
    good = kShape[i] == '0' ? digit : until[i] == kShape[i];
  }
  if (!good) {
    return fail(wrong_usage(
        fmt::format("{}: --until is {}; it must be a time in UTC, such as 2026-12-24T18:00:00Z",
                    call.path, server::in_quotes(until))));
  }
  if (until.substr(0, kTimeDigits) <= to_rfc3339(now_).substr(0, kTimeDigits)) {
    return fail(wrong_usage(fmt::format("{}: --until is {}, which has passed", call.path, until)));
  }
  return until;
}

Result<IpPrefix> Change::block_of(const std::string& given) {
  const auto block = IpPrefix::parse(given);
  if (!block) {
    return fail(wrong_usage(
        fmt::format("{}: {} is neither an address nor a block of them; it must be such as "
                    "203.0.113.7, 203.0.113.0/24 or 2001:db8::/32",
                    given_.call.path, server::in_quotes(given))));
  }
  const auto address = IpAddress::parse(given.substr(0, given.find('/')));
  if (address && *address != block->first()) {
    note(fmt::format("{} is the block {}", given, block->text()));
  }
  return *block;
}

std::vector<Block> Change::blocks() {
  std::vector<Block> out;
  const json::array& rules = list("ipRules");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (const auto block = IpPrefix::parse(text_at(rules[i], "value"))) out.push_back({i, *block});
  }
  return out;
}

// Rules that are there have no effect where everybody, or nobody, comes in anyway.
void Change::note_without_effect() {
  if (text("publicNetworkAccess", "Enabled") == "Disabled") {
    note("public access is off, so no rule counts; berth network public on makes them count");
  } else if (text("networkRuleSet.defaultAction", "Allow") == "Allow") {
    note(
        "the default is allow, so rules change nothing yet; berth network default deny makes "
        "them count");
  }
}

void Change::allow_block(const IpPrefix& block, const std::string& expires) {
  for (const Block& there : blocks()) {
    if (there.block != block) continue;
    json::object& rule = list("ipRules")[there.rule].as_object();
    const bool had = !text_at(rule, "expiresOn").empty();
    if (expires.empty() && !had) return note(fmt::format("{} is let in already", block.text()));
    // Absent would keep what is there.
    rule["expiresOn"] = expires.empty() ? json::value(nullptr) : json::value(expires);
    changed_ = true;
    return;
  }
  json::object rule{{"action", "Allow"}, {"value", block.text()}};
  if (!expires.empty()) rule["expiresOn"] = expires;
  list("ipRules").push_back(std::move(rule));
  changed_ = true;
}

void Change::allow_subnet() {
  json::value kinds(nullptr);
  if (given_.call.has("--kinds")) {
    kinds = json::array{};
    const std::string given = given_.call.value("--kinds");
    for (std::size_t at = 0; at < given.size();) {
      const std::size_t end = std::min(given.find(',', at), given.size());
      kinds.as_array().emplace_back(given.substr(at, end - at));
      at = end + 1;
    }
  }
  json::array& rules = list("virtualNetworkRules");
  for (json::value& rule : rules) {
    if (!means(given_.subnet, text_at(rule, "id"))) continue;
    const json::value* before = find(rule, "serviceKinds");
    if (before == nullptr ? kinds.is_null() : *before == kinds) {
      return note(fmt::format("{} is let in already", short_subnet(given_.subnet)));
    }
    rule.as_object()["serviceKinds"] = kinds;
    changed_ = true;
    return;
  }
  if (rules.empty() && text("networkRuleBypassOptions", "AzureServices") != "None") {
    note("while a subnet is let in, trusted services are not: they need a rule of their own");
  }
  json::object rule{{"action", "Allow"}, {"id", given_.subnet}};
  if (!kinds.is_null()) rule["serviceKinds"] = kinds;
  rules.push_back(std::move(rule));
  changed_ = true;
}

Error needs_something(const Invocation& call) {
  return wrong_usage(call, "say which addresses, or which --subnet");
}

Result<json::object> Change::allow() {
  const Invocation& call = given_.call;
  const bool addresses = given_.words.size() > 1;
  if (!addresses && !call.has("--subnet")) return fail(needs_something(call));
  if (call.has("--for") && call.has("--until")) {
    return fail(wrong_usage(call.path + ": --for and --until say the same; give one of them"));
  }
  if ((call.has("--for") || call.has("--until")) && !addresses) {
    return fail(wrong_usage(call.path + ": only rules for addresses end by themselves"));
  }
  if (call.has("--kinds") && !call.has("--subnet")) {
    return fail(wrong_usage(call.path + ": --kinds belongs to --subnet"));
  }
  TRY_ASSIGN(const std::string expires, expiry());
  for (std::size_t i = 1; i < given_.words.size(); ++i) {
    TRY_ASSIGN(const IpPrefix block, block_of(given_.words[i]));
    allow_block(block, expires);
  }
  if (call.has("--subnet")) allow_subnet();
  note_without_effect();
  return changed_ ? rule_set() : json::object{};
}

// How much two blocks have in common: a block around or inside the other is nearest, then the
// longest common beginning.
unsigned nearness(const IpPrefix& one, const IpPrefix& other) {
  constexpr unsigned kOverlap = 1000;
  const auto& a = one.first().bytes();
  const auto& b = other.first().bytes();
  unsigned common = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(a[i] ^ b[i]);
    common += static_cast<unsigned>(std::countl_zero(differing));
    if (differing != 0) break;
  }
  return common + (one.overlaps(other) ? kOverlap : 0);
}

void Change::deny_block(const IpPrefix& block) {
  std::optional<IpPrefix> nearest;
  for (const Block& there : blocks()) {
    if (there.block == block) {
      list("ipRules").erase(list("ipRules").begin() + static_cast<std::ptrdiff_t>(there.rule));
      changed_ = true;
      for (const Block& left : blocks()) {
        if (left.block.contains(block.first()) && left.block.contains(block.last())) {
          note(fmt::format("{} is still let in by the rule {}", block.text(), left.block.text()));
        }
      }
      return;
    }
    if (there.block.v4() != block.v4()) continue;
    if (!nearest || nearness(there.block, block) > nearness(*nearest, block)) {
      nearest = there.block;
    }
  }
  notes_.missing = true;
  const bool inside = nearest && nearest->contains(block.first()) && *nearest != block;
  note(fmt::format("there is no rule for {}{}", block.text(),
                   !nearest ? ""
                   : inside ? fmt::format("; it is let in by the rule {}", nearest->text())
                            : fmt::format("; the nearest is {}", nearest->text())));
}

void Change::deny_subnet() {
  json::array& rules = list("virtualNetworkRules");
  std::vector<std::string> names;
  for (auto at = rules.begin(); at != rules.end(); ++at) {
    const std::string id = text_at(*at, "id");
    if (means(given_.subnet, id)) {
      rules.erase(at);
      changed_ = true;
      return;
    }
    names.push_back(short_subnet(id));
  }
  notes_.missing = true;
  const auto nearest = server::nearest_name(short_subnet(given_.subnet), names);
  note(fmt::format("there is no rule for the subnet {}{}", given_.subnet,
                   nearest ? "; the nearest is " + *nearest : ""));
}

Result<json::object> Change::deny() {
  if (given_.words.size() < 2 && !given_.call.has("--subnet")) {
    return fail(needs_something(given_.call));
  }
  for (std::size_t i = 1; i < given_.words.size(); ++i) {
    TRY_ASSIGN(const IpPrefix block, block_of(given_.words[i]));
    deny_block(block);
  }
  if (given_.call.has("--subnet")) deny_subnet();
  return changed_ ? rule_set() : json::object{};
}

Result<json::object> Change::default_action() {
  rules_["defaultAction"] = word() == "allow" ? "Allow" : "Deny";
  return rule_set();
}

Result<json::object> Change::public_access() {
  return json::object{{"publicNetworkAccess", word() == "on" ? "Enabled" : "Disabled"}};
}

Result<json::object> Change::trusted_services() {
  json::object out{{"networkRuleBypassOptions", word() == "on" ? "AzureServices" : "None"}};
  const Invocation& call = given_.call;
  if (call.has("--tasks")) out["networkRuleBypassAllowedForTasks"] = call.value("--tasks") == "on";
  if (word() == "on" && !list("virtualNetworkRules").empty()) {
    note("while a subnet is let in, trusted services are not: they need a rule of their own");
  }
  return out;
}

Result<json::object> Change::data_endpoint() {
  for (const json::value& one : array_at(registry_, "properties.privateEndpointConnections")) {
    const bool approved =
        text_at(one, "properties.privateLinkServiceConnectionState.status") == "Approved";
    if (word() == "on" || !approved) continue;
    note("while there is an approved private endpoint, the data endpoint stays on");
    break;
  }
  return json::object{{"dataEndpointEnabled", word() == "on"}};
}

struct Verb {
  std::string_view name;
  Result<json::object> (Change::*make)();
  std::array<std::string_view, 2> choices;  // of its only word; empty: it takes addresses
};
constexpr std::array kVerbs = {
    Verb{"allow", &Change::allow, {}},
    Verb{"deny", &Change::deny, {}},
    Verb{"default", &Change::default_action, {"allow", "deny"}},
    Verb{"public", &Change::public_access, {"on", "off"}},
    Verb{"trusted-services", &Change::trusted_services, {"on", "off"}},
    Verb{"data-endpoint", &Change::data_endpoint, {"on", "off"}},
};

std::string amount_text(const json::value& registry) {
  const std::size_t blocks = array_at(registry, "properties.networkRuleSet.ipRules").size();
  const std::size_t subnets =
      array_at(registry, "properties.networkRuleSet.virtualNetworkRules").size();
  return fmt::format("{} address rule{} and {} subnet{}", blocks, blocks == 1 ? "" : "s", subnets,
                     subnets == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> change_verbs() {
  std::vector<std::string> out;
  for (const Verb& verb : kVerbs) out.emplace_back(verb.name);
  return out;
}

Result<json::object> network_change(const ChangeWords& change, const json::value& registry,
                                    TimePoint now, ChangeNotes& notes) {
  const auto* const verb = std::ranges::find(kVerbs, change.words.front(), &Verb::name);
  if (verb == kVerbs.end()) {
    return fail(wrong_usage(
        change.call, fmt::format("'{}' changes nothing; it must be one of {}", change.words.front(),
                                 server::join_names(change_verbs()))));
  }
  const auto& choices = verb->choices;
  if (!choices[0].empty() &&
      (change.words.size() != 2 || std::ranges::find(choices, change.words[1]) == choices.end())) {
    return fail(wrong_usage(
        change.call, fmt::format("after {} comes {} or {}", verb->name, choices[0], choices[1])));
  }
  return (Change(change, registry, now, notes).*verb->make)();
}

bool may_restrict(const ChangeWords& change) {
  const std::string& verb = change.words.front();
  const std::string word = change.words.size() > 1 ? change.words[1] : "";
  // A rule for a subnet ends the bypass of trusted services.
  if (verb == "allow") return change.call.has("--subnet");
  return verb == "deny" || word == "deny" || (word == "off" && verb != "data-endpoint") ||
         change.call.value("--tasks") == "off";
}

std::string opens_text(const ChangeWords& change, const json::value& registry) {
  const bool is_default = change.words == std::vector<std::string>{"default", "allow"};
  const bool is_public = change.words == std::vector<std::string>{"public", "on"};
  if (!is_default && !is_public) return {};
  const bool open = text_at(registry, "properties.networkRuleSet.defaultAction") != "Deny";
  const bool off = text_at(registry, "properties.publicNetworkAccess") == "Disabled";
  if (is_default && off) return "public access is off, so this opens nothing before it is on";
  if (is_public && !open) {
    return fmt::format("this opens the registry to what its rules name: {}", amount_text(registry));
  }
  if (is_public ? !off : open) return {};
  return fmt::format(
      "this opens the registry to every address there is{}; less would do for one client (berth "
      "network allow ADDRESS) and for a trusted service (berth network trusted-services on)",
      is_default ? ", in place of " + amount_text(registry) : "");
}

}  // namespace berth::cli
