"""The Azure SDKs for JavaScript, unmodified: management and content, over HTTPS with a service principal."""
import json
import pathlib
import subprocess

import pytest

from conftest import CACHE, InsideClient, need, running_world
from owner import ROLES
from world import DOMAIN

MODULES = CACHE / "node"
SCRIPT = pathlib.Path(__file__).with_name("sdk.cjs")
REGISTRY = "sdkregistry"


@pytest.fixture(scope="module")
def inside():
    node = need("node")
    if not (MODULES / ".complete").exists():
        pytest.skip("@azure/container-registry is not to be had from npm (tests/clients/get-packages)")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip("v\n").split(".")[0]) < 20:
        pytest.skip(f"Node {version.strip()} is older than 20")
    with running_world("sdk") as made:
        yield made


@pytest.fixture(scope="module")
def step(inside, home):
    """step("name") runs one step of sdk.cjs as the subscription's owner and returns its result."""
    client, secret, _ = inside.owner.create_principal("sdk", ROLES["Owner"])
    info = inside.owner.info()
    program = InsideClient(inside, need("node"), home)

    def run(name, client=client, secret=secret):
        settings = {"modules": str(MODULES), "domain": DOMAIN, "tenant": info["tenantId"],
                    "subscription": info["subscriptionId"], "client": client, "secret": secret, "registry": REGISTRY}
        return json.loads(program.run(SCRIPT, name, BERTH_SDK=json.dumps(settings)))

    return run


@pytest.fixture(scope="module")
def managed(inside, step):
    told = step("manage")
    inside.know()
    return told


@pytest.fixture(scope="module")
def pushed(step, managed):
    return step("push")


def test_management(managed):
    assert managed["made"]["loginServer"] == f"{REGISTRY}.{DOMAIN}"
    assert managed["made"]["provisioningState"] == "Succeeded" and managed["updated"]["adminUserEnabled"] is True
    assert managed["username"] == REGISTRY and managed["passwords"] == 2
    assert managed["tokens"] == [["token", "disabled"]] and REGISTRY in managed["registries"]
    assert managed["free"]["nameAvailable"] is False and "Size" in managed["usages"]


def test_push_and_read(pushed):
    assert pushed["digest"].startswith("sha256:") and pushed["text"] == "the content"


def test_properties(step, pushed):
    told = step("properties")
    assert told["names"] == ["sdk/app"] and (told["name"], told["tags"]) == ("sdk/app", 1)
    assert told["manifests"] == [pushed["digest"]] and told["platform"] == pushed["digest"]
    assert told["locked"] is False


def test_paging(step, pushed):
    assert step("paging")["pages"] == [["t1", "t2"], ["t3", "t4"], ["t5"]]


def test_token_is_used_again_for_other_repositories(step, pushed):
    told = step("reuse")
    assert told["counts"] == [1, 1, 1]
    assert told["requests"].count("POST /oauth2/exchange") <= 2, told


def test_anonymous_client(inside, step, pushed):
    path = inside.owner.registry_id(REGISTRY)
    inside.owner.arm("PATCH", path, {"properties": {"anonymousPullEnabled": True}}).expect(200)
    assert step("anonymous") == {"tags": ["v1"], "refused": 401}
    inside.owner.arm("PATCH", path, {"properties": {"anonymousPullEnabled": False}}).expect(200)


def test_stranger(inside, step, pushed):
    client, secret, _ = inside.owner.create_principal("sdk-stranger")
    assert step("stranger", client, secret) == {"status": 401}


def test_delete(step, pushed):
    step("paging")
    told = step("discard")
    assert told["tags"] == ["t1", "t3", "t4", "t5"] and "sdk/one" not in told["names"]
    assert step("remove") == {"status": 404, "code": "ResourceNotFound"}
