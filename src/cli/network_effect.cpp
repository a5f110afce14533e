#include "cli/network_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "cli/json_text.h"
#include "cli/network_view.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

std::string amount_text(const json::value& registry, TimePoint now) {
  const auto blocks = live_rules(registry, now);
  const auto subnets = array_at(registry, "properties.networkRuleSet.virtualNetworkRules").size();
  return fmt::format("{} address rule{} and {} subnet{}", blocks, blocks == 1 ? "" : "s", subnets,
                     subnets == 1 ? "" : "s");
}

}  // namespace

bool may_restrict(const ChangeWords& change) {
  const std::string& verb = change.words.front();
  const std::string word = change.words.size() > 1 ? change.words[1] : "";
  // A rule for a subnet ends the bypass of trusted services.
  if (verb == "allow") return change.call.has("--subnet");
  return verb == "deny" || word == "deny" || (word == "off" && verb != "data-endpoint") ||
         change.call.value("--tasks") == "off";
}

json::object once_over(json::object properties, const std::vector<std::string>& blocks) {
  json::value whole(std::move(properties));
  if (json::value* rules = whole.as_object().if_contains("networkRuleSet")) {
    json::array left;
    for (const json::value& rule : array_at(*rules, "ipRules")) {
      const bool ends = std::ranges::find(blocks, text_at(rule, "value")) != blocks.end();
      if (!ends) left.push_back(rule);
    }
    rules->as_object()["ipRules"] = std::move(left);
  }
  return std::move(whole.as_object());
}

std::string opens_text(const ChangeWords& change, const json::value& registry, TimePoint now) {
  const bool is_default = change.words == std::vector<std::string>{"default", "allow"};
  const bool is_public = change.words == std::vector<std::string>{"public", "on"};
  if (!is_default && !is_public) return {};
  const bool open = text_at(registry, "properties.networkRuleSet.defaultAction") != "Deny";
  const bool off = text_at(registry, "properties.publicNetworkAccess") == "Disabled";
  if (is_default && off) return "public access is off, so this opens nothing before it is on";
  if (is_public && !open) {
    return fmt::format("this opens the registry to what its rules name: {}",
                       amount_text(registry, now));
  }
  if (is_public ? !off : open) return {};
  return fmt::format(
      "this opens the registry to every address there is{}; less would do for one client (berth "
      "network allow ADDRESS) and for a trusted service (berth network trusted-services on)",
      is_default ? ", in place of " + amount_text(registry, now) : "");
}

}  // namespace berth::cli
