#include <gmock/gmock.h>

#include "access/access_fixture.h"

namespace berth::access {
namespace {

using crypto::JwsAlgorithm;
using testing::HasSubstr;
using testing::StartsWith;

class TokenServiceTest : public AccessFixture {
 protected:
  TokenServiceTest() {
    principal_.kind = policy::PrincipalKind::kExternal;
    principal_.id = "subject";
    principal_.name = "name \"quoted\"";
    principal_.credential = "issuer";
    principal_.groups = {"a", "b"};
  }
  std::string access(const std::vector<Grant>& grants = {}) {
    return tokens_.access_token(principal_, registry_, "contoso.example.com", grants,
                                kAccessTokenLifetime);
  }
  std::string refresh() {
    return tokens_.refresh_token(principal_, registry_, "contoso.example.com", "tenant");
  }
  std::string cause(std::string_view token) {
    const auto result = tokens_.verify(token, registry_);
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, Code::kUnauthorized);
    EXPECT_EQ(result.error().message, kAuthenticationRequired);
    EXPECT_TRUE(result.error().details.empty());
    return result.error().cause;
  }
  std::string signed_claims(const std::string& claims,
                            JwsAlgorithm algorithm = JwsAlgorithm::kEs256) {
    return keys_.signing_key(algorithm)->sign(claims);
  }

  policy::Principal principal_;
  policy::RegistryPolicy registry_ = contoso();
};

TEST_F(TokenServiceTest, SaysWhoAndWhatAgain) {
  const std::vector<Grant> grants = {{"repository", "team/app", {"pull", "push"}},
                                     {"registry", "catalog", {"*"}}};
  const auto token = tokens_.verify(access(grants), registry_);
  ASSERT_TRUE(token);
  EXPECT_EQ((*token)->use, RegistryToken::Use::kAccess);
  EXPECT_EQ((*token)->principal, principal_);
  EXPECT_EQ((*token)->grants, grants);
  EXPECT_EQ((*token)->registry, "contoso-1");
  EXPECT_EQ((*token)->id.size(), 36U);
  EXPECT_EQ((*token)->expires, clock_.now() + kAccessTokenLifetime);

  const auto again = tokens_.verify(refresh(), registry_);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->use, RegistryToken::Use::kRefresh);
  EXPECT_EQ((*again)->principal, principal_);
  EXPECT_EQ((*again)->expires, clock_.now() + kRefreshTokenLifetime);
}

TEST_F(TokenServiceTest, CarriesTheClaimsThatClientsRead) {
  const auto jws = crypto::Jws::parse(refresh());
  ASSERT_TRUE(jws);
  EXPECT_EQ(jws->alg, "ES256");
  for (const char* claim :
       {R"("iss":"Azure Container Registry")", R"("aud":"contoso.example.com")",
        R"("version":"1.0")", R"("grant_type":"refresh_token")", R"("tenant":"tenant")",
        R"("exp":1700010800)", R"("iat":1700000000)", R"("nbf":1700000000)", R"("roles":[])"}) {
    EXPECT_THAT(jws->claims, HasSubstr(claim));
  }
}

TEST_F(TokenServiceTest, APrincipalOfOneRegistryStaysBoundToIt) {
  principal_ = {.kind = policy::PrincipalKind::kToken,
                .id = "ci",
                .name = "CI",
                .credential = "ci-1",
                .registry = "contoso-1",
                .groups = {}};
  EXPECT_EQ((*tokens_.verify(access(), registry_))->principal, principal_);
}

TEST_F(TokenServiceTest, IsNothingInAnotherRegistry) {
  const std::string token = access();
  EXPECT_TRUE(tokens_.verify(token, registry_));
  registry_.key = "contoso-2";  // the same name, made anew
  EXPECT_EQ(cause(token), "of another registry");
}

// C1: after a switch every client signs in again, whoever it is.
TEST_F(TokenServiceTest, IsOfThePermissionsModeThatItWasMadeIn) {
  constexpr const char* kOther = "made in the other permissions mode; sign in again";
  for (const auto kind : {policy::PrincipalKind::kExternal, policy::PrincipalKind::kOwner,
                          policy::PrincipalKind::kAdminUser, policy::PrincipalKind::kToken}) {
    principal_.kind = kind;
    const std::string old_access = access(), old_refresh = refresh();
    EXPECT_EQ(cause(old_access), "accepted");
    registry_.mode = policy::PermissionsMode::kRepository;
    EXPECT_EQ(cause(old_access), kOther);
    EXPECT_EQ(cause(old_refresh), kOther);
    const std::string fresh = access();
    EXPECT_EQ((*tokens_.verify(fresh, registry_))->mode, policy::PermissionsMode::kRepository);
    EXPECT_EQ(cause(refresh()), "accepted");
    registry_.mode = policy::PermissionsMode::kRegistry;
    EXPECT_EQ(cause(fresh), kOther);
    EXPECT_EQ(cause(old_access), "accepted");
  }
}

TEST_F(TokenServiceTest, ExpiresWhetherRememberedOrNot) {
  const std::string seen = access();
  const std::string unseen = access();
  EXPECT_EQ(cause(seen), "accepted");
  clock_.advance(kAccessTokenLifetime - std::chrono::seconds(1));
  EXPECT_EQ(cause(seen), "accepted");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(cause(seen), "expired");
  EXPECT_EQ(cause(unseen), "expired");
}

TEST_F(TokenServiceTest, IsNotGoodBeforeItsTime) {
  const TimePoint now = clock_.now();
  clock_.advance(std::chrono::minutes(2));
  const std::string token = access();
  clock_.advance(now - clock_.now());
  EXPECT_EQ(cause(token), "not yet valid");
  clock_.advance(std::chrono::minutes(1));  // as much as the clocks of two nodes may differ
  EXPECT_EQ(cause(token), "accepted");
}

TEST_F(TokenServiceTest, RefusesWhatIsForgedOrCutOff) {
  const std::string token = access();
  for (std::size_t length = 0; length < token.size(); length += 7) {
    EXPECT_NE(cause(token.substr(0, length)), "accepted") << length;
  }
  MemoryDocuments elsewhere(clock_);
  KeyRing other(elsewhere, clock_, random_);
  ASSERT_TRUE(wait_for(other.load()));
  const TokenService forger(other, clock_, random_);
  EXPECT_EQ(cause(forger.access_token(principal_, registry_, "contoso.example.com", {},
                                      kAccessTokenLifetime)),
            "unknown key");
  EXPECT_EQ(cause(token), "accepted");  // and remembered, which is no help to what follows
  std::string payload_changed = token;
  char& c = payload_changed[token.find('.') + 20];
  c = c == 'A' ? 'B' : 'A';
  EXPECT_THAT(cause(payload_changed), StartsWith("forged"));
  EXPECT_THAT(cause("x" + token), StartsWith("malformed"));
  EXPECT_THAT(cause(token.substr(token.rfind('.'))), StartsWith("malformed"));
  EXPECT_THAT(cause(std::string(1024UL * 1024, 'a')), StartsWith("malformed"));
}

// The directory's tokens are signed by the same ring.
TEST_F(TokenServiceTest, TakesNoTokenOfAnotherKind) {
  const std::string claims = crypto::Jws::parse(access())->claims;
  EXPECT_EQ(cause(signed_claims(claims)), "accepted");
  EXPECT_EQ(cause(signed_claims(claims, JwsAlgorithm::kRs256)), "unknown key");
  std::string other = claims;
  other.replace(other.find("Azure Container Registry"), 5, "Other");
  EXPECT_THAT(cause(signed_claims(other)), HasSubstr("issuer"));
  other = claims;
  other.replace(other.find("LegacyRegistryPermissions"), 6, "Newest");
  EXPECT_THAT(cause(signed_claims(other)), HasSubstr("mode"));
  for (const char* broken : {"{}", "[]", "", R"({"iss":5})", "null"}) {
    EXPECT_THAT(cause(signed_claims(broken)), StartsWith("malformed"));
  }
}

TEST_F(TokenServiceTest, IsVerifiedAnewWhenTheKeysChange) {
  const std::string token = access();
  const auto first = tokens_.verify(token, registry_);
  EXPECT_EQ(*first, *tokens_.verify(token, registry_));  // the same object: from memory
  ASSERT_TRUE(wait_for(keys_.rotate(true)));
  const auto again = tokens_.verify(token, registry_);
  ASSERT_TRUE(again);
  EXPECT_NE(*first, *again);

  clock_.advance(std::chrono::seconds(1));
  for (auto at = documents_.all().begin(); at != documents_.all().end();) {
    at = at->first.first == "signing-key" ? documents_.all().erase(at) : std::next(at);
  }
  ASSERT_TRUE(wait_for(keys_.rotate()).value());  // the key that signed is gone
  EXPECT_EQ(cause(token), "unknown key");
}

}  // namespace
}  // namespace berth::access
