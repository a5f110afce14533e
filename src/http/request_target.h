// The request target and the Host header (RFC 9112 §3.2). Pure.
#pragma once

#include <string_view>
#include <tl/expected.hpp>

namespace berth::http {

struct Target {
  std::string_view path, query;
};

// Origin form ("/path?query") and absolute form ("http://host/path"), of which only the path and
// query are kept; its authority must be the Host header's, or two readers of one request could see
// two hosts. "*" for OPTIONS only. The error is a sentence for the client.
tl::expected<Target, std::string_view> split_target(std::string_view target, std::string_view host,
                                                    bool options);

// host [":" port], a name or a numeric address; not empty.
bool is_valid_host(std::string_view host);

}  // namespace berth::http
