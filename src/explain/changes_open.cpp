// Changes that need no permission: a credential that is good again, signing in at all, and no need
// to.
#include <fmt/format.h>

#include "explain/changes.h"
#include "explain/command_line.h"
#include "explain/holders.h"

namespace berth::explain {
namespace {

using policy::PrincipalKind;

std::vector<std::string> sign_in(const std::string& registry, const std::string& user) {
  const std::string as = user.empty() ? "" : " --username " + shell_word(user);
  return {fmt::format("berth login {}{}", shell_word(registry), as),
          fmt::format("az acr login --name {}{}", shell_word(registry), as)};
}

// The credential that was used was taken back or made anew; there is another.
void propose_another(const Refusal& refusal, std::optional<policy::Principal> other,
                     const std::string& user, Proposals& out) {
  const policy::Principal& asked = refusal.question.principal;
  if (!other || other->credential.empty() || other->credential == asked.credential) return;
  policy::Principal again = asked;
  again.credential = std::move(other->credential);
  out.push_back({refusal.world,
                 std::move(again),
                 {"Sign in again, with a credential that is good today.",
                  sign_in(refusal.question.registry, user)},
                 Reach::kNone});
}

void propose_token(const Refusal& refusal, Proposals& out) {
  const Question& question = refusal.question;
  const std::string& name = question.principal.id;
  const policy::Token* found = refusal.registry.tokens.find(name);
  if (found == nullptr) return;
  propose_another(refusal, token_user(refusal.registry, name, *found), name, out);
  if (found->enabled) return;
  policy::Token token = *found;
  token.enabled = true;
  policy::RegistryPolicy registry = refusal.registry;
  registry.tokens.set(name, std::move(token));
  const std::string words =
      fmt::format("--registry {} --status enabled", shell_word(question.registry));
  out.push_back({with_registry(refusal, std::move(registry)),
                 question.principal,
                 {fmt::format("Enable the token '{}'.", name),
                  {fmt::format("berth token update {} {}", shell_word(name), words),
                   fmt::format("az acr token update --name {} {}", shell_word(name), words)}},
                 Reach::kNone});
}

void propose_admin_user(const Refusal& refusal, Proposals& out) {
  const Question& question = refusal.question;
  propose_another(refusal, admin_user(refusal.registry), question.registry, out);
  if (refusal.registry.admin_enabled) return;
  policy::RegistryPolicy registry = refusal.registry;
  registry.admin_enabled = true;
  const std::string name = shell_word(question.registry);
  out.push_back({with_registry(refusal, std::move(registry)),
                 question.principal,
                 {"Enable the admin user, who may do everything in the registry and whom no log "
                  "tells from others; a role for whoever needs it is better.",
                  {fmt::format("berth registry update {} --admin-enabled true", name),
                   fmt::format("az acr update --name {} --admin-enabled true", name)}},
                 Reach::kEverybody});
}

void propose_account(const Refusal& refusal, Proposals& out) {
  const policy::Principal& principal = refusal.question.principal;
  const policy::PrincipalRecord* found = refusal.world.principals.find(principal.id);
  if (found == nullptr || found->group) return;
  propose_another(refusal, account(principal.id, *found), "", out);
  if (found->enabled) return;
  policy::PrincipalRecord record = *found;
  record.enabled = true;
  policy::Snapshot world = refusal.world;
  world.principals.set(principal.id, std::move(record));
  const bool user = principal.kind == PrincipalKind::kUser;
  out.push_back(
      {std::move(world),
       principal,
       {"Enable the account.",
        {user ? fmt::format("az ad user update --id {} --account-enabled true", kPrincipalPlace)
              : fmt::format("az ad sp update --id {} --set accountEnabled=true", kPrincipalPlace)}},
       Reach::kNone});
}

}  // namespace

void propose_credentials(const Refusal& refusal, Proposals& out) {
  const policy::Principal& principal = refusal.question.principal;
  if (principal.kind == PrincipalKind::kToken) return propose_token(refusal, out);
  if (principal.kind == PrincipalKind::kAdminUser) return propose_admin_user(refusal, out);
  if (principal.in_directory()) propose_account(refusal, out);
}

void propose_sign_in(const Refusal& refusal, Proposals& out) {
  const Question& question = refusal.question;
  if (!question.principal.anonymous()) return;
  auto allowed = somebody(refusal.world, question);
  if (!allowed) return;
  out.push_back({refusal.world,
                 std::move(*allowed),
                 {"Sign in as somebody who may.", sign_in(question.registry, "")},
                 Reach::kNone});
}

// Only for who did not sign in: whoever did can be given the right alone.
void propose_anonymous_pull(const Refusal& refusal, Proposals& out) {
  const Question& question = refusal.question;
  if (!question.principal.anonymous() || refusal.registry.anonymous_pull) return;
  policy::RegistryPolicy registry = refusal.registry;
  registry.anonymous_pull = true;
  const std::string name = shell_word(question.registry);
  out.push_back({with_registry(refusal, std::move(registry)),
                 question.principal,
                 {"Turn on anonymous pull: then everybody who reaches the registry can pull and "
                  "list all of its repositories without signing in.",
                  {fmt::format("berth registry update {} --anonymous-pull true", name),
                   fmt::format("az acr update --name {} --anonymous-pull-enabled true", name)}},
                 Reach::kEverybody});
}

}  // namespace berth::explain
