#include "access/grant.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::access {
namespace {

using policy::Action;

constexpr std::string_view kRepository = "repository";
constexpr std::string_view kRegistry = "registry";
constexpr std::string_view kCatalog = "catalog";

// What a word of a scope asks for. az unties a tag with `delete`, docker lists tags with `pull`,
// and both spellings of the metadata words are in use.
constexpr std::array kPull = {Action::kPull, Action::kMetadataRead};
constexpr std::array kPush = {Action::kPush};
constexpr std::array kDelete = {Action::kDelete, Action::kMetadataDelete};
constexpr std::array kMetadataRead = {Action::kMetadataRead};
constexpr std::array kMetadataWrite = {Action::kMetadataWrite, Action::kMetadataDelete};
constexpr std::array kEverything = {Action::kPull,          Action::kPush,
                                    Action::kDelete,        Action::kMetadataRead,
                                    Action::kMetadataWrite, Action::kMetadataDelete};
constexpr std::array kList = {Action::kCatalogRead};

struct Word {
  std::string_view type, word;
  std::span<const Action> actions;
};
constexpr std::array kWords = {
    Word{kRepository, "pull", kPull},
    Word{kRepository, "push", kPush},
    Word{kRepository, "delete", kDelete},
    Word{kRepository, "metadata_read", kMetadataRead},
    Word{kRepository, "metadataRead", kMetadataRead},
    Word{kRepository, "metadata_write", kMetadataWrite},
    Word{kRepository, "metadataWrite", kMetadataWrite},
    Word{kRepository, "*", kEverything},
    Word{kRegistry, "*", kList},
};

// What a client should ask for; in the order of Action, empty where no scope helps.
constexpr std::array<std::string_view, policy::kActionNames.size()> kAsk = {
    "pull", "pull,push", "delete", "metadata_read", "metadata_write", "delete", "*", "", ""};

// Scopes go into headers, tokens and messages.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

Error malformed(std::string_view text, std::string_view why) {
  Error error(Code::kInvalidRequest,
              fmt::format("The scope {}; it must look like repository:team/app:pull,push or "
                          "registry:catalog:*.",
                          why));
  if (is_plain(text) && !text.empty())
    error.details.push_back({"scope", std::string(text.substr(0, 255))});
  return error;
}

}  // namespace

std::string Grant::text() const {
  return fmt::format("{}:{}:{}", type, name, fmt::join(actions, ","));
}

Result<Grant> parse_scope(std::string_view text) {
  if (text.size() > kMaxScopeBytes) {
    return fail(malformed({}, fmt::format("is longer than {} bytes", kMaxScopeBytes)));
  }
  if (!is_plain(text))
    return fail(malformed(text,
                          "holds a space, quote or other character that "
                          "scopes do not have"));
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == last || first == 0 || last == first + 1) {
    return fail(malformed(text, "is not a type, a name and actions"));
  }
  Grant grant{std::string(text.substr(0, first)),
              std::string(text.substr(first + 1, last - first - 1)),
              {}};
  std::string_view rest = text.substr(last + 1);
  while (true) {
    const auto comma = std::min(rest.find(','), rest.size());
    const std::string_view word = rest.substr(0, comma);
    if (word.empty()) return fail(malformed(text, "has an empty action"));
    if (std::ranges::find(grant.actions, word) == grant.actions.end()) {
      grant.actions.emplace_back(word);
    }
    if (comma == rest.size()) return grant;
    rest.remove_prefix(comma + 1);
  }
}

Result<std::vector<Grant>> parse_scopes(std::string_view text) {
  std::vector<Grant> grants;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) {
      if (grants.size() == kMaxScopes) {
        return fail(Code::kInvalidRequest,
                    fmt::format("More than {} scopes; ask for fewer at once.", kMaxScopes));
      }
      TRY_ASSIGN(Grant grant, parse_scope(text.substr(0, end)));
      grants.push_back(std::move(grant));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return grants;
}

std::span<const Action> actions_of_word(std::string_view type, std::string_view word) {
  const auto at = std::ranges::find_if(
      kWords, [&](const Word& row) { return row.type == type && row.word == word; });
  return at == kWords.end() ? std::span<const Action>() : at->actions;
}

bool covers(const std::vector<Grant>& grants, Action action, std::string_view repository) {
  if (action == Action::kRegistryRead) return true;  // every good token may ask who it is
  const bool on_registry = action == Action::kCatalogRead;
  const std::string_view type = on_registry ? kRegistry : kRepository;
  const std::string_view name = on_registry ? kCatalog : repository;
  return std::ranges::any_of(grants, [&](const Grant& grant) {
    return grant.type == type && grant.name == name &&
           std::ranges::any_of(grant.actions, [&](const std::string& word) {
             const auto actions = actions_of_word(type, word);
             return std::ranges::find(actions, action) != actions.end();
           });
  });
}

std::string scope_for(Action action, std::string_view repository) {
  const std::string_view ask = kAsk[static_cast<std::size_t>(action)];
  if (ask.empty()) return {};
  if (action == Action::kCatalogRead) return fmt::format("{}:{}:{}", kRegistry, kCatalog, ask);
  return fmt::format("{}:{}:{}", kRepository, repository, ask);
}

}  // namespace berth::access
