// A request without a connection, for tests of the sign-in and directory faces. Test programs only.
#pragma once

#include <cstring>
#include <functional>
#include <map>

#include "base/ascii.h"
#include "http/exchange.h"

namespace berth::api {

class FakeExchange final : public http::Exchange, public http::Request, public ByteStream {
 public:
  FakeExchange(std::string method, const std::string& target, std::string body = {})
      : method_(std::move(method)),
        path_(target.substr(0, target.find('?'))),
        query_(target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1)),
        body_(std::move(body)) {
    peer_.address = "10.0.0.9";
    peer_.tls = true;
  }
  FakeExchange& with(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  FakeExchange& form() { return with("Content-Type", "application/x-www-form-urlencoded"); }
  // Instead of the body's text; must outlive this.
  FakeExchange& reads_from(ByteStream& body) {
    stream_ = &body;
    return *this;
  }
  FakeExchange& on_listener(std::string name) {
    peer_.listener = std::move(name);
    return *this;
  }
  FakeExchange& in_plain() {
    peer_.tls = false;
    peer_.loopback = true;
    return *this;
  }
  FakeExchange& on_socket(std::uint32_t uid) {
    peer_ = {};
    peer_.unix_socket = true;
    peer_.uid = uid;
    return *this;
  }

  const http::Request& request() const override { return *this; }
  ByteStream& body() override { return stream_ == nullptr ? *this : *stream_; }
  void allow_body(std::uint64_t) override {}
  const std::string& correlation_id() const override { return id_; }
  const http::Peer& peer() const override { return peer_; }

  http::Method method() const override {
    static const std::map<std::string, http::Method> kMethods = {
        {"GET", http::Method::kGet},     {"POST", http::Method::kPost},
        {"PATCH", http::Method::kPatch}, {"DELETE", http::Method::kDelete},
        {"HEAD", http::Method::kHead},   {"PUT", http::Method::kPut}};
    return kMethods.at(method_);
  }
  std::string_view method_text() const override { return method_; }
  std::string_view path() const override { return path_; }
  std::string_view query() const override { return query_; }
  std::optional<std::string_view> header(std::string_view name) const override {
    for (const auto& [key, value] : headers_) {
      if (equal_no_case(key, name)) return value;
    }
    return std::nullopt;
  }
  std::string joined_header(std::string_view name) const override {
    return std::string(header(name).value_or(""));
  }
  std::optional<std::uint64_t> content_length() const override {
    if (stream_ != nullptr) return std::nullopt;
    return body_.size();
  }
  bool chunked() const override { return stream_ != nullptr; }

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    const std::size_t n = std::min(out.size(), body_.size() - read_);
    std::memcpy(out.data(), body_.data() + read_, n);
    read_ += n;
    co_return n;
  }

 private:
  std::string method_, path_, query_, body_;
  std::vector<std::pair<std::string, std::string>> headers_;
  http::Peer peer_;
  std::size_t read_ = 0;
  ByteStream* stream_ = nullptr;
  const std::string id_ = "the-correlation-id";
};

// A body that comes in two pieces, with something that happens between them.
class PausedBody final : public ByteStream {
 public:
  PausedBody(std::string text, std::function<void()> meanwhile)
      : text_(std::move(text)), meanwhile_(std::move(meanwhile)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    if (read_ == 1) meanwhile_();
    const std::size_t n = std::min(read_ == 0 ? 1 : out.size(), text_.size() - read_);
    std::memcpy(out.data(), text_.data() + read_, n);
    read_ += n;
    co_return n;
  }

 private:
  const std::string text_;
  const std::function<void()> meanwhile_;
  std::size_t read_ = 0;
};

inline std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (equal_no_case(key, name)) return value;
  }
  return {};
}
inline std::string body_of(const http::Response& response) {
  const auto* text = std::get_if<std::string>(&response.body);
  return text == nullptr ? std::string() : *text;
}

}  // namespace berth::api
