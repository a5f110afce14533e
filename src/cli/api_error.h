// Errors between a server's answer and a person. An Error from here carries its hint, what to do
// next, as the detail "hint". Pure but for report(), which prints.
#pragma once

#include <string>

#include "base/error.h"
#include "cli/command.h"
#include "client/http_client.h"

namespace berth::cli {

// From an answer that is no success: "AuthorizationFailed: …" from the body of ARM, Graph, OAuth or
// OCI, or the start of it when it is of none. exact_code is the server's code.
Error api_error(const client::HttpResponse& answer);

// The caller used the command wrongly: exit code 2.
Error wrong_usage(std::string message);
// The same, with the command and its first example: "berth token list: …; for example: …".
Error wrong_usage(const Invocation& call, std::string_view what);

// A remote server could not be reached: the client's error, with a hint when its certificate is
// why.
Error not_reached(Error error);

Error with_hint(Error error, std::string hint);

// "error: …" and "hint: …" on `err`; an exit code.
int report(const Context& context, const Error& error);

}  // namespace berth::cli
