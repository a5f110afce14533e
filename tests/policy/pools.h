// The names that random worlds, conditions and questions are made of: few, so that they meet, and
// some that resemble each other. Tests only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace berth::permissions::pools {

#define MCR "Microsoft.ContainerRegistry/registries/"

inline constexpr std::array<std::string_view, 13> kRepositories = {"backend",
                                                                   "backend/nginx",
                                                                   "backend-infra/k8s",
                                                                   "backendsvc/containers",
                                                                   "frontend/js/app",
                                                                   "frontend/css/app",
                                                                   "hello-world",
                                                                   "team-a/app",
                                                                   "team-a/sub/app",
                                                                   "team-b/app",
                                                                   "abcd",
                                                                   "acbc",
                                                                   "a"};

// Right sides of comparisons with a repository's name; some are patterns.
inline constexpr std::array<std::string_view, 18> kNameTexts = {
    "backend/", "backend",    "BACKEND/",   "frontend/js/", "hello-world", "Hello-World",
    "team-a/",  "team-a/app", "Team-A/app", "team-?/*",     "*/app",       "a*c?",
    "a*c",      "*",          "*a*/*p*",    "a\\*c",        "TEAM-*",      "?"};

inline constexpr std::array<std::string_view, 2> kEndpoints = {"/net/privateEndpoints/pe1",
                                                               "/net/privateEndpoints/pe2"};
inline constexpr std::array<std::string_view, 2> kSubnets = {"/net/v/subnets/a",
                                                             "/net/v/subnets/b"};
inline constexpr std::array<std::string_view, 5> kNetworkTexts = {kEndpoints[0], kSubnets[0],
                                                                  "*/PE?", "*/A", "/net/"};

inline constexpr std::array<std::string_view, 5> kGuids = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "B93AA761-3E63-49ED-AC28-BEFFA264F7AC",
    "b93aa761-3e63-49ed-ac28-beffa264f7ac", "00000000-0000-0000-0000-00000000000a",
    "00000000-0000-0000-0000-00000000000B"};
inline constexpr std::array<std::string_view, 4> kPrincipalTypes = {"User", "Group",
                                                                    "ServicePrincipal", "user"};

// Microseconds since 1970: noon of 14, 15 and 16 June 2026, and a microsecond beside.
inline constexpr std::int64_t kNoon = 1'781'524'800'000'000;
inline constexpr std::int64_t kDay = 86'400'000'000;
inline constexpr std::array<std::int64_t, 5> kTimes = {kNoon - kDay, kNoon - 1, kNoon, kNoon + 1,
                                                       kNoon + kDay};

inline constexpr std::array<std::string_view, 9> kImageActions = {
    MCR "repositories/content/read",
    MCR "repositories/content/write",
    MCR "repositories/content/delete",
    MCR "repositories/metadata/read",
    MCR "repositories/metadata/write",
    MCR "repositories/metadata/delete",
    MCR "repositories/*",
    MCR "Repositories/*/READ",
    "Microsoft.Authorization/roleAssignments/write"};

inline constexpr std::array<std::string_view, 16> kActionPatterns = {
    "*",
    "*/read",
    MCR "*",
    MCR "pull/read",
    MCR "pull/read",
    MCR "push/write",
    "microsoft.containerregistry/REGISTRIES/*/write",
    MCR "artifacts/delete",
    MCR "metadata/*",
    MCR "read",
    MCR "*/read",
    "*/delete",
    MCR "tokens/*",
    "Microsoft.Authorization/*/write",
    "Microsoft.Authorization/roleAssignments/*",
    "Microsoft.*/*/*/action"};
inline constexpr std::array<std::string_view, 10> kDataPatterns = {"*",
                                                                   MCR "repositories/*",
                                                                   MCR "repositories/content/*",
                                                                   MCR "repositories/*/read",
                                                                   MCR "catalog/read",
                                                                   "*/metadata/*",
                                                                   "*/write",
                                                                   MCR "repositories/content/read",
                                                                   MCR "repositories/content/write",
                                                                   MCR
                                                                   "REPOSITORIES/Metadata/read"};

inline constexpr std::array<std::string_view, 11> kOperations = {
    MCR "write",
    MCR "read",
    MCR "delete",
    MCR "listCredentials/action",
    MCR "tokens/write",
    MCR "pull/read",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Management/managementGroups/delete"};

// Of the tenant itself; ids of other scopes may stand before it.
inline constexpr std::string_view kRoleDefinition =
    "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

inline constexpr std::array<std::string_view, 9> kRulePatterns = {
    "*",          "backendsvc/containers", "backend/*",  "backend", "team-a/*", "team-a/sub/*",
    "team-a/app", "frontend/js/*",         "hello-world"};
inline constexpr std::array<std::string_view, 7> kRuleActions = {
    "content/read",   "content/write", "content/delete",          "metadata/read",
    "metadata/write", "catalog/read",  "gateway/edge/config/read"};

#undef MCR

}  // namespace berth::permissions::pools
