#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "explain/explain.h"
#include "policy/roles.h"

namespace berth::explain {
namespace {

using policy::Action;

struct Word {
  Action action;
  std::string_view word;
  std::string_view rule;  // in a scope map; empty: none
};
// In the order of the enum.
constexpr std::array<Word, policy::kActionNames.size()> kWords = {{
    {Action::kPull, "pull", "content/read"},
    {Action::kPush, "push", "content/write"},
    {Action::kDelete, "delete", "content/delete"},
    {Action::kMetadataRead, "list", "metadata/read"},
    {Action::kMetadataWrite, "lock", "metadata/write"},
    {Action::kMetadataDelete, "untag", "metadata/delete"},
    {Action::kCatalogRead, "catalog", "catalog/read"},
    {Action::kRegistryRead, "sign-in", ""},
    {Action::kOperate, "operate", ""},
}};
// Maintenance is of the server and not of a registry: nobody asks for it here.
constexpr auto kAskable = std::span(kWords).first<kWords.size() - 1>();

// An operation can do for several actions; it is named after the one that needs exactly it, which
// comes first.
bool has_operation(Action action, std::string_view text) {
  return std::ranges::any_of(
      std::array{policy::PermissionsMode::kRegistry, policy::PermissionsMode::kRepository},
      [&](policy::PermissionsMode mode) {
        return std::ranges::any_of(policy::operations_of(action, mode),
                                   [&](auto operation) { return equal_no_case(operation, text); });
      });
}

}  // namespace

std::string_view word_of(Action action) {
  return kWords[static_cast<std::size_t>(action)].word;
}

Result<Action> action_of(std::string_view text) {
  for (const Word& word : kAskable) {
    const bool named =
        equal_no_case(text, word.word) || (!word.rule.empty() && equal_no_case(text, word.rule));
    if (named) return word.action;
  }
  for (const Word& word : kAskable) {
    if (has_operation(word.action, text)) return word.action;
  }
  std::vector<std::string_view> words;
  for (const Word& word : kAskable) words.push_back(word.word);
  for (const Word& word : kAskable) {
    if (!word.rule.empty()) words.push_back(word.rule);
  }
  return fail(Code::kInvalidRequest,
              fmt::format("'{}' is no action on images; it must be one of {}, or the whole name of "
                          "an operation such as {}",
                          text.substr(0, 128), fmt::join(words, ", "),
                          policy::image_operations().front().name));
}

}  // namespace berth::explain
