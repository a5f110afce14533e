// The host names of a server and the certificate of its authority: what `berth hosts`, `trust`,
// `cloud-config` and `ca` speak about. Learned from the server on this machine, from the one that
// the caller is signed in to, or, when none answers, from --domain and the configuration. Blocking.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace berth::cli {

// The faces that have a name of their own, in the order of docs/sign-in.md.
std::span<const std::string_view> face_names();

struct Names {
  std::string domain;
  std::string region;
  std::string port;                     // digits; empty: 443
  bool asked_server = false;            // false: `registries` is not known
  std::vector<std::string> registries;  // their first labels, sorted

  std::string authority(std::string_view label) const;  // "r1.berth.test:8443"
  std::string url(std::string_view label) const;        // "https://r1.berth.test:8443"
  // Without ports: faces, then each registry with its data endpoint.
  std::vector<std::string> hosts() const;
};

// kInvalidRequest when there is no domain, with what would give one as its hint.
Result<Names> read_names(const Invocation& call, const Context& context);

// PEM. kResourceUnknown when the server's certificate is from somewhere else.
Result<std::string> read_authority(const Invocation& call, const Context& context);

// The verbs, each in a file of its name.
int run_hosts(const Invocation& call, Context& context);
int run_trust(const Invocation& call, Context& context);
int run_cloud_config(const Invocation& call, Context& context);
int run_ca_export(const Invocation& call, Context& context);

}  // namespace berth::cli
