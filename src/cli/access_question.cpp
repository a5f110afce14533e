#include "cli/access_question.h"

#include <fmt/format.h>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/nearest.h"
#include "cli/arm.h"
#include "cli/directory.h"
#include "cli/flag_values.h"
#include "cli/json_text.h"
#include "cli/network_resource.h"
#include "cli/plain_words.h"
#include "cli/url.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

bool same(const std::string& one, const std::string& other) {
  return equal_no_case(one, other);
}

// Docker's rule for the first part of a reference.
bool is_host(std::string_view part, bool alone) {
  if (part == "localhost") return !alone;
  if (!alone) return part.find_first_of(".:") != std::string_view::npos;
  // Alone it may as well be a repository with a tag; only a port of this machine is no tag.
  return part.starts_with("localhost:") || part.starts_with("127.0.0.1:");
}

std::string without_tag(std::string text) {
  text.resize(std::min(text.find('@'), text.size()));
  const std::size_t colon = text.rfind(':');
  const std::size_t slash = text.rfind('/');
  if (colon != std::string::npos && (slash == std::string::npos || colon > slash)) {
    text.resize(colon);
  }
  return text;
}

struct Part {
  const char* flag;
  const char* member;
};
constexpr std::array kParts = {Part{"--as", "principal"}, Part{"--from", "from"},
                               Part{"--listener", "listener"}, Part{"--at", "at"}};

// A way through the endpoint, as its connection says that requests are recognised. With it the
// question is no longer about the asker's own way, which may be the machine's socket.
void add_way(const json::value& connection, json::object& body) {
  constexpr std::array kLinks = {Part{"address:", "destination"}, Part{"listener:", "listener"},
                                 Part{"ca:", "clientCa"}};
  const json::array& links = array_at(connection, "properties.links");
  if (links.empty() || !links.front().is_string()) return;
  const std::string link(links.front().get_string());
  for (const Part& kind : kLinks) {
    if (!link.starts_with(kind.flag)) continue;
    body[kind.member] = link.substr(std::string_view(kind.flag).size());
    return;
  }
  body["link"] = link;
}

// By an id, or the name of one of the registry's.
Result<void> add_endpoint(Job& job, const std::string& registry, json::object& body) {
  const std::string given = job.call.value("--via-endpoint");
  const auto connection = find_connection(job, registry, given);
  if (connection) {
    body["privateEndpoint"] = text_at(*connection, "properties.privateEndpoint.id");
    if (!job.call.has("--from") && !job.call.has("--listener")) add_way(*connection, body);
    return {};
  }
  // An id needs no list of them, and who may not read the list may know a name beside the registry.
  if (given.starts_with('/')) {
    body["privateEndpoint"] = given;
    return {};
  }
  if (connection.error().code != Code::kDenied) return fail(connection.error());
  body["privateEndpoint"] =
      child_id(group_part(registry) + "/providers/Microsoft.Network", "privateEndpoints", given);
  return {};
}

Result<json::object> question_of(Job& job, const Target& target, const std::string& registry) {
  json::object body{{"action", job.name()}};
  if (!target.repository.empty()) body["repository"] = target.repository;
  for (const Part& part : kParts) {
    if (job.call.has(part.flag)) body[part.member] = job.call.value(part.flag);
  }
  if (job.call.has("--via-endpoint")) TRY(add_endpoint(job, registry, body));
  return body;
}

// A user's name without its domain is understood here, as everywhere; but the server knows more
// names than users', and its reading comes first.
Result<json::value> ask(Job& job, const std::string& where, json::object body) {
  auto answer = registry_call(job, "POST", where, body);
  const std::string who = job.call.value("--as");
  const bool unknown = !answer && answer.error().exact_code == "PrincipalNotFound";
  if (!unknown || who.find_first_of("@:") != std::string::npos) return answer;
  body["principal"] = with_domain(job, who);
  auto again = registry_call(job, "POST", where, body);
  return again ? again : answer;
}

bool limits_its_network(Job& job, const std::string& registry) {
  const auto found = registry_call(job, "GET", registry, nullptr);
  return found && (text_at(*found, "properties.publicNetworkAccess") == "Disabled" ||
                   text_at(*found, "properties.networkRuleSet.defaultAction") == "Deny");
}

// The socket is let in everywhere, which says nothing about clients.
void note_what_was_not_asked(Job& job, const std::string& registry, const json::value& answer) {
  const json::array& steps = array_at(answer, "steps");
  const bool own = !steps.empty() && text_at(steps.front(), "rule") == "own-socket";
  if (!own || job.call.json()) return;
  if (!job.call.has("--as") && !limits_its_network(job, registry)) return;
  job.context.err << "note: the network was not asked: you are on the machine's own socket; --from "
                     "ADDRESS asks for a client\n";
}

// The server does not understand the question: wrong usage, in its words.
Error misasked(const Job& job, const Error& error) {
  Error out = wrong_usage(job.call.path + ": " + error.message);
  if (error.exact_code == "PrincipalNotFound") {
    return with_hint(std::move(out),
                     "berth user list, berth group list and berth sp list show them; the admin "
                     "user is called by the registry's name, a token token:NAME");
  }
  const auto meant = nearest_name(job.name(), job.call.command->word_hints);
  if (!meant || *meant == job.name()) return out;
  return with_hint(std::move(out), fmt::format("did you mean {}?", *meant));
}

// A listener is half a way: most rules are about addresses, and no client comes without one. Only
// a private endpoint decides alone.
Result<void> check_way(const Invocation& call) {
  if (call.has("--from")) TRY(address_of(call, "--from", "10.0.0.7 or 2001:db8::7"));
  if (!call.has("--listener") || call.has("--from") || call.has("--via-endpoint")) return {};
  return fail(with_hint(
      wrong_usage(fmt::format("{}: --listener needs --from IP, the address that comes to it; for "
                              "example: berth can-i pull app --from 10.0.0.7 --listener {}",
                              call.path, call.value("--listener"))),
      "--via-endpoint NAME asks about a private endpoint, for whatever address"));
}

}  // namespace

Result<Target> target_of(std::string_view text, const std::string& registry,
                         const std::string& domain) {
  const std::string name = last_part(registry);
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string first(text.substr(0, slash));
  const bool alone = slash == text.size();
  const bool below =
      !domain.empty() && parse_url(first) && same(parse_url(first)->domain(), domain);
  if (text.empty() || !(is_host(first, alone) || below)) {
    return Target{registry, without_tag(std::string(text))};
  }
  const auto named = registry_of(first, domain);
  if (!named && registry.empty()) {
    return fail(wrong_usage(fmt::format(
        "{} is no login server of {}; if it is a part of the repository's name, say the registry "
        "with --registry NAME",
        first, domain)));
  }
  // Without a domain a dot proves nothing.
  const bool ours = named && (below || !domain.empty() || same(*named, name));
  if (!registry.empty() && !ours) return Target{registry, without_tag(std::string(text))};
  if (!registry.empty() && !same(*named, name)) {
    return fail(wrong_usage(
        fmt::format("{} is the registry {}, and --registry says {}", first, *named, registry)));
  }
  return Target{registry.starts_with('/') ? registry : *named,
                alone ? "" : without_tag(std::string(text.substr(slash + 1)))};
}

Result<json::value> ask_about_access(Job& job, std::string_view operation) {
  TRY(check_way(job.call));
  const std::string text = job.call.words.size() > 1 ? job.call.words[1] : "";
  TRY_ASSIGN(const Target target, target_of(text, registry_name(job, job.call.value("--registry")),
                                            job.api.info().domain));
  TRY_ASSIGN(const std::string registry, meant_registry(job, target.registry));
  TRY_ASSIGN(json::object question, question_of(job, target, registry));
  auto answer = ask(job, fmt::format("{}/{}", registry, operation), std::move(question));
  if (answer) note_what_was_not_asked(job, registry, *answer);
  if (!answer && code_row(answer.error().code).http_status == 400) {
    return fail(misasked(job, answer.error()));
  }
  return answer;
}

}  // namespace berth::cli
