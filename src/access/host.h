// A Host header, or what else is written like one, taken apart. Pure.
#pragma once

#include <string>
#include <string_view>

namespace berth::access {

// "Reg.Example.test:8443" is "reg.example.test" and "8443". What is no port behind the last colon
// (1 to 5 digits, outside the brackets of an IPv6 address) stays in the name, which then is
// nobody's.
struct HostPort {
  std::string name;  // in lower case
  std::string port;  // empty: none
};
HostPort split_host(std::string_view host);

// The name alone, without the dot at its end.
std::string host_name(std::string_view host);

}  // namespace berth::access
