#include "server/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "server/config_values.h"

namespace berth::server {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kGiB = kMiB * kKiB;
constexpr std::uint64_t kTiB = kMiB * kMiB;
constexpr unsigned kMostRules = 10'000;
constexpr std::string_view kPlainHttp = "plain HTTP is for loopback; set up [tls]";
constexpr std::string_view kPrivate =
    "the operations listener is for loopback, it asks nobody who they are";

constexpr std::string_view kNear =
    "managed identity is for this machine: use loopback or 169.254.0.0/16";

constexpr std::array<std::string_view, 2> kTlsModes = {"files", "auto"};
constexpr std::array<std::string_view, 2> kSparse = {"refuse", "accept"};
constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 3> kFormats = {"auto", "human", "json"};
constexpr std::array<std::string_view, 2> kRequests = {"errors", "all"};
constexpr std::array<std::string_view, 2> kFallbacks = {"off", "retry"};

// clang-format off
const auto kKeys = std::to_array<ConfigKey>({
  {"server", "data", TextRule{[](Config& c) -> auto& { return c.server.data; }, false},
   "Directory of all blobs and metadata; made at the first start.", "--data"},
  {"server", "domain",
   TextRule{[](Config& c) -> auto& { return c.server.domain; }, true, &parse_domain,
            R"(a domain of two labels at least, such as "berth.example.org")"},
   "Domain below which every face and registry has its name; needs HTTPS; empty: only localhost.", "--domain"},
  {"server", "region",
   TextRule{[](Config& c) -> auto& { return c.server.region; }, false, &parse_region,
            R"(2 to 32 of a-z and 0-9, such as "local")"},
   "Name of this place, a part of the names of data endpoints."},
  {"server", "threads", NumberRule{[](Config& c) -> auto& { return c.server.threads; }, 0, 1024},
   "Threads that serve connections; `0` is one for each core."},
  {"server", "disk_threads", NumberRule{[](Config& c) -> auto& { return c.server.disk_threads; }, 1, 1024},
   "Threads for file work: hashing, writing, syncing."},
  {"server", "database_threads", NumberRule{[](Config& c) -> auto& { return c.server.database_threads; }, 1, 256},
   "Threads that read the metadata database."},
  {"server", "drain", TimeRule{[](Config& c) -> auto& { return c.server.drain; }, 0s, 1h},
   "How long a stopping server lets running requests finish."},

  {"http", "listen", ListenRule{[](Config& c) -> auto& { return c.http.listen; }, kPlainHttp},
   "Addresses for plain HTTP, loopback only; empty: none.", "--listen"},

  {"tls", "mode",
   ChoiceRule{kTlsModes, [](const Config& c) { return static_cast<int>(c.tls.mode); },
              [](Config& c, int i) { c.tls.mode = static_cast<TlsMode>(i); }},
   "`files`: `cert` and `key` are given. `auto`: Berth's own authority makes and renews the certificate for "
   "`server.domain`.", "--tls"},
  {"tls", "listen", ListenRule{[](Config& c) -> auto& { return c.tls.listen; }, {}},
   "Addresses for HTTPS, such as `*:443`, the default of mode `auto`; mode `files` needs `cert` and `key`; empty: "
   "none."},
  {"tls", "cert", TextRule{[](Config& c) -> auto& { return c.tls.cert; }, true},
   "PEM file: the certificate, then its intermediates. Read again on SIGHUP."},
  {"tls", "key", TextRule{[](Config& c) -> auto& { return c.tls.key; }, true},
   "PEM file: the certificate's private key. Read again on SIGHUP."},

  {"operations", "listen", ListenRule{[](Config& c) -> auto& { return c.operations.listen; }, kPrivate},
   "Addresses for `/livez`, `/readyz` and `/metrics`, loopback only; empty: off.", "--operations"},

  {"identity", "issuers_file", TextRule{[](Config& c) -> auto& { return c.identity.issuers_file; }, true},
   "JSON file: the OpenID issuers outside Berth whose tokens are accepted; empty: none."},
  {"identity", "imds_listen",
   ListenRule{[](Config& c) -> auto& { return c.identity.imds_listen; }, kNear, true},
   "Addresses for managed identity tokens as `az login --identity` asks for them, plain HTTP; empty: off."},
  {"identity", "socket", TextRule{[](Config& c) -> auto& { return c.identity.socket; }, true},
   "Unix socket for managed identity tokens: the caller's system user says who it is; empty: off."},

  {"network", "public_addresses",
   AddressRule{[](Config& c) -> auto& { return c.network.public_addresses; }},
   "Addresses at which clients reach this server, for `berth network endpoints`; empty: those of the listeners."},
  {"network", "ip_rules", NumberRule{[](Config& c) -> auto& { return c.network.ip_rules; }, 0, kMostRules},
   "IP rules of one registry, at most."},
  {"network", "virtual_network_rules",
   NumberRule{[](Config& c) -> auto& { return c.network.virtual_network_rules; }, 0, kMostRules},
   "Virtual-network rules of one registry, at most."},
  {"network", "private_endpoints",
   NumberRule{[](Config& c) -> auto& { return c.network.private_endpoints; }, 0, kMostRules},
   "Private endpoints of one registry, at most."},
  {"network", "data_fallback",
   ChoiceRule{kFallbacks, [](const Config& c) { return static_cast<int>(c.network.data_fallback); },
              [](Config& c, int i) { c.network.data_fallback = static_cast<DataFallback>(i); }},
   "`retry`: a client that comes back for a blob without having reached the data host gets it in place."},

  {"limits", "connections", NumberRule{[](Config& c) -> auto& { return c.limits.connections; }, 1, 1'000'000},
   "Connections open at the same time, at most. A further one takes the place of one that waits for its client; while all "
   "are being served it gets 503. The server's own socket and `operations` have 256 places of their own."},
  {"limits", "header_bytes", SizeRule{[](Config& c) -> auto& { return c.limits.header_bytes; }, 4 * kKiB, kMiB},
   "Largest request line and header together."},
  {"limits", "header_timeout", TimeRule{[](Config& c) -> auto& { return c.limits.header_timeout; }, 100ms, 10min},
   "Time for a client to send a whole header."},
  {"limits", "idle_timeout", TimeRule{[](Config& c) -> auto& { return c.limits.idle_timeout; }, 100ms, 24h},
   "Time that a connection may rest between requests."},
  {"limits", "min_body_rate", SizeRule{[](Config& c) -> auto& { return c.limits.min_body_rate; }, 0, kGiB},
   "Bytes per second below which a client is too slow; `0`: no minimum."},
  {"limits", "manifest_bytes", SizeRule{[](Config& c) -> auto& { return c.limits.manifest_bytes; }, kMiB, 64 * kMiB},
   "Largest manifest."},
  {"limits", "blob_bytes", SizeRule{[](Config& c) -> auto& { return c.limits.blob_bytes; }, 0, 1024 * kTiB},
   "Largest blob; `0`: no limit."},
  {"limits", "open_uploads", NumberRule{[](Config& c) -> auto& { return c.limits.open_uploads; }, 1, 10'000'000},
   "Uploads that are begun and not finished."},
  {"limits", "page_entries", NumberRule{[](Config& c) -> auto& { return c.limits.page_entries; }, 1, 10'000},
   "Entries in one page of a list, also when the client asks for more."},

  {"uploads", "expire", TimeRule{[](Config& c) -> auto& { return c.uploads.expire; }, 1s, 24h * 365},
   "An upload without progress is dropped after this time."},
  {"uploads", "checkpoint", SizeRule{[](Config& c) -> auto& { return c.uploads.checkpoint; }, kMiB, kTiB},
   "A restart of the server costs an upload this much at most."},

  {"gc", "interval", TimeRule{[](Config& c) -> auto& { return c.gc.interval; }, 0s, 24h * 365},
   "Time between two garbage collections; `0s`: only when asked with `berth gc`."},
  {"gc", "grace", TimeRule{[](Config& c) -> auto& { return c.gc.grace; }, 0s, 24h * 365},
   "A blob that nothing refers to stays at least this long."},

  {"manifests", "sparse_indexes",
   ChoiceRule{kSparse, [](const Config& c) { return static_cast<int>(c.manifests.sparse_indexes); },
              [](Config& c, int i) { c.manifests.sparse_indexes = static_cast<SparseIndexes>(i); }},
   "An index that names manifests which are not in the repository."},

  {"storage", "reserve", SizeRule{[](Config& c) -> auto& { return c.storage.reserve; }, 0, kTiB},
   "Free disk space below which pushes are refused, so that deletion still works."},

  {"cache", "manifests", SizeRule{[](Config& c) -> auto& { return c.cache.manifests; }, 0, kTiB},
   "Memory for manifests; `0`: none."},
  {"cache", "metadata_entries", NumberRule{[](Config& c) -> auto& { return c.cache.metadata_entries; }, 0, 100'000'000},
   "Tags and links kept in memory; `0`: none."},

  {"log", "level",
   ChoiceRule{kLevels, [](const Config& c) { return static_cast<int>(c.log.level); },
              [](Config& c, int i) { c.log.level = static_cast<LogLevel>(i); }},
   "The least important lines that are written. Read again on SIGHUP."},
  {"log", "format",
   ChoiceRule{kFormats, [](const Config& c) { return static_cast<int>(c.log.format); },
              [](Config& c, int i) { c.log.format = static_cast<LogFormatChoice>(i); }},
   "`auto` is `human` on a terminal, else `json`."},
  {"log", "requests",
   ChoiceRule{kRequests, [](const Config& c) { return static_cast<int>(c.log.requests); },
              [](Config& c, int i) { c.log.requests = static_cast<LogRequests>(i); }},
   "Requests that get a line: those that failed, or all."},
});
// clang-format on

std::string joined_upper(std::string_view prefix, const ConfigKey& key) {
  std::string out = fmt::format("{}{}_{}", prefix, key.section, key.name);
  for (char& c : out) c = upper(c);
  return out;
}

}  // namespace

std::span<const ConfigKey> config_keys() {
  return kKeys;
}

std::string ConfigKey::full_name() const {
  return fmt::format("{}.{}", section, name);
}

std::string ConfigKey::variable() const {
  return joined_upper("BERTH_", *this);
}

std::string ConfigKey::flag() const {
  return short_flag.empty() ? long_flag() : std::string(short_flag);
}

std::string ConfigKey::long_flag() const {
  std::string out = fmt::format("--{}-{}", section, name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string ConfigKey::default_text() const {
  return text(Config{});
}

}  // namespace berth::server
