// ACR's metadata API under /acr/v1/: repositories, tags and manifests with their times and locks
// (changeableAttributes). Shapes are those the Azure CLI and SDKs read, byte for byte.
#pragma once

#include "api/data_plane.h"
#include "api/route.h"

namespace berth::api {

class AcrHandlers {
 public:
  AcrHandlers(registry::Catalog& catalog, registry::Manifests& manifests, DataPlaneLimits limits)
      : catalog_(&catalog), manifests_(&manifests), limits_(limits) {}
  Answer repository(Call& call, const policy::MetadataReadPermit& permit);
  Answer change_repository(Call& call, const policy::MetadataWritePermit& permit);
  Answer remove_repository(Call& call, const policy::DeletePermit& permit);
  Answer tags(Call& call, const policy::MetadataReadPermit& permit);
  Answer tag(Call& call, const policy::MetadataReadPermit& permit);
  Answer change_tag(Call& call, const policy::MetadataWritePermit& permit);
  Answer untag(Call& call, const policy::MetadataDeletePermit& permit);
  Answer manifests(Call& call, const policy::MetadataReadPermit& permit);
  Answer manifest(Call& call, const policy::MetadataReadPermit& permit);
  Answer change_manifest(Call& call, const policy::MetadataWritePermit& permit);

 private:
  registry::Catalog* catalog_;
  registry::Manifests* manifests_;
  DataPlaneLimits limits_;
};

}  // namespace berth::api
