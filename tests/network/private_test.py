"""Private endpoints: their states, their ways in, and that the public rules are not asked for them."""
import ssl

import pytest

from conftest import DATA_HOST, HOST, refusal
from proxies import make_certificate
from topology import CLIENT, NAT


@pytest.fixture
def endpoint(net):
    """pe1 at 10.10.9.4 and .5, approved; public access is off."""
    made = net.endpoint("pe1")
    net.set(publicNetworkAccess="Disabled")
    return made


@pytest.mark.rows("N16", "N31")
def test_public_access_disabled_leaves_the_private_endpoint(lab, endpoint, private_zone):
    lab.pull("a")
    lab.pull("b")
    lab.refused("pub", CLIENT["pub"])


@pytest.mark.rows("N31")
def test_ip_rules_do_not_apply_to_private_endpoints(lab, net, private_zone):
    net.endpoint("pe1")
    net.rules("192.0.2.1")
    lab.pull("a")
    lab.refused("pub", CLIENT["pub"])


def test_the_public_address_stays_public_from_the_private_network(lab, endpoint):
    """No private zone: the name leads out through NAT, and there public access is off."""
    lab.refused("a", NAT["a"])


@pytest.mark.rows("N31")
def test_a_rejected_endpoint_is_refused_until_it_is_approved(lab, net, private_zone):
    """Although the public may come: who comes through an endpoint is judged by the endpoint."""
    net.endpoint("pe1")
    lab.pull("a")
    net.decide("pe1", "Rejected")
    assert "rejected" in refusal(lab.status("a", "10.10.9.4"), CLIENT["a"])["reason"]
    lab.refused("a", CLIENT["a"])
    lab.pull("pub")
    net.decide("pe1", "Approved")
    lab.pull("a")


def test_a_disconnected_endpoint_is_refused_until_it_is_made_anew(lab, net, private_zone):
    """The registry's owner took the connection away; the endpoint itself is still there."""
    net.endpoint("pe1")
    net.delete(net.connections()["pe1"]["id"])
    assert net.connections() == {}
    assert "disconnected" in refusal(lab.status("a", "10.10.9.4"), CLIENT["a"])["reason"]
    lab.refused("a", CLIENT["a"])
    lab.pull("pub")
    net.delete(net.made.pop())
    net.endpoint("pe1")
    lab.pull("a")


def test_a_pending_endpoint_is_refused_even_while_the_public_may_come(lab, net, private_zone):
    net.endpoint("pe2", "10.10.9.4", "10.10.9.5", manual=True)
    state = net.connections()["pe2"]["properties"]["privateLinkServiceConnectionState"]
    assert state["status"] == "Pending" and state["description"] == "please"
    lab.refused("a", CLIENT["a"])
    lab.pull("pub")
    net.decide("pe2", "Approved")
    lab.pull("a")


def test_an_endpoint_that_was_deleted_is_an_ordinary_address(lab, net, endpoint, private_zone):
    net.delete(net.made.pop())
    assert net.connections() == {}
    lab.refused("a", CLIENT["a"])


def test_an_endpoint_belongs_to_one_registry(lab, net, endpoint):
    lab.owner.create_registry("other", publicNetworkAccess="Disabled")
    with lab.client("a", "10.10.9.4", "other.berth.test", signed_in=False) as client:
        refusal(client.call("GET", "/v2/"), CLIENT["a"])


def test_an_address_in_use_is_not_given_to_a_second_endpoint_of_the_registry(net, endpoint):
    refused = net.try_endpoint("pe3")
    assert refused.status in (400, 409) and "10.10.9.4" in refused.error()["message"], refused


def test_a_listener_answers_only_on_its_interface(lab, endpoint, private_zone):
    """10.10.9.4 is reached through the private interface; a packet for it on the public one meets nobody."""
    lab.pull("a")
    way = "10.10.9.4/32 via 203.0.113.10"
    lab.places["router"].batch(f"route add {way}")
    try:
        with pytest.raises(OSError):
            lab.places["a"].socket("10.10.9.4", 443, 3)
    finally:
        lab.places["router"].batch(f"route del {way}")
    lab.pull("a")


@pytest.mark.rows("N16")
def test_a_listener_can_be_the_endpoint(lab, net):
    """Whatever its address: here the address behind which services come."""
    net.endpoint("pe1", "10.10.9.44", "10.10.9.44", ingress={"type": "Listener", "id": "services"})
    net.set(publicNetworkAccess="Disabled")
    with lab.private.with_records({HOST: "10.10.9.44", DATA_HOST: "10.10.9.44"}):
        lab.pull("a")
    refusal(lab.status("a", "10.10.9.4"), CLIENT["a"])


# ---- a client certificate

@pytest.fixture(scope="module")
def certificates(whole_lab):
    """A partner's certificate, and one that its owner signed himself."""
    folder = whole_lab.certificates
    partner = make_certificate(folder, "partner-client", ca="partner-ca", client=True)
    make_certificate(folder, "stranger-ca")
    return partner, make_certificate(folder, "stranger", ca="stranger-ca", client=True)


def test_a_client_certificate_can_be_the_endpoint(lab, net, certificates):
    net.endpoint("pe1", "10.10.9.54", "10.10.9.54", ingress={"type": "ClientCertificate", "id": "partner"})
    net.set(publicNetworkAccess="Disabled")
    partner, stranger = certificates
    assert lab.status("a", "10.10.9.54", certificate=partner).status == 200
    refusal(lab.status("a", "10.10.9.54"), CLIENT["a"])
    with pytest.raises((ssl.SSLError, OSError)):
        lab.status("a", "10.10.9.54", certificate=stranger)
    # Elsewhere nobody is asked for a certificate, so none counts.
    refusal(lab.status("a", "10.10.9.46", certificate=partner), CLIENT["a"])


def test_skopeo_with_a_client_certificate(lab, net, certificates):
    net.endpoint("pe1", "10.10.9.54", "10.10.9.54", ingress={"type": "ClientCertificate", "id": "partner"})
    net.set(publicNetworkAccess="Disabled")
    folder = lab.home("a")
    (folder / "client.cert").write_bytes((lab.certificates / "partner-client.crt").read_bytes())
    (folder / "client.key").write_bytes((lab.certificates / "partner-client.key").read_bytes())
    with lab.private.with_records({HOST: "10.10.9.54", DATA_HOST: "10.10.9.54"}):
        raw = ("inspect", "--raw", f"docker://{HOST}/team/app:v1")
        assert lab.skopeos["a"].run(*raw, "--cert-dir", folder)
        assert "403 (Forbidden)" in lab.skopeos["a"].fails(*raw)
