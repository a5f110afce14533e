// Proof, as a type, that the one decision allowed an action. Every service method that touches
// content takes a Permit, and only access::Gate can make one: a handler that forgot to ask does not
// compile. A value; it names what was allowed, and is good for one request.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "oci/name.h"
#include "policy/action.h"
#include "policy/snapshot.h"

namespace berth::access {
class Gate;
}

namespace berth::policy {

template <Action A>
class Permit {
 public:
  static constexpr Action kAction = A;
  // The storage key of the registry: what its content is filed under in metadata.
  const std::string& registry() const { return registry_; }
  // The repository it is for. Actions on the registry or the server have none: never call it there.
  const oci::RepositoryName& repository() const { return *repository_; }

 private:
  friend class access::Gate;
  Permit(std::string registry, std::optional<oci::RepositoryName> repository)
      : registry_(std::move(registry)), repository_(std::move(repository)) {}

  std::string registry_;
  std::optional<oci::RepositoryName> repository_;
};

// The catalog's permit says which part of it may be seen.
template <>
class Permit<Action::kCatalogRead> {
 public:
  static constexpr Action kAction = Action::kCatalogRead;
  const std::string& registry() const { return registry_; }
  const CatalogView& view() const { return view_; }

 private:
  friend class access::Gate;
  Permit(std::string registry, CatalogView view)
      : registry_(std::move(registry)), view_(std::move(view)) {}

  std::string registry_;
  CatalogView view_;
};

using PullPermit = Permit<Action::kPull>;
using PushPermit = Permit<Action::kPush>;
using DeletePermit = Permit<Action::kDelete>;
using MetadataReadPermit = Permit<Action::kMetadataRead>;
using MetadataWritePermit = Permit<Action::kMetadataWrite>;
using MetadataDeletePermit = Permit<Action::kMetadataDelete>;
using CatalogPermit = Permit<Action::kCatalogRead>;
using RegistryPermit = Permit<Action::kRegistryRead>;
using OperatePermit = Permit<Action::kOperate>;

}  // namespace berth::policy
