// What one client may cost. Every limit has a documented default; docs/configuration.md repeats
// them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace berth::http {

struct Limits {
  using Duration = std::chrono::milliseconds;

  std::size_t max_header_bytes = 32UL * 1024;        // request line and fields: 431
  std::size_t max_header_fields = 128;               // 431
  std::size_t max_target_bytes = 8UL * 1024;         // path and query: 414
  std::uint64_t default_body_bytes = 1024UL * 1024;  // unless a handler allows more: 413
  // A further one takes the place of the one that waits longest for its client's next request; when
  // all of them are being served it gets 503. Reserved listeners have places of their own.
  std::size_t max_connections = 4096;
  std::size_t max_reserved_connections = 256;

  Duration header_timeout{10'000};     // from the first byte (or from accept) to the blank line
  Duration idle_timeout{75'000};       // between two requests
  Duration handshake_timeout{10'000};  // TLS
  Duration linger_timeout{1'000};      // for the client to end a connection that we have ended

  // A client must take or deliver this much on average over each window that Berth spends waiting
  // for it. Time that Berth itself needs does not count.
  std::uint64_t min_bytes_per_second = 1024;
  Duration rate_window{30'000};

  // An unread request body up to this size is read and dropped to keep the connection.
  std::uint64_t max_discarded_bytes = 64UL * 1024;
};

}  // namespace berth::http
