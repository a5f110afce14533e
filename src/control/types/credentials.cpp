// The actions on credentials (az-acr-wire 6.2): listCredentials and regenerateCredential of the
// admin user, generateCredentials of tokens.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/ascii.h"
#include "control/time_text.h"
#include "control/types/actions.h"
#include "control/types/token_passwords.h"
#include "control/types/types.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::control {
namespace {

Result<void> check_admin(const Resource& registry) {
  if (true_at(registry.body, "properties.adminUserEnabled")) return {};
  return fail(bad_request(
      "UnAuthorizedForCredentialOperations",
      fmt::format(
          "Cannot perform credential operations for {} as admin user is disabled. Enable it "
          "with properties.adminUserEnabled (az acr update --admin-enabled true).",
          registry.id.text())));
}

Answer shown_admin(const World& world, const Resource& registry) {
  json::array passwords;
  for (std::size_t i = 0; i < kAdminPasswords.size(); ++i) {
    passwords.push_back(json::object{{"name", key(kAdminPasswords[i])},
                                     {"value", admin_password(world, registry, i)}});
  }
  return json_answer(
      json::object{{"username", key(registry.id.name())}, {"passwords", std::move(passwords)}});
}

Result<ResourcePtr> registry_of(const World& world, const ActionCall& call) {
  TRY(within_existing(world, call.id, "listCredentials"));
  ResourcePtr registry = world.table.find(kRegistryType, call.id.key());
  if (!registry) return fail(not_found(call.id));
  return registry;
}

// What generateCredentials was asked for.
struct Wish {
  ResourceId token;
  std::vector<std::string> names;
  std::optional<TimePoint> expiry;
};

Result<ResourceId> read_token_id(const ActionCall& call) {
  const std::string_view text = text_at(call.given, "tokenId");
  auto id = ResourceId::parse(text);
  if (id && id->type() == kTokenType && id->parent() == call.id) return std::move(*id);
  return fail(bad_request("InvalidTokenId",
                          fmt::format("'tokenId' must be the id of a token of this registry: "
                                      "{}/tokens/<name>.",
                                      call.id.text()),
                          "tokenId"));
}

Result<std::vector<std::string>> read_names(const json::object& given) {
  const json::value* name = at_path(given, "name");
  if (name == nullptr || name->is_null()) {
    return std::vector<std::string>(kTokenPasswords.begin(), kTokenPasswords.end());
  }
  const std::string_view text = text_at(given, "name");
  if (password_index(text) != kNoPassword) return std::vector<std::string>{std::string(text)};
  return fail(bad_request("InvalidPasswordName", "'name' must be password1 or password2.", "name"));
}

Result<std::optional<TimePoint>> read_expiry(const json::object& given, TimePoint now) {
  const json::value* expiry = at_path(given, "expiry");
  if (expiry == nullptr || expiry->is_null()) return std::nullopt;
  const auto time = parse_time(text_at(given, "expiry"));
  if (!time || *time <= now) {
    return fail(bad_request("InvalidExpiry",
                            "'expiry' must be a time in the future, as in 2030-01-31T12:00:00Z.",
                            "expiry"));
  }
  return time;
}

Result<Wish> read_wish(const World& world, const ActionCall& call) {
  TRY(only_members(call.given, {"tokenId", "expiry", "name"}));
  Wish wish;
  TRY_ASSIGN(wish.token, read_token_id(call));
  TRY_ASSIGN(wish.names, read_names(call.given));
  TRY_ASSIGN(wish.expiry, read_expiry(call.given, world.now()));
  return wish;
}

// A new password into the token's body; returns it as the caller sees it, this once.
json::object make_password(const World& world, const Wish& wish, const std::string& name,
                           json::object& body) {
  const std::string value = crypto::make_secret(world.parts.random);
  json::object shown = {{"name", name}, {"creationTime", to_rfc3339(world.now())}};
  if (wish.expiry) shown["expiry"] = to_rfc3339(*wish.expiry);
  json::object stored = shown;
  stored["id"] = make_uuid(world.parts.random);
  stored["hash"] = crypto::base64url(world.parts.keys.keyed_hash(value));
  put_password(body, std::move(stored));
  shown["value"] = value;
  return shown;
}

}  // namespace

Task<Result<Answer>> list_credentials(World& world, const ActionCall& call) {
  CO_TRY_ASSIGN(const ResourcePtr registry, registry_of(world, call));
  CO_TRY(check_admin(*registry));
  co_return shown_admin(world, *registry);
}

Task<Result<Answer>> regenerate_credential(World& world, const ActionCall& call) {
  CO_TRY(only_members(call.given, {"name"}));
  const std::string_view name = text_at(call.given, "name");
  const auto which =
      static_cast<std::size_t>(std::ranges::find(kAdminPasswords, name) - kAdminPasswords.begin());
  if (which == kAdminPasswords.size()) {
    co_return fail(
        bad_request("InvalidPasswordName", "'name' must be password or password2.", "name"));
  }
  const Actor actor = actor_of(call.request);
  const Edit renew = [&](const Resource& before, json::object& body) -> Result<void> {
    TRY(check_admin(before));
    body[key(kHidden)].get_object()["passwords"].get_array()[which] =
        new_admin_nonce(world.parts.random);
    return {};
  };
  CO_TRY_ASSIGN(
      const ResourcePtr registry,
      co_await amend(world, actor, kRegistries, call.id,
                     "Microsoft.ContainerRegistry/registries/regenerateCredential/action", renew));
  co_return shown_admin(world, *registry);
}

Task<Result<Answer>> generate_credentials(World& world, const ActionCall& call) {
  CO_TRY_ASSIGN(const Wish wish, read_wish(world, call));
  const Actor actor = actor_of(call.request);
  json::array made;
  const Edit make = [&](const Resource&, json::object& body) -> Result<void> {
    for (const std::string& name : wish.names) {
      made.emplace_back(make_password(world, wish, name, body));
    }
    return {};
  };
  CO_TRY_ASSIGN(
      const ResourcePtr token,
      co_await amend(world, actor, kTokens, wish.token,
                     "Microsoft.ContainerRegistry/registries/generateCredentials/action", make));
  co_return json_answer(
      json::object{{"username", key(token->id.name())}, {"passwords", std::move(made)}});
}

}  // namespace berth::control
