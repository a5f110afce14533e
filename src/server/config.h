// The server's configuration: one plain struct, loaded once, validated whole.
//
// Four layers, the later wins: defaults (below), the TOML file, environment variables
// (BERTH_SECTION_KEY), command-line flags (--section-key). Every problem of every layer is reported
// at once, each with its place and with what would be right. Names, limits and help of all keys are
// one table (config_keys.h); what may be there several times stands in the file only
// (config_tables.h). Sizes are bytes. load_config is pure and safe from any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "api/face_set.h"
#include "base/ip.h"
#include "base/logger.h"
#include "policy/network.h"

namespace berth::server {

using std::chrono::milliseconds;

// Where a listener binds. `host` is "localhost" (127.0.0.1 and ::1), "*" (every address), or a
// numeric address without brackets. Port 0 lets the kernel choose.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;

  bool loopback() const;
  bool link_local() const;   // 169.254.0.0/16: reaches this machine's own link and no further
  std::string text() const;  // as in the file, with brackets around IPv6
  auto operator<=>(const ListenAddress&) const = default;
};
using ListenList = std::vector<ListenAddress>;

enum class TlsMode { kFiles, kAuto };  // auto: Berth's own authority issues the certificate
enum class SparseIndexes { kRefuse, kAccept };
enum class LogFormatChoice { kAuto, kHuman, kJson };  // auto: human on a terminal, else JSON
enum class LogRequests { kErrors, kAll };
enum class DataFallback { kOff, kRetry };  // docs/network.md 6
enum class ForwardedHeader { kXForwardedFor, kForwarded };

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;

struct ConfigInput;

// One [[listener]]: HTTPS besides tls.listen, with the same certificate (docs/network.md 2).
struct ListenerTable {
  std::string name;
  ListenList address;  // one at least
  api::FaceSet faces = api::kAllFaces;
  std::string interface;  // empty: any
  IpPrefixList proxy_protocol_from, forwarded_from;
  ForwardedHeader forwarded_header = ForwardedHeader::kXForwardedFor;
  std::map<std::string, std::string> client_cas;  // name → PEM file
  bool operator==(const ListenerTable&) const = default;
};

struct Config {
  struct Server {
    std::string data = "./berth-data";
    std::string domain;  // lower case; empty: only the laptop face
    std::string region = "local";
    unsigned threads = 0;  // 0: one for each core
    unsigned disk_threads = 16;
    unsigned database_threads = 4;
    milliseconds drain = std::chrono::seconds(30);
    bool operator==(const Server&) const = default;
  } server;
  struct Http {
    ListenList listen = {{"localhost", 5000}};
    bool operator==(const Http&) const = default;
  } http;
  struct Tls {
    TlsMode mode = TlsMode::kFiles;
    ListenList listen;  // kFiles: set together with cert and key, or none of the three
    std::string cert;   // kAuto: empty, as is key
    std::string key;
    bool operator==(const Tls&) const = default;
  } tls;
  struct Operations {
    ListenList listen = {{"localhost", 5001}};  // empty: off
    bool operator==(const Operations&) const = default;
  } operations;
  struct Identity {
    std::string issuers_file;  // empty: no external issuer is trusted
    ListenList imds_listen;    // loopback or link-local; empty: off
    std::string socket;        // path; empty: off
    bool operator==(const Identity&) const = default;
  } identity;
  struct Network {
    std::vector<IpAddress> public_addresses;  // empty: those of the listeners
    unsigned ip_rules = 200;                  // for one registry, as the next two
    unsigned virtual_network_rules = 100;
    unsigned private_endpoints = 200;
    DataFallback data_fallback = DataFallback::kOff;
    bool operator==(const Network&) const = default;
  } network;
  struct Limits {
    unsigned connections = 4096;
    std::uint64_t header_bytes = 32 * kKiB;
    milliseconds header_timeout = std::chrono::seconds(10);
    milliseconds idle_timeout = std::chrono::seconds(75);
    std::uint64_t min_body_rate = kKiB;  // bytes per second; 0: no minimum
    std::uint64_t manifest_bytes = 4 * kMiB;
    std::uint64_t blob_bytes = 0;  // 0: no limit
    unsigned open_uploads = 10'000;
    unsigned page_entries = 1000;
    bool operator==(const Limits&) const = default;
  } limits;
  struct Uploads {
    milliseconds expire = std::chrono::hours(24);
    std::uint64_t checkpoint = 64 * kMiB;
    bool operator==(const Uploads&) const = default;
  } uploads;
  struct Gc {
    milliseconds interval = std::chrono::hours(1);  // 0: only when asked
    milliseconds grace = std::chrono::hours(1);
    bool operator==(const Gc&) const = default;
  } gc;
  struct Manifests {
    SparseIndexes sparse_indexes = SparseIndexes::kRefuse;
    bool operator==(const Manifests&) const = default;
  } manifests;
  struct Storage {
    std::uint64_t reserve = 64 * kMiB;
    bool operator==(const Storage&) const = default;
  } storage;
  struct Cache {
    std::uint64_t manifests = 64 * kMiB;
    unsigned metadata_entries = 100'000;
    bool operator==(const Cache&) const = default;
  } cache;
  struct Log {
    LogLevel level = LogLevel::kInfo;
    LogFormatChoice format = LogFormatChoice::kAuto;
    LogRequests requests = LogRequests::kErrors;
    bool operator==(const Log&) const = default;
  } log;

  // Tables of the file, which have no variables and no flags (config_tables.h).
  std::vector<ListenerTable> listeners;
  std::vector<policy::TrustedIngress> trusted_services;

  // What to load again on SIGHUP: load_config(*loaded_from). Null for a Config made in code.
  std::shared_ptr<const ConfigInput> loaded_from;

  bool operator==(const Config&) const = default;
};

// One thing that is wrong: `where` is "file:line:column", "file", or the variable or flag by name.
struct ConfigProblem {
  std::string where;
  std::string message;
  bool operator==(const ConfigProblem&) const = default;
};
using ConfigProblems = std::vector<ConfigProblem>;

// One key as it is in force. `origin` is "default", "file:line:column",
// "environment variable BERTH_…" or "flag --…".
struct EffectiveValue {
  std::string key;    // "http.listen", "listener.private.address"
  std::string value;  // canonical text, as one would write it in the file without quotes
  bool number = false;
  bool is_default = true;
  std::string origin;
};

struct LoadedConfig {
  Config config;
  std::vector<EffectiveValue> values;  // every key, in the order of the table; then the tables
};
using ConfigResult = tl::expected<LoadedConfig, ConfigProblems>;

using TextMap = std::map<std::string, std::string>;

// Everything a configuration is made of, already in memory.
struct ConfigSources {
  struct File {
    std::string name;  // for messages
    std::string text;
  };
  std::optional<File> file;
  TextMap environment;  // all of it may be given; only BERTH_* is looked at
  TextMap flags;        // "section.key" → text
};

ConfigResult load_config(const ConfigSources& sources);

// The same with a file still to be read. No file is read unless one is named here.
struct ConfigInput {
  std::optional<std::string> file;
  TextMap environment;
  TextMap flags;
};

// The largest configuration file that is read.
inline constexpr std::uint64_t kMaxConfigBytes = kMiB;

// Reads the file and loads; a file that cannot be read is a problem like any other. The result's
// Config remembers the input.
ConfigResult load_config(const ConfigInput& input);

}  // namespace berth::server
