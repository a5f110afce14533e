#include "identity/sts_error.h"

#include <fmt/format.h>

#include <array>

namespace berth::identity {
namespace {

struct Row {
  Sts what;
  int number;
  std::string_view oauth;
  Code code;
};

// In the order of the enum (checked by grants_test).
constexpr auto kRows = std::to_array<Row>({
    {Sts::kUnknownClient, 700016, "unauthorized_client", Code::kInvalidRequest},
    {Sts::kBadSecret, 7000215, "invalid_client", Code::kUnauthorized},
    {Sts::kExpiredSecret, 7000222, "invalid_client", Code::kUnauthorized},
    {Sts::kNoCredential, 7000218, "invalid_client", Code::kUnauthorized},
    {Sts::kBadAssertion, 700027, "invalid_client", Code::kUnauthorized},
    {Sts::kNoFederatedTrust, 70021, "invalid_request", Code::kInvalidRequest},
    {Sts::kApplicationDisabled, 7000112, "unauthorized_client", Code::kInvalidRequest},
    {Sts::kUnknownTenant, 90002, "invalid_request", Code::kInvalidRequest},
    {Sts::kMalformedTenant, 900023, "invalid_request", Code::kInvalidRequest},
    {Sts::kNoTenant, 50059, "invalid_request", Code::kInvalidRequest},
    {Sts::kBadUserOrPassword, 50126, "invalid_grant", Code::kInvalidRequest},
    {Sts::kUserDisabled, 50057, "invalid_grant", Code::kInvalidRequest},
    {Sts::kUnknownResource, 500011, "invalid_resource", Code::kInvalidRequest},
    {Sts::kBadScope, 70011, "invalid_scope", Code::kInvalidRequest},
    {Sts::kMissingParameter, 900144, "invalid_request", Code::kInvalidRequest},
    {Sts::kBadParameter, 9002313, "invalid_request", Code::kInvalidRequest},
    {Sts::kUnsupportedGrant, 70003, "unsupported_grant_type", Code::kInvalidRequest},
    {Sts::kUnsupportedResponseType, 70005, "unsupported_response_type", Code::kInvalidRequest},
    {Sts::kNotAPublicClient, 7000218, "invalid_client", Code::kUnauthorized},
    {Sts::kBadRedirect, 50011, "invalid_request", Code::kInvalidRequest},
    {Sts::kGrantExpired, 70008, "invalid_grant", Code::kInvalidRequest},
    {Sts::kGrantIdle, 700082, "invalid_grant", Code::kInvalidRequest},
    {Sts::kGrantRevoked, 50173, "invalid_grant", Code::kInvalidRequest},
    {Sts::kCodeRedeemed, 54005, "invalid_grant", Code::kInvalidRequest},
    {Sts::kBadVerifier, 501481, "invalid_grant", Code::kInvalidRequest},
    {Sts::kDevicePending, 70016, "authorization_pending", Code::kInvalidRequest},
    {Sts::kDeviceSlowDown, 70016, "slow_down", Code::kInvalidRequest},
    {Sts::kDeviceDeclined, 70018, "access_denied", Code::kInvalidRequest},
    {Sts::kDeviceExpired, 70020, "expired_token", Code::kInvalidRequest},
    {Sts::kTooManyAttempts, 50053, "temporarily_unavailable", Code::kTooManyRequests},
    {Sts::kBusy, 90033, "temporarily_unavailable", Code::kUnavailable},
});

}  // namespace

Error sts_error(Sts what, std::string_view text, const DirectoryName& directory) {
  const Row& row = kRows[static_cast<std::size_t>(what)];
  return Error(row.code, fmt::format("AADSTS{}: {} Tenant: {} (directory '{}').", row.number, text,
                                     directory.tenant, directory.domain))
      .with("aadsts", std::to_string(row.number))
      .named(std::string(row.oauth));
}

}  // namespace berth::identity
