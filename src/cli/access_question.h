// A question to a registry about access, from what somebody typed: the verbs can-i and who-can.
// docs/permissions.md, "Asking".
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/job.h"

namespace berth::cli {

// Names; each may be empty.
struct Target {
  std::string registry;
  std::string repository;  // without tag and digest
};
// Of "team1.berth.test/app:v1", "localhost:5000/app" (the registry default), "app" or a login
// server alone. `registry` is what --registry says: beside it, a first part that is no login server
// of `domain` belongs to the repository's name, as a dot may. Pure; the error is wrong usage.
Result<Target> target_of(std::string_view text, const std::string& registry,
                         const std::string& domain);

// Sends what the call says to <registry>/`operation` and gives the answer. A question that the
// server does not understand is wrong usage, in the server's words.
Result<boost::json::value> ask_about_access(Job& job, std::string_view operation);

}  // namespace berth::cli
