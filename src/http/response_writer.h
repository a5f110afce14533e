// Sends a Response in the fastest way that its body and the connection allow: head and small body
// in one system call, files by sendfile on plain connections, streams piece by piece.
//
// One per connection; used from its strand.
#pragma once

#include <string>
#include <vector>

#include "base/blocking_pool.h"
#include "base/clock.h"
#include "base/logger.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/response_head.h"

namespace berth::http {

class ResponseWriter {
 public:
  // `files` reads what is not in the page cache.
  ResponseWriter(Connection& connection, BlockingPool& files, Logger& log, const Clock& clock);

  // Returns whether another request may follow: all was sent as announced, and neither side wants
  // to close.
  Task<bool> write(const Response& response, const RequestTraits& request,
                   const std::string& correlation_id);

 private:
  Task<bool> write_body(const Response& response, const Framing& framing);
  Task<bool> write_text(std::string_view text);
  Task<bool> write_file(const FileRange& range);
  Task<bool> send_plain(const FileRange& range);
  Task<bool> copy_encrypted(const FileRange& range);
  Task<bool> pump(const StreamBody& body, const Framing& framing);
  Task<bool> write_piece(net::Bytes data, bool chunked);
  void build_head(const Response& response, const Framing& framing, const RequestTraits& request,
                  const std::string& correlation_id);
  void complain(std::string_view what, std::string_view why);
  std::string_view date();

  Connection& connection_;
  BlockingPool& files_;
  Logger& log_;
  const Clock& clock_;
  std::string head_;  // keeps its capacity from response to response
  std::string date_;
  std::chrono::seconds date_second_{-1};
  const std::string* correlation_id_ = nullptr;  // of the response being written
};

}  // namespace berth::http
