#include "server/config_machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/file.h"
#include "net/client_authorities.h"
#include "policy/service_kind.h"

namespace berth::server {
namespace {

std::string origin_of(const LoadedConfig& loaded, std::string_view key) {
  const auto at = std::ranges::find(loaded.values, key, &EffectiveValue::key);
  return at == loaded.values.end() ? std::string(key) : at->origin;
}

void check_file(const LoadedConfig& loaded, std::string_view key, const std::string& path,
                ConfigProblems& out) {
  if (path.empty() || File(::open(path.c_str(), O_RDONLY | O_CLOEXEC))) return;
  out.push_back(
      {origin_of(loaded, key), fmt::format("{}: the file {} cannot be read: {}", key, path,
                                           std::generic_category().message(errno))});
}

// Read as the listener reads them: each by itself, so that all that are wrong are told, then
// together.
void check_authorities(const LoadedConfig& loaded, const ListenerTable& listener,
                       ConfigProblems& out) {
  const std::string key = fmt::format("listener.{}.client_cas", listener.name);
  const std::size_t before = out.size();
  const auto check = [&](const std::map<std::string, std::string>& files) {
    const auto read = net::ClientAuthorities::load(files);
    if (read) return;
    out.push_back({origin_of(loaded, key), fmt::format("{}: {}", key, read.error().message)});
  };
  for (const auto& [name, file] : listener.client_cas) check({{name, file}});
  if (out.size() == before) check(listener.client_cas);
}

void check_interface(const LoadedConfig& loaded, const ListenerTable& listener,
                     ConfigProblems& out) {
  if (listener.interface.empty() || ::if_nametoindex(listener.interface.c_str()) != 0) return;
  if (errno != ENODEV && errno != ENXIO) return;  // it cannot be told here
  const std::string key = fmt::format("listener.{}.interface", listener.name);
  out.push_back({origin_of(loaded, key),
                 fmt::format("{} is \"{}\"; this machine has no such interface: `ip link` lists "
                             "them",
                             key, listener.interface)});
}

}  // namespace

ConfigProblems check_machine(const LoadedConfig& loaded) {
  ConfigProblems out;
  check_file(loaded, "tls.cert", loaded.config.tls.cert, out);
  check_file(loaded, "tls.key", loaded.config.tls.key, out);
  for (const ListenerTable& listener : loaded.config.listeners) {
    check_interface(loaded, listener, out);
    check_authorities(loaded, listener, out);
  }
  return out;
}

// A kind that is never covered is declared so that its refusal says what to do instead.
ConfigProblems notes_on(const LoadedConfig& loaded) {
  ConfigProblems out;
  for (const policy::TrustedIngress& service : loaded.config.trusted_services) {
    const auto rows = policy::service_kinds();
    const auto row = std::ranges::find(rows, service.kind, &policy::ServiceKindRow::kind);
    if (row == rows.end() || row->bypass != policy::Bypass::kUncovered) continue;
    out.push_back({fmt::format("trusted_service.{}", row->name),
                   fmt::format("lets nobody in, it only explains the refusal: {}", row->instead)});
  }
  return out;
}

}  // namespace berth::server
