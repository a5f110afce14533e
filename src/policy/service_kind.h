// What sort of service an identity works for (acr-access-model A6): some sorts pass a registry's
// network rules where its operator lets them. The table is data; no rule names a sort.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth::policy {

enum class ServiceKind : std::uint8_t {
  kNone,  // an identity like any other
  kVm,
  kKubernetes,
  kContainerInstances,
  kMachineLearning,
  kScanner,
  kImport,
  kTasks,
  kAppService,
  kDevOps,
};

enum class Bypass {
  kCovered,    // by networkRuleBypassOptions = AzureServices
  kWithFlag,   // and only with networkRuleBypassAllowedForTasks
  kUncovered,  // never: it has to come through a network that is let in
};

struct ServiceKindRow {
  ServiceKind kind;
  std::string_view name;     // "container-instances": in documents, configuration and commands
  std::string_view service;  // "Azure Container Instances": what people call it
  Bypass bypass;
  bool in_virtual_networks;  // may be named by a virtual-network rule (A4: hosts of the network)
  std::string_view instead;  // of an uncovered one: what to do; literal
};

// All but kNone.
std::span<const ServiceKindRow> service_kinds();
const ServiceKindRow* find_service_kind(std::string_view name);
std::string_view service_kind_name(ServiceKind kind);  // empty for kNone

// A set of kinds; kNone is in none.
using KindSet = std::uint32_t;
constexpr KindSet kinds_of(ServiceKind kind) {
  return kind == ServiceKind::kNone ? 0 : KindSet{1} << static_cast<unsigned>(kind);
}
std::string kinds_text(KindSet kinds);  // "container-instances, scanner"

}  // namespace berth::policy
