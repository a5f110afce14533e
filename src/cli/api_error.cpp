#include "cli/api_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <ostream>
#include <utility>

#include "base/guid.h"
#include "cli/json_text.h"

namespace berth::cli {
namespace {

constexpr const char* kHint = "hint";
constexpr std::string_view kWrongUsage = "WrongUsage";

struct HintRow {
  int status;
  std::string_view hint;
};
constexpr std::array kHints = {
    HintRow{401, "sign in again: berth login --server https://management.DOMAIN"},
    HintRow{403,
            "somebody with the role Owner can give a role that allows it; berth role "
            "assignment list --assignee NAME shows those that somebody has"},
    HintRow{429, "the server asks for patience; try again in a minute"},
    HintRow{503, "the server is starting or stopping; try again in a moment"},
};

// Refusals that a verb of ours is the way out of.
struct CureRow {
  std::string_view code, words;  // words of the message; empty: any
  std::string_view hint;
};
constexpr std::array kCures = {
    CureRow{"SubnetsHaveNoServiceEndpointsConfigured", "",
            "berth network subnet create VNET/SUBNET --prefix CIDR --service-endpoint makes one "
            "that rules may name; delete the one without it first"},
    CureRow{"", "exceeds allowed quota",
            "the server's configuration has the quotas, such as network.ip_rules; berth network "
            "deny removes rules that nobody needs, and one block may stand for many addresses"},
    CureRow{"VirtualNetworkRuleValidationFailed", "There is no subnet",
            "berth network subnet list shows the subnets"},
    CureRow{"InvalidResourceReference", "/subnets/", "berth network subnet list shows the subnets"},
    CureRow{"ParentResourceNotFound", "virtualNetworks/subnets/",
            "berth network vnet list shows the networks, vnet create makes one"},
    CureRow{"ResourceNotFound", "'Microsoft.Network/virtualNetworks/",
            "berth network vnet list and berth network subnet list show what there is"},
};

std::string hint_for(std::string_view code, std::string_view message) {
  for (const CureRow& row : kCures) {
    if (!row.code.empty() && row.code != code) continue;
    if (message.find(row.words) != std::string_view::npos) return std::string(row.hint);
  }
  return {};
}

// What came from a server goes to a terminal: one line without control characters.
std::string one_line(std::string_view text) {
  std::string out(text.substr(0, 1000));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

// {"error":{"code","message"}}, {"errors":[{"code","message"}]} or {"error","error_description"}.
std::pair<std::string, std::string> code_and_message(const std::string& body) {
  const auto value = parse_json(body);
  if (!value) return {};
  if (const auto& errors = array_at(*value, "errors"); !errors.empty()) {
    return {text_at(errors.front(), "code"), text_at(errors.front(), "message")};
  }
  if (const std::string code = text_at(*value, "error"); !code.empty()) {
    return {code, text_at(*value, "error_description")};
  }
  return {text_at(*value, "error.code"), text_at(*value, "error.message")};
}

Code code_of(int status) {
  if (status == 404) return Code::kResourceUnknown;
  const auto& rows = code_table();
  const auto at = std::find_if(rows.begin(), rows.end(),
                               [&](const CodeRow& row) { return row.http_status == status; });
  return at == rows.end() ? Code::kInternal : at->code;
}

}  // namespace

// What stands between `before` and the next quote; empty when it is nothing that a shell takes as
// it is.
std::string quoted_after(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  text = text.substr(0, text.find('\''));
  const bool plain = std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/-_.").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? std::string(text) : "";
}

// Azure's refusal names person and place; so does what would help.
std::string refusal_hint(std::string_view message) {
  const std::string who = quoted_after(message, "with object id '");
  const std::string scope = quoted_after(message, "over scope '");
  if (!is_guid(who) || !scope.starts_with('/')) return {};
  if (scope == "/" && message.find("virtualNetworks/subnets/write") != std::string_view::npos) {
    return "a service endpoint with a listener, or with addresses beyond local networks, is for "
           "whoever administers the whole server; without --service-endpoint, or for local "
           "addresses, the right to write the network is enough";
  }
  return fmt::format(
      "somebody with the role Owner can allow it: berth role assignment create --role ROLE "
      "--assignee {} --scope {}",
      who, scope);
}

Error api_error(const client::HttpResponse& answer) {
  auto [code, message] = code_and_message(answer.body);
  if (code.empty()) code = fmt::format("status {}", answer.status);
  if (message.empty()) message = answer.body.empty() ? "no reason was given" : answer.body;
  Error error(code_of(answer.status), fmt::format("{}: {}", one_line(code), one_line(message)));
  error.exact_code = code;
  // What of the request it is about.
  if (const auto value = parse_json(answer.body)) {
    if (std::string target = text_at(*value, "error.target"); !target.empty()) {
      error.details.push_back({"target", one_line(target)});
    }
  }
  if (std::string hint = hint_for(code, message); !hint.empty()) {
    error = with_hint(std::move(error), std::move(hint));
  }
  for (const HintRow& row : kHints) {
    if (row.status == answer.status) error = with_hint(std::move(error), std::string(row.hint));
  }
  if (code == "AuthorizationFailed") {
    if (std::string hint = refusal_hint(message); !hint.empty()) {
      error = with_hint(std::move(error), std::move(hint));
    }
  }
  return error;
}

Error wrong_usage(std::string message) {
  return Error(Code::kInvalidRequest, std::move(message)).named(std::string(kWrongUsage));
}

Error wrong_usage(const Invocation& call, std::string_view what) {
  return wrong_usage(
      fmt::format("{}: {}; for example: {}", call.path, what, call.command->examples.front()));
}

Error not_reached(Error error) {
  if (error.code != Code::kDenied) return error;
  return with_hint(std::move(error),
                   "name the certificate of its authority with --ca-file; on the server berth ca "
                   "export prints it");
}

Error with_hint(Error error, std::string hint) {
  std::erase_if(error.details, [](const Detail& detail) { return detail.key == kHint; });
  return std::move(error).with(kHint, std::move(hint));
}

int report(const Context& context, const Error& error) {
  const bool usage = error.exact_code == kWrongUsage;
  context.err << (usage ? "" : "error: ") << error.message << '\n';
  for (const Detail& detail : error.details) {
    if (detail.key == kHint) context.err << "hint: " << detail.value << '\n';
  }
  return usage ? kUsage : kCannot;
}

}  // namespace berth::cli
