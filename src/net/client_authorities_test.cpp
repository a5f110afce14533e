// Client certificates, through real handshakes.
#include "net/client_authorities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <sstream>

#include "net/net_test_support.h"
#include "net/stream.h"
#include "net/tls_context.h"

namespace berth::net {
namespace {

using testing::HasSubstr;

constexpr const char* kRefused = "refused";

class ClientAuthoritiesTest : public testing::Test {
 protected:
  void SetUp() override {
    write_certificate(files_.certificate_chain, files_.private_key, "server");
    issue_certificate(pem("partner"), {.common_name = "partner", .authority = true});
    issue_certificate(pem("other"), {.common_name = "other", .authority = true});
    issue_certificate(pem("branch"), {.common_name = "branch", .authority = true}, pem("partner"));
    files_.client_cas = {{"partner", pem("partner").certificate},
                         {"second", pem("other").certificate}};
    load();
  }
  void load() {
    auto loaded = TlsContext::load(files_, clock_);
    ASSERT_TRUE(loaded) << loaded.error().message;
    context_ = *loaded;
  }
  PemFiles pem(const std::string& name) const {
    return {folder_.file(name + ".pem"), folder_.file(name + "-key.pem")};
  }
  // A client's certificate of the named authority.
  PemFiles client(const std::string& issuer,
                  CertificateWish wish = {.common_name = "client", .purpose = "clientAuth"}) {
    issue_certificate(pem("client"), wish, issuer.empty() ? PemFiles{} : pem(issuer));
    return pem("client");
  }
  void append(const std::string& file, const std::string& more) {
    std::ostringstream text;
    text << std::ifstream(more).rdbuf();
    std::ofstream(file, std::ios::app) << text.str();
  }

  // What the server calls the client, or kRefused. `resumable` tells of the client's session.
  std::string connect(const PemFiles& shown, int version = TLS1_3_VERSION,
                      bool* resumable = nullptr) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    Stream stream = std::move(*Stream::adopt(asio::make_strand(loop_.io()), AF_UNIX, fds[0]));
    auto done = asio::co_spawn(stream.executor(), serve(stream), asio::use_future);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        ::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
    ::SSL_CTX_set_max_proto_version(context.get(), version);
    if (!shown.key.empty()) {
      ::SSL_CTX_use_certificate_chain_file(context.get(), shown.certificate.c_str());
      ::SSL_CTX_use_PrivateKey_file(context.get(), shown.key.c_str(), SSL_FILETYPE_PEM);
    }
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(::SSL_new(context.get()), &::SSL_free);
    ::SSL_set_fd(ssl.get(), fds[1]);
    const bool connected = ::SSL_connect(ssl.get()) == 1;
    std::string name = done.get();
    char byte = 0;  // tickets of TLS 1.3 come before the first byte
    if (connected) ::SSL_read(ssl.get(), &byte, 1);
    if (resumable != nullptr) {
      *resumable = ::SSL_SESSION_is_resumable(::SSL_get_session(ssl.get())) == 1;
    }
    ::close(fds[1]);
    return name;
  }
  Task<std::string> serve(Stream& stream) {
    const auto done = co_await stream.handshake(context_->current());
    std::string name = done ? stream.client_ca() : kRefused;
    const std::byte byte{'x'};
    if (done) co_await stream.write_some(std::array{Bytes(&byte, 1)}, false);
    stream.close();
    co_return name;
  }

  TempFolder folder_;
  SystemClock clock_;
  TlsFiles files_{folder_.file("cert.pem"), folder_.file("key.pem")};
  std::shared_ptr<TlsContext> context_;
  LoopThreads loop_;
};

TEST_F(ClientAuthoritiesTest, TheAuthorityGivesTheName) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(connect(client("partner"), version), "partner");
    EXPECT_EQ(connect(client("other"), version), "second");
    EXPECT_EQ(connect({}, version), "") << "a certificate is asked for, not required";
  }
}

TEST_F(ClientAuthoritiesTest, WhoIsNotCertifiedIsRefused) {
  issue_certificate(pem("stranger"), {.common_name = "partner", .authority = true});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(connect(client("stranger"), version), kRefused) << "the same name, another key";
    EXPECT_EQ(connect(client(""), version), kRefused) << "self-signed";
    EXPECT_EQ(connect(client("partner", {.common_name = "old",
                                         .lifetime = std::chrono::seconds{-60},
                                         .purpose = "clientAuth"}),
                      version),
              kRefused);
    EXPECT_EQ(connect(client("partner", {.common_name = "web", .purpose = "serverAuth"}), version),
              kRefused);
    const PemFiles plain = client("partner");
    issue_certificate(pem("below"), {.common_name = "below", .purpose = "clientAuth"}, plain);
    append(pem("below").certificate, plain.certificate);
    EXPECT_EQ(connect(pem("below"), version), kRefused) << "a client is no authority";
  }
}

TEST_F(ClientAuthoritiesTest, IntermediatesCome) {
  const PemFiles alone = client("branch");
  EXPECT_EQ(connect(alone), kRefused) << "nobody knows the branch";
  append(alone.certificate, pem("branch").certificate);
  EXPECT_EQ(connect(alone), "partner") << "the client brings it along";
}

TEST_F(ClientAuthoritiesTest, AnIntermediateCanBeTheAuthority) {
  files_.client_cas = {{"branch", pem("branch").certificate}};
  load();
  EXPECT_EQ(connect(client("branch")), "branch");
  EXPECT_EQ(connect(client("partner")), kRefused);
  // With its own authority declared as well the nearer one counts.
  files_.client_cas["partner"] = pem("partner").certificate;
  load();
  EXPECT_EQ(connect(client("branch")), "branch");
  EXPECT_EQ(connect(client("partner")), "partner");
}

TEST_F(ClientAuthoritiesTest, OneFileMayHoldSeveral) {
  append(pem("partner").certificate, pem("other").certificate);
  files_.client_cas = {{"both", pem("partner").certificate}};
  load();
  EXPECT_EQ(connect(client("other")), "both");
}

TEST_F(ClientAuthoritiesTest, SessionsAreNotResumed) {
  bool resumable = true;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(connect(client("partner"), version, &resumable), "partner");
    EXPECT_FALSE(resumable) << version;
    files_.client_cas.clear();
    load();
    EXPECT_EQ(connect({}, version, &resumable), "");
    EXPECT_TRUE(resumable) << version;
    SetUp();
  }
}

TEST_F(ClientAuthoritiesTest, ReloadReadsThemAgain) {
  const PemFiles shown = client("partner");
  EXPECT_EQ(connect(shown), "partner");
  issue_certificate(pem("partner"), {.common_name = "partner", .authority = true});
  ASSERT_TRUE(context_->reload());
  EXPECT_EQ(connect(shown), kRefused);
  std::ofstream(pem("partner").certificate) << "broken";
  const auto failed = context_->reload();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("partner.pem: no usable PEM certificate"));
  EXPECT_EQ(connect(client("other")), "second") << "what was loaded before stays";
}

TEST_F(ClientAuthoritiesTest, ErrorsNameTheFileAndTheReason) {
  const std::string half = folder_.file("half.pem");
  append(half, pem("partner").certificate);
  std::ofstream(half, std::ios::app) << "-----BEGIN CERTIFICATE-----\nMIIB\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {folder_.file("absent.pem"), "absent.pem: No such file"},
      {pem("partner").key, "partner-key.pem: no usable PEM certificate"},
      {half, "half.pem: no usable PEM certificate"},
      {files_.certificate_chain, "cert.pem: holds a certificate that is no authority's"},
      {pem("other").certificate, "the same certificate as that of first"},
  };
  for (const auto& [file, says] : cases) {
    files_.client_cas = {{"first", pem("other").certificate}, {"partner", file}};
    const auto loaded = TlsContext::load(files_, clock_);
    ASSERT_FALSE(loaded) << says;
    EXPECT_THAT(loaded.error().message, HasSubstr("TLS client authority "));
    EXPECT_THAT(loaded.error().message, HasSubstr(says));
  }
}

}  // namespace
}  // namespace berth::net
