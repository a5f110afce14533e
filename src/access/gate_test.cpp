#include "access/gate.h"

#include <gtest/gtest.h>

namespace berth::access {
namespace {

Gate laptop_gate() {
  policy::Snapshot snapshot;
  snapshot.registries["default"] = {};
  return Gate(std::move(snapshot));
}
policy::Source loopback() {
  policy::Source source;
  source.address = "127.0.0.1";
  source.loopback = true;
  return source;
}

TEST(RegistryOfHost, OnlyTheLaptopFacesNames) {
  for (const char* host :
       {"localhost", "localhost:5000", "LocalHost:1", "127.0.0.1:5000", "[::1]", "[::1]:65535"}) {
    EXPECT_EQ(registry_of_host(host), "default") << host;
  }
  for (const char* host :
       {"", "localhost.", "localhost.evil.example", "localhost:", "localhost:x", "localhost:123456",
        "127.0.0.2", "::1", "[::1", "evil.example:5000", "localhost@evil", "127.0.0.1.nip.io"}) {
    EXPECT_FALSE(registry_of_host(host)) << host;
  }
}

TEST(Enter, RefusesAStrangeHostBeforeAnythingElse) {
  const Gate gate = laptop_gate();
  const auto visit = gate.enter({loopback(), "rebind.example:5000", {}});
  ASSERT_FALSE(visit);
  EXPECT_EQ(visit.error().code, Code::kMisdirected);
}

TEST(Enter, RefusesPagesOfOtherSites) {
  const Gate gate = laptop_gate();
  for (const char* origin : {"http://evil.example", "null", "https://localhost.evil", "localhost",
                             "http://localhost:3000", "http://127.0.0.1:5000"}) {
    const auto visit = gate.enter({loopback(), "localhost:5000", origin});
    ASSERT_FALSE(visit) << origin;
    EXPECT_EQ(visit.error().code, Code::kDenied);
  }
  EXPECT_TRUE(gate.enter({loopback(), "localhost:5000", "http://localhost:5000"}));
}

TEST(Enter, TellsARefusedCallerItsAddress) {
  const Gate gate = laptop_gate();
  policy::Source source;
  source.address = "192.0.2.7";
  const auto visit = gate.enter({source, "localhost", {}});
  ASSERT_FALSE(visit);
  EXPECT_EQ(visit.error().code, Code::kDenied);
  ASSERT_EQ(visit.error().details.size(), 1U);
  EXPECT_EQ(visit.error().details[0], (Detail{"clientAddress", "192.0.2.7"}));
}

TEST(Authorize, GivesPermitsAndObeysANewSnapshotAtOnce) {
  Gate gate = laptop_gate();
  const auto name = oci::RepositoryName::parse("a/b");
  ASSERT_TRUE(name);
  const auto visit = gate.enter({loopback(), "localhost", {}});
  ASSERT_TRUE(visit);
  const auto permit = gate.authorize<policy::Action::kPush>(*visit, *name);
  ASSERT_TRUE(permit);
  EXPECT_EQ(permit->registry(), "default");
  EXPECT_EQ(permit->repository().text(), "a/b");
  EXPECT_FALSE(gate.authorize<policy::Action::kOperate>(*visit));

  policy::Snapshot readonly;
  readonly.registries["default"] = {.loopback_only = true, .anonymous_may_write = false};
  gate.replace(std::move(readonly));
  const auto refused = gate.authorize<policy::Action::kPush>(*visit, *name);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_TRUE(gate.authorize<policy::Action::kPull>(*visit, *name));
}

}  // namespace
}  // namespace berth::access
