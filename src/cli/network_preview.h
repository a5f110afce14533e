// What a change of a registry's network rules would do to callers that are known, the caller itself
// among them: the server's own decision, asked before and after (previewNetwork).
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/job.h"

namespace berth::cli {

// Lines of "address, identity, repository, action"; all but the address may be empty, '#' begins a
// comment. `lines` gets the line number of each caller. Pure; an error is wrong usage and says
// `file` and the line.
Result<boost::json::array> callers_of(std::string_view text, const std::string& file,
                                      std::vector<std::size_t>& lines);
// The server's complaint about callers[N] of a list, as one about its line of `file`.
Error about_line(Error error, const std::string& file, const std::vector<std::size_t>& lines);

// `callers` may be more than the server takes at once. Errors are as about_line() makes them.
struct Callers {
  boost::json::array list;
  std::string file;
  std::vector<std::size_t> lines;
};
// `change`: what would be, {"properties": …} of the registry or {"privateEndpoints": […]}.
Result<boost::json::value> preview_of_callers(Job& job, const std::string& registry,
                                              const boost::json::object& change, Callers callers);
// Of the caller itself.
Result<boost::json::value> ask_preview(Job& job, const std::string& registry,
                                       boost::json::object change);
// Before a change: whoever would lock himself out (`when`: " once the rule ends") is told so, with
// the address that the server saw and what keeps it. Whether that is so.
Result<bool> tell_own_access(Job& job, const std::string& registry, boost::json::object change,
                             std::string_view when = {});
// The same, and he is asked.
Result<void> confirm_own_access(Job& job, const std::string& registry, boost::json::object change,
                                std::string_view when = {});
// Of the rules that the call gives, those that a proxy's clients never match.
std::vector<std::string> proxy_notes(const Invocation& call, const boost::json::value& preview);
void print_preview(const Job& job, const std::string& registry, const boost::json::value& preview);

}  // namespace berth::cli
