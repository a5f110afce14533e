// Asks the domain name system for the addresses of a host, of a server that the caller chooses or
// as this machine would. The only user of c-ares. Blocking, for the command line; never call it
// from a loop thread. Safe from any thread: each question is independent.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ip.h"

namespace berth::client {

struct Resolver {
  // "10.0.0.2", "10.0.0.2:5353", "[fd00::2]:53". Empty: what the system uses, its hosts file first.
  // A server that is named is asked alone: no hosts file, no search domains.
  std::string server;
  std::chrono::milliseconds timeout = std::chrono::seconds(5);  // for one host, all tries together
};

// The IPv4 and IPv6 addresses of `host`, sorted. Errors: kResourceUnknown when the answer is that
// there are none; kTimeout; kUnavailable when the server cannot be reached or refuses to answer;
// kInvalidRequest for a malformed server or host.
Result<std::vector<IpAddress>> resolve(const Resolver& resolver, const std::string& host);

}  // namespace berth::client
