// libFuzzer target: a request target through percent-decoding, the route patterns and the query.
// Whatever is accepted holds no control character, and a matched path is one that the pattern made.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/route.h"
#include "api/uri.h"
#include "check.h"

namespace {

constexpr std::array<std::string_view, 6> kPatterns = {
    "/v2/",
    "/v2/{name}/manifests/{reference}",
    "/v2/{name}/manifests/{digest}",
    "/v2/{name}/blobs/uploads/",
    "/acr/v1/{name}/_tags/{tag}",
    "/acr/v1/{name}",
};

bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_path(std::string_view raw) {
  const auto path = berth::api::decode_path(raw);
  if (!path) return;
  BERTH_CHECK(printable(*path) && path->size() <= raw.size());
  for (const std::string_view pattern : kPatterns) {
    const auto match = berth::api::match_path(pattern, *path);
    if (!match) continue;
    BERTH_CHECK(path->find(match->name) != std::string::npos);
    BERTH_CHECK(match->reference.find('/') == std::string::npos);
    if (pattern.find("{digest}") != std::string_view::npos) {
      BERTH_CHECK(match->reference.find(':') != std::string::npos);
    }
  }
}

void check_query(std::string_view raw) {
  const auto query = berth::api::Query::parse(raw);
  if (!query) return;
  for (const std::string_view name : {"n", "last", "tag", ""}) {
    for (const std::string_view value : query->all(name)) {
      BERTH_CHECK(printable(value));
      // What is written into a Link header reads back as the same value.
      const std::string again = "x=" + berth::api::encode_query_value(value);
      BERTH_CHECK(berth::api::Query::parse(again)->get("x") == value);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target = berth::fuzz::as_text(data, size);
  const auto question = std::min(target.find('?'), target.size());
  check_path(target.substr(0, question));
  check_query(target.substr(std::min(question + 1, target.size())));
  return 0;
}
