#include "registry/manifests.h"

#include <fmt/format.h>

#include "crypto/hasher.h"
#include "registry/discard.h"
#include "registry/locks.h"
#include "registry/permit_key.h"

namespace berth::registry {
namespace {

std::string full_name(const meta::RepositoryKey& key, const oci::Reference& reference) {
  const char separator = std::holds_alternative<oci::Tag>(reference) ? ':' : '@';
  return fmt::format("{}{}{}", key.name.text(), separator, oci::reference_text(reference));
}

// The digest of the bytes; must be the reference's when that is one.
Result<oci::Digest> digest_for(const ManifestPush& push) {
  const auto* expected = std::get_if<oci::Digest>(&push.reference);
  const auto algorithm = expected ? expected->algorithm() : oci::Algorithm::kSha256;
  oci::Digest actual = crypto::digest_of(algorithm, push.bytes);
  if (expected && actual != *expected) {
    return fail(Error(Code::kDigestInvalid,
                      "The manifest's digest is not the one in the URL; PUT exactly the bytes that "
                      "the digest was computed of.")
                    .with("expected", expected->text())
                    .with("actual", actual.text()));
  }
  return actual;
}

}  // namespace

Task<Result<meta::ResolvedManifest>> Manifests::stat(const policy::PullPermit& permit,
                                                     const oci::Reference& reference) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY_ASSIGN(meta::ResolvedManifest record, co_await records_.resolve(key, reference));
  if (!record.readable) co_return fail(not_readable(full_name(key, reference)));
  co_return record;
}

Task<Result<PulledManifest>> Manifests::get(const policy::PullPermit& permit,
                                            const oci::Reference& reference) {
  CO_TRY_ASSIGN(meta::ResolvedManifest record, co_await stat(permit, reference));
  ManifestCache::Bytes bytes = cache_.find(record.digest);
  if (!bytes) {
    CO_TRY_ASSIGN(std::string text, co_await reader_.read(record.location, record.size));
    if (crypto::digest_of(record.digest.algorithm(), text) != record.digest) {
      co_return fail(
          Error(Code::kInternal, "The stored manifest is damaged; push it again to repair it.")
              .because(fmt::format("{} does not have its digest", record.location.text)));
    }
    bytes = std::make_shared<const std::string>(std::move(text));
    cache_.insert(record.digest, bytes);
  }
  co_return PulledManifest{std::move(record), std::move(bytes)};
}

// What must be in the repository before the manifest may be: its config, its layers but for those
// that live elsewhere by declaration, the children of an index unless sparse ones are accepted.
// A subject may come later (Distribution Specification, "Pushing Manifests with Subject").
meta::ManifestWrite Manifests::describe(meta::RepositoryKey key, oci::Digest digest,
                                        oci::Manifest manifest) const {
  using meta::ReferenceKind;
  meta::ManifestWrite write{std::move(key), std::move(digest), {}, {}, {}, {}, {}, {}};
  if (manifest.config) {
    write.required_blobs.push_back(manifest.config->digest);
    write.references.push_back({ReferenceKind::kConfig, manifest.config->digest, {}, {}});
  }
  for (const oci::Descriptor& layer : manifest.layers) {
    const bool elsewhere = layer.has_urls && layer.non_distributable();
    if (!elsewhere) write.required_blobs.push_back(layer.digest);
    write.references.push_back({ReferenceKind::kLayer, layer.digest, {}, {}});
  }
  for (const oci::Descriptor& child : manifest.manifests) {
    if (!options_.accept_sparse_indexes) write.required_manifests.push_back(child.digest);
    write.references.push_back(
        {ReferenceKind::kManifest, child.digest, child.architecture, child.os});
  }
  if (manifest.subject) {
    write.references.push_back({ReferenceKind::kSubject, manifest.subject->digest, {}, {}});
  }
  write.manifest = std::move(manifest);
  return write;
}

Task<Result<PushedManifest>> Manifests::put(const policy::PushPermit& permit,
                                            const ManifestPush& push) {
  const meta::RepositoryKey key = key_of(permit);
  CO_TRY_ASSIGN(const oci::Digest digest, digest_for(push));
  CO_TRY_ASSIGN(oci::Manifest manifest,
                oci::read_manifest(push.bytes, push.content_type, options_.limits));
  CO_TRY(co_await repositories_.check_writable(key));
  PushedManifest pushed{digest, {}};
  if (manifest.subject) pushed.subject = manifest.subject->digest;

  meta::ManifestWrite write = describe(key, digest, std::move(manifest));
  if (const auto* tag = std::get_if<oci::Tag>(&push.reference)) write.tags.push_back(*tag);
  write.tags.insert(write.tags.end(), push.extra_tags.begin(), push.extra_tags.end());

  // Bytes durable, then metadata, then the answer; the lease spans both.
  Result<void> recorded;
  {
    const Lease lease = co_await leases_.hold(digest);
    const auto bytes = std::as_bytes(std::span(push.bytes.data(), push.bytes.size()));
    CO_TRY_ASSIGN(write.location, co_await store_.put(bytes, digest));
    recorded = co_await records_.put_manifest(write);
  }
  if (!recorded) {
    co_await discard_unreferenced(store_, inventory_, leases_, digest, write.location);
    co_return fail(std::move(recorded).error());
  }
  co_return pushed;
}

Task<Result<void>> Manifests::remove(const policy::DeletePermit& permit,
                                     const oci::Digest& digest) {
  co_return co_await records_.remove_manifest(key_of(permit), digest);
}

Task<Result<void>> Manifests::untag(const policy::MetadataDeletePermit& permit,
                                    const oci::Tag& tag) {
  co_return co_await tags_.remove_tag(key_of(permit), tag);
}

}  // namespace berth::registry
