// The reference of all keys as Markdown, for docs/configuration.md. Generated from the key table,
// so that the documentation cannot say anything else. Pure.
#pragma once

#include <string>
#include <string_view>

namespace berth::server {

inline constexpr std::string_view kReferenceBegin = "<!-- keys: generated, do not edit -->\n";
inline constexpr std::string_view kReferenceEnd = "<!-- end of keys -->\n";

// One table for each section, without the two marks.
std::string config_reference();

// `document` with the text between the marks replaced; unchanged when a mark is missing.
std::string with_reference(std::string_view document);

}  // namespace berth::server
