#include "oci/image_config.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace berth::oci {
namespace {

namespace json = boost::json;

std::string text_member(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains({key.data(), key.size()});
  const json::string* text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

}  // namespace

bool is_image_config_media_type(std::string_view media_type) {
  return media_type == "application/vnd.oci.image.config.v1+json" ||
         media_type == "application/vnd.docker.container.image.v1+json";
}

Platform platform_of(std::string_view config_json) {
  boost::system::error_code error;
  const json::value document = json::parse({config_json.data(), config_json.size()}, error);
  const json::object* config = error ? nullptr : document.if_object();
  if (config == nullptr) return {};
  return {text_member(*config, "architecture"), text_member(*config, "os")};
}

}  // namespace berth::oci
