#include "cli/network_change.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "base/ip.h"
#include "base/nearest.h"
#include "cli/api_error.h"
#include "cli/flag_values.h"
#include "cli/json_text.h"
#include "cli/network_block.h"
#include "cli/network_resource.h"
#include "cli/network_view.h"
#include "server/config_names.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kTimeDigits = 19;  // 2026-12-24T18:00:00
// The last second that can be written with four digits for the year.
constexpr TimePoint kLastTime =
    std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::hours(24) - Seconds(1);

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
  void done(std::string what) {
    notes_.done.push_back(std::move(what));
    changed_ = true;
  }

  Result<std::string> expiry() const;
  std::vector<Block> blocks();
  Result<std::vector<IpPrefix>> given_blocks();
  void note_end_before(const json::value& rule, const std::string& expires);
  void allow_block(const IpPrefix& block, const std::string& expires);
  void allow_subnet();
  bool remove(const IpPrefix& block);
  void tell_denied(const IpPrefix& block, bool removed);
  Result<void> deny_subnet();
  bool has_approved_endpoint() const;
  void note_without_effect();
  void note_open_families();

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
    TRY_ASSIGN(const auto time, duration_of(call, "--for", "30m, 2h or 7d"));
    if (time <= std::chrono::floor<std::chrono::milliseconds>(kLastTime - now_)) {
      return to_rfc3339(now_ + time);
    }
    return fail(wrong_usage(fmt::format("{}: --for is {}, which ends after the year 9999",
                                        call.path, server::in_quotes(call.value("--for")))));
  }
  std::string until = call.value("--until");
  if (until.empty()) return until;
  if (!is_utc_time(until)) {
    return fail(wrong_usage(
        fmt::format("{}: --until is {}; it must be a time in UTC, such as 2026-12-24T18:00:00Z",
                    call.path, server::in_quotes(until))));
  }
  if (until.substr(0, kTimeDigits) <= to_rfc3339(now_).substr(0, kTimeDigits)) {
    return fail(wrong_usage(fmt::format("{}: --until is {}, which has passed", call.path, until)));
  }
  return until;
}

std::vector<Block> Change::blocks() {
  std::vector<Block> out;
  const json::array& rules = list("ipRules");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (const auto block = IpPrefix::parse(text_at(rules[i], "value"))) out.push_back({i, *block});
  }
  return out;
}

// Each once: what a call itself has just changed is nothing that was so before.
Result<std::vector<IpPrefix>> Change::given_blocks() {
  std::vector<IpPrefix> out;
  for (std::size_t i = 1; i < given_.words.size(); ++i) {
    TRY_ASSIGN(const IpPrefix block, block_of(given_.call, given_.words[i], notes_.lines));
    if (std::ranges::find(out, block) == out.end()) out.push_back(block);
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

// Of a rule that gets another end: a permanent one becomes temporary, or the other way round.
void Change::note_end_before(const json::value& rule, const std::string& expires) {
  const std::string block = text_at(rule, "value");
  const std::string before = text_at(rule, "expiresOn");
  const std::string_view end = std::string_view(expires).substr(0, kTimeDigits);
  if (is_over(rule, now_) || before.substr(0, kTimeDigits) == end) return;
  note(before.empty()
           ? fmt::format("the rule {} was without an end before", block)
           : fmt::format("the rule {} was to end at {} before", block, without_fraction(before)));
  const bool shorter = before.empty() || end < before.substr(0, kTimeDigits);
  if (!end.empty() && shorter) notes_.sooner.push_back(block);
}

void Change::allow_block(const IpPrefix& block, const std::string& expires) {
  const std::string what =
      fmt::format("{} is let in{}{}", block.text(), expires.empty() ? "" : " until ",
                  expires.substr(0, std::min(expires.find('.'), expires.size())));
  if (block.length() == 0) {
    note(fmt::format("{} is every IPv{} address there is", block.text(), block.v4() ? 4 : 6));
  }
  for (const Block& there : blocks()) {
    if (there.block != block) continue;
    json::value& rule = list("ipRules")[there.rule];
    const bool had = !text_at(rule, "expiresOn").empty();
    if (expires.empty() && !had) return note(fmt::format("{} is let in already", block.text()));
    note_end_before(rule, expires);
    // Absent would keep what is there.
    rule.as_object()["expiresOn"] = expires.empty() ? json::value(nullptr) : json::value(expires);
    return done(what);
  }
  json::object rule{{"action", "Allow"}, {"value", block.text()}};
  if (!expires.empty()) rule["expiresOn"] = expires;
  list("ipRules").push_back(std::move(rule));
  done(what);
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
  const std::string only = given_.call.value("--kinds");
  const std::string what = fmt::format("the subnet {} is let in{}", short_subnet(given_.subnet),
                                       only.empty() ? "" : ", only " + only);
  json::array& rules = list("virtualNetworkRules");
  for (json::value& rule : rules) {
    if (!means(given_.subnet, text_at(rule, "id"))) continue;
    const json::value* before = find(rule, "serviceKinds");
    if (before == nullptr ? kinds.is_null() : *before == kinds) {
      return note(fmt::format("{} is let in already", short_subnet(given_.subnet)));
    }
    rule.as_object()["serviceKinds"] = kinds;
    return done(what);
  }
  if (rules.empty() && text("networkRuleBypassOptions", "AzureServices") != "None") {
    note("while a subnet is let in, trusted services are not: they need a rule of their own");
  }
  json::object rule{{"action", "Allow"}, {"id", given_.subnet}};
  if (!kinds.is_null()) rule["serviceKinds"] = kinds;
  rules.push_back(std::move(rule));
  done(what);
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
  TRY_ASSIGN(const std::vector<IpPrefix> blocks, given_blocks());
  for (const IpPrefix& block : blocks) allow_block(block, expires);
  if (call.has("--subnet")) allow_subnet();
  note_without_effect();
  return changed_ ? rule_set() : json::object{};
}

bool Change::remove(const IpPrefix& block) {
  const std::vector<Block> there = blocks();
  const auto at = std::ranges::find(there, block, &Block::block);
  if (at == there.end()) return false;
  list("ipRules").erase(list("ipRules").begin() + static_cast<std::ptrdiff_t>(at->rule));
  done(fmt::format("the rule {} is removed", block.text()));
  return true;
}

// Of the rules that are left, all others having been removed.
void Change::tell_denied(const IpPrefix& block, bool removed) {
  std::optional<IpPrefix> around, nearest;
  for (const Block& left : blocks()) {
    if (is_over(list("ipRules")[left.rule], now_)) continue;
    if (left.block.contains(block)) {
      around = left.block;
      if (removed) {
        note(fmt::format("{} is still let in by the rule {}", block.text(), left.block.text()));
      }
    } else if (near(left.block, block) &&
               (!nearest || nearness(left.block, block) > nearness(*nearest, block))) {
      nearest = left.block;
    }
  }
  if (removed) return;
  notes_.missing = true;
  note(fmt::format("there is no rule for {}{}", block.text(),
                   around    ? fmt::format("; it is let in by the rule {}", around->text())
                   : nearest ? fmt::format("; the nearest is {}", nearest->text())
                             : ""));
}

Result<void> Change::deny_subnet() {
  json::array& rules = list("virtualNetworkRules");
  std::vector<std::string> names, ids;
  for (const json::value& rule : rules) {
    const std::string id = text_at(rule, "id");
    names.push_back(short_subnet(id));
    if (means(given_.subnet, id)) ids.push_back(id);
  }
  if (ids.size() > 1) {
    return fail(ambiguous(given_.call, "rules for subnets " + given_.subnet, ids));
  }
  if (ids.size() == 1) {
    const auto* const at = std::ranges::find_if(
        rules, [&](const json::value& rule) { return text_at(rule, "id") == ids.front(); });
    rules.erase(at);
    done(fmt::format("the rule for the subnet {} is removed", short_subnet(ids.front())));
    return {};
  }
  notes_.missing = true;
  const auto nearest = nearest_name(short_subnet(given_.subnet), names);
  note(fmt::format("there is no rule for the subnet {}{}", given_.subnet,
                   nearest ? "; the nearest is " + *nearest : ""));
  return {};
}

Result<json::object> Change::deny() {
  if (given_.words.size() < 2 && !given_.call.has("--subnet")) {
    return fail(needs_something(given_.call));
  }
  std::vector<std::pair<IpPrefix, bool>> denied;  // and whether there was a rule
  TRY_ASSIGN(const std::vector<IpPrefix> blocks, given_blocks());
  denied.reserve(blocks.size());
  for (const IpPrefix& block : blocks) denied.emplace_back(block, remove(block));
  for (const auto& [block, removed] : denied) tell_denied(block, removed);
  if (given_.call.has("--subnet")) TRY(deny_subnet());
  const bool open = text("publicNetworkAccess", "Enabled") != "Disabled" &&
                    text("networkRuleSet.defaultAction", "Allow") == "Allow";
  if (notes_.missing) note("rules only let in, there are none that refuse");
  if (open) note("the default lets every address in; berth network default deny ends that");
  return changed_ ? rule_set() : json::object{};
}

bool Change::has_approved_endpoint() const {
  return std::ranges::any_of(array_at(registry_, "properties.privateEndpointConnections"),
                             is_approved);
}

// A default that refuses everybody else refuses nobody of a family that a rule names as a whole.
void Change::note_open_families() {
  for (const Block& there : blocks()) {
    if (there.block.length() != 0 || is_over(list("ipRules")[there.rule], now_)) continue;
    note(
        fmt::format("the rule {0} still lets every IPv{1} address in; berth network deny {0} "
                    "removes it",
                    there.block.text(), there.block.v4() ? 4 : 6));
  }
}

Result<json::object> Change::default_action() {
  rules_["defaultAction"] = word() == "allow" ? "Allow" : "Deny";
  const bool nobody = live_rules(registry_, now_) == 0 && list("virtualNetworkRules").empty() &&
                      !has_approved_endpoint();
  if (word() == "deny" && nobody) note("no rule lets anybody in; berth network allow does");
  const bool off = text("publicNetworkAccess", "Enabled") == "Disabled";
  if (word() == "deny" && !off) note_open_families();
  done("the default is " + word());
  return rule_set();
}

Result<json::object> Change::public_access() {
  if (word() == "off" && !has_approved_endpoint()) {
    note("there is no approved private endpoint, so nobody comes in by one");
  }
  done("public access is " + word());
  return json::object{{"publicNetworkAccess", word() == "on" ? "Enabled" : "Disabled"}};
}

Result<json::object> Change::trusted_services() {
  json::object out{{"networkRuleBypassOptions", word() == "on" ? "AzureServices" : "None"}};
  const Invocation& call = given_.call;
  if (call.has("--tasks")) out["networkRuleBypassAllowedForTasks"] = call.value("--tasks") == "on";
  if (word() == "on" && !list("virtualNetworkRules").empty()) {
    note("while a subnet is let in, trusted services are not: they need a rule of their own");
  }
  done(fmt::format("trusted services are {}{}", word() == "on" ? "let in" : "not let in",
                   call.has("--tasks") ? ", tasks " + call.value("--tasks") : ""));
  return out;
}

Result<json::object> Change::data_endpoint() {
  if (word() == "off" && has_approved_endpoint()) {
    note("while there is an approved private endpoint, the data endpoint stays on");
  }
  done("the data endpoint is " + word());
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

const Command* network_verb(std::string_view name) {
  return root_command().command("network")->command(name);
}

// A preview has the flags of all changes; one that the change itself would refuse asks something
// else than what is meant.
Result<void> check_flags(const ChangeWords& change) {
  const std::string& word = change.words.front();
  for (const auto& [flag, value] : change.call.values) {
    std::vector<std::string_view> owners;
    for (const Verb& verb : kVerbs) {
      if (network_verb(verb.name)->flag(flag) != nullptr) owners.push_back(verb.name);
    }
    if (owners.empty() || std::ranges::find(owners, word) != owners.end()) continue;
    return fail(wrong_usage(change.call, fmt::format("{} belongs to {}, not to {}", flag,
                                                     fmt::join(owners, " and "), word)));
  }
  return {};
}

Error no_change(const Invocation& call, const std::string& word) {
  const std::vector<std::string> verbs = change_verbs();
  Error out = wrong_usage(call, fmt::format("'{}' cannot be previewed; it must be one of {}", word,
                                            server::join_names(verbs)));
  if (word == "private-endpoint") {
    return with_hint(wrong_usage(call,
                                 "after private-endpoint comes approve, reject or delete, "
                                 "and the endpoint's name"),
                     "berth network private-endpoint show NAME says whom an endpoint lets in, or "
                     "would when it is approved; berth can-i pull REPOSITORY --via-endpoint NAME "
                     "asks about a request through it");
  }
  const auto nearest = network_verb(word) == nullptr ? nearest_name(word, verbs) : std::nullopt;
  return nearest ? with_hint(std::move(out), fmt::format("did you mean {}?", *nearest)) : out;
}

}  // namespace

std::vector<std::string> change_verbs() {
  std::vector<std::string> out;
  out.reserve(kVerbs.size());
  for (const Verb& verb : kVerbs) out.emplace_back(verb.name);
  return out;
}

Result<json::object> network_change(const ChangeWords& change, const json::value& registry,
                                    TimePoint now, ChangeNotes& notes) {
  const auto* const verb = std::ranges::find(kVerbs, change.words.front(), &Verb::name);
  if (verb == kVerbs.end()) return fail(no_change(change.call, change.words.front()));
  TRY(check_flags(change));
  const auto& choices = verb->choices;
  if (!choices[0].empty() &&
      (change.words.size() != 2 || std::ranges::find(choices, change.words[1]) == choices.end())) {
    return fail(wrong_usage(
        change.call, fmt::format("after {} comes {} or {}", verb->name, choices[0], choices[1])));
  }
  return (Change(change, registry, now, notes).*verb->make)();
}

}  // namespace berth::cli
