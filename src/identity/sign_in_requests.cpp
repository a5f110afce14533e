#include "identity/sign_in_requests.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "crypto/encoding.h"
#include "crypto/secrets.h"

namespace berth::identity {
namespace {

// No vowels and no lookalikes: a code is read aloud and typed, and never spells a word. 20 of 2^8
// would be uneven, so bytes beyond the largest multiple are drawn again.
constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t kUserCodeLetters = 8;

std::string key_of(std::string_view code) {
  return crypto::sha256(code);
}

std::string random_letters(RandomSource& random) {
  constexpr unsigned kEven = 256 / kLetters.size() * kLetters.size();
  std::string out;
  while (out.size() < kUserCodeLetters) {
    for (const char c : crypto::random_bytes(random, 1)) {
      const unsigned byte = static_cast<unsigned char>(c);
      if (byte < kEven) out += kLetters[byte % kLetters.size()];
    }
  }
  return out;
}

// As typed: any case, with or without the hyphen and spaces.
std::string normal(std::string_view user_code) {
  std::string out;
  for (const char c : user_code.substr(0, 64)) {
    if (c != '-' && c != ' ') out += upper(c);
  }
  return out;
}

bool is_unreserved(char c) {
  return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<DeviceCodes::Begun> DeviceCodes::begin(DeviceSignIn sign_in) {
  const TimePoint now = clock_.now();
  const std::string device = crypto::make_secret(random_);
  const std::string user = random_letters(random_);
  // The two maps end at the same moment; a user code that is taken is as rare as no room.
  if (!by_user_.add(key_of(user), key_of(device), now + kLifetime, now)) return std::nullopt;
  if (!by_device_.add(key_of(device), std::move(sign_in), now + kLifetime, now))
    return std::nullopt;
  return Begun{device, user.substr(0, 4) + "-" + user.substr(4)};
}

template <class F>
auto DeviceCodes::with_user_code(std::string_view user_code, F use) {
  const TimePoint now = clock_.now();
  const auto device = by_user_.get(key_of(normal(user_code)), now);
  return by_device_.with(device.value_or(""), now, use);
}

std::optional<DeviceSignIn> DeviceCodes::pending(std::string_view user_code) {
  const auto found = with_user_code(user_code, [](DeviceSignIn& s) { return s; });
  if (!found || found->state != DeviceSignIn::State::kPending) return std::nullopt;
  return found;
}

bool DeviceCodes::approve(std::string_view user_code, const Person& person) {
  return with_user_code(user_code,
                        [&](DeviceSignIn& sign_in) {
                          if (sign_in.state != DeviceSignIn::State::kPending) return false;
                          sign_in.state = DeviceSignIn::State::kApproved;
                          sign_in.person = person;
                          return true;
                        })
      .value_or(false);
}

bool DeviceCodes::decline(std::string_view user_code) {
  return with_user_code(user_code,
                        [](DeviceSignIn& sign_in) {
                          if (sign_in.state != DeviceSignIn::State::kPending) return false;
                          sign_in.state = DeviceSignIn::State::kDeclined;
                          return true;
                        })
      .value_or(false);
}

std::optional<DeviceCodes::Poll> DeviceCodes::poll(std::string_view device_code,
                                                   std::string_view client) {
  const TimePoint now = clock_.now();
  const auto found =
      by_device_.with(key_of(device_code), now, [&](DeviceSignIn& sign_in) -> std::optional<Poll> {
        using State = DeviceSignIn::State;
        if (sign_in.client != client || sign_in.state == State::kDone) return std::nullopt;
        // Half the interval is for clocks and networks; less is impatience.
        Poll poll{sign_in, now - sign_in.polled < kInterval / 2};
        sign_in.polled = now;
        if (sign_in.state == State::kApproved && !poll.too_fast) sign_in.state = State::kDone;
        return poll;
      });
  return found ? *found : std::nullopt;
}

std::string AuthorizationCodes::begin(CodeSignIn sign_in) {
  const TimePoint now = clock_.now();
  const std::string code = crypto::make_secret(random_);
  const bool room = codes_.add(key_of(code), {std::move(sign_in), now + kLifetime, false},
                               now + kRemembered, now);
  return room ? code : std::string();
}

std::optional<AuthorizationCodes::Redeemed> AuthorizationCodes::redeem(std::string_view code) {
  const TimePoint now = clock_.now();
  return codes_.with(key_of(code), now, [&](Entry& entry) {
    Redeemed out{entry.sign_in, entry.sign_in.redeemed, entry.good_until <= now};
    entry.replayed = entry.replayed || entry.sign_in.redeemed;
    entry.sign_in.redeemed = true;
    return out;
  });
}

bool AuthorizationCodes::issued(std::string_view code, const std::string& grant) {
  return codes_
      .with(key_of(code), clock_.now(),
            [&](Entry& entry) {
              entry.sign_in.grant = grant;
              return !entry.replayed;
            })
      .value_or(true);
}

bool is_pkce_challenge(std::string_view text) {
  constexpr std::size_t kSha256Base64url = 43;
  return text.size() == kSha256Base64url && std::all_of(text.begin(), text.end(), is_unreserved);
}

bool pkce_matches(std::string_view verifier, std::string_view challenge) {
  const bool good = verifier.size() >= 43 && verifier.size() <= 128 &&
                    std::all_of(verifier.begin(), verifier.end(), is_unreserved);
  return good &&
         crypto::constant_time_equal(crypto::base64url(crypto::sha256(verifier)), challenge);
}

}  // namespace berth::identity
