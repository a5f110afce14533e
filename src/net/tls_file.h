// What is said of a file that TLS is configured with, and times in certificates. Inside net/ only.
#pragma once

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>

#include "base/clock.h"
#include "base/error.h"

namespace berth::net {

inline Error tls_file_error(std::string_view what, const std::string& file, std::string_view why) {
  return {Code::kInvalidRequest, fmt::format("TLS {} {}: {}.", what, file, why)};
}

// A pem_password_cb. Without it OpenSSL would ask on the terminal for a passphrase.
inline int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*arg*/) {
  return -1;
}

// OpenSSL's own texts for a missing file are obscure, so that case is told apart before.
inline Result<void> check_readable(std::string_view what, const std::string& file) {
  if (::access(file.c_str(), R_OK) == 0) return {};
  return fail(tls_file_error(what, file, std::system_category().message(errno)));
}

// The beginning of time when it cannot be read: such a certificate has ended.
inline TimePoint to_time_point(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return TimePoint::min();
  return TimePoint{std::chrono::seconds{::timegm(&parts)}};
}

}  // namespace berth::net
