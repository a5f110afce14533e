#include "api/acr_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace berth::api {
namespace {

namespace json = boost::json;

struct LockName {
  std::string_view name;
  bool meta::Attributes::*value;
  std::optional<bool> meta::AttributesChange::*change;
};
constexpr std::array<LockName, 4> kLocks = {{
    {"deleteEnabled", &meta::Attributes::delete_enabled, &meta::AttributesChange::delete_enabled},
    {"writeEnabled", &meta::Attributes::write_enabled, &meta::AttributesChange::write_enabled},
    {"readEnabled", &meta::Attributes::read_enabled, &meta::AttributesChange::read_enabled},
    {"listEnabled", &meta::Attributes::list_enabled, &meta::AttributesChange::list_enabled},
}};

json::object locks(const meta::Attributes& attributes) {
  json::object out;
  for (const LockName& lock : kLocks) out[lock.name] = attributes.*lock.value;
  return out;
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

json::object acr_repository(const std::string& login_server, const meta::RepositoryRecord& record) {
  json::object out;
  out["registry"] = login_server;
  out["imageName"] = record.name.text();
  out["createdTime"] = to_rfc3339(record.created);
  out["lastUpdateTime"] = to_rfc3339(record.updated);
  out["manifestCount"] = record.manifest_count;
  out["tagCount"] = record.tag_count;
  out["changeableAttributes"] = locks(record.attributes);
  return out;
}

json::object acr_tag(const meta::TagRecord& record) {
  json::object out;
  out["name"] = record.name.text();
  out["digest"] = record.digest.text();
  out["createdTime"] = to_rfc3339(record.created);
  out["lastUpdateTime"] = to_rfc3339(record.updated);
  out["signed"] = false;
  out["changeableAttributes"] = locks(record.attributes);
  return out;
}

json::object acr_manifest(const registry::ManifestDetails& details) {
  const meta::ManifestRecord& record = details.record;
  json::object out;
  out["digest"] = record.digest.text();
  out["imageSize"] = record.image_size;
  out["createdTime"] = to_rfc3339(record.created);
  out["lastUpdateTime"] = to_rfc3339(record.updated);
  out["architecture"] = text_or_null(record.architecture);
  out["os"] = text_or_null(record.os);
  out["mediaType"] = record.media_type;
  if (!record.config_media_type.empty()) out["configMediaType"] = record.config_media_type;
  json::array tags;
  for (const oci::Tag& tag : details.tags) tags.emplace_back(tag.text());
  out["tags"] = std::move(tags);
  if (record.is_index) {
    json::array children;
    for (const meta::ChildRecord& child : details.children) {
      children.push_back(json::object{{"digest", child.digest.text()},
                                      {"architecture", text_or_null(child.architecture)},
                                      {"os", text_or_null(child.os)}});
    }
    out["references"] = std::move(children);
  }
  out["changeableAttributes"] = locks(record.attributes);
  return out;
}

Result<meta::AttributesChange> parse_attributes_change(std::string_view body) {
  boost::system::error_code error;
  const json::value document = json::parse({body.data(), body.size()}, error);
  const auto* object = document.if_object();
  if (error || object == nullptr) {
    return fail(Code::kInvalidRequest,
                "The body must be a JSON object such as {\"writeEnabled\": false}.");
  }
  meta::AttributesChange change;
  for (const auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    const auto lock = std::find_if(kLocks.begin(), kLocks.end(),
                                   [&](const LockName& row) { return row.name == key; });
    if (lock == kLocks.end() || !member.value().is_bool()) {
      return fail(Error(Code::kInvalidRequest,
                        "The body may hold deleteEnabled, writeEnabled, readEnabled and "
                        "listEnabled, each true or false.")
                      .with("member", std::string(key.substr(0, 64))));
    }
    change.*lock->change = member.value().get_bool();
  }
  return change;
}

}  // namespace berth::api
