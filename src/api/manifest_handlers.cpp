#include "api/manifest_handlers.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/conditions.h"
#include "api/json_response.h"
#include "api/paging.h"

namespace berth::api {
namespace {

namespace json = boost::json;

json::object referrer(const meta::ReferrerRecord& record) {
  json::object out;
  out["mediaType"] = record.media_type;
  out["digest"] = record.digest.text();
  out["size"] = record.size;
  if (!record.artifact_type.empty()) out["artifactType"] = record.artifact_type;
  if (!record.annotations_json.empty()) {
    boost::system::error_code error;
    json::value annotations = json::parse(record.annotations_json, error);
    if (!error) out["annotations"] = std::move(annotations);
  }
  return out;
}

}  // namespace

Answer ManifestHandlers::ping(Call& /*call*/, const policy::RegistryPermit& /*permit*/) {
  co_return json_response(200, json::object{}, kPlainJsonType);
}

Answer ManifestHandlers::catalog(Call& call, const policy::CatalogPermit& permit) {
  CO_TRY_ASSIGN(const registry::PageRequest page, page_of(call.query, limits_.page_entries));
  CO_TRY_ASSIGN(const auto found, co_await catalog_->repositories(permit, page));
  json::array names;
  for (const oci::RepositoryName& name : found.items) names.emplace_back(name.text());
  http::Response response =
      json_response(200, {{"repositories", std::move(names)}}, kPlainJsonType);
  if (found.more && !found.items.empty()) {
    add_next_link(response, call.request().path(), found.items.back().text(), page);
  }
  co_return response;
}

// The hot path of every pull.
Answer ManifestHandlers::get(Call& call, const policy::PullPermit& permit) {
  CO_TRY_ASSIGN(const oci::Reference reference, oci::parse_reference(call.reference));
  auto pulled = co_await manifests_->get(permit, reference);
  if (!pulled) co_return fail(std::move(pulled).error());
  http::Response response(200);
  response.headers.reserve(5);
  response.header("Content-Type", std::move(pulled->record.media_type))
      .header("Docker-Content-Digest", pulled->record.digest.text())
      .header("ETag", etag_of(pulled->record.digest));
  if (not_modified(call.request(), pulled->record.digest)) {
    response.status = 304;
    response.announced_length = pulled->bytes->size();
  } else {
    response.body = std::move(pulled->bytes);
  }
  co_return response;
}

Answer ManifestHandlers::put(Call& call, const policy::PushPermit& permit) {
  CO_TRY_ASSIGN(oci::Reference reference, oci::parse_reference(call.reference));
  std::vector<oci::Tag> extra;
  for (const std::string_view text : call.query.all("tag")) {
    CO_TRY_ASSIGN(oci::Tag tag, oci::Tag::parse(text));
    extra.push_back(std::move(tag));
  }
  CO_TRY_ASSIGN(const std::string body, co_await read_body(call, permit, limits_.manifest_bytes,
                                                           "A manifest (limits.manifest_bytes)"));
  const registry::ManifestPush push{std::move(reference), extra,
                                    call.request().header("Content-Type").value_or(""), body};
  CO_TRY_ASSIGN(const registry::PushedManifest pushed, co_await manifests_->put(permit, push));
  http::Response response(201);
  response
      .header("Location",
              fmt::format("/v2/{}/manifests/{}", permit.repository().text(), pushed.digest.text()))
      .header("Docker-Content-Digest", pushed.digest.text());
  if (pushed.subject) response.header("OCI-Subject", pushed.subject->text());
  for (const oci::Tag& tag : extra) response.header("OCI-Tag", tag.text());
  co_return response;
}

Answer ManifestHandlers::remove(Call& call, const policy::DeletePermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest digest, oci::Digest::parse(call.reference));
  CO_TRY(co_await manifests_->remove(permit, digest));
  co_return http::Response(202);
}

Answer ManifestHandlers::untag(Call& call, const policy::MetadataDeletePermit& permit) {
  CO_TRY_ASSIGN(const oci::Tag tag, oci::Tag::parse(call.reference));
  CO_TRY(co_await manifests_->untag(permit, tag));
  co_return http::Response(202);
}

Answer ManifestHandlers::tags(Call& call, const policy::MetadataReadPermit& permit) {
  CO_TRY_ASSIGN(const registry::PageRequest page, page_of(call.query, limits_.page_entries));
  CO_TRY_ASSIGN(const auto found, co_await catalog_->tag_names(permit, page));
  json::array names;
  for (const oci::Tag& tag : found.items) names.emplace_back(tag.text());
  http::Response response = json_response(
      200, {{"name", permit.repository().text()}, {"tags", std::move(names)}}, kPlainJsonType);
  if (found.more && !found.items.empty()) {
    add_next_link(response, call.request().path(), found.items.back().text(), page);
  }
  co_return response;
}

Answer ManifestHandlers::referrers(Call& call, const policy::PullPermit& permit) {
  CO_TRY_ASSIGN(const oci::Digest subject, oci::Digest::parse(call.reference));
  CO_TRY_ASSIGN(const registry::PageRequest page, page_of(call.query, limits_.page_entries));
  const std::string type(call.query.get("artifactType").value_or(""));
  CO_TRY_ASSIGN(const auto found, co_await catalog_->referrers(permit, subject, type, page));
  json::array manifests;
  for (const meta::ReferrerRecord& record : found.items) manifests.push_back(referrer(record));
  http::Response response = json_response(200,
                                          {{"schemaVersion", 2},
                                           {"mediaType", oci::media_type::kOciIndex},
                                           {"manifests", std::move(manifests)}},
                                          oci::media_type::kOciIndex);
  if (!type.empty()) response.header("OCI-Filters-Applied", "artifactType");
  if (found.more && !found.items.empty()) {
    const std::string filter = type.empty() ? "" : "&artifactType=" + encode_query_value(type);
    add_next_link(response, call.request().path(), found.items.back().digest.text(), page, filter);
  }
  co_return response;
}

}  // namespace berth::api
