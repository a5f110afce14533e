// Scope-map tokens (acr-access-model C6). Of a password only the keyed hash is stored; it is shown
// once, by generateCredentials.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/time_text.h"
#include "control/types/token_passwords.h"
#include "control/types/types.h"
#include "crypto/encoding.h"

namespace berth::control {
namespace {

constexpr std::array kFields = {
    Field{.path = "properties.scopeMapId", .kind = Kind::kText, .required = true},
    Field{.path = "properties.status",
          .kind = Kind::kEnum,
          .initial = R"("enabled")",
          .values = kEnabledDisabled},
    Field{.path = "properties.credentials.passwords", .use = Use::kByType},
    Field{.path = "properties.credentials.certificates",
          .use = Use::kWithoutEffect,
          .feature = "Sign-in with a token's certificate"},
    Field{.path = "properties.credentials.username", .use = Use::kReadOnly},
    Field{.path = "properties.creationDate", .use = Use::kReadOnly},
    Field{.path = "properties.provisioningState", .use = Use::kReadOnly},
};

Result<void> check_name(const World&, const ResourceId& id) {
  const std::string_view name = id.name();
  const bool plain = std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-'; });
  if (name.size() < 5 || name.size() > 50 || !plain) {
    return fail(bad_request("InvalidResourceName",
                            fmt::format("The token name '{}' is invalid: it must have between 5 "
                                        "and 50 letters, digits and '-'.",
                                        name.substr(0, 64)),
                            "name"));
  }
  // Signing in with the registry's name is signing in as its admin user.
  if (equal_no_case(name, id.parent().name())) {
    return fail(bad_request("InvalidResourceName",
                            "A token may not be called like its registry: that is the name of the "
                            "admin user.",
                            "name"));
  }
  return {};
}

// The map must not go while a token is being given to it.
void claim_scope_map(const ResourceId&, const json::object& given,
                     std::vector<Claims::Wanted>& wanted) {
  const auto id = ResourceId::parse(text_at(given, "properties.scopeMapId"));
  if (id && id->type() == kScopeMapType) wanted.push_back({id->key(), false});
}

Result<void> resolve_scope_map(const World& world, Draft& draft) {
  const std::string text(text_at(draft.body, "properties.scopeMapId"));
  const auto refuse = [&](std::string_view why) {
    return fail(bad_request("InvalidScopeMapId",
                            fmt::format("The scope map '{}' {}.", text.substr(0, 256), why),
                            "properties.scopeMapId"));
  };
  const auto id = ResourceId::parse(text);
  if (!id || id->type() != kScopeMapType) return refuse("is no id of a scope map");
  if (!(id->parent() == draft.id.parent())) return refuse("is one of another registry");
  const ResourcePtr map = find_scope_map(world, *id);
  if (!map) return refuse("does not exist");
  set_path(draft.body, "properties.scopeMapId", json::value(map->id.text()));
  return {};
}

// `credentials.passwords` names those that stay; it neither makes one nor changes its expiry.
Result<void> keep_passwords(Draft& draft) {
  const json::value* sent = at_path(draft.given, "properties.credentials.passwords");
  if (sent == nullptr || sent->is_null()) return {};
  const auto wrong = [](std::string message) {
    return fail(bad_request("InvalidTokenCredentials", std::move(message),
                            "properties.credentials.passwords"));
  };
  const auto* list = sent->if_array();
  if (list == nullptr) return wrong("'properties.credentials.passwords' must be an array.");
  std::vector<std::string> kept;
  for (const json::value& one : *list) {
    const auto* password = one.if_object();
    const std::string name(password == nullptr ? "" : text_at(*password, "name"));
    if (password_index(name) == kNoPassword) {
      return wrong("A password is called password1 or password2.");
    }
    if (!has_password(draft.body, name)) {
      return wrong(fmt::format("The token has no {}; generateCredentials makes one.", name));
    }
    kept.push_back(name);
  }
  keep_only(draft.body, kept);
  return {};
}

Result<void> complete(const World& world, Draft& draft) {
  TRY(resolve_scope_map(world, draft));
  TRY(keep_passwords(draft));
  draft.body["properties"].get_object().erase("credentials");
  if (draft.before) return {};
  const auto registry = registry_policy(world, draft.id.parent());
  if (registry && registry->tokens.size() >= kMaxTokens) {
    return fail(conflict("TokenLimitReached",
                         fmt::format("The registry has {} tokens; more are not allowed. Delete "
                                     "those that are not needed.",
                                     kMaxTokens)));
  }
  return {};
}

void view_token(const World&, const Resource& token, json::object& out) {
  show_state(token, out, "creationDate");
  set_path(out, "properties.credentials.certificates", json::array());
  set_path(out, "properties.credentials.passwords", shown_passwords(token.body));
}

void edit_registry(policy::RegistryPolicy& registry, const Change& change) {
  const std::string name = lower(change.either().id.name());
  if (!change.after) {
    registry.tokens.erase(name);
    return;
  }
  const json::object& body = change.after->body;
  policy::Token token;
  token.enabled = text_at(body, "properties.status") == "enabled";
  const std::string_view map = text_at(body, "properties.scopeMapId");
  token.scope_map = lower(map.substr(map.rfind('/') + 1));
  token.passwords = secrets_of(body);
  registry.tokens.set(name, std::move(token));
}

void publish(const World&, policy::Snapshot& snapshot, std::span<const Change> changes) {
  publish_below_registry(snapshot, changes, edit_registry);
}

}  // namespace

const ResourceType kTokens = {.name = kTokenType,
                              .operations = kTokenType,
                              .schema = kFields,
                              .check_name = check_name,
                              .claims = claim_scope_map,
                              .complete = complete,
                              .view = view_token,
                              .publish = publish,
                              .read_at_parent = true};

}  // namespace berth::control
