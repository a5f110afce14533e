// What is wrong only on this machine: files and interfaces, each with its place.
#include "server/config_machine.h"

#include <gtest/gtest.h>

#include <fstream>

#include "net/net_test_support.h"

namespace berth::server {
namespace {

class ConfigMachine : public ::testing::Test {
 protected:
  LoadedConfig load(const std::string& tables) {
    const std::string head = "[server]\ndomain='b.test'\n[tls]\nmode='auto'\nlisten=''\n";
    const auto loaded = load_config(
        ConfigSources{{{"f", head + "[[listener]]\nname='p'\naddress=':1'\n" + tables}}, {}, {}});
    EXPECT_TRUE(loaded) << loaded.error().front().message;
    return loaded ? *loaded : LoadedConfig{};
  }
  // All problems as "where: message", one per line.
  std::string problems(const std::string& tables) {
    std::string out;
    for (const ConfigProblem& one : check_machine(load(tables))) {
      out += one.where + ": " + one.message + "\n";
    }
    return out;
  }
  std::string authority(const std::string& name) {
    const net::PemFiles files{folder_.file(name), folder_.file(name + ".key")};
    net::issue_certificate(files, {.common_name = name, .authority = true});
    return files.certificate;
  }

  net::TempFolder folder_;
};

TEST_F(ConfigMachine, AuthoritiesAreReadAsTheListenerReadsThem) {
  const std::string good = authority("one.pem");
  const std::string empty = folder_.file("empty.pem");
  std::ofstream(empty) << "no certificate\n";
  EXPECT_EQ(problems("client_cas={ a='" + good + "', b='" + authority("two.pem") + "' }\n"), "");
  const std::string start = "f:9:12: listener.p.client_cas: TLS client authority ";
  EXPECT_EQ(
      problems("client_cas={ a='/nonexistent/ca.pem', b='" + empty + "', c='" + good + "' }\n"),
      start + "/nonexistent/ca.pem: No such file or directory.\n" + start + empty +
          ": no usable PEM certificate.\n");
  EXPECT_EQ(
      problems("client_cas={ a='" + good + "', b='" + good + "' }\n"),
      start + good + ": the same certificate as that of a; one authority can have one name.\n");
}

TEST_F(ConfigMachine, InterfacesAreThere) {
  EXPECT_EQ(problems("interface='lo'\n"), "");
  EXPECT_EQ(problems("interface='nobody0'\n"),
            "f:9:11: listener.p.interface is \"nobody0\"; this machine has no such interface: `ip "
            "link` lists them\n");
}

TEST_F(ConfigMachine, AKindThatIsNeverCoveredIsNoted) {
  const std::string service = "[[trusted_service]]\nnetworks='10.0.0.0/8'\nkind=";
  EXPECT_EQ(notes_on(load(service + "'scanner'\n")), ConfigProblems());
  const ConfigProblems notes = notes_on(load(service + "'app-service'\n"));
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].where, "trusted_service.app-service");
  EXPECT_EQ(notes[0].message,
            "lets nobody in, it only explains the refusal: app services are not among the trusted "
            "services: let them pull through a virtual network that the registry lets in");
}

}  // namespace
}  // namespace berth::server
