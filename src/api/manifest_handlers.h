// /v2/, /v2/_catalog, and manifests, tags and referrers of a repository.
#pragma once

#include "api/data_plane.h"
#include "api/route.h"

namespace berth::api {

class ManifestHandlers {
 public:
  ManifestHandlers(registry::Manifests& manifests, registry::Catalog& catalog,
                   DataPlaneLimits limits)
      : manifests_(&manifests), catalog_(&catalog), limits_(limits) {}
  Answer ping(Call& call, const policy::RegistryPermit& permit);
  Answer catalog(Call& call, const policy::CatalogPermit& permit);
  Answer get(Call& call, const policy::PullPermit& permit);
  Answer put(Call& call, const policy::PushPermit& permit);
  Answer remove(Call& call, const policy::DeletePermit& permit);
  Answer untag(Call& call, const policy::MetadataDeletePermit& permit);
  Answer tags(Call& call, const policy::MetadataReadPermit& permit);
  Answer referrers(Call& call, const policy::PullPermit& permit);

 private:
  registry::Manifests* manifests_;
  registry::Catalog* catalog_;
  DataPlaneLimits limits_;
};

}  // namespace berth::api
