#include "cli/zone_formats.h"

#include <fmt/format.h>

#include <vector>

#include "base/ip.h"
#include "cli/plain_words.h"

namespace berth::cli {
namespace {

constexpr unsigned kSeconds = 300;  // how long an answer may be kept

std::vector<IpAddress> addresses_of(const ServedHost& place) {
  std::vector<IpAddress> out;
  for (const PrivateAddress& entry : place.private_addresses) {
    if (const auto address = IpAddress::parse(entry.address)) out.push_back(*address);
  }
  return out;
}

// Of the first record: its endpoint's subnet is in the network that shall see the records.
std::string network_of(Records records) {
  const std::string subnet =
      records.empty() ? "" : records.front().private_addresses.front().subnet;
  const std::size_t at = subnet.rfind("/subnets/");
  return at == std::string::npos ? "NETWORK" : last_part(subnet.substr(0, at));
}

}  // namespace

// local= keeps questions for the other family here: answered from outside they would lead around
// the endpoint.
std::string dnsmasq_text(Records records) {
  std::string out = "# A file for /etc/dnsmasq.d\n";
  for (const ServedHost& place : records) {
    std::string addresses;
    for (const IpAddress& address : addresses_of(place)) addresses += "," + address.text();
    out += fmt::format("local=/{}/\nhost-record={}{}\n", place.host, place.host, addresses);
  }
  return out;
}

std::string bind_text(Records records, std::uint32_t serial) {
  std::string out = fmt::format(
      "; /etc/bind/db.berth.rpz: answers for these names instead of what the world says. In\n"
      "; named.conf:\n"
      ";   options {{ response-policy {{ zone \"berth.rpz\"; }} qname-wait-recurse no; }};\n"
      ";   zone \"berth.rpz\" {{ type primary; file \"/etc/bind/db.berth.rpz\"; }};\n"
      "$ORIGIN berth.rpz.\n"
      "$TTL {}\n"
      "@ SOA localhost. root.localhost. {} 3600 600 86400 {}\n"
      "@ NS localhost.\n",
      kSeconds, serial, kSeconds);
  for (const ServedHost& place : records) {
    for (const IpAddress& address : addresses_of(place)) {
      out += fmt::format("{} {} {}\n", place.host, address.v4() ? "A" : "AAAA", address.text());
    }
  }
  return out;
}

std::string coredns_text(Records records) {
  std::string names;
  std::string lines;
  for (const ServedHost& place : records) {
    names += place.host + " ";
    for (const IpAddress& address : addresses_of(place)) {
      lines += fmt::format("        {} {}\n", address.text(), place.host);
    }
  }
  return fmt::format(
      "# A server block for the Corefile\n"
      "{}{{\n    hosts {{\n{}        ttl {}\n        no_reverse\n    }}\n    errors\n}}\n",
      names, lines, kSeconds);
}

std::string azure_dns_text(Records records) {
  std::string out = fmt::format(
      "# A zone for each name, so that no other name of the domain is hidden. First say where:\n"
      "GROUP=default\n"
      "NETWORK={}\n",
      network_of(records));
  for (const ServedHost& place : records) {
    out += fmt::format("az network private-dns zone create -g \"$GROUP\" -n {}\n", place.host);
    for (const IpAddress& address : addresses_of(place)) {
      out += fmt::format(
          "az network private-dns record-set {} add-record -g \"$GROUP\" -z {} -n @ -a {}\n",
          address.v4() ? "a" : "aaaa", place.host, address.text());
    }
    out += fmt::format(
        "az network private-dns link vnet create -g \"$GROUP\" -z {} -n berth -v \"$NETWORK\" "
        "-e false\n",
        place.host);
  }
  return out;
}

}  // namespace berth::cli
