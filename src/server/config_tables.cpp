#include "server/config_tables.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "base/nearest.h"
#include "policy/service_kind.h"
#include "server/config_lists.h"
#include "server/config_names.h"

namespace berth::server {
namespace {

using policy::TrustedIngress;

struct Refusal {
  std::string what;     // as shown()
  std::string instead;  // empty: the key's expectation says it
};
using MaybeRefused = std::optional<Refusal>;

template <class Row>
struct Column {
  std::string_view name;
  bool required;
  std::string (*expectation)();
  std::string_view help;
  MaybeRefused (*set)(Row&, const RawValue&);
  std::string (*text)(const Row&);
};

// The first column names the row.
template <class T>
struct Table {
  using Row = T;
  std::string_view name, help;
  std::vector<Row> Config::*rows;
  std::vector<RowOrigin> ConfigState::*origins;
  std::string_view again;  // what to do where two have one name
  std::vector<Column<Row>> columns;
};

// ---- values

// Names go into logs, links ("listener:<name>", "ca:<name>") and messages.
std::optional<std::string> parse_name(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  const bool good =
      !text.empty() && text.size() <= kLongest && text.front() != '-' &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
  return good ? std::optional(std::string(text)) : std::nullopt;
}
std::string expect_name() {
  return "1 to 32 of a-z, 0-9 and -, such as \"private\"";
}

constexpr std::array<std::string_view, 6> kOwnListeners = {"http",       "https",  "imds",
                                                           "operations", "socket", "identity"};

MaybeRefused set_name(ListenerTable& row, const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto name = text == nullptr ? std::nullopt : parse_name(*text);
  if (!name) return Refusal{shown(value), {}};
  if (std::ranges::find(kOwnListeners, *name) != kOwnListeners.end()) {
    return Refusal{shown(value), "that is one of the server's own listeners; choose another name"};
  }
  row.name = *name;
  return std::nullopt;
}

MaybeRefused set_address(ListenerTable& row, const RawValue& value) {
  auto addresses = parse_list(value, &parse_listen_address);
  if (!addresses) return Refusal{addresses.error(), {}};
  if (addresses->empty()) return Refusal{"empty", {}};
  row.address = std::move(*addresses);
  return std::nullopt;
}

std::optional<api::Face> parse_face(std::string_view text) {
  const auto at = std::ranges::find(api::kFaceNames, text);
  if (at == api::kFaceNames.end()) return std::nullopt;
  return static_cast<api::Face>(at - api::kFaceNames.begin());
}
MaybeRefused set_faces(ListenerTable& row, const RawValue& value) {
  const auto faces = parse_list(value, &parse_face);
  if (!faces) return Refusal{faces.error(), {}};
  if (faces->empty()) return Refusal{"empty", "leave it out for all faces"};
  row.faces = 0;
  for (const api::Face face : *faces) row.faces |= api::faces_of(face);
  return std::nullopt;
}
std::string expect_faces() {
  return "one or several of " + api::faces_text(api::kAllFaces);
}

MaybeRefused set_interface(ListenerTable& row, const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const bool good =
      text != nullptr && text->size() < IFNAMSIZ &&
      std::ranges::all_of(*text, [](char c) { return c > ' ' && c < 0x7f && c != '/'; });
  if (!good) return Refusal{shown(value), {}};
  row.interface = *text;
  return std::nullopt;
}

// "10.0.0.4/8" may be meant as either, and whom it lets in differs by millions. `instead`: of
// blocks that hold everybody.
tl::expected<std::vector<IpPrefix>, Refusal> read_blocks(const RawValue& value,
                                                         std::string_view instead) {
  auto blocks = parse_list(value, &IpPrefix::parse);
  if (!blocks) return tl::unexpected(Refusal{blocks.error(), {}});
  const auto texts = texts_of(value);
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    const std::string& text = (*texts)[i];
    const auto address = IpAddress::parse(text.substr(0, text.find('/')));
    const IpPrefix& block = (*blocks)[i];
    if (!address || *address == block.first()) continue;
    return tl::unexpected(
        Refusal{in_quotes(text), fmt::format("write \"{}\" for this one address, or \"{}\" for "
                                             "the block that it lies in",
                                             address->text(), block.text())});
  }
  if (std::string all = whole_family(*blocks); !all.empty()) {
    return tl::unexpected(
        Refusal{std::move(all), fmt::format("that is where everybody comes from{}", instead)});
  }
  return std::move(*blocks);
}

template <auto kField>
MaybeRefused set_blocks(ListenerTable& row, const RawValue& value) {
  auto blocks = read_blocks(value,
                            ", and who is believed there may claim any address: name the proxies' "
                            "own addresses");
  if (!blocks) return blocks.error();
  row.*kField = IpPrefixList(std::move(*blocks));
  return std::nullopt;
}
template <auto kField>
std::string show_blocks(const ListenerTable& row) {
  return list_text((row.*kField).blocks());
}
std::string expect_blocks() {
  return "addresses or blocks, such as \"10.0.0.4\" or [\"10.20.0.0/16\", \"2001:db8::/32\"]";
}

constexpr std::array<std::string_view, 2> kHeaders = {"x-forwarded-for", "forwarded"};
MaybeRefused set_header(ListenerTable& row, const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto at = text == nullptr ? kHeaders.end() : std::ranges::find(kHeaders, *text);
  if (at == kHeaders.end()) return Refusal{shown(value), {}};
  row.forwarded_header = static_cast<ForwardedHeader>(at - kHeaders.begin());
  return std::nullopt;
}

MaybeRefused set_authorities(ListenerTable& row, const RawValue& value) {
  const auto* texts = std::get_if<NamedTexts>(&value);
  if (texts == nullptr) return Refusal{shown(value), {}};
  row.client_cas.clear();
  for (const auto& [name, path] : texts->items) {
    const bool path_good = !path.empty() && path.find('\0') == std::string::npos;
    if (!parse_name(name) || !path_good) {
      return Refusal{fmt::format("{} = {}", in_quotes(name), in_quotes(path)), {}};
    }
    row.client_cas[name] = path;
  }
  return std::nullopt;
}
std::string show_authorities(const ListenerTable& row) {
  std::vector<std::string> out;
  out.reserve(row.client_cas.size());
  for (const auto& [name, path] : row.client_cas) out.push_back(fmt::format("{} = {}", name, path));
  return join_names(out);
}

MaybeRefused set_kind(TrustedIngress& row, const RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* kind = text == nullptr ? nullptr : policy::find_service_kind(*text);
  if (kind == nullptr) {
    const auto nearest = text == nullptr ? std::nullopt : nearest_name(*text, service_kind_names());
    return Refusal{shown(value), nearest ? fmt::format("did you mean {}?", *nearest) : ""};
  }
  row.kind = kind->kind;
  return std::nullopt;
}

MaybeRefused set_networks(TrustedIngress& row, const RawValue& value) {
  auto blocks = read_blocks(value, ": name the networks of these services alone");
  if (!blocks) return blocks.error();
  row.networks = std::move(*blocks);
  return std::nullopt;
}

template <auto kField>
MaybeRefused set_names(TrustedIngress& row, const RawValue& value) {
  auto names = parse_list(value, &parse_name);
  if (!names) return Refusal{names.error(), {}};
  row.*kField = std::move(*names);
  return std::nullopt;
}
template <auto kField>
std::string show_names(const TrustedIngress& row) {
  return join_names(row.*kField);
}

// ---- the tables

// clang-format off
const Table<ListenerTable>& listener_table() {
  static const Table<ListenerTable> kTable{
    "listener",
    "HTTPS at other addresses than `tls.listen`, with the same certificate: for some faces only, for one network, or "
    "behind a proxy. What is not declared here is not believed ([network.md](network.md)).",
    &Config::listeners, &ConfigState::listeners, "give each its own", {
    {"name", true, expect_name, "In logs, and in what refers to this listener.", set_name,
     [](const ListenerTable& l) { return l.name; }},
    {"address", true,
     [] { return std::string(R"(an address with a port, such as "10.10.9.4:443", or a list of them)"); },
     "Where it listens.", set_address, [](const ListenerTable& l) { return list_text(l.address); }},
    {"faces", false, expect_faces, "What it serves; everything else is answered with 421.", set_faces,
     [](const ListenerTable& l) { return api::faces_text(l.faces); }},
    {"interface", false, [] { return std::string("the name of a network interface, such as \"eth1\""); },
     "Only what arrives there; empty: on any.", set_interface,
     [](const ListenerTable& l) { return l.interface; }},
    {"proxy_protocol_from", false, expect_blocks,
     "Proxies that must send a PROXY header, version 1 or 2, before TLS; not everybody.",
     set_blocks<&ListenerTable::proxy_protocol_from>, show_blocks<&ListenerTable::proxy_protocol_from>},
    {"forwarded_from", false, expect_blocks, "Proxies whose forwarding header names the client; not everybody.",
     set_blocks<&ListenerTable::forwarded_from>, show_blocks<&ListenerTable::forwarded_from>},
    {"forwarded_header", false, [] { return std::string(R"("x-forwarded-for" or "forwarded")"); },
     "The one header of these that they send.", set_header,
     [](const ListenerTable& l) { return std::string(kHeaders[static_cast<std::size_t>(l.forwarded_header)]); }},
    {"client_cas", false,
     [] { return std::string(R"(names with PEM files, such as { partner = "/etc/berth/partner-ca.pem" })"); },
     "Authorities whose client certificates are taken. Read again on SIGHUP.", set_authorities, show_authorities},
  }};
  return kTable;
}

const Table<TrustedIngress>& trusted_table() {
  static const Table<TrustedIngress> kTable{
    "trusted_service",
    "Where services of one kind come from: any of the three. A registry with `networkRuleBypassOptions` = "
    "`AzureServices` lets identities of this kind in from there.",
    &Config::trusted_services, &ConfigState::trusted_services, "put both into one", {
    {"kind", true, [] { return join_names(service_kind_names(), "\""); }, "The kind of service. Those that the bypass never covers (vm, kubernetes, app-service, devops) are not let in by it: "
     "declared here, their refusal says what to do instead.", set_kind,
     [](const TrustedIngress& t) { return std::string(policy::service_kind_name(t.kind)); }},
    {"networks", false, expect_blocks, "Networks that they come from.", set_networks,
     [](const TrustedIngress& t) { return list_text(t.networks); }},
    {"listeners", false, [] { return std::string("names of [[listener]]s"); }, "Listeners that they come to.",
     set_names<&TrustedIngress::listeners>, show_names<&TrustedIngress::listeners>},
    {"client_cas", false, [] { return std::string("names of `client_cas` of [[listener]]s"); },
     "Authorities behind their certificates.",
     set_names<&TrustedIngress::client_cas>, show_names<&TrustedIngress::client_cas>},
  }};
  return kTable;
}
// clang-format on

void for_each_table(auto use) {
  use(listener_table());
  use(trusted_table());
}

// ---- one table of the file

template <class Row>
class RowReader {
 public:
  RowReader(const Table<Row>& table, const RawSection& raw, const std::string& file,
            ConfigState& state)
      : table_(table), raw_(raw), file_(file), state_(state) {
    origin_.path = table.name;
    origin_.at = place(file, raw.at);
  }

  // The name goes first, because what is said of the others begins with it.
  void read() {
    const auto& name = table_.columns.front();
    if (const auto key = find(name.name); key != raw_.keys.end()) {
      set(name, *key);
      check_name(*key);
    }
    for (const RawKey& key : raw_.keys) {
      const auto column = std::ranges::find(table_.columns, key.name, &Column<Row>::name);
      if (column == table_.columns.end()) {
        unknown(key);
      } else if (column != table_.columns.begin()) {
        set(*column, key);
      }
    }
    for (const auto& column : table_.columns) {
      if (!column.required || find(column.name) != raw_.keys.end()) continue;
      refuse(origin_.at, fmt::format("{}.{} is missing; it must be {}", origin_.path, column.name,
                                     column.expectation()));
    }
    (state_.config.*table_.rows).push_back(std::move(row_));
    (state_.*table_.origins).push_back(std::move(origin_));
  }

 private:
  auto find(std::string_view name) const {
    return std::ranges::find(raw_.keys, name, &RawKey::name);
  }
  void refuse(std::string where, std::string message) {
    state_.problem(std::move(where), std::move(message));
    origin_.sound = false;
  }
  void set(const Column<Row>& column, const RawKey& key) {
    const std::string where = place(file_, key.value_at);
    origin_.keys.emplace(key.name, where);
    const auto refused = column.set(row_, key.value);
    if (!refused) return;
    refuse(where, fmt::format("{}.{} is {}; {}", origin_.path, key.name, refused->what,
                              refused->instead.empty() ? "it must be " + column.expectation()
                                                       : refused->instead));
  }
  void check_name(const RawKey& key) {
    if (!origin_.sound) return;
    const auto& column = table_.columns.front();
    const std::string path = fmt::format("{}.{}", table_.name, column.text(row_));
    for (const RowOrigin& other : state_.*table_.origins) {
      if (other.path != path) continue;
      refuse(place(file_, key.value_at),
             fmt::format("{}.{} is {}, as at {}; {}", table_.name, key.name, shown(key.value),
                         other.at, table_.again));
      return;
    }
    origin_.path = path;
    origin_.named = true;
  }
  void unknown(const RawKey& key) {
    std::vector<std::string> names;
    names.reserve(table_.columns.size());
    for (const auto& column : table_.columns) names.emplace_back(column.name);
    const auto nearest = nearest_name(key.name, names);
    refuse(place(file_, key.at), fmt::format("unknown key {} in [[{}]]; {}", key.name, table_.name,
                                             nearest ? fmt::format("did you mean {}?", *nearest)
                                                     : "its keys are " + join_names(names)));
  }

  const Table<Row>& table_;
  const RawSection& raw_;
  const std::string& file_;
  ConfigState& state_;
  Row row_;
  RowOrigin origin_;
};

}  // namespace

std::vector<std::string> service_kind_names() {
  std::vector<std::string> out;
  for (const auto& row : policy::service_kinds()) out.emplace_back(row.name);
  return out;
}

std::vector<std::string> config_table_names() {
  std::vector<std::string> out;
  for_each_table([&](const auto& table) { out.emplace_back(table.name); });
  return out;
}

void read_table(const RawSection& raw, const std::string& file, ConfigState& state) {
  for_each_table([&](const auto& table) {
    if (table.name == raw.name) RowReader(table, raw, file, state).read();
  });
}

std::vector<EffectiveValue> table_values(const ConfigState& state) {
  std::vector<EffectiveValue> out;
  for_each_table([&](const auto& table) {
    const auto& rows = state.config.*table.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const RowOrigin& origin = (state.*table.origins)[i];
      for (const auto& column : std::span(table.columns).subspan(1)) {
        const auto set = origin.keys.find(column.name);
        const bool is_default = set == origin.keys.end();
        out.push_back({fmt::format("{}.{}", origin.path, column.name), column.text(rows[i]), false,
                       is_default, is_default ? "default" : set->second});
      }
    }
  });
  return out;
}

std::vector<TableReference> table_references() {
  std::vector<TableReference> out;
  for_each_table([&](const auto& table) {
    TableReference reference{table.name, table.help, {}};
    const typename std::remove_cvref_t<decltype(table)>::Row empty{};
    for (const auto& column : table.columns) {
      reference.keys.push_back({column.name,
                                column.required ? "" : fmt::format("\"{}\"", column.text(empty)),
                                column.expectation(), column.help});
    }
    out.push_back(std::move(reference));
  });
  return out;
}

}  // namespace berth::server
