"""The Azure CLI, Debian's and the newest: network rules, private endpoint connections, data endpoints, check-health."""
import pytest

from azcli import Az
from berth import ROOT
from conftest import DATA_HOST, HOST, REGISTRY, need
from owner import ROLES
from topology import CLIENT

NEWEST = ROOT / "build" / "test-cache" / "azure-cli"
RULE = ("acr", "network-rule")
CONNECTION = ("acr", "private-endpoint-connection")


def program(which):
    if which == "debian":
        return need("az")
    if not (NEWEST / ".complete").exists():
        pytest.skip("the newest azure-cli is not to be had from PyPI (tests/clients/get-packages)")
    return str(NEWEST / "bin" / "az")


@pytest.fixture(scope="module", params=("debian", "newest"))
def az(request, whole_lab):
    """Signed in at subnet A as the subscription's owner; its names are the private view's."""
    path = program(request.param)
    application, secret, object_id = whole_lab.owner.create_principal(f"robot-{request.param}", ROLES["Owner"])
    made = Az(whole_lab.places["a"], path, whole_lab.home("a"))
    whole_lab.owner.assign(object_id, ROLES["Owner"], whole_lab.net.OTHER)
    made.login(application, secret)
    made.run("account", "set", "--subscription", whole_lab.owner.info()["subscriptionId"])
    made.newest = request.param == "newest"
    return made


@pytest.mark.rows("N9", "N29")
def test_ip_rules(az, lab, net):
    az.json("acr", "update", "-n", REGISTRY, "--default-action", "Deny")
    assert az.json(*RULE, "list", "-n", REGISTRY) == {"ipRules": [], "virtualNetworkRules": []}
    lab.refused("pub", CLIENT["pub"])
    for address in ("198.51.100.77/24", "192.0.2.7/32"):
        az.run(*RULE, "add", "-n", REGISTRY, "--ip-address", address)
    listed = az.json(*RULE, "list", "-n", REGISTRY)["ipRules"]
    assert [rule["ipAddressOrRange"] for rule in listed] == ["198.51.100.0/24", "192.0.2.7"]
    lab.pull("pub")
    az.run(*RULE, "remove", "-n", REGISTRY, "--ip-address", "198.51.100.0/24")
    lab.refused("pub", CLIENT["pub"])


@pytest.mark.rows("N9")
def test_the_two_hundred_and_first_rule(az, net):
    net.rules(*[f"192.0.2.{number}" for number in range(200)])
    said = az.fails(*RULE, "add", "-n", REGISTRY, "--ip-address", "198.51.100.10")
    assert "The requested feature IP rule exceeds allowed quota 200 for the SKU Premium." in said, said


def test_a_rule_with_an_end_survives_the_client_that_does_not_know_it(az, net):
    net.rules({"value": "192.0.2.7", "expiresOn": "2040-01-01T00:00:00Z"})
    az.run(*RULE, "add", "-n", REGISTRY, "--ip-address", "192.0.2.8")
    assert [(rule["value"], rule.get("expiresOn")) for rule in net.properties()["networkRuleSet"]["ipRules"]] == [
        ("192.0.2.7", "2040-01-01T00:00:00Z"), ("192.0.2.8", None)]


@pytest.mark.rows("N39")
def test_subnet_rules(az, lab, net):
    net.rules("192.0.2.1")
    az.run(*RULE, "add", "-n", REGISTRY, "--subnet", net.subnet("b"))
    listed = az.json(*RULE, "list", "-n", REGISTRY)["virtualNetworkRules"]
    named = [(rule.get("virtualNetworkResourceId") or rule.get("id")).lower() for rule in listed]
    assert named == [net.subnet("b").lower()]
    with lab.router.service_endpoint():
        lab.pull("b")
        az.run(*RULE, "remove", "-n", REGISTRY, "--subnet", net.subnet("b"))
        lab.refused("b", CLIENT["b"])


@pytest.mark.rows("N32")
def test_a_private_endpoint_excludes_subnet_rules(az, net):
    net.endpoint("pe1")
    said = az.fails(*RULE, "add", "-n", REGISTRY, "--subnet", net.subnet("b"))
    assert "private endpoint" in said.lower(), said


@pytest.mark.rows("N7", "N41")
def test_a_network_of_another_subscription(az, net):
    """The error is ACR's, and the command that it names is the cure."""
    net.rules("192.0.2.1")
    add = (*RULE, "add", "-n", REGISTRY, "--subnet", net.other_subnet)
    assert "Failed to save firewall and virtual network settings for container registry 'registry'." in az.fails(*add)
    try:
        az.run("provider", "register", "--namespace", "Microsoft.ContainerRegistry", "--subscription", net.OTHER[15:],
               "--wait")
        az.run(*add)
    finally:
        net.rules()
        net.register_other("unregister")


@pytest.mark.rows("N49", "N22")
def test_update(az, net):
    for words, name, value in (
            (("--public-network-enabled", "false"), "publicNetworkAccess", "Disabled"),
            (("--public-network-enabled", "true"), "publicNetworkAccess", "Enabled"),
            (("--allow-trusted-services", "false"), "networkRuleBypassOptions", "None"),
            (("--allow-trusted-services", "true"), "networkRuleBypassOptions", "AzureServices"),
            (("--data-endpoint-enabled", "true"), "dataEndpointEnabled", True)):
        assert az.json("acr", "update", "-n", REGISTRY, *words)[name] == value, words
        assert net.properties()[name] == value
    shown = az.json("acr", "show-endpoints", "-n", REGISTRY)
    assert shown["loginServer"] == HOST
    assert shown["dataEndpoints"] == [{"region": "local", "endpoint": DATA_HOST}]


@pytest.mark.rows("N31")
def test_private_endpoint_connections(az, lab, net, private_zone):
    net.endpoint("pe1", manual=True)
    net.set(publicNetworkAccess="Disabled")
    lab.refused("a", CLIENT["a"])
    listed = az.json(*CONNECTION, "list", "-r", REGISTRY)
    assert [each["privateLinkServiceConnectionState"]["status"] for each in listed] == ["Pending"]
    one = ("-r", REGISTRY, "-n", listed[0]["name"])
    state = "privateLinkServiceConnectionState"
    assert az.json(*CONNECTION, "approve", *one, "--description", "welcome")[state]["status"] == "Approved"
    lab.pull("a")
    assert az.json(*CONNECTION, "show", *one)[state]["description"] == "welcome"
    assert az.json(*CONNECTION, "reject", *one)[state]["status"] == "Rejected"
    lab.refused("a", CLIENT["a"])
    az.run(*CONNECTION, "delete", *one)
    assert az.json(*CONNECTION, "list", "-r", REGISTRY) == []


def test_private_link_resources(az, net):
    listed = az.json("acr", "private-link-resource", "list", "-n", REGISTRY)
    assert [(each["groupId"], each["requiredMembers"], each["requiredZoneNames"]) for each in listed] == [
        ("registry", ["registry", "registry_data_local"], ["privatelink.berth.test"])]


@pytest.mark.rows("N14")
def test_check_health_says_forbidden(az, net):
    """A8: what az prints before it signs in. Where it leads to for more differs between versions."""
    net.rules("192.0.2.1")
    said = az.try_run("acr", "check-health", "-n", REGISTRY, "--yes", "--ignore-errors").stderr
    assert "CONNECTIVITY_FORBIDDEN_ERROR" in said and "#connectivity_forbidden_error" in said, said
    assert (f"Looks like you don't have access to registry '{HOST}'. To see configured firewall rules, run 'az acr show "
            f"--query networkRuleSet --name {REGISTRY}'.") in said, said
    said = az.fails("acr", "repository", "list", "-n", REGISTRY)
    assert "is not allowed access" in said or "don't have access to registry" in said or "403" in said, said


@pytest.mark.rows("N34", "N37")
def test_check_health_vnet(az, lab, net):
    """Only the newest CLI: Debian's is broken there."""
    if not az.newest:
        pytest.skip("az acr check-health --vnet does not work in Debian's azure-cli")
    check = ("acr", "check-health", "-n", REGISTRY, "--yes", "--ignore-errors", "--vnet",
             f"{net.network}/virtualNetworks/office")
    said = az.try_run(*check).stderr
    assert f'Registry "{REGISTRY}" doesn\'t have private endpoints to verify DNS routings.' in said, said
    net.endpoint("pe1")
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: "10.10.9.5"}):
        said = az.try_run(*check).stderr
        assert "DNS routing to private endpoint : OK" in said, said
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: "10.10.9.6"}):
        said = az.try_run(*check).stderr
        assert "through private IP is incorrect. Expect: 10.10.9.5, Actual: 10.10.9.6" in said, said
        assert "DNS routing verification failed" in said
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: None}):
        said = az.try_run(*check).stderr
        assert f"Error resolving DNS for {DATA_HOST}." in said and "DNS routing verification failed" in said, said
