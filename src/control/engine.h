// The control plane (az-acr-wire 5 to 8): ARM's resources and actions as one table of types. HTTP
// is api/arm_face's business; here a request is a value and so is its answer.
//
// All resources are kept in memory and written through as documents (kind: the type in lower case,
// id: the resource id in lower case), each change with its activity log row in one transaction.
// After the commit, and before the answer, the policy snapshot is edited, so that the next request
// is decided by the change. Cost of a change does not grow with the number of resources.
//
// Every operation asks access::Gate before anything is looked up; lists show what the caller may
// read and never refuse. Safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/gate.h"
#include "access/key_ring.h"
#include "access/policy_store.h"
#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ip.h"
#include "base/logger.h"
#include "base/random.h"
#include "base/task.h"
#include "meta/metadata_store.h"

namespace berth::control {

struct EngineOptions {
  std::string domain;  // empty: only the registry `default`, under laptop_login_server
  std::uint16_t https_port = 443;
  std::string region = "local";
  std::string tenant;               // GUID
  std::string laptop_login_server;  // "localhost:5000"
  std::size_t page_entries = 1000;
  // What the directory says an object id is: "User", "ServicePrincipal", "Group"; "" if unknown.
  std::function<std::string(const std::string& object_id)> principal_type;
  // What people call it; "" if unknown. For users the name that they sign in with.
  std::function<std::string(const std::string& object_id)> principal_name;
  // Who is meant by an object id, user principal name, client id or unique display name, with a
  // credential that is good, if there is one. kInvalidRequest says why it is nobody who signs in.
  std::function<Result<policy::Principal>(const std::string& text)> find_principal;
  // Quotas of one registry (acr-access-model A3 to A5).
  std::size_t ip_rules = 200, virtual_network_rules = 100, private_endpoints = 200;
  // Names that resources and questions may refer to: of [[listener]]s, and of their client_cas.
  std::vector<std::string> listeners, client_cas;
  std::vector<std::string> public_addresses;  // where clients reach the faces; numeric
  // Those that are declared to name their clients, whose addresses count then instead of theirs.
  std::vector<IpPrefix> proxies;
};

// What the engine works with; all of it outlives the engine.
struct EngineParts {
  meta::Documents& documents;
  meta::Repositories& repositories;
  meta::Usages& usages;
  access::PolicyStore& policy;
  const access::KeyRing& keys;
  const access::Gate& gate;
  const Clock& clock;
  RandomSource& random;
  Logger& log;
  BlockingPool& questions;  // computes answers that look at all assignments
};

enum class Method { kGet, kHead, kPut, kPatch, kPost, kDelete };

struct Request {
  Method method = Method::kGet;
  std::string path;  // decoded, single slashes
  std::optional<std::string> api_version, filter, skip_token, top;
  std::string body;
  std::optional<std::string> if_match, if_none_match;
  policy::Source source;
  policy::Principal principal;
  std::string correlation_id;
  std::string base_url;  // "https://management.example.test": what links begin with
};

struct Answer {
  unsigned status = 200;
  std::string body;  // JSON text; empty: no body
  std::string etag;
};

class Engine {
 public:
  Engine(EngineOptions options, EngineParts parts);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Reads everything and builds the policy snapshot's part; at the very first start makes the
  // subscription "Berth", resource group `default` and registry `default`. Before anything else.
  Task<Result<void>> load();

  Task<Result<Answer>> handle(const Request& request);

  // Removes content of deleted registries, at most `repositories` of them; true while some is left.
  // Call it from time to time: what a stop interrupts goes on after the next start.
  Task<Result<bool>> sweep(std::size_t repositories = 16);

  std::string subscription() const;  // the first one's GUID; empty before load()

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// What a registry called so is reached by: "<name>.<domain>" in lower case, with the port unless it
// is 443; the laptop face's for `default` without a domain; empty for the others then.
std::string login_server_of(const EngineOptions& options, std::string_view name);
// The host of its data endpoint, "<name>.<region>.data.<domain>", the same way; empty without a
// domain.
std::string data_endpoint_of(const EngineOptions& options, std::string_view name);

}  // namespace berth::control
