// What texts a caller may put into the directory. Errors are kInvalidRequest naming the property
// and the rule, in Graph's code Request_BadRequest. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace berth::identity {

Error bad_property(std::string_view name, std::string_view rule);
// At most `most` bytes of UTF-8 without control characters; `least` 1: must not be empty.
Result<void> check_text(std::string_view name, std::string_view text, std::size_t most,
                        std::size_t least = 1);
// local@domain, the domain this directory's: letters, digits and .-_' before the '@'.
Result<void> check_principal_name(std::string_view name, std::string_view domain);
// Where codes may be sent: https, or http on the loopback; absolute, no fragment, no user info.
Result<void> check_redirect(std::string_view name, std::string_view uri);

// Scheme, host (lower case, without port) and the rest of an absolute http or https URI.
struct WebUri {
  std::string scheme, host, port, rest;
  bool loopback() const;  // localhost, 127.0.0.1, [::1]
  std::string origin() const;
};
Result<WebUri> parse_web_uri(std::string_view uri);

}  // namespace berth::identity
