// What the sign-in endpoints refuse, in the words and numbers of the AADSTS codes
// (acr-access-model B4). One table gives each its number, its OAuth error and its HTTP status.
//
// An Error made here has the OAuth error as exact_code, the number as detail "aadsts", and a
// message that begins with the code and ends with the tenant and directory that were asked (L0).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::identity {

enum class Sts {
  kUnknownClient,
  kBadSecret,
  kExpiredSecret,
  kNoCredential,
  kBadAssertion,
  kNoFederatedTrust,
  kApplicationDisabled,
  kUnknownTenant,
  kMalformedTenant,
  kNoTenant,
  kBadUserOrPassword,
  kUserDisabled,
  kUnknownResource,
  kBadScope,
  kMissingParameter,
  kBadParameter,
  kUnsupportedGrant,
  kUnsupportedResponseType,
  kNotAPublicClient,
  kBadRedirect,
  kGrantExpired,
  kGrantIdle,
  kGrantRevoked,
  kCodeRedeemed,
  kBadVerifier,
  kDevicePending,
  kDeviceSlowDown,
  kDeviceDeclined,
  kDeviceExpired,
  kTooManyAttempts,
  kBusy,
};

// Which directory an error speaks of.
struct DirectoryName {
  std::string tenant, domain;
};

Error sts_error(Sts what, std::string_view text, const DirectoryName& directory);

}  // namespace berth::identity
