#include "http/response_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <span>
#include <utility>
#include <variant>

#include "http/file_reader.h"

namespace berth::http {
namespace {

constexpr std::size_t kCopyBuffer = 256UL * 1024;
// After this much without a pause other connections get their turn.
constexpr std::uint64_t kFilePiece = 1024UL * 1024;

net::Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::size_t clamp(std::uint64_t wanted, std::size_t most) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, most));
}

// The body, if it lies in memory as a whole.
std::optional<std::string_view> in_memory(const Body& body) {
  if (std::holds_alternative<std::monostate>(body)) return std::string_view();
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&body)) {
    return *shared ? std::string_view(**shared) : std::string_view();
  }
  return std::nullopt;
}

}  // namespace

ResponseWriter::ResponseWriter(Connection& connection, BlockingPool& files, Logger& log,
                               const Clock& clock)
    : connection_(connection), files_(files), log_(log), clock_(clock) {}

std::string_view ResponseWriter::date() {
  const TimePoint now = clock_.now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  if (second != date_second_) {
    date_second_ = second;
    date_ = to_http_date(now);
  }
  return date_;
}

void ResponseWriter::complain(std::string_view what, std::string_view why) {
  log_.error(what, {{"reason", why}, {"correlationId", *correlation_id_}});
}

void ResponseWriter::build_head(const Response& response, const Framing& framing,
                                const RequestTraits& request, const std::string& correlation_id) {
  correlation_id_ = &correlation_id;
  const auto left_out =
      write_response_head({response, framing, request, date(), correlation_id}, head_);
  for (const std::string_view name : left_out) complain("response header left out", name);
}

Task<bool> ResponseWriter::write(const Response& response, const RequestTraits& request,
                                 const std::string& correlation_id) {
  const Framing framing = plan_framing(response, request);
  build_head(response, framing, request, correlation_id);
  if (framing.kind == Framing::Kind::kNone) {
    const std::array head = {as_bytes(head_)};
    co_return co_await connection_.write(head) && framing.keep_alive;
  }
  co_return co_await write_body(response, framing) && framing.keep_alive;
}

Task<bool> ResponseWriter::write_body(const Response& response, const Framing& framing) {
  if (const auto text = in_memory(response.body)) co_return co_await write_text(*text);
  const std::array head = {as_bytes(head_)};
  if (const auto* range = std::get_if<FileRange>(&response.body)) {
    const bool sent = co_await connection_.write(head, range->length > 0);
    co_return sent&& co_await write_file(*range);
  }
  // Not held back for the first piece, which may be slow to come.
  if (!co_await connection_.write(head)) co_return false;
  co_return co_await pump(std::get<StreamBody>(response.body), framing);
}

Task<bool> ResponseWriter::write_text(std::string_view text) {
  const std::array pieces = {as_bytes(head_), as_bytes(text)};
  co_return co_await connection_.write(pieces);
}

Task<bool> ResponseWriter::write_file(const FileRange& range) {
  if (range.length == 0) co_return true;
  if (!range.file || !*range.file) {
    complain("response cut short", "the file of the body is not open");
    co_return false;
  }
  if (connection_.encrypted()) co_return co_await copy_encrypted(range);
  co_return co_await send_plain(range);
}

Task<bool> ResponseWriter::send_plain(const FileRange& range) {
  std::uint64_t done = 0;
  std::uint64_t piece_end = 0;
  while (done < range.length) {
    if (done == piece_end) {
      piece_end = std::min(range.length, done + kFilePiece);
      co_await load_pages(files_, range.file->fd(), range.offset + done, piece_end - done);
      if (done > 0) co_await asio::post(connection_.executor(), use_task);
    }
    std::size_t sent = 0;
    const std::size_t length = clamp(piece_end - done, kFilePiece);
    if (!co_await connection_.send_file(range.file->fd(), range.offset + done, length, sent)) {
      co_return false;
    }
    if (sent == 0) {
      complain("response cut short", "the file is shorter than announced");
      co_return false;
    }
    done += sent;
  }
  co_return true;
}

Task<bool> ResponseWriter::copy_encrypted(const FileRange& range) {
  std::vector<std::byte> buffer(clamp(range.length, kCopyBuffer));
  for (std::uint64_t done = 0; done < range.length;) {
    const auto out = std::span(buffer).first(clamp(range.length - done, buffer.size()));
    const auto n = co_await read_file(files_, range.file->fd(), range.offset + done, out);
    if (!n || *n == 0) {
      complain("response cut short", n ? "the file is shorter than announced" : n.error().cause);
      co_return false;
    }
    const std::array pieces = {net::Bytes(out.first(*n))};
    if (!co_await connection_.write(pieces)) co_return false;
    done += *n;
  }
  co_return true;
}

Task<bool> ResponseWriter::write_piece(net::Bytes data, bool chunked) {
  if (!chunked) {
    const std::array pieces = {data};
    co_return co_await connection_.write(pieces);
  }
  const std::string size = fmt::format("{:x}\r\n", data.size());
  const std::array pieces = {as_bytes(size), data, as_bytes("\r\n")};
  co_return co_await connection_.write(pieces);
}

Task<bool> ResponseWriter::pump(const StreamBody& body, const Framing& framing) {
  const bool chunked = framing.kind == Framing::Kind::kChunked;
  std::vector<std::byte> buffer(kCopyBuffer);
  std::uint64_t done = 0;
  const std::uint64_t most = body.length.value_or(UINT64_MAX);
  while (body.stream && done < most) {
    const auto n =
        co_await body.stream->read(std::span(buffer).first(clamp(most - done, buffer.size())));
    if (!n) {
      complain("response cut short", n.error().cause.empty() ? n.error().message : n.error().cause);
      co_return false;
    }
    if (*n == 0) break;
    done += *n;
    if (!co_await write_piece(std::span(buffer).first(*n), chunked)) co_return false;
  }
  if (body.length && done < *body.length) {
    complain("response cut short", "the stream is shorter than announced");
    co_return false;
  }
  if (!chunked) co_return true;
  const std::array end = {as_bytes("0\r\n\r\n")};
  co_return co_await connection_.write(end);
}

}  // namespace berth::http
