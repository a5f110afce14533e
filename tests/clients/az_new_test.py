"""The newest Azure CLI that PyPI has: what az_test.py does with Debian's, in short, and the role commands that are
broken there."""
import contextlib
import json
import subprocess

import pytest

from azcli import Az
from conditions import MCR, READER, below
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


# ---- repository permissions

@pytest.fixture(scope="module")
def by_repository(az, pushed, docker):
    """The resource id of the registry, which holds other/app, too, and is switched."""
    az.run("acr", "login", "-n", REGISTRY)
    docker.run("tag", f"{HOST}/team/app:v1", f"{HOST}/other/app:v1")
    docker.run("push", f"{HOST}/other/app:v1")
    shown = az.json("acr", "update", "-n", REGISTRY, "--role-assignment-mode", "rbac-abac")
    assert shown["roleAssignmentMode"] == "AbacRepositoryPermissions"
    yield shown["id"]
    again = az.json("acr", "update", "-n", REGISTRY, "--role-assignment-mode", "rbac")
    assert again["roleAssignmentMode"] == "LegacyRegistryPermissions"


def test_owner_loses_images_with_repository_permissions(az, docker, by_repository):
    refused = docker.fails("pull", f"{HOST}/team/app:v1")  # its token is of the other mode
    assert "unauthorized" in refused or "denied" in refused
    az.run("acr", "login", "-n", REGISTRY)
    refused = docker.fails("pull", f"{HOST}/team/app:v1")
    assert "unauthorized" in refused or "denied" in refused


def test_conditional_assignment(az, docker, inside, by_repository, tmp_path):
    """az role assignment create with a condition, its list and delete, and what docker may with it."""
    user, secret, _ = inside.owner.create_principal("conditional")
    condition = below("team/")
    made = az.json("role", "assignment", "create", "--assignee", user, "--role", READER, "--scope", by_repository,
                   "--condition", condition, "--condition-version", "2.0", "--description", "one team")
    kept = made["properties"]
    assert (kept["condition"], kept["conditionVersion"], kept["description"]) == (condition, "2.0", "one team")
    listed = az.json("role", "assignment", "list", "--assignee", user, "--scope", by_repository)
    assert [(each["roleDefinitionName"], each["condition"]) for each in listed] == [(READER, condition)]
    config = tmp_path / "docker"
    config.mkdir()
    reader = InsideClient(inside, need("docker"), tmp_path,
                          environment={**docker.settings, "HOME": str(tmp_path), "DOCKER_CONFIG": str(config)})
    reader.run("login", "-u", user, "--password-stdin", HOST, stdin=secret)
    assert "Digest: " in reader.run("pull", f"{HOST}/team/app:v1")
    refused = reader.fails("pull", f"{HOST}/other/app:v1")
    assert "unauthorized" in refused or "denied" in refused
    az.run("role", "assignment", "delete", "--assignee", user, "--role", READER, "--scope", by_repository)
    assert az.json("role", "assignment", "list", "--assignee", user, "--scope", by_repository) == []
    refused = reader.fails("pull", f"{HOST}/team/app:v1")
    assert "unauthorized" in refused or "denied" in refused


def test_wrong_condition_says_the_place(az, inside, by_repository):
    user, _, _ = inside.owner.create_principal("wrong")
    said = az.fails("role", "assignment", "create", "--assignee", user, "--role", READER, "--scope", by_repository,
                    "--condition", below("team/").replace("StringStartsWithIgnoreCase", "StartsWith"))
    assert "line 1, column 244: expected an operator" in said and "'StartsWith'" in said


def test_role_definition(az, inside, by_repository, tmp_path):
    """az role definition create, list, update, delete, and an assignment of it."""
    subscription = inside.owner.subscription()
    document = {"Name": "Puller of content", "IsCustom": True, "Description": "Pulls, lists nothing.", "Actions": [],
                "NotActions": [], "DataActions": [f"{MCR}/repositories/content/read"], "NotDataActions": [],
                "AssignableScopes": [subscription]}
    file = tmp_path / "role.json"
    file.write_text(json.dumps(document))
    made = az.json("role", "definition", "create", "--role-definition", f"@{file}")
    assert made["properties"]["roleName"] == "Puller of content" and made["properties"]["roleType"] == "CustomRole"
    listed = az.json("role", "definition", "list", "--custom-role-only", "true", "--name", "Puller of content")
    assert listed[0]["properties"]["permissions"][0]["dataActions"] == document["DataActions"]
    document["Description"] = "Pulls."
    file.write_text(json.dumps(document))
    changed = az.json("role", "definition", "update", "--role-definition", f"@{file}")
    assert changed["properties"]["description"] == "Pulls." and changed["id"] == made["id"]
    user, _, _ = inside.owner.create_principal("puller")
    az.run("role", "assignment", "create", "--assignee", user, "--role", "Puller of content", "--scope", by_repository)
    assert "assign" in az.fails("role", "definition", "delete", "--name", "Puller of content").lower()
    az.run("role", "assignment", "delete", "--assignee", user, "--role", "Puller of content", "--scope", by_repository)
    az.run("role", "definition", "delete", "--name", "Puller of content")
    assert az.json("role", "definition", "list", "--custom-role-only", "true") == []
