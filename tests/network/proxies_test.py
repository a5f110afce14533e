"""Proxies in front of clients and in front of the registry: whose address counts, and who is not believed."""
import contextlib
import ssl

import pytest

from conftest import DATA_HOST, HOST, denial, refusal
import relay as sender
from proxies import HTTP_FRONT, RFC7239_FRONT, TCP_FRONT, relay, tlv
from topology import CLIENT, EDGE, NAT, PUBLIC, PUBLIC_DATA

PUB = CLIENT["pub"]
SQUID_NAT, JUMP_NAT = NAT["proxy"], NAT["jump"]
PROXIED = "10.10.9.34"  # the listener that takes PROXY headers, from the place `edge` alone
LINK = "203.0.113.140"  # where the sender of cloud headers listens


# ---- in front of clients

@pytest.mark.rows("N5", "N14")
def test_behind_a_forward_proxy_its_address_counts(lab, net):
    skopeo = lab.skopeo("a", HTTPS_PROXY=lab.proxy_url())
    lab.pull("a", skopeo)
    net.rules(NAT["a"], CLIENT["a"])
    lab.refused("a", SQUID_NAT, skopeo)
    net.rules(SQUID_NAT)
    lab.pull("a", skopeo)
    lab.refused("a", NAT["a"])


@pytest.mark.rows("N5")
def test_the_refusal_says_that_a_proxy_counts_with_its_own_address(lab, net):
    net.rules()
    status, body = lab.places["a"].curl("--proxy", lab.proxy_url(), f"https://{HOST}/v2/")
    assert status == 403 and denial(SQUID_NAT) in body and "proxy" in body.split("detail")[1], body


@pytest.mark.rows("N33")
def test_behind_a_jump_host_its_address_counts(lab, net):
    net.rules(NAT["a"], CLIENT["a"])
    with (relay(lab.places["jump"], "10.10.4.10", PUBLIC),
          lab.private.with_records({HOST: "10.10.4.10", DATA_HOST: "10.10.4.10"})):
        # What goes through the relay leaves the jump host as if it had begun there.
        said = lab.refused("a", JUMP_NAT)
        assert NAT["a"] not in said
        assert "jump host" in str(refusal(lab.status("a", "10.10.4.10"), JUMP_NAT))
        net.rules(JUMP_NAT)
        lab.pull("a")


# ---- headers that nobody declared

@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_forged_header_changes_nothing(lab, net, header):
    net.rules("192.0.2.1")
    forged = "for=192.0.2.1" if header == "Forwarded" else "192.0.2.1"
    with lab.client("pub") as client:
        detail = refusal(client.call("GET", "/v2/", headers={header: forged}), PUB)
    if header != "X-Real-IP":
        assert header.lower() in str(detail).lower() and "did not count" in str(detail), detail


def test_a_forged_header_does_not_shut_out_either(lab, net):
    net.rules(PUB)
    with lab.client("pub") as client:
        assert client.call("GET", "/v2/", headers={"X-Forwarded-For": "192.0.2.1"}).status == 200


def test_a_header_counts_from_the_declared_proxy_alone(lab, net):
    """Subnet A speaks to the listener that is meant for HAProxy."""
    net.rules("192.0.2.1")
    with lab.client("a", "10.10.9.35") as client:
        refusal(client.call("GET", "/v2/", headers={"X-Forwarded-For": "192.0.2.1"}), CLIENT["a"])


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("place,upstream", [("pub", PUBLIC), ("a", PROXIED), ("a", "10.10.9.4")])
def test_a_forged_proxy_header_ends_the_connection(lab, net, version, place, upstream):
    """On a listener without a declared proxy, and on one with it, from somebody else."""
    net.rules("192.0.2.1")
    own = CLIENT[place]
    with relay(lab.places[place], f"{own}:8443", upstream, "--version", version, "--source", "192.0.2.1:4711"):
        ended(lab.places[place], own, 8443)


def test_a_declared_proxy_must_send_the_header(lab, net):
    with relay(lab.places["edge"], LINK, PROXIED):
        ended(lab.places["pub"], LINK, 443)


def ended(place, address, port):
    """The connection ends before TLS does anything; nothing of HTTP is answered."""
    context = ssl.create_default_context(cafile=str(place.ca))
    with contextlib.closing(place.socket(address, port, 20)) as plain, pytest.raises((ssl.SSLError, OSError)) as caught:
        context.wrap_socket(plain, server_hostname=HOST)
    assert not isinstance(caught.value, TimeoutError), "it should end, not wait"


# ---- in front of the registry

@pytest.fixture
def fronts(lab):
    lab.front_ends()


@pytest.mark.parametrize("front", [TCP_FRONT, HTTP_FRONT, RFC7239_FRONT], ids=["tcp", "x-forwarded-for", "forwarded"])
def test_behind_a_declared_haproxy_the_client_counts(lab, net, fronts, front):
    with lab.public.with_records({HOST: front, DATA_HOST: front}):
        net.rules(CLIENT["services"], "10.30.0.0/24", "203.0.113.128/25")  # not even the proxy's own would help
        lab.refused("pub", PUB)
        lab.pull("services")
        net.rules(PUB)
        lab.pull("pub")
        net.set(dataEndpointEnabled=True)
        lab.pull("pub")


@pytest.mark.parametrize("front,header,forged", [
    (HTTP_FRONT, "X-Forwarded-For", "192.0.2.1"), (HTTP_FRONT, "Forwarded", "for=192.0.2.1"),
    (RFC7239_FRONT, "Forwarded", "for=192.0.2.1"), (RFC7239_FRONT, "X-Forwarded-For", "192.0.2.1")])
def test_what_a_client_writes_before_the_proxy_does_not_count(lab, net, fronts, front, header, forged):
    net.rules("192.0.2.1")
    with lab.client("pub", front) as client:
        refusal(client.call("GET", "/v2/", headers={header: forged}), PUB)
    net.rules(PUB)
    with lab.client("pub", front) as client:
        assert client.call("GET", "/v2/", headers={header: forged}).status == 200


@pytest.mark.parametrize("options", [("--version", "1"), ("--version", "2"), ("--version", "2", "--checksum", "good")])
def test_proxy_headers_of_each_version(lab, net, options):
    net.rules("192.0.2.77")
    with relay(lab.places["edge"], LINK, PROXIED, *options, "--source", "192.0.2.77:4711"):
        assert lab.status("pub", LINK).status == 200
    with relay(lab.places["edge"], LINK, PROXIED, *options):
        refusal(lab.status("pub", LINK), PUB)


def test_a_proxy_header_for_ipv6(lab, net):
    """Version 2 with addresses of 16 bytes; the relay's own connection is IPv4 all the same."""
    net.rules("2001:db8:77::/64")
    way = ("--version", "2", "--destination", "[2001:db8:77::2]:443")
    with relay(lab.places["edge"], LINK, PROXIED, *way, "--source", "[2001:db8:77::1]:4711"):
        assert lab.status("pub", LINK).status == 200
    with relay(lab.places["edge"], LINK, PROXIED, *way, "--source", "[2001:db8:78::1]:4711"):
        refusal(lab.status("pub", LINK), "2001:db8:78::1")


def test_a_connection_of_the_proxy_itself_counts_with_its_address(lab, net):
    """LOCAL, as a health check is: the addresses in the header are nobody's."""
    net.rules("192.0.2.77")
    with relay(lab.places["edge"], LINK, PROXIED, "--version", "2", "--local", "--source", "192.0.2.77:4711"):
        refusal(lab.status("pub", LINK), EDGE)


def test_a_wrong_checksum_ends_the_connection(lab, net):
    with relay(lab.places["edge"], LINK, PROXIED, "--version", "2", "--checksum", "bad"):
        ended(lab.places["pub"], LINK, 443)


# ---- private link of the clouds

CLOUDS = {"AzurePrivateLink": ("4711", sender.azure(4711), sender.azure(4712)),
          "AwsPrivateLink": ("vpce-0123456789abcdef0", sender.aws("vpce-0123456789abcdef0"), sender.aws("vpce-1")),
          "GooglePrivateServiceConnect": ("1234567890123456789", sender.google(1234567890123456789), sender.google(77))}


@pytest.mark.rows("N31")
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_link_reaches_the_endpoint_that_it_belongs_to(lab, net, cloud):
    link, right, wrong = CLOUDS[cloud]
    net.endpoint("pe1", "10.10.9.14", "10.10.9.15", ingress={"type": cloud, "id": link})
    net.set(publicNetworkAccess="Disabled")
    edge = lab.places["edge"]
    with relay(edge, LINK, PROXIED, "--version", "2", "--checksum", "good", *tlv(right)):
        with lab.public.with_records({HOST: LINK, DATA_HOST: LINK}):
            lab.pull("pub")
        net.decide("pe1", "Rejected")
        refusal(lab.status("pub", LINK), PUB)
        net.decide("pe1", "Approved")
    with relay(edge, LINK, PROXIED, "--version", "2", *tlv(wrong)):
        refusal(lab.status("pub", LINK), PUB)
    with relay(edge, LINK, PROXIED, "--version", "2"):
        refusal(lab.status("pub", LINK), PUB)
    # The same bytes from somebody who was not declared.
    with relay(lab.places["a"], "10.10.1.10:8443", PROXIED, "--version", "2", *tlv(right)):
        ended(lab.places["a"], "10.10.1.10", 8443)


def test_two_links_with_the_same_addresses_are_two_endpoints(lab, net):
    for number in (1, 2):
        net.endpoint(f"pe{number}", f"10.10.9.{13 + number}", f"10.10.9.{13 + number}",
                     ingress={"type": "AzurePrivateLink", "id": str(number)})
    net.set(publicNetworkAccess="Disabled")
    net.decide("pe2", "Rejected")
    for number, status in ((1, 200), (2, 403)):
        with relay(lab.places["edge"], LINK, PROXIED, "--version", "2", *tlv(sender.azure(number))):
            assert lab.status("pub", LINK).status == status


def test_data_links_stay_with_the_cloud_endpoint(lab, net):
    """A link that was given through private link is not good on the public way."""
    net.endpoint("pe1", "10.10.9.14", "10.10.9.15", ingress={"type": "AzurePrivateLink", "id": "4711"})
    with relay(lab.places["edge"], LINK, PROXIED, "--version", "2", *tlv(sender.azure(4711))):
        answer = lab.status("pub", LINK, path=f"/v2/team/app/blobs/{lab.layer}")
        assert answer.status == 307
        target = answer.header("Location").split(DATA_HOST, 1)[1]
        assert lab.status("pub", LINK, target, host=DATA_HOST, signed_in=False).status == 200
    assert lab.status("pub", PUBLIC_DATA, target, host=DATA_HOST, signed_in=False).status == 403
