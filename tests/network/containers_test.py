"""docker and ctr: what people see of the network with the clients that they use, word for word."""
import contextlib
import re
import subprocess

import pytest

from client import InsideClient
from conftest import DATA_HOST, HOST, IMAGE, denial, need
import daemons
from owner import NULL_GUID
from topology import CLIENT

NAME = f"{HOST}/{IMAGE}"
HOSTS_TOML = """server = "https://{host}"
[host."https://{host}"]
  capabilities = ["pull", "resolve"]
  ca = "{ca}"
"""


@pytest.fixture(scope="module")
def dockers(whole_lab):
    """docker with a daemon at the public client and in subnet A; signed in."""
    with contextlib.ExitStack() as stack:
        made = {}
        for name in ("pub", "a"):
            place, home = whole_lab.places[name], whole_lab.home(name)
            host = stack.enter_context(daemons.dockerd(
                need("dockerd"), home, lambda command, log, at=place: at.popen(
                    *command, stdout=log, stderr=subprocess.STDOUT)))
            (home / "docker").mkdir()
            made[name] = InsideClient(place, need("docker"), home, environment={
                "DOCKER_HOST": host, "DOCKER_CONFIG": str(home / "docker")})
            made[name].run("login", "-u", NULL_GUID, "--password-stdin", HOST, stdin=whole_lab.owner.token("registry"))
        yield made


def pulls(docker):
    docker.try_run("rmi", "--force", NAME)
    assert "Digest: sha256:" in docker.run("pull", NAME)


@pytest.mark.rows("N14")
def test_docker_pull_shows_acrs_sentence(lab, net, dockers):
    pulls(dockers["pub"])
    net.rules("192.0.2.1")
    said = dockers["pub"].fails("pull", NAME)
    assert re.search(r"Error response from daemon: .*denied: " + re.escape(denial(CLIENT["pub"])), said), said
    net.rules(CLIENT["pub"])
    pulls(dockers["pub"])


@pytest.mark.rows("N5", "N14")
def test_docker_login_is_refused(lab, net, dockers):
    net.rules("192.0.2.1")
    said = dockers["pub"].fails("login", "-u", NULL_GUID, "--password-stdin", HOST, stdin="any")
    assert f"login attempt to https://{HOST}/v2/ failed with status: 403 Forbidden" in said, said


@pytest.mark.rows("N16", "N31")
def test_docker_through_a_private_endpoint(lab, net, dockers, private_zone):
    net.endpoint("pe1")
    net.set(publicNetworkAccess="Disabled")
    pulls(dockers["a"])
    said = dockers["pub"].fails("pull", NAME)
    assert denial(CLIENT["pub"]) in said, said
    net.decide("pe1", "Rejected")
    dockers["a"].run("rmi", "--force", NAME)
    assert denial(CLIENT["a"]) in dockers["a"].fails("pull", NAME)


@pytest.mark.rows("N37")
def test_docker_without_the_data_record(lab, net, dockers):
    net.endpoint("pe1")
    dockers["a"].try_run("rmi", "--force", NAME)
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: None}):
        dockers["a"].run("login", "-u", NULL_GUID, "--password-stdin", HOST, stdin=lab.owner.token("registry"))
        said = dockers["a"].fails("pull", NAME)
        assert DATA_HOST in said and "no such host" in said, said
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: "10.10.9.5"}):
        pulls(dockers["a"])


@pytest.fixture(scope="module")
def ctr(whole_lab):
    """ctr in subnet A, with a containerd of its own."""
    place, home = whole_lab.places["a"], whole_lab.home("a")
    hosts = home / "certs.d" / HOST
    hosts.mkdir(parents=True)
    (hosts / "hosts.toml").write_text(HOSTS_TOML.format(host=HOST, ca=place.ca))
    client = InsideClient(place, need("ctr"), home, ("--address", str(home / "c.sock"), "--namespace", "k8s.io"))
    with daemons.containerd(need("containerd"), home, lambda command, log: place.popen(*command, stdout=log, stderr=log),
                            lambda: client.try_run("version").returncode == 0):
        client.pull = ("images", "pull", "--hosts-dir", home / "certs.d", "--user",
                       f"{NULL_GUID}:{whole_lab.owner.token('registry')}", NAME)
        yield client


@pytest.mark.rows("N14", "N31")
def test_ctr(lab, net, ctr, private_zone):
    net.endpoint("pe1", manual=True)
    said = ctr.fails(*ctr.pull)
    assert f"pulling from host {HOST} failed with status code [manifests v1]: 403 Forbidden" in said, said
    net.decide("pe1", "Approved")
    ctr.run(*ctr.pull)
