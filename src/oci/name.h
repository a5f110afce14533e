// Names as OCI Distribution Specification 1.1 "Pulling manifests" defines them. Parsed once at the
// edge; everything beyond receives the typed value, never a string.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "oci/digest.h"

namespace berth::oci {

// <name>: path components [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* joined by '/', 255 characters at most.
class RepositoryName {
 public:
  static constexpr std::size_t kMaxLength = 255;
  // kNameInvalid; the message shows the offending component and the rule it breaks (upper case,
  // empty component, separator at an end, other character, length).
  static Result<RepositoryName> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const RepositoryName&) const = default;

 private:
  explicit RepositoryName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// <reference> as a tag: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}.
class Tag {
 public:
  static constexpr std::size_t kMaxLength = 128;
  static Result<Tag> parse(std::string_view text);  // kTagInvalid

  const std::string& text() const { return text_; }
  auto operator<=>(const Tag&) const = default;

 private:
  explicit Tag(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using Reference = std::variant<Tag, Digest>;
// A text with ':' is a digest (kDigestInvalid when malformed), any other a tag (kTagInvalid).
Result<Reference> parse_reference(std::string_view text);
std::string_view reference_text(const Reference& reference);

}  // namespace berth::oci
