// The rows of login, logout, whoami, docker-credential and credential-provider.
#include <utility>

#include "cli/command_groups.h"
#include "cli/signin_verbs.h"

namespace berth::cli {
namespace {

Flag ca_flag() {
  return {.name = "--ca-file",
          .placeholder = "FILE",
          .help = "PEM certificates to trust [the system's]"};
}

Command login() {
  Command c{.name = "login",
            .summary = "Sign in: to a registry for docker and podman, or to a server",
            .words = "[REGISTRY]",
            .max_words = 1};
  c.details =
      "On the server's own machine root and the server's user need no password: berth login asks "
      "for a token over its socket. REGISTRY is a name, a whole login server, or localhost:5000. "
      "Elsewhere sign in to the server first with --server, then to its registries by name. "
      "Credentials go where docker and podman keep theirs, into their credential helper if they "
      "have one.";
  c.examples = {"berth login localhost:5000", "berth login team1",
                "berth login --username ci --password-stdin team1.example.com < secret",
                "berth login --server https://management.example.com",
                "berth login team1 --expose-token"};
  c.flags = with_directory(
      {{.name = "--username", .placeholder = "NAME", .help = "Sign in as", .letter = "-u"},
       {.name = "--password-stdin", .help = "Read the password or secret from standard input"},
       {.name = "--password",
        .placeholder = "TEXT",
        .help = "Refused: others could see it; use --password-stdin",
        .letter = "-p"},
       {.name = "--service-principal",
        .help = "With --server: --username is a client id, the password its secret"},
       {.name = "--device-code",
        .help = "With --server: sign in on another device [without --username]"},
       {.name = "--tenant",
        .placeholder = "ID",
        .help = "Tenant, where the server has several",
        .letter = "-t"},
       ca_flag(),
       {.name = "--expose-token", .help = "Print a token for the registry and store nothing"}});
  c.run = &run_login;
  return c;
}

Command logout() {
  Command c{.name = "logout",
            .summary = "Remove the credential of a registry, or the login to a server",
            .words = "[REGISTRY]",
            .max_words = 1};
  c.examples = {"berth logout team1.example.com",
                "berth logout --server https://management.example.com"};
  c.flags = with_directory({});
  c.run = &run_logout;
  return c;
}

Command who() {
  return {.name = "whoami",
          .summary = "Say who the server takes you for, and which secrets are about to end",
          .flags = with_directory({}),
          .examples = {"berth whoami", "berth whoami --output json"},
          .run = &with_api<&whoami>};
}

Command docker_credential() {
  Command c{.name = "docker-credential",
            .summary = "Give docker credentials; the same as docker-credential-berth",
            .words = "get|store|erase|list",
            .min_words = 1,
            .max_words = 1};
  c.word_choices = {"get", "store", "erase", "list"};
  c.details =
      "docker's credential helper protocol. As a link named docker-credential-berth in PATH, with "
      "\"credHelpers\": {\"team1.example.com\": \"berth\"} in ~/.docker/config.json, docker asks "
      "for "
      "a fresh token whenever it needs one.";
  c.examples = {"echo team1.example.com | berth docker-credential get",
                "ln -s /usr/local/bin/berth /usr/local/bin/docker-credential-berth"};
  c.flags = with_directory({});
  c.run = &run_docker_credential;
  return c;
}

Command credential_provider() {
  Command c{.name = "credential-provider",
            .summary = "Give the kubelet credentials; the same as berth-credential-provider"};
  c.details =
      "The kubelet's image credential provider plugin, credentialprovider.kubelet.k8s.io/v1: a "
      "CredentialProviderRequest on standard input. With a service account token in the request, "
      "that token is exchanged at the registry.";
  c.examples = {"berth credential-provider < request.json"};
  c.flags = with_directory({ca_flag()});
  c.run = &run_credential_provider;
  return c;
}

}  // namespace

std::vector<Command> signin_commands() {
  return {login(), logout(), who()};
}

std::vector<Command> program_commands() {
  return {docker_credential(), credential_provider()};
}

}  // namespace berth::cli
