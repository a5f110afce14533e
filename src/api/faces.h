// The host names of this server (product: one process, six faces). `<domain>` is the operator's;
// everything below it is derived here and nowhere else. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::api {

struct Faces {
  std::string domain;  // lower case; empty: only the laptop face
  std::string region = "local";
  std::uint16_t port = 443;  // where the world reaches HTTPS

  bool any() const { return !domain.empty(); }
  // Of a registry's data endpoint, below the domain; `registry` in lower case.
  std::string data_label(std::string_view registry) const {
    return std::string(registry) + "." + region + ".data";
  }
  std::string host(std::string_view label) const { return std::string(label) + "." + domain; }
  // "https://management.example.test" or with ":8443"; no slash at the end.
  std::string url(std::string_view label) const {
    std::string out = "https://" + host(label);
    if (port != 443) out += ":" + std::to_string(port);
    return out;
  }
};

}  // namespace berth::api
