// The built-in roles as acr-access-model C2 lists them.
#include "policy/roles.h"

namespace berth::policy {
namespace {

#define MCR "Microsoft.ContainerRegistry/registries/"

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
      {.id = std::string(kAccessAdministratorRole),
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
      {.id = std::string(kRepositoryReaderRole),
       .name = "Container Registry Repository Reader",
       .description = "Reads images and their attributes in repositories.",
       .data_actions = read},
      {.id = std::string(kRepositoryWriterRole),
       .name = "Container Registry Repository Writer",
       .description = "Reads and writes images and their attributes in repositories.",
       .data_actions = write},
      {.id = std::string(kRepositoryContributorRole),
       .name = "Container Registry Repository Contributor",
       .description = "Reads, writes and deletes images and their attributes in repositories.",
       .data_actions = all},
      {.id = std::string(kCatalogListerRole),
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

void add_built_in_roles(Snapshot& snapshot) {
  for (const RoleDefinition& role : built_in_roles()) {
    snapshot.roles.set(role.id, compile_role(role));
  }
}

}  // namespace berth::policy
