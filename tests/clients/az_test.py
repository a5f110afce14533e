"""Debian's Azure CLI, unmodified, against a server of its own: the order is that of somebody who starts using it."""
import contextlib
import json
import subprocess

import pytest

from azcli import Az
from conftest import InsideClient, need, running_world
import daemons
import images
from owner import NULL_GUID, ROLES, claims

REGISTRY = "azregistry"


@pytest.fixture(scope="module")
def inside():
    with running_world("az") as made:
        made.know(REGISTRY)
        yield made


@pytest.fixture(scope="module")
def docker(inside, home):
    """docker with a daemon in the same world, and one small image `app:1`."""
    program = need("dockerd")
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(daemons.dockerd(
            program, home, lambda command, log: inside.popen(*command, stdout=log, stderr=subprocess.STDOUT)))
        (home / "docker").mkdir()
        client = InsideClient(inside, need("docker"), home,
                              environment={"DOCKER_HOST": host, "DOCKER_CONFIG": str(home / "docker")})
        images.package_tar("netbase")
        client.run("import", images.CACHE / "netbase.tar", "app:1")
        yield client


@pytest.fixture(scope="module")
def owner_az(inside, home, docker):
    """az, signed in as a service principal that owns the subscription."""
    application, secret, _ = inside.owner.create_principal("robot", ROLES["Owner"])
    az = Az(inside, need("az"), home, docker.settings)
    account = az.login(application, secret)[0]
    assert account["id"] == inside.owner.info()["subscriptionId"] and account["state"] == "Enabled"
    return az


@pytest.fixture(scope="module")
def registry(owner_az, inside):
    made = owner_az.json("acr", "create", "-n", REGISTRY, "-g", "default", "--sku", "Premium")
    inside.know()
    return made


@pytest.fixture(scope="module")
def az(owner_az, registry):
    return owner_az


@pytest.fixture(scope="module")
def pushed(az, docker, registry):
    """app:1 in repository team/app under three tags, pushed after `az acr login`; returns its digest."""
    az.run("acr", "login", "-n", REGISTRY)
    said = [push(docker, registry, f"team/app:v{number}") for number in (1, 2, 3)]
    return said[0].split("digest: ")[1].split()[0]


def push(docker, registry, reference):
    target = f"{registry['loginServer']}/{reference}"
    docker.run("tag", "app:1", target)
    return docker.run("push", target)


def pull(docker, registry, reference):
    """Pulls what is not here any more."""
    target = f"{registry['loginServer']}/{reference}"
    docker.try_run("rmi", "--force", target)
    return docker.run("pull", target)


def docker_login(docker, registry, user, password, good=True):
    words = ("login", "--username", user, "--password-stdin", registry["loginServer"])
    return docker.run(*words, stdin=password) if good else docker.fails(*words, stdin=password)


# ---- the control plane

def test_cloud(az):
    cloud = az.json("cloud", "show", "-n", "Berth")
    assert cloud["suffixes"]["acrLoginServerEndpoint"] == ".berth.test"
    assert cloud["endpoints"]["resourceManager"].startswith("https://management.berth.test")


def test_account(az, inside):
    assert az.json("account", "show")["tenantId"] == inside.owner.info()["tenantId"]
    assert len(az.json("account", "list", "--refresh")) == 1
    token = az.json("account", "get-access-token")["accessToken"]
    assert claims(token)["tid"] == inside.owner.info()["tenantId"]


def test_group(az):
    made = az.json("group", "create", "-n", "second", "-l", az.json("group", "show", "-n", "default")["location"])
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert {"default", "second"} <= {group["name"] for group in az.json("group", "list")}
    az.run("group", "delete", "-n", "second", "--yes")
    assert az.json("group", "exists", "-n", "second") is False


def test_create_and_show(az, registry):
    assert registry["loginServer"] == f"{REGISTRY}.berth.test" and registry["provisioningState"] == "Succeeded"
    assert registry["adminUserEnabled"] is False and registry["sku"]["name"] == "Premium"
    assert az.json("acr", "show", "-n", REGISTRY.upper())["id"] == registry["id"]
    assert {"default", REGISTRY} <= {each["name"] for each in az.json("acr", "list")}
    assert [each["name"] for each in az.json("acr", "list", "-g", "default", "--query", f"[?name=='{REGISTRY}']")]


@pytest.mark.parametrize("name,free,reason", (("neverused", True, None), (REGISTRY, False, "AlreadyExists"),
                                             ("management", False, "Invalid")))
def test_check_name(az, name, free, reason):
    told = az.json("acr", "check-name", "-n", name)
    assert told["nameAvailable"] is free, told
    assert (told["reason"] or None) == reason and (free or told["message"]), told


def test_update(az, registry):
    changed = az.json("acr", "update", "-n", REGISTRY, "--tags", "team=blue", "--data-endpoint-enabled", "false")
    assert changed["tags"] == {"team": "blue"} and changed["adminUserEnabled"] is False
    assert az.json("acr", "update", "-n", REGISTRY, "--anonymous-pull-enabled", "true")["anonymousPullEnabled"] is True
    again = az.json("acr", "update", "-n", REGISTRY, "--anonymous-pull-enabled", "false")
    assert again["anonymousPullEnabled"] is False and again["tags"] == {"team": "blue"}


def test_delete(az, inside):
    az.run("acr", "create", "-n", "azshortlived", "-g", "default", "--sku", "Basic")
    az.run("acr", "delete", "-n", "azshortlived", "--yes")
    assert "could not be found" in az.fails("acr", "show", "-n", "azshortlived")


def test_missing_registry_is_said_so(az):
    assert "absentregistry" in az.fails("acr", "show", "-n", "absentregistry", "-g", "default")


def test_usage(az, pushed):
    usage = {each["name"]: each for each in az.json("acr", "show-usage", "-n", REGISTRY)["value"]}
    assert usage["Size"]["unit"] == "Bytes" and usage["Size"]["currentValue"] > 0
    assert all(each["limit"] >= each["currentValue"] for each in usage.values()), usage


def test_policies(az, registry):
    assert az.json("acr", "config", "content-trust", "show", "-r", REGISTRY)["status"] == "disabled"
    assert az.json("acr", "config", "retention", "show", "-r", REGISTRY)["status"] == "disabled"
    assert az.json("acr", "config", "soft-delete", "show", "-r", REGISTRY)["status"] == "disabled"
    assert az.json("acr", "config", "authentication-as-arm", "show", "-r", REGISTRY)["status"] == "enabled"


def test_replications_are_the_home_region(az, registry):
    listed = az.json("acr", "replication", "list", "-r", REGISTRY)
    assert [each["location"] for each in listed] == [registry["location"]]


# ---- signing in

def test_expose_token(az, docker, registry, pushed):
    exposed = az.json("acr", "login", "-n", REGISTRY, "--expose-token")
    assert exposed["loginServer"] == registry["loginServer"]
    assert 10_000 < claims(exposed["accessToken"])["exp"] - claims(exposed["accessToken"])["iat"] <= 10_800
    docker_login(docker, registry, NULL_GUID, exposed["accessToken"])
    assert pushed in pull(docker, registry, "team/app:v1")


def test_login_takes_the_full_name_too(az, registry):
    az.run("acr", "login", "-n", registry["loginServer"])


def test_authentication_as_arm_disabled(az, registry):
    """az then asks for a token for the registry itself, and an ARM token is refused."""
    words = ("acr", "config", "authentication-as-arm", "update", "-r", REGISTRY, "--status")
    assert az.json(*words, "disabled")["status"] == "disabled"
    try:
        assert az.json("acr", "login", "-n", REGISTRY, "--expose-token")["accessToken"]
        arm = az.json("account", "get-access-token")["accessToken"]
        status, _ = az.inside.curl("-d", "grant_type=access_token", "-d", f"service={registry['loginServer']}",
                                   "--data-urlencode", f"access_token={arm}",
                                   f"https://{registry['loginServer']}/oauth2/exchange")
        assert status == 401
    finally:
        assert az.json(*words, "enabled")["status"] == "enabled"


def test_check_health(az, registry):
    said = az.try_run("acr", "check-health", "-n", REGISTRY, "--yes", "--ignore-errors").stderr
    host = registry["loginServer"]
    for line in (f"DNS lookup to {host} at IP 127.0.0.1 : OK", f"Challenge endpoint https://{host}/v2/ : OK",
                 f"Fetch refresh token for registry '{host}' : OK", f"Fetch access token for registry '{host}' : OK"):
        assert line in said, said


def test_admin_user(az, docker, registry, pushed):
    assert "admin-enabled" in az.fails("acr", "credential", "show", "-n", REGISTRY)
    az.run("acr", "update", "-n", REGISTRY, "--admin-enabled", "true")
    shown = az.json("acr", "credential", "show", "-n", REGISTRY)
    old = {each["name"]: each["value"] for each in shown["passwords"]}
    assert shown["username"] == REGISTRY and set(old) == {"password", "password2"}
    for password in old.values():
        docker_login(docker, registry, REGISTRY, password)
    new = az.json("acr", "credential", "renew", "-n", REGISTRY, "--password-name", "password")
    renewed = {each["name"]: each["value"] for each in new["passwords"]}
    assert renewed["password"] != old["password"] and renewed["password2"] == old["password2"]
    docker_login(docker, registry, REGISTRY, old["password"], good=False)
    docker_login(docker, registry, REGISTRY, renewed["password"])
    assert pushed in pull(docker, registry, "team/app:v1")
    az.run("acr", "update", "-n", REGISTRY, "--admin-enabled", "false")
    docker_login(docker, registry, REGISTRY, renewed["password2"], good=False)


def test_token_and_scope_map(az, docker, registry, pushed):
    made = az.json("acr", "token", "create", "-r", REGISTRY, "-n", "reader", "--repository", "team/app", "content/read")
    passwords = {each["name"]: each["value"] for each in made["credentials"]["passwords"]}
    assert set(passwords) == {"password1", "password2"} and made["credentials"]["username"] == "reader"
    for password in passwords.values():
        docker_login(docker, registry, "reader", password)
        assert pushed in pull(docker, registry, "team/app:v1")
    assert "denied" in docker.fails("push", f"{registry['loginServer']}/team/app:v1")
    az.run("acr", "scope-map", "update", "-r", REGISTRY, "-n", "reader-scope-map", "--add-repository", "team/app",
           "content/write")
    assert f"digest: {pushed}" in push(docker, registry, "team/app:v1")  # at once
    az.run("acr", "token", "update", "-r", REGISTRY, "-n", "reader", "--status", "disabled")
    docker_login(docker, registry, "reader", passwords["password1"], good=False)
    assert "unauthorized" in docker.fails("pull", f"{registry['loginServer']}/team/app:v1")


def test_token_password_made_anew(az, docker, registry, pushed):
    az.run("acr", "scope-map", "create", "-r", REGISTRY, "-n", "pullmap", "--repository", "team/app", "content/read",
           "metadata/read")
    made = az.json("acr", "token", "create", "-r", REGISTRY, "-n", "second", "--scope-map", "pullmap", "--no-passwords")
    assert not made["credentials"]["passwords"]
    words = ("acr", "token", "credential", "generate", "-r", REGISTRY, "-n", "second", "--password1")
    first = az.json(*words, "--expiration-in-days", "30")["passwords"]
    assert [each["name"] for each in first] == ["password1"] and first[0]["expiry"]
    docker_login(docker, registry, "second", first[0]["value"])
    az.run(*words)
    docker_login(docker, registry, "second", first[0]["value"], good=False)
    assert {"pullmap", "_repositories_pull"} <= {each["name"] for each in
                                                 az.json("acr", "scope-map", "list", "-r", REGISTRY)}
    az.run("acr", "token", "credential", "delete", "-r", REGISTRY, "-n", "second", "--password1")
    assert not az.json("acr", "token", "show", "-r", REGISTRY, "-n", "second")["credentials"]["passwords"]
    az.run("acr", "token", "delete", "-r", REGISTRY, "-n", "second", "--yes")
    az.run("acr", "scope-map", "delete", "-r", REGISTRY, "-n", "pullmap", "--yes")


# ---- content

def test_repository_commands(az, docker, registry, pushed):
    assert "team/app" in az.json("acr", "repository", "list", "-n", REGISTRY)
    shown = az.json("acr", "repository", "show", "-n", REGISTRY, "--repository", "team/app")
    assert shown["manifestCount"] == 1 and shown["tagCount"] == 3 and shown["changeableAttributes"]["deleteEnabled"]
    assert az.json("acr", "repository", "show", "-n", REGISTRY, "--image", "team/app:v1")["digest"] == pushed
    words = ("acr", "repository", "show-tags", "-n", REGISTRY, "--repository", "team/app", "--orderby")
    latest = az.json(*words, "time_desc")
    assert sorted(latest) == ["v1", "v2", "v3"] and az.json(*words, "time_asc") == latest[::-1]
    listed = az.json("acr", "repository", "show-manifests", "-n", REGISTRY, "--repository", "team/app")
    assert [(each["digest"], sorted(each["tags"])) for each in listed] == [(pushed, ["v1", "v2", "v3"])]


def test_lock_untag_and_delete(az, docker, registry, pushed):
    az.run("acr", "login", "-n", REGISTRY)
    push(docker, registry, "az/locked:one")
    push(docker, registry, "az/locked:two")
    where = ("-n", REGISTRY, "--image", "az/locked:one")
    assert az.json("acr", "repository", "update", *where, "--delete-enabled", "false", "--write-enabled", "false")[
        "changeableAttributes"]["deleteEnabled"] is False
    assert "disallowed" in az.fails("acr", "repository", "untag", *where)
    az.run("acr", "repository", "update", *where, "--delete-enabled", "true", "--write-enabled", "true")
    az.run("acr", "repository", "untag", *where)
    assert az.json("acr", "repository", "show-tags", "-n", REGISTRY, "--repository", "az/locked") == ["two"]
    az.run("acr", "repository", "delete", "-n", REGISTRY, "--image", "az/locked:two", "--yes")
    push(docker, registry, "az/locked:three")
    az.run("acr", "repository", "delete", "-n", REGISTRY, "--repository", "az/locked", "--yes")
    assert "az/locked" not in az.json("acr", "repository", "list", "-n", REGISTRY)


def test_manifest_commands(az, docker, registry, pushed):
    az.run("acr", "login", "-n", REGISTRY)
    push(docker, registry, "az/manifest:one")
    where = ("-r", REGISTRY, "-n", "az/manifest:one")
    listed = az.json("acr", "manifest", "list-metadata", "-r", REGISTRY, "-n", "az/manifest")
    assert [each["digest"] for each in listed] == [pushed]
    assert az.json("acr", "manifest", "show-metadata", *where)["digest"] == pushed
    raw = az.run("acr", "manifest", "show", *where, "--raw")
    assert images.digest_of(raw.encode()) == pushed
    assert az.json("acr", "manifest", "show", *where)["schemaVersion"] == 2
    assert az.json("acr", "manifest", "list-referrers", *where)["manifests"] == []
    changed = az.json("acr", "manifest", "update-metadata", *where, "--write-enabled", "false")
    assert changed["changeableAttributes"]["writeEnabled"] is False
    az.run("acr", "manifest", "update-metadata", *where, "--write-enabled", "true")
    az.run("acr", "manifest", "delete", *where, "--yes")
    az.fails("acr", "manifest", "show-metadata", *where)


# ---- other people

def test_service_principal_for_rbac(az, docker, registry, pushed, inside, tmp_path):
    """What a pipeline does: an application of its own, a role, sign-in, login, push, pull; and the role's removal."""
    made = az.json("ad", "sp", "create-for-rbac", "-n", "pipeline")
    assert set(made) == {"appId", "displayName", "password", "tenant"} and made["displayName"] == "pipeline"
    principal = az.json("ad", "sp", "show", "--id", made["appId"])
    name = f"{registry['id']}/providers/Microsoft.Authorization/roleAssignments/{NULL_GUID[:-1]}1"
    definition = f"/subscriptions/{inside.owner.info()['subscriptionId']}/providers/Microsoft.Authorization" \
                 f"/roleDefinitions/{ROLES['AcrPush']}"
    other = Az(inside, need("az"), tmp_path, docker.settings)
    assert "No subscriptions found" in other.fails("login", "--service-principal", "-u", made["appId"], "-p",
                                                   made["password"], "--tenant", made["tenant"])
    az.rest("put", name, {"properties": {"roleDefinitionId": definition, "principalId": principal["id"],
                                         "principalType": "ServicePrincipal"}})
    other.json("login", "--service-principal", "-u", made["appId"], "-p", made["password"], "--tenant", made["tenant"],
               "--allow-no-subscriptions")
    other.run("acr", "login", "-n", REGISTRY)
    assert f"digest: {pushed}" in push(docker, registry, "pipeline/app:1")
    assert pushed in pull(docker, registry, "pipeline/app:1")
    az.run("role", "assignment", "delete", "--ids", name)
    said = other.fails("acr", "login", "-n", REGISTRY)
    for words in ("CONNECTIVITY_REFRESH_TOKEN_ERROR", "401", "Unable to authenticate using AAD or admin login"):
        assert words in said, said
    assert "unauthorized" in docker.fails("pull", f"{registry['loginServer']}/pipeline/app:1")


def test_directory_commands(az, inside):
    made = az.json("ad", "app", "create", "--display-name", "listed")
    az.run("ad", "sp", "create", "--id", made["appId"])
    assert made["appId"] in [each["appId"] for each in az.json("ad", "sp", "list", "--display-name", "listed")]
    first = az.json("ad", "app", "credential", "reset", "--id", made["appId"])
    second = az.json("ad", "app", "credential", "reset", "--id", made["appId"], "--append")
    assert first["password"] != second["password"]
    assert len(az.json("ad", "app", "credential", "list", "--id", made["appId"])) == 2
    az.run("ad", "sp", "delete", "--id", made["appId"])
    assert made["appId"] not in [each["appId"] for each in az.json("ad", "sp", "list", "--all")]


def test_a_person(inside, docker, tmp_path, registry, pushed):
    inside.owner.create_user("ada@berth.test", "Correct-horse-9", ROLES["Owner"])
    az = Az(inside, need("az"), tmp_path, docker.settings)
    account = az.json("login", "-u", "ada@berth.test", "-p", "Correct-horse-9")[0]
    assert account["user"] == {"name": "ada@berth.test", "type": "user"}
    assert az.json("ad", "signed-in-user", "show")["userPrincipalName"] == "ada@berth.test"
    assert az.json("acr", "login", "-n", REGISTRY, "--expose-token")["accessToken"]
    assert "AADSTS50126" in az.fails("login", "-u", "ada@berth.test", "-p", "wrong")


@pytest.mark.parametrize("change,code", (("secret", "AADSTS7000215"), ("id", "AADSTS700016")))
def test_refused_sign_in(inside, docker, tmp_path, change, code):
    application, secret, _ = inside.owner.create_principal(f"refused-{change}")
    given = {"id": application, "secret": secret, "tenant": inside.owner.info()["tenantId"]}
    given[change] = {"id": "33333333-3333-4333-8333-333333333333", "secret": "wrong"}[change]
    az = Az(inside, need("az"), tmp_path, docker.settings)
    said = az.fails("login", "--service-principal", "-u", given["id"], "-p", given["secret"], "--tenant",
                    given["tenant"])
    assert code in said and given["tenant"] in said, said


def test_roles_are_listed(az, registry, inside):
    scope = f"/subscriptions/{inside.owner.info()['subscriptionId']}"
    path = f"{scope}/providers/Microsoft.Authorization/roleDefinitions"
    found = az.rest("get", path, version="2018-01-01-preview")["value"]
    names = {each["properties"]["roleName"]: each["name"] for each in found}
    assert ROLES.items() <= names.items()
    filtered = az.rest("get", path, version="2018-01-01-preview", **{"$filter": "roleName%20eq%20'AcrPull'"})["value"]
    assert [each["name"] for each in filtered] == [ROLES["AcrPull"]]


def test_show_endpoints(az, registry):
    told = az.json("acr", "show-endpoints", "-n", REGISTRY)
    assert told["loginServer"] == registry["loginServer"]
    assert json.dumps(told).count(registry["location"]) >= 1
