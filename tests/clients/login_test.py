"""Every container client with every kind of credential over HTTPS: login, push, pull; and how each is refused."""
import contextlib
import datetime
import subprocess
import time

import pytest

from conftest import InsideClient, need, running_world
import daemons
import images
from owner import NULL_GUID, ROLES
from world import DOMAIN

REGISTRY, OPEN, CLOSED = "loginreg", "openreg", "closedreg"
HOST, OPEN_HOST, CLOSED_HOST = (f"{name}.{DOMAIN}" for name in (REGISTRY, OPEN, CLOSED))
ACTIONS = ["repositories/*/content/read", "repositories/*/content/write"]
# The sentence of every refused credential (reference B3), as it reaches people through a client.
SENTENCE = "authentication required, visit https://aka.ms/acr/authorization for more information."
HOSTS_TOML = """server = "https://{host}"
[host."https://{host}"]
  capabilities = ["pull", "resolve", "push"]
  ca = "{ca}"
"""


@pytest.fixture(scope="module", params=("docker", "podman", "skopeo", "buildah", "ctr"))
def inside(request):
    """One server for each client: failed logins are counted by address, and all have the same."""
    with running_world(f"login-{request.param}") as made:
        made.kind = request.param
        made.create_registry(REGISTRY, adminUserEnabled=True)
        made.create_registry(OPEN, anonymousPullEnabled=True)
        made.create_registry(CLOSED, adminUserEnabled=True)
        yield made


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A layout with one small image, tag `image`."""
    layout = images.Layout(tmp_path_factory.mktemp("small"))
    made = images.add_image(layout, "amd64", [images.package_tar("netbase")])
    layout.image = {key: value for key, value in made.items() if key != "platform"}
    layout.name(layout.image, "image")
    return layout


@pytest.fixture(scope="module")
def people(inside):
    """{kind: (user, password)}, each of which may push and pull."""
    owner = inside.owner
    scope = owner.registry_id(REGISTRY)
    admin = owner.arm("POST", f"{scope}/listCredentials").expect(200).json()
    application, secret, _ = owner.create_principal("pusher", ROLES["AcrPush"], scope)
    owner.create_user(f"grace@{DOMAIN}", "Correct-horse-9", ROLES["AcrPush"], scope)
    return {
        "admin user": (admin["username"], admin["passwords"][1]["value"]),
        "service principal": (application, secret),
        "user": (f"grace@{DOMAIN}", "Correct-horse-9"),
        "scope-map token": ("pusher", owner.create_token(REGISTRY, "pusher", ACTIONS)["password2"]),
        "exposed token": (NULL_GUID, owner.token(REGISTRY)),
    }


@pytest.fixture(scope="module")
def refused(inside):
    """{reason: (user, password)} of credentials that are good no more, or never were."""
    owner = inside.owner
    application, secret, _ = owner.create_principal("wrong", ROLES["AcrPush"], owner.registry_id(REGISTRY))
    disabled = owner.create_token(REGISTRY, "disabled", ACTIONS)
    path = f"{owner.registry_id(REGISTRY)}/tokens/disabled"
    owner.arm("PATCH", path, {"properties": {"status": "disabled"}}).expect(200)
    path = owner.registry_id(CLOSED)
    admin = owner.arm("POST", f"{path}/listCredentials").expect(200).json()["passwords"][0]["value"]
    owner.arm("PATCH", path, {"properties": {"adminUserEnabled": False}}).expect(200)
    return {"wrong password": (HOST, application, secret + "x"), "expired secret": (HOST, *expired(owner)),
            "disabled token": (HOST, "disabled", disabled["password1"]), 
            "disabled admin user": (CLOSED_HOST, CLOSED, admin)}


def expired(owner):
    """A client id with a secret whose time is over."""
    made = owner.call("POST", "/v1.0/applications", {"displayName": "expired"}).expect(201).json()
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    secret = owner.call("POST", f"/v1.0/applications/{made['id']}/addPassword", {"passwordCredential": {
        "displayName": "short", "endDateTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}).expect(200).json()["secretText"]
    principal = owner.call("POST", "/v1.0/servicePrincipals", {"appId": made["appId"]}).expect(201).json()["id"]
    owner.assign(principal, ROLES["AcrPush"], owner.registry_id(REGISTRY))
    while datetime.datetime.now(datetime.timezone.utc) <= end:
        time.sleep(0.05)
    return made["appId"], secret


# ---- the clients: login, logout, push, pull; each returns nothing or fails with what was said

class Tool:
    """A client that keeps credentials. `run` of every method is "run" or "fails": what is expected."""

    def __init__(self, client, small):
        self.client, self.small = client, small
        self.load()

    def load(self):
        pass

    def login(self, host, user, password, run="run"):
        return getattr(self.client, run)("login", "--username", user, "--password-stdin", host, stdin=password)

    def logout(self, host):
        self.client.try_run("logout", host)


class LibraryTool(Tool):
    """podman and its kin: their login says "invalid username/password" and no more; a pull with the
    credential says what the server said."""

    def login(self, host, user, password, run="run"):
        said = super().login(host, user, password, run)
        if run == "fails":
            said += self.client.fails(*self.fetch, "--creds", f"{user}:{password}", f"docker://{host}/seed:one")
        return said


class Docker(Tool):
    def load(self):
        images.package_tar("netbase")
        self.client.run("import", images.CACHE / "netbase.tar", "loaded:1")

    def push(self, target, run="run"):
        self.client.run("tag", "loaded:1", target)
        return getattr(self.client, run)("push", target)

    def pull(self, target, run="run"):
        self.client.try_run("rmi", "--force", target)
        return getattr(self.client, run)("pull", target)


class Podman(LibraryTool):
    fetch = ("pull",)
    push, pull = Docker.push, Docker.pull

    def load(self):
        self.client.run("pull", "-q", f"oci:{self.small.path}:image")
        image = self.client.run("images", "--quiet", "--no-trunc").splitlines()[0].split(":")[-1]
        self.client.run("tag", image, "loaded:1")


class Skopeo(LibraryTool):
    fetch = ("inspect", "--no-tags")

    def push(self, target, run="run"):
        return getattr(self.client, run)("copy", f"oci:{self.small.path}:image", f"docker://{target}")

    def pull(self, target, run="run"):
        return getattr(self.client, run)(*self.fetch, f"docker://{target}")


class Ctr(Tool):
    """ctr keeps none: the credential goes with each command."""

    given = ()

    def load(self):
        archive = self.client.home / "small.tar"
        subprocess.run(["tar", "-cf", archive, "-C", self.small.path, "."], check=True)
        self.client.run("images", "import", "--base-name", "loaded", archive)

    def login(self, host, user, password, run="run"):
        self.given = ("--user", f"{user}:{password}")
        if run == "run":
            return ""
        said = self.pull(f"{host}/seed:one", run)
        self.given = ()
        return said

    def logout(self, host):
        self.given = ()

    def words(self, verb, target):
        return ("images", verb, "--hosts-dir", self.client.home / "certs.d", *self.given, target)

    def push(self, target, run="run"):
        self.client.run("images", "tag", "--force", "loaded:image", target)
        return getattr(self.client, run)(*self.words("push", target))

    def pull(self, target, run="run"):
        return getattr(self.client, run)(*self.words("pull", target))


@contextlib.contextmanager
def make_docker(inside, home, small):
    (home / "docker").mkdir()
    start = lambda command, log: inside.popen(*command, stdout=log, stderr=subprocess.STDOUT)  # noqa: E731
    with daemons.dockerd(need("dockerd"), home, start) as host:
        yield Docker(InsideClient(inside, need("docker"), home, environment={
            "DOCKER_HOST": host, "DOCKER_CONFIG": str(home / "docker")}), small)


@contextlib.contextmanager
def make_podman(inside, home, small, program="podman"):
    storage = ["--root", home / "store", "--runroot", home / "run", "--storage-driver", "vfs"]
    if program == "podman":
        storage += ["--cgroup-manager", "cgroupfs", "--events-backend", "file"]
    yield Podman(InsideClient(inside, need(program), home, map(str, storage)), small)


def make_buildah(inside, home, small):
    return make_podman(inside, home, small, "buildah")


@contextlib.contextmanager
def make_skopeo(inside, home, small):
    yield Skopeo(InsideClient(inside, need("skopeo"), home), small)


@contextlib.contextmanager
def make_ctr(inside, home, small):
    for host in (HOST, HOST.title(), OPEN_HOST, CLOSED_HOST):
        (home / "certs.d" / host).mkdir(parents=True, exist_ok=True)
        (home / "certs.d" / host / "hosts.toml").write_text(HOSTS_TOML.format(host=host, ca=inside.ca))
    client = InsideClient(inside, need("ctr"), home, ("--address", str(home / "c.sock"), "--namespace", "k8s.io"))
    client.home = home
    start = lambda command, log: inside.popen(*command, stdout=log, stderr=subprocess.STDOUT)  # noqa: E731
    with daemons.containerd(need("containerd"), home, start, lambda: client.try_run("version").returncode == 0):
        yield Ctr(client, small)


MAKERS = {"docker": make_docker, "podman": make_podman, "skopeo": make_skopeo, "buildah": make_buildah,
          "ctr": make_ctr}


@pytest.fixture(scope="module")
def tool(inside, small, people, tmp_path_factory):
    with MAKERS[inside.kind](inside, tmp_path_factory.mktemp(inside.kind), small) as made:
        made.name = inside.kind
        yield made


@pytest.fixture(scope="module")
def seeded(inside, small, people, tmp_path_factory):
    """The small image as seed:one in both registries."""
    need("skopeo")
    client = InsideClient(inside, need("skopeo"), tmp_path_factory.mktemp("seed"))
    for registry, host in ((REGISTRY, HOST), (OPEN, OPEN_HOST)):
        client.run("copy", "--dest-creds", f"{NULL_GUID}:{inside.owner.token(registry)}", f"oci:{small.path}:image",
                   f"docker://{host}/seed:one")


@pytest.fixture(autouse=True)
def forget(tool):
    """No test finds the credential of another."""
    yield
    for host in (HOST, HOST.title(), OPEN_HOST, CLOSED_HOST):
        tool.logout(host)


# ---- good credentials

@pytest.mark.parametrize("kind", ("admin user", "service principal", "user", "scope-map token", "exposed token"))
def test_login_push_and_pull(tool, people, kind):
    tool.login(HOST, *people[kind])
    target = f"{HOST}/{tool.name}/{kind.replace(' ', '-')}:one"
    tool.push(target)
    tool.pull(target)


def test_anonymous_pull(tool, seeded):
    tool.pull(f"{OPEN_HOST}/seed:one")


def test_anonymous_push_is_refused(tool, seeded):
    said = tool.push(f"{OPEN_HOST}/{tool.name}/nobody:one", "fails").lower()
    assert any(word in said for word in ("unauthorized", "denied", "authorization failed")), said


def test_anonymous_pull_is_off_elsewhere(tool, seeded):
    said = tool.pull(f"{HOST}/seed:one", "fails")
    assert "unauthorized" in said.lower(), said


def test_upper_case_login_server(tool, people, seeded):
    """Clients keep a credential under the host as it was typed; written otherwise it is not found."""
    if tool.name == "ctr":
        tool.login(HOST.title(), *people["admin user"])
        tool.pull(f"{HOST.title()}/seed:one")  # there is no store to miss: the server takes any case
        return
    tool.login(HOST.title(), *people["admin user"])
    said = tool.pull(f"{HOST}/seed:one", "fails")
    assert "unauthorized" in said.lower() and "authentication required" in said, said


# ---- refused ones

@pytest.mark.parametrize("reason", ("wrong password", "expired secret", "disabled token", "disabled admin user"))
def test_refused_login(tool, refused, seeded, reason):
    host, user, password = refused[reason]
    said = tool.login(host, user, password, "fails")
    assert "unauthorized" in said.lower(), said
    if tool.name != "ctr":  # ctr shows the status of the token request and not the body
        assert SENTENCE in said, said
    assert password not in said


def test_unknown_application(tool, seeded):
    said = tool.login(HOST, "44444444-4444-4444-8444-444444444444", "secret", "fails")
    assert "unauthorized" in said.lower(), said
    if tool.name != "ctr":
        assert "Application not registered with AAD." in said, said
