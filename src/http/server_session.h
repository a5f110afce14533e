// One connection from accept to close: reads a request, lets the Service answer it, writes the
// response, and so on until one side has enough.
//
// The session is the Exchange that the handler sees; one request at a time. All of it runs on the
// connection's strand, except drain() and abort().
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/body_reader.h"
#include "http/connection.h"
#include "http/correlation.h"
#include "http/exchange.h"
#include "http/head_scanner.h"
#include "http/request_head.h"
#include "http/response_writer.h"
#include "http/server_core.h"

namespace berth::http {

class ServerSession final : public Exchange, public std::enable_shared_from_this<ServerSession> {
 public:
  struct Origin {
    Peer peer;
    std::shared_ptr<net::TlsContext> tls;
    std::shared_ptr<const net::Ingress> ingress;  // null: nobody is believed
    bool overloaded = false;                      // there are too many connections: say so and end
  };
  ServerSession(std::shared_ptr<ServerCore> core, Service& service, net::Stream stream,
                Origin origin);
  ~ServerSession() override;

  // The whole life of the connection, which holds the session and its seat.
  static Task<> run(std::shared_ptr<ServerSession> self, ServerCore::Seat seat);

  // From any thread. drain: end after the running request, or now if there is none. abort: now.
  void drain();
  void abort();
  // From any thread: abort, if the client came by a certificate that would not be taken any more.
  void review_client();

  const Request& request() const override { return head_; }
  ByteStream& body() override { return body_; }
  void allow_body(std::uint64_t bytes) override { body_.allow(bytes); }
  const std::string& correlation_id() const override { return correlation_id_; }
  const Peer& peer() const override { return proxied_ ? proxied_->client : origin_.peer; }

 private:
  enum class Next { kRequest, kRefused, kEnd };

  Task<> serve();
  Task<bool> prepare();
  Task<bool> read_proxy_header();
  Task<bool> begin_tls();
  bool still_vouched() const;
  Next name_client();
  void set_client(const IpAddress& address);
  Task<bool> serve_one();
  Task<Next> read_head();
  Task<Result<void>> read_more(SteadyTime& until);
  Next head_arrived();
  Next head_unfinished(const Error& error);
  bool head_too_long() const;
  Next refuse(unsigned status, Error error);
  Task<Response> call_service();
  Response failure(const Error& error, std::optional<unsigned> status);
  Task<bool> respond(Response response);
  bool begin_request();
  void finish_request(unsigned status);

  const std::shared_ptr<ServerCore> core_;
  ServerCore::Seat* seat_ = nullptr;  // run() has it
  Service& service_;
  Origin origin_;
  // Behind a declared HTTP proxy only: the connection's peer, and who asks in the running request.
  struct Proxied {
    IpAddress proxy;
    Peer client;
  };
  std::optional<Proxied> proxied_;
  Connection connection_;
  CorrelationIds ids_;
  std::string correlation_id_;
  HeadScanner scanner_;
  RequestHead head_;
  BodyReader body_;
  ResponseWriter writer_;
  std::optional<Refusal> refusal_;
  SteadyTime started_;           // of the running request
  std::uint64_t in_before_ = 0;  // counters of the connection when it began
  std::uint64_t out_before_ = 0;
  bool first_ = true;  // no request has been read on this connection
  bool idle_ = false;  // waits for the first byte of a request
};

}  // namespace berth::http
