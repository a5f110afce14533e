"""The network lab's tests: from every place, with real clients, who reaches a registry and who does not.

Which rows of the access model are shown true here, and where (`pytest.mark.rows`; rows_test.py compares):

    N5  N33  proxies_test.py           proxy and jump host addresses are what counts, and the refusal says so
    N7  N41  subnets_test.py           a subscription that has not registered the provider
    N9       public_test.py, az_rules_test.py   limits, in ACR's words
    N10 N11 N17 N44-N47 N49  services_test.py   trusted services, by kind and identity
    N14 N27-N29  public_test.py        open by default; selected networks
    N15 N30 N32 N39 N40  subnets_test.py   service endpoints
    N16 N31  private_test.py           private endpoints
    N21 N22 N38 N42  firewall_test.py  what a client firewall must allow
    N34 N37  names_test.py, data_test.py   records of the private zone, one missing
    N48      cli_test.py               the blunt cure comes last
"""
import base64
import json
import pathlib
import shutil
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "lab")]
import berth  # noqa: E402
import images  # noqa: E402
import lab as network_lab  # noqa: E402
from client import InsideClient  # noqa: E402
from https import FaceClient  # noqa: E402
from owner import NULL_GUID  # noqa: E402
from resources import Resources  # noqa: E402
from topology import PUBLIC  # noqa: E402

REGISTRY, IMAGE = "registry", "team/app:v1"
HOST = "registry.berth.test"
DATA_HOST = network_lab.data_host(REGISTRY)


def pytest_configure(config):
    config.addinivalue_line("markers", "rows(*ids): rows of the access model that the test shows true")


def denial(address):
    """acr-access-model A8."""
    return (f"client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access. "
            "CorrelationId: ")


class Lab(network_lab.Lab):
    """The lab with one registry, an image in it, and short words for what tests do over and over."""

    def set_up(self, layout):
        self.net = Resources(self.owner, REGISTRY)
        self.net.create()
        self.program = str(berth.binary())
        self.homes = 0
        self.skopeos = {name: self.skopeo(name) for name in self.places}
        self.layout = layout
        self.layer = json.loads(layout.blob(layout.image["digest"]))["layers"][0]["digest"]
        self.skopeos["pub"].run("copy", f"oci:{layout.path}:image", f"docker://{HOST}/{IMAGE}")
        return self

    def proxy_url(self):
        need("squid")
        return super().proxy_url()

    def front_ends(self):
        need("haproxy")
        super().front_ends()

    def home(self, place):
        self.homes += 1
        made = self.places[place].folder / f"home{self.homes}"
        made.mkdir()
        return made

    def skopeo(self, place, user=NULL_GUID, password=None, **environment):
        """Signed in as the owner, or as somebody else, by a file: nothing is asked for it."""
        home = self.home(place)
        client = InsideClient(self.places[place], "skopeo", home, environment=environment)
        sign_in = base64.b64encode(f"{user}:{password or self.owner.token(REGISTRY)}".encode()).decode()
        (home / "auth.json").write_text(json.dumps({"auths": {HOST: {"auth": sign_in}}}))
        client.basic = f"Basic {sign_in}"
        return client

    def target(self, place):
        """A new folder for an image."""
        self.homes += 1
        return f"dir:{self.places[place].folder}/image{self.homes}"

    def pull(self, place, skopeo=None):
        """A whole image arrives."""
        client = skopeo or self.skopeos[place]
        target = self.target(place)
        client.run("copy", f"docker://{HOST}/{IMAGE}", target)
        assert (pathlib.Path(target[4:]) / self.layer[7:]).exists()

    def refused(self, place, address, skopeo=None):
        """The pull fails, and on the same way the registry's answer is ACR's text with this address; returns it.

        skopeo says the status alone, so curl reads the body; docker shows it (containers_test.py)."""
        client = skopeo or self.skopeos[place]
        said = client.fails("copy", f"docker://{HOST}/{IMAGE}", self.target(place))
        assert f"pinging container registry {HOST}: invalid status code from registry 403 (Forbidden)" in said, said
        body = self.places[place].run("curl", "-sS", f"https://{HOST}/v2/", environment=client.settings)
        assert denial(address) in body, body
        return body

    def token_refused(self, place, address, skopeo, at=None):
        """The same for who has to be of a kind of service: /v2/ asks to sign in, and signing in is refused."""
        said = skopeo.fails("copy", f"docker://{HOST}/{IMAGE}", self.target(place))
        assert "Requesting bearer token: invalid status code from registry 403 (Forbidden)" in said, said
        with self.client(place, at or PUBLIC, signed_in=False) as client:
            client.standing = {"Authorization": skopeo.basic}
            answer = client.call("GET", f"/oauth2/token?service={HOST}&scope=repository:team/app:pull")
        assert answer.status == 403 and answer.codes() == ["DENIED"], answer
        assert denial(address).removesuffix("CorrelationId: ") in answer.messages(), answer
        return answer.messages()

    def client(self, place, address=PUBLIC, host=HOST, signed_in=True, certificate=None):
        """One kept connection, whose address does not come from DNS."""
        authorization = self.owner.basic(REGISTRY) if signed_in else None
        return FaceClient(self.places[place], host, address, authorization, certificate)

    def status(self, place, address=PUBLIC, path="/v2/", **more):
        with self.client(place, address, **more) as client:
            return client.call("GET", path)

    def principal(self, name, kind=None, role="AcrPull"):
        """A service principal with a role on the registry; `kind`: the sort of service that it works for."""
        words = ["sp", "create", name, "--data", self.data, "--output", "json"]
        words += ["--service-kind", kind] if kind else []
        words += ["--role", role, "--registry", REGISTRY] if role else []
        made = json.loads(self.places["reg"].berth(*words))
        return made["appId"], made["password"]


def refusal(answer, address):
    """The error of a 403 of the network, in the protocol's shape and without a challenge; its `detail`."""
    assert answer.status == 403 and answer.header("WWW-Authenticate") is None, answer
    assert answer.codes() == ["DENIED"] and denial(address) in answer.messages(), answer
    return answer.json()["errors"][0]["detail"]


@pytest.fixture(scope="session")
def whole_lab(tmp_path_factory):
    why = network_lab.why_not()
    if why:
        pytest.skip(f"network lab: {why}")
    layout = images.make(tmp_path_factory.mktemp("layout"))
    with Lab() as made:
        yield made.set_up(layout)


@pytest.fixture
def lab(whole_lab):
    """The lab with its registry as new: what a test changes is undone."""
    yield whole_lab
    whole_lab.net.reset()


@pytest.fixture
def net(lab):
    return lab.net


@pytest.fixture
def private_zone(lab):
    """The private view answers with the private endpoint's addresses."""
    with lab.private.with_records({HOST: "10.10.9.4", DATA_HOST: "10.10.9.5"}):
        yield


def need(program):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not on this machine")
    return path
