// The server's side of one TLS connection over a socket, step by step: every call does what can be
// done without waiting, and says what it waits for. Inside net/ only.
//
// Reads and writes the socket itself, without a copy between, and a bounded number of times in each
// step: whoever goes on sending what is no data (RFC 8446 §4.6.3) only makes it wait again. The
// socket must not block and must outlive the session. Bound to the connection's strand. After
// kFailed, error() tells why, for the debug log only, and nothing but destruction is of use.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "net/client_authorities.h"

namespace berth::net {

class TlsSession {
 public:
  enum class State { kDone, kWantsRead, kWantsWrite, kEnd, kFailed };
  struct Step {
    State state;
    std::size_t bytes = 0;  // of kDone
  };

  TlsSession(SSL_CTX* context, int socket);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Step handshake();
  // kEnd: the peer ended its direction, with or without saying so.
  Step read(std::span<std::byte> out);
  // One record, or two after kWantsWrite, so that a part of `bytes` may be what was written. After
  // kWantsWrite the same bytes are to be given again.
  Step write(std::span<const std::byte> bytes);
  // Says that nothing more will come from us; does not wait for the peer to say the same.
  Step close_notify();

  // Before the socket is closed: its number may become another connection's. Every step that needs
  // it fails from then on.
  void detach() { socket_.fd = -1; }

  // Something has been read from the socket already and not given out.
  bool has_pending() const;
  std::string server_name() const;  // SNI, as sent; empty: none
  std::string client_ca(const ClientAuthorities& authorities) const;
  TimePoint client_ends() const { return ClientAuthorities::ends(ssl_.get()); }
  std::error_code error() const { return error_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };
  struct Socket {  // what OpenSSL's reads and writes arrive at
    int fd;
    int reads_left = 0;  // in this step
    bool ended = false;
    int failed = 0;  // the errno of the last call that failed
  };
  friend struct SocketCalls;
  Step step(int result, std::size_t bytes);

  Socket socket_;
  std::unique_ptr<SSL, Free> ssl_;
  std::error_code error_;
};

}  // namespace berth::net
