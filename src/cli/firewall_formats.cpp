#include "cli/firewall_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <cstdint>
#include <set>
#include <vector>

#include "base/ip.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

// Each once, in the order of their bytes. What is no address is left out: an answer of a server
// goes into a file that root loads.
std::set<IpPrefix> blocks_of(std::span<const ServedHost> places) {
  std::set<IpPrefix> out;
  for (const ServedHost& place : places) {
    for (const std::string& text : place.addresses) {
      if (const auto block = IpPrefix::parse(text)) out.insert(*block);
    }
  }
  return out;
}

std::string with_length(const IpPrefix& block) {
  return fmt::format("{}/{}", block.first().text(), block.length());
}

// FNV-1a, 31 bits: a number that every reader of JSON takes.
std::int64_t number_of(const json::array& prefixes) {
  std::uint32_t hash = 2166136261U;
  for (const json::value& prefix : prefixes) {
    for (const char c : std::string(prefix.get_string()) + ' ') {
      hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
  }
  return hash & 0x7FFFFFFFU;
}

// A name for programs: letters, digits, '_'.
std::string word_of(const std::string& registry) {
  std::string out = "berth_" + registry;
  std::ranges::replace_if(
      out, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return out;
}

std::string elements_of(std::span<const ServedHost> places, bool v4) {
  std::set<std::pair<IpPrefix, unsigned>> pairs;
  for (const ServedHost& place : places) {
    for (const IpPrefix& block : blocks_of({&place, 1})) {
      if (block.v4() == v4) pairs.emplace(block, place.port);
    }
  }
  std::string out;
  for (const auto& [block, port] : pairs) {
    out += fmt::format("{}{} . {}", out.empty() ? "" : ", ", block.text(), port);
  }
  return out;
}

std::string hosts_in_comment(std::span<const ServedHost> places) {
  std::string out;
  for (const ServedHost& place : places) {
    out += fmt::format("#   {}:{}\n", place.host, place.port);
  }
  for (const ServedHost& place : places) {
    if (place.looked_up) out += fmt::format("# {}\n", looked_up_text(place));
  }
  return out;
}

}  // namespace

std::string looked_up_text(const ServedHost& place) {
  return fmt::format(
      "the addresses of {} were looked up here; the server does not say them, and others may get "
      "other answers",
      place.host);
}

json::object service_tags(const std::string& region, std::span<const ServedHost> places) {
  json::array prefixes;
  for (const IpPrefix& block : blocks_of(places)) prefixes.emplace_back(with_length(block));
  const std::int64_t number = number_of(prefixes);
  const std::string name = region.empty() ? "Berth" : "Berth." + region;
  json::object properties{{"changeNumber", number},
                          {"region", region},
                          {"platform", "Berth"},
                          {"systemService", "BerthContainerRegistry"},
                          {"addressPrefixes", prefixes}};
  return {{"changeNumber", number},
          {"cloud", "Berth"},
          {"values", json::array{json::object{
                         {"name", name}, {"id", name}, {"properties", std::move(properties)}}}}};
}

std::string nftables_text(const std::string& registry, std::span<const ServedHost> places) {
  const std::string word = word_of(registry);
  std::string out = fmt::format(
      "#!/usr/sbin/nft -f\n"
      "# What clients of the registry {} must reach:\n{}"
      "# Load it before the rules that use it; in their chains, output or forward, say: jump {}\n"
      "table inet filter {{\n"
      "\tset {}_v4 {{ type ipv4_addr . inet_service; flags interval; }}\n"
      "\tset {}_v6 {{ type ipv6_addr . inet_service; flags interval; }}\n"
      "\tchain {} {{ }}\n"
      "}}\n"
      "flush set inet filter {}_v4\n"
      "flush set inet filter {}_v6\n"
      "flush chain inet filter {}\n",
      registry, hosts_in_comment(places), word, word, word, word, word, word, word);
  for (const bool v4 : {true, false}) {
    const std::string elements = elements_of(places, v4);
    if (elements.empty()) continue;
    out +=
        fmt::format("add element inet filter {}_{} {{ {} }}\n", word, v4 ? "v4" : "v6", elements);
  }
  return out + fmt::format(
                   "add rule inet filter {} ip daddr . tcp dport @{}_v4 accept\n"
                   "add rule inet filter {} ip6 daddr . tcp dport @{}_v6 accept\n",
                   word, word, word, word);
}

std::string squid_text(const std::string& registry, std::span<const ServedHost> places) {
  const std::string word = word_of(registry);
  std::set<unsigned> ports;
  std::string names;
  for (const ServedHost& place : places) {
    names += fmt::format("acl {} dstdomain {}\n", word, place.host);
    ports.insert(place.port);
  }
  return fmt::format(
      "# What clients of the registry {} must reach. Before the rules that deny.\n"
      "{}"
      "acl {}_ports port {}\n"
      "acl {}_connect method CONNECT\n"
      "http_access allow {}_connect {} {}_ports\n",
      registry, names, word, fmt::join(ports, " "), word, word, word, word);
}

std::string hosts_text(std::span<const ServedHost> places) {
  std::string out;
  for (const ServedHost& place : places) {
    if (place.looked_up) out += fmt::format("# {}\n", looked_up_text(place));
    for (const std::string& text : place.addresses) {
      if (const auto address = IpAddress::parse(text)) {
        out += fmt::format("{} {}\n", address->text(), place.host);
      }
    }
  }
  return out;
}

}  // namespace berth::cli
