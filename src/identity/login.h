// What the registry's and the control plane's sign-in ask of the directory
// (access/directory_login.h), and the check of a person's password that all ways in share.
#pragma once

#include <string>
#include <string_view>

#include "access/directory_login.h"
#include "identity/directory.h"
#include "identity/external_tokens.h"
#include "identity/token_issuer.h"
#include "identity/user_grants.h"

namespace berth::identity {

// Costs one Argon2id operation whatever the answer.
struct PasswordCheck {
  enum class Outcome { kGood, kWrong, kUnknown, kDisabled } outcome = Outcome::kUnknown;
  policy::Principal principal;  // kGood
};
// kDisabled is told only to who knows the password. Errors: kTooManyRequests.
Task<Result<PasswordCheck>> check_password(const Directory& directory, std::string_view user,
                                           std::string_view password);

class DirectorySignIn final : public access::DirectoryLogin {
 public:
  DirectorySignIn(const Directory& directory, const TokenIssuer& issuer,
                  const ExternalIssuers& external, const UserGrants& grants, const Clock& clock)
      : directory_(directory),
        issuer_(issuer),
        external_(external),
        grants_(grants),
        clock_(clock) {}

  Task<Result<policy::Principal>> sign_in(std::string_view user,
                                          std::string_view password) override;
  // `audiences` are for tokens of this directory; an external issuer's tokens must be for one of
  // the audiences in its own configuration.
  Task<Result<policy::Principal>> accept_token(std::string_view token,
                                               std::span<const std::string> audiences) override;

 private:
  Result<policy::Principal> sign_in_application(std::string_view app_id, std::string_view secret);
  const Directory& directory_;
  const TokenIssuer& issuer_;
  const ExternalIssuers& external_;
  const UserGrants& grants_;
  const Clock& clock_;
};

}  // namespace berth::identity
