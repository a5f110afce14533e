// A control plane without HTTP for tests: documents in memory, a clock and randomness of the test's
// own, content in a real database. Test programs only.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <map>

#include "base/blocking_pool.h"
#include "control/engine.h"
#include "control/json_text.h"
#include "meta/sql_store.h"
#include "policy/roles.h"

namespace berth::control {

template <class T>
T wait_for(Task<T> task) {
  static asio::io_context loop;
  loop.restart();
  std::optional<T> result;
  std::exception_ptr error;
  auto body = [&]() -> Task<> { result.emplace(co_await std::move(task)); };
  asio::co_spawn(asio::make_strand(loop), body,
                 [&](std::exception_ptr e) { error = std::move(e); });
  loop.run();
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

// meta::Documents as its contract says, in memory.
class FakeDocuments final : public meta::Documents {
 public:
  explicit FakeDocuments(const Clock& clock) : clock_(clock) {}

  Task<Result<meta::Page<meta::Document>>> documents(const std::string& kind,
                                                     const std::string& after,
                                                     std::size_t limit) override {
    meta::Page<meta::Document> page;
    for (auto at = stored.upper_bound({kind, after}); at != stored.end() && at->first.first == kind;
         ++at) {
      page.more = page.items.size() == limit;
      if (page.more) break;
      page.items.push_back(at->second);
    }
    rows_touched += page.items.size();
    co_return page;
  }
  Task<Result<TimePoint>> change(const std::vector<meta::DocumentChange>& changes,
                                 const std::vector<meta::Activity>& activities) override {
    if (fail_next) co_return fail(std::exchange(fail_next, {}).value());
    for (const auto& change : changes) {
      const auto at = stored.find({change.kind, change.id});
      const std::int64_t now = at == stored.end() ? 0 : at->second.version;
      if (change.expected && *change.expected != now) {
        co_return fail(Error(Code::kPreconditionFailed, "changed"));
      }
    }
    rows_touched += changes.size();
    for (const auto& change : changes) {
      if (!change.body) {
        stored.erase({change.kind, change.id});
        continue;
      }
      auto& document = stored[{change.kind, change.id}];
      if (document.version == 0) document.created = clock_.now();
      document.kind = change.kind;
      document.id = change.id;
      document.body = *change.body;
      ++document.version;
    }
    log.insert(log.end(), activities.begin(), activities.end());
    co_return clock_.now();
  }
  Task<Result<std::vector<ActivityRow>>> activities(const std::string&, std::int64_t,
                                                    std::size_t) override {
    co_return std::vector<ActivityRow>();
  }

  std::map<std::pair<std::string, std::string>, meta::Document> stored;
  std::vector<meta::Activity> log;
  std::optional<Error> fail_next;
  std::size_t rows_touched = 0;  // documents read or changed so far

 private:
  const Clock& clock_;
};

// Keys are slow to make: one ring for all tests.
inline access::KeyRing& test_keys() {
  static ManualClock clock;
  static SystemRandom random;
  static FakeDocuments documents(clock);
  static access::KeyRing keys(documents, clock, random);
  static const bool loaded = wait_for(keys.load()).has_value();
  EXPECT_TRUE(loaded);
  return keys;
}

class ControlFixture : public ::testing::Test {
 protected:
  ControlFixture() {
    std::array<char, 32> name{"/tmp/berth-control-XXXXXX"};
    root_ = ::mkdtemp(name.data());
    meta::SqliteOptions sqlite;
    sqlite.path = root_ + "/metadata.db";
    sqlite.reserve_bytes = 0;
    content_ = meta::open_sqlite(sqlite, pool_, clock_, metrics_, log_).value();
    options_.domain = "example.test";
    options_.tenant = kTenant;
    options_.laptop_login_server = "localhost:5000";
    start();
  }

 public:
  ~ControlFixture() override {
    engine_.reset();
    content_.reset();
    pool_.join();
    std::filesystem::remove_all(root_);
  }

 protected:
  // As a start of the server: only what was stored is left.
  void start() {
    policy_.emplace(with_people());
    gate_.emplace(*policy_, options_.domain, clock_);
    engine_ = std::make_unique<Engine>(
        options_, EngineParts{documents_, *content_, *content_, *policy_, test_keys(), *gate_,
                              clock_, random_, log_, pool_});
    const auto loaded = wait_for(engine_->load());
    ASSERT_TRUE(loaded) << loaded.error().message << loaded.error().cause;
    sub_ = "/subscriptions/" + engine_->subscription();
    group_ = sub_ + "/resourceGroups/default";
    registries_ = group_ + "/providers/Microsoft.ContainerRegistry/registries/";
  }

  static policy::Snapshot with_people() {
    policy::Snapshot snapshot;
    policy::add_built_in_roles(snapshot);
    snapshot.principals.set(
        kAlice,
        {.enabled = true, .group = false, .credentials = {"alice-1"}, .member_of = {kTeam}});
    snapshot.principals.set(kTeam,
                            {.enabled = true, .group = true, .credentials = {}, .member_of = {}});
    snapshot.principals.set(
        kBob, {.enabled = true, .group = false, .credentials = {"bob-1"}, .member_of = {}});
    return snapshot;
  }

  Request request(Method method, std::string path, std::string body = {}) const {
    Request out;
    out.method = method;
    out.path = std::move(path);
    out.api_version = "2022-02-01-preview";
    // A write without a body is refused; tests that do not mind what it says send nothing of
    // interest.
    const bool writes = method == Method::kPut || method == Method::kPatch;
    out.body = writes && body.empty() ? "{}" : std::move(body);
    out.source.own_socket = true;
    out.source.uid = 0;
    out.principal.kind = policy::PrincipalKind::kOwner;
    out.principal.id = out.principal.name = "owner";
    out.correlation_id = "c-1";
    out.base_url = "https://management.example.test";
    return out;
  }
  static Request as_alice(Request out) {
    out.source = {};
    out.source.address = "192.0.2.7";
    out.source.tls = true;
    out.principal = {};
    out.principal.kind = policy::PrincipalKind::kUser;
    out.principal.id = kAlice;
    out.principal.name = "alice@example.test";
    out.principal.credential = "alice-1";
    return out;
  }
  Result<Answer> ask(const Request& request) { return wait_for(engine_->handle(request)); }
  Result<Answer> ask(Method method, const std::string& path, const std::string& body = {}) {
    return ask(request(method, path, body));
  }
  // The answer's body; the test fails when the request did.
  json::object ok(const Request& request) {
    const auto answer = ask(request);
    if (!answer) {
      ADD_FAILURE() << request.path << ": " << answer.error().exact_code << " "
                    << answer.error().message;
      return {};
    }
    return answer->body.empty() ? json::object() : json::parse(answer->body).as_object();
  }
  json::object ok(Method method, const std::string& path, const std::string& body = {}) {
    return ok(request(method, path, body));
  }
  // "Code" of the refusal; "" when it was none.
  std::string refusal(const Request& request) {
    const auto answer = ask(request);
    if (answer) return "";
    const Error& error = answer.error();
    return error.exact_code.empty() ? std::string(code_row(error.code).arm) : error.exact_code;
  }
  std::string refusal(Method method, const std::string& path, const std::string& body = {}) {
    return refusal(request(method, path, body));
  }
  std::vector<std::string> names(const json::object& list) {
    std::vector<std::string> out;
    for (const auto& one : list.at("value").as_array()) {
      out.emplace_back(text_at(one.as_object(), "name"));
    }
    return out;
  }
  std::shared_ptr<const policy::RegistryPolicy> policy_of(const std::string& name) {
    return policy_->current()->registries.share(name);
  }
  // The body of a role assignment; `more` begins with a comma.
  std::string assignment(std::string_view role, const std::string& principal = kAlice,
                         const std::string& more = "") const {
    return R"({"properties":{"roleDefinitionId":")" + sub_ +
           "/providers/Microsoft.Authorization/roleDefinitions/" + std::string(role) +
           R"(","principalId":")" + principal + "\"" + more + "}}";
  }
  static std::string conditioned(const std::string& condition) {
    return R"(,"conditionVersion":"2.0","condition":)" + json::serialize(json::value(condition));
  }
  static std::string assignment_id(const std::string& scope, const std::string& name) {
    return scope + "/providers/Microsoft.Authorization/roleAssignments/" + name;
  }
  void assign(std::string_view role, const std::string& scope, const std::string& name,
              const std::string& principal = kAlice, const std::string& condition = "") {
    ok(Method::kPut, assignment_id(scope, name),
       assignment(role, principal, condition.empty() ? "" : conditioned(condition)));
  }

  static constexpr const char* kTenant = "99999999-0000-0000-0000-000000000000";
  static constexpr const char* kAlice = "aaaaaaaa-0000-0000-0000-000000000001";
  static constexpr const char* kTeam = "aaaaaaaa-0000-0000-0000-000000000002";  // has Alice in it
  static constexpr const char* kBob = "aaaaaaaa-0000-0000-0000-000000000003";

  std::string root_, sub_, group_, registries_;
  ManualClock clock_;
  SeededRandom random_{7};
  Metrics metrics_;
  Logger log_{::open("/dev/null", O_WRONLY), LogFormat::kHuman, LogLevel::kError, clock_};
  BlockingPool pool_{1};
  std::unique_ptr<meta::MetadataStore> content_;
  FakeDocuments documents_{clock_};
  std::optional<access::PolicyStore> policy_;
  std::optional<access::Gate> gate_;
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace berth::control
