// A control plane with two virtual networks for tests: `hub` with the subnets `hosts`, a service
// endpoint, and `ends`, none. Test programs only.
#pragma once

#include "base/ascii.h"
#include "control/control_testing.h"

namespace berth::control {

class NetworkFixture : public ControlFixture {
 protected:
  NetworkFixture() {
    options_.listeners = {"private", "other"};
    options_.client_cas = {"partner"};
    options_.public_addresses = {"203.0.113.10"};
    start();
    networks_ = group_ + "/providers/Microsoft.Network/virtualNetworks/";
    endpoints_ = group_ + "/providers/Microsoft.Network/privateEndpoints/";
    registry_ = registries_ + "team1";
    ok(Method::kPut, networks_ + "hub", network("10.1.0.0/16"));
    ok(Method::kPut, networks_ + "hub/subnets/hosts", subnet("10.1.1.0/24", true));
    ok(Method::kPut, networks_ + "hub/subnets/ends", subnet("10.1.2.0/24"));
    hosts_ = networks_ + "hub/subnets/hosts";
    ends_ = networks_ + "hub/subnets/ends";
    ok(Method::kPut, registry_);
  }

  static std::string network(const std::string& prefixes, const std::string& more = "") {
    return R"({"properties":{"addressSpace":{"addressPrefixes":[")" + prefixes + R"("]})" + more +
           "}}";
  }
  // `more` begins with a comma.
  static std::string subnet(const std::string& prefix, bool service = false,
                            const std::string& more = "") {
    const std::string services =
        R"(,"serviceEndpoints":[{"service":"Microsoft.ContainerRegistry"}])";
    return R"({"properties":{"addressPrefix":")" + prefix + "\"" + (service ? services : "") +
           more + "}}";
  }
  static std::string at_listener(const std::string& listener) {
    return R"(,"ingress":{"listener":")" + listener + "\"}";
  }
  // One that is reached at `address`; `more` begins with a comma.
  std::string endpoint(const std::string& address, const std::string& more = "",
                       const std::string& list = "privateLinkServiceConnections") const {
    return R"({"properties":{"subnet":{"id":")" + ends_ + R"("},")" + list +
           R"(":[{"name":"c","properties":{"privateLinkServiceId":")" + registry_ +
           R"(","groupIds":["registry"],"requestMessage":"please"}}])" +
           (address.empty() ? "" : addresses(address)) + more + "}}";
  }
  static std::string addresses(const std::string& registry, const std::string& data = "") {
    const auto one = [](const char* member, const std::string& address) {
      return std::string(R"({"properties":{"groupId":"registry","memberName":")") + member +
             R"(","privateIPAddress":")" + address + "\"}}";
    };
    return R"(,"ipConfigurations":[)" + one("registry", registry) +
           (data.empty() ? "" : "," + one("registry_data_local", data)) + "]";
  }
  static std::string rules(const std::string& members) {
    return R"({"properties":{"networkRuleSet":{)" + members + "}}}";
  }
  json::object patch(const std::string& members) {
    return ok(Method::kPatch, registry_, rules(members));
  }
  std::string patch_refusal(const std::string& members) {
    return refusal(Method::kPatch, registry_, rules(members));
  }
  std::string subnet_rule(const std::string& more = "") const {
    return R"("virtualNetworkRules":[{"id":")" + hosts_ + "\"" + more + "}]";
  }
  std::string message(const Request& request) {
    const auto answer = ask(request);
    return answer ? "" : answer.error().message;
  }
  std::string message(Method method, const std::string& path, const std::string& body) {
    return message(request(method, path, body));
  }
  // The registry's rules as decisions see them.
  policy::NetworkRules seen(const std::string& name = "team1") {
    const auto policy = policy_of(name);
    return policy && policy->network ? policy->network->rules() : policy::NetworkRules();
  }
  // The only connection of the registry.
  json::object connection() {
    const json::object list = ok(Method::kGet, registry_ + "/privateEndpointConnections");
    const json::array& all = list.at("value").as_array();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? json::object() : all[0].as_object();
  }
  // What az sends for approve and reject.
  Request verdict(const std::string& status) {
    json::object whole = connection();
    set_path(whole, "properties.privateLinkServiceConnectionState.status", json::value(status));
    return request(Method::kPut, std::string(text_at(whole, "id")), json::serialize(whole));
  }

  std::string networks_, endpoints_, registry_, hosts_, ends_;
};

}  // namespace berth::control
