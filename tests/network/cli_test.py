"""`berth network`: each verb does what it says to real clients; a look before, and a question to who locks himself out."""
import json

import pytest

from client import InsideClient
from conftest import REGISTRY
from owner import ROLES
from topology import CLIENT, NAT

PUB = CLIENT["pub"]


@pytest.fixture
def berth(lab):
    """`berth network …` at the server, as the machine's owner; fails with everything said."""
    client = InsideClient(lab.places["reg"], lab.program, lab.home("reg"))

    def run(*words, stdin=None):
        return client.run("network", *words, "-r", REGISTRY, "--data", lab.data, stdin=stdin)

    run.client = client
    return run


@pytest.fixture(scope="module")
def remote(whole_lab):
    """berth at subnet A, signed in to the server as the subscription's owner."""
    application, secret, _ = whole_lab.owner.create_principal("remote", ROLES["Owner"])
    client = InsideClient(whole_lab.places["a"], whole_lab.program, whole_lab.home("a"))
    client.run("login", "--server", "https://management.berth.test", "--service-principal", "--username", application,
               "--password-stdin", "--ca-file", whole_lab.berth_ca, stdin=secret)
    return client


def network(client, *words):
    return client.try_run("network", *words, "-r", REGISTRY)


@pytest.mark.rows("N29")
def test_default_allow_and_deny(lab, net, berth):
    berth("default", "deny", "--yes")
    lab.refused("pub", PUB)
    berth("allow", PUB, "2001:db8:1::/64")
    lab.pull("pub")
    berth("deny", PUB)
    lab.refused("pub", PUB)
    shown = json.loads(berth("show", "--output", "json"))
    assert [rule["value"] for rule in shown["networkRuleSet"]["ipRules"]] == ["2001:db8:1::/64"]
    berth("default", "allow")
    lab.pull("pub")


def test_a_rule_that_ends_by_itself(lab, net, berth):
    berth("default", "deny", "--yes")
    berth("allow", PUB, "--for", "2h")
    lab.pull("pub")
    assert "expiresOn" in net.properties()["networkRuleSet"]["ipRules"][0]
    assert "until" in berth("show")


@pytest.mark.rows("N39")
def test_subnets(lab, net, berth):
    berth("default", "deny", "--yes")
    with lab.router.service_endpoint():
        berth("allow", "--subnet", "office/b")
        lab.pull("b")
        berth("deny", "--subnet", "office/b", "--yes")
        lab.refused("b", CLIENT["b"])


@pytest.mark.rows("N27")
def test_public_on_and_off(lab, net, berth):
    berth("public", "off", "--yes")
    lab.refused("pub", PUB)
    berth("public", "on")
    lab.pull("pub")


@pytest.mark.rows("N49")
def test_trusted_services(lab, net, berth):
    berth("trusted-services", "off", "--yes")
    assert net.properties()["networkRuleBypassOptions"] == "None"
    berth("trusted-services", "on", "--tasks", "on")
    assert net.properties()["networkRuleBypassOptions"] == "AzureServices"
    assert net.properties()["networkRuleBypassAllowedForTasks"] is True


def test_private_endpoint_from_making_to_deleting(lab, net, berth, private_zone):
    net.made.append(f"{net.network}/privateEndpoints/made")
    berth("private-endpoint", "create", "made", "--subnet", "office/endpoints", "--address", "10.10.9.4",
          "--data-address", "10.10.9.5")
    berth("public", "off", "--yes")
    lab.pull("a")
    berth("private-endpoint", "reject", "made")
    lab.refused("a", CLIENT["a"])
    berth("private-endpoint", "approve", "made")
    lab.pull("a")
    listed = json.loads(berth("private-endpoint", "list", "--output", "json"))
    assert len(listed) == 1 and "Approved" in json.dumps(listed)
    berth("private-endpoint", "delete", "made", "--yes")
    net.made.pop()
    lab.refused("a", CLIENT["a"])


def test_the_data_endpoint(lab, net, berth):
    berth("data-endpoint", "on")
    assert lab.status("pub", path=f"/v2/team/app/blobs/{lab.layer}").status == 307
    lab.pull("pub")
    berth("data-endpoint", "off")
    assert lab.status("pub", path=f"/v2/team/app/blobs/{lab.layer}").status == 200


@pytest.mark.rows("N39")
def test_networks_by_name(lab, net, berth):
    """A network and a subnet, made, named by a rule and deleted."""
    run = lambda *words: berth.client.run("network", *words, "--data", lab.data)  # noqa: E731
    run("vnet", "create", "shop", "--address-prefix", "198.51.100.0/24")
    run("subnet", "create", "shop/desks", "--prefix", "198.51.100.0/28", "--service-endpoint")
    berth("allow", "--subnet", "shop/desks", "--yes")
    berth("default", "deny", "--yes")
    lab.pull("pub")
    lab.refused("a", NAT["a"])
    berth("default", "allow")
    berth("deny", "--subnet", "shop/desks", "--yes")
    run("vnet", "delete", "shop", "--yes")
    assert "shop" not in run("vnet", "list")


# ---- looking first

@pytest.mark.rows("N29")
def test_preview_says_who_would_be_locked_out_and_is_right(lab, net, berth):
    callers = "# callers\n198.51.100.10, , team/app, pull\n198.51.100.201, , team/app, pull\n192.0.2.9\n"
    file = lab.home("reg") / "callers.txt"
    file.write_text(callers)
    net.rules(PUB, NAT["a"], default="Allow")
    seen = json.loads(berth("preview", "default", "deny", "--callers", file, "--output", "json"))
    assert [row["caller"]["address"] for row in seen["lockedOut"]] == ["192.0.2.9"]
    assert seen["lockedOut"][0]["after"]["rule"] == "no-network-rule"
    lab.pull("b")  # nothing has changed yet
    berth("default", "deny", "--yes")
    lab.pull("pub")
    lab.pull("a")
    lab.refused("b", NAT["b"])


@pytest.mark.rows("N29")
def test_who_would_lock_himself_out_is_asked(lab, net, remote):
    """Without a terminal nobody can say yes, so nothing happens."""
    lab.pull("a")
    done = network(remote, "default", "deny")
    said = done.stdout + done.stderr
    assert done.returncode != 0 and f"your address is seen as {NAT['a']}" in said, said
    assert f"berth network allow {NAT['a']} -r {REGISTRY}" in said
    assert net.properties()["networkRuleSet"]["defaultAction"] == "Allow"
    assert network(remote, "allow", NAT["a"]).returncode == 0
    done = network(remote, "default", "deny")
    assert done.returncode == 0, done
    lab.pull("a")
    lab.refused("pub", PUB)
    done = network(remote, "public", "off")
    assert done.returncode != 0 and NAT["a"] in done.stdout + done.stderr, done
    assert network(remote, "public", "off", "--yes").returncode == 0
    lab.refused("a", NAT["a"])
    # The control plane stays open, so the way back does, too.
    assert network(remote, "public", "on").returncode == 0
    lab.pull("a")


@pytest.mark.rows("N29")
def test_preview_includes_the_caller(lab, net, remote):
    done = network(remote, "preview", "default", "deny", "--output", "json")
    assert done.returncode == 0, done
    mine = [row for row in json.loads(done.stdout)["lockedOut"] if row["self"]]
    assert [row["caller"]["address"] for row in mine] == [NAT["a"]]


@pytest.mark.rows("N48")
def test_the_blunt_cure_says_what_it_opens_and_what_would_do(lab, net, berth):
    net.rules("192.0.2.1")
    done = berth.client.try_run("network", "default", "allow", "-r", REGISTRY, "--data", lab.data)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "every address" in said and "berth network allow" in said, said
    assert "trusted-services" in said


@pytest.mark.rows("N14", "N27")
def test_can_i_says_the_rule_and_the_cure(lab, net):
    net.rules("192.0.2.1")
    words = ("can-i", "pull", "team/app:v1", "--from", PUB, "-r", REGISTRY, "--data", lab.data)
    done = lab.places["reg"].try_run(lab.program, *words)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "no-network-rule" in said and PUB in said, said
    lab.refused("pub", PUB)
    net.rules(PUB)
    assert lab.places["reg"].try_run(lab.program, *words).returncode == 0
    lab.pull("pub")
