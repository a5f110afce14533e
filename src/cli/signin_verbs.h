// The verbs about signing in, and the two programs that docker and the kubelet call for
// credentials. Each is a Handler; one .cpp file for each.
#pragma once

#include "cli/command.h"
#include "cli/job.h"

namespace berth::cli {

int run_login(const Invocation& call, Context& context);
int run_logout(const Invocation& call, Context& context);
Result<void> whoami(Job& job);
// get, store, erase or list, as docker calls docker-credential-berth. Exit code 1 on failure, with
// the reason on `out`: that is the protocol.
int run_docker_credential(const Invocation& call, Context& context);
// CredentialProviderRequest on standard input, CredentialProviderResponse on `out`.
int run_credential_provider(const Invocation& call, Context& context);

// `berth login --server`: signs in to a remote control plane and remembers it.
Result<void> login_to_server(const Invocation& call, Context& context, const std::string& server);

}  // namespace berth::cli
