#include "api/acr_handlers.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/acr_json.h"
#include "api/json_response.h"
#include "api/paging.h"

namespace berth::api {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMaxPatchBytes = 64UL * 1024;

// ACR names the login server; ours is the host that the caller used.
std::string login_server(const Call& call) {
  return call.visit.service;
}

// {registry, imageName, <member>: body}, the envelope of tags and manifests.
json::object envelope(const Call& call, const oci::RepositoryName& name, std::string_view member,
                      json::value body) {
  json::object out;
  out["registry"] = login_server(call);
  out["imageName"] = name.text();
  out[member] = std::move(body);
  return out;
}

Task<Result<meta::AttributesChange>> read_change(Call& call,
                                                 const policy::MetadataWritePermit& permit) {
  CO_TRY_ASSIGN(const std::string body,
                co_await read_body(call, permit, kMaxPatchBytes, "A PATCH of attributes"));
  co_return parse_attributes_change(body);
}

}  // namespace

Answer AcrHandlers::repository(Call& call, const policy::MetadataReadPermit& permit) {
  CO_TRY_ASSIGN(const auto record, co_await catalog_->repository(permit));
  co_return json_response(200, acr_repository(login_server(call), record));
}

Answer AcrHandlers::change_repository(Call& call, const policy::MetadataWritePermit& permit) {
  CO_TRY_ASSIGN(const meta::AttributesChange change, co_await read_change(call, permit));
  CO_TRY_ASSIGN(const auto record, co_await catalog_->change(permit, change));
  co_return json_response(200, acr_repository(login_server(call), record));
}

Answer AcrHandlers::remove_repository(Call& /*call*/, const policy::DeletePermit& permit) {
  CO_TRY_ASSIGN(const meta::RemovedContent removed, co_await catalog_->remove(permit));
  json::array manifests;
  for (const oci::Digest& digest : removed.manifests) manifests.emplace_back(digest.text());
  json::array tags;
  for (const oci::Tag& tag : removed.tags) tags.emplace_back(tag.text());
  co_return json_response(
      202, {{"manifestsDeleted", std::move(manifests)}, {"tagsDeleted", std::move(tags)}});
}

Answer AcrHandlers::tags(Call& call, const policy::MetadataReadPermit& permit) {
  CO_TRY_ASSIGN(const registry::PageRequest page, page_of(call.query, limits_.page_entries));
  const std::string digest(call.query.get("digest").value_or(""));
  if (!digest.empty()) CO_TRY(oci::Digest::parse(digest));
  CO_TRY_ASSIGN(const auto found, co_await catalog_->tags(permit, page, digest));
  json::array tags;
  for (const meta::TagRecord& record : found.items) tags.push_back(acr_tag(record));
  http::Response response =
      json_response(200, envelope(call, permit.repository(), "tags", std::move(tags)));
  if (found.more && !found.items.empty()) {
    const std::string filter = digest.empty() ? "" : "&digest=" + encode_query_value(digest);
    add_next_link(response, call.request().path(), found.items.back().name.text(), page, filter);
  }
  co_return response;
}

Answer AcrHandlers::tag(Call& call, const policy::MetadataReadPermit& permit) {
  CO_TRY_ASSIGN(const oci::Tag name, oci::Tag::parse(call.reference));
  CO_TRY_ASSIGN(const auto record, co_await catalog_->tag(permit, name));
  co_return json_response(200, envelope(call, permit.repository(), "tag", acr_tag(record)));
}

Answer AcrHandlers::change_tag(Call& call, const policy::MetadataWritePermit& permit) {
  CO_TRY_ASSIGN(const oci::Tag name, oci::Tag::parse(call.reference));
  CO_TRY_ASSIGN(const meta::AttributesChange change, co_await read_change(call, permit));
  CO_TRY_ASSIGN(const auto record, co_await catalog_->change(permit, name, change));
  co_return json_response(200, envelope(call, permit.repository(), "tag", acr_tag(record)));
}

Answer AcrHandlers::untag(Call& call, const policy::MetadataDeletePermit& permit) {
  CO_TRY_ASSIGN(const oci::Tag name, oci::Tag::parse(call.reference));
  CO_TRY(co_await manifests_->untag(permit, name));
  co_return http::Response(202);
}

Answer AcrHandlers::manifests(Call& call, const policy::MetadataReadPermit& permit) {
  CO_TRY_ASSIGN(const registry::PageRequest page, page_of(call.query, limits_.page_entries));
  CO_TRY_ASSIGN(const auto found, co_await catalog_->manifests(permit, page));
  json::array manifests;
  for (const registry::ManifestDetails& one : found.items) manifests.push_back(acr_manifest(one));
  http::Response response =
      json_response(200, envelope(call, permit.repository(), "manifests", std::move(manifests)));
  if (found.more && !found.items.empty()) {
    add_next_link(response, call.request().path(), found.items.back().record.digest.text(), page);
  }
  co_return response;
}

Answer AcrHandlers::manifest(Call& call, const policy::MetadataReadPermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest digest, oci::Digest::parse(call.reference));
  CO_TRY_ASSIGN(const auto details, co_await catalog_->manifest(permit, digest));
  co_return json_response(200,
                          envelope(call, permit.repository(), "manifest", acr_manifest(details)));
}

Answer AcrHandlers::change_manifest(Call& call, const policy::MetadataWritePermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest digest, oci::Digest::parse(call.reference));
  CO_TRY_ASSIGN(const meta::AttributesChange change, co_await read_change(call, permit));
  CO_TRY_ASSIGN(const auto details, co_await catalog_->change(permit, digest, change));
  co_return json_response(200,
                          envelope(call, permit.repository(), "manifest", acr_manifest(details)));
}

}  // namespace berth::api
