// Role Based Access Control Administrator with a condition (acr-access-model C2): who may give and
// take which roles, to and from whom.
#include "control/control_testing.h"

namespace berth::control {
namespace {

using enum Method;

const std::string kDelegate = "00000000-1111-0000-0000-000000000001";
const std::string kFirst = "00000000-1111-0000-0000-000000000002";
const std::string kSecond = "00000000-1111-0000-0000-000000000003";

// As the portal writes it: `attribute` compared with `values`, for giving and for taking.
std::string only(const std::string& attribute, const std::string& comparison) {
  const std::string name = "[Microsoft.Authorization/roleAssignments:" + attribute + "] ";
  return "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request" +
         name + comparison +
         ")) AND ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR "
         "(@Resource" +
         name + comparison + "))";
}
const std::string kOnlyPull = only(
    "RoleDefinitionId", "ForAnyOfAnyValues:GuidEquals {" + std::string(policy::kAcrPullRole) + "}");

class Delegates : public ControlFixture {
 protected:
  void delegate(const std::string& condition) {
    assign(policy::kAccessAdministratorRole, group_, kDelegate, kAlice, condition);
  }
  std::string alice(Method method, const std::string& name, const std::string& body = "") {
    return refusal(as_alice(request(method, assignment_id(registry(), name), body)));
  }
  std::string registry() const { return registries_ + "default"; }
};

TEST_F(Delegates, GiveAndTakeTheNamedRolesOnly) {
  delegate(kOnlyPull);
  EXPECT_EQ(alice(kPut, kFirst, assignment(policy::kAcrPullRole, kTeam)), "");
  EXPECT_EQ(alice(kPut, kSecond, assignment(policy::kOwnerRole, kAlice)), "AuthorizationFailed");
  EXPECT_EQ(alice(kDelete, kFirst), "");
  assign(policy::kOwnerRole, registry(), kSecond, kBob);
  EXPECT_EQ(alice(kDelete, kSecond), "AuthorizationFailed");
  // What is there stays what it is under another one's name.
  EXPECT_EQ(alice(kPut, kSecond, assignment(policy::kAcrPullRole, kBob)),
            "RoleAssignmentUpdateNotPermitted");
  EXPECT_EQ(alice(kPatch, kSecond, R"({"properties":{"description":"mine"}})"),
            "AuthorizationFailed");
}

TEST_F(Delegates, CannotWidenTheirOwnRight) {
  delegate(kOnlyPull);
  const auto own = as_alice(request(kPut, assignment_id(group_, kDelegate),
                                    assignment(policy::kAccessAdministratorRole)));
  EXPECT_EQ(refusal(own), "AuthorizationFailed");
  const auto patch = as_alice(
      request(kPatch, assignment_id(group_, kDelegate), R"({"properties":{"condition":null}})"));
  EXPECT_EQ(refusal(patch), "AuthorizationFailed");
  // Putting a scope into a group gives roles on it, and says nothing that a condition could allow.
  const std::string top = "/providers/Microsoft.Management/managementGroups/top";
  ok(kPut, top);
  assign(policy::kContributorRole, top, kFirst);
  assign(policy::kAccessAdministratorRole, sub_, kSecond, kAlice, kOnlyPull);
  EXPECT_EQ(refusal(as_alice(request(kPut, top + sub_))), "AuthorizationFailed");
}

// Neither a malformed body nor a name that is free or taken is told to whoever may not.
TEST_F(Delegates, ARefusalTellsNothing) {
  delegate(kOnlyPull);
  assign(policy::kOwnerRole, registry(), kFirst, kBob);
  const std::string nobody = "aaaaaaaa-0000-0000-0000-000000000009";
  for (const std::string& name : {kFirst, kSecond}) {
    for (const std::string& body :
         {std::string("{"), std::string("{}"), std::string(R"({"properties":7})"),
          assignment(policy::kOwnerRole, nobody), assignment(nobody, kAlice)}) {
      EXPECT_EQ(alice(kPut, name, body), "AuthorizationFailed") << body;
    }
    EXPECT_EQ(alice(kDelete, name), "AuthorizationFailed");
    EXPECT_EQ(alice(kPatch, name, "{}"), "AuthorizationFailed");
  }
}

TEST_F(Delegates, PrincipalsAreKnownByIdAndByTheirRealType) {
  delegate(only("PrincipalType", "StringEqualsIgnoreCase 'Group'"));
  EXPECT_EQ(alice(kPut, kFirst, assignment(policy::kReaderRole, kTeam)), "");
  EXPECT_EQ(alice(kDelete, kFirst), "");
  // The client's word does not make a user a group.
  EXPECT_EQ(
      alice(kPut, kFirst, assignment(policy::kReaderRole, kAlice, R"(,"principalType":"Group")")),
      "AuthorizationFailed");
  ok(kDelete, assignment_id(group_, kDelegate));
  delegate(only("PrincipalId", "GuidEquals " + ("'" + std::string(kTeam) + "'")));
  EXPECT_EQ(alice(kPut, kFirst, assignment(policy::kReaderRole, kTeam)), "");
  EXPECT_EQ(alice(kPut, kSecond, assignment(policy::kReaderRole, kAlice)), "AuthorizationFailed");
}

}  // namespace
}  // namespace berth::control
