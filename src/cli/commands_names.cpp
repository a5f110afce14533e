// The verbs about names and trust.
#include "cli/command_groups.h"
#include "cli/names.h"

namespace berth::cli {
namespace {

// --domain is a plain flag here, not the key: no certificate needs to be configured to ask.
std::vector<Flag> with_domain(std::vector<Flag> own) {
  own.push_back({.name = "--domain",
                 .placeholder = "NAME",
                 .help = "The server's domain, when no server is to be asked"});
  own.push_back({.name = "--output",
                 .placeholder = "FORMAT",
                 .choices = {"human", "json"},
                 .help = "How to print: for people or programs",
                 .letter = "-o"});
  own.push_back(
      {.name = "--config", .placeholder = "FILE", .help = "Configuration file; also BERTH_CONFIG"});
  return with_keys(std::move(own), "server.data");
}

Command hosts() {
  Command c;
  c.name = "hosts";
  c.summary = "Print hosts-file lines for every name of the server";
  c.details =
      "For machines whose name service does not know the domain. With --write, a marked block in "
      "/etc/hosts is replaced; what else stands there is kept.";
  c.examples = {"berth hosts", "sudo berth hosts --write", "berth hosts --address 192.0.2.10"};
  c.flags = with_domain(
      {{.name = "--address", .placeholder = "IP", .help = "Where the server is [127.0.0.1]"},
       {.name = "--write", .help = "Replace the block in the file (as root)"},
       {.name = "--file", .placeholder = "PATH", .help = "The file of --write [/etc/hosts]"}});
  c.run = &run_hosts;
  return c;
}

Command trust() {
  Command c;
  c.name = "trust";
  c.summary = "Print the commands that make a client trust the server's certificate";
  c.words = "[docker|containerd|podman|az|curl|node|system]";
  c.word_choices = {"docker", "containerd", "podman", "az", "curl", "node", "system"};
  c.max_words = 1;
  c.details =
      "They hold the certificate of the server's own authority, so they work on any machine. "
      "Without a client, those of all.";
  c.examples = {"berth trust docker", "berth trust az", "berth trust system --output json"};
  c.flags = with_domain({});
  c.run = &run_trust;
  return c;
}

Command cloud_config() {
  Command c;
  c.name = "cloud-config";
  c.summary = "Print the cloud description that the Azure CLI registers";
  c.details =
      "Save it as cloud.json and run: az cloud register -n Berth --cloud-config @cloud.json; "
      "az cloud set -n Berth. The Azure CLI trusts the server after `berth trust az`.";
  c.examples = {"berth cloud-config > cloud.json",
                "az cloud register -n Berth --cloud-config @cloud.json", "az cloud set -n Berth"};
  c.flags = with_domain({});
  c.run = &run_cloud_config;
  return c;
}

Command ca() {
  Command show;
  show.name = "export";
  show.summary = "Print the certificate of the server's own authority (PEM)";
  show.examples = {"berth ca export > berth-ca.pem"};
  show.flags = with_domain({});
  show.run = &run_ca_export;

  Command c;
  c.name = "ca";
  c.summary = "The authority that --tls auto makes";
  c.commands = {std::move(show)};
  return c;
}

}  // namespace

std::vector<Command> names_commands() {
  return {hosts(), trust(), cloud_config(), ca()};
}

}  // namespace berth::cli
