#include "access/data_link.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::access {
namespace {

constexpr Seconds kSameEndFor = std::chrono::minutes(10);
constexpr Seconds kAtMost = std::chrono::minutes(30);
// Longer than any link: a path of 401 characters, a resource id of 1.5 Ki.
constexpr std::size_t kMaxPath = 512, kMaxQuery = 2560;
constexpr std::string_view kBefore = "/v2/", kBetween = "/blobs/";

Error refused(std::string_view what) {
  return Error(Code::kDenied,
               fmt::format("{} Ask the login server of the registry for the blob again: it "
                           "answers with a new link.",
                           what));
}
Error changed(std::string why) {
  return refused("This link was not made by this server, or was changed since.")
      .because(std::move(why));
}

std::int64_t seconds_of(TimePoint time) {
  return std::chrono::floor<Seconds>(time.time_since_epoch()).count();
}

// Each field with its length, so that no two links have the same text; the first line keeps it
// apart from whatever else is hashed with the same key.
std::string signature(const KeyRing& keys, const DataLink& link) {
  const std::string end = std::to_string(seconds_of(link.end));
  const std::array<std::string_view, 6> fields = {
      link.registry, link.repository.text(), link.digest.text(),
      end,           link.private_endpoint,  policy::service_kind_name(link.service)};
  std::string text = "data link 1: GET HEAD\n";
  const auto out = std::back_inserter(text);
  for (const std::string_view field : fields) fmt::format_to(out, "{}:{}\n", field.size(), field);
  return crypto::base64url(keys.keyed_hash(text));
}

struct Parameters {
  using Value = std::optional<std::string_view>;
  Value end, permission, protocol, registry, endpoint, service, signature;
};
struct ParameterRow {
  std::string_view name;
  Parameters::Value Parameters::*value;
};
constexpr std::array kParameters = {
    ParameterRow{"se", &Parameters::end},        ParameterRow{"sp", &Parameters::permission},
    ParameterRow{"spr", &Parameters::protocol},  ParameterRow{"regid", &Parameters::registry},
    ParameterRow{"pe", &Parameters::endpoint},   ParameterRow{"sk", &Parameters::service},
    ParameterRow{"sig", &Parameters::signature},
};

// Nothing in a link needs an escape. What is not in the table, or there twice, was added by
// somebody.
std::optional<Parameters> read_query(std::string_view query) {
  Parameters out;
  while (true) {
    const auto ampersand = query.find('&');
    const std::string_view item = query.substr(0, ampersand);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    bool taken = false;
    for (const ParameterRow& row : kParameters) {
      if (row.name != item.substr(0, equals) || out.*row.value) continue;
      out.*row.value = item.substr(equals + 1);
      taken = true;
    }
    if (!taken) return std::nullopt;
    if (ampersand == std::string_view::npos) return out;
    query.remove_prefix(ampersand + 1);
  }
}

// In the one form in which end() is written: a sign, a zero in front or a space is a change.
std::optional<TimePoint> read_end(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed != std::errc{} || std::to_string(seconds) != text) return std::nullopt;
  return TimePoint{Seconds{seconds}};
}

// A parameter that a link has or has not: one without a value is neither.
std::optional<std::string> read_optional_text(const Parameters::Value& value) {
  if (!value) return std::string();
  auto text = crypto::from_base64url(*value);
  if (!text || text->empty()) return std::nullopt;
  return text;
}
std::optional<policy::ServiceKind> read_service(const Parameters::Value& value) {
  if (!value) return policy::ServiceKind::kNone;
  const policy::ServiceKindRow* row = policy::find_service_kind(*value);
  if (row == nullptr || row->name != *value) return std::nullopt;
  return row->kind;
}

// What the link says, whoever made it.
std::optional<DataLink> read_link(std::string_view path, const Parameters& given) {
  const auto between = path.rfind(kBetween);
  if (!path.starts_with(kBefore) || between == std::string_view::npos || between < kBefore.size() ||
      given.permission != "r" || given.protocol != "https") {
    return std::nullopt;
  }
  auto repository =
      oci::RepositoryName::parse(path.substr(kBefore.size(), between - kBefore.size()));
  auto digest = oci::Digest::parse(path.substr(between + kBetween.size()));
  const auto registry = read_optional_text(given.registry);
  const auto endpoint = read_optional_text(given.endpoint);
  const auto service = read_service(given.service);
  const auto end = read_end(given.end.value_or(""));
  if (!repository || !digest || !registry || !endpoint || !service || !end) return std::nullopt;
  return DataLink{*registry, std::move(*repository), std::move(*digest), *endpoint, *service, *end};
}

}  // namespace

TimePoint DataLinks::end() const {
  const std::int64_t now = seconds_of(clock_.now());
  return TimePoint{Seconds{now - now % kSameEndFor.count()} + kAtMost};
}

std::string DataLinks::path_and_query(const DataLink& link) const {
  std::string out = fmt::format("{}{}{}{}?se={}&sp=r&spr=https&regid={}", kBefore,
                                link.repository.text(), kBetween, link.digest.text(),
                                seconds_of(link.end), crypto::base64url(link.registry));
  if (!link.private_endpoint.empty()) out += "&pe=" + crypto::base64url(link.private_endpoint);
  if (link.service != policy::ServiceKind::kNone) {
    fmt::format_to(std::back_inserter(out), "&sk={}", policy::service_kind_name(link.service));
  }
  return std::move(out) + "&sig=" + signature(keys_, link);
}

Result<DataLink> DataLinks::verify(std::string_view path, std::string_view query,
                                   std::string_view registry) const {
  if (query.empty()) return fail(refused("A data endpoint serves signed links, and this is none."));
  if (path.size() > kMaxPath || query.size() > kMaxQuery) return fail(changed("too long"));
  const auto given = read_query(query);
  if (!given) return fail(changed("a parameter is unknown, repeated or has no value"));
  auto link = read_link(path, *given);
  if (!link) return fail(changed("a field is missing or malformed"));
  if (!crypto::constant_time_equal(signature(keys_, *link), given->signature.value_or(""))) {
    return fail(changed("the signature is of something else"));
  }
  if (link->registry != registry) {
    return fail(refused("This link is for another registry than the host that was asked."));
  }
  if (link->end <= clock_.now()) {
    const std::string end = to_rfc3339(link->end);
    return fail(refused(fmt::format("This link has ended at {}.", end)).with("ended", end));
  }
  return std::move(*link);
}

}  // namespace berth::access
