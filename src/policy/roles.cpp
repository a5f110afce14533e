#include "policy/roles.h"

#include <algorithm>
#include <array>

#include "policy/ascii.h"

namespace berth::policy {
namespace {

#define MCR "Microsoft.ContainerRegistry/registries/"

// In the order of Action. kRegistryRead is "any right at all on this registry": what any of the
// other rows asks for, or to see the registry itself.
constexpr std::array<std::string_view, 1> kPull = {MCR "pull/read"};
constexpr std::array<std::string_view, 1> kPush = {MCR "push/write"};
constexpr std::array<std::string_view, 1> kDelete = {MCR "artifacts/delete"};
constexpr std::array<std::string_view, 2> kMetadataRead = {MCR "pull/read", MCR "metadata/read"};
constexpr std::array<std::string_view, 1> kMetadataWrite = {MCR "metadata/write"};
constexpr std::array<std::string_view, 2> kMetadataDelete = {MCR "push/write",
                                                             MCR "artifacts/delete"};
constexpr std::array<std::string_view, 6> kAnyRight = {
    MCR "pull/read",     MCR "push/write",     MCR "artifacts/delete",
    MCR "metadata/read", MCR "metadata/write", "Microsoft.ContainerRegistry/registries/read"};
constexpr std::array<std::span<const std::string_view>, kActionNames.size()> kOperations = {
    kPull, kPush, kDelete, kMetadataRead, kMetadataWrite, kMetadataDelete, kPull, kAnyRight, {}};

using Texts = std::vector<std::string>;

// `first`, then each of `names` behind `prefix`.
Texts below(Texts first, std::string_view prefix, std::initializer_list<const char*> names) {
  for (const char* name : names) first.push_back(std::string(prefix) + name);
  return first;
}

// What the two "configuration" roles may read; the administrator may change most of it, too.
Texts configuration_reads() {
  return below(
      {"Microsoft.Authorization/*/read", "Microsoft.Insights/DiagnosticSettings/read",
       "Microsoft.Insights/DiagnosticSettingsCategories/read",
       "Microsoft.Resources/subscriptions/resourceGroups/read"},
      MCR,
      {"read", "listCredentials/action", "listUsages/read", "operationStatuses/read",
       "replications/read", "replications/operationStatuses/read", "tokens/read",
       "tokens/operationStatuses/read", "scopeMaps/read", "scopeMaps/operationStatuses/read",
       "webhooks/read", "webhooks/getCallbackConfig/action", "webhooks/listEvents/action",
       "webhooks/operationStatuses/read", "connectedRegistries/read",
       "privateEndpointConnections/read", "privateEndpointConnections/operationStatuses/read",
       "privateLinkResources/read"});
}
Texts configuration_writes() {
  return below(
      below(configuration_reads(), "Microsoft.",
            {"Insights/DiagnosticSettings/write", "Insights/DiagnosticSettings/delete",
             "Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
             "Network/virtualNetworks/subnets/read", "Network/virtualNetworks/subnets/write",
             "Network/privateEndpoints/privateLinkServiceProxies/write"}),
      MCR,
      {"write", "delete", "regenerateCredential/action", "generateCredentials/action",
       "replications/write", "replications/delete", "tokens/write", "tokens/delete",
       "scopeMaps/write", "scopeMaps/delete", "webhooks/write", "webhooks/delete",
       "webhooks/ping/action", "connectedRegistries/write", "connectedRegistries/delete",
       "connectedRegistries/deactivate/action", "privateEndpointConnections/write",
       "privateEndpointConnections/delete", "privateEndpointConnectionsApproval/action"});
}

// Roles of repositories act through data actions, which count in the mode with repository
// permissions only.
std::vector<RoleDefinition> general_roles() {
  return {
      {.id = std::string(kOwnerRole),
       .name = "Owner",
       .description = "Full access to all resources, and to who else has access.",
       .actions = {"*"}},
      {.id = std::string(kContributorRole),
       .name = "Contributor",
       .description = "Full access to all resources, but not to who else has access.",
       .actions = {"*"},
       .not_actions = {"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
                       "Microsoft.Authorization/elevateAccess/Action"}},
      {.id = std::string(kReaderRole),
       .name = "Reader",
       .description = "Sees all resources, changes none.",
       .actions = {"*/read"}},
      {.id = "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
       .name = "Role Based Access Control Administrator",
       .description = "Gives and takes access to resources by assigning roles.",
       .actions = {"Microsoft.Authorization/roleAssignments/write",
                   "Microsoft.Authorization/roleAssignments/delete", "*/read"}},
      {.id = "f1a07417-d97a-45cb-824c-7a7467783830",
       .name = "Managed Identity Operator",
       .description = "Reads and assigns user-assigned identities.",
       .actions = {"Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                   "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
                   "Microsoft.Authorization/*/read"}},
  };
}

std::vector<RoleDefinition> image_roles() {
  return {
      {.id = std::string(kAcrPullRole),
       .name = "AcrPull",
       .description = "Pulls images.",
       .actions = {MCR "pull/read"}},
      {.id = std::string(kAcrPushRole),
       .name = "AcrPush",
       .description = "Pulls and pushes images.",
       .actions = {MCR "pull/read", MCR "push/write"}},
      {.id = std::string(kAcrDeleteRole),
       .name = "AcrDelete",
       .description = "Deletes images.",
       .actions = {MCR "artifacts/delete"}},
      {.id = "6cef56e8-d556-48e5-a04f-b8e64114680f",
       .name = "AcrImageSigner",
       .description = "Signs images.",
       .actions = {MCR "sign/write"},
       .data_actions = {MCR "trustedCollections/write"}},
      {.id = "cdda3590-29a3-44f6-95f2-9f980659eb04",
       .name = "AcrQuarantineReader",
       .description = "Pulls quarantined images.",
       .actions = {MCR "quarantine/read"},
       .data_actions = {MCR "quarantinedArtifacts/read"}},
      {.id = "c8d4ff99-41c3-41a8-9f60-21dfdad59608",
       .name = "AcrQuarantineWriter",
       .description = "Pulls quarantined images and releases them.",
       .actions = {MCR "quarantine/read", MCR "quarantine/write"},
       .data_actions = {MCR "quarantinedArtifacts/read", MCR "quarantinedArtifacts/write"}},
      {.id = "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
       .name = "Container Registry Data Importer and Data Reader",
       .description = "Imports images, and reads all images of a registry.",
       .actions = {MCR "importImage/action", MCR "read", MCR "pull/read"},
       .data_actions = {MCR "repositories/content/read", MCR "repositories/metadata/read",
                        MCR "catalog/read"}},
  };
}

std::vector<RoleDefinition> repository_roles() {
  const Texts read = {MCR "repositories/metadata/read", MCR "repositories/content/read"};
  const Texts write = below(read, MCR "repositories/", {"metadata/write", "content/write"});
  const Texts all = below(write, MCR "repositories/", {"metadata/delete", "content/delete"});
  return {
      {.id = "b93aa761-3e63-49ed-ac28-beffa264f7ac",
       .name = "Container Registry Repository Reader",
       .description = "Reads images and their attributes in repositories.",
       .data_actions = read},
      {.id = "2a1e307c-b015-4ebd-883e-5b7698a07328",
       .name = "Container Registry Repository Writer",
       .description = "Reads and writes images and their attributes in repositories.",
       .data_actions = write},
      {.id = "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
       .name = "Container Registry Repository Contributor",
       .description = "Reads, writes and deletes images and their attributes in repositories.",
       .data_actions = all},
      {.id = "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
       .name = "Container Registry Repository Catalog Lister",
       .description = "Lists the repositories of a registry.",
       .data_actions = {MCR "catalog/read"}},
  };
}

std::vector<RoleDefinition> management_roles() {
  return {
      {.id = "3bc748fc-213d-45c1-8d91-9da5725539b9",
       .name = "Container Registry Contributor and Data Access Configuration Administrator",
       .description = "Creates, configures and deletes registries and their access settings.",
       .actions = configuration_writes()},
      {.id = "69b07be0-09bf-439a-b9a6-e73de851bd59",
       .name = "Container Registry Configuration Reader and Data Access Configuration Reader",
       .description = "Reads the configuration of registries and their access settings.",
       .actions = configuration_reads()},
      {.id = "fb382eab-e894-4461-af04-94435c366c3f",
       .name = "Container Registry Tasks Contributor",
       .description = "Configures and runs tasks.",
       .actions = below({}, MCR,
                        {"read", "tasks/*", "runs/*", "taskruns/*", "agentpools/*",
                         "scheduleRun/action", "listBuildSourceUploadUrl/action"})},
      {.id = "bf94e731-3a51-4a7c-8c54-a1ab9971dfc1",
       .name = "Container Registry Transfer Pipeline Contributor",
       .description = "Configures and runs transfer pipelines.",
       .actions = below({}, MCR, {"exportPipelines/*", "importPipelines/*", "pipelineRuns/*"})},
      {.id = "df87f177-bb12-4db1-9793-a413691eff94",
       .name = "Container Registry Cache Rule Administrator",
       .description = "Configures cache rules.",
       .actions = {MCR "cacheRules/*"}},
      {.id = "c357b964-0002-4b64-a50d-7a28f02edc52",
       .name = "Container Registry Cache Rule Reader",
       .description = "Reads cache rules.",
       .actions = {MCR "cacheRules/read"}},
      {.id = "f094fb07-0703-4400-ad6a-e16dd8000e14",
       .name = "Container Registry Credential Set Administrator",
       .description = "Configures credential sets.",
       .actions = {MCR "credentialSets/*"}},
      {.id = "29093635-9924-4f2c-913b-650a12949526",
       .name = "Container Registry Credential Set Reader",
       .description = "Reads credential sets.",
       .actions = {MCR "credentialSets/read"}},
  };
}

#undef MCR

}  // namespace

const std::vector<RoleDefinition>& built_in_roles() {
  static const std::vector<RoleDefinition> all = [] {
    std::vector<RoleDefinition> roles;
    for (auto group : {general_roles, image_roles, repository_roles, management_roles}) {
      for (RoleDefinition& role : group()) roles.push_back(std::move(role));
    }
    return roles;
  }();
  return all;
}

std::span<const std::string_view> operations_of(Action action) {
  return kOperations[static_cast<std::size_t>(action)];
}

// Goes back to the last '*' only: what an earlier one took can stay as it is, because a later star
// can take anything that an earlier one could.
bool matches_pattern(std::string_view pattern, std::string_view operation) {
  std::size_t p = 0, o = 0, star = std::string_view::npos, mark = 0;
  while (o < operation.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = o;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(operation[o])) {
      ++p;
      ++o;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      o = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool role_allows(const RoleDefinition& role, std::string_view operation) {
  const auto matches = [&](const std::string& pattern) {
    return matches_pattern(pattern, operation);
  };
  return std::ranges::any_of(role.actions, matches) &&
         std::ranges::none_of(role.not_actions, matches);
}

}  // namespace berth::policy
