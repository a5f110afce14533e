// What a 401 of the registry says in its headers (acr-access-model B2, az-acr-wire 2.1): where to
// get a token, for which scope, and what is likely wrong. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/gate.h"
#include "http/exchange.h"

namespace berth::api {

// Where tokens are made for this visitor: "https://reg.example.test/oauth2/token".
std::string token_realm(const access::Visit& visit);

// `Bearer realm="…",service="…"[,scope="…"][,error="…"]`. No space after the commas: the Azure CLI
// splits at spaces. `scope` empty: none, as for /v2/ itself.
std::string challenge(const access::Visit& visit, std::string_view scope, Code code);

// Adds what helps the person behind the client, as `Warning: 299` headers, which container tools
// print: credentials that spoil an anonymous pull (row L25) and docker before 18.03 (row L19).
void add_hints(http::Response& response, const access::Visit& visit,
               std::optional<std::string_view> user_agent);

}  // namespace berth::api
