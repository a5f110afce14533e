// berth network endpoints and dns: whole texts, as other programs read them.
#include <boost/json/serialize.hpp>

#include "cli/fake_server_testing.h"
#include "cli/firewall_formats.h"
#include "cli/zone_formats.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAsked = "POST " + kRegistryId + "/listEndpoints";
const std::string kNetworks = kGroupId + "/providers/Microsoft.Network/";
const std::string kDesks = kNetworks + "virtualNetworks/office/subnets/desks";

std::string private_at(const std::string& address, const std::string& endpoint,
                       const std::string& subnet) {
  return R"({"address":")" + address + R"(","privateEndpoint":")" + kNetworks +
         "privateEndpoints/" + endpoint + R"(","subnet":")" + subnet + "\"}";
}

// The endpoint pe1, and `more` endpoints of the login server.
std::string places_json(const std::string& addresses, const std::string& more = "") {
  return R"({"value":[{"face":"registry","host":"team1.example.com","port":443,"addresses":[)" +
         addresses + R"(],"privateAddresses":[)" + private_at("10.10.9.4", "pe1", kDesks) + more +
         R"(]},{"face":"data","host":"team1.local.data.example.com","port":443,"addresses":[)" +
         addresses + R"(],"privateAddresses":[)" + private_at("10.10.9.5", "pe1", kDesks) + "," +
         private_at("fd00::5", "pe1", kDesks) +
         R"(]},{"face":"login","host":"login.example.com","port":8443,"addresses":[)" + addresses +
         R"(],"privateAddresses":[]}]})";
}
constexpr const char* kPublic = R"("203.0.113.10","2001:db8::10")";

class NetworkFormatsTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
            R"({"value":[{"id":")" + kRegistryId + R"(","name":"team1"}]})");
    api_.on("GET " + kRegistryId, R"({"name":"team1","location":"local"})");
    api_.on(kAsked, places_json(kPublic));
  }
  std::string endpoints(std::vector<std::string> words, const World& world = {}) {
    words.insert(words.begin(), {"network", "endpoints"});
    const Call done = berth(words, world);
    EXPECT_EQ(done.code, kGood) << done.err;
    return done.out;
  }
  std::string dns(const std::string& format) {
    const Call done = berth({"network", "dns", "--format", format});
    EXPECT_EQ(done.code, kGood) << done.err;
    return done.out;
  }
};

TEST_F(NetworkFormatsTest, EndpointsAsATable) {
  EXPECT_EQ(
      endpoints({}),
      "HOST                          PORT  ADDRESSES                  PRIVATE            FOR\n"
      "team1.example.com             443   203.0.113.10,2001:db8::10  10.10.9.4          "
      "sign-in, manifests, pushes\n"
      "team1.local.data.example.com  443   203.0.113.10,2001:db8::10  10.10.9.5,fd00::5  "
      "layers\n"
      "login.example.com             8443  203.0.113.10,2001:db8::10                     "
      "az, berth\n");
  EXPECT_EQ(json(endpoints({"-o", "json"})).at(1).at("face"), "data");
}

std::string looked_up_line(const std::string& label) {
  return "# the addresses of " + label +
         ".example.com were looked up here; the server does not say them, and others may get "
         "other answers\n";
}

TEST_F(NetworkFormatsTest, AddressesThatTheServerDoesNotSayAreLookedUp) {
  api_.on(kAsked, places_json(""));
  EXPECT_EQ(endpoints({"--format", "hosts"}, {"", false, true, {"192.0.2.1"}}),
            looked_up_line("team1") + "192.0.2.1 team1.example.com\n" +
                looked_up_line("team1.local.data") + "192.0.2.1 team1.local.data.example.com\n" +
                looked_up_line("login") + "192.0.2.1 login.example.com\n");
  EXPECT_THAT(endpoints({}, {"", false, true, {"192.0.2.1"}}),
              AllOf(HasSubstr("NOTE"), HasSubstr("looked up here")));
  EXPECT_THAT(endpoints({"--format", "nftables"}, {"", false, true, {"192.0.2.1"}}),
              HasSubstr(looked_up_line("team1")));
  // Its private address is none for everybody.
  EXPECT_THAT(endpoints({"--format", "hosts"}, {"", false, true, {"10.10.9.4"}}),
              Not(HasSubstr("10.10.9.4 team1.example.com")));
  EXPECT_THAT(berth({"network", "endpoints"}).err,
              AllOf(HasSubstr("at which address team1.example.com is"),
                    HasSubstr("network.public_addresses")));
}

TEST_F(NetworkFormatsTest, WithoutPublicAccessThePrivateAddressesAreMeant) {
  api_.on("GET " + kRegistryId,
          R"({"name":"team1","location":"local","properties":{"publicNetworkAccess":"Disabled"}})");
  api_.on(kAsked, places_json(""));
  for (const char* format : {"table", "json", "nftables", "squid", "hosts"}) {
    const Call done = berth({"network", "endpoints", "--format", format});
    EXPECT_EQ(done.code, kGood) << done.err;
    EXPECT_THAT(done.err,
                AllOf(HasSubstr("note: public access is off: clients reach team1 by its private "
                                "endpoints only\nhint: berth network endpoints --private -r team1 "
                                "gives their addresses\n"),
                      Not(HasSubstr("at which address team1.")),
                      HasSubstr("at which address login.example.com is")));
  }
  EXPECT_EQ(berth({"network", "endpoints", "--private"}).err, "");
}

TEST_F(NetworkFormatsTest, NamesThatLeadToPrivateAddressesOnly) {
  api_.on(kAsked, places_json(""));
  const Call done = berth({"network", "endpoints"}, {"", false, true, {"10.10.9.4"}});
  EXPECT_THAT(done.err, AllOf(HasSubstr("team1.example.com leads to its private endpoint here"),
                              HasSubstr("berth network endpoints --private -r team1 gives"),
                              Not(HasSubstr("public access is off"))));
}

TEST_F(NetworkFormatsTest, HostsAreAskedForElsewhere) {
  const Call done = berth({"network", "dns", "--format", "hosts"});
  EXPECT_EQ(done.code, kUsage);
  EXPECT_THAT(done.err, HasSubstr("; for hosts it is berth network endpoints --format hosts "
                                  "--private"));
}

TEST_F(NetworkFormatsTest, EndpointsAsHostsFile) {
  EXPECT_EQ(endpoints({"--format", "hosts", "--private"}),
            "10.10.9.4 team1.example.com\n10.10.9.5 team1.local.data.example.com\n"
            "fd00::5 team1.local.data.example.com\n");
}

TEST_F(NetworkFormatsTest, OfPrivateAddressesOnlyServiceTagsNeedTheRegistry) {
  for (const char* format : {"table", "nftables", "squid", "hosts"}) {
    endpoints({"--private", "--format", format});
  }
  EXPECT_THAT(api_.lines(), Not(Contains("GET " + kRegistryId)));
  EXPECT_THAT(endpoints({"--private", "--format", "json"}), HasSubstr("Berth.local"));
}

TEST_F(NetworkFormatsTest, EndpointsAsServiceTags) {
  const auto tags = json(endpoints({"--format", "json"}));
  const auto& number = tags.at("changeNumber");
  EXPECT_EQ(tags, json(R"({"changeNumber":)" + boost::json::serialize(number) +
                       R"(,"cloud":"Berth","values":[{"name":"Berth.local","id":"Berth.local",
                       "properties":{"changeNumber":)" +
                       boost::json::serialize(number) +
                       R"(,"region":"local","platform":"Berth",
                       "systemService":"BerthContainerRegistry",
                       "addressPrefixes":["203.0.113.10/32","2001:db8::10/128"]}}]})"));
  EXPECT_EQ(json(endpoints({"--format", "json"})).at("changeNumber"), number);
  api_.on(kAsked, places_json(R"("203.0.113.11")"));
  EXPECT_NE(json(endpoints({"--format", "json"})).at("changeNumber"), number);
}

TEST_F(NetworkFormatsTest, EndpointsForNftables) {
  EXPECT_EQ(endpoints({"--format", "nftables"}),
            "#!/usr/sbin/nft -f\n"
            "# What clients of the registry team1 must reach:\n"
            "#   team1.example.com:443\n"
            "#   team1.local.data.example.com:443\n"
            "#   login.example.com:8443\n"
            "# Load it before the rules that use it; in their chains, output or forward, say: jump "
            "berth_team1\n"
            "table inet filter {\n"
            "\tset berth_team1_v4 { type ipv4_addr . inet_service; flags interval; }\n"
            "\tset berth_team1_v6 { type ipv6_addr . inet_service; flags interval; }\n"
            "\tchain berth_team1 { }\n"
            "}\n"
            "flush set inet filter berth_team1_v4\n"
            "flush set inet filter berth_team1_v6\n"
            "flush chain inet filter berth_team1\n"
            "add element inet filter berth_team1_v4 { 203.0.113.10 . 443, 203.0.113.10 . 8443 }\n"
            "add element inet filter berth_team1_v6 { 2001:db8::10 . 443, 2001:db8::10 . 8443 }\n"
            "add rule inet filter berth_team1 ip daddr . tcp dport @berth_team1_v4 accept\n"
            "add rule inet filter berth_team1 ip6 daddr . tcp dport @berth_team1_v6 accept\n");
}

TEST_F(NetworkFormatsTest, EndpointsForSquid) {
  EXPECT_EQ(endpoints({"--format", "squid"}),
            "# What clients of the registry team1 must reach. Before the rules that deny.\n"
            "acl berth_team1 dstdomain team1.example.com\n"
            "acl berth_team1 dstdomain team1.local.data.example.com\n"
            "acl berth_team1 dstdomain login.example.com\n"
            "acl berth_team1_ports port 443 8443\n"
            "acl berth_team1_connect method CONNECT\n"
            "http_access allow berth_team1_connect berth_team1 berth_team1_ports\n");
}

TEST_F(NetworkFormatsTest, AHostThatCanBeNoneIsNotWritten) {
  api_.on(kAsked, R"({"value":[{"face":"registry","host":"a\nserver=1.2.3.4","addresses":[]}]})");
  EXPECT_EQ(berth({"network", "endpoints", "--format", "hosts"}).code, kCannot);
}

TEST_F(NetworkFormatsTest, RecordsForDnsmasq) {
  EXPECT_EQ(dns("dnsmasq"),
            "# A file for /etc/dnsmasq.d\n"
            "local=/team1.example.com/\n"
            "host-record=team1.example.com,10.10.9.4\n"
            "local=/team1.local.data.example.com/\n"
            "host-record=team1.local.data.example.com,10.10.9.5,fd00::5\n");
}

TEST_F(NetworkFormatsTest, RecordsForBind) {
  std::string text = dns("bind");
  const std::size_t serial = text.find("root.localhost. ") + 16;
  ASSERT_GT(std::stoul(text.substr(serial)), 1'700'000'000u);
  text.replace(serial, 10, "N");
  EXPECT_EQ(text,
            "; /etc/bind/db.berth.rpz: answers for these names instead of what the world says. In\n"
            "; named.conf:\n"
            ";   options { response-policy { zone \"berth.rpz\"; } qname-wait-recurse no; };\n"
            ";   zone \"berth.rpz\" { type primary; file \"/etc/bind/db.berth.rpz\"; };\n"
            "$ORIGIN berth.rpz.\n"
            "$TTL 300\n"
            "@ SOA localhost. root.localhost. N 3600 600 86400 300\n"
            "@ NS localhost.\n"
            "team1.example.com A 10.10.9.4\n"
            "team1.local.data.example.com A 10.10.9.5\n"
            "team1.local.data.example.com AAAA fd00::5\n");
}

TEST_F(NetworkFormatsTest, RecordsForCoreDns) {
  EXPECT_EQ(dns("coredns"),
            "# A server block for the Corefile\n"
            "team1.example.com team1.local.data.example.com {\n"
            "    hosts {\n"
            "        10.10.9.4 team1.example.com\n"
            "        10.10.9.5 team1.local.data.example.com\n"
            "        fd00::5 team1.local.data.example.com\n"
            "        ttl 300\n"
            "        no_reverse\n"
            "    }\n"
            "    errors\n"
            "}\n");
}

TEST_F(NetworkFormatsTest, RecordsForAzure) {
  EXPECT_EQ(
      dns("azure"),
      "# A zone for each name, so that no other name of the domain is hidden. First say where:\n"
      "GROUP=default\n"
      "NETWORK=office\n"
      "az network private-dns zone create -g \"$GROUP\" -n team1.example.com\n"
      "az network private-dns record-set a add-record -g \"$GROUP\" -z team1.example.com -n @ -a "
      "10.10.9.4\n"
      "az network private-dns link vnet create -g \"$GROUP\" -z team1.example.com -n berth -v "
      "\"$NETWORK\" -e false\n"
      "az network private-dns zone create -g \"$GROUP\" -n team1.local.data.example.com\n"
      "az network private-dns record-set a add-record -g \"$GROUP\" -z "
      "team1.local.data.example.com -n @ -a 10.10.9.5\n"
      "az network private-dns record-set aaaa add-record -g \"$GROUP\" -z "
      "team1.local.data.example.com -n @ -a fd00::5\n"
      "az network private-dns link vnet create -g \"$GROUP\" -z team1.local.data.example.com -n "
      "berth -v \"$NETWORK\" -e false\n");
}

TEST_F(NetworkFormatsTest, OneEndpointIsMeant) {
  const std::string other = kNetworks + "virtualNetworks/lab/subnets/bench";
  api_.on(kAsked, places_json(kPublic, "," + private_at("10.20.0.4", "pe2", other)));
  const Call which = berth({"network", "dns"});
  EXPECT_EQ(which.code, kUsage);
  EXPECT_THAT(which.err,
              HasSubstr("team1 has 2 private endpoints; say which with --endpoint: pe1, pe2"));
  const Call one = berth({"network", "dns", "--subnet", "lab/bench"});
  EXPECT_THAT(one.out, AllOf(HasSubstr("10.20.0.4"), Not(HasSubstr("10.10.9.4"))));
  EXPECT_THAT(one.err, HasSubstr("has no address for team1.local.data.example.com"));
  EXPECT_THAT(berth({"network", "dns", "--endpoint", "pe1"}).out, HasSubstr("10.10.9.4"));
  const Call none = berth({"network", "dns", "--subnet", "lab/desk"});
  EXPECT_EQ(none.code, kCannot);
  EXPECT_THAT(none.err, HasSubstr("doesn't have private endpoints in the vnet of \"lab/desk\""));
}

TEST_F(NetworkFormatsTest, TwoEndpointsInOneSubnetAreAcrsWarning) {
  api_.on(kAsked, places_json(kPublic, "," + private_at("10.10.9.6", "pe2", kDesks)));
  const Call both = berth({"network", "dns", "--subnet", "office/desks"});
  EXPECT_EQ(both.code, kCannot);
  EXPECT_THAT(both.err,
              HasSubstr("Registry \"team1\" has more than one private endpoint in the vnet "
                        "of \"office/desks\". DNS routing will be unreliable"));
}

TEST_F(NetworkFormatsTest, AnEndpointThatIsNotThereOrHasNoAddress) {
  api_.on("GET " + kRegistryId + "/privateEndpointConnections",
          R"({"value":[{"id":"/c/1","properties":{"privateEndpoint":{"id":"/p/pe1"}}},
                       {"id":"/c/2","properties":{"privateEndpoint":{"id":"/p/pe2"},
                          "privateLinkServiceConnectionState":{"status":"Approved"}}},
                       {"id":"/c/3","properties":{"privateEndpoint":{"id":"/p/pe3"},
                          "privateLinkServiceConnectionState":{"status":"Pending"}}}]})");
  for (const char* verb : {"dns", "check-dns"}) {
    EXPECT_THAT(berth({"network", verb, "--endpoint", "pe2"}).err, HasSubstr("pe2 has no address"));
    EXPECT_THAT(berth({"network", verb, "--endpoint", "pe3"}).err,
                AllOf(HasSubstr("pe3 is Pending; only an Approved endpoint leads anywhere"),
                      HasSubstr("hint: berth network private-endpoint approve pe3")));
  }
  const Call typo = berth({"network", "endpoints", "--private", "--endpoint", "office"});
  EXPECT_EQ(typo.code, kCannot);
  EXPECT_EQ(typo.out, "");
  EXPECT_THAT(typo.err, AllOf(HasSubstr("team1 has no private endpoint office"),
                              HasSubstr("its private endpoints: pe1, pe2, pe3")));
  EXPECT_EQ(berth({"network", "endpoints", "--endpoint", "pe1"}).code, kUsage);
}

TEST_F(NetworkFormatsTest, WithoutAnEndpoint) {
  api_.on(kAsked, R"({"value":[{"face":"registry","host":"a.b","privateAddresses":[]}]})");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"network", "dns"}, {"network", "endpoints", "--private"}}) {
    EXPECT_THAT(berth(words).err,
                AllOf(HasSubstr("error: team1 has no private endpoint\n"),
                      HasSubstr("hint: berth network private-endpoint create NAME --subnet")));
  }
  EXPECT_THAT(
      berth({"network", "check-dns"}).err,
      HasSubstr("Registry \"team1\" doesn't have private endpoints to verify DNS routings."));
}

}  // namespace
}  // namespace berth::cli
