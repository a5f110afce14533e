#include "cli/network_preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "cli/arm.h"
#include "cli/ask.h"
#include "cli/directory.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "server/config_values.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kFields = {"address", "identity", "repository", "action"};
constexpr std::array kColumns = {Column{"EFFECT", "effect"},     Column{"ADDRESS", "address"},
                                 Column{"IDENTITY", "identity"}, Column{"REPOSITORY", "repository"},
                                 Column{"ACTION", "action"},     Column{"BEFORE", "before"},
                                 Column{"AFTER", "after"}};
constexpr std::size_t kPiece = 5000;  // callers that are sent at once
constexpr std::string_view kAddress = "caller.address";
// The rule that no address rule helps against.
constexpr std::string_view kPublicOff = "public-access-disabled";
// How the rules of an endpoint that lets nobody in begin.
constexpr std::string_view kEndpointRule = "private-endpoint-";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(',', at), line.size());
    out.emplace_back(trimmed(line.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

Result<json::object> caller_of(const std::vector<std::string>& fields) {
  if (fields.size() > kFields.size()) {
    return fail(wrong_usage(fmt::format(
        "there are {} fields; a line is: address, identity, repository, action", fields.size())));
  }
  if (!IpAddress::parse(fields[0])) {
    return fail(wrong_usage(
        fmt::format("{} is no address; a line begins with one, such as 203.0.113.7 or 2001:db8::1",
                    server::in_quotes(fields[0]))));
  }
  json::object caller;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].empty()) caller[kFields[i]] = fields[i];
  }
  return caller;
}

bool is_self(const json::value& row) {
  const json::value* self = find(row, "self");
  return self != nullptr && self->is_bool() && self->get_bool();
}

std::string rule_at(const json::value& row, const std::string& when) {
  return text_at(row, when + ".rule");
}

void add_rows(json::array& out, const json::value& preview, const char* list, const char* effect) {
  for (const json::value& row : array_at(preview, list)) {
    json::object shown{
        {"effect", effect}, {"before", rule_at(row, "before")}, {"after", rule_at(row, "after")}};
    for (const std::string_view field : kFields)
      shown[field] = text_at(row, fmt::format("caller.{}", field));
    if (is_self(row)) {
      const std::string identity = text_at(row, "caller.identity");
      shown["identity"] = identity.empty() ? "you" : identity + " (you)";
    }
    out.push_back(std::move(shown));
  }
}

const json::value* own_loss(const json::value& preview) {
  for (const json::value& row : array_at(preview, "lockedOut")) {
    if (is_self(row) && !text_at(row, kAddress).empty()) return &row;
  }
  return nullptr;
}

// What keeps the caller's own access.
std::string cure_of(const Job& job, const json::value& loss, const std::string& registry) {
  const std::string address = printable(text_at(loss, kAddress));
  const auto own = IpPrefix::parse(address);
  const auto names_it = [&](const std::string& word) {
    return own && IpPrefix::parse(word) == own;
  };
  if (std::ranges::any_of(job.call.words, names_it)) {
    return "that is the rule that you come by; leave it until you have another";
  }
  const bool of_endpoint =
      job.call.path.find(" private-endpoint ") != std::string::npos ||
      (!job.call.words.empty() && job.call.words.front() == "private-endpoint");
  if (of_endpoint || rule_at(loss, "after").starts_with(kEndpointRule)) {
    return job.call.has("--manual")
               ? "you come by the way that it would have; without --manual it lets you in at once"
               : "that is the private endpoint that you come by; leave it until you have another "
                 "way";
  }
  if (rule_at(loss, "after") == kPublicOff) {
    return "while public access is off only an approved private endpoint lets you in: berth "
           "network "
           "private-endpoint create";
  }
  return fmt::format("berth network allow {} -r {} keeps it", address, registry);
}

void tell_own_loss(const Job& job, const json::value& loss, const std::string& registry,
                   std::string_view when = {}) {
  job.context.err << fmt::format(
      "note: this would lock you out{}: your address is seen as {} ({})\nhint: {}\n", when,
      printable(text_at(loss, kAddress)), printable(rule_at(loss, "after")),
      cure_of(job, loss, registry));
}

// The caller that a complaint of the server is about: callers[N] in its words or its target.
std::optional<std::size_t> place_in(const Error& error) {
  constexpr std::string_view kPlace = "callers[";
  std::vector<std::string_view> texts = {error.message};
  for (const Detail& detail : error.details) {
    if (detail.key == "target") texts.emplace_back(detail.value);
  }
  for (const std::string_view text : texts) {
    const std::size_t at = text.find(kPlace);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = text.substr(at + kPlace.size());
    if (const auto index = server::parse_number(rest.substr(0, rest.find(']')))) return *index;
  }
  return std::nullopt;
}

// A user's name without its domain is understood, but the server's own reading comes first.
bool lengthen_name(const Job& job, const Error& error, json::array& callers) {
  const auto at = place_in(error);
  if (error.exact_code != "PrincipalNotFound" || !at || *at >= callers.size()) return false;
  const std::string short_name = text_at(callers[*at], "identity");
  if (short_name.empty() || short_name.find_first_of("@:") != std::string::npos) return false;
  const std::string whole = with_domain(job, short_name);
  if (whole == short_name) return false;
  for (json::value& caller : callers) {
    if (text_at(caller, "identity") == short_name) caller.as_object()["identity"] = whole;
  }
  return true;
}

// Those from `begin` to `end`; the asker is among the first ones.
Result<json::value> ask_about_piece(Job& job, const std::string& registry,
                                    const json::object& change, Callers& callers, std::size_t begin,
                                    std::size_t end) {
  for (;;) {
    json::array piece(callers.list.begin() + begin, callers.list.begin() + end);
    json::object question = change;
    question["callers"] = piece;
    question["includeCaller"] = begin == 0;
    auto answer = registry_call(job, "POST", registry + "/previewNetwork", question);
    if (answer || !lengthen_name(job, answer.error(), piece)) return answer;
    std::ranges::move(piece, callers.list.begin() + begin);
  }
}

}  // namespace

Result<json::array> callers_of(std::string_view text, const std::string& file,
                               std::vector<std::size_t>& lines) {
  json::array out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view content = trimmed(line.substr(0, line.find('#')));
    if (content.empty()) continue;
    auto caller = caller_of(fields_of(content));
    if (!caller) {
      return fail(wrong_usage(fmt::format("{}:{}: {}", file, number, caller.error().message)));
    }
    out.push_back(std::move(*caller));
    lines.push_back(number);
  }
  return out;
}

Error about_line(Error error, const std::string& file, const std::vector<std::size_t>& lines) {
  const auto index = place_in(error);
  if (!index || *index >= lines.size()) return error;
  return wrong_usage(fmt::format("{}:{}: {}", file, lines[*index], error.message));
}

Result<json::value> ask_preview(Job& job, const std::string& registry, json::object change) {
  change["includeCaller"] = true;
  return registry_call(job, "POST", registry + "/previewNetwork", change);
}

Result<json::value> preview_of_callers(Job& job, const std::string& registry,
                                       const json::object& change, Callers callers) {
  json::object sum{{"lockedOut", json::array{}}, {"letIn", json::array{}}, {"unchanged", 0}};
  std::size_t done = 0;
  do {
    const std::size_t end = std::min(done + kPiece, callers.list.size());
    auto part = ask_about_piece(job, registry, change, callers, done, end);
    if (!part) {
      const std::vector<std::size_t> lines(callers.lines.begin() + static_cast<long>(done),
                                           callers.lines.end());
      return fail(about_line(std::move(part.error()), callers.file, lines));
    }
    for (const char* list : {"lockedOut", "letIn"}) {
      json::array& rows = sum[list].as_array();
      const json::array& more = array_at(*part, list);
      rows.insert(rows.end(), more.begin(), more.end());
    }
    if (done == 0) sum["rulesForProxies"] = array_at(*part, "rulesForProxies");
    sum["unchanged"] = sum["unchanged"].as_int64() + number_at(*part, "unchanged");
    done = end;
  } while (done < callers.list.size());
  return sum;
}

Result<bool> tell_own_access(Job& job, const std::string& registry, json::object change,
                             std::string_view when) {
  auto preview = ask_preview(job, registry, std::move(change));
  if (!preview) {
    // Who may change the rules and not ask about them can still do so, with open eyes.
    if (job.call.has("--yes") && preview.error().code == Code::kDenied) return false;
    return fail(std::move(preview.error()));
  }
  const json::value* const loss = own_loss(*preview);
  if (loss != nullptr) tell_own_loss(job, *loss, last_part(registry), when);
  return loss != nullptr;
}

Result<void> confirm_own_access(Job& job, const std::string& registry, json::object change,
                                std::string_view when) {
  TRY_ASSIGN(const bool loses, tell_own_access(job, registry, std::move(change), when));
  return loses ? confirm(job.call, job.context, "Lock yourself out?") : Result<void>();
}

std::vector<std::string> proxy_notes(const Invocation& call, const json::value& preview) {
  std::vector<std::string> out;
  for (const json::value& rule : array_at(preview, "rulesForProxies")) {
    const auto block = rule.is_string() ? IpPrefix::parse(rule.get_string()) : std::nullopt;
    const bool given = block && std::ranges::any_of(call.words, [&](const std::string& word) {
                         return IpPrefix::parse(word) == block;
                       });
    if (!given) continue;
    out.push_back(fmt::format(
        "{} is declared as a proxy on a listener: there the client's address counts instead of its "
        "own; berth network allow of the clients' addresses lets them in",
        block->text()));
  }
  return out;
}

void print_preview(const Job& job, const std::string& registry, const json::value& preview) {
  if (job.call.json()) return print_one(job.call, job.context, preview, {});
  json::array rows;
  add_rows(rows, preview, "lockedOut", "locked out");
  add_rows(rows, preview, "letIn", "let in");
  if (!rows.empty()) print_rows(job.call, job.context, rows, kColumns);
  print_note(
      job.call, job.context,
      fmt::format("{} locked out, {} let in, {} as before.", array_at(preview, "lockedOut").size(),
                  array_at(preview, "letIn").size(), number_at(preview, "unchanged")));
  if (const json::value* loss = own_loss(preview)) {
    tell_own_loss(job, *loss, last_part(registry));
  }
}

}  // namespace berth::cli
