#include "api/arm_metadata.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace berth::api {
namespace {

namespace json = boost::json;

// The path `/adfs` keeps clients from asking a public host about this authority.
json::object authentication(const Faces& faces) {
  return {{"loginEndpoint", faces.url("login") + "/adfs"},
          {"audiences", json::array{faces.url("management") + "/", faces.url("management")}},
          {"tenant", "adfs"},
          {"identityProvider", "ADFS"}};
}

}  // namespace

std::string cloud_metadata(const Faces& faces, std::string_view api_version) {
  const std::string graph = faces.url("graph") + "/";
  if (api_version == "2015-01-01") {
    return json::serialize(json::object{{"galleryEndpoint", faces.url("management") + "/"},
                                        {"graphEndpoint", graph},
                                        {"portalEndpoint", faces.url("portal") + "/"},
                                        {"authentication", authentication(faces)}});
  }
  json::object cloud = {{"name", "Berth"},
                        {"resourceManager", faces.url("management") + "/"},
                        {"authentication", authentication(faces)},
                        {"graph", graph},
                        {"graphAudience", graph},
                        {"microsoftGraphResourceId", graph},
                        {"logAnalyticsResourceId", faces.url("logs")},
                        {"portal", faces.url("portal")},
                        {"gallery", faces.url("management") + "/"}};
  cloud["suffixes"] = {{"acrLoginServer", faces.domain},
                       {"storage", faces.domain},
                       {"keyVaultDns", "vault." + faces.domain}};
  // Newer Azure CLIs read one cloud, older ones a list of them. Versions are dates.
  if (api_version >= "2022-09-01") return json::serialize(cloud);
  json::array clouds;
  clouds.emplace_back(std::move(cloud));
  return json::serialize(clouds);
}

}  // namespace berth::api
