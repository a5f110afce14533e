// Everything the server is made of, in the order in which it is built: read this and wiring.cpp to
// see who exists and who holds whom. No part of Berth is reached in any other way.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "access/gate.h"
#include "access/policy_store.h"
#include "api/arm_face.h"
#include "api/data_face.h"
#include "api/data_plane.h"
#include "api/face_router.h"
#include "api/graph_face.h"
#include "api/local_face.h"
#include "api/login_face.h"
#include "api/login_imds.h"
#include "api/maintenance.h"
#include "api/operations.h"
#include "api/registry_tokens.h"
#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "base/random.h"
#include "blobs/blob_store.h"
#include "blobs/fs/posix_file_system.h"
#include "control/engine.h"
#include "meta/metadata_store.h"
#include "registry/blobs.h"
#include "registry/catalog.h"
#include "registry/garbage_collector.h"
#include "registry/leases.h"
#include "registry/manifests.h"
#include "registry/uploads.h"
#include "registry/verifier.h"
#include "server/certificates.h"
#include "server/config.h"
#include "server/data_directory.h"
#include "server/people.h"

namespace berth::server {

// The surroundings, owned by serve() or run_offline().
struct Environment {
  const Clock& clock;
  RandomSource& random;
  Logger& log;
  Metrics& metrics;
};

class Wiring {
 public:
  // Locks the data directory and opens both stores: enough for maintenance.
  static Result<std::unique_ptr<Wiring>> build(const Config& config, Environment environment);
  // Reads keys, directory and resources and builds the faces: what a server needs. Runs the loop
  // until that is done; once, before any listener.
  Result<void> load(const Config& config);
  // The loop must have stopped. Waits for running jobs, then ends the coroutines that are left.
  ~Wiring();
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;

  // Storage and metadata can do their work now.
  Task<Result<void>> ready();

 private:
  struct Stores;
  Wiring(const Config& config, Environment environment, DataDirectory data);
  Result<void> open_stores(const Config& config);
  Result<void> open_certificates(const Config& config);
  control::EngineOptions engine_options(const Config& config) const;

 public:
  Environment environment;
  DataDirectory data;
  std::unique_ptr<asio::io_context> loop_owner;
  asio::io_context& loop;
  BlockingPool disk, database, hashing, remote, questions;
  blobs::fs::PosixFileSystem os;
  std::unique_ptr<blobs::BlobStore> store;
  std::unique_ptr<meta::MetadataStore> meta;
  access::PolicyStore policy;
  access::Gate gate;
  std::shared_ptr<Certificates> certificates;  // null unless tls.mode is auto
  std::unique_ptr<People> people;
  std::atomic<std::int64_t> next_secret_expiry{0};  // Unix seconds; 0: none soon
  std::unique_ptr<control::Engine> control;         // after load(), as are the faces
  registry::Leases leases;
  registry::ManifestCache manifest_cache;

  // The services refer to the stores, which exist only after open_stores().
  struct Registry;
  std::unique_ptr<Registry> registry;
  struct Faces;
  std::unique_ptr<Faces> faces;
};

// The use cases around content.
struct Wiring::Registry {
  Registry(Wiring& w, const Config& config);
  registry::BlobReader reader;
  registry::Blobs blobs;
  registry::Uploads uploads;
  registry::Manifests manifests;
  registry::Catalog catalog;
  registry::GarbageCollector collector;
  registry::Verifier verifier;
};

// What listeners serve.
struct Wiring::Faces {
  Faces(Wiring& w, const Config& config);
  api::FaceRouter::Services services();

  api::Faces names;
  api::LinkWatch given_links;
  api::DataEndpoints data_endpoints;
  api::RegistryTokens registry_tokens;
  api::DataPlane data_plane;
  api::ArmFace arm;
  api::LoginFace login;
  api::GraphFace graph;
  api::ImdsFace imds;
  api::DataFace data;
  api::EmptyFace logs;
  api::FaceRouter router;                                  // of tls.listen
  std::vector<std::unique_ptr<api::FaceRouter>> narrowed;  // of each [[listener]], in their order
  api::Maintenance maintenance;
  api::LocalFace local;
  api::Operations operations;
};

}  // namespace berth::server
