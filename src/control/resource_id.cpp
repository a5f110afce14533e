#include "control/resource_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/guid.h"

namespace berth::control {
namespace {

// Words with a case of their own. Others keep the case they were sent in.
constexpr auto kWords = std::to_array<std::string_view>({"subscriptions",
                                                         "resourceGroups",
                                                         "providers",
                                                         "locations",
                                                         "resources",
                                                         "tenants",
                                                         "Microsoft.Resources",
                                                         "Microsoft.ContainerRegistry",
                                                         "Microsoft.Authorization",
                                                         "Microsoft.Management",
                                                         "Microsoft.Network",
                                                         "managementGroups",
                                                         "registries",
                                                         "tokens",
                                                         "scopeMaps",
                                                         "replications",
                                                         "privateEndpointConnections",
                                                         "privateLinkResources",
                                                         "virtualNetworks",
                                                         "subnets",
                                                         "privateEndpoints",
                                                         "networkInterfaces",
                                                         "roleAssignments",
                                                         "roleDefinitions",
                                                         "operations",
                                                         "register",
                                                         "unregister",
                                                         "checkNameAvailability",
                                                         "listCredentials",
                                                         "regenerateCredential",
                                                         "generateCredentials",
                                                         "listUsages",
                                                         "denyAssignments",
                                                         "explainAccess",
                                                         "listAccess",
                                                         "previewPermissionsMode",
                                                         "previewNetwork",
                                                         "listEndpoints"});

std::string_view canonical_word(std::string_view word) {
  const auto at =
      std::ranges::find_if(kWords, [&](auto known) { return equal_no_case(known, word); });
  return at == kWords.end() ? word : *at;
}

Error invalid(std::string_view why) {
  return Error(Code::kInvalidRequest, fmt::format("The resource id is not valid: {}", why))
      .named("InvalidResourceId");
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, 64));
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return out;
}

Result<void> check_segment(std::string_view segment) {
  if (segment.empty()) return fail(invalid("it has an empty part (two slashes in a row)."));
  if (segment.size() > ResourceId::kMaxNameLength) {
    return fail(invalid(fmt::format("a part has {} characters; {} are allowed.", segment.size(),
                                    ResourceId::kMaxNameLength)));
  }
  const bool bad = std::ranges::any_of(segment, [](unsigned char c) {
    return c < 0x20 || c >= 0x7f ||
           std::string_view("<>%&\\?#").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (bad || segment == "." || segment == "..") {
    return fail(invalid(fmt::format(
        "'{}' is no name; control characters and any of < > % & \\ ? # are not allowed.",
        shown(segment))));
  }
  return {};
}

Result<std::vector<std::string_view>> split(std::string_view text) {
  if (text.size() > ResourceId::kMaxLength) {
    return fail(invalid(
        fmt::format("it has {} characters; {} are allowed.", text.size(), ResourceId::kMaxLength)));
  }
  if (!text.starts_with('/')) return fail(invalid("it must begin with '/'."));
  if (text.ends_with('/')) text.remove_suffix(1);
  std::vector<std::string_view> segments;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view segment = text.substr(0, text.find('/'));
    TRY(check_segment(segment));
    segments.push_back(segment);
    text.remove_prefix(segment.size());
  }
  if (segments.size() > ResourceId::kMaxSegments) {
    return fail(invalid(fmt::format("it has {} parts; {} are allowed.", segments.size(),
                                    ResourceId::kMaxSegments)));
  }
  return segments;
}

bool is_word(std::string_view segment, std::string_view word) {
  return equal_no_case(segment, word);
}

}  // namespace

// Takes the segments one (type, name) pair after the other; what does not make a pair any more is
// left over, for ArmPath.
struct IdWalker {
  std::vector<std::string_view> segments;
  std::size_t at = 0;
  ResourceId* id;
  std::string* text;
  std::string* type;
  std::size_t* parent_length;

  std::size_t left() const { return segments.size() - at; }

  void take(std::string new_type, std::size_t count) {
    *parent_length = text->size();
    *type = std::move(new_type);
    for (std::size_t i = 0; i + 1 < count; ++i)
      text->append("/").append(canonical_word(segments[at + i]));
    text->append("/").append(segments[at + count - 1]);
    at += count;
  }
  // One step; false when nothing more can be taken.
  bool step() {
    if (left() < 2) return false;
    const std::string_view word = segments[at];
    if (is_word(word, "providers")) {
      // Subscriptions and groups have paths of their own; this would be a second one.
      if (left() < 4 || is_word(segments[at + 1], "Microsoft.Resources")) return false;
      take(fmt::format("{}/{}", canonical_word(segments[at + 1]), canonical_word(segments[at + 2])),
           4);
      return true;
    }
    if (text->empty()) {
      if (!is_word(word, "subscriptions")) return false;
      take(std::string(kSubscriptionType), 2);
      return true;
    }
    if (*type == kSubscriptionType) {
      if (!is_word(word, "resourceGroups")) return false;
      take(std::string(kGroupType), 2);
      return true;
    }
    if (*type == kGroupType) return false;
    take(fmt::format("{}/{}", *type, canonical_word(word)), 2);
    return true;
  }
};

std::string_view ResourceId::name() const {
  return std::string_view(text_).substr(text_.rfind('/') + 1);
}

Result<ArmPath> ArmPath::parse(std::string_view path) {
  ArmPath out;
  if (path == "/" || path.empty()) return out;
  TRY_ASSIGN(std::vector<std::string_view> segments, split(path));
  ResourceId& id = out.id;
  IdWalker walker{std::move(segments), 0, &id, &id.text_, &id.type_, &id.parent_length_};
  while (walker.step()) {
  }
  id.key_ = lower(id.text_);
  if (const auto subscription = id.subscription(); subscription && !is_guid(subscription->name())) {
    return fail(Error(Code::kInvalidRequest,
                      fmt::format("The provided subscription identifier '{}' is malformed or "
                                  "invalid; it is a GUID.",
                                  shown(subscription->name())))
                    .named("InvalidSubscriptionId"));
  }
  std::vector<std::string_view> rest(
      walker.segments.begin() + static_cast<std::ptrdiff_t>(walker.at), walker.segments.end());
  // Below `/providers/<namespace>` the namespace begins the type; elsewhere the type goes on.
  if (rest.size() == 3 && is_word(rest[0], "providers")) {
    out.rest = fmt::format("{}/{}", canonical_word(rest[1]), canonical_word(rest[2]));
  } else if (!rest.empty()) {
    out.rest = id.tenant() ? "Microsoft.Resources" : id.type();
    for (const std::string_view segment : rest)
      out.rest.append("/").append(canonical_word(segment));
  }
  return out;
}

Result<ResourceId> ResourceId::parse(std::string_view text) {
  TRY_ASSIGN(ArmPath path, ArmPath::parse(text));
  if (path.id.tenant() || !path.rest.empty()) {
    return fail(invalid(
        fmt::format("'{}' is not of the form /subscriptions/<guid>/resourceGroups/<name>/providers/"
                    "<namespace>/<type>/<name>.",
                    shown(text))));
  }
  return std::move(path.id);
}

ResourceId ResourceId::parent() const {
  if (parent_length_ == 0) return {};
  auto parent = parse(std::string_view(text_).substr(0, parent_length_));
  return parent ? std::move(*parent) : ResourceId();
}

std::vector<ResourceId> ResourceId::ancestors() const {
  std::vector<ResourceId> out;
  for (ResourceId at = parent(); !at.tenant(); at = at.parent()) out.push_back(at);
  std::ranges::reverse(out);
  return out;
}

std::optional<ResourceId> ResourceId::subscription() const {
  constexpr std::string_view kPrefix = "/subscriptions/";
  if (!key_.starts_with(kPrefix)) return std::nullopt;
  ResourceId out;
  out.text_ = text_.substr(0, text_.find('/', kPrefix.size()));
  out.key_ = lower(out.text_);
  out.type_ = kSubscriptionType;
  return out;
}

std::optional<ResourceId> ResourceId::group() const {
  if (type_ == kGroupType) return *this;
  for (ResourceId at = parent(); !at.tenant(); at = at.parent()) {
    if (at.type_ == kGroupType) return at;
  }
  return std::nullopt;
}

ResourceId ResourceId::child(std::string_view type, std::string_view name) const {
  ResourceId out;
  out.type_ = type;
  out.parent_length_ = text_.size();
  // A type that goes on from this one's is nested; any other is an extension or begins here.
  const bool nested = type.size() > type_.size() && !type_.empty() && type.starts_with(type_) &&
                      type[type_.size()] == '/';
  if (type == kSubscriptionType) {
    out.text_ = fmt::format("{}/subscriptions/{}", text_, name);
  } else if (nested) {
    out.text_ = fmt::format("{}{}/{}", text_, type.substr(type_.size()), name);
  } else {
    out.text_ = fmt::format("{}/providers/{}/{}", text_, type, name);
  }
  out.key_ = lower(out.text_);
  return out;
}

ResourceId ResourceId::below(const ResourceId& parent) const {
  ResourceId out = *this;
  out.text_ = parent.text_ + text_.substr(parent_length_);
  out.parent_length_ = parent.text_.size();
  return out;
}

}  // namespace berth::control
