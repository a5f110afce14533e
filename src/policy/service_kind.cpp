#include "policy/service_kind.h"

#include <algorithm>
#include <array>

namespace berth::policy {
namespace {

using enum ServiceKind;

// acr-access-model A6, and A4 for the hosts of a virtual network.
constexpr std::array kRows = {
    ServiceKindRow{kVm, "vm", "Azure virtual machines", Bypass::kUncovered, true,
                   "virtual machines do not bypass network rules: let their subnet or their "
                   "address in"},
    ServiceKindRow{kKubernetes, "kubernetes", "Azure Kubernetes Service", Bypass::kUncovered, true,
                   "Kubernetes clusters do not bypass network rules: let the subnet or the egress "
                   "address of their nodes in"},
    ServiceKindRow{kContainerInstances, "container-instances", "Azure Container Instances",
                   Bypass::kCovered, false, ""},
    ServiceKindRow{kMachineLearning, "machine-learning", "Azure Machine Learning", Bypass::kCovered,
                   false, ""},
    ServiceKindRow{kScanner, "scanner", "Microsoft Defender for Cloud", Bypass::kCovered, false,
                   ""},
    ServiceKindRow{kImport, "import", "Azure Container Registry (import)", Bypass::kCovered, false,
                   ""},
    ServiceKindRow{kTasks, "tasks", "ACR Tasks", Bypass::kWithFlag, false, ""},
    ServiceKindRow{kAppService, "app-service", "Azure App Service", Bypass::kUncovered, false,
                   "app services are not among the trusted services: let them pull through a "
                   "virtual network that the registry lets in"},
    ServiceKindRow{kDevOps, "devops", "Azure DevOps Services", Bypass::kUncovered, false,
                   "hosted pipelines are not among the trusted services: use an agent of your own "
                   "in a network that the registry lets in"},
};

}  // namespace

std::span<const ServiceKindRow> service_kinds() {
  return kRows;
}

const ServiceKindRow* find_service_kind(std::string_view name) {
  const auto* const at = std::ranges::find(kRows, name, &ServiceKindRow::name);
  return at == kRows.end() ? nullptr : at;
}

std::string_view service_kind_name(ServiceKind kind) {
  const auto* const at = std::ranges::find(kRows, kind, &ServiceKindRow::kind);
  return at == kRows.end() ? std::string_view() : at->name;
}

std::string kinds_text(KindSet kinds) {
  std::string out;
  for (const ServiceKindRow& row : kRows) {
    if ((kinds & kinds_of(row.kind)) == 0) continue;
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

}  // namespace berth::policy
