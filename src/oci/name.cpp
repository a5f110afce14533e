#include "oci/name.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/shown.h"

namespace berth::oci {
namespace {

constexpr bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}
constexpr bool is_separator(char c) {
  return c == '.' || c == '_' || c == '-';
}
constexpr bool is_tag_start(char c) {
  return is_alnum(c) || c == '_';
}
constexpr bool is_tag_char(char c) {
  return is_tag_start(c) || c == '.' || c == '-';
}

// One separator of the grammar: ".", "_", "__", or any number of "-".
bool is_one_separator(std::string_view run) {
  return run == "." || run == "_" || run == "__" || run.find_first_not_of('-') == run.npos;
}

// The rule that `component` breaks, or empty.
std::string broken_rule(std::string_view component) {
  if (component.empty()) return "is empty; components are separated by exactly one '/'";
  for (const char c : component) {
    if (is_upper(c)) return "has an upper-case letter; use lower case only";
    if (!is_lower_or_digit(c) && !is_separator(c)) {
      return fmt::format("has {}; only a-z, 0-9 and the separators . _ __ - are allowed",
                         shown(std::string_view(&c, 1)));
    }
  }
  if (is_separator(component.front()) || is_separator(component.back())) {
    return "begins or ends with a separator; begin and end with a-z or 0-9";
  }
  for (std::size_t at = 0; at < component.size();) {
    const auto begin = std::find_if(component.begin() + at, component.end(), is_separator);
    const auto end = std::find_if_not(begin, component.end(), is_separator);
    const std::string_view run(begin, end);
    if (!run.empty() && !is_one_separator(run)) {
      return fmt::format(
          "has the separator {}; one of . _ __ or a run of - is allowed between "
          "two letters or digits",
          shown(run));
    }
    at = static_cast<std::size_t>(end - component.begin());
  }
  return {};
}

}  // namespace

Result<RepositoryName> RepositoryName::parse(std::string_view text) {
  if (text.empty()) {
    return fail(Code::kNameInvalid,
                "the repository name is empty; it is one or more components a-z, 0-9 joined by "
                "'/', such as team/app");
  }
  if (text.size() > kMaxLength) {
    return fail(Code::kNameInvalid,
                fmt::format("repository name {} has {} characters; at most {} are allowed",
                            shown(text), text.size(), kMaxLength));
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('/', begin), text.size());
    const auto component = text.substr(begin, end - begin);
    if (const auto rule = broken_rule(component); !rule.empty()) {
      return fail(Code::kNameInvalid, fmt::format("repository name {}: component {} {}",
                                                  shown(text), shown(component), rule));
    }
    begin = end + 1;
  }
  return RepositoryName(std::string(text));
}

Result<Tag> Tag::parse(std::string_view text) {
  if (text.empty()) {
    return fail(Code::kTagInvalid, "the tag is empty; it has 1 to 128 characters");
  }
  if (text.size() > kMaxLength) {
    return fail(Code::kTagInvalid, fmt::format("tag {} has {} characters; at most {} are allowed",
                                               shown(text), text.size(), kMaxLength));
  }
  if (!is_tag_start(text.front())) {
    return fail(Code::kTagInvalid,
                fmt::format("tag {} begins with {}; begin with a letter, a digit or _", shown(text),
                            shown(text.substr(0, 1))));
  }
  if (const auto wrong = std::ranges::find_if_not(text, is_tag_char); wrong != text.end()) {
    return fail(Code::kTagInvalid,
                fmt::format("tag {} has {}; only letters, digits, _ . - are allowed", shown(text),
                            shown(std::string_view(wrong, wrong + 1))));
  }
  return Tag(std::string(text));
}

Result<Reference> parse_reference(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    TRY_ASSIGN(auto digest, Digest::parse(text));
    return Reference(std::move(digest));
  }
  TRY_ASSIGN(auto tag, Tag::parse(text));
  return Reference(std::move(tag));
}

std::string_view reference_text(const Reference& reference) {
  return std::visit([](const auto& r) -> std::string_view { return r.text(); }, reference);
}

}  // namespace berth::oci
