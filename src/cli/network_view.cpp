#include "cli/network_view.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>
#include <vector>

#include "cli/json_text.h"
#include "cli/network_resource.h"
#include "cli/output.h"
#include "cli/plain_words.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kSettings = {
    Column{"NAME", "name"},          Column{"PUBLIC ACCESS", "publicAccess"},
    Column{"DEFAULT", "default"},    Column{"TRUSTED SERVICES", "trusted"},
    Column{"DATA ENDPOINT", "data"},
};
constexpr std::array kWays = {Column{"LETS IN", "way"}, Column{"WHAT", "what"},
                              Column{"NOTE", "note"}};
// What of the registry's properties is about the network.
constexpr std::array<std::string_view, 7> kProperties = {
    "publicNetworkAccess",       "networkRuleSet",
    "networkRuleBypassOptions",  "networkRuleBypassAllowedForTasks",
    "dataEndpointEnabled",       "dataEndpointHostNames",
    "privateEndpointConnections"};

bool on(const json::value& registry, const char* property) {
  const json::value* found = find(registry, fmt::format("properties.{}", property));
  return found != nullptr && found->is_bool() && found->get_bool();
}

// What a registry that does not say is like: open.
bool is_public(const json::value& registry) {
  return text_at(registry, "properties.publicNetworkAccess") != "Disabled";
}
bool default_allows(const json::value& registry) {
  return text_at(registry, "properties.networkRuleSet.defaultAction") != "Deny";
}
bool bypasses(const json::value& registry) {
  return text_at(registry, "properties.networkRuleBypassOptions") != "None";
}
const json::array& ip_rules(const json::value& registry) {
  return array_at(registry, "properties.networkRuleSet.ipRules");
}
const json::array& subnet_rules(const json::value& registry) {
  return array_at(registry, "properties.networkRuleSet.virtualNetworkRules");
}
const json::array& connections(const json::value& registry) {
  return array_at(registry, "properties.privateEndpointConnections");
}

json::object settings_of(const json::value& registry) {
  const json::array& hosts = array_at(registry, "properties.dataEndpointHostNames");
  const bool data = on(registry, "dataEndpointEnabled") || !hosts.empty();
  std::string names;
  for (const json::value& host : hosts) {
    if (host.is_string()) names += (names.empty() ? ": " : ", ") + std::string(host.get_string());
  }
  const std::string tasks =
      on(registry, "networkRuleBypassAllowedForTasks") ? "tasks too" : "not tasks";
  return {{"name", text_at(registry, "name")},
          {"publicAccess", is_public(registry) ? "on" : "off"},
          {"default", default_allows(registry) ? "allow" : "deny"},
          {"trusted", bypasses(registry) ? "on, " + tasks : "off"},
          {"data", data ? "on" + names : "off"}};
}

std::string kinds_of(const json::value& rule) {
  std::string out;
  for (const json::value& kind : array_at(rule, "serviceKinds")) {
    if (kind.is_string()) out += (out.empty() ? "only " : ", ") + std::string(kind.get_string());
  }
  return out;
}

// A rule's note, and whether the rule does anything.
std::string counting(const json::value& registry, std::string note) {
  if (is_public(registry)) return note;
  return note + (note.empty() ? "" : "; ") + "does not count: public access is off";
}

// The addresses that a rule for a subnet opens, and the kinds that it keeps to.
std::string subnet_note(Job& job, const json::value& rule) {
  std::vector<std::string> parts = subnet_blocks(job, text_at(rule, "id"));
  std::string out = fmt::format("{}", fmt::join(parts, ", "));
  const std::string kinds = kinds_of(rule);
  return out.empty() || kinds.empty() ? out + kinds : out + "; " + kinds;
}

json::array ways_of(Job& job, const json::value& registry, TimePoint now) {
  json::array out;
  for (const json::value& connection : connections(registry)) {
    const std::string endpoint = text_at(connection, "properties.privateEndpoint.id");
    out.push_back(
        json::object{{"way", "private endpoint"},
                     {"what", endpoint.empty() ? text_at(connection, "name") : last_part(endpoint)},
                     {"note", text_at(connection, kConnectionState) +
                                  (is_approved(connection) ? "" : ": lets nobody in")}});
  }
  for (const json::value& rule : ip_rules(registry)) {
    const std::string until = text_at(rule, "expiresOn");
    const std::string note = until.empty() ? "" : "until " + without_fraction(until);
    out.push_back(
        json::object{{"way", "addresses"},
                     {"what", text_at(rule, "value")},
                     {"note", counting(registry, note + (is_over(rule, now) ? ", ended" : ""))}});
  }
  for (const json::value& rule : subnet_rules(registry)) {
    out.push_back(json::object{{"way", "subnet"},
                               {"what", short_subnet(text_at(rule, "id"))},
                               {"note", counting(registry, subnet_note(job, rule))}});
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

// Times in UTC are compared as texts, to the second.
bool is_over(const json::value& rule, TimePoint now) {
  constexpr std::size_t kToTheSecond = 19;
  const std::string end = text_at(rule, "expiresOn");
  return !end.empty() && end.substr(0, kToTheSecond) <= to_rfc3339(now).substr(0, kToTheSecond);
}

std::size_t live_rules(const json::value& registry, TimePoint now) {
  const json::array& rules = ip_rules(registry);
  return static_cast<std::size_t>(
      std::ranges::count_if(rules, [&](const json::value& rule) { return !is_over(rule, now); }));
}

std::string without_fraction(const std::string& time) {
  const std::size_t dot = time.find('.');
  return dot == std::string::npos ? time : time.substr(0, dot) + "Z";
}

std::string order_text(const json::value& registry, TimePoint now) {
  std::vector<std::string> parts;
  if (const std::size_t count = connections(registry).size(); count != 0) {
    const std::string which =
        count == 1 ? "its private endpoint" : fmt::format("one of its {} private endpoints", count);
    parts.push_back(fmt::format("whoever comes through {} is let in, if that is approved", which));
  }
  const std::size_t live = live_rules(registry, now);
  const std::size_t subnets = subnet_rules(registry).size();
  const bool open = is_public(registry) && default_allows(registry);
  if (!is_public(registry)) parts.emplace_back("no rule counts, since public access is off");
  if (is_public(registry) && !default_allows(registry)) {
    parts.push_back(live + subnets == 0
                        ? "no rule lets anybody in"
                        : fmt::format("{} and {} let in whom they name",
                                      counted(live, "address rule"), counted(subnets, "subnet")));
  }
  if (!open && bypasses(registry) && subnets == 0) {
    parts.emplace_back("trusted services are let in on ways that the server's operator declared");
  }
  parts.emplace_back(open ? "everybody is let in" : "everybody else is refused");
  if (parts.size() > 1) return fmt::format("In this order: {}.", joined(parts));
  std::string only = parts.front() + '.';
  only.front() = static_cast<char>(only.front() - 'a' + 'A');
  return only;
}

void print_network(Job& job, const json::value& registry, TimePoint now) {
  if (job.call.json()) {
    json::object out{{"id", text_at(registry, "id")},
                     {"name", text_at(registry, "name")},
                     {"loginServer", text_at(registry, "properties.loginServer")}};
    for (const std::string_view name : kProperties) {
      const json::value* found = find(registry, fmt::format("properties.{}", name));
      if (found != nullptr) out[name] = *found;
    }
    print_one(job.call, job.context, out, {});
    return;
  }
  const json::array ways = ways_of(job, registry, now);
  print_one(job.call, job.context, settings_of(registry), kSettings);
  if (!ways.empty()) {
    print_note(job.call, job.context, "");
    print_rows(job.call, job.context, ways, kWays);
  }
  print_note(job.call, job.context, "\n" + order_text(registry, now));
}

}  // namespace berth::cli
