"""Service endpoints: rules for subnets of virtual networks, of this and of other subscriptions."""
import pytest

from conftest import refusal
from topology import CLIENT, NAT

LISTENER_ADDRESS = "10.10.9.46"


@pytest.mark.rows("N39", "N15")
def test_a_rule_for_the_subnet_lets_it_in_by_its_own_address(lab, net):
    net.rules("192.0.2.1")
    with lab.router.service_endpoint():
        lab.refused("b", CLIENT["b"])
        net.rules("192.0.2.1", subnets=["b"])
        lab.pull("b")
    lab.refused("b", NAT["b"])  # without the service endpoint's way it is somebody behind NAT


@pytest.mark.rows("N30", "N15")
def test_public_access_disabled_cuts_the_service_endpoint(lab, net):
    net.rules(subnets=["b"])
    with lab.router.service_endpoint():
        lab.pull("b")
        net.set(publicNetworkAccess="Disabled")
        lab.refused("b", CLIENT["b"])
        net.set(publicNetworkAccess="Enabled")
        lab.pull("b")


@pytest.mark.rows("N39")
def test_a_subnet_without_a_service_endpoint_cannot_be_named(net):
    refused = net.try_rules(subnets=["jump"])
    assert refused.status == 400, refused
    assert "Microsoft.ContainerRegistry" in refused.error()["message"]


@pytest.mark.rows("N32")
def test_a_private_endpoint_and_subnet_rules_exclude_each_other(net):
    net.endpoint("pe1")
    refused = net.try_rules(subnets=["b"])
    assert refused.status in (400, 409) and "private endpoint" in refused.error()["message"].lower(), refused
    net.reset()
    net.rules(subnets=["b"])
    refused = net.try_endpoint("pe1")
    assert refused.status in (400, 409) and "virtual network" in refused.error()["message"].lower().replace("-", " ")


@pytest.mark.rows("N40")
def test_a_rule_for_kinds_lets_in_only_those(lab, net):
    vm = lab.skopeo("b", *lab.principal("machine", "vm"))
    other = lab.skopeo("b", *lab.principal("instance", "container-instances"))
    net.rules(subnets=[{"id": net.subnet("b"), "serviceKinds": ["vm", "kubernetes"]}])
    with lab.router.service_endpoint():
        lab.pull("b", vm)
        said = lab.token_refused("b", CLIENT["b"], other)
        assert "only services of these kinds come in: vm, kubernetes" in said
        assert lab.status("b", signed_in=False).status == 401, "who did not sign in yet is asked to"


@pytest.mark.rows("N40")
def test_no_other_kind_can_be_named(net):
    refused = net.try_rules(subnets=[{"id": net.subnet("b"), "serviceKinds": ["app-service"]}])
    assert refused.status == 400 and "vm, kubernetes" in refused.error()["message"], refused


def test_a_listener_tells_subnets_with_the_same_addresses_apart(lab, net):
    """Each address is in one subnet: those with the same addresses need a listener each."""
    far = net.subnet("desks", "far")
    net.put(far.partition("/subnets/")[0], addressSpace={"addressPrefixes": ["10.10.0.0/16"]})
    desks = dict(addressPrefix="10.10.1.0/24", serviceEndpoints=[{"service": "Microsoft.ContainerRegistry"}],
                 ingress={"listener": "subnet"})
    refused = net.try_put(far, **desks)
    assert refused.status == 409 and refused.error()["code"] == "ServiceEndpointSubnetsOverlap", refused
    net.put_subnet("a", net.SUBNETS["a"], ingress={"listener": "private"})
    net.put(far, **desks)
    try:
        net.rules(subnets=[{"id": far}])
        assert lab.status("a", LISTENER_ADDRESS).status == 200
        refusal(lab.status("a", "10.10.9.14"), CLIENT["a"])
        net.rules(subnets=["a"])
        assert lab.status("a", "10.10.9.14").status == 200
        refusal(lab.status("a", LISTENER_ADDRESS), CLIENT["a"])
    finally:
        net.rules()
        net.delete(far.partition("/subnets/")[0])
        net.put_subnet("a", net.SUBNETS["a"], ingress=None)


@pytest.mark.rows("N7", "N41")
def test_a_network_of_another_subscription_needs_the_provider_registered_there(net):
    """ACR's words, and the command at the end; nothing of the change is stored."""
    net.rules("192.0.2.1")
    other = [{"id": net.other_subnet}]
    refused = net.try_rules("192.0.2.2", subnets=other)
    assert refused.status == 400, refused
    said = refused.error()["message"]
    assert said.startswith("Failed to save firewall and virtual network settings for container registry 'registry'. "
                           "Error: Could not validate network rule - The client '"), said
    assert ("does not have authorization to perform action 'Microsoft.Network/virtualNetworks/taggedTrafficConsumers/"
            "validate/action' over scope '") in said
    assert f"az provider register --namespace Microsoft.ContainerRegistry --subscription {net.OTHER[15:]}" in said
    assert [rule["value"] for rule in net.properties()["networkRuleSet"]["ipRules"]] == ["192.0.2.1"]
    net.register_other()
    try:
        assert len(net.rules("192.0.2.2", subnets=other)["virtualNetworkRules"]) == 1
    finally:
        net.register_other("unregister")


@pytest.mark.rows("N9")
def test_a_hundred_subnet_rules_and_not_one_more(lab, net):
    made = [f"many{number}" for number in range(101)]
    for number, name in enumerate(made):
        net.put_subnet(name, f"10.10.128.{number}/32")
    try:
        net.rules(subnets=made[:100])
        refused = net.try_rules(subnets=made)
        assert refused.status == 400 and "exceeds allowed quota 100" in refused.error()["message"], refused
    finally:
        net.rules()
        for name in made:
            net.delete(net.subnet(name))
