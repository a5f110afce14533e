// The documents that tell clients where to sign in (az-acr-wire 1.4, 1.5). Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "identity/names.h"

namespace berth::api {

// `authority` is the first part of the path as the client wrote it, so that it stays on its way:
// "adfs" or a tenant. The issuer's fourth '/'-piece is always the tenant's GUID.
boost::json::object openid_configuration(const identity::Names& names, std::string_view tenant,
                                         std::string_view authority, bool v2);
// What MSAL asks the public host for, api-version 1.0 and 1.1; it names this server only.
boost::json::object instance_discovery(const identity::Names& names, std::string_view tenant,
                                       bool with_metadata);
// The same for every user of a domain: it must not tell who exists.
boost::json::object user_realm(std::string_view user, std::string_view domain);

}  // namespace berth::api
