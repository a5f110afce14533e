// `berth network check-dns`: do the names of a registry lead where they should, as one resolver
// answers? The texts of the findings are az's (acr-access-model E3).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <ostream>
#include <utility>

#include "base/ip.h"
#include "cli/arm.h"
#include "cli/flag_values.h"
#include "cli/network_resource.h"
#include "cli/network_verbs.h"
#include "cli/output.h"
#include "cli/plain_words.h"
#include "client/resolver.h"

namespace berth::cli {
namespace {

namespace json = boost::json;

enum class Finding { kOk, kWrong, kNoRecord, kNoAnswer };
constexpr std::array<std::string_view, 4> kFindings = {"OK", "wrong", "no record", "no answer"};
constexpr std::array kColumns = {Column{"HOST", "host"}, Column{"RESULT", "result"},
                                 Column{"EXPECTED", "expected"}, Column{"ACTUAL", "actual"}};

struct Checked {
  std::string host, face;
  std::vector<IpAddress> expected, actual;
  Finding finding = Finding::kOk;
  std::string reason;  // of an answer that did not come
};

std::string text_of(const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const IpAddress& address : addresses) out += (out.empty() ? "" : ",") + address.text();
  return out;
}

// One address that leads elsewhere is enough: some client takes it.
Result<Checked> check(const client::Resolver& resolver, const std::string& host,
                      const std::string& face, std::vector<IpAddress> expected) {
  Checked out{host, face, std::move(expected), {}, Finding::kOk, {}};
  if (out.expected.empty()) {
    out.finding = Finding::kNoRecord;
    out.reason = "the private endpoint has no address for it";
    return out;
  }
  auto found = client::resolve(resolver, host);
  if (!found && found.error().code == Code::kInvalidRequest) return fail(found.error());
  if (!found) {
    const bool none = found.error().code == Code::kResourceUnknown;
    out.finding = none ? Finding::kNoRecord : Finding::kNoAnswer;
    out.reason = found.error().message;
    return out;
  }
  out.actual = std::move(*found);
  const bool right = std::ranges::all_of(out.actual, [&](const IpAddress& address) {
    return std::ranges::find(out.expected, address) != out.expected.end();
  });
  if (!right) out.finding = Finding::kWrong;
  return out;
}

// What a client will meet: the names of one registry fail in different ways.
std::string consequence_of(const std::vector<Checked>& names) {
  const auto bad = [&](std::string_view face) {
    return std::ranges::find_if(names, [&](const Checked& one) {
      return one.face == face && one.finding != Finding::kOk && one.finding != Finding::kNoAnswer;
    });
  };
  const auto data = bad("data");
  if (bad("registry") != names.end() || data == names.end()) return {};
  const bool none = data->finding == Finding::kNoRecord;
  return fmt::format("{} {}: login works, layer pulls fail", data->host,
                     none ? "has no record" : "leads elsewhere");
}

std::string finding_text(const Checked& one, const std::string& registry, std::string_view way) {
  if (one.finding == Finding::kOk) return {};
  if (one.finding == Finding::kWrong) {
    return fmt::format(
        "DNS routing to registry \"{}\" through {} IP is incorrect. Expect: {}, Actual: {}",
        registry, way, text_of(one.expected), text_of(one.actual));
  }
  return fmt::format("Error resolving DNS for {}. Ex: {}", one.host, one.reason);
}

json::array texts(const std::vector<IpAddress>& addresses) {
  json::array out;
  for (const IpAddress& address : addresses) out.emplace_back(address.text());
  return out;
}

json::array rows_of(const std::vector<Checked>& names) {
  json::array out;
  for (const Checked& one : names) {
    out.push_back(json::object{{"host", one.host},
                               {"face", one.face},
                               {"result", kFindings[static_cast<std::size_t>(one.finding)]},
                               {"expected", texts(one.expected)},
                               {"actual", texts(one.actual)}});
  }
  return out;
}

std::vector<IpAddress> addresses_in(const std::vector<std::string>& given) {
  std::vector<IpAddress> out;
  for (const std::string& text : given) {
    if (const auto address = IpAddress::parse(text)) out.push_back(*address);
  }
  return out;
}

std::vector<IpAddress> private_addresses(const std::vector<ServedHost>& endpoint,
                                         const std::string& host) {
  const auto place = std::ranges::find(endpoint, host, &ServedHost::host);
  std::vector<std::string> out;
  if (place == endpoint.end()) return {};
  for (const PrivateAddress& entry : place->private_addresses) out.push_back(entry.address);
  return addresses_in(out);
}

// The names that every client uses, checked one after the other.
Result<std::vector<Checked>> check_names(Job& job, const client::Resolver& resolver,
                                         const std::string& registry) {
  TRY_ASSIGN(const std::vector<ServedHost> places, places_of(job, registry));
  const bool is_public = job.call.has("--public");
  std::vector<ServedHost> endpoint;
  if (!is_public) {
    TRY_ASSIGN(endpoint, places_of_one_endpoint(job, registry, places));
  }
  std::vector<Checked> out;
  for (const ServedHost& place : places) {
    if (place.face != "registry" && place.face != "data") continue;
    auto expected =
        is_public ? addresses_in(place.addresses) : private_addresses(endpoint, place.host);
    if (is_public && expected.empty()) {
      return fail(
          with_hint({Code::kResourceUnknown,
                     fmt::format("the server does not say at which address {} is", place.host)},
                    "network.public_addresses in the server's configuration says it"));
    }
    auto checked = check(resolver, place.host, place.face, std::move(expected));
    if (!checked) {
      return fail(wrong_usage(fmt::format("{}: {}", job.call.path, checked.error().message)));
    }
    out.push_back(std::move(*checked));
  }
  if (!out.empty()) return out;
  return fail(Code::kInternal, "the server's answer names no host of the registry");
}

Result<client::Resolver> resolver_of(const Job& job) {
  client::Resolver out{job.call.value("--resolver")};
  if (!job.call.has("--timeout")) return out;
  TRY_ASSIGN(out.timeout, duration_of(job.call, "--timeout", "500ms or 5s"));
  return out;
}

int code_of(const std::vector<Checked>& names) {
  const auto is = [](Finding finding) {
    return [finding](const Checked& one) { return one.finding == finding; };
  };
  if (std::ranges::all_of(names, is(Finding::kOk))) return kGood;
  return std::ranges::all_of(names, is(Finding::kNoAnswer)) ? kCannot : kProblem;
}

void print(const Job& job, const std::string& registry, const std::vector<Checked>& names) {
  const bool good = job.code == kGood;
  const std::string_view way = job.call.has("--public") ? "public" : "private";
  const std::string verdict = good ? fmt::format("DNS routing to {} endpoint : OK", way)
                                   : "DNS routing verification failed";
  const std::string consequence = consequence_of(names);
  if (job.call.json()) {
    json::object out{{"registry", registry},
                     {"resolver", job.call.value("--resolver")},
                     {"names", rows_of(names)},
                     {"verdict", verdict}};
    if (!consequence.empty()) out["consequence"] = consequence;
    return print_one(job.call, job.context, out, {});
  }
  print_rows(job.call, job.context, rows_of(names), kColumns);
  for (const Checked& one : names) {
    if (const std::string text = finding_text(one, registry, way); !text.empty()) {
      job.context.err << text << '\n';
    }
  }
  if (!consequence.empty()) job.context.err << consequence << '\n';
  print_note(job.call, job.context, verdict);
  if (!good && way == "private") {
    job.context.err << fmt::format("hint: berth network dns -r {} prints the records\n", registry);
  }
}

}  // namespace

Result<void> network_check_dns(Job& job) {
  TRY_ASSIGN(const client::Resolver resolver, resolver_of(job));
  TRY_ASSIGN(const std::string id, network_registry(job));
  TRY_ASSIGN(const std::vector<Checked> names, check_names(job, resolver, id));
  job.code = code_of(names);
  print(job, last_part(id), names);
  return {};
}

}  // namespace berth::cli
