// `berth network` endpoints and dns: what clients must reach, and by which names.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>

#include "base/clock.h"
#include "cli/arm.h"
#include "cli/firewall_formats.h"
#include "cli/json_text.h"
#include "cli/network_resource.h"
#include "cli/network_verbs.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "cli/zone_formats.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array kPlaces = {
    Column{"HOST", "host"},       Column{"PORT", "port"}, Column{"ADDRESSES", "addresses"},
    Column{"PRIVATE", "private"}, Column{"FOR", "for"},   Column{"NOTE", "note"}};
constexpr std::array kRecords = {Column{"HOST", "host"}, Column{"ADDRESSES", "private"},
                                 Column{"ENDPOINT", "endpoint"}};

struct FaceWords {
  std::string_view face, words;
};
constexpr std::array kFaces = {
    FaceWords{"registry", "sign-in, manifests, pushes"},
    FaceWords{"data", "layers"},
    FaceWords{"management", "az, berth"},
    FaceWords{"login", "az, berth"},
    FaceWords{"graph", "az, berth"},
    FaceWords{"logs", "az, berth"},
};

std::string purpose_of(const std::string& face) {
  for (const FaceWords& row : kFaces) {
    if (row.face == face) return std::string(row.words);
  }
  return face;
}

json::array rows_of(const std::vector<ServedHost>& places) {
  json::array out;
  for (const ServedHost& place : places) {
    json::array addresses(place.addresses.begin(), place.addresses.end());
    json::array private_addresses;
    for (const PrivateAddress& entry : place.private_addresses) {
      private_addresses.emplace_back(entry.address);
    }
    const std::string endpoint =
        place.private_addresses.empty() ? "" : place.private_addresses.front().endpoint;
    out.push_back(json::object{{"host", place.host},
                               {"port", place.port},
                               {"face", place.face},
                               {"addresses", std::move(addresses)},
                               {"private", std::move(private_addresses)},
                               {"endpoint", last_part(endpoint)},
                               {"for", purpose_of(place.face)}});
    if (place.looked_up) out.back().as_object()["note"] = "looked up here";
  }
  return out;
}

constexpr std::string_view kPublicAddresses =
    "network.public_addresses in the server's configuration says it";

// The addresses of the name service that are for everybody; whether it had private ones only.
bool look_up(const Context& context, ServedHost& place) {
  const auto found = context.lookup(place.host);
  for (const IpAddress& address : found ? *found : std::vector<IpAddress>{}) {
    const bool is_private =
        std::ranges::find(place.private_addresses, address.text(), &PrivateAddress::address) !=
        place.private_addresses.end();
    if (!is_private) place.addresses.push_back(address.text());
  }
  place.looked_up = !place.addresses.empty();
  return found && !found->empty() && !place.looked_up;
}

// A server behind an address that it does not know says none; this machine's name service may.
// Where public access is off (`closed`), the places of private endpoints have none that would help.
void fill_in_addresses(Job& job, const std::string& registry, bool closed,
                       std::vector<ServedHost>& places) {
  const std::string name = last_part(registry);
  const auto note = [&](const std::string& what, const std::string& hint) {
    job.context.err << fmt::format("note: {}\nhint: {}\n", what, hint);
  };
  const std::string command = fmt::format("berth network endpoints --private -r {}", name);
  if (closed) {
    note(fmt::format("public access is off: clients reach {} by its private endpoints only", name),
         command + " gives their addresses");
  }
  for (ServedHost& place : places) {
    if (!place.addresses.empty() || !job.context.lookup) continue;
    const bool only_private = look_up(job.context, place);
    if (place.looked_up || (closed && !place.private_addresses.empty())) continue;
    if (only_private) {
      note(fmt::format("{} leads to its private endpoint here, and the server does not say at "
                       "which public address it is",
                       place.host),
           fmt::format("{} gives the private addresses; for the public one, {}", command,
                       kPublicAddresses));
    } else {
      note(fmt::format("the server does not say at which address {} is, and neither does this "
                       "machine",
                       place.host),
           std::string(kPublicAddresses));
    }
  }
}

// Whether only private endpoints lead to the registry.
bool is_closed(const json::value& registry, const std::vector<ServedHost>& places) {
  const bool has_endpoint = std::ranges::any_of(
      places, [](const ServedHost& place) { return !place.private_addresses.empty(); });
  return has_endpoint && text_at(registry, "properties.publicNetworkAccess") == "Disabled";
}

// Only the places of one private endpoint, at its addresses.
Result<std::vector<ServedHost>> as_private(Job& job, const std::string& registry,
                                           const std::vector<ServedHost>& places) {
  TRY_ASSIGN(std::vector<ServedHost> out, places_of_one_endpoint(job, registry, places));
  for (ServedHost& place : out) {
    place.addresses.clear();
    for (const PrivateAddress& entry : place.private_addresses) {
      place.addresses.push_back(entry.address);
    }
  }
  return out;
}

}  // namespace

Result<void> network_endpoints(Job& job) {
  const bool is_private = job.call.has("--private");
  if (!is_private && (job.call.has("--endpoint") || job.call.has("--subnet"))) {
    return fail(wrong_usage(job.call.path + ": --endpoint and --subnet belong to --private"));
  }
  TRY_ASSIGN(const std::string id, network_registry(job));
  TRY_ASSIGN(std::vector<ServedHost> places, places_of(job, id));
  const std::string format = job.call.value("--format");
  json::value registry;
  if (!is_private || format == "json") {
    TRY_ASSIGN(registry, registry_call(job, "GET", id, nullptr));
  }
  if (is_private) {
    TRY_ASSIGN(places, as_private(job, id, places));
  } else {
    fill_in_addresses(job, id, is_closed(registry, places), places);
  }
  const std::string name = last_part(id);
  if (format == "json") {
    job.context.out << pretty(service_tags(text_at(registry, "location"), places));
    for (const ServedHost& place : places) {  // the file itself takes no comments
      if (place.looked_up) job.context.err << fmt::format("note: {}\n", looked_up_text(place));
    }
  } else if (format == "nftables") {
    job.context.out << nftables_text(name, places);
  } else if (format == "squid") {
    job.context.out << squid_text(name, places);
  } else if (format == "hosts") {
    job.context.out << hosts_text(places);
  } else {
    const bool noted = std::ranges::any_of(places, &ServedHost::looked_up);
    print_rows(job.call, job.context, rows_of(places),
               std::span<const Column>(kPlaces).first(kPlaces.size() - (noted ? 0 : 1)));
  }
  return {};
}

Result<void> network_dns(Job& job) {
  TRY_ASSIGN(const std::string id, network_registry(job));
  TRY_ASSIGN(const std::vector<ServedHost> all, places_of(job, id));
  TRY_ASSIGN(const std::vector<ServedHost> records, places_of_one_endpoint(job, id, all));
  for (const ServedHost& place : all) {
    const bool used = place.face == "registry" || place.face == "data";
    if (!used || std::ranges::find(records, place.host, &ServedHost::host) != records.end())
      continue;
    job.context.err << fmt::format("note: the private endpoint has no address for {}\n",
                                   place.host);
  }
  const std::string format = job.call.value("--format");
  if (format == "dnsmasq") {
    job.context.out << dnsmasq_text(records);
  } else if (format == "bind") {
    const auto seconds = to_micros(SystemClock().now()) / 1'000'000;
    job.context.out << bind_text(records, static_cast<std::uint32_t>(seconds));
  } else if (format == "coredns") {
    job.context.out << coredns_text(records);
  } else if (format == "azure") {
    job.context.out << azure_dns_text(records);
  } else {
    print_rows(job.call, job.context, rows_of(records), kRecords);
  }
  return {};
}

}  // namespace berth::cli
