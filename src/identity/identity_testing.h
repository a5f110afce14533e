// A whole directory without a database or a network, for the tests of identity/ and of its faces.
// Test programs only. One thread plus the password pool, which never run at the same time, so a
// seeded RandomSource will do.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <optional>

#include "access/key_ring.h"
#include "access/policy_store.h"
#include "access/throttle.h"
#include "identity/grants.h"
#include "identity/login.h"
#include "identity/managed_identity.h"

namespace berth::identity {

class FakeDocuments final : public meta::Documents {
 public:
  int refuse_next = 0;  // so many changes fail as if somebody else had been faster
  int changes = 0;
  std::vector<meta::Activity> rows;

  Task<Result<meta::Page<meta::Document>>> documents(const std::string& kind,
                                                     const std::string& after,
                                                     std::size_t limit) override {
    meta::Page<meta::Document> page;
    for (auto at = all_.upper_bound({kind, after}); at != all_.end() && at->first.first == kind;
         ++at) {
      if (page.items.size() == limit) {
        page.more = true;
        break;
      }
      page.items.push_back(at->second);
    }
    co_return page;
  }

  Task<Result<TimePoint>> change(const std::vector<meta::DocumentChange>& wanted,
                                 const std::vector<meta::Activity>& activities) override {
    for (const auto& change : wanted) {
      const auto at = all_.find({change.kind, change.id});
      const std::int64_t version = at == all_.end() ? 0 : at->second.version;
      const bool holds = !change.expected || *change.expected == version;
      if (refuse_next > 0 || !holds) {
        refuse_next -= refuse_next > 0 ? 1 : 0;
        co_return fail(Error(Code::kPreconditionFailed, "changed").with("id", change.id));
      }
    }
    for (const auto& change : wanted) {
      const std::pair key(change.kind, change.id);
      if (!change.body) {
        all_.erase(key);
        continue;
      }
      meta::Document& document = all_[key];
      document.kind = change.kind;
      document.id = change.id;
      document.body = *change.body;
      ++document.version;
    }
    rows.insert(rows.end(), activities.begin(), activities.end());
    ++changes;
    co_return TimePoint{};
  }

  Task<Result<std::vector<ActivityRow>>> activities(const std::string&, std::int64_t,
                                                    std::size_t) override {
    co_return std::vector<ActivityRow>{};
  }

  const meta::Document* find(const std::string& kind, const std::string& id) const {
    const auto at = all_.find({kind, id});
    return at == all_.end() ? nullptr : &at->second;
  }

 private:
  std::map<std::pair<std::string, std::string>, meta::Document> all_;
};

// 2027: the certificate in the tests is good then.
inline TimePoint test_start() {
  return TimePoint{std::chrono::seconds{1'800'000'000}};
}

class IdentityFixture : public ::testing::Test {
 protected:
  static constexpr const char* kPassword = "correct horse battery";

  IdentityFixture() : IdentityFixture(std::vector<IssuerConfig>{}) {}
  explicit IdentityFixture(std::vector<IssuerConfig> issuers)
      : external(std::move(issuers), pool, clock, log,
                 [this](const std::string& url, const std::string&) -> Result<std::string> {
                   ++fetches;
                   const auto at = web.find(url);
                   if (at == web.end()) return fail(Code::kUnavailable, "no such page");
                   return at->second;
                 }),
        directory(documents, policy, keys, passwords, clock, random, {"berth.test", {"mapped"}}) {
    EXPECT_TRUE(wait(keys.load()));
    EXPECT_TRUE(wait(directory.load()));
    EXPECT_TRUE(wait(user_grants.load()));
    external.enter(policy);
    policy.update([](policy::Snapshot& snapshot) {
      snapshot.registries.set("team", {.key = "k1", .name = "team"});
    });
  }

 public:
  ~IdentityFixture() override { pool.join(); }

 protected:
  template <class T>
  T wait(Task<T> task) {
    std::optional<T> out;
    asio::co_spawn(asio::make_strand(loop), std::move(task),
                   [&](const std::exception_ptr& error, T value) {
                     if (error) std::rethrow_exception(error);
                     out.emplace(std::move(value));
                   });
    loop.restart();
    loop.run();
    return std::move(*out);
  }

  struct App {
    std::string app_id, object_id, sp_id, secret, key_id;
  };
  // An application with a service principal and one secret.
  App make_app(std::string name = "ci") {
    Application app;
    app.display_name = std::move(name);
    const auto made = wait(directory.add_application(root, app)).value();
    ServicePrincipal sp;
    sp.app_id = made.app_id;
    const auto principal = wait(directory.add_service_principal(root, sp)).value();
    const auto secret = wait(directory.add_secret(root, made.id, {})).value();
    return {made.app_id, made.id, principal.id, secret.text, secret.credential.key_id};
  }
  User make_user(std::string name = "ann@berth.test", std::string password = kPassword) {
    User user;
    user.principal_name = std::move(name);
    user.display_name = "Ann";
    return wait(directory.add_user(root, user, std::move(password))).value();
  }

  asio::io_context loop;
  ManualClock clock{test_start()};
  SeededRandom random{7};
  Logger log{STDERR_FILENO, LogFormat::kHuman, LogLevel::kOff, clock};
  BlockingPool pool{1};
  FakeDocuments documents;
  access::PolicyStore policy;
  access::KeyRing keys{documents, clock, random};
  Passwords passwords{pool, random};
  std::map<std::string, std::string> web;  // what fetches find
  int fetches = 0;
  ExternalIssuers external;
  Directory directory;
  Names names{"berth.test"};
  TokenIssuer issuer{directory, names, clock, random};
  UserGrants user_grants{documents, keys, clock, random};
  ClientAuth clients{directory, external, names, clock};
  DeviceCodes devices{clock, random};
  AuthorizationCodes codes{clock, random};
  access::Throttle throttle{access::ThrottleLimits{}, clock};
  Grants grants{{directory, issuer, clients, user_grants, devices, codes, throttle, names}};
  DirectorySignIn login{directory, issuer, external, user_grants, clock};
  ManagedIdentities managed{directory, issuer, clock};
  const Actor root{"owner", "owner", "c-1", ""};
};

}  // namespace berth::identity
