#include "registry/catalog.h"

#include "oci/image_config.h"
#include "oci/manifest.h"
#include "registry/permit_key.h"

namespace berth::registry {
namespace {

// ACR shows the tags of a manifest in its lists; a manifest with more than this shows the first.
constexpr std::size_t kMaxTagsShown = 100;
// A larger config is not read for its platform.
constexpr std::uint64_t kMaxConfigBytes = 1024UL * 1024;

// "team/*" is what stands between "team/" and "team0", the text behind it; "tool" is that name and
// none that goes on. The patterns' order is the ranges'. A scope map's length bounds their number.
std::vector<meta::NameRange> ranges_of(const policy::CatalogView& view) {
  if (view.all) return {meta::NameRange{}};
  std::vector<meta::NameRange> ranges;
  ranges.reserve(view.patterns.size());
  for (const std::string& pattern : view.patterns) {
    if (pattern.ends_with("/*")) {
      const std::string folder = pattern.substr(0, pattern.size() - 2);
      ranges.push_back({folder + '/', folder + static_cast<char>('/' + 1)});
    } else {
      ranges.push_back({pattern, pattern + '!'});
    }
  }
  return ranges;
}

}  // namespace

Task<Result<meta::Page<oci::RepositoryName>>> Catalog::repositories(
    const policy::CatalogPermit& permit, const PageRequest& page) {
  co_return co_await meta_.catalog(permit.registry(), ranges_of(permit.view()), page.after,
                                   page.limit);
}

Task<Result<meta::RepositoryRecord>> Catalog::repository(const policy::MetadataReadPermit& permit) {
  co_return co_await meta_.repository(key_of(permit));
}

Task<Result<meta::RepositoryRecord>> Catalog::change(const policy::MetadataWritePermit& permit,
                                                     const meta::AttributesChange& change) {
  co_return co_await meta_.change_repository(key_of(permit), change);
}

Task<Result<meta::RemovedContent>> Catalog::remove(const policy::DeletePermit& permit) {
  co_return co_await meta_.remove_repository(key_of(permit));
}

Task<Result<meta::Page<oci::Tag>>> Catalog::tag_names(const policy::MetadataReadPermit& permit,
                                                      const PageRequest& page) {
  co_return co_await meta_.tag_names(key_of(permit), page.after, page.limit);
}

Task<Result<meta::Page<meta::TagRecord>>> Catalog::tags(const policy::MetadataReadPermit& permit,
                                                        const PageRequest& page,
                                                        const std::string& digest) {
  co_return co_await meta_.list_tags(key_of(permit), page.after, page.limit, page.order, digest);
}

Task<Result<meta::TagRecord>> Catalog::tag(const policy::MetadataReadPermit& permit,
                                           const oci::Tag& tag) {
  co_return co_await meta_.tag(key_of(permit), tag);
}

Task<Result<meta::TagRecord>> Catalog::change(const policy::MetadataWritePermit& permit,
                                              const oci::Tag& tag,
                                              const meta::AttributesChange& change) {
  co_return co_await meta_.change_tag(key_of(permit), tag, change);
}

Task<Result<ManifestDetails>> Catalog::details(const meta::RepositoryKey& key,
                                               meta::ManifestRecord record) {
  ManifestDetails details{std::move(record), {}, {}};
  CO_TRY_ASSIGN(details.tags, co_await meta_.tags_of(key, details.record.digest, kMaxTagsShown));
  if (details.record.is_index) {
    CO_TRY_ASSIGN(details.children, co_await meta_.children_of(key, details.record.digest));
  } else if (oci::is_image_config_media_type(details.record.config_media_type)) {
    // A config that is gone or damaged is not worth failing a listing for.
    [[maybe_unused]] const auto added = co_await add_platform(key, details.record);
  }
  co_return details;
}

Task<Result<void>> Catalog::add_platform(const meta::RepositoryKey& key,
                                         meta::ManifestRecord& record) {
  ManifestCache::Bytes bytes = cache_.find(record.digest);
  if (!bytes) {
    CO_TRY_ASSIGN(std::string text, co_await reader_.read(record.location, record.size));
    bytes = std::make_shared<const std::string>(std::move(text));
  }
  oci::ManifestLimits limits;
  limits.max_bytes = bytes->size();  // it was accepted once
  CO_TRY_ASSIGN(const oci::Manifest manifest,
                oci::read_manifest(*bytes, record.media_type, limits));
  if (!manifest.config || manifest.config->size > kMaxConfigBytes) co_return Result<void>{};
  CO_TRY_ASSIGN(const meta::BlobRecord blob,
                co_await meta_.find_blob(key, manifest.config->digest));
  if (blob.size > kMaxConfigBytes) co_return Result<void>{};
  CO_TRY_ASSIGN(const std::string config, co_await reader_.read(blob.location, blob.size));
  oci::Platform platform = oci::platform_of(config);
  record.architecture = std::move(platform.architecture);
  record.os = std::move(platform.os);
  co_return Result<void>{};
}

Task<Result<meta::Page<ManifestDetails>>> Catalog::manifests(
    const policy::MetadataReadPermit& permit, const PageRequest& page) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY_ASSIGN(meta::Page<meta::ManifestRecord> records,
                co_await meta_.list_manifests(key, page.after, page.limit, page.order));
  meta::Page<ManifestDetails> out;
  out.more = records.more;
  for (meta::ManifestRecord& record : records.items) {
    CO_TRY_ASSIGN(ManifestDetails one, co_await details(key, std::move(record)));
    out.items.push_back(std::move(one));
  }
  co_return out;
}

Task<Result<ManifestDetails>> Catalog::manifest(const policy::MetadataReadPermit& permit,
                                                const oci::Digest& digest) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY_ASSIGN(meta::ManifestRecord record, co_await meta_.manifest(key, digest));
  co_return co_await details(key, std::move(record));
}

Task<Result<ManifestDetails>> Catalog::change(const policy::MetadataWritePermit& permit,
                                              const oci::Digest& digest,
                                              const meta::AttributesChange& change) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY_ASSIGN(meta::ManifestRecord record, co_await meta_.change_manifest(key, digest, change));
  co_return co_await details(key, std::move(record));
}

Task<Result<meta::Page<meta::ReferrerRecord>>> Catalog::referrers(const policy::PullPermit& permit,
                                                                  const oci::Digest& subject,
                                                                  const std::string& artifact_type,
                                                                  const PageRequest& page) {
  co_return co_await meta_.referrers(key_of(permit), subject, artifact_type, page.after,
                                     page.limit);
}

}  // namespace berth::registry
