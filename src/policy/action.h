// What a request wants to do, in ACR's words (acr-access-model C2 and C6: the dataActions of
// repository permissions, which scope maps use too).
#pragma once

#include <array>
#include <string_view>

namespace berth::policy {

enum class Action {
  kPull,            // manifests, blobs, referrers
  kPush,            // uploads, manifest PUT, the target of a mount
  kDelete,          // manifests, blobs, whole repositories
  kMetadataRead,    // list tags and manifests, read attributes
  kMetadataWrite,   // change attributes
  kMetadataDelete,  // remove a tag
  kCatalogRead,     // list repositories; needs no repository
  kRegistryRead,    // GET /v2/: is this a registry, and who am I to it?
  kOperate,         // maintenance over the machine's own socket: collect garbage, verify
};

inline constexpr std::array<std::string_view, 9> kActionNames = {
    "repositories/content/read",
    "repositories/content/write",
    "repositories/content/delete",
    "repositories/metadata/read",
    "repositories/metadata/write",
    "repositories/metadata/delete",
    "registry/catalog/read",
    "registry/read",
    "server/operate",
};

constexpr std::string_view action_name(Action action) {
  return kActionNames[static_cast<std::size_t>(action)];
}

}  // namespace berth::policy
