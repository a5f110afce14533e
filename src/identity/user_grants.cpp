#include "identity/user_grants.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "crypto/encoding.h"
#include "crypto/secrets.h"
#include "identity/json_text.h"
#include "identity/model.h"

namespace berth::identity {
namespace {

namespace json = boost::json;
constexpr std::size_t kPage = 1000;
constexpr int kRounds = 6;

std::string kind() {
  return "grant";
}

std::string to_document(const UserGrant& grant) {
  return json::serialize(json::object{{"user", grant.user},
                                      {"credential", grant.credential},
                                      {"client", grant.client},
                                      {"generation", grant.generation},
                                      {"rotated", to_micros(grant.rotated)},
                                      {"expires", to_micros(grant.expires)}});
}

Result<UserGrant> from_document(const meta::Document& document) {
  TRY_ASSIGN(const json::object body, parse_object(document.body, "A grant's document"));
  return UserGrant{document.id,
                   text_of(body, "user"),
                   text_of(body, "credential"),
                   text_of(body, "client"),
                   number_of(body, "generation").value_or(0),
                   from_micros(number_of(body, "rotated").value_or(0)),
                   from_micros(number_of(body, "expires").value_or(0)),
                   document.version};
}

Error refused(std::string cause) {
  return Error(Code::kUnauthorized, "The refresh token is not good.").because(std::move(cause));
}

struct Parts {
  std::string id;
  std::int64_t generation = 0;
  std::string_view proof;
};

std::optional<Parts> take_apart(std::string_view token) {
  constexpr std::size_t kIdAt = 2;
  constexpr std::size_t kIdSize = 36;
  if (!token.starts_with("1.") || token.size() > 256) return std::nullopt;
  const std::string_view id = token.substr(kIdAt, kIdSize);
  std::string_view rest = token.substr(std::min(token.size(), kIdAt + kIdSize));
  const std::size_t dot = rest.find('.', 1);
  if (!is_guid(id) || !rest.starts_with('.') || dot == std::string_view::npos) return std::nullopt;
  Parts parts{std::string(id), 0, rest.substr(dot + 1)};
  const auto [end, ec] = std::from_chars(rest.data() + 1, rest.data() + dot, parts.generation);
  if (ec != std::errc() || end != rest.data() + dot) return std::nullopt;
  return parts;
}

}  // namespace

UserGrants::UserGrants(meta::Documents& documents, const access::KeyRing& keys, const Clock& clock,
                       RandomSource& random)
    : documents_(documents),
      keys_(keys),
      clock_(clock),
      random_(random),
      map_(std::make_shared<const Map>()) {}

std::string UserGrants::proof(std::string_view id, std::int64_t generation) const {
  return keys_.derived_password(fmt::format("refresh token\n{}\n{}", id, generation));
}

std::string UserGrants::refresh_token(const UserGrant& grant) const {
  return fmt::format("1.{}.{}.{}", grant.id, grant.generation, proof(grant.id, grant.generation));
}

bool UserGrants::alive(std::string_view id) const {
  const auto map = this->map();
  const UserGrant* grant = map->find(id);
  return grant != nullptr && grant->expires > clock_.now();
}

Task<Result<void>> UserGrants::load() {
  Map loaded;
  std::string after;
  while (true) {
    CO_TRY_ASSIGN(const auto page, co_await documents_.documents(kind(), after, kPage));
    for (const meta::Document& document : page.items) {
      CO_TRY_ASSIGN(UserGrant grant, from_document(document));
      loaded.set(document.id, std::move(grant));
    }
    if (!page.more || page.items.empty()) break;
    after = page.items.back().id;
  }
  const std::lock_guard lock(writing_);
  map_.store(std::make_shared<const Map>(std::move(loaded)));
  co_return Result<void>{};
}

Task<Result<bool>> UserGrants::store(UserGrant grant, bool there) {
  meta::DocumentChange change{kind(), grant.id, std::nullopt, grant.version};
  if (there) change.body = to_document(grant);
  std::vector<meta::DocumentChange> changes{std::move(change)};
  const auto done = co_await documents_.change(changes, {});
  if (!done && done.error().code == Code::kPreconditionFailed) co_return false;
  if (!done) co_return fail(done.error());
  const std::lock_guard lock(writing_);
  Map next = *map();
  if (there) {
    ++grant.version;
    const std::string id = grant.id;
    next.set(id, std::move(grant));
  } else {
    next.erase(grant.id);
  }
  map_.store(std::make_shared<const Map>(std::move(next)));
  co_return true;
}

Task<Result<UserGrant>> UserGrants::begin(std::string user, std::string credential,
                                          std::string client) {
  if (map()->size() >= kMost) {
    CO_TRY(co_await sweep());
    if (map()->size() >= kMost) {
      co_return fail(
          Error(Code::kTooManyRequests, "Too many sign-ins are open.").with("retryAfter", "3600"));
    }
  }
  const TimePoint now = clock_.now();
  UserGrant grant{make_uuid(random_),
                  std::move(user),
                  std::move(credential),
                  std::move(client),
                  1,
                  now,
                  now + kIdle,
                  0};
  CO_TRY_ASSIGN(const bool stored, co_await store(grant, true));
  if (!stored) co_return fail(Code::kInternal, "A new id was not new.");
  co_return grant;
}

Task<Result<UserGrant>> UserGrants::use(std::string_view refresh_token, std::string_view client) {
  const auto parts = take_apart(refresh_token);
  if (!parts || !crypto::constant_time_equal(parts->proof, proof(parts->id, parts->generation))) {
    co_return fail(refused("unknown"));
  }
  for (int round = 0; round < kRounds; ++round) {
    const auto map = this->map();
    const UserGrant* found = map->find(parts->id);
    if (found == nullptr || found->client != client) co_return fail(refused("unknown"));
    UserGrant grant = *found;
    const TimePoint now = clock_.now();
    if (grant.expires <= now) co_return fail(refused("idle"));
    if (parts->generation != grant.generation) {
      // A late second process gets the token that the first one got.
      const bool overlap =
          parts->generation + 1 == grant.generation && now - grant.rotated <= kOverlap;
      if (overlap) co_return grant;
      CO_TRY(co_await revoke(grant.id));
      co_return fail(refused("reused"));
    }
    ++grant.generation;
    grant.rotated = now;
    grant.expires = now + kIdle;
    CO_TRY_ASSIGN(const bool stored, co_await store(grant, true));
    if (stored) co_return grant;
  }
  co_return fail(Code::kConflict, "The refresh token is used by many at once; try again.");
}

Task<Result<void>> UserGrants::revoke(const std::string& id) {
  for (int round = 0; round < kRounds; ++round) {
    const auto map = this->map();
    const UserGrant* grant = map->find(id);
    if (grant == nullptr) co_return Result<void>{};
    CO_TRY_ASSIGN(const bool gone, co_await store(*grant, false));
    if (gone) co_return Result<void>{};
  }
  co_return fail(Code::kConflict, "The sign-in changes while it is taken back; try again.");
}

Task<Result<void>> UserGrants::sweep() {
  const auto map = this->map();
  const TimePoint now = clock_.now();
  std::vector<UserGrant> expired;
  map->for_each([&](const std::string&, const UserGrant& grant) {
    if (grant.expires <= now) expired.push_back(grant);
  });
  for (const UserGrant& grant : expired) CO_TRY(co_await store(grant, false));
  co_return Result<void>{};
}

}  // namespace berth::identity
