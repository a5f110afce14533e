// ARM as the verbs use it: resource ids from what the caller typed, calls with the right
// api-version, and small texts. Resource ids are paths; each part is percent-encoded.
// Facts: Azure Resource Manager REST, the versions that Berth speaks for each provider.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/guid.h"
#include "cli/job.h"

namespace berth::cli {

inline constexpr std::string_view kRegistryVersion = "2025-11-01";
inline constexpr std::string_view kNetworkVersion = "2024-05-01";
inline constexpr std::string_view kGroupVersion = "2021-04-01";
inline constexpr std::string_view kSubscriptionVersion = "2019-11-01";
inline constexpr std::string_view kAuthorizationVersion = "2022-04-01";

// "/subscriptions/S": --subscription, or the server's own.
Result<std::string> subscription_id(const Job& job);
// "/subscriptions/S/resourceGroups/G": --resource-group, or "default".
Result<std::string> group_id(const Job& job);
// `registry` is a name, a login server or a resource id, which says where it is: -g is not looked
// at. Wrong usage says what an id of something else should be.
Result<std::string> registry_id(const Job& job, std::string_view registry);
// A registry's name says nothing about its resource group, so it is looked for; a resource id does.
// Without a name the only one is meant.
Result<std::string> meant_registry(Job& job, const std::string& name);
// --location, or that of the resource group.
Result<std::string> location_of(Job& job);
// The registry that a login server is of ("default" on this machine's own address); nullopt: it is
// none of `domain`. Without a domain the server cannot say which names are its, so all are.
std::optional<std::string> registry_of(std::string_view login_server, const std::string& domain);
// "team1" of "team1" and of "team1.berth.test"; everything else as it is.
std::string registry_name(const Job& job, std::string_view given);
// "ID/tokens/NAME"
std::string child_id(const std::string& parent, std::string_view type, std::string_view name);

// `id` with ?api-version=…, and `query` ("$filter=…", encoded) if there is one.
std::string versioned(const std::string& id, std::string_view version, std::string_view query = {});

// A call about a registry or what lies below it. 404 gets a hint that says how to find it.
Result<boost::json::value> registry_call(Job& job, std::string_view method, const std::string& id,
                                         const boost::json::value& body);

// The same hint for an answer about a place that --registry named.
inline constexpr std::string_view kFindRegistry =
    "berth registry list shows every registry; name the resource group with -g when it is not "
    "default";
// The nearest registry's name, where --registry names none that the caller sees; else the above.
std::string find_registry_hint(Job& job);
template <typename T>
Result<T> about_place(const Job& job, Result<T> answer) {
  const bool lost = !answer && answer.error().code == Code::kResourceUnknown;
  if (!lost || !job.call.has("--registry")) return answer;
  return fail(with_hint(std::move(answer.error()), std::string(kFindRegistry)));
}

// Before a PUT that shall make something: kConflict, with `hint`, when `id` is there already. What
// is there would lose its settings, and nobody would notice.
Result<void> expect_new(Job& job, const std::string& id, std::string_view what, std::string hint);

// "default" of "/subscriptions/S/resourceGroups/default/…", for tables; as az adds it.
void add_resource_group(boost::json::value& resource);

// RFC 3339, `days` from now.
std::string days_from_now(int days);
// A whole number of days from 1 to 3650; nullopt when the flag is absent.
Result<std::optional<int>> days_of(const Invocation& call, const std::string& flag);
std::string random_guid();
// 'it''s', percent-encoded: a text in an OData filter.
std::string filter_text(std::string_view text);

}  // namespace berth::cli
