// What the tests of sign-in stand on: a key ring on documents in memory, a clock that the test
// moves, one registry, and a directory with one account. Test programs only.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>

#include "access/authenticator.h"
#include "access/documents_test_support.h"
#include "access/gate.h"
#include "access/key_ring.h"
#include "access/token_service.h"

namespace berth::access {

// Knows ada@example.com with the password "correct horse" and the token "ada's"; counts the
// passwords that it was asked about.
class FakeDirectory final : public DirectoryLogin {
 public:
  Task<Result<policy::Principal>> sign_in(std::string_view user,
                                          std::string_view password) override {
    ++asked;
    if (user == "ada@example.com" && password == "correct horse") co_return ada();
    co_return fail(Error(Code::kUnauthorized, "Application not registered with AAD.")
                       .because("unknown_principal"));
  }
  Task<Result<policy::Principal>> accept_token(
      std::string_view token, std::span<const std::string> /*audiences*/) override {
    if (token == "ada's") co_return ada();
    co_return fail(Code::kUnauthorized, std::string(kAuthenticationRequired));
  }
  static policy::Principal ada() {
    policy::Principal ada;
    ada.kind = policy::PrincipalKind::kUser;
    ada.id = "ada";
    ada.name = "ada@example.com";
    ada.credential = "ada-password";
    return ada;
  }
  int asked = 0;
};

class AccessFixture : public ::testing::Test {
 protected:
  AccessFixture() {
    if (!wait_for(keys_.load())) throw std::runtime_error("keys");
  }

  policy::Secret secret(const std::string& id, const std::string& password,
                        std::int64_t expires = 0) const {
    return {id, keys_.keyed_hash(password), expires};
  }
  // "Contoso" with the admin user and the token "ci", which may pull below team/.
  policy::RegistryPolicy contoso() const {
    policy::RegistryPolicy registry;
    registry.key = "contoso-1";
    registry.name = "Contoso";
    registry.resource_id =
        "/subscriptions/s/resourcegroups/g/providers/microsoft.containerregistry/registries/"
        "contoso";
    registry.admin_enabled = true;
    registry.admin_passwords = {secret("admin-1", "first"), secret("admin-2", "second")};
    registry.tokens.set("ci", {true, "readers", {secret("ci-1", "one"), std::nullopt}});
    registry.scope_maps.set("readers", {{{"team/*", "content/read"}}});
    return registry;
  }
  static policy::Source outside() {
    policy::Source source;
    source.address = "192.0.2.7";
    source.tls = true;
    return source;
  }

  ManualClock clock_;
  SystemRandom random_;
  MemoryDocuments documents_{clock_};
  KeyRing keys_{documents_, clock_, random_};
  TokenService tokens_{keys_, clock_, random_};
};

}  // namespace berth::access
