// berth network private-endpoint, vnet and subnet.
#include "cli/fake_server_testing.h"

namespace berth::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kProvider = kGroupId + "/providers/Microsoft.Network/";
const std::string kNetworks = "/subscriptions/s1/providers/Microsoft.Network/virtualNetworks";
const std::string kOffice = kProvider + "virtualNetworks/office";
const std::string kPe1 = kProvider + "privateEndpoints/pe1";
const std::string kConnections = kRegistryId + "/privateEndpointConnections";
const std::string kConnection = kConnections + "/pe1.abc";
const std::string kPreview = "POST " + kRegistryId + "/previewNetwork";

std::string connection(const std::string& state) {
  return R"({"id":")" + kConnection +
         R"(","name":"pe1.abc","properties":{"privateEndpoint":{"id":")" + kPe1 +
         R"("},"links":["address:10.10.9.4"],"subnet":{"id":")" + kOffice +
         R"(/subnets/desks"},"privateLinkServiceConnectionState":{"status":")" + state +
         R"(","description":"d"}}})";
}

class PrivateEndpointTest : public LocalTest {
 protected:
  void SetUp() override {
    api_.on("GET /subscriptions/s1/providers/Microsoft.ContainerRegistry/registries",
            R"({"value":[{"id":")" + kRegistryId + R"(","name":"team1"}]})");
    api_.on("GET " + kRegistryId,
            R"({"id":")" + kRegistryId + R"(","name":"team1","location":"local","properties":
               {"publicNetworkAccess":"Disabled","networkRuleBypassOptions":"None",
                "privateEndpointConnections":[{}]}})");
    api_.on("GET " + kRegistryId + "/privateLinkResources",
            R"({"value":[{"properties":{"requiredMembers":["registry","registry_data_local"]}}]})");
    api_.on("GET " + kNetworks,
            R"({"value":[{"name":"office","id":")" + kOffice +
                R"(","properties":{"addressSpace":{"addressPrefixes":["10.10.0.0/16"]},"subnets":[
                 {"id":")" +
                kOffice + R"(/subnets/desks","properties":{"addressPrefix":"10.10.1.0/24",
                 "serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}]}}]}}]})");
    api_.on("GET " + kConnections, R"({"value":[)" + connection("Pending") + "]}");
    api_.on("PUT " + kPe1, R"({"name":"pe1","properties":{"subnet":{"id":")" + kOffice +
                               R"(/subnets/desks"},"customDnsConfigs":[{"fqdn":"team1.example.com",
                               "ipAddresses":["10.10.9.4"]}]}})");
    api_.on("PUT " + kConnection, connection("Approved"));
    api_.on(kPreview, R"({"lockedOut":[],"letIn":[],"unchanged":1})");
    api_.on("DELETE " + kPe1, "");
    api_.on("DELETE " + kConnection, "");
  }
  void lock_out(const std::string& rule) {
    api_.on(kPreview, R"({"lockedOut":[{"caller":{"address":"10.10.9.9","identity":"root"},
        "self":true,"before":{"allowed":true,"rule":"private-endpoint","reason":""},
        "after":{"allowed":false,"rule":")" +
                          rule + R"(","reason":"x"}}],"letIn":[],"unchanged":0})");
  }
  Call endpoint(std::vector<std::string> words, const World& world = {}) {
    words.insert(words.begin(), {"network", "private-endpoint"});
    return berth(words, world);
  }
};

TEST_F(PrivateEndpointTest, CreateByAddress) {
  const Call made = endpoint({"create", "pe1", "--subnet", "office/desks", "--address", "10.10.9.4",
                              "--data-address", "10.10.9.5", "-r", "team1"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_EQ(made.out,
            "NAME           pe1\n"
            "STATE          Pending\n"
            "DESCRIPTION    d\n"
            "SUBNET         office/desks\n"
            "RECOGNISED BY  the addresses\n"
            "ADDRESSES      team1.example.com 10.10.9.4\n"
            "CONNECTION     pe1.abc\n"
            "WOULD LET IN   address:10.10.9.4\n");
  EXPECT_THAT(made.err, HasSubstr("berth network private-endpoint approve pe1 -r team1"));
  EXPECT_EQ(sent("PUT " + kPe1), json(R"({"location":"local","properties":{
    "subnet":{"id":")" + kOffice + R"(/subnets/desks"},
    "privateLinkServiceConnections":[{"name":"pe1","properties":{"privateLinkServiceId":")" +
                                      kRegistryId + R"(","groupIds":["registry"]}}],
    "ipConfigurations":[
      {"name":"registry","properties":{"groupId":"registry","memberName":"registry",
       "privateIPAddress":"10.10.9.4"}},
      {"name":"registry_data_local","properties":{"groupId":"registry",
       "memberName":"registry_data_local","privateIPAddress":"10.10.9.5"}}]}})"));
}

TEST_F(PrivateEndpointTest, CreateByALinkThatTheOwnerApproves) {
  EXPECT_EQ(endpoint({"create", "pe1", "--subnet", kOffice + "/subnets/desks", "--azure-link-id",
                      "1234", "--manual", "--description", "please"})
                .code,
            kGood);
  const auto properties = sent("PUT " + kPe1).at("properties");
  EXPECT_EQ(properties.at("ingress"), json(R"({"type":"AzurePrivateLink","id":"1234"})"));
  EXPECT_EQ(properties.at("manualPrivateLinkServiceConnections")
                .at(0)
                .at("properties")
                .at("requestMessage"),
            "please");
  EXPECT_FALSE(properties.as_object().contains("ipConfigurations"));
}

TEST_F(PrivateEndpointTest, WhoAsksTheOwnerNeedNotReadItsConnections) {
  api_.on("GET " + kConnections, R"({"error":{"code":"AuthorizationFailed","message":"no"}})", 403);
  const Call made = endpoint(
      {"create", "pe1", "--subnet", "office/desks", "--azure-link-id", "1234", "--manual"});
  EXPECT_EQ(made.code, kGood) << made.err;
  EXPECT_THAT(made.out, HasSubstr("NAME           pe1\n"));
  EXPECT_THAT(made.err, HasSubstr("waits for the registry's owner"));
}

TEST_F(PrivateEndpointTest, AnAddressOutsideItsSubnetIsNoted) {
  const auto notes = [&](const std::string& address, const std::string& data) {
    return endpoint({"create", "pe1", "--subnet", "office/desks", "--address", address,
                     "--data-address", data})
        .err;
  };
  const std::string elsewhere = "lies in none of the addresses of office/desks";
  EXPECT_THAT(notes("10.10.9.4", "10.10.9.4"), Not(HasSubstr(elsewhere)));  // nobody knows
  const std::string desks = "GET " + kOffice + "/subnets/desks";
  api_.on(desks, R"({"properties":{"addressPrefix":"10.10.1.0/24"}})");
  EXPECT_THAT(notes("10.10.9.4", "10.10.1.5"),
              HasSubstr("note: 10.10.9.4 " + elsewhere + " (10.10.1.0/24)\n"));
  EXPECT_THAT(notes("10.10.1.4", "10.10.9.5"), HasSubstr("note: 10.10.9.5 " + elsewhere));
  EXPECT_THAT(notes("10.10.1.4", "10.10.1.4"), Not(HasSubstr(elsewhere)));
  api_.on(desks, R"({"properties":{"addressPrefixes":["10.10.1.0/24","10.10.9.0/24"]}})");
  EXPECT_THAT(notes("10.10.1.4", "10.10.9.4"), Not(HasSubstr(elsewhere)));
}

TEST_F(PrivateEndpointTest, OneAddressServesAllNames) {
  EXPECT_EQ(endpoint({"create", "pe1", "--subnet", "office/desks", "--address", "10.10.9.4"}).code,
            kGood);
  const auto addresses = sent("PUT " + kPe1).at("properties").at("ipConfigurations").as_array();
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_EQ(addresses[1].at("properties").at("privateIPAddress"), "10.10.9.4");
}

TEST_F(PrivateEndpointTest, CreateNeedsOneWay) {
  const std::vector<std::string> base = {"create", "pe1", "--subnet", "office/desks"};
  for (const std::vector<std::string>& more : {std::vector<std::string>{},
                                               {"--listener", "a", "--client-ca", "b"},
                                               {"--data-address", "::1"},
                                               {"--address", "pe.example.org"},
                                               {"--address", "::1", "--data-address", "::1/64"}}) {
    auto words = base;
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(endpoint(words).code, kUsage);
  }
  EXPECT_THAT(api_.lines(), Not(Contains("PUT " + kPe1)));
}

TEST_F(PrivateEndpointTest, CreateDoesNotChangeOneThatIsThere) {
  api_.on("GET " + kPe1, "{}");
  const Call twice =
      endpoint({"create", "pe1", "--subnet", "office/desks", "--address", "10.10.9.4"});
  EXPECT_EQ(twice.code, kCannot);
  EXPECT_THAT(twice.err, HasSubstr("there is a private endpoint pe1 already"));
}

TEST_F(PrivateEndpointTest, ListAndShow) {
  EXPECT_EQ(endpoint({"list"}).out,
            "NAME  CONNECTION  STATE    DESCRIPTION  SUBNET        LETS IN\n"
            "pe1   pe1.abc     Pending  d            office/desks\n");
  for (const char* state : {"Rejected", "Disconnected", "Approved"}) {
    api_.on("GET " + kConnections, R"({"value":[)" + connection(state) + "]}");
    const bool lets_in = state == std::string("Approved");
    EXPECT_EQ(endpoint({"list"}).out.find("address:10.10.9.4") != std::string::npos, lets_in);
    EXPECT_EQ(endpoint({"show", "pe1"}).out.find("\nLETS IN ") != std::string::npos, lets_in);
    EXPECT_THAT(endpoint({"list", "-o", "json"}).out, HasSubstr("address:10.10.9.4"));
  }
  api_.on("GET " + kConnections, R"({"value":[)" + connection("Pending") + "]}");
  // Its resource is not to be seen.
  EXPECT_THAT(endpoint({"show", "pe1"}).out, HasSubstr("STATE          Pending\n"));
  api_.on("GET " + kPe1,
          R"({"properties":{"ingress":{"type":"Listener","id":"private"},"customDnsConfigs":[]}})");
  EXPECT_THAT(endpoint({"show", "pe1"}).out, HasSubstr("RECOGNISED BY  Listener private\n"));
  EXPECT_EQ(json(endpoint({"show", "PE1", "-o", "json"}).out).at("connection").at("name"),
            "pe1.abc");
}

TEST_F(PrivateEndpointTest, ApproveAndRejectByEitherName) {
  const Call approved = endpoint({"approve", "pe1"});
  EXPECT_THAT(approved.out, AllOf(HasSubstr("STATE        Approved\n"),
                                  HasSubstr("LETS IN      address:10.10.9.4\n")));
  EXPECT_THAT(approved.err, HasSubstr("who comes by address:10.10.9.4; the endpoint is said to "
                                      "stand in office/desks"));
  EXPECT_EQ(
      sent("PUT " + kConnection),
      json(R"({"properties":{"privateEndpoint":{"id":")" + kPe1 +
           R"("},"privateLinkServiceConnectionState":{"status":"Approved","description":""}}})"));
  EXPECT_EQ(endpoint({"reject", "pe1.abc", "--description", "who?"}).code, kGood);
  EXPECT_EQ(sent("PUT " + kConnection).at("properties").at("privateLinkServiceConnectionState"),
            json(R"({"status":"Rejected","description":"who?"})"));
  EXPECT_THAT(
      endpoint({"approve", "pe2"}).err,
      AllOf(HasSubstr("team1 has no private endpoint pe2"), HasSubstr("did you mean pe1?")));
}

TEST_F(PrivateEndpointTest, DeleteSaysWhatItOpens) {
  const Call no = endpoint({"delete", "pe1"}, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err, HasSubstr("does so no longer, and it opens nothing: In this order: no rule "
                                "counts, since public access is off; everybody else is refused. "
                                "Delete it? (y/N)"));
  const Call yes = endpoint({"delete", "pe1", "--yes"});
  EXPECT_EQ(yes.code, kGood) << yes.err;
  // The server takes its connection with it; who made the endpoint may have no right to do that.
  EXPECT_THAT(api_.lines(),
              AllOf(Contains("DELETE " + kPe1), Not(Contains("DELETE " + kConnection))));
}

TEST_F(PrivateEndpointTest, DeleteOfSomebodyElsesLeavesItDisconnected) {
  api_.on("DELETE " + kPe1, R"({"error":{"code":"AuthorizationFailed","message":"no"}})", 403);
  const Call done = endpoint({"delete", "pe1", "--yes"});
  EXPECT_EQ(done.code, kGood) << done.err;
  EXPECT_THAT(done.out, HasSubstr("belongs to somebody else and is Disconnected"));
  EXPECT_THAT(api_.lines(), Contains("DELETE " + kConnection));
  EXPECT_EQ(endpoint({"delete", "pe9", "--yes"}).code, kCannot);
}

TEST_F(PrivateEndpointTest, RejectingTheWayOneComesByIsAskedAbout) {
  lock_out("private-endpoint-rejected");
  EXPECT_EQ(endpoint({"reject", "pe1"}).code, kUsage);  // nobody can be asked
  const Call no = endpoint({"reject", "pe1"}, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err, AllOf(HasSubstr("note: this would lock you out: your address is seen as "
                                      "10.10.9.9 (private-endpoint-rejected)\nhint: that is the "
                                      "private endpoint that you come by"),
                            HasSubstr("Lock yourself out? (y/N)")));
  EXPECT_THAT(api_.lines(), Not(Contains("PUT " + kConnection)));
  EXPECT_EQ(sent(kPreview), json(R"({"privateEndpoints":[{"id":")" + kPe1 +
                                 R"(","state":"Rejected"}],"includeCaller":true})"));
  EXPECT_EQ(endpoint({"reject", "pe1", "--yes"}).code, kGood);
  EXPECT_THAT(api_.lines(), Contains("PUT " + kConnection));
}

TEST_F(PrivateEndpointTest, OneThatWaitsOnTheWayOneComesByIsAskedAbout) {
  lock_out("private-endpoint-pending");
  const std::vector<std::string> words = {"create",    "pe1",       "--subnet", "office/desks",
                                          "--address", "10.10.9.4", "--manual"};
  const Call no = endpoint(words, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err, HasSubstr("hint: you come by the way that it would have; without --manual"));
  EXPECT_THAT(api_.lines(), Not(Contains("PUT " + kPe1)));
  const auto asked = sent(kPreview).at("privateEndpoints").at(0);
  EXPECT_EQ(asked.at("state"), "Pending");
  EXPECT_EQ(asked.at("properties").at("ipConfigurations").as_array().size(), 2u);
  std::vector<std::string> sure = words;
  sure.emplace_back("--yes");
  EXPECT_EQ(endpoint(sure).code, kGood);
}

TEST_F(PrivateEndpointTest, DeletingTheWayOneComesBySaysSo) {
  lock_out("public-access-disabled");
  const Call no = endpoint({"delete", "pe1"}, {"n\n", true, true});
  EXPECT_EQ(no.code, kCannot);
  EXPECT_THAT(no.err, AllOf(HasSubstr("note: this would lock you out"), HasSubstr("Delete it?")));
  EXPECT_EQ(sent(kPreview).at("privateEndpoints").at(0).at("state"), "Deleted");
  // Somebody else's stays, disconnected: that is another question.
  api_.on(kPreview, R"({"lockedOut":[],"letIn":[],"unchanged":1})");
  api_.on("DELETE " + kPe1, R"({"error":{"code":"AuthorizationFailed","message":"no"}})", 403);
  EXPECT_EQ(endpoint({"delete", "pe1", "--yes"}).code, kGood);
  EXPECT_EQ(sent(kPreview).at("privateEndpoints").at(0).at("state"), "Disconnected");
}

TEST_F(PrivateEndpointTest, APreviewTellsOfOneself) {
  lock_out("private-endpoint-rejected");
  const Call shown = berth({"network", "preview", "private-endpoint", "reject", "pe1"});
  EXPECT_EQ(shown.code, kGood) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("1 locked out, 0 let in, 0 as before."));
  EXPECT_THAT(api_.lines(), Not(Contains("PUT " + kConnection)));
  EXPECT_EQ(berth({"network", "preview", "private-endpoint", "reject", "pe1", "--for", "1h"}).code,
            kUsage);
  EXPECT_THAT(berth({"network", "preview", "private-endpoint", "reject", "pe2"}).err,
              HasSubstr("did you mean pe1?"));
}

TEST_F(PrivateEndpointTest, InAnotherGroupThanTheRegistrys) {
  const std::string other =
      "/subscriptions/s1/resourceGroups/strangers/providers/"
      "Microsoft.Network/privateEndpoints/qq";
  api_.on("PUT " + other, R"({"name":"qq"})");
  const Call made = endpoint({"create", "qq", "-g", "strangers", "--subnet",
                              kOffice + "/subnets/desks", "--listener", "l1", "-r", kRegistryId});
  EXPECT_THAT(api_.lines(), Contains("PUT " + other));
  EXPECT_EQ(made.code, kGood) << made.err;
}

TEST_F(PrivateEndpointTest, NetworksAndSubnets) {
  api_.on("GET " + kGroupId, R"({"location":"local"})");
  api_.on("PUT " + kOffice, R"({"name":"office"})");
  EXPECT_EQ(berth({"network", "vnet", "create", "office", "--address-prefix", "10.10.0.0/16",
                   "fd00::/48"})
                .code,
            kGood);
  EXPECT_EQ(sent("PUT " + kOffice), json(R"({"location":"local","properties":{"addressSpace":
            {"addressPrefixes":["10.10.0.0/16","fd00::/48"]}}})"));
  EXPECT_EQ(berth({"network", "vnet", "list", "-o", "tsv"}).out, "office\tdefault\t10.10.0.0/16\n");

  const std::string floor = kOffice + "/subnets/floor";
  api_.on("PUT " + floor,
          R"({"id":")" + floor + R"(","properties":{"addressPrefix":"10.10.2.0/24"}})");
  EXPECT_EQ(
      berth({"network", "subnet", "create", "office/floor", "--prefix", "10.10.2.0/24",
             "--service-endpoint", "--listener", "l1"})
          .out,
      "NAME              office/floor\nADDRESSES         10.10.2.0/24\nSERVICE ENDPOINT  no\n");
  EXPECT_EQ(sent("PUT " + floor), json(R"({"properties":{"addressPrefix":"10.10.2.0/24",
            "serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}],
            "ingress":{"listener":"l1"}}})"));
  EXPECT_EQ(berth({"network", "subnet", "list", "office", "-o", "tsv"}).out,
            "office/desks\t10.10.1.0/24\tyes\t\n");
  const Call typo = berth({"network", "subnet", "list", "ofice"});
  EXPECT_EQ(typo.code, kCannot);
  EXPECT_EQ(typo.err, "error: there is no network ofice\nhint: did you mean office?\n");
}

TEST_F(PrivateEndpointTest, NetworksAreDeletedWhenSomebodySaysSo) {
  const std::string desks = kOffice + "/subnets/desks";
  for (const std::string& id : {kOffice, desks}) {
    api_.on("GET " + id, "{}");
    api_.on("DELETE " + id, "");
  }
  EXPECT_EQ(berth({"network", "subnet", "delete", "office/desks"}).code, kUsage);
  EXPECT_THAT(api_.lines(), Not(Contains("DELETE " + desks)));
  EXPECT_EQ(berth({"network", "subnet", "delete", "office/desks", "--yes"}).out,
            "Deleted the subnet office/desks.\n");
  EXPECT_EQ(berth({"network", "vnet", "delete", "office", "--yes"}).code, kGood);
  EXPECT_EQ(berth({"network", "vnet", "delete", "lab", "--yes"}).code, kCannot);
}

}  // namespace
}  // namespace berth::cli
