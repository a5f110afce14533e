#include "server/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/certificate.h"
#include "server/replace_file.h"

namespace berth::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::chrono::hours kDay{24};

class CertificatesTest : public testing::Test {
 protected:
  CertificatesTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "berth-tls-XXXXXX";
    data_ = ::mkdtemp(pattern.data());
  }
  ~CertificatesTest() override { std::filesystem::remove_all(data_); }

  Result<Certificates> open(const std::string& domain = "berth.test",
                            const std::string& region = "local") {
    return Certificates::open(data_, domain, region, clock_);
  }
  std::string path(const std::string& name) const { return data_ + "/tls/" + name; }
  std::string text(const std::string& name) const {
    return read_small_file(path(name), 100'000).value();
  }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(path(name)) << content;
  }
  unsigned mode(const std::string& name) const {
    struct stat info {};
    EXPECT_EQ(::stat(path(name).c_str(), &info), 0) << name;
    return info.st_mode & 0777U;
  }

  std::string data_;
  ManualClock clock_{TimePoint{std::chrono::seconds{1'800'000'000}}};
};

TEST_F(CertificatesTest, AFirstStartMakesEverything) {
  const auto made = open();
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->authority_is_new());
  EXPECT_EQ(made->authority_pem(), text("ca.pem"));
  EXPECT_EQ(mode(""), 0700U);
  EXPECT_EQ(mode("ca-key.pem"), 0600U);
  EXPECT_EQ(mode("server-key.pem"), 0600U);
  const auto info = crypto::read_certificate(text("server.pem")).value();
  EXPECT_THAT(info.dns_names, ElementsAre("*.berth.test", "berth.test", "*.local.data.berth.test"));
  // The server can use what was made.
  EXPECT_TRUE(net::TlsContext::load(made->files(), clock_));
  EXPECT_TRUE(crypto::check_issued(text("server.pem"), made->authority_pem(), clock_.now()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(data_ + "/tls"), {}), 4);
}

TEST_F(CertificatesTest, ASecondStartChangesNothing) {
  ASSERT_TRUE(open());
  const std::string server = text("server.pem");
  clock_.advance(kDay * 200);
  auto again = open();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->authority_is_new());
  EXPECT_EQ(text("server.pem"), server);
  EXPECT_FALSE(again->renew_if_due().value());
}

TEST_F(CertificatesTest, RenewsInTheLastThirdUnderTheSameAuthority) {
  auto certificates = open();
  ASSERT_TRUE(certificates);
  const std::string authority = text("ca.pem");
  const std::string server = text("server.pem");
  clock_.advance(kDay * 264);
  EXPECT_FALSE(certificates->renew_if_due().value());
  clock_.advance(kDay * 1);
  EXPECT_TRUE(certificates->renew_if_due().value());
  EXPECT_FALSE(certificates->renew_if_due().value());
  EXPECT_NE(text("server.pem"), server);
  EXPECT_EQ(text("ca.pem"), authority);
  EXPECT_TRUE(crypto::check_issued(text("server.pem"), authority, clock_.now() + kDay * 396));
}

TEST_F(CertificatesTest, ANewRegionKeepsTheAuthorityANewDomainDoesNot) {
  ASSERT_TRUE(open());
  const std::string authority = text("ca.pem");
  const auto region = open("berth.test", "north1");
  ASSERT_TRUE(region);
  EXPECT_FALSE(region->authority_is_new());
  EXPECT_EQ(crypto::read_certificate(text("server.pem"))->dns_names.at(2),
            "*.north1.data.berth.test");

  const auto domain = open("other.test");
  ASSERT_TRUE(domain);
  EXPECT_TRUE(domain->authority_is_new());
  EXPECT_EQ(text("ca.pem.old"), authority) << "put aside, for whoever goes back";
  EXPECT_TRUE(crypto::check_issued(text("server.pem"), text("ca.pem"), clock_.now()));
}

// As a crash, a disk or a hand may leave them.
TEST_F(CertificatesTest, DamagedServerFilesAreIssuedAnew) {
  ASSERT_TRUE(open());
  const std::string foreign_key = crypto::make_authority("berth.test", clock_.now()).value().key;
  for (const auto& [name, content] :
       {std::pair("server.pem", "garbage"), std::pair("server.pem", ""),
        std::pair("server-key.pem", foreign_key.c_str())}) {
    write(name, content);
    ASSERT_TRUE(open()) << name;
    EXPECT_TRUE(net::TlsContext::load({path("server.pem"), path("server-key.pem")}, clock_));
  }
  std::filesystem::remove(path("server-key.pem"));
  ASSERT_TRUE(open());
  EXPECT_EQ(mode("server-key.pem"), 0600U);
}

TEST_F(CertificatesTest, ADamagedAuthorityIsNotReplacedSilently) {
  ASSERT_TRUE(open());
  write("ca.pem", "garbage");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              testing::AllOf(HasSubstr(path("ca.pem")), HasSubstr("Restore it")));
  EXPECT_EQ(text("ca.pem"), "garbage");
}

// Its key may be kept elsewhere until it is needed.
TEST_F(CertificatesTest, TheAuthoritysKeyIsNeededToIssueOnly) {
  ASSERT_TRUE(open());
  std::filesystem::remove(path("ca-key.pem"));
  EXPECT_TRUE(open());
  const auto refused = open("berth.test", "north1");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("ca-key.pem"));
}

TEST_F(CertificatesTest, AnAuthorityWhoseTimeIsOverIsReplaced) {
  ASSERT_TRUE(open());
  clock_.advance(kDay * 3700);
  const auto later = open();
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->authority_is_new());
  EXPECT_TRUE(net::TlsContext::load(later->files(), clock_));
}

TEST_F(CertificatesTest, SaysWhichFolderCannotBeMade) {
  std::ofstream(data_ + "/tls") << "a file";
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message + refused.error().cause, HasSubstr("/tls"));
}

}  // namespace
}  // namespace berth::server
