"""The newest Azure CLI that PyPI has: what az_test.py does with Debian's, in short, and the role commands that are
broken there."""
import contextlib
import subprocess

import pytest

from azcli import Az
from conftest import CACHE, InsideClient, need, running_world
import daemons
import images
from owner import NULL_GUID, ROLES

PROGRAM = CACHE / "azure-cli" / "bin" / "az"
REGISTRY = "newazregistry"
HOST = f"{REGISTRY}.berth.test"


@pytest.fixture(scope="module")
def inside():
    if not (PROGRAM.parent.parent / ".complete").exists():
        pytest.skip("the newest azure-cli is not to be had from PyPI (tests/clients/get-packages)")
    with running_world("aznew") as made:
        made.know(REGISTRY)
        yield made


@pytest.fixture(scope="module")
def docker(inside, home):
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(daemons.dockerd(
            need("dockerd"), home, lambda command, log: inside.popen(*command, stdout=log, stderr=subprocess.STDOUT)))
        (home / "docker").mkdir()
        client = InsideClient(inside, need("docker"), home,
                              environment={"DOCKER_HOST": host, "DOCKER_CONFIG": str(home / "docker")})
        images.package_tar("netbase")
        client.run("import", images.CACHE / "netbase.tar", f"{HOST}/team/app:v1")
        yield client


@pytest.fixture(scope="module")
def az(inside, home, docker):
    """Signed in as the subscription's owner; the registry is made."""
    application, secret, _ = inside.owner.create_principal("robot", ROLES["Owner"])
    made = Az(inside, str(PROGRAM), home, docker.settings)
    made.login(application, secret)
    shown = made.json("acr", "create", "-n", REGISTRY, "-g", "default", "--sku", "Premium")
    assert shown["loginServer"] == HOST and shown["provisioningState"] == "Succeeded"
    inside.know()
    return made


@pytest.fixture(scope="module")
def pushed(az, docker):
    az.run("acr", "login", "-n", REGISTRY)
    return docker.run("push", f"{HOST}/team/app:v1").split("digest: ")[1].split()[0]


def test_repositories(az, pushed):
    assert az.json("acr", "repository", "list", "-n", REGISTRY) == ["team/app"]
    assert az.json("acr", "repository", "show-tags", "-n", REGISTRY, "--repository", "team/app") == ["v1"]
    listed = az.json("acr", "manifest", "list-metadata", "-r", REGISTRY, "-n", "team/app")
    assert [each["digest"] for each in listed] == [pushed]


def test_check_health(az, pushed):
    said = az.try_run("acr", "check-health", "-n", REGISTRY, "--yes", "--ignore-errors").stderr
    for line in (f"DNS lookup to {HOST} at IP 127.0.0.1 : OK", f"Challenge endpoint https://{HOST}/v2/ : OK",
                 f"Fetch refresh token for registry '{HOST}' : OK", f"Fetch access token for registry '{HOST}' : OK"):
        assert line in said, said


def test_token(az, docker, pushed):
    made = az.json("acr", "token", "create", "-r", REGISTRY, "-n", "reader", "--repository", "team/app", "content/read")
    for password in made["credentials"]["passwords"]:
        docker.run("login", "-u", "reader", "--password-stdin", HOST, stdin=password["value"])
    assert pushed in docker.run("pull", f"{HOST}/team/app:v1")


def test_expose_token(az, docker, pushed):
    exposed = az.json("acr", "login", "-n", REGISTRY, "--expose-token")
    docker.run("login", "-u", NULL_GUID, "--password-stdin", HOST, stdin=exposed["accessToken"])


def test_update(az, pushed):
    assert az.json("acr", "update", "-n", REGISTRY, "--admin-enabled", "true")["adminUserEnabled"] is True
    assert az.json("acr", "credential", "show", "-n", REGISTRY)["username"] == REGISTRY
    words = ("acr", "config", "authentication-as-arm", "update", "-r", REGISTRY, "--status")
    assert [az.json(*words, status)["status"] for status in ("disabled", "enabled")] == ["disabled", "enabled"]


def test_roles(az, docker, inside, pushed, tmp_path):
    """az role assignment, which Debian's package cannot; and create-for-rbac with a role."""
    scope = az.json("acr", "show", "-n", REGISTRY)["id"]
    made = az.json("ad", "sp", "create-for-rbac", "-n", "reader", "--role", "AcrPull", "--scopes", scope)
    listed = az.json("role", "assignment", "list", "--scope", scope)
    assert [(each["roleDefinitionName"], each["principalName"]) for each in listed] == [("AcrPull", made["appId"])]
    other = Az(inside, str(PROGRAM), tmp_path, docker.settings)
    other.run("login", "--service-principal", "-u", made["appId"], "-p", made["password"], "--tenant", made["tenant"],
              "--allow-no-subscriptions")
    other.run("acr", "login", "-n", REGISTRY)
    assert pushed in docker.run("pull", f"{HOST}/team/app:v1")
    assert "denied" in docker.fails("push", f"{HOST}/team/app:v1") or "unauthorized" in docker.fails(
        "push", f"{HOST}/team/app:v1")
    az.run("role", "assignment", "delete", "--assignee", made["appId"], "--role", "AcrPull", "--scope", scope)
    assert "401" in other.fails("acr", "login", "-n", REGISTRY)
