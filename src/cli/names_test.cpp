// hosts, trust, cloud-config and ca, with a server on the data directory's socket and without one.
#include "cli/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <thread>

#include "base/file.h"
#include "cli/cli_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kPem =
    "-----BEGIN CERTIFICATE-----\nQmVydGg=\n-----END CERTIFICATE-----\n";

// Answers by path, one request for each connection, until it is destroyed.
class SocketServer {
 public:
  SocketServer(const std::string& path, std::map<std::string, std::string> bodies)
      : bodies_(std::move(bodies)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(listener_.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_.fd(), 8), 0);
    thread_ = std::thread([this] {
      while (const File peer{::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)}) {
        answer(peer);
      }
    });
  }
  ~SocketServer() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

 private:
  void answer(const File& peer) const {
    std::array<char, 4096> buffer{};
    const ssize_t n = ::recv(peer.fd(), buffer.data(), buffer.size(), 0);
    const std::string request(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    const std::size_t begin = request.find(' ') + 1;
    const auto body =
        bodies_.find(request.substr(begin, request.find_first_of("? ", begin) - begin));
    const std::string text =
        std::string(body != bodies_.end() ? "HTTP/1.1 200 OK" : "HTTP/1.1 404 Not Found") +
        "\r\nConnection: close\r\n\r\n" + (body != bodies_.end() ? body->second : "{}");
    ::send(peer.fd(), text.data(), text.size(), MSG_NOSIGNAL);
  }

  std::map<std::string, std::string> bodies_;
  File listener_;
  std::thread thread_;
};

class NamesTest : public ::testing::Test {
 public:
  ~NamesTest() override { std::filesystem::remove_all(data_); }

 protected:
  NamesTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "berth-names-XXXXXX";
    data_ = ::mkdtemp(pattern.data());
  }

  void serve(const std::string& domain, int port = 443, bool authority = true) {
    std::map<std::string, std::string> bodies = {
        {"/berth/v1/info", R"({"domain":")" + domain +
                               R"(","region":"north1","subscriptionId":"S","httpsPort":)" +
                               std::to_string(port) + "}"},
        {"/subscriptions/S/providers/Microsoft.ContainerRegistry/registries",
         R"({"value":[{"name":"Zebra"},{"name":"app1"},{"name":"evil\n10.0.0.1 bank"}]})"}};
    if (authority) bodies["/berth/v1/ca"] = kPem;
    server_ = std::make_unique<SocketServer>(data_ + "/berth.sock", std::move(bodies));
  }
  Call berth(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", data_});
    return call(arguments, {{"HOME", data_}});
  }
  std::string hosts_file() const { return data_ + "/hosts"; }
  void write_hosts(const std::string& text) { std::ofstream(hosts_file()) << text; }
  std::string read_hosts() const {
    std::ifstream file(hosts_file());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string data_;
  std::unique_ptr<SocketServer> server_;
};

constexpr std::string_view kBlock =
    "# berth berth.test begin\n"
    "127.0.0.1 management.berth.test\n"
    "127.0.0.1 login.berth.test\n"
    "127.0.0.1 graph.berth.test\n"
    "127.0.0.1 logs.berth.test\n"
    "127.0.0.1 portal.berth.test\n"
    "127.0.0.1 app1.berth.test\n"
    "127.0.0.1 app1.north1.data.berth.test\n"
    "127.0.0.1 zebra.berth.test\n"
    "127.0.0.1 zebra.north1.data.berth.test\n"
    "# berth berth.test end\n";

TEST_F(NamesTest, HostsAreFacesRegistriesAndDataEndpoints) {
  serve("berth.test");
  const Call hosts = berth({"hosts"});
  EXPECT_EQ(hosts.code, kGood) << hosts.err;
  EXPECT_EQ(hosts.out, kBlock);
  EXPECT_EQ(hosts.err, "");
}

TEST_F(NamesTest, HostsWithoutAServerAreTheFaces) {
  const Call hosts = berth({"hosts", "--domain", "Other.Test", "--address", "2001:db8::1"});
  EXPECT_EQ(hosts.code, kGood) << hosts.err;
  EXPECT_THAT(hosts.out, AllOf(StartsWith("# berth other.test begin\n2001:db8::1 management."),
                               Not(HasSubstr("data"))));
  EXPECT_THAT(hosts.err, HasSubstr("no server was asked"));
  EXPECT_EQ(berth({"hosts", "--domain", "nodot"}).code, kUsage);
  EXPECT_EQ(berth({"hosts", "--domain", "a.b", "--address", "here"}).code, kUsage);
  EXPECT_EQ(berth({"hosts"}).code, kCannot);
}

TEST_F(NamesTest, AServerWithoutADomainHasNoNames) {
  serve("");
  const Call hosts = berth({"hosts"});
  EXPECT_EQ(hosts.code, kCannot);
  EXPECT_THAT(hosts.err, AllOf(HasSubstr("no domain"), HasSubstr("--domain NAME --tls auto")));
}

TEST_F(NamesTest, WriteReplacesItsBlockAndNothingElse) {
  serve("berth.test");
  write_hosts(
      "127.0.0.1 localhost\n# berth berth.test begin\n9.9.9.9 old.berth.test\n"
      "# berth berth.test end\n# mine\n10.0.0.1 mine");
  ::chmod(hosts_file().c_str(), 0640);
  const Call first = berth({"hosts", "--write", "--file", hosts_file()});
  EXPECT_EQ(first.code, kGood) << first.err;
  EXPECT_THAT(first.out, HasSubstr("now has 9 names"));
  const std::string expected =
      "127.0.0.1 localhost\n" + std::string(kBlock) + "# mine\n10.0.0.1 mine\n";
  EXPECT_EQ(read_hosts(), expected);
  EXPECT_EQ(std::filesystem::status(hosts_file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write |
                std::filesystem::perms::group_read);

  const Call again = berth({"hosts", "--write", "--file", hosts_file(), "--output", "json"});
  EXPECT_EQ(boost::json::parse(again.out).at("changed"), false) << again.out;
  EXPECT_EQ(read_hosts(), expected);
}

TEST_F(NamesTest, WriteAppendsAndKeepsOtherDomainsBlocks) {
  serve("berth.test");
  const std::string other =
      "# berth other.test begin\n1.1.1.1 x.other.test\n# berth other.test end\n";
  write_hosts(other);
  std::filesystem::create_symlink("hosts", data_ + "/link");
  EXPECT_EQ(berth({"hosts", "--write", "--file", data_ + "/link"}).code, kGood);
  EXPECT_EQ(read_hosts(), other + std::string(kBlock));
  EXPECT_TRUE(std::filesystem::is_symlink(data_ + "/link"));
}

TEST_F(NamesTest, WriteLeavesOutWhatHasALineOfItsOwn) {
  serve("berth.test");
  const std::string own =
      "127.0.0.3\tApp1.Berth.Test other # zebra.berth.test\n#127.0.0.9 zebra.berth.test\n";
  write_hosts(own + std::string(kBlock) + "::1 logs.berth.test\n");
  std::string block(kBlock);
  for (const std::string line : {"127.0.0.1 app1.berth.test\n", "127.0.0.1 logs.berth.test\n"}) {
    block.erase(block.find(line), line.size());
  }
  const Call written = berth({"hosts", "--write", "--file", hosts_file()});
  EXPECT_EQ(written.code, kGood) << written.err;
  EXPECT_EQ(read_hosts(), own + block + "::1 logs.berth.test\n");
  EXPECT_THAT(written.out, HasSubstr("now has 7 names"));
  EXPECT_EQ(written.err, "note: not among them, as " + hosts_file() +
                             " has other lines for them: logs.berth.test, app1.berth.test\n");
  const Call again = berth({"hosts", "--write", "--file", hosts_file(), "--output", "json"});
  EXPECT_EQ(boost::json::parse(again.out).at("changed"), false) << again.out;
  EXPECT_EQ(boost::json::parse(again.out).at("leftOut").as_array().size(), 2U);
}

TEST_F(NamesTest, WriteLeavesADamagedBlockAlone) {
  serve("berth.test");
  const std::string damaged = "# berth berth.test begin\n127.0.0.1 mine\n";
  write_hosts(damaged);
  const Call refused = berth({"hosts", "--write", "--file", hosts_file()});
  EXPECT_EQ(refused.code, kCannot);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("no end of it"), HasSubstr("remove that line")));
  EXPECT_EQ(read_hosts(), damaged);
}

TEST_F(NamesTest, CloudConfigIsWhatAzReads) {
  serve("berth.test");
  const auto cloud = boost::json::parse(berth({"cloud-config"}).out);
  const auto& endpoints = cloud.at("endpoints").as_object();
  EXPECT_EQ(endpoints.size(), 8U);
  EXPECT_EQ(endpoints.at("resourceManager"), "https://management.berth.test/");
  EXPECT_EQ(endpoints.at("activeDirectory"), "https://login.berth.test/adfs");
  EXPECT_EQ(endpoints.at("activeDirectoryResourceId"), "https://management.berth.test/");
  EXPECT_EQ(endpoints.at("microsoftGraphResourceId"), "https://graph.berth.test/");
  EXPECT_EQ(endpoints.at("logAnalyticsResourceId"), "https://logs.berth.test");
  EXPECT_EQ(cloud.at("suffixes").at("acrLoginServerEndpoint"), ".berth.test");
}

TEST_F(NamesTest, AnotherPortIsInEveryUrlAndInNoSuffix) {
  serve("berth.test", 8443);
  const std::string text = berth({"cloud-config"}).out;
  const auto cloud = boost::json::parse(text);
  for (const auto& endpoint : cloud.at("endpoints").as_object()) {
    EXPECT_THAT(std::string(endpoint.value().as_string()), HasSubstr(".berth.test:8443"));
  }
  EXPECT_EQ(cloud.at("suffixes").at("storageEndpoint"), "berth.test");
  EXPECT_THAT(berth({"trust", "docker"}).out,
              HasSubstr("/etc/docker/certs.d/app1.berth.test:8443/ca.crt\n"));
}

TEST_F(NamesTest, TrustHoldsTheCertificateAndEveryClient) {
  serve("berth.test");
  const Call all = berth({"trust"});
  EXPECT_EQ(all.code, kGood) << all.err;
  EXPECT_THAT(all.out, HasSubstr("cat > berth-ca.pem <<'EOF'\n" + std::string(kPem) + "EOF\n"));
  for (const char* part :
       {"berth-ca.pem /etc/docker/certs.d/zebra.berth.test/ca.crt\n",
        "/etc/containerd/certs.d/app1.berth.test/hosts.toml", "ca = \"/etc/containerd/certs.d/app1",
        "/etc/containers/certs.d/app1.berth.test/ca.crt", "REQUESTS_CA_BUNDLE=", "--cacert",
        "NODE_EXTRA_CA_CERTS=", "berth-berth.test.crt\nsudo update-ca-certificates\n"}) {
    EXPECT_THAT(all.out, HasSubstr(part));
  }
  EXPECT_THAT(berth({"trust", "node"}).out,
              AllOf(HasSubstr("BEGIN CERTIFICATE"), EndsWith("berth-ca.pem\"\n"),
                    Not(HasSubstr("docker"))));
  EXPECT_EQ(berth({"trust", "telnet"}).code, kUsage);
}

// What is printed is pasted into a shell: it must be one.
TEST_F(NamesTest, TrustIsAValidScript) {
  serve("berth.test");
  std::ofstream(data_ + "/script") << berth({"trust"}).out;
  const std::string check = "bash -n " + data_ + "/script";
  EXPECT_EQ(std::system(check.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): waits for nobody
}

TEST_F(NamesTest, TheAuthorityIsAskedForOrReadFromItsFile) {
  EXPECT_EQ(berth({"ca", "export"}).code, kCannot);
  std::filesystem::create_directory(data_ + "/tls");
  std::ofstream(data_ + "/tls/ca.pem") << "of the file\n";
  EXPECT_EQ(berth({"ca", "export"}).out, "of the file\n");
  serve("berth.test");
  EXPECT_EQ(berth({"ca", "export"}).out, kPem);
  EXPECT_EQ(boost::json::parse(berth({"ca", "export", "--output", "json"}).out)
                .at("certificate")
                .as_string(),
            kPem);
}

TEST_F(NamesTest, AForeignCertificateNeedsNoTrust) {
  serve("berth.test", 443, false);
  const Call refused = berth({"trust"});
  EXPECT_EQ(refused.code, kCannot);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("no authority of its own"), HasSubstr("tls.cert")));
}

TEST_F(NamesTest, HelpSaysHowAzIsTold) {
  EXPECT_THAT(call({"cloud-config", "--help"}).out,
              AllOf(HasSubstr("az cloud register -n Berth --cloud-config @cloud.json"),
                    HasSubstr("az cloud set -n Berth")));
}

}  // namespace
}  // namespace berth::cli
