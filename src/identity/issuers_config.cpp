#include "identity/issuers_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "base/ascii.h"
#include "identity/checks.h"
#include "identity/json_text.h"
#include "identity/model.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFileBytes = 1024UL * 1024;
constexpr std::size_t kMaxIssuers = 100;
constexpr std::size_t kMaxEntries = 10'000;

// Reads one issuer; the first thing that is wrong is kept, with its fix.
class Reader {
 public:
  Reader(const json::object& from, std::string_view file, std::size_t index)
      : from_(from), where_(fmt::format("{}: issuers[{}]", file, index)) {}

  Result<IssuerConfig> read() {
    static constexpr std::string_view kKnown[] = {
        "name",    "issuer", "audiences",       "discovery",   "jwks_uri",    "jwks_file",
        "ca_file", "groups", "principal_claim", "subject_map", "groups_claim"};
    for (const auto& member : from_) {
      const std::string_view key(member.key().data(), member.key().size());
      if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
        return refuse(key, fmt::format("is unknown; use {}", fmt::join(kKnown, ", ")));
      }
    }
    IssuerConfig out;
    TRY(read_names(out));
    TRY(read_keys(out));
    TRY(read_subjects(out));
    out.groups_claim = text_of(from_, "groups_claim");
    TRY(read_map("groups", out.groups));
    if (out.groups_claim.empty() != out.groups.empty()) {
      return refuse("groups", "goes with \"groups_claim\": write both or none");
    }
    return out;
  }

 private:
  tl::unexpected<Error> refuse(std::string_view key, std::string_view fix) const {
    return fail(Code::kInvalidRequest, fmt::format("{}: \"{}\" {}.", where_, key, fix));
  }

  Result<void> read_names(IssuerConfig& out) const {
    out.name = text_of(from_, "name");
    const bool good_name = !out.name.empty() && out.name.size() <= 40 &&
                           std::all_of(out.name.begin(), out.name.end(), [](char c) {
                             return is_lower(c) || is_digit(c) || c == '-';
                           });
    if (!good_name) return refuse("name", "has 1 to 40 of a-z, 0-9 and '-'");
    out.issuer = text_of(from_, "issuer");
    if (out.issuer.empty() || out.issuer.size() > Limits::kTextBytes) {
      return refuse("issuer", "must be the `iss` of its tokens");
    }
    const auto audiences = texts_of(from_, "audiences");
    if (!audiences || audiences->size() > 20) {
      return refuse("audiences",
                    "must be a list of up to 20 texts; [] trusts the issuer for federated "
                    "credentials of applications only");
    }
    out.audiences = *audiences;
    return {};
  }

  Result<void> read_keys(IssuerConfig& out) const {
    const json::value* discovery = from_.if_contains("discovery");
    const std::string uri = text_of(from_, "jwks_uri");
    out.location = text_of(from_, "jwks_file");
    const int ways = int(discovery != nullptr) + int(!uri.empty()) + int(!out.location.empty());
    if (ways != 1) {
      return refuse("discovery",
                    "true, or \"jwks_uri\", or \"jwks_file\": exactly one says where the keys are");
    }
    out.ca_file = text_of(from_, "ca_file");
    if (!out.location.empty()) {
      out.keys = IssuerConfig::Keys::kFile;
      return {};
    }
    if (discovery != nullptr) {
      if (!discovery->is_bool() || !discovery->as_bool()) return refuse("discovery", "can be true");
      out.keys = IssuerConfig::Keys::kDiscovery;
      out.location = out.issuer;
      while (out.location.ends_with('/')) out.location.pop_back();
      out.location += "/.well-known/openid-configuration";
    } else {
      out.keys = IssuerConfig::Keys::kUri;
      out.location = uri;
    }
    const auto parsed = parse_web_uri(out.location);
    if (!parsed || (parsed->scheme != "https" && !parsed->loopback())) {
      return refuse(uri.empty() ? "issuer" : "jwks_uri",
                    "must be an https:// URL (http:// on localhost only)");
    }
    return {};
  }

  Result<void> read_subjects(IssuerConfig& out) {
    if (from_.contains("principal_claim")) out.principal_claim = text_of(from_, "principal_claim");
    if (out.principal_claim.empty()) return refuse("principal_claim", "must name a claim");
    const json::value* map = from_.if_contains("subject_map");
    if (map == nullptr) return {};
    const std::string word = text_of(from_, "subject_map");
    if (word == "user") {
      out.subjects = IssuerConfig::Subjects::kUser;
    } else if (map->is_object()) {
      out.subjects = IssuerConfig::Subjects::kMap;
      return read_map("subject_map", out.subject_map);
    } else if (word != "external") {
      return refuse("subject_map",
                    "is \"external\", \"user\", or an object of claim value to user");
    }
    return {};
  }

  Result<void> read_map(std::string_view key,
                        std::map<std::string, std::string, std::less<>>& out) const {
    const json::value* map = from_.if_contains({key.data(), key.size()});
    if (map == nullptr) return {};
    if (!map->is_object() || map->as_object().size() > kMaxEntries) {
      return refuse(key, "must be an object of text to text");
    }
    for (const auto& member : map->as_object()) {
      if (!member.value().is_string()) return refuse(key, "must be an object of text to text");
      out.emplace(std::string(member.key()), std::string(member.value().as_string()));
    }
    return {};
  }

  const json::object& from_;
  const std::string where_;
};

}  // namespace

Result<std::vector<IssuerConfig>> parse_issuers(std::string_view text, std::string_view file) {
  auto body = parse_object(text, file);
  if (!body) return fail(body.error());
  const json::value* list = body->if_contains("issuers");
  if (list == nullptr || !list->is_array() || body->size() != 1 ||
      list->as_array().size() > kMaxIssuers) {
    return fail(Code::kInvalidRequest,
                fmt::format("{}: write {{\"issuers\": [ … ]}}, with {} of them at most.", file,
                            kMaxIssuers));
  }
  std::vector<IssuerConfig> out;
  std::set<std::string> names;
  std::set<std::string> issuers;
  for (const json::value& item : list->as_array()) {
    static const json::object kNone;
    TRY_ASSIGN(IssuerConfig next,
               Reader(item.is_object() ? item.as_object() : kNone, file, out.size()).read());
    if (!names.insert(next.name).second || !issuers.insert(next.issuer).second) {
      return fail(
          Code::kInvalidRequest,
          fmt::format("{}: issuers[{}]: its name or issuer is used twice.", file, out.size()));
    }
    out.push_back(std::move(next));
  }
  return out;
}

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.eof() || in.bad() || text.size() > most) {
    return fail(Code::kInvalidRequest,
                fmt::format("{}: cannot be read, or is larger than {} bytes.", path, most));
  }
  return text;
}

Result<std::vector<IssuerConfig>> read_issuers(const std::string& file) {
  TRY_ASSIGN(const std::string text, read_small_file(file, kMaxFileBytes));
  return parse_issuers(text, file);
}

std::vector<std::string> user_issuers(const std::vector<IssuerConfig>& issuers) {
  std::vector<std::string> out;
  for (const IssuerConfig& issuer : issuers) {
    if (issuer.maps_users()) out.push_back(issuer.name);
  }
  return out;
}

}  // namespace berth::identity
