"""Public access: open by default, then selected networks; limits, blocks, IPv6, ends of rules, open connections."""
import time

import pytest

from conftest import HOST, refusal
from resources import in_seconds
from topology import CLIENT, CLIENT6, NAT, PUBLIC6

PUB = CLIENT["pub"]


@pytest.mark.rows("N28", "N27")
@pytest.mark.parametrize("place", ["pub", "a", "b", "services"])
def test_open_to_all_networks_by_default(lab, net, place):
    shown = net.properties()
    assert shown["publicNetworkAccess"] == "Enabled" and shown["networkRuleSet"]["defaultAction"] == "Allow"
    lab.pull(place)


@pytest.mark.rows("N14", "N27", "N29")
def test_selected_networks_refuse_who_is_not_named_until_he_is(lab, net):
    net.rules("192.0.2.0/24")
    lab.refused("pub", PUB)
    net.rules("192.0.2.0/24", PUB)
    lab.pull("pub")
    net.rules("192.0.2.0/24")
    lab.refused("pub", PUB)


@pytest.mark.rows("N14")
def test_every_route_is_refused_before_authentication(lab, net):
    net.rules()
    for path in ("/v2/", "/v2/team/app/tags/list", "/v2/_catalog", f"/v2/team/app/blobs/{lab.layer}",
                 f"/oauth2/token?service={HOST}&scope=repository:team/app:pull", "/acr/v1/_catalog"):
        for signed_in in (True, False):
            refusal(lab.status("pub", path=path, signed_in=signed_in), PUB)
    with lab.client("pub", signed_in=False) as client:
        body = b"grant_type=refresh_token&refresh_token=x&service=" + HOST.encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for path in ("/oauth2/exchange", "/oauth2/token"):
            refusal(client.call("POST", path, body, form), PUB)
        refusal(client.call("POST", "/v2/team/app/blobs/uploads/", headers={"Content-Length": "0"}), PUB)


def test_the_log_has_the_rule_under_the_correlation_id_of_the_refusal(lab, net):
    net.rules()
    mark = lab.server.mark()
    answer = lab.status("pub")
    refusal(answer, PUB)
    correlation = answer.messages().rsplit("CorrelationId: ", 1)[1].rstrip(".")
    lines = lab.server.lines_since(mark)
    said = [line for line in lines if line.get("correlationId") == correlation and line.get("rule")]
    assert [line["rule"] for line in said] == ["no-network-rule"], lines
    assert PUB in str(said[0])


@pytest.mark.rows("N29")
@pytest.mark.parametrize("rule,stored,reaches", [
    (f"{PUB}/32", PUB, True), (PUB, PUB, True), ("198.51.100.77/24", "198.51.100.0/24", True),
    ("198.51.100.8/30", "198.51.100.8/30", True), ("198.51.100.12/30", "198.51.100.12/30", False),
    ("198.51.100.11", "198.51.100.11", False)])
def test_blocks_are_stored_without_host_bits_and_hold_what_they_say(lab, net, rule, stored, reaches):
    assert [each["value"] for each in net.rules(rule)["ipRules"]] == [stored]
    if reaches:
        lab.pull("pub")
    else:
        lab.refused("pub", PUB)


@pytest.mark.rows("N29")
def test_ipv6(lab, net):
    """A rule for IPv4 says nothing about IPv6, and the reverse."""
    mine = CLIENT6["pub"]
    with lab.public.with_records({HOST: PUBLIC6}):
        net.rules(PUB)
        lab.refused("pub", mine)
        net.rules("2001:db8:1::/64")
        lab.pull("pub")
        net.rules(mine)
        lab.pull("pub")
    lab.refused("pub", PUB)


@pytest.mark.rows("N29")
def test_nat_counts_with_its_own_address(lab, net):
    net.rules(CLIENT["a"], "10.10.1.0/24")
    lab.refused("a", NAT["a"])
    net.rules(NAT["a"])
    lab.pull("a")
    lab.refused("b", NAT["b"])


@pytest.mark.rows("N9", "N29")
def test_two_hundred_rules_and_not_one_more(lab, net):
    blocks = [f"192.0.2.{number}" for number in range(199)]
    net.rules(*blocks, PUB)
    lab.pull("pub")
    refused = net.try_rules(*blocks, PUB, "203.0.113.200")
    assert refused.status == 400, refused
    assert "The requested feature IP rule exceeds allowed quota 200 for the SKU Premium." in refused.error()["message"]
    lab.pull("pub")


@pytest.mark.parametrize("rule", ["198.51.100.0/33", "198.51.100", "somewhere", "2001:db8::/129", "10.0.0.1-10.0.0.9", ""])
def test_what_is_no_block_is_refused_and_changes_nothing(lab, net, rule):
    net.rules(PUB)
    refused = net.try_rules(rule)
    assert refused.status == 400 and repr(rule)[1:-1] in refused.error()["message"], refused
    lab.pull("pub")


def test_a_rule_ends_by_itself(lab, net):
    net.rules({"value": PUB, "expiresOn": in_seconds(3)})
    with lab.client("pub") as client:
        assert client.call("GET", "/v2/").status == 200
        end = time.monotonic() + 10
        while client.call("GET", "/v2/").status == 200 and time.monotonic() < end:
            time.sleep(0.1)
        refusal(client.call("GET", "/v2/"), PUB)
    net.rules({"value": PUB, "expiresOn": in_seconds(600)})
    lab.pull("pub")


@pytest.mark.rows("N29")
def test_an_open_connection_is_judged_again(lab, net):
    with lab.client("pub") as client:
        assert client.call("GET", "/v2/").status == 200
        own = client.connection.sock
        net.rules()
        refusal(client.call("GET", "/v2/"), PUB)
        net.rules(PUB)
        assert client.call("GET", "/v2/").status == 200
        net.set(publicNetworkAccess="Disabled")
        refusal(client.call("GET", "/v2/"), PUB)
        assert client.connection.sock is own, "all of it was one connection"


@pytest.mark.rows("N27")
def test_public_access_disabled_overrides_the_rules(lab, net):
    net.rules(PUB)
    net.set(publicNetworkAccess="Disabled")
    lab.refused("pub", PUB)
    net.set(publicNetworkAccess="Enabled")
    lab.pull("pub")


def test_another_registry_has_its_own_rules(lab, net):
    lab.owner.create_registry("neighbour")
    net.rules()
    with lab.client("pub", host="neighbour.berth.test", signed_in=False) as client:
        assert client.call("GET", "/v2/").status == 401
    refusal(lab.status("pub"), PUB)


def test_the_control_plane_is_not_behind_the_rules(lab, net):
    """So nobody locks himself out of the cure."""
    net.set(publicNetworkAccess="Disabled")
    with lab.client("pub", host="management.berth.test", signed_in=False) as client:
        assert client.call("GET", "/metadata/endpoints?api-version=2022-09-01").status == 200
