// A TLS client for tests of the server. Blocking, with RawClient's time limit.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/http_test_support.h"

namespace berth::http {

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const char* server_name = nullptr, int version = 0,
                     SSL_SESSION* session = nullptr)
      : TlsClient(RawClient(port), {}, server_name, version, session) {}
  // Over a connection on which something has been sent already, with a certificate.
  explicit TlsClient(RawClient socket, const net::PemFiles& shown = {},
                     const char* server_name = nullptr, int version = 0,
                     SSL_SESSION* session = nullptr)
      : socket_(std::move(socket)),
        context_(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free),
        ssl_(::SSL_new(context_.get()), &::SSL_free) {
    if (!shown.key.empty()) {
      ::SSL_use_certificate_file(ssl_.get(), shown.certificate.c_str(), SSL_FILETYPE_PEM);
      ::SSL_use_PrivateKey_file(ssl_.get(), shown.key.c_str(), SSL_FILETYPE_PEM);
    }
    static constexpr std::array<unsigned char, 12> kAlpn = {2,   'h', '2', 8,   'h', 't',
                                                            't', 'p', '/', '1', '.', '1'};
    ::SSL_set_alpn_protos(ssl_.get(), kAlpn.data(), kAlpn.size());
    ::SSL_set_fd(ssl_.get(), socket_.fd());
    SSL_set_max_proto_version(ssl_.get(), version);
    if (session != nullptr) ::SSL_set_session(ssl_.get(), session);
    if (server_name != nullptr) SSL_set_tlsext_host_name(ssl_.get(), server_name);
    connected_ = ::SSL_connect(ssl_.get()) == 1;
  }
  bool connected() const { return connected_; }
  SSL_SESSION* session() const { return ::SSL_get_session(ssl_.get()); }
  bool resumed() const { return ::SSL_session_reused(ssl_.get()) == 1; }
  std::string alpn() const {
    const unsigned char* text = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl_.get(), &text, &size);
    return {reinterpret_cast<const char*>(text), size};
  }
  std::string server_name() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        ::SSL_get1_peer_certificate(ssl_.get()), &::X509_free);
    std::array<char, 100> name{};
    ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate.get()), NID_commonName,
                                name.data(), name.size());
    return name.data();
  }
  bool send(std::string_view bytes) {
    return ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  // One response, by its Content-Length; what there is when the server ends before.
  std::string ask(std::string_view request) {
    send(request);
    std::string all;
    for (char byte = 0; ::SSL_read(ssl_.get(), &byte, 1) == 1;) {
      all += byte;
      const std::size_t head = all.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      const std::size_t length = std::stoul(all.substr(all.find("Content-Length: ") + 16));
      if (all.size() == head + 4 + length) break;
    }
    return all;
  }
  std::string exchange(std::string_view bytes) {
    send(bytes);
    std::string all;
    std::vector<char> buffer(64UL * 1024);
    for (;;) {
      const int n = ::SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (n <= 0) break;
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    clean_end_ = ::SSL_get_error(ssl_.get(), 0) == SSL_ERROR_ZERO_RETURN;
    return all;
  }
  bool clean_end() const { return clean_end_; }

 private:
  RawClient socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool connected_ = false;
  bool clean_end_ = false;
};

}  // namespace berth::http
