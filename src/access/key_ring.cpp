#include "access/key_ring.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::access {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;

const std::string kKeyKind = "signing-key";
const std::string kSecretKind = "server-secret";
const std::string kSecretId = "1";
constexpr std::size_t kSecretBytes = 32;
// Keys of a year and a half; a ring is never longer unless somebody rotates for sport.
constexpr std::size_t kMaxKeys = 200;

struct AlgorithmName {
  JwsAlgorithm algorithm;
  std::string_view name;
};
constexpr std::array kAlgorithms = {AlgorithmName{JwsAlgorithm::kEs256, "ES256"},
                                    AlgorithmName{JwsAlgorithm::kRs256, "RS256"}};
std::string_view name_of(JwsAlgorithm algorithm) {
  return std::ranges::find(kAlgorithms, algorithm, &AlgorithmName::algorithm)->name;
}

Error damaged(const meta::Document& document, std::string_view what) {
  return Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning))
      .because("document " + document.kind + " " + document.id + ": " + std::string(what));
}

Result<json::object> read_body(const meta::Document& document) {
  json::error_code failed;
  json::value body = json::parse(document.body, failed);
  if (failed || !body.is_object()) return fail(damaged(document, "not a JSON object"));
  return std::move(body.as_object());
}
// The text of a member; empty when it is missing or none.
std::string text_of(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

struct Entry {
  std::shared_ptr<const crypto::SigningKey> key;
  TimePoint created{};
  JwsAlgorithm algorithm() const { return key->verifying_key().algorithm(); }
  const std::string& kid() const { return key->kid(); }
};

Result<Entry> read_key(const meta::Document& document) {
  TRY_ASSIGN(const json::object body, read_body(document));
  auto key = crypto::SigningKey::from_pem(text_of(body, "pem"));
  if (!key) return fail(damaged(document, key.error().cause));
  const json::value* created = body.if_contains("created");
  if (created == nullptr || !created->is_int64()) return fail(damaged(document, "no time"));
  if (key->kid() != document.id) return fail(damaged(document, "the key is not that of the id"));
  return Entry{std::make_shared<const crypto::SigningKey>(std::move(*key)),
               from_micros(created->get_int64())};
}

// A change that lost against another node's is no failure: the other's result is as good.
Result<void> unless_lost(const Result<TimePoint>& changed) {
  if (!changed && changed.error().code != Code::kPreconditionFailed) return fail(changed.error());
  return {};
}

}  // namespace

struct KeyRing::Keys {
  std::vector<Entry> entries;  // the oldest first
  std::string hash_key, password_key;
  std::uint64_t generation = 0;

  // The one that signs.
  const Entry* newest(JwsAlgorithm algorithm) const {
    const auto at = std::find_if(entries.rbegin(), entries.rend(),
                                 [&](const Entry& e) { return e.algorithm() == algorithm; });
    return at == entries.rend() ? nullptr : &*at;
  }
  bool complete() const {
    return !hash_key.empty() && std::ranges::all_of(kAlgorithms, [&](const AlgorithmName& a) {
      return newest(a.algorithm) != nullptr;
    });
  }
  bool same_as(const Keys& other) const {
    return hash_key == other.hash_key &&
           std::ranges::equal(entries, other.entries, {}, &Entry::kid, &Entry::kid);
  }
};

KeyRing::KeyRing(meta::Documents& documents, const Clock& clock, RandomSource& random,
                 BlockingPool* pool)
    : documents_(documents),
      clock_(clock),
      random_(random),
      pool_(pool),
      keys_(std::make_shared<const Keys>()) {}

Task<Result<std::shared_ptr<KeyRing::Keys>>> KeyRing::read() {
  const std::string start;
  auto keys = std::make_shared<Keys>();
  CO_TRY_ASSIGN(const auto stored, co_await documents_.documents(kKeyKind, start, kMaxKeys));
  for (const meta::Document& document : stored.items) {
    CO_TRY_ASSIGN(Entry entry, read_key(document));
    keys->entries.push_back(std::move(entry));
  }
  std::ranges::stable_sort(keys->entries, {}, &Entry::created);
  CO_TRY_ASSIGN(const auto secrets, co_await documents_.documents(kSecretKind, start, 1));
  if (!secrets.items.empty()) {
    CO_TRY_ASSIGN(const json::object body, read_body(secrets.items[0]));
    const auto secret = crypto::from_base64url(text_of(body, "secret"));
    if (!secret || secret->size() != kSecretBytes) {
      co_return fail(damaged(secrets.items[0], "no secret of 32 bytes"));
    }
    // One key per use, so that neither's answers tell anything about the other's.
    keys->hash_key = crypto::hmac_sha256(*secret, "keyed-hash");
    keys->password_key = crypto::hmac_sha256(*secret, "derived-password");
  }
  co_return keys;
}

bool KeyRing::use(std::shared_ptr<Keys> keys) {
  const auto before = keys_.load();
  if (keys->same_as(*before)) return false;
  keys->generation = before->generation + 1;
  const std::uint64_t generation = keys->generation;
  keys_.store(std::move(keys));
  generation_.store(generation);  // after the keys: who sees it sees them, too
  return true;
}

Task<Result<void>> KeyRing::load() {
  CO_TRY_ASSIGN(std::shared_ptr<Keys> keys, co_await read());
  if (!keys->complete()) {
    if (keys->hash_key.empty()) CO_TRY(co_await make_secret());
    for (const auto& [algorithm, name] : kAlgorithms) {
      if (keys->newest(algorithm) == nullptr) CO_TRY(co_await make(algorithm));
    }
    CO_TRY_ASSIGN(keys, co_await read());
  }
  use(std::move(keys));
  co_return Result<void>();
}

Task<Result<void>> KeyRing::make_secret() {
  const std::string secret = crypto::base64url(crypto::random_bytes(random_, kSecretBytes));
  std::vector<meta::DocumentChange> changes(1);
  changes[0] = {kSecretKind, kSecretId, json::serialize(json::object{{"secret", secret}}), 0};
  const std::vector<meta::Activity> none;
  co_return unless_lost(co_await documents_.change(changes, none));
}

Task<Result<void>> KeyRing::make(JwsAlgorithm algorithm) {
  const auto generate = [algorithm] { return crypto::SigningKey::generate(algorithm); };
  std::optional<crypto::SigningKey> key;
  if (pool_ != nullptr) {
    key.emplace(co_await pool_->run(generate));
  } else {
    key.emplace(generate());
  }
  const json::object body = {{"algorithm", name_of(algorithm)},
                             {"pem", key->to_pem()},
                             {"created", to_micros(clock_.now())}};
  std::vector<meta::DocumentChange> changes(1);
  changes[0] = {kKeyKind, key->kid(), json::serialize(body), 0};
  const std::vector<meta::Activity> none;
  co_return unless_lost(co_await documents_.change(changes, none));
}

Task<Result<bool>> KeyRing::rotate(bool force) {
  const TimePoint now = clock_.now();
  CO_TRY_ASSIGN(std::shared_ptr<Keys> keys, co_await read());
  for (const auto& [algorithm, name] : kAlgorithms) {
    const Entry* newest = keys->newest(algorithm);
    if (force || newest == nullptr || newest->created + kRotateAfter <= now) {
      CO_TRY(co_await make(algorithm));
    }
  }
  CO_TRY_ASSIGN(keys, co_await read());
  // A key is too old when the one that replaced it has signed for long enough.
  std::vector<meta::DocumentChange> drops;
  for (auto at = keys->entries.begin(); at != keys->entries.end(); ++at) {
    const auto next = std::find_if(std::next(at), keys->entries.end(), [&](const Entry& later) {
      return later.algorithm() == at->algorithm();
    });
    if (next != keys->entries.end() && next->created + kKeepAfterRotation <= now) {
      drops.push_back({kKeyKind, at->kid(), std::nullopt, std::nullopt});
    }
  }
  if (!drops.empty()) {
    const std::vector<meta::Activity> none;
    CO_TRY(co_await documents_.change(drops, none));
    CO_TRY_ASSIGN(keys, co_await read());
  }
  co_return use(std::move(keys));
}

std::shared_ptr<const crypto::SigningKey> KeyRing::signing_key(JwsAlgorithm algorithm) const {
  const auto keys = keys_.load();
  const Entry* entry = keys->newest(algorithm);
  return entry == nullptr ? nullptr : entry->key;
}

std::shared_ptr<const crypto::VerifyingKey> KeyRing::verifying_key(std::string_view kid) const {
  const auto keys = keys_.load();
  const auto at = std::ranges::find(keys->entries, kid, &Entry::kid);
  if (at == keys->entries.end()) return nullptr;
  return {at->key, &at->key->verifying_key()};  // shares the life of the whole key
}

std::vector<crypto::VerifyingKey> KeyRing::public_keys(JwsAlgorithm algorithm) const {
  std::vector<crypto::VerifyingKey> found;
  const auto keys = keys_.load();
  for (const Entry& entry : keys->entries) {
    if (entry.algorithm() == algorithm) found.push_back(entry.key->verifying_key());
  }
  return found;
}

std::uint64_t KeyRing::generation() const {
  return generation_.load();
}

std::string KeyRing::keyed_hash(std::string_view secret) const {
  return crypto::hmac_sha256(keys_.load()->hash_key, secret);
}

std::string KeyRing::derived_password(std::string_view message) const {
  return crypto::derive_secret(keys_.load()->password_key, message);
}

}  // namespace berth::access
