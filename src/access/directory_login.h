// What sign-in asks of the directory. identity/ implements it; the registry's sign-in knows only
// this. Both calls are safe from any thread. Refusals are kUnauthorized: `message` is fit for the
// client, `cause` says what was really wrong (bad_secret, unknown_principal, disabled, expired, …).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "policy/principal.h"

namespace berth::access {

class DirectoryLogin {
 public:
  virtual ~DirectoryLogin() = default;
  // A client id with its secret, or a user principal name with its password. A GUID that no
  // application has is told so ("Application not registered with AAD.", B3); everything else is
  // one and the same answer, at the same cost.
  virtual Task<Result<policy::Principal>> sign_in(std::string_view user,
                                                  std::string_view password) = 0;
  // A token of this directory, or of an external issuer that it trusts, for one of `audiences`
  // (compared without a slash at the end).
  virtual Task<Result<policy::Principal>> accept_token(std::string_view token,
                                                       std::span<const std::string> audiences) = 0;
};

}  // namespace berth::access
