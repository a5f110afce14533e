// https: whose certificate is believed, and whose is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "client/http_client.h"
#include "client/one_shot_server.h"

namespace berth::client {
namespace {

using ::testing::HasSubstr;

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* value) const { Free(value); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, &EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, &X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX, &SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freer<SSL, &SSL_free>>;

// A certificate that vouches for itself, for one name.
Certificate self_signed(EVP_PKEY* key, const char* alternative_name) {
  Certificate certificate(::X509_new());
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -60);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), 3600);
  ::X509_set_pubkey(certificate.get(), key);
  const auto* text = reinterpret_cast<const unsigned char*>("test");
  X509_NAME* const name = ::X509_get_subject_name(certificate.get());
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  ::X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* const extension =
      ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name);
  ::X509_add_ext(certificate.get(), extension, -1);
  ::X509_EXTENSION_free(extension);
  ::X509_sign(certificate.get(), key, ::EVP_sha256());
  return certificate;
}

// One connection on 127.0.0.1: a handshake, and an answer when it succeeds.
class TlsServer {
 public:
  explicit TlsServer(const char* name)
      : key_(::EVP_EC_gen("P-256")),
        certificate_(self_signed(key_.get(), name)),
        context_(::SSL_CTX_new(::TLS_server_method())) {
    ::SSL_CTX_use_PrivateKey(context_.get(), key_.get());
    ::SSL_CTX_use_certificate(context_.get(), certificate_.get());
    listener_ = File(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.fd(), any, length), 0);
    EXPECT_EQ(::listen(listener_.fd(), 1), 0);
    EXPECT_EQ(::getsockname(listener_.fd(), any, &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
    ::unlink(pem_.c_str());
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string url() const { return fmt::format("https://127.0.0.1:{}/", port_); }
  // The certificate in a file of its own.
  std::string pem() {
    pem_ = fmt::format("{}berth_client_tls_{}", ::testing::TempDir(), ::getpid());
    FILE* const file = ::fopen(pem_.c_str(), "w");
    ::PEM_write_X509(file, certificate_.get());
    ::fclose(file);
    return pem_;
  }

 private:
  void serve() {
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // the client hangs up on purpose
    const File peer(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) return;
    const Connection connection(::SSL_new(context_.get()));
    ::SSL_set_fd(connection.get(), peer.fd());
    if (::SSL_accept(connection.get()) != 1) return;
    std::array<char, 4096> request{};
    ::SSL_read(connection.get(), request.data(), static_cast<int>(request.size()));
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
    ::SSL_write(connection.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
  }

  Key key_;
  Certificate certificate_;
  Context context_;
  File listener_;
  std::uint16_t port_ = 0;
  std::string pem_;
  std::thread thread_;
};

Result<HttpResponse> ask(const TlsServer& server, const std::string& ca_file) {
  HttpRequest request;
  request.url = server.url();
  request.ca_file = ca_file;
  return HttpClient().send(request);
}

TEST(HttpClientTls, BelievesTheCertificatesOfItsFile) {
  TlsServer server("IP:127.0.0.1");
  const auto response = ask(server, server.pem());
  ASSERT_TRUE(response) << response.error().message << response.error().cause;
  EXPECT_EQ(response->body, "secret");
}

TEST(HttpClientTls, RefusesAStranger) {
  const TlsServer server("IP:127.0.0.1");
  const auto response = ask(server, "");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kDenied);
  EXPECT_THAT(response.error().message, HasSubstr("not trusted"));
}

TEST(HttpClientTls, RefusesACertificateOfAnotherName) {
  TlsServer server("DNS:elsewhere.test");
  const auto response = ask(server, server.pem());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kDenied);
}

TEST(HttpClientTls, AFileWithoutCertificatesIsTheCallersMistake) {
  const TlsServer server("IP:127.0.0.1");
  const auto response = ask(server, "/nonexistent/ca.pem");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kInvalidRequest);
}

}  // namespace
}  // namespace berth::client
