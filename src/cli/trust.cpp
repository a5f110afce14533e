// `berth trust`: for each client, the commands that make it trust the server's authority. They are
// meant to be pasted on any machine: the certificate is among them.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "cli/api_error.h"
#include "cli/names.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kInstall = "sudo install -D -m 644 berth-ca.pem {}";

std::string each_registry(const Names& names, std::string (*commands)(const std::string& host)) {
  std::string out;
  for (const auto& registry : names.registries) out += commands(names.authority(registry));
  return out.empty() ? "# there is no registry yet; after `berth registry create NAME` ask again\n"
                     : out;
}

std::string install_to(const std::string& path) {
  return fmt::format(fmt::runtime(kInstall), path) + "\n";
}

std::string docker(const Names& names) {
  return each_registry(names, [](const std::string& host) {
    return install_to("/etc/docker/certs.d/" + host + "/ca.crt");
  });
}

// containerd reads the folder only where its own configuration names it.
std::string containerd(const Names& names) {
  return each_registry(names,
                       [](const std::string& host) {
                         const std::string folder = "/etc/containerd/certs.d/" + host;
                         return install_to(folder + "/ca.crt") +
                                fmt::format(
                                    "sudo tee {0}/hosts.toml >/dev/null <<'EOF'\n"
                                    "server = \"https://{1}\"\n\n"
                                    "[host.\"https://{1}\"]\n"
                                    "  ca = \"{0}/ca.crt\"\n"
                                    "EOF\n",
                                    folder, host);
                       }) +
         "# ctr needs --hosts-dir /etc/containerd/certs.d; for Kubernetes, config.toml needs\n"
         "# config_path = \"/etc/containerd/certs.d\" in its registry section\n";
}

std::string podman(const Names& names) {
  return each_registry(names, [](const std::string& host) {
    return install_to("/etc/containers/certs.d/" + host + "/ca.crt");
  });
}

// az takes one file for all authorities, so the public ones go in, too.
std::string az(const Names&) {
  return "cat /etc/ssl/certs/ca-certificates.crt berth-ca.pem > berth-bundle.pem\n"
         "export REQUESTS_CA_BUNDLE=\"$PWD/berth-bundle.pem\"\n";
}

std::string curl(const Names& names) {
  return fmt::format("curl --cacert berth-ca.pem '{}/metadata/endpoints?api-version=2019-05-01'\n",
                     names.url("management"));
}

std::string node(const Names&) {
  return "export NODE_EXTRA_CA_CERTS=\"$PWD/berth-ca.pem\"\n";
}

std::string system_store(const Names& names) {
  return install_to("/usr/local/share/ca-certificates/berth-" + names.domain + ".crt") +
         "sudo update-ca-certificates\n";
}

struct Client {
  std::string_view name;
  std::string_view what;
  std::string (*commands)(const Names&);
};
constexpr auto kClients = std::to_array<Client>({
    {"docker", "docker; no restart is needed", &docker},
    {"containerd", "containerd, ctr, nerdctl", &containerd},
    {"podman", "podman, skopeo, buildah", &podman},
    {"az", "the Azure CLI; `az acr login` runs docker, which needs its own trust", &az},
    {"curl", "curl", &curl},
    {"node", "Node.js and the JavaScript SDKs", &node},
    {"system", "every program that uses the system's store; restart daemons afterwards",
     &system_store},
});

std::string save_command(const std::string& pem) {
  return fmt::format("cat > berth-ca.pem <<'EOF'\n{}{}EOF\n", pem, pem.ends_with('\n') ? "" : "\n");
}

}  // namespace

int run_trust(const Invocation& call, Context& context) {
  const auto pem = read_authority(call, context);
  if (!pem) return report(context, pem.error());
  const auto names = read_names(call, context);
  if (!names) return report(context, names.error());
  const std::string save = save_command(*pem);
  std::string text = "# the authority's certificate, used by what follows\n" + save;
  json::array rows;
  for (const Client& client : kClients) {
    if (!call.words.empty() && call.words.front() != client.name) continue;
    const std::string commands = client.commands(*names);
    text += fmt::format("\n# {}\n{}", client.what, commands);
    rows.push_back(json::object{{"client", client.name}, {"commands", commands}});
  }
  if (call.json()) {
    context.out << json::serialize(json::object{
                       {"domain", names->domain}, {"save", save}, {"clients", std::move(rows)}})
                << '\n';
  } else {
    context.out << text;
  }
  return kGood;
}

}  // namespace berth::cli
