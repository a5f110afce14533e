// What every MetadataStore must do, as one parameterized suite: the contract_*_test.cpp files. An
// engine joins with one line in its own test file:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, MetadataStoreContract, testing::Values(make_sqlite_backend));
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/blocking_pool.h"
#include "base/file.h"
#include "base/logger.h"
#include "base/metrics.h"
#include "meta/metadata_store.h"

namespace berth::meta {

// An empty database that is gone with this object. open() may be called again after the store that
// it returned is destroyed: then it is the same database, opened anew.
class ContractBackend {
 public:
  virtual ~ContractBackend() = default;
  virtual std::unique_ptr<MetadataStore> open(BlockingPool& db, const Clock& clock,
                                              Metrics& metrics, Logger& log) = 0;
};
using BackendFactory = std::unique_ptr<ContractBackend> (*)();

// A loop that lives as long as a test: declare it before the pool and the store, which may still
// let go of it when the last answer has been read.
class TestLoop {
 public:
  // Runs one Task to its end.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    // The values have no default, which co_spawn would ask for.
    const auto body = [&]() -> Task<void> { result.emplace(co_await std::move(task)); };
    add(body());
    run_all(1);
    return std::move(*result);
  }
  // Many Tasks at once: add() each, on a strand of its own, then run_all() on `threads` threads.
  void add(Task<void> task) {
    asio::co_spawn(asio::make_strand(loop_), std::move(task), [](const std::exception_ptr& e) {
      if (e) std::rethrow_exception(e);
    });
  }
  void run_all(unsigned threads) {
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([this] { loop_.run(); });
    loop_.run();
    for (auto& thread : others) thread.join();
    loop_.restart();
  }

 private:
  asio::io_context loop_;
};

inline oci::Digest digest_no(std::uint64_t number) {
  return oci::Digest::parse(fmt::format("sha256:{:064x}", number)).value();
}
inline oci::Tag tag_of(std::string_view text) {
  return oci::Tag::parse(text).value();
}
inline RepositoryKey key_of(std::string_view name, std::string registry = "default") {
  return {std::move(registry), oci::RepositoryName::parse(name).value()};
}
inline BlobRecord blob_no(std::uint64_t number, std::uint64_t size = 100) {
  const oci::Digest digest = digest_no(number);
  return {.digest = digest, .size = size, .location = {"at/" + digest.text()}};
}
template <class T>
std::vector<std::string> texts(const std::vector<T>& items) {
  std::vector<std::string> out;
  for (const auto& item : items) {
    if constexpr (requires { item.name.text(); }) {
      out.push_back(item.name.text());
    } else if constexpr (requires { item.text(); }) {
      out.push_back(item.text());
    } else {
      out.push_back(item.digest.text());
    }
  }
  return out;
}

// An image manifest of 50 bytes whose layers are `layers` (10 bytes each by its own account).
inline ManifestWrite image(const RepositoryKey& key, std::uint64_t number,
                           const std::vector<std::string>& tags,
                           const std::vector<std::uint64_t>& layers = {}) {
  ManifestWrite write{.repository = key,
                      .digest = digest_no(number),
                      .manifest = {.media_type = std::string(oci::media_type::kOciManifest)},
                      .location = {"at/" + digest_no(number).text()}};
  write.manifest.own_size = 50;
  for (const auto& tag : tags) write.tags.push_back(tag_of(tag));
  for (const std::uint64_t layer : layers) {
    write.manifest.layers.push_back({.media_type = "x/y", .digest = digest_no(layer), .size = 10});
    write.required_blobs.push_back(digest_no(layer));
    write.references.push_back({ReferenceKind::kLayer, digest_no(layer), {}, {}});
  }
  return write;
}

class MetadataStoreContract : public testing::TestWithParam<BackendFactory> {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    store_ = backend_->open(pool_, clock_, metrics_, log_);
    ASSERT_NE(store_, nullptr);
  }
  MetadataStore& store() { return *store_; }

  // The value, or a test failure with the Error's text.
  template <class T>
  T ok(Task<Result<T>> task) {
    Result<T> result = loop_.run(std::move(task));
    if (!result) {
      throw std::runtime_error(result.error().message + " / " + result.error().cause);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  template <class T>
  Error error(Task<Result<T>> task) {
    Result<T> result = loop_.run(std::move(task));
    if (result) throw std::runtime_error("expected an error");
    return std::move(result.error());
  }
  template <class T>
  Code code(Task<Result<T>> task) {
    return error(std::move(task)).code;
  }

  // kDisallowed in ACR's words, then `reason`.
  template <class T>
  void expect_disallowed(Task<Result<T>> task, const std::string& reason) {
    const Error e = error(std::move(task));
    EXPECT_EQ(e.code, Code::kDisallowed);
    EXPECT_EQ(e.message,
              "The operation is disallowed on this registry, repository or image. " + reason);
  }

  // Links the layers and pushes the manifest.
  void push(const RepositoryKey& key, std::uint64_t number, const std::vector<std::string>& tags,
            const std::vector<std::uint64_t>& layers = {}) {
    for (const std::uint64_t layer : layers) ok(store().link_blob(key, blob_no(layer), ""));
    ok(store().put_manifest(image(key, number, tags, layers)));
  }
  void tick() { clock_.advance(std::chrono::seconds(1)); }
  oci::Digest resolved(const RepositoryKey& key, std::string_view tag) {
    return ok(store().resolve(key, tag_of(tag))).digest;
  }
  // After every test the kept counts must be those of the rows.
  void TearDown() override {
    if (store_) EXPECT_THAT(ok(store().check_consistency(false)), testing::IsEmpty());
  }

  TestLoop loop_;
  ManualClock clock_;
  Metrics metrics_;
  File null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Logger log_{null_.fd(), LogFormat::kHuman, LogLevel::kOff, clock_};
  BlockingPool pool_{4};
  std::unique_ptr<ContractBackend> backend_ = GetParam()();
  std::unique_ptr<MetadataStore> store_;
};

}  // namespace berth::meta
