#include "server/wiring.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "blobs/fs/fs_store.h"
#include "meta/sql_store.h"
#include "policy/denials.h"
#include "policy/roles.h"

namespace berth::server {
namespace {

// Who the operator is, and from where he says that services come. The rest of the policy comes from
// documents, and the platform's denials as soon as the tenant is known.
policy::Snapshot first_policy(const Config& config) {
  policy::Snapshot snapshot;
  snapshot.server_uid = ::getuid();
  policy::add_built_in_roles(snapshot);
  if (!config.trusted_services.empty()) {
    snapshot.ingresses = std::make_shared<const policy::TrustedIngresses>(config.trusted_services);
  }
  return snapshot;
}

// Fetches of issuers' keys: rare, and slow ones must not wait for each other.
constexpr unsigned kRemoteThreads = 4;

api::Faces face_names(const Config& config) {
  api::Faces names{config.server.domain, config.server.region, 443};
  if (!config.tls.listen.empty()) {
    names.port = config.tls.listen.front().port;
  } else if (!config.listeners.empty()) {
    names.port = config.listeners.front().address.front().port;
  }
  return names;
}

// Where clients reach registries, as far as the configuration says it: a wildcard says nothing.
std::vector<std::string> public_addresses(const Config& config) {
  std::vector<std::string> out;
  out.reserve(config.network.public_addresses.size());
  for (const IpAddress& address : config.network.public_addresses) out.push_back(address.text());
  const auto add = [&](const ListenList& listen) {
    for (const ListenAddress& address : listen) {
      const bool told = std::ranges::find(out, address.host) != out.end();
      if (!told && address.host != "*" && !address.loopback()) out.push_back(address.host);
    }
  };
  if (out.empty()) add(config.tls.listen);
  if (!out.empty() || !config.tls.listen.empty()) return out;
  for (const ListenerTable& listener : config.listeners) {
    if ((listener.faces & api::faces_of(api::Face::kRegistry)) != 0) add(listener.address);
  }
  return out;
}

std::vector<std::string> laptop_servers(const Config& config) {
  std::vector<std::string> out;
  for (const ListenAddress& address : config.http.listen) out.push_back(address.text());
  return out;
}

std::chrono::seconds whole_seconds(milliseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

registry::UploadLimits upload_limits(const Config& config) {
  return {config.uploads.checkpoint, config.limits.blob_bytes, config.limits.open_uploads,
          whole_seconds(config.uploads.expire)};
}

registry::ManifestOptions manifest_options(const Config& config) {
  registry::ManifestOptions options;
  options.limits.max_bytes = config.limits.manifest_bytes;
  options.accept_sparse_indexes = config.manifests.sparse_indexes == SparseIndexes::kAccept;
  return options;
}

}  // namespace

Wiring::Wiring(const Config& config, Environment e, DataDirectory d)
    : environment(e),
      data(std::move(d)),
      loop_owner(std::make_unique<asio::io_context>()),
      loop(*loop_owner),
      disk(config.server.disk_threads),
      database(config.server.database_threads),
      hashing(identity::Passwords::kThreads),
      remote(kRemoteThreads),
      questions(1),
      policy(first_policy(config)),
      gate(policy, config.server.domain, e.clock),
      leases(e.clock),
      manifest_cache(config.cache.manifests) {}

// Coroutines that a stop has left in the middle end with the loop, and what they hold (leases, open
// uploads, a collector's run) refers to the services: so the loop goes before these, and after the
// threads that could still resume one.
Wiring::~Wiring() {
  disk.join();
  database.join();
  hashing.join();
  remote.join();
  questions.join();
  meta.reset();
  loop_owner.reset();
  faces.reset();
  registry.reset();
}

Result<std::unique_ptr<Wiring>> Wiring::build(const Config& config, Environment environment) {
  TRY_ASSIGN(DataDirectory data, DataDirectory::open(config.server.data));
  std::unique_ptr<Wiring> wiring(new Wiring(config, environment, std::move(data)));
  TRY(wiring->open_stores(config));
  wiring->registry = std::make_unique<Registry>(*wiring, config);
  return wiring;
}

Result<void> Wiring::open_stores(const Config& config) {
  const auto& [clock, random, log, metrics] = environment;
  blobs::fs::Options files;
  files.root = data.path();
  files.reserve_bytes = config.storage.reserve;
  TRY_ASSIGN(store, blobs::fs::open_store(files, disk, os, clock, random));
  meta::SqliteOptions sqlite;
  sqlite.path = data.database();
  sqlite.readers = config.server.database_threads;
  sqlite.cache_entries = config.cache.metadata_entries;
  TRY_ASSIGN(meta, meta::open_sqlite(sqlite, database, clock, metrics, log));
  return {};
}

Result<void> Wiring::open_certificates(const Config& config) {
  if (config.tls.mode != TlsMode::kAuto) return {};
  TRY_ASSIGN(Certificates made, Certificates::open(data.path(), config.server.domain,
                                                   config.server.region, environment.clock));
  if (made.authority_is_new()) {
    environment.log.warning("a new certificate authority was made; clients must trust it",
                            {{"domain", config.server.domain}, {"commands", "berth trust"}});
  }
  certificates = std::make_shared<Certificates>(std::move(made));
  return {};
}

control::EngineOptions Wiring::engine_options(const Config& config) const {
  const api::Faces names = face_names(config);
  const std::vector<std::string> laptop = laptop_servers(config);
  std::vector<std::string> listeners;
  std::vector<IpPrefix> proxies;
  std::set<std::string> client_cas;  // two listeners may trust the same
  for (const ListenerTable& listener : config.listeners) {
    listeners.push_back(listener.name);
    for (const auto& [name, file] : listener.client_cas) client_cas.insert(name);
    for (const IpPrefixList* list : {&listener.proxy_protocol_from, &listener.forwarded_from}) {
      proxies.insert(proxies.end(), list->blocks().begin(), list->blocks().end());
    }
  }
  return {.domain = names.domain,
          .https_port = names.port,
          .region = names.region,
          .tenant = people->directory.state()->tenant,
          .laptop_login_server = laptop.empty() ? std::string() : laptop.front(),
          .page_entries = config.limits.page_entries,
          .principal_type = [this](const std::string& id) { return people->principal_type(id); },
          .principal_name = [this](const std::string& id) { return people->principal_name(id); },
          .find_principal = [this](const std::string& t) { return people->find_principal(t); },
          .ip_rules = config.network.ip_rules,
          .virtual_network_rules = config.network.virtual_network_rules,
          .private_endpoints = config.network.private_endpoints,
          .listeners = std::move(listeners),
          .client_cas = {client_cas.begin(), client_cas.end()},
          .public_addresses = public_addresses(config),
          .proxies = std::move(proxies)};
}

// Before the loop threads exist, so the loop is run here for as long as it takes.
Result<void> Wiring::load(const Config& config) {
  const auto& [clock, random, log, metrics] = environment;
  TRY(open_certificates(config));
  std::vector<identity::IssuerConfig> issuers;
  if (!config.identity.issuers_file.empty()) {
    TRY_ASSIGN(issuers, identity::read_issuers(config.identity.issuers_file));
  }
  const api::Faces names = face_names(config);
  people = std::make_unique<People>(PeopleParts{*meta, policy, hashing, remote, clock, random, log},
                                    names.domain, names.port, std::move(issuers));
  Result<void> outcome;
  const auto work = [&]() -> Task<> {
    outcome = co_await people->load();
    if (!outcome) co_return;
    policy.update([&](policy::Snapshot& snapshot) {
      snapshot.denials = policy::platform_denials(people->directory.state()->tenant);
    });
    control = std::make_unique<control::Engine>(
        engine_options(config), control::EngineParts{*meta, *meta, *meta, policy, people->keys,
                                                     gate, clock, random, log, questions});
    outcome = co_await control->load();
  };
  asio::co_spawn(asio::make_strand(loop), work, asio::detached);
  loop.run();
  loop.restart();
  if (outcome) faces = std::make_unique<Faces>(*this, config);
  return outcome;
}

Wiring::Registry::Registry(Wiring& w, const Config& config)
    : reader(*w.store, w.disk),
      blobs(*w.store, *w.meta, w.leases),
      uploads(*w.store, *w.meta, w.leases, w.environment.clock, w.environment.random,
              w.environment.log, upload_limits(config)),
      manifests(*w.store, reader, *w.meta, w.leases, w.manifest_cache, manifest_options(config)),
      catalog(*w.meta, reader, w.manifest_cache),
      collector(*w.store, *w.meta, w.leases, w.environment.clock, whole_seconds(config.gc.grace)),
      verifier(reader, *w.meta, w.leases) {}

Wiring::Faces::Faces(Wiring& w, const Config& config)
    : names(face_names(config)),
      data_endpoints{w.people->data_links, given_links, names, w.environment.clock,
                     config.network.data_fallback == DataFallback::kRetry},
      registry_tokens(w.gate, w.people->authenticator, w.people->tokens, w.people->login,
                      w.people->throttle, w.environment.clock, names,
                      w.people->directory.state()->tenant),
      data_plane(
          {w.gate, w.people->authenticator, registry_tokens},
          {w.registry->blobs, w.registry->uploads, w.registry->manifests, w.registry->catalog},
          w.environment.log, {config.limits.manifest_bytes, config.limits.page_entries},
          data_endpoints),
      arm(*w.control, w.gate, w.people->login, names, w.people->directory.state()->tenant,
          w.environment.log),
      login({w.people->directory, w.people->issuer, w.people->grants, w.people->names,
             w.environment.clock, w.environment.random, w.environment.log}),
      graph({w.gate,
             w.people->directory,
             w.people->login,
             w.people->names,
             w.environment.clock,
             w.environment.log,
             {"/", "/subscriptions/" + w.control->subscription()}}),
      imds(w.people->machine_identities, w.environment.clock, w.environment.log),
      data(w.gate, w.registry->blobs, data_endpoints, w.environment.log),
      logs("logs", "There are no logs to query yet.", w.environment.log),
      router(names, services(), w.environment.log),
      maintenance(w.gate, w.registry->collector, w.registry->verifier, w.environment.log),
      local(w.gate, w.people->tokens, {arm, graph, maintenance, imds},
            {.version = BERTH_VERSION,
             .faces = names,
             .tenant = w.people->directory.state()->tenant,
             .subscription = w.control->subscription(),
             .http_listen = laptop_servers(config),
             .authority_pem =
                 [&w] { return w.certificates ? w.certificates->authority_pem() : std::string(); }},
            w.environment.log),
      operations(w.gate, w.environment.metrics, w.environment.log, [&w] { return w.ready(); }) {
  for (const ListenerTable& listener : config.listeners) {
    narrowed.push_back(
        std::make_unique<api::FaceRouter>(names, services(), w.environment.log, listener.faces));
  }
}

// In the order of api::Face.
api::FaceRouter::Services Wiring::Faces::services() {
  return {&data_plane, &data, &arm, &login, &graph, &logs};
}

Task<Result<void>> Wiring::ready() {
  CO_TRY(co_await store->check());
  co_return co_await meta->check();
}

}  // namespace berth::server
