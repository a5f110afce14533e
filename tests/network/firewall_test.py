"""What a client's firewall must allow, as `berth network endpoints` prints it: enough, and nothing to spare."""
import json

import pytest

from conftest import DATA_HOST, HOST, IMAGE, REGISTRY, need, refusal
from proxies import start_squid
from topology import CLIENT, PUBLIC, PUBLIC_DATA

# Forwarding as a site with a strict firewall has it; what the printed rules do not accept is refused at once.
STRICT = """
add chain inet filter lab {{ type filter hook forward priority 10; policy drop; }}
add rule inet filter lab ct state established,related accept
add rule inet filter lab {jump}
add rule inet filter lab meta l4proto tcp reject with tcp reset
"""


def endpoints(lab, *words):
    return lab.places["reg"].berth("network", "endpoints", "-r", REGISTRY, "--data", lab.data, *words)


@pytest.fixture
def data(net):
    net.set(dataEndpointEnabled=True)


@pytest.mark.rows("N21", "N22", "N42")
def test_the_nftables_rules_are_what_a_pull_needs(lab, data):
    with lab.router.firewall(endpoints(lab, "--format", "nftables") + STRICT.format(jump="jump berth_registry")):
        lab.pull("a")
        lab.pull("pub")
        # Without the data rule: sign-in and manifests come, layers do not.
        lab.router.nft(f"delete element inet filter berth_registry_v4 {{ {PUBLIC_DATA} . 443 }}")
        assert lab.skopeos["a"].run("inspect", "--raw", f"docker://{HOST}/{IMAGE}")
        said = lab.skopeos["a"].fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("a"))
        assert f"{PUBLIC_DATA}:443: connect: connection refused" in said, said
        lab.router.nft(f"delete element inet filter berth_registry_v4 {{ {PUBLIC} . 443 }}")
        assert "connection refused" in lab.skopeos["a"].fails("inspect", "--raw", f"docker://{HOST}/{IMAGE}")
    lab.pull("a")


@pytest.mark.rows("N21", "N42")
def test_the_nftables_rules_of_a_private_endpoint(lab, net, private_zone):
    net.endpoint("pe1")
    net.set(publicNetworkAccess="Disabled")
    rules = endpoints(lab, "--private", "--format", "nftables")
    with lab.router.firewall(rules + STRICT.format(jump="jump berth_registry")):
        lab.pull("a")
        lab.router.nft("delete element inet filter berth_registry_v4 { 10.10.9.5 . 443 }")
        assert "connection refused" in lab.skopeos["a"].fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("a"))


@pytest.mark.rows("N21")
def test_the_table_names_host_port_and_addresses(lab, data):
    listed = json.loads(endpoints(lab, "--output", "json"))
    rows = {row["face"]: row for row in listed}
    assert {"registry", "data", "management", "login"} <= set(rows)
    assert rows["registry"]["host"] == HOST and rows["data"]["host"] == DATA_HOST
    for row in rows.values():
        assert row["port"] == 443 and {PUBLIC, PUBLIC_DATA} >= set(row["addresses"]) != set(), row


@pytest.mark.rows("N38")
def test_service_tags(lab, data):
    """The shape of the weekly file, so that its readers can read it."""
    tags = json.loads(endpoints(lab, "--format", "json"))
    assert tags["values"][0]["name"] == "Berth.local"
    assert tags["values"][0]["properties"]["addressPrefixes"] == [f"{PUBLIC}/32", f"{PUBLIC_DATA}/32"]
    assert tags["changeNumber"] == json.loads(endpoints(lab, "--format", "json"))["changeNumber"]


@pytest.mark.rows("N21", "N22")
def test_the_squid_acl(lab, net, data):
    need("squid")
    place = lab.places["proxy"]
    url, process = start_squid(place, 3129, endpoints(lab, "--format", "squid"))
    try:
        lab.pull("a", lab.skopeo("a", HTTPS_PROXY=url))
        done = lab.places["a"].try_run("curl", "-sS", "--proxy", url, "https://neighbour.berth.test/v2/")
        assert done.returncode != 0 and "403" in done.stderr, done
    finally:
        place.stop(process)


def test_the_hosts_lines(lab, net):
    """For one machine without a DNS of its own."""
    net.endpoint("pe1")
    net.set(publicNetworkAccess="Disabled")
    file = lab.places["a"].folder / "hosts"
    before = file.read_text()
    lab.refused("a", "198.51.100.201")
    try:
        file.write_text(before + endpoints(lab, "--private", "--format", "hosts"))
        lab.pull("a")
    finally:
        file.write_text(before)


@pytest.mark.rows("N42")
def test_the_network_of_the_client_may_be_judged_behind_its_firewall(lab, net, data):
    """An open firewall is not yet a rule of the registry."""
    net.rules()
    with lab.router.firewall(endpoints(lab, "--format", "nftables") + STRICT.format(jump="jump berth_registry")):
        refusal(lab.status("pub"), CLIENT["pub"])
