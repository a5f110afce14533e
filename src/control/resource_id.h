// ARM resource ids (az-acr-wire 5.2): parsed once at the edge, compared without case, echoed in
// canonical case. Pure values.
//
//   /subscriptions/<guid>[/resourceGroups/<name>]
//   <scope>/providers/<namespace>/<type>/<name>[/<type>/<name>]…
//
// where <scope> is nothing (the tenant), a subscription, a resource group or any resource: the last
// is how a role assignment lies under what it is made at.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace berth::control {

inline constexpr std::string_view kSubscriptionType = "Microsoft.Resources/subscriptions";
inline constexpr std::string_view kGroupType = "Microsoft.Resources/subscriptions/resourceGroups";

class ResourceId {
 public:
  static constexpr std::size_t kMaxLength = 2048;
  static constexpr std::size_t kMaxNameLength = 260;
  static constexpr std::size_t kMaxSegments = 40;

  ResourceId() = default;  // the tenant: the scope above all others, with an empty text
  // kInvalidRequest (InvalidResourceId), naming what is wrong with which part.
  static Result<ResourceId> parse(std::string_view text);

  const std::string& text() const { return text_; }  // known words in canonical case
  const std::string& key() const { return key_; }    // lower case: what ids are compared by
  const std::string& type() const { return type_; }  // "Microsoft.ContainerRegistry/registries"
  std::string_view name() const;
  bool tenant() const { return text_.empty(); }

  // What it lies in: a resource's parent resource, its group or subscription; an extension's scope.
  ResourceId parent() const;
  // Its key; empty for what lies in the tenant. Cheaper than the parent itself.
  std::string_view parent_key() const { return std::string_view(key_).substr(0, parent_length_); }
  // From the outermost scope (the tenant left out) to the parent.
  std::vector<ResourceId> ancestors() const;
  std::optional<ResourceId> subscription() const;
  std::optional<ResourceId> group() const;

  // A resource of `type` directly in this one. `type` is whole:
  // "Microsoft.ContainerRegistry/registries/tokens".
  ResourceId child(std::string_view type, std::string_view name) const;
  // The same id under an ancestor that is spelled as it was created.
  ResourceId below(const ResourceId& parent) const;

  bool operator==(const ResourceId& other) const { return key_ == other.key_; }
  auto operator<=>(const ResourceId& other) const { return key_ <=> other.key_; }

 private:
  friend struct ArmPath;
  std::string text_, key_, type_;
  std::size_t parent_length_ = 0;  // of `text_`
};

// The path of a request: a resource, or what stands below one: a collection of resources or an
// action. `rest` is then its whole type, "Microsoft.ContainerRegistry/registries/listCredentials".
struct ArmPath {
  ResourceId id;
  std::string rest;  // empty: the resource itself
  static Result<ArmPath> parse(std::string_view path);
};

}  // namespace berth::control
