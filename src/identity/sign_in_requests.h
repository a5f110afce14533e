// Sign-ins that wait for a person: device codes (RFC 8628) and authorization codes (RFC 6749 §4.1
// with PKCE, RFC 7636). Kept in memory for minutes, by the hash of the code; a restart of the
// server ends them. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "identity/expiring_map.h"

namespace berth::identity {

// The person who signed in, and by what.
struct Person {
  std::string user, credential;
};

struct DeviceSignIn {
  enum class State { kPending, kApproved, kDeclined, kDone } state = State::kPending;
  std::string client, client_name, scope, address;
  Person person;
  TimePoint polled{};
};

class DeviceCodes {
 public:
  static constexpr std::chrono::minutes kLifetime{15};
  static constexpr std::chrono::seconds kInterval{5};

  DeviceCodes(const Clock& clock, RandomSource& random) : clock_(clock), random_(random) {}

  struct Begun {
    std::string device_code, user_code;  // user code as shown: "BCDF-GHJK"
  };
  // nullopt when too many are pending.
  std::optional<Begun> begin(DeviceSignIn sign_in);
  // What a person who typed this code is asked to approve; only while it is pending.
  std::optional<DeviceSignIn> pending(std::string_view user_code);
  // False when it is no longer pending.
  bool approve(std::string_view user_code, const Person& person);
  bool decline(std::string_view user_code);

  struct Poll {
    DeviceSignIn sign_in;
    bool too_fast = false;
  };
  // An approved sign-in is handed out once. nullopt: no such code, or it has expired.
  std::optional<Poll> poll(std::string_view device_code, std::string_view client);

 private:
  template <class F>
  auto with_user_code(std::string_view user_code, F use);

  const Clock& clock_;
  RandomSource& random_;
  ExpiringMap<DeviceSignIn> by_device_{10'000};
  ExpiringMap<std::string> by_user_{10'000};
};

struct CodeSignIn {
  std::string client, redirect_uri, scope, nonce;
  std::string challenge;  // PKCE, S256
  Person person;
  bool redeemed = false;
  std::string grant;  // what the redemption issued
};

class AuthorizationCodes {
 public:
  static constexpr std::chrono::minutes kLifetime{5};
  // A used code is remembered longer, so that its replay is noticed.
  static constexpr std::chrono::minutes kRemembered{60};

  AuthorizationCodes(const Clock& clock, RandomSource& random) : clock_(clock), random_(random) {}

  // Empty when too many are pending.
  std::string begin(CodeSignIn sign_in);

  struct Redeemed {
    CodeSignIn sign_in;
    bool replay = false;
    bool expired = false;
  };
  // Marks it as used, whatever the caller then finds wrong: a code is tried once.
  std::optional<Redeemed> redeem(std::string_view code);
  // What the redemption issued. False: the code was replayed in between, take the grant back.
  bool issued(std::string_view code, const std::string& grant);

 private:
  struct Entry {
    CodeSignIn sign_in;
    TimePoint good_until{};
    bool replayed = false;
  };
  const Clock& clock_;
  RandomSource& random_;
  ExpiringMap<Entry> codes_{10'000};
};

// base64url(SHA-256(verifier)) == challenge, for a verifier of 43 to 128 unreserved characters.
bool pkce_matches(std::string_view verifier, std::string_view challenge);
bool is_pkce_challenge(std::string_view text);

}  // namespace berth::identity
