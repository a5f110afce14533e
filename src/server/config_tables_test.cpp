// [[listener]] and [[trusted_service]]: what they become, and every refusal with its place.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/config.h"
#include "server/config_docs.h"
#include "server/config_lists.h"

namespace berth::server {
namespace {

constexpr std::string_view kTls =
    "[server]\ndomain='b.test'\n[tls]\nlisten=':9443'\ncert='c'\nkey='k'\n";  // six lines

ConfigResult load(const std::string& tables) {
  return load_config(ConfigSources{{{"f", std::string(kTls) + tables}}, {}, {}});
}

// All problems as "line:column: message", one per line.
std::string problems(const std::string& tables) {
  const auto loaded = load(tables);
  std::string out;
  if (loaded) return out;
  for (const ConfigProblem& problem : loaded.error()) {
    EXPECT_TRUE(problem.where.starts_with("f:")) << problem.where;
    out += problem.where.substr(2) + ": " + problem.message + "\n";
  }
  return out;
}

constexpr std::string_view kBoth = R"(
[[listener]]
name = "private"
address = ["10.10.9.4:443", "[2001:db8::1]:443"]
faces = ["registry", "data"]
interface = "eth1"
proxy_protocol_from = "10.0.0.4"
forwarded_from = ["10.0.0.5", "10.1.0.0/16"]
forwarded_header = "forwarded"
client_cas = { partner = "/etc/berth/partner.pem", other = "/o.pem" }
[[listener]]
name = "services"
address = "*:8443"
[[trusted_service]]
kind = "container-instances"
networks = ["10.20.0.0/16"]
listeners = ["services"]
client_cas = "partner, other"
)";

TEST(ConfigTables, EveryKeyReachesItsField) {
  const auto loaded = load(std::string(kBoth));
  ASSERT_TRUE(loaded) << problems(std::string(kBoth));
  ASSERT_EQ(loaded->config.listeners.size(), 2U);
  const ListenerTable& one = loaded->config.listeners[0];
  EXPECT_EQ(one.name, "private");
  EXPECT_EQ(one.address, (ListenList{{"10.10.9.4", 443}, {"2001:db8::1", 443}}));
  EXPECT_EQ(one.faces, api::faces_of(api::Face::kRegistry) | api::faces_of(api::Face::kData));
  EXPECT_EQ(one.interface, "eth1");
  EXPECT_TRUE(one.proxy_protocol_from.contains(*IpAddress::parse("10.0.0.4")));
  EXPECT_FALSE(one.proxy_protocol_from.contains(*IpAddress::parse("10.0.0.5")));
  EXPECT_TRUE(one.forwarded_from.contains(*IpAddress::parse("10.1.200.1")));
  EXPECT_EQ(one.forwarded_header, ForwardedHeader::kForwarded);
  EXPECT_EQ(one.client_cas.at("partner"), "/etc/berth/partner.pem");
  const ListenerTable& two = loaded->config.listeners[1];
  EXPECT_EQ(two, (ListenerTable{.name = "services", .address = {{"*", 8443}}}));
  ASSERT_EQ(loaded->config.trusted_services.size(), 1U);
  const policy::TrustedIngress& trusted = loaded->config.trusted_services[0];
  EXPECT_EQ(trusted.kind, policy::ServiceKind::kContainerInstances);
  EXPECT_EQ(trusted.networks, std::vector{*IpPrefix::parse("10.20.0.0/16")});
  EXPECT_EQ(trusted.listeners, std::vector<std::string>{"services"});
  EXPECT_EQ(trusted.client_cas, (std::vector<std::string>{"partner", "other"}));
}

TEST(ConfigTables, AreShownWithTheirOrigin) {
  const auto loaded = load(std::string(kBoth));
  ASSERT_TRUE(loaded);
  std::map<std::string, std::pair<std::string, std::string>> shown;
  for (const EffectiveValue& v : loaded->values) shown[v.key] = {v.value, v.origin};
  using Row = std::pair<std::string, std::string>;
  EXPECT_EQ(shown.at("listener.private.address"),
            Row("10.10.9.4:443, [2001:db8::1]:443", "f:10:11"));
  EXPECT_EQ(shown.at("listener.private.forwarded_from"), Row("10.0.0.5, 10.1.0.0/16", "f:14:18"));
  EXPECT_EQ(shown.at("listener.private.client_cas"),
            Row("other = /o.pem, partner = /etc/berth/partner.pem", "f:16:14"));
  EXPECT_EQ(shown.at("listener.services.faces"),
            Row("registry, data, management, login, graph, logs", "default"));
  EXPECT_EQ(shown.at("trusted_service.container-instances.networks"),
            Row("10.20.0.0/16", "f:22:12"));
}

TEST(ConfigTables, NamesAreCheckedAndAppearOnce) {
  EXPECT_EQ(problems("[[listener]]\naddress=':1'\n"),
            "7:1: listener.name is missing; it must be 1 to 32 of a-z, 0-9 and -, such as "
            "\"private\"\n");
  EXPECT_EQ(problems("[[listener]]\nname='No Way'\naddress=':1'\n"),
            "8:6: listener.name is \"No Way\"; it must be 1 to 32 of a-z, 0-9 and -, such as "
            "\"private\"\n");
  EXPECT_EQ(problems("[[listener]]\nname='https'\naddress=':1'\n"),
            "8:6: listener.name is \"https\"; that is one of the server's own listeners; choose "
            "another name\n");
  EXPECT_EQ(
      problems("[[listener]]\nname='a'\naddress=':1'\n[[listener]]\nname='a'\naddress=':2'\n"),
      "11:6: listener.name is \"a\", as at f:7:1; give each its own\n");
  EXPECT_EQ(problems("[[trusted_service]]\nkind='tasks'\nnetworks='10.0.0.0/8'\n"
                     "[[trusted_service]]\nkind='tasks'\nnetworks='11.0.0.0/8'\n"),
            "11:6: trusted_service.kind is \"tasks\", as at f:7:1; put both into one\n");
}

TEST(ConfigTables, ValuesAreRefusedWithWhatIsRight) {
  const std::string start = "[[listener]]\nname='p'\naddress=':1'\n";
  EXPECT_EQ(problems("[[listener]]\nname='p'\naddress='nowhere'\n"),
            "9:9: listener.p.address is \"nowhere\"; it must be an address with a port, such as "
            "\"10.10.9.4:443\", or a list of them\n");
  EXPECT_EQ(problems("[[listener]]\nname='p'\naddress=[]\n"),
            "9:9: listener.p.address is empty; it must be an address with a port, such as "
            "\"10.10.9.4:443\", or a list of them\n");
  EXPECT_EQ(problems(start + "faces=['registry','dta']\n"),
            "10:7: listener.p.faces is \"dta\"; it must be one or several of registry, data, "
            "management, login, graph, logs\n");
  EXPECT_EQ(problems(start + "faces=[]\n"),
            "10:7: listener.p.faces is empty; leave it out for all faces\n");
  EXPECT_EQ(problems(start + "forwarded_from='10.0.0.0/33'\n"),
            "10:16: listener.p.forwarded_from is \"10.0.0.0/33\"; it must be addresses or blocks, "
            "such as \"10.0.0.4\" or [\"10.20.0.0/16\", \"2001:db8::/32\"]\n");
  EXPECT_EQ(problems(start + "proxy_protocol_from=7\ninterface='a/b'\n"),
            "10:21: listener.p.proxy_protocol_from is 7; it must be addresses or blocks, such as "
            "\"10.0.0.4\" or [\"10.20.0.0/16\", \"2001:db8::/32\"]\n"
            "11:11: listener.p.interface is \"a/b\"; it must be the name of a network interface, "
            "such as \"eth1\"\n");
  EXPECT_EQ(problems(start + "client_cas='x'\n"),
            "10:12: listener.p.client_cas is \"x\"; it must be names with PEM files, such as { "
            "partner = \"/etc/berth/partner-ca.pem\" }\n");
  EXPECT_EQ(problems(start + "client_cas={ Up = 'x' }\n"),
            "10:12: listener.p.client_cas is \"Up\" = \"x\"; it must be names with PEM files, such "
            "as { partner = \"/etc/berth/partner-ca.pem\" }\n");
  EXPECT_THAT(problems("[[trusted_service]]\nkind='spaceship'\nnetworks='10.0.0.0/8'\n"),
              ::testing::StartsWith("8:6: trusted_service.kind is \"spaceship\"; it must be "
                                    "\"vm\", \"kubernetes\", \"container-instances\""));
}

TEST(ConfigTables, ABlockWithHostBitsIsRefusedWithBothReadings) {
  const std::string start = "[[listener]]\nname='p'\naddress=':1'\n";
  const std::string both =
      " is \"10.0.0.4/8\"; write \"10.0.0.4\" for this one address, or \"10.0.0.0/8\" for the "
      "block that it lies in\n";
  EXPECT_EQ(problems(start + "proxy_protocol_from=['10.0.0.5', '10.0.0.4/8']\n"),
            "10:21: listener.p.proxy_protocol_from" + both);
  EXPECT_EQ(problems(start + "forwarded_from='10.0.0.4/8'\n"),
            "10:16: listener.p.forwarded_from" + both);
  EXPECT_EQ(problems("[[trusted_service]]\nkind='tasks'\nnetworks='10.0.0.4/8'\n"),
            "9:10: trusted_service.tasks.networks" + both);
  EXPECT_EQ(problems(start + "forwarded_from=['10.0.0.4/32', '2001:db8::1/128']\n"), "");
  EXPECT_THAT(problems(start + "forwarded_from='2001:db8::1/32'\n"),
              ::testing::HasSubstr("\"2001:db8::1\" for this one address, or \"2001:db8::/32\""));
}

// Who believes everybody is told every client's address by that client.
TEST(ConfigTables, NobodyIsBelievedFromEverywhere) {
  const std::string listener = "[[listener]]\nname='p'\naddress='127.0.0.1:1'\n";
  const std::string proxies =
      "; that is where everybody comes from, and who is believed there may claim any address: name "
      "the proxies' own addresses\n";
  const std::string services =
      "; that is where everybody comes from: name the networks of these services alone\n";
  for (const auto& [blocks, what] : std::vector<std::pair<std::string, std::string>>{
           {"['10.0.0.0/8', '0.0.0.0/0']", "\"0.0.0.0/0\""},
           {"'::/0'", "\"::/0\""},
           {"'::ffff:0:0/96'", "\"0.0.0.0/0\""},
           {"['128.0.0.0/1', '10.0.0.4', '0.0.0.0/1']", "every IPv4 address"},
           {"['0.0.0.0/2', '128.0.0.0/1', '64.0.0.0/2', '::1']", "every IPv4 address"},
           {"['0.0.0.0/1', '192.0.0.0/3', '128.0.0.0/2']", "every IPv4 address"},
           {"['8000::/1', '::/1']", "every IPv6 address"},
           {"['::/2', '8000::/1']", "every IPv6 address"},
           {"['3000::/4', '2000::/4']", "every IPv6 address"},
           {"'2000::/3'", "every IPv6 address"}}) {
    EXPECT_EQ(problems(fmt::format("{}forwarded_from={}\n", listener, blocks)),
              fmt::format("10:16: listener.p.forwarded_from is {}{}", what, proxies));
    EXPECT_EQ(problems(fmt::format("{}proxy_protocol_from={}\n", listener, blocks)),
              fmt::format("10:21: listener.p.proxy_protocol_from is {}{}", what, proxies));
    EXPECT_EQ(problems(fmt::format("[[trusted_service]]\nkind='tasks'\nnetworks={}\n", blocks)),
              fmt::format("9:10: trusted_service.tasks.networks is {}{}", what, services));
  }
  for (const std::string part : {"['0.0.0.0/1', '128.0.0.0/2', '8000::/1']",
                                 "['0.0.0.0/1', '0.0.0.0/1']", "['64.0.0.0/2', '128.0.0.0/1']",
                                 "['4000::/2', '8000::/1']", "['2000::/4', '3800::/5']", "[]"}) {
    EXPECT_EQ(problems(fmt::format("{}forwarded_from={}\n", listener, part)), "");
  }
}

TEST(ConfigTables, UnknownNamesComeWithTheNearest) {
  EXPECT_EQ(problems("[[trusted_service]]\nkind='container-instance'\nnetworks='10.0.0.0/8'\n"),
            "8:6: trusted_service.kind is \"container-instance\"; did you mean "
            "container-instances?\n");
  EXPECT_EQ(problems("[[listener]]\nname='p'\naddress=':1'\nface='data'\n"),
            "10:1: unknown key face in [[listener]]; did you mean faces?\n");
  EXPECT_EQ(problems("[[listner]]\nname='p'\n"),
            "7:1: unknown table [[listner]]; did you mean [[listener]]?\n");
  EXPECT_EQ(problems("[listener]\nname='p'\n"),
            "7:2: unknown section [listener]; write [[listener]]\n");
  EXPECT_EQ(problems("[[http]]\nlisten=':1'\n"), "7:1: unknown table [[http]]; write [http]\n");
}

TEST(ConfigTables, WhatATrustedServiceNamesIsDeclared) {
  const std::string listener =
      "[[listener]]\nname='services'\naddress=':1'\nclient_cas={ partner='p' }\n";
  EXPECT_EQ(problems(listener + "[[trusted_service]]\nkind='tasks'\n"),
            "11:1: trusted_service.tasks does not say where these services come from; name their "
            "networks, listeners or client_cas\n");
  EXPECT_EQ(problems(listener + "[[trusted_service]]\nkind='tasks'\nlisteners=['service']\n"),
            "13:11: trusted_service.tasks.listeners names service, which no [[listener]] declares; "
            "did you mean services?\n");
  EXPECT_EQ(problems(listener + "[[trusted_service]]\nkind='tasks'\nclient_cas='nobody'\n"),
            "13:12: trusted_service.tasks.client_cas names nobody, which no [[listener]] declares; "
            "name its file in client_cas of one\n");
  // Where everybody arrives is no evidence of a service.
  EXPECT_THAT(problems(listener + "[[trusted_service]]\nkind='tasks'\nlisteners='https'\n"),
              ::testing::HasSubstr("write that one, too"));
  EXPECT_EQ(problems(listener + "[[listener]]\nname='b'\naddress=':2'\nclient_cas={partner='q'}\n"),
            "14:12: listener.b.client_cas has partner = q, and another listener has p; a name "
            "stands for one file\n");
}

TEST(ConfigTables, AListenerNeedsTls) {
  const auto with = [](const std::string& head) {
    const auto loaded = load_config(
        ConfigSources{{{"f", head + "[[listener]]\nname='p'\naddress='10.0.0.1:443'\n"}}, {}, {}});
    return loaded ? std::string()
                  : loaded.error().front().where + ": " + loaded.error().front().message;
  };
  EXPECT_EQ(with(""),
            "f:1:1: listener.p needs a certificate; use --tls auto, or set tls.cert and tls.key");
  EXPECT_EQ(with("[tls]\ncert='c'\nkey='k'\n"),
            "f:4:1: listener.p is set but server.domain is not; over HTTPS registries are reached "
            "as <registry>.<domain>: set it, as in --domain registry.example.com");
  const std::string files = "[server]\ndomain='b.test'\n[tls]\ncert='c'\nkey='k'\n";
  EXPECT_EQ(with(files), "");
  const std::string automatic = "[server]\ndomain='b.test'\n[tls]\nmode='auto'\n";
  EXPECT_EQ(with(automatic + "listen=''\n"), "");
  // tls.listen is *:443 by itself then.
  EXPECT_EQ(with(automatic),
            "f:7:9: tls.listen *:443 and listener.p.address 10.0.0.1:443 are the same address; set "
            "tls.listen to its own address, or to \"\" so that only the [[listener]]s serve");
  EXPECT_EQ(with(automatic + "listen='10.0.0.2:443'\n"), "");
  EXPECT_EQ(with("[http]\nlisten=''\n" + files), "");
}

TEST(ConfigTables, OneAddressOnTwoInterfaces) {
  const std::string two =
      "[[listener]]\nname='a'\naddress=':443'\ninterface='eth0'\n"
      "[[listener]]\nname='b'\naddress=':443'\n";
  EXPECT_EQ(problems(two),
            "13:9: listener.a.address *:443 and listener.b.address *:443 are the same address; "
            "give each its own port\n");
  EXPECT_EQ(problems(two + "interface='eth1'\n"), "");
}

TEST(ConfigTables, AHeaderIsBelievedFromSomebody) {
  EXPECT_EQ(problems("[[listener]]\nname='a'\naddress=':1'\nforwarded_header='forwarded'\n"),
            "10:18: listener.a.forwarded_header is set but nobody is believed; name the proxies in "
            "listener.a.forwarded_from\n");
}

TEST(ConfigTables, AreInTheReference) {
  const std::string text = config_reference();
  EXPECT_THAT(text, ::testing::HasSubstr("### [[listener]]\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("| `name` | must be there | 1 to 32 of a-z"));
  EXPECT_THAT(text, ::testing::HasSubstr("| `client_cas` | `\"\"` | names of `client_cas`"));
}

}  // namespace
}  // namespace berth::server
