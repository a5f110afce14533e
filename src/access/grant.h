// Scopes as clients ask for them (acr-access-model B2, az-acr-wire 2.6) and as tokens carry them:
// "repository:team/app:pull,push", "registry:catalog:*". Pure values.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/action.h"

namespace berth::access {

// One scope taken apart: the type is what stands before the first ':', the actions what stands
// behind the last, the name what is left (a repository name may hold neither, a registry's may
// not).
struct Grant {
  std::string type, name;
  std::vector<std::string> actions;
  std::string text() const;
  bool operator==(const Grant&) const = default;
};

inline constexpr std::size_t kMaxScopes = 100;
inline constexpr std::size_t kMaxScopeBytes = 1024;

// kInvalidRequest, naming the scope and the form it should have.
Result<Grant> parse_scope(std::string_view text);
// Several in one text, separated by spaces, as `scope=` may hold them.
Result<std::vector<Grant>> parse_scopes(std::string_view text);

// The policy actions that one word of a scope asks for; empty for words that mean nothing here.
std::span<const policy::Action> actions_of_word(std::string_view type, std::string_view word);
// Whether a token with these grants may be used for the action: `pull` covers listing tags, `*`
// everything.
bool covers(const std::vector<Grant>& grants, policy::Action action, std::string_view repository);
// The scope that a challenge names for the action: what a client should ask for.
std::string scope_for(policy::Action action, std::string_view repository);

}  // namespace berth::access
