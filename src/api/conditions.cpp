#include "api/conditions.h"

namespace berth::api {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool tag_matches(std::string_view item, std::string_view digest) {
  item = trim(item);
  if (item == "*") return true;
  if (item.starts_with("W/")) item.remove_prefix(2);
  if (item.size() >= 2 && item.front() == '"' && item.back() == '"') {
    item = item.substr(1, item.size() - 2);
  }
  return item == digest;
}

}  // namespace

std::string etag_of(const oci::Digest& digest) {
  return '"' + digest.text() + '"';
}

bool not_modified(const http::Request& request, const oci::Digest& digest) {
  if (!request.header("If-None-Match")) return false;
  const std::string joined = request.joined_header("If-None-Match");
  std::string_view rest = joined;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (tag_matches(rest.substr(0, comma), digest.text())) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace berth::api
