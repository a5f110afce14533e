"""The records of the private zone, as `berth network dns` prints them, and whether a resolver has them."""
import pytest

from conftest import DATA_HOST, HOST, REGISTRY
from topology import PRIVATE_DNS, PUBLIC_DNS


@pytest.fixture
def endpoint(net):
    net.endpoint("pe1")
    net.set(publicNetworkAccess="Disabled")


def berth(lab, *words, place="a"):
    return lab.places[place].try_run(lab.program, "network", *words, "-r", REGISTRY, "--data", lab.data)


def printed(lab, form):
    return lab.places["reg"].berth("network", "dns", "-r", REGISTRY, "--data", lab.data, "--format", form)


@pytest.mark.rows("N34", "N37")
def test_the_dnsmasq_lines_make_a_private_zone(lab, endpoint):
    lab.refused("a", "198.51.100.201")
    with lab.private.with_records({}, printed(lab, "dnsmasq")):
        lab.pull("a")
        done = berth(lab, "check-dns", "--resolver", PRIVATE_DNS)
        assert done.returncode == 0 and "DNS routing to private endpoint : OK" in done.stdout + done.stderr, done


@pytest.mark.rows("N37")
@pytest.mark.parametrize("form", ["bind", "coredns", "azure"])
def test_the_other_zones_have_the_same_records(lab, endpoint, form):
    text = printed(lab, form)
    for name, address in ((HOST, "10.10.9.4"), (DATA_HOST, "10.10.9.5")):
        assert any(name in line for line in text.splitlines()), text
        assert address in text


@pytest.mark.rows("N34")
def test_check_dns_of_the_public_view(lab, endpoint):
    """Outside the private network the names are public, so a check from there must not say OK."""
    done = berth(lab, "check-dns", "--resolver", PUBLIC_DNS, place="pub")
    said = done.stdout + done.stderr
    assert done.returncode == 1, done
    assert (f'DNS routing to registry "{REGISTRY}" through private IP is incorrect. '
            "Expect: 10.10.9.4, Actual: 203.0.113.10") in said, said
    assert "DNS routing verification failed" in said
    done = berth(lab, "check-dns", "--resolver", PUBLIC_DNS, "--public", place="pub")
    assert done.returncode == 0 and "DNS routing to public endpoint : OK" in done.stdout + done.stderr, done


@pytest.mark.rows("N37")
@pytest.mark.parametrize("record,words", [(None, "has no record"), ("203.0.113.11", "leads elsewhere")])
def test_check_dns_finds_the_data_record_that_is_missing(lab, endpoint, record, words):
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: record}):
        done = berth(lab, "check-dns", "--resolver", PRIVATE_DNS)
        said = done.stdout + done.stderr
        assert done.returncode == 1 and f"{DATA_HOST} {words}: login works, layer pulls fail" in said, said


def test_check_dns_of_the_resolver_that_the_machine_has(lab, endpoint, private_zone):
    done = berth(lab, "check-dns")
    assert done.returncode == 0, done


def test_check_dns_without_an_answer(lab, endpoint):
    done = berth(lab, "check-dns", "--resolver", "10.10.9.4", "--timeout", "500ms")
    assert done.returncode == 3 and "Error resolving DNS for" in done.stdout + done.stderr, done


@pytest.mark.rows("N34")
def test_without_a_private_endpoint_there_is_nothing_to_check(lab, net):
    done = berth(lab, "check-dns", "--resolver", PRIVATE_DNS)
    assert done.returncode != 0, done
    assert f'Registry "{REGISTRY}" doesn\'t have private endpoints to verify DNS routings.' in done.stdout + done.stderr
