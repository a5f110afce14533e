"""Dedicated data endpoints: signed links, what they are good for, and what happens when the data host is not reached."""
import hashlib
import time

import pytest

from conftest import DATA_HOST, HOST, IMAGE, refusal
from https import split
from topology import CLIENT, NAT, PUBLIC_DATA

BLOB = "/v2/team/app/blobs/{}"


@pytest.fixture
def data(net):
    net.set(dataEndpointEnabled=True)


def link_of(lab, place="pub", **more):
    """The target of the redirect for the layer: host, path and query."""
    answer = lab.status(place, path=BLOB.format(lab.layer), **more)
    assert answer.status == 307, answer
    return split(answer.header("Location"))


def fetch(lab, target, place="pub", address=PUBLIC_DATA, host=DATA_HOST, method="GET", **headers):
    with lab.client(place, address, host, signed_in=False) as client:
        return client.call(method, target, headers=headers)


def change(target, name, value):
    path, _, query = target.partition("?")
    pairs = [pair.split("=", 1) for pair in query.split("&")]
    return path + "?" + "&".join(f"{key}={value if key == name else old}" for key, old in pairs)


def denied_as_link(answer, words):
    assert answer.status == 403 and answer.codes() == ["DENIED"] and words in answer.messages(), answer
    assert "Ask the login server" in answer.messages()


@pytest.mark.rows("N22")
def test_off_by_default_and_blobs_come_from_the_login_server(lab, net):
    shown = net.properties()
    assert shown["dataEndpointEnabled"] is False and shown["dataEndpointHostNames"] == []
    answer = lab.status("pub", path=BLOB.format(lab.layer))
    assert answer.status == 200 and "sha256:" + hashlib.sha256(answer.body).hexdigest() == lab.layer


@pytest.mark.rows("N22")
def test_on_blobs_come_from_the_data_host_by_a_signed_link(lab, net, data):
    assert net.properties()["dataEndpointHostNames"] == [DATA_HOST]
    host, target = link_of(lab)
    assert host == DATA_HOST and target.startswith(BLOB.format(lab.layer) + "?se=")
    whole = fetch(lab, target)
    assert whole.status == 200 and "sha256:" + hashlib.sha256(whole.body).hexdigest() == lab.layer
    assert fetch(lab, target, method="HEAD").header("Content-Length") == str(len(whole.body))
    part = fetch(lab, target, Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])
    lab.pull("pub")


def test_head_and_uploads_stay_at_the_login_server(lab, data):
    with lab.client("pub") as client:
        assert client.call("HEAD", BLOB.format(lab.layer)).status == 200
        client.push_blob("team/app", b"an upload")


def test_a_private_endpoint_turns_the_data_endpoint_on(lab, net, private_zone):
    net.endpoint("pe1")
    assert net.properties()["dataEndpointHostNames"] == [DATA_HOST]
    host, _ = link_of(lab, "a", address="10.10.9.4")
    assert host == DATA_HOST
    lab.pull("a")


def test_a_forwarded_credential_is_ignored(lab, data):
    _, target = link_of(lab)
    assert fetch(lab, target, Authorization="Basic bm9ib2R5Om5vdGhpbmc=").status == 200
    assert fetch(lab, target, Authorization="Bearer forged").status == 200
    unsigned = target.partition("?")[0]
    denied_as_link(fetch(lab, unsigned, Authorization=lab.owner.basic("registry")), "signed links")


def test_the_data_host_serves_nothing_else(lab, data):
    _, target = link_of(lab)
    for path in ("/v2/", "/v2/team/app/manifests/v1", "/v2/team/app/tags/list", "/oauth2/token", "/"):
        assert fetch(lab, path).status == 404, path
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        assert fetch(lab, target, method=method).status == 405, method


def test_links_that_were_changed_are_refused(lab, data):
    _, target = link_of(lab)
    for name, value in (("sig", "A" * 43), ("se", "4000000000"), ("se", "1"), ("sp", "rw"), ("spr", "http"),
                        ("regid", "b3RoZXI")):
        denied_as_link(fetch(lab, change(target, name, value)), "This link")
    for more in ("&pe=L3N1YnNjcmlwdGlvbnM", "&sk=scanner", "&x=1"):
        denied_as_link(fetch(lab, target + more), "was changed")
    denied_as_link(fetch(lab, target.partition("&sig=")[0]), "was changed")


def test_a_link_is_for_one_blob_of_one_repository(lab, data):
    _, target = link_of(lab)
    config = lab.layout.image["digest"]
    denied_as_link(fetch(lab, target.replace(lab.layer, config)), "was changed")
    denied_as_link(fetch(lab, target.replace("/team/app/", "/team/other/")), "was changed")


def test_a_link_is_for_one_registry(lab, net, data):
    lab.owner.create_registry("linked", dataEndpointEnabled=True)
    _, target = link_of(lab)
    denied_as_link(fetch(lab, target, host="linked.local.data.berth.test"), "another registry")


@pytest.mark.rows("N14")
def test_the_network_rules_hold_for_links(lab, net, data):
    net.rules(CLIENT["pub"])
    _, target = link_of(lab)
    assert fetch(lab, target).status == 200
    refusal(fetch(lab, target, "a"), NAT["a"])
    net.rules()
    refusal(fetch(lab, target), CLIENT["pub"])
    net.set(publicNetworkAccess="Disabled")
    refusal(fetch(lab, target), CLIENT["pub"])


def test_a_link_of_a_private_endpoint_is_good_through_that_endpoint_only(lab, net):
    net.endpoint("pe1")
    _, target = link_of(lab, "a", address="10.10.9.4")
    assert fetch(lab, target, "a", "10.10.9.5").status == 200
    mark = lab.server.mark()
    assert fetch(lab, target).status == 403
    assert [line["rule"] for line in lab.server.lines_since(mark) if line.get("rule")] == ["data-link-other-way"]


# ---- listeners for some faces

@pytest.mark.rows("N22")
def test_data_allowed_and_rest_blocked(lab, data):
    """10.10.9.24 serves the data face alone: a link works there, signing in does not."""
    _, target = link_of(lab)
    assert fetch(lab, target, "a", "10.10.9.24").status == 200
    with lab.private.with_records({HOST: "10.10.9.24", DATA_HOST: "10.10.9.24"}):
        assert lab.skopeos["a"].fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("a"))
    assert lab.status("a", "10.10.9.24").status in (404, 421)


@pytest.mark.rows("N22")
def test_rest_allowed_and_data_blocked(lab, data):
    """10.10.9.25 serves the registry face alone: manifests come, layers do not."""
    with lab.private.with_records({HOST: "10.10.9.25", DATA_HOST: "10.10.9.25"}):
        assert lab.skopeos["a"].run("inspect", "--raw", f"docker://{HOST}/{IMAGE}")
        assert lab.skopeos["a"].fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("a"))
    with lab.private.with_records({HOST: "10.10.9.25", DATA_HOST: "10.10.9.24"}):
        lab.pull("a")


# ---- the data host is not reached

PATIENCE = 5.5  # seconds after which a link that was not used counts as not reached, and a bit


def unreached(lab, mark):
    return [line for line in lab.server.lines_since(mark) if line.get("event") == "data endpoint not reached"]


def twice(call):
    first = call()
    time.sleep(PATIENCE)
    return [first, call()]


@pytest.mark.rows("N37", "N34")
def test_without_the_data_record_login_works_and_layers_do_not_come(lab, net):
    """The evidence is in the log once the client asks for the same blob again."""
    net.endpoint("pe1")
    net.set(publicNetworkAccess="Disabled")
    mark = lab.server.mark()
    skopeo = lab.skopeo("a")
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: None}):
        skopeo.run("login", "--username", "00000000-0000-0000-0000-000000000000", "--password-stdin", HOST,
                   stdin=lab.owner.token("registry"))
        assert skopeo.run("inspect", "--raw", f"docker://{HOST}/{IMAGE}")
        for said in twice(lambda: skopeo.fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("a"))):
            assert f"lookup {DATA_HOST}" in said and "no such host" in said, said
    seen = unreached(lab, mark)
    assert seen and {line["dataHost"] for line in seen} == {DATA_HOST}
    assert {(line["client"], line["servedInPlace"]) for line in seen} == {(CLIENT["a"], False)}
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: "10.10.9.5"}):
        lab.pull("a")


@pytest.mark.rows("N37")
def test_a_data_record_that_leads_elsewhere_is_said_so(lab, net):
    """The record is missing from the private zone alone, so that the name leads out to the public address."""
    net.endpoint("pe1")
    mark = lab.server.mark()
    with lab.private.with_records({HOST: "10.10.9.4"}):
        said = lab.skopeos["a"].fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("a"))
    assert "denied" in said or "403" in said, said
    rules = {line.get("rule") for line in lab.server.lines_since(mark)}
    assert "data-link-other-way" in rules


def test_a_firewall_that_blocks_the_data_host_leaves_the_same_evidence(lab, data):
    mark = lab.server.mark()
    with lab.router.blocked("198.51.100.10", PUBLIC_DATA):
        for said in twice(lambda: lab.skopeos["pub"].fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("pub"))):
            assert "connection refused" in said, said
    assert unreached(lab, mark)
    lab.pull("pub")


def test_with_data_fallback_a_later_request_is_served_in_place(lab, net):
    net.set(dataEndpointEnabled=True)
    with lab.with_server(data_fallback="retry"), lab.router.blocked("198.51.100.10", PUBLIC_DATA):
        mark = lab.server.mark()
        with lab.client("pub") as client:
            answers = twice(lambda: client.call("GET", BLOB.format(lab.layer)))
            assert [each.status for each in answers] == [307, 200]
        assert [line["servedInPlace"] for line in unreached(lab, mark)] == [True]
        for _ in range(10):  # a client asks for several layers at a time, and gives up at the first that fails
            target = lab.target("pub")
            if lab.skopeos["pub"].try_run("copy", f"docker://{HOST}/{IMAGE}", target).returncode == 0:
                break
            time.sleep(PATIENCE)
        else:
            pytest.fail("no pull came through")
