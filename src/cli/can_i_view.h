// An answer of explainAccess as a person reads it. Pure; members that are missing are left out, and
// nothing in it can move a terminal's cursor. docs/permissions.md, "Asking".
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace berth::cli {

// The first line says "yes: …" or "no: …"; then the steps, each assignment with its condition as a
// tree, and what would help, its commands ready to be pasted. Without `utf8`, in ASCII.
std::string explanation_text(const boost::json::value& answer, bool utf8);
// The part about changes that explanation_text ends with: what each does, and its commands.
std::string changes_text(const boost::json::array& changes, std::size_t indent);
// "list the tags of team1/app": an action in words.
std::string action_words(const std::string& action, const std::string& place);

}  // namespace berth::cli
