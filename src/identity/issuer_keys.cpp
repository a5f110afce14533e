#include "identity/issuer_keys.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "client/http_client.h"
#include "identity/checks.h"
#include "identity/json_text.h"

namespace berth::identity {
namespace {

constexpr std::size_t kMaxKeyBytes = 256UL * 1024;
constexpr std::chrono::seconds kFetchTime{10};
constexpr std::chrono::milliseconds kFirstFetchPoll{20};

Error no_key(std::string cause) {
  return Error(Code::kUnauthorized, "The token's signature cannot be checked.")
      .because(std::move(cause));
}

const crypto::VerifyingKey* pick(const std::vector<crypto::VerifyingKey>& keys,
                                 std::string_view kid) {
  if (kid.empty()) return keys.size() == 1 ? &keys.front() : nullptr;
  for (const auto& key : keys) {
    if (key.kid() == kid) return &key;
  }
  return nullptr;
}

}  // namespace

Result<std::string> fetch_over_https(const std::string& url, const std::string& ca_file) {
  client::HttpRequest request;
  request.url = url;
  request.ca_file = ca_file;
  request.max_answer_bytes = kMaxKeyBytes;
  request.timeout = kFetchTime;
  TRY_ASSIGN(client::HttpResponse answer, client::HttpClient().send(request));
  if (answer.status == 200) return std::move(answer.body);
  return fail(Code::kUnavailable, fmt::format("{} answered {}", url, answer.status));
}

IssuerKeys::IssuerKeys(const IssuerConfig& config, BlockingPool& pool, const Clock& clock,
                       Logger& log, Fetch fetch)
    : config_(config), pool_(pool), clock_(clock), log_(log), fetch_(std::move(fetch)) {}

// The issuer's own document may name another host for its keys, but not a weaker way to it.
Result<IssuerKeys::Keys> IssuerKeys::load() const {
  if (config_.keys == IssuerConfig::Keys::kFile) {
    TRY_ASSIGN(const std::string text, read_small_file(config_.location, kMaxKeyBytes));
    return crypto::VerifyingKey::from_jwks(text);
  }
  std::string uri = config_.location;
  if (config_.keys == IssuerConfig::Keys::kDiscovery) {
    TRY_ASSIGN(const std::string text, fetch_(uri, config_.ca_file));
    TRY_ASSIGN(const auto document, parse_object(text, "The discovery document"));
    if (text_of(document, "issuer") != config_.issuer) {
      return fail(Code::kInvalidRequest, "the discovery document is of another issuer");
    }
    const auto from = parse_web_uri(uri);
    uri = text_of(document, "jwks_uri");
    const auto to = parse_web_uri(uri);
    if (!to || (to->scheme != "https" && !(from && from->loopback() && to->loopback()))) {
      return fail(Code::kInvalidRequest, "the discovery document's jwks_uri is not https");
    }
  }
  TRY_ASSIGN(const std::string text, fetch_(uri, config_.ca_file));
  return crypto::VerifyingKey::from_jwks(text);
}

std::shared_ptr<const IssuerKeys::Keys> IssuerKeys::keys() const {
  const std::lock_guard lock(mutex_);
  return clock_.now() - fetched_ < kUsable ? keys_ : nullptr;
}

// Claims the next fetch for the caller: others go on with what there is.
bool IssuerKeys::may_fetch(bool unknown_kid) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.now();
  const bool wanted = unknown_kid || now - fetched_ >= kFresh;
  const auto pause =
      failed_ ? std::chrono::microseconds(kAfterFailure) : std::chrono::microseconds(kUnknownKid);
  if (!wanted || fetching_ || now - tried_ < pause) return false;
  tried_ = now;
  fetching_ = true;
  return true;
}

bool IssuerKeys::first_fetch_runs() const {
  const std::lock_guard lock(mutex_);
  return fetching_ && !keys_;
}

Task<void> IssuerKeys::refresh() {
  auto loaded = co_await pool_.run([this] { return load(); });
  {
    const std::lock_guard lock(mutex_);
    fetching_ = false;
    failed_ = !loaded;
    if (loaded) {
      keys_ = std::make_shared<const Keys>(std::move(*loaded));
      fetched_ = clock_.now();
      co_return;
    }
  }
  log_.warning("keys of an issuer could not be read", {{"issuer", config_.name},
                                                       {"location", config_.location},
                                                       {"message", loaded.error().message},
                                                       {"cause", loaded.error().cause}});
}

Task<Result<crypto::VerifyingKey>> IssuerKeys::find(std::string_view kid) {
  const std::string wanted(kid);
  const auto before = keys();
  const bool unknown = !before || pick(*before, wanted) == nullptr;
  if (may_fetch(unknown)) co_await refresh();
  // Those who come together at the start wait for the one that fetches.
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (first_fetch_runs()) {
    pause.expires_after(kFirstFetchPoll);
    co_await pause.async_wait(use_task);
  }
  const auto known = keys();
  if (!known) {
    co_return fail(Error(Code::kUnavailable,
                         "The keys of the token's issuer are not at hand; try "
                         "again in a minute.")
                       .because("no keys of issuer " + config_.name));
  }
  const auto* key = pick(*known, wanted);
  if (key == nullptr) co_return fail(no_key("unknown kid of issuer " + config_.name));
  co_return *key;
}

}  // namespace berth::identity
