#include "identity/external_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/encoding.h"
#include "crypto/secrets.h"
#include "identity/json_text.h"
#include "identity/token_issuer.h"

namespace berth::identity {
namespace {

namespace json = boost::json;

Error refused(std::string cause) {
  return Error(Code::kUnauthorized, "The token of the external issuer was not accepted.")
      .because(std::move(cause))
      .named("InvalidAuthenticationToken");
}

// The user that this claim stands for; kUnauthorized when the mapping leads nowhere.
Result<policy::Principal> mapped_user(const IssuerConfig& issuer, std::string_view value,
                                      const State& state) {
  const auto entry = issuer.subject_map.find(value);
  const bool by_map = issuer.subjects == IssuerConfig::Subjects::kMap;
  if (by_map && entry == issuer.subject_map.end()) return fail(refused("subject is not mapped"));
  const User* user = state.user_by_name(by_map ? std::string_view(entry->second) : value);
  if (user == nullptr) return fail(refused("the subject is mapped to a user who does not exist"));
  policy::Principal principal;
  principal.kind = policy::PrincipalKind::kUser;
  principal.id = user->id;
  principal.name = user->principal_name;
  principal.credential = issuer.name;
  return principal;
}

std::vector<std::string> vouched_groups(const IssuerConfig& issuer, const json::object& claims,
                                        const State& state) {
  std::vector<std::string> out;
  if (issuer.groups_claim.empty()) return out;
  const auto values = texts_of(claims, issuer.groups_claim);
  for (const std::string& value : values.value_or(std::vector<std::string>{})) {
    const auto entry = issuer.groups.find(value);
    if (entry == issuer.groups.end()) continue;
    const Group* group = state.group_by_id_or_name(entry->second);
    if (group != nullptr && std::find(out.begin(), out.end(), group->id) == out.end()) {
      out.push_back(group->id);
    }
  }
  return out;
}

}  // namespace

// RFC 9562 version 8: a GUID made of a hash.
std::string external_id(std::string_view issuer, std::string_view subject) {
  std::string bytes =
      crypto::sha256(fmt::format("berth external principal\n{}\n{}", issuer, subject))
          .substr(0, 16);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0f) | 0x80);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3f) | 0x80);
  const std::string hex = crypto::hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

ExternalIssuers::ExternalIssuers(std::vector<IssuerConfig> issuers, BlockingPool& pool,
                                 const Clock& clock, Logger& log, Fetch fetch)
    : clock_(clock) {
  for (IssuerConfig& config : issuers) {
    auto entry = std::make_unique<Trusted>();
    entry->config = std::move(config);
    entry->keys = std::make_unique<IssuerKeys>(entry->config, pool, clock, log, fetch);
    const std::string issuer = entry->config.issuer;
    entries_.emplace(issuer, std::move(entry));
  }
}

ExternalIssuers::~ExternalIssuers() = default;

void ExternalIssuers::enter(access::PolicyStore& policy) const {
  policy.update([&](policy::Snapshot& snapshot) {
    for (const auto& [issuer, entry] : entries_) snapshot.issuers.set(entry->config.name, true);
  });
}

Task<Result<ExternalToken>> ExternalIssuers::verify(std::string_view token) const {
  const auto jws = crypto::Jws::parse(token);
  if (!jws) co_return fail(refused("malformed: " + jws.error().message));
  const auto claims = parse_object(jws->claims, "The claims");
  if (!claims) co_return fail(refused("claims are malformed"));
  const auto entry = entries_.find(text_of(*claims, "iss"));
  if (entry == entries_.end()) co_return fail(refused("unknown issuer"));
  const auto key = co_await entry->second->keys->find(jws->kid);
  if (!key) co_return fail(key.error());
  if (const auto good = jws->verify(*key); !good) co_return fail(refused(good.error().cause));
  if (const auto why = wrong_time(*claims, clock_.now())) co_return fail(refused(*why));
  auto audiences = texts_of(*claims, "aud");
  if (!audiences) co_return fail(refused("aud is neither a text nor a list of texts"));
  co_return ExternalToken{&entry->second->config, jws->claims, std::move(*audiences),
                          text_of(*claims, "sub")};
}

Task<Result<policy::Principal>> ExternalIssuers::sign_in(std::string_view token,
                                                         const State& state) const {
  CO_TRY_ASSIGN(const ExternalToken good, co_await verify(token));
  const IssuerConfig& issuer = *good.issuer;
  const bool for_us =
      std::find_first_of(good.audiences.begin(), good.audiences.end(), issuer.audiences.begin(),
                         issuer.audiences.end()) != good.audiences.end();
  if (!for_us) co_return fail(refused("wrong audience for issuer " + issuer.name));
  CO_TRY_ASSIGN(const json::object claims, parse_object(good.claims, "The claims"));
  const std::string value = text_of(claims, issuer.principal_claim);
  if (value.empty() || value.size() > Limits::kTextBytes) {
    co_return fail(refused("no usable claim " + issuer.principal_claim));
  }
  if (issuer.maps_users()) co_return mapped_user(issuer, value, state);
  policy::Principal principal;
  principal.kind = policy::PrincipalKind::kExternal;
  principal.id = external_id(issuer.issuer, value);
  principal.name = fmt::format("{}:{}", issuer.name, value);
  principal.credential = issuer.name;
  principal.groups = vouched_groups(issuer, claims, state);
  co_return principal;
}

}  // namespace berth::identity
