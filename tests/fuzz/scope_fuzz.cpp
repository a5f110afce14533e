// libFuzzer target: the scopes of a token request. Whatever is accepted is fit for a header, reads
// back from its own text, and never covers more than the words that mean something.
#include <algorithm>
#include <string>

#include "access/grant.h"
#include "check.h"
#include "policy/action.h"

namespace {

using berth::access::Grant;

void check_grant(const Grant& grant) {
  const std::string text = grant.text();
  BERTH_CHECK(text.size() <= berth::access::kMaxScopeBytes);
  BERTH_CHECK(std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"'; }));
  BERTH_CHECK(!grant.type.empty() && !grant.name.empty() && !grant.actions.empty());
  const auto again = berth::access::parse_scope(text);
  BERTH_CHECK(again && *again == grant);
  for (std::size_t i = 0; i < berth::policy::kActionNames.size(); ++i) {
    const auto action = static_cast<berth::policy::Action>(i);
    if (action == berth::policy::Action::kRegistryRead) continue;  // every token's right
    const bool asked = std::ranges::any_of(grant.actions, [&](const std::string& word) {
      const auto actions = berth::access::actions_of_word(grant.type, word);
      return std::ranges::find(actions, action) != actions.end();
    });
    BERTH_CHECK(!berth::access::covers({grant}, action, grant.name) || asked);
    BERTH_CHECK(!berth::access::covers({grant}, action, grant.name + "x") ||
                action == berth::policy::Action::kCatalogRead);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto grants = berth::access::parse_scopes(berth::fuzz::as_text(data, size));
  if (!grants) {
    BERTH_CHECK(grants.error().code == berth::Code::kInvalidRequest);
    berth::fuzz::check_error(grants.error());
    return 0;
  }
  BERTH_CHECK(grants->size() <= berth::access::kMaxScopes);
  for (const Grant& grant : *grants) check_grant(grant);
  return 0;
}
