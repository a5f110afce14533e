// What fuzz targets assert, and how they take their input apart. A failed check aborts, which
// libFuzzer reports with the input that led there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/error.h"

#define BERTH_CHECK(...)                                                                      \
  do {                                                                                        \
    if (!(__VA_ARGS__)) {                                                                     \
      std::fprintf(stderr, "%s:%d: property broken: %s\n", __FILE__, __LINE__, #__VA_ARGS__); \
      std::abort();                                                                           \
    }                                                                                         \
  } while (false)

namespace berth::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first line without its newline, and everything after it: how a seed holds two inputs and is
// still readable.
inline std::pair<std::string_view, std::string_view> split_line(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  return {text.substr(0, end), text.substr(std::min(end + 1, text.size()))};
}

// What a client is told must survive a terminal, a header and a log line, and stay short however
// long the input is. Pure parsers know nothing that only the operator may see.
inline void check_error(const Error& error) {
  const auto printable = [](std::string_view text) {
    return !text.empty() && text.size() <= 2500 &&
           std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
  };
  BERTH_CHECK(printable(error.message));
  for (const auto& detail : error.details) BERTH_CHECK(printable(detail.value));
  BERTH_CHECK(error.cause.empty());
}

}  // namespace berth::fuzz
