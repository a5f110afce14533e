#include "http/server_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace berth::http {
namespace {

SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

ServerSession::ServerSession(std::shared_ptr<ServerCore> core, Service& service, net::Stream stream,
                             Origin origin)
    : core_(std::move(core)),
      service_(service),
      origin_(std::move(origin)),
      connection_(std::move(stream), core_->limits),
      ids_(core_->parts.random),
      body_(connection_, core_->limits),
      writer_(connection_, core_->parts.files, core_->parts.log, core_->parts.clock) {
  core_->metrics.connections.add(1);
}

ServerSession::~ServerSession() {
  core_->metrics.connections.add(-1);
}

void ServerSession::drain() {
  asio::post(connection_.executor(), [self = shared_from_this()] {
    // A read that waits for a next request ends; everything else looks at core_->draining.
    if (self->idle_) self->connection_.cancel();
  });
}

void ServerSession::abort() {
  asio::post(connection_.executor(), [self = shared_from_this()] { self->connection_.close(); });
}

void ServerSession::review_client() {
  asio::post(connection_.executor(), [self = shared_from_this()] {
    if (!self->still_vouched()) self->connection_.close();
  });
}

Task<> ServerSession::run(std::shared_ptr<ServerSession> self, ServerCore::Seat seat) {
  self->seat_ = &seat;
  self->connection_.start(self);
  std::string bug;
  try {
    co_await self->serve();
  } catch (const std::exception& e) {
    bug = e.what();
  } catch (...) {
    bug = "unknown exception";
  }
  if (!bug.empty()) {
    self->core_->parts.log.error("connection failed",
                                 {{"reason", bug}, {"correlationId", self->correlation_id_}});
  }
  co_await self->connection_.finish();
}

Task<> ServerSession::serve() {
  if (!co_await prepare()) co_return;
  while (co_await serve_one()) {
  }
}

// False: this connection has been ended in favour of another one, and the request must not be
// served any more.
bool ServerSession::begin_request() {
  started_ = steady_now();
  ids_.next(correlation_id_);
  return seat_->begin();
}

Task<bool> ServerSession::serve_one() {
  in_before_ = connection_.bytes_in - connection_.input.size();
  out_before_ = connection_.bytes_out;
  head_.clear();
  body_.reset(head_);
  if (proxied_) proxied_->client = origin_.peer;
  const Next next = co_await read_head();
  if (next == Next::kEnd || !begin_request() || !still_vouched()) co_return false;
  if (next == Next::kRefused) {
    co_return co_await respond(failure(refusal_->error, refusal_->status));
  }
  body_.reset(head_);
  co_return co_await respond(co_await call_service());
}

ServerSession::Next ServerSession::refuse(unsigned status, Error error) {
  refusal_ = Refusal{status, std::move(error)};
  return Next::kRefused;
}

bool ServerSession::head_too_long() const {
  return connection_.input.size() >= core_->limits.max_header_bytes;
}

Task<ServerSession::Next> ServerSession::read_head() {
  scanner_ = HeadScanner();
  const Limits& limits = core_->limits;
  SteadyTime until = steady_now() + (first_ ? limits.header_timeout : limits.idle_timeout);
  first_ = false;
  for (;;) {
    switch (scanner_.feed(connection_.input.text())) {
      case HeadScanner::State::kComplete:
        co_return head_arrived();
      case HeadScanner::State::kBad:
        co_return refuse(400, Error(Code::kInvalidRequest,
                                    "The request head " + std::string(scanner_.problem()) + "."));
      case HeadScanner::State::kMore:
        break;
    }
    if (head_too_long()) {
      const unsigned status = scanner_.request_line_complete() ? 431 : 414;
      co_return refuse(
          status, Error(Code::kTooLarge, "The request head is longer than " +
                                             std::to_string(limits.max_header_bytes) + " bytes."));
    }
    const auto more = co_await read_more(until);
    if (!more) co_return head_unfinished(more.error());
  }
}

Task<Result<void>> ServerSession::read_more(SteadyTime& until) {
  idle_ = connection_.input.empty();
  if (idle_ && core_->draining) co_return fail(Code::kClientGone, "The server is stopping.");
  const bool was_idle = idle_;
  auto more = co_await connection_.read_head(until);
  idle_ = false;
  if (was_idle && more) until = steady_now() + core_->limits.header_timeout;
  co_return more;
}

// Only who has begun a request and then stalls gets an answer.
ServerSession::Next ServerSession::head_unfinished(const Error& error) {
  if (error.code != Code::kTimeout || connection_.input.empty()) return Next::kEnd;
  return refuse(408, error);
}

ServerSession::Next ServerSession::head_arrived() {
  const Limits& limits = core_->limits;
  const std::string_view bytes = connection_.input.text();
  const std::size_t begin = scanner_.begin();
  const std::size_t end = scanner_.end();
  auto parsed = parse_request_head(bytes.substr(begin, end - begin), limits, head_);
  connection_.input.consume(end);
  if (parsed && end > limits.max_header_bytes) {
    return refuse(431, Error(Code::kTooLarge, "The request head is too long."));
  }
  if (parsed) return proxied_ ? name_client() : Next::kRequest;
  refusal_ = std::move(parsed.error());
  return Next::kRefused;
}

Task<Response> ServerSession::call_service() {
  std::string what;
  try {
    co_return co_await service_.handle(*this);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
    what = "unknown exception";
  }
  core_->parts.log.error(
      "handler threw",
      {{"path", ClientText{head_.path()}}, {"reason", what}, {"correlationId", correlation_id_}});
  co_return failure(
      Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning)).because(what), {});
}

Response ServerSession::failure(const Error& error, std::optional<unsigned> status) {
  Response response = service_.failure(error, correlation_id_);
  if (status) response.status = *status;
  response.close = true;
  return response;
}

Task<bool> ServerSession::respond(Response response) {
  if (body_.client_gone() || connection_.failed()) {
    constexpr unsigned kClientClosedRequest = 499;
    finish_request(kClientClosedRequest);
    co_return false;
  }
  if (response.status < 200 || response.status > 599) {
    core_->parts.log.error("handler made an impossible status",
                           {{"status", response.status}, {"correlationId", correlation_id_}});
    response = failure(Error(Code::kInternal, std::string(code_row(Code::kInternal).meaning)), {});
  }
  if (core_->draining || !body_.can_be_skipped()) response.close = true;
  const RequestTraits traits{head_.method() == Method::kHead, head_.http_1_1(), head_.keep_alive()};
  const bool go_on = co_await writer_.write(response, traits, correlation_id_);
  finish_request(response.status);
  co_return go_on&& co_await body_.skip();
}

void ServerSession::finish_request(unsigned status) {
  const SteadyTime now = steady_now();
  const std::chrono::duration<double> seconds = now - started_;
  const std::uint64_t unused = connection_.input.size() + body_.beyond();
  const RequestSummary summary{head_.method_text(),
                               head_.path(),
                               status,
                               connection_.bytes_in - unused - in_before_,
                               connection_.bytes_out - out_before_,
                               seconds.count(),
                               correlation_id_,
                               peer()};
  seat_->wait(now);
  core_->metrics.request_done(summary);
  if (core_->on_request_done) core_->on_request_done(summary);
}

}  // namespace berth::http
