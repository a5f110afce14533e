#include "policy/decision.h"

#include <gtest/gtest.h>

namespace berth::policy {
namespace {

constexpr std::uint32_t kServerUid = 990;

Snapshot laptop() {
  Snapshot snapshot;
  snapshot.registries["default"] = {};
  snapshot.server_uid = kServerUid;
  return snapshot;
}
Source from(std::string address, bool loopback) {
  Source source;
  source.address = std::move(address);
  source.loopback = loopback;
  return source;
}

TEST(Admit, LetsInTheMachineItselfAndNobodyElse) {
  const Snapshot snapshot = laptop();
  EXPECT_TRUE(admit(snapshot, from("127.0.0.1", true), "default").allowed());
  const Decision outside = admit(snapshot, from("192.0.2.7", false), "default");
  EXPECT_FALSE(outside.allowed());
  EXPECT_EQ(outside.rule, "loopback-only");
  EXPECT_FALSE(admit(snapshot, from("127.0.0.1", true), "other").allowed());
}

struct Row {
  Action action;
  bool anonymous_may_write;
  bool expected;
};

TEST(Decide, TableOfActionsForAnAnonymousCallerOnTheMachine) {
  const Row rows[] = {
      {Action::kPull, true, true},          {Action::kPull, false, true},
      {Action::kPush, true, true},          {Action::kPush, false, false},
      {Action::kDelete, true, true},        {Action::kDelete, false, false},
      {Action::kMetadataRead, false, true}, {Action::kMetadataWrite, false, false},
      {Action::kMetadataWrite, true, true}, {Action::kMetadataDelete, false, false},
      {Action::kCatalogRead, false, true},  {Action::kRegistryRead, false, true},
      {Action::kOperate, true, false},
  };
  const Source source = from("::1", true);
  const Principal anonymous;
  for (const Row& row : rows) {
    Snapshot snapshot = laptop();
    snapshot.registries["default"].anonymous_may_write = row.anonymous_may_write;
    const Decision decision = decide(snapshot, {source, anonymous, row.action, "default"});
    EXPECT_EQ(decision.allowed(), row.expected) << action_name(row.action);
    EXPECT_EQ(decision.reason.empty(), row.expected);  // every refusal says why
  }
}

TEST(Decide, ARefusedNetworkIsRefusedForEveryAction) {
  const Snapshot snapshot = laptop();
  const Source outside = from("192.0.2.7", false);
  for (std::size_t i = 0; i < kActionNames.size(); ++i) {
    EXPECT_FALSE(decide(snapshot, {outside, {}, static_cast<Action>(i), "default"}).allowed());
  }
}

TEST(Decide, OnlyRootAndTheServersUserOperate) {
  const Snapshot snapshot = laptop();
  Source socket;
  socket.own_socket = true;
  for (const auto& [uid, expected] : {std::pair{0U, true}, {kServerUid, true}, {1000U, false}}) {
    socket.uid = uid;
    EXPECT_EQ(decide(snapshot, {socket, {}, Action::kOperate, ""}).allowed(), expected) << uid;
  }
  socket.uid.reset();
  EXPECT_FALSE(decide(snapshot, {socket, {}, Action::kOperate, ""}).allowed());
}

}  // namespace
}  // namespace berth::policy
