"""The control plane: ARM's rules of writing and reading, over HTTPS with a bearer token and over the
machine's socket."""

import json
import urllib.parse

import pytest

from faces import arm_refused
from owner import ROLES, claims

PREFIX = "Microsoft.ContainerRegistry/registries"
VERSION = "2022-02-01-preview"


@pytest.fixture(scope="module")
def robot(domain):
    """(client id, secret) of the owner of the subscription."""
    return domain.owner.create_principal("arm-robot", ROLES["Owner"])[:2]


@pytest.fixture
def arm(domain, robot):
    with domain.arm(domain.sign_in(*robot)) as connection:
        yield connection


@pytest.fixture
def path(domain, name):
    """The resource id of a registry that the test may make."""
    return domain.owner.registry_id(name)


def target(path, version=VERSION, query=""):
    return f"{path}?api-version={version}{query}"


def body(domain, **properties):
    return {"location": domain.owner.info()["region"], "sku": {"name": "Premium"},
            "properties": properties}


def put(arm, path, document, **headers):
    return arm.send_json("PUT", target(path), document, **headers)


def patch(arm, path, document, **headers):
    return arm.send_json("PATCH", target(path), document, **headers)


# ---- who may speak

@pytest.mark.parametrize("token", (None, "x", "a.b.c"))
def test_needs_a_token(domain, path, token):
    with domain.arm(token) as arm:
        answer = arm.get(target(path))
        arm_refused(answer, 401, "InvalidAuthenticationToken" if token else "AuthenticationFailed")
        challenge = answer.header("WWW-Authenticate")
        assert challenge.startswith("Bearer authorization_uri=") and "login.berth.test" in challenge


def test_metadata_is_for_everybody(domain):
    with domain.arm() as arm:
        old = arm.get("/metadata/endpoints?api-version=2015-01-01").expect(200).json()
        assert old["authentication"]["loginEndpoint"] == arm.get(
            "//metadata/endpoints?api-version=2015-01-01").expect(200).json()[
                "authentication"]["loginEndpoint"]
        assert old["authentication"]["audiences"][0].startswith(domain.url("management"))
        new = arm.get("/metadata/endpoints?api-version=2019-05-01").expect(200).json()
    assert isinstance(new, list) and new[0]["name"] != "AzureCloud"
    assert new[0]["suffixes"]["acrLoginServer"].lstrip(".") == "berth.test"
    assert new[0]["authentication"]["loginEndpoint"].startswith(domain.url("login"))


def test_a_registry_token_is_nothing_here(domain):
    with domain.arm(domain.owner.token()) as arm:
        arm.get("/subscriptions?api-version=2019-11-01").expect(401)


def test_roles_decide(domain, path, name):
    """Reader reads, a stranger is told 404 for one resource and nothing in a list."""
    owner = domain.owner
    owner.create_registry(name)
    application, secret, _ = owner.create_principal(f"{name}-reader", ROLES["Reader"], path)
    with domain.arm(domain.sign_in(application, secret)) as reader:
        reader.get(target(path)).expect(200)
        arm_refused(patch(reader, path, {"tags": {}}), 403, "AuthorizationFailed", name)
        arm_refused(reader.send_json("POST", target(f"{path}/listCredentials")), 403,
                    "AuthorizationFailed", "listCredentials")
        arm_refused(reader.request("DELETE", target(path)), 403, "AuthorizationFailed")
        listed = reader.get(target(f"{owner.subscription()}/providers/{PREFIX}")).expect(200).json()
        assert [each["name"] for each in listed["value"]] == [name]
        found = reader.get(f"{owner.subscription()}/resources?api-version=2021-04-01&$filter="
                           "resourceType%20eq%20'Microsoft.ContainerRegistry/registries'")
        assert [each["name"] for each in found.expect(200).json()["value"]] == [name]
    application, secret, _ = owner.create_principal(f"{name}-stranger")
    with domain.arm(domain.sign_in(application, secret)) as stranger:
        listed = stranger.get(target(f"{owner.subscription()}/providers/{PREFIX}"))
        assert listed.expect(200).json()["value"] == []
        assert stranger.get("/subscriptions?api-version=2019-11-01").expect(200).json()[
            "value"] == []
        stranger.get(target(path)).expect(403, 404)


def test_contributor_assigns_no_roles(domain, path, name):
    domain.owner.create_registry(name)
    application, secret, principal = domain.owner.create_principal(name, ROLES["Contributor"], path)
    assignment = f"{path}/providers/Microsoft.Authorization/roleAssignments/" \
                 "55555555-5555-4555-8555-555555555555"
    definition = f"{domain.owner.subscription()}/providers/Microsoft.Authorization" \
                 f"/roleDefinitions/{ROLES['Owner']}"
    with domain.arm(domain.sign_in(application, secret)) as contributor:
        patch(contributor, path, {"tags": {"may": "write"}}).expect(200)
        answer = contributor.send_json("PUT", target(assignment, "2022-04-01"), {"properties": {
            "roleDefinitionId": definition, "principalId": principal}})
    arm_refused(answer, 403, "AuthorizationFailed", "roleAssignments/write")


# ---- writing

def test_life_of_a_registry(domain, arm, path, name):
    made = put(arm, path, body(domain)).expect(200, 201).json()
    assert made["id"] == path and made["name"] == name and made["type"] == PREFIX
    assert made["properties"]["loginServer"] == domain.login_server(name)
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["properties"]["adminUserEnabled"] is False
    assert made["properties"]["anonymousPullEnabled"] is False
    assert made["systemData"]["createdBy"]
    with domain.registry(name) as face:
        face.get("/v2/").expect(401)
    assert arm.get(target(path)).expect(200).json() == made
    arm.request("DELETE", target(path)).expect(200, 202, 204)
    arm_refused(arm.get(target(path)), 404, "ResourceNotFound", name)
    arm.request("DELETE", target(path)).expect(204)
    with domain.registry(name) as face:
        face.get("/v2/").expect(404, 421)


def test_ids_in_any_case(domain, arm, path, name):
    put(arm, path, body(domain)).expect(200, 201)
    for written in (path.upper(), path.lower(), path.replace("resourceGroups", "resourcegroups")):
        assert arm.get(target(written)).expect(200).json()["id"] == path
    put(arm, path.upper(), body(domain)).expect(200)
    listed = arm.get(target(f"{domain.owner.subscription()}/providers/{PREFIX}")).json()["value"]
    assert [each["id"] for each in listed if each["name"].lower() == name] == [path]


def test_absent_keeps_and_arrays_replace(domain, arm, path):
    put(arm, path, {**body(domain, adminUserEnabled=True), "tags": {"a": "1", "b": "2"}})
    kept = patch(arm, path, {"properties": {"dataEndpointEnabled": False}}).expect(200).json()
    assert kept["properties"]["adminUserEnabled"] is True and kept["tags"] == {"a": "1", "b": "2"}
    assert patch(arm, path, {"tags": {"c": "3"}}).expect(200).json()["tags"] == {"c": "3"}
    assert patch(arm, path, {}).expect(200).json()["tags"] == {"c": "3"}
    again = put(arm, path, body(domain)).expect(200).json()  # absent in a PUT is the default
    assert again["properties"]["adminUserEnabled"] is False and not again.get("tags")


def test_what_was_read_may_be_sent_back(domain, arm, path):
    """az and the SDKs send whole documents back, read-only members included."""
    made = put(arm, path, body(domain)).expect(200, 201).json()
    same = put(arm, path, made).expect(200).json()
    assert same["properties"] == made["properties"]
    policies = {"properties": {"policies": made["properties"]["policies"]}}
    assert patch(arm, path, policies).expect(200).json()["properties"] == made["properties"]


@pytest.mark.parametrize("version", ("2019-05-01", "2020-11-01-preview", "2021-08-01-preview",
                                     VERSION, "2025-11-01", "2099-01-01"))
def test_api_versions(domain, arm, path, version):
    arm.send_json("PUT", target(path, version), body(domain)).expect(200, 201)
    shown = arm.get(target(path, version)).expect(200).json()["properties"]
    assert shown["networkRuleSet"]["defaultAction"] == "Allow"


@pytest.mark.parametrize("query", ("", "?api-version=", "?api-version=soon", "?api-version=2022",
                                   "?api-version=2022-13-45'--"))
def test_wrong_api_version(arm, path, query):
    error = arm.get(path + query).expect(400).json()["error"]
    assert "api-version" in error["message"].lower(), error


def test_etags(domain, arm, path):
    put(arm, path, body(domain))
    tag = arm.get(target(path)).expect(200).header("ETag")
    assert tag
    patch(arm, path, {"tags": {"a": "1"}}, If_Match=tag).expect(200)
    arm_refused(patch(arm, path, {"tags": {"a": "2"}}, If_Match=tag), 412, "PreconditionFailed")
    arm_refused(put(arm, path, body(domain), If_None_Match="*"), 412, "PreconditionFailed")
    assert arm.get(target(path)).json()["tags"] == {"a": "1"}


# Name, document, code, words of the message. `None` as a document: the bytes stand in the name.
BAD = (
    ("empty", b"", None, ()), ("no JSON", b"hello", None, ()),
    ("cut off", b'{"location":', None, ()), ("an array", b"[]", None, ("object",)),
    ("a number", b"5", None, ("object",)), ("twice", b'{"location":"a","location":"b"}', None, ()),
    ("too deep", b'{"properties":' + b"[" * 500 + b"]" * 500 + b"}", None, ()),
    ("not UTF-8", b'{"location":"\xff"}', None, ()),
    ("unknown at the top", {"colour": "red"}, "InvalidRequestContent", ("colour",)),
    ("unknown property", {"properties": {"adminUserEnable": True}}, "InvalidRequestContent",
     ("adminUserEnable",)),
    ("properties is a list", {"properties": []}, "InvalidRequestContent", ("properties",)),
    ("text for a boolean", {"properties": {"adminUserEnabled": "yes"}}, "InvalidRequestContent",
     ("adminUserEnabled",)),
    ("number for a boolean", {"properties": {"anonymousPullEnabled": 1}}, "InvalidRequestContent",
     ("anonymousPullEnabled",)),
    ("unknown sku", {"sku": {"name": "Gold"}}, None, ("Gold",)),
    ("sku is text", {"sku": "Premium"}, "InvalidRequestContent", ("sku",)),
    ("tag is a number", {"tags": {"a": 5}}, "InvalidRequestContent", ("tags",)),
    ("many tags", {"tags": {f"t{i}": "" for i in range(51)}}, None, ("50",)),
    ("long tag", {"tags": {"a": "x" * 300}}, None, ("256",)),
    ("unknown status", {"properties": {"policies": {"azureADAuthenticationAsArmPolicy": {
        "status": "maybe"}}}}, None, ("status",)),
    ("unknown action", {"properties": {"networkRuleSet": {"defaultAction": "Perhaps"}}}, None,
     ("defaultAction",)),
    ("unknown mode", {"properties": {"roleAssignmentMode": "Anarchy"}}, None,
     ("roleAssignmentMode",)),
    # Properties that have no effect yet are refused by name, not swallowed.
    ("retention", {"properties": {"policies": {"retentionPolicy": {
        "days": 7, "status": "enabled"}}}}, None, ("retention",)),
    ("encryption", {"properties": {"encryption": {"status": "enabled", "keyVaultProperties": {
        "keyIdentifier": "https://v/keys/k"}}}}, None, ("encryption",)),
    ("zone redundancy", {"properties": {"zoneRedundancy": "Enabled"}}, None, ("zone",)),
)


@pytest.mark.parametrize("document,code,words", [row[1:] for row in BAD], ids=[r[0] for r in BAD])
@pytest.mark.parametrize("method", ("PUT", "PATCH"))
def test_malformed_body(domain, arm, path, method, document, code, words):
    put(arm, path, body(domain)).expect(200, 201)
    before = arm.get(target(path)).json()
    if method == "PUT" and isinstance(document, dict):
        document = {**body(domain), **document}
    answer = arm.send_json(method, target(path), document).expect(400)
    error = answer.json()["error"]
    assert error["code"] and (code is None or error["code"] == code), answer
    for word in words:
        assert word.lower() in json.dumps(error).lower(), answer
    assert arm.get(target(path)).json() == before


def test_too_large_a_body(arm, path):
    answer = arm.send_json("PUT", target(path), {"tags": {"a": "x" * (5 << 20)}})
    arm_refused(answer, 413, "RequestEntityTooLarge")


@pytest.mark.parametrize("label", ("abcd", "a" * 51, "with-dash", "with.dot", "umläut", "login",
                                   "graph", "logs", "management", "portal"))
def test_illegal_and_reserved_names(domain, arm, label):
    quoted = urllib.parse.quote(label)
    answer = put(arm, domain.owner.registry_id(quoted), body(domain)).expect(400, 409)
    assert answer.json()["error"]["message"], answer
    arm.get(target(domain.owner.registry_id(quoted))).expect(400, 404)


def test_name_is_taken_everywhere(domain, arm, path, name):
    put(arm, path, body(domain)).expect(200, 201)
    domain.owner.group("arm-second")
    other = domain.owner.registry_id(name, "arm-second")
    arm_refused(put(arm, other, body(domain)), 409, "AlreadyInUse", name)


def test_check_name(domain, arm, name):
    where = target(f"{domain.owner.subscription()}/providers/Microsoft.ContainerRegistry"
                   "/checkNameAvailability")
    ask = lambda given: arm.send_json("POST", where, {"name": given, "type": PREFIX})  # noqa: E731
    assert ask(name).expect(200).json()["nameAvailable"] is True
    domain.owner.create_registry(name)
    taken = ask(name.upper()).expect(200).json()
    assert (taken["nameAvailable"], taken["reason"]) == (False, "AlreadyExists")
    for given in ("a", "with-dash", "login"):
        told = ask(given).expect(200).json()
        assert (told["nameAvailable"], told["reason"]) == (False, "Invalid") and told["message"]
    arm.send_json("POST", where, {}).expect(400)
    arm.send_json("POST", where, {"name": 5, "type": PREFIX}).expect(400)


@pytest.mark.parametrize("tail,status,code", (
    ("/nothing", 404, None), ("/tokens/absent", 404, "ResourceNotFound"),
    ("/tokens/UPPER_/x", 404, None), ("/scopeMaps/absent", 404, "ResourceNotFound"),
    ("/../other", 404, None)))
def test_nothing_there(domain, arm, path, tail, status, code):
    put(arm, path, body(domain)).expect(200, 201)
    error = arm.get(target(path + tail)).expect(status, 400).json()["error"]
    assert code is None or error["code"] == code, error


def test_missing_parents(domain, arm, name):
    absent = domain.owner.registry_id(name, "no-such-group")
    arm_refused(put(arm, absent, body(domain)), 404, "ResourceGroupNotFound", "no-such-group")
    arm_refused(arm.get(target(absent)), 404, "ResourceGroupNotFound", "no-such-group")
    other = absent.replace(domain.owner.info()["subscriptionId"],
                           "66666666-6666-4666-8666-666666666666")
    arm_refused(arm.get(target(other)), 403, "AuthorizationFailed")  # decided before any look-up
    assert domain.owner.arm("GET", other).expect(404).error()["code"] == "SubscriptionNotFound"
    tokens = f"{domain.owner.registry_id(name)}/tokens/onetoken"
    answer = put(arm, tokens, {"properties": {"scopeMapId": "x"}}).expect(404)
    assert name in answer.json()["error"]["message"]


@pytest.mark.parametrize("method,tail", (("POST", ""), ("GET", "/listCredentials"),
                                         ("BREW", ""), ("PUT", "/listUsages")))
def test_wrong_method(domain, arm, path, method, tail):
    put(arm, path, body(domain)).expect(200, 201)
    answer = arm.send_json(method, target(path + tail)).expect(405, 404)
    assert answer.json()["error"]["code"], answer


# ---- credentials, tokens, scope maps

def test_admin_credentials(domain, arm, path, name):
    put(arm, path, body(domain))
    answer = arm.send_json("POST", target(f"{path}/listCredentials"))
    assert answer.expect(400, 409).json()["error"]["code"]
    patch(arm, path, {"properties": {"adminUserEnabled": True}}).expect(200)
    first = arm.send_json("POST", target(f"{path}/listCredentials")).expect(200).json()
    assert first["username"] == name and [p["name"] for p in first["passwords"]] == [
        "password", "password2"]
    assert arm.send_json("POST", target(f"{path}/listCredentials")).json() == first
    renewed = arm.send_json("POST", target(f"{path}/regenerateCredential"),
                            {"name": "password2"}).expect(200).json()
    assert renewed["passwords"][0] == first["passwords"][0] != renewed["passwords"][1]
    for wrong in ({}, {"name": "password3"}, {"name": 2}, {"name": "password", "x": 1}):
        arm.send_json("POST", target(f"{path}/regenerateCredential"), wrong).expect(400)


def test_tokens_and_scope_maps(domain, arm, path, name):
    put(arm, path, body(domain))
    scope_map, token = f"{path}/scopeMaps/mapped", f"{path}/tokens/onetoken"
    arm_refused(put(arm, token, {"properties": {"scopeMapId": scope_map}}), (400, 404), None,
                "scopeMap")
    made = put(arm, scope_map, {"properties": {"actions": [
        "repositories/a/content/read", "repositories/b/*/content/read"]}}).expect(200, 201).json()
    assert made["properties"]["type"] == "UserDefined" and made["properties"]["creationDate"]
    made = put(arm, token, {"properties": {"scopeMapId": scope_map}}).expect(200, 201).json()
    assert made["properties"]["status"] == "enabled"
    assert made["properties"]["credentials"]["passwords"] == []
    given = arm.send_json("POST", target(f"{path}/generateCredentials"),
                          {"tokenId": token}).expect(200).json()
    assert given["username"] == "onetoken" and {p["name"] for p in given["passwords"]} == {
        "password1", "password2"}
    shown = arm.get(target(token)).expect(200).json()
    for password in given["passwords"]:
        assert password["value"] not in json.dumps(shown)
    arm_refused(arm.request("DELETE", target(scope_map)), (400, 409), None, "onetoken")
    arm.request("DELETE", target(token)).expect(200, 202, 204)
    arm.request("DELETE", target(scope_map)).expect(200, 202, 204)


@pytest.mark.parametrize("action", (
    "repositories/a/content/frobnicate", "content/read", "", "a" * 600,
    "repositories/sample/*/teamA/content/read", "repositories/sample/teamA*/content/read",
    "repositories/a/*/b/*/content/read", "repositories//content/read", 5))
def test_illegal_action(domain, arm, path, action):
    put(arm, path, body(domain))
    answer = put(arm, f"{path}/scopeMaps/mapped", {"properties": {"actions": [action]}}).expect(400)
    assert answer.json()["error"]["message"]
    arm.get(target(f"{path}/scopeMaps/mapped")).expect(404)


def test_too_many_actions(domain, arm, path):
    put(arm, path, body(domain))
    actions = [f"repositories/r{i}/content/read" for i in range(501)]
    error = put(arm, f"{path}/scopeMaps/mapped", {"properties": {"actions": actions}}).expect(400)
    assert "500" in error.json()["error"]["message"]


def test_system_scope_maps(domain, arm, path):
    put(arm, path, body(domain))
    listed = arm.get(target(f"{path}/scopeMaps")).expect(200).json()["value"]
    kinds = {each["name"]: each["properties"]["type"] for each in listed}
    assert {"_repositories_pull", "_repositories_push", "_repositories_admin"} <= set(kinds)
    assert set(kinds.values()) == {"SystemDefined"}
    arm.request("DELETE", target(f"{path}/scopeMaps/_repositories_pull")).expect(400, 403, 405, 409)
    patch(arm, f"{path}/scopeMaps/_repositories_pull",
          {"properties": {"actions": ["repositories/a/content/read"]}}).expect(400, 403, 405, 409)


# ---- lists

def test_paging(domain, arm, path):
    put(arm, path, body(domain))
    put(arm, f"{path}/scopeMaps/mapped", {"properties": {"actions": ["repositories/a/content/read"]}})
    names = [f"token{i:03}" for i in range(130)]
    for each in names:
        put(arm, f"{path}/tokens/{each}", {"properties": {"scopeMapId": f"{path}/scopeMaps/mapped"}})
    seen, pages, following = [], 0, target(f"{path}/tokens", query="&$top=50")
    while following:
        page = arm.get(following).expect(200).json()
        seen += [each["name"] for each in page["value"]]
        pages += 1
        following = page.get("nextLink")
        assert following is None or following.startswith(domain.url("management")), page
    assert seen == names and pages >= 2
    arm.get(target(f"{path}/tokens", query="&$top=x")).expect(400)


def test_usages(domain, arm, path, name):
    put(arm, path, body(domain))
    sizes = lambda: {each["name"]: each for each in arm.get(  # noqa: E731
        target(f"{path}/listUsages")).expect(200).json()["value"]}
    assert sizes()["Size"]["currentValue"] == 0
    with domain.registry(name, domain.owner.basic(name)) as face:
        face.push_blob("a", b"x" * 12345)
    assert sizes()["Size"]["currentValue"] >= 12345
    assert all({"name", "limit", "currentValue", "unit"} <= set(each) for each in sizes().values())


def test_locations_providers_and_operations(domain, arm):
    subscription = domain.owner.subscription()
    where = arm.get(f"{subscription}/locations?api-version=2019-11-01").expect(200).json()["value"]
    assert domain.owner.info()["region"] in [each["name"] for each in where]
    shown = arm.get("/providers/Microsoft.ContainerRegistry/operations?api-version=" + VERSION)
    names = [each["name"] for each in shown.expect(200).json()["value"]]
    assert f"{PREFIX}/pull/read" in names and f"{PREFIX}/listCredentials/action" in names
    tenants = arm.get("/tenants?api-version=2019-11-01").expect(200).json()["value"]
    assert [each["tenantId"] for each in tenants] == [domain.tenant()]


# ---- roles

def test_assignments(domain, arm, path, name):
    owner = domain.owner
    owner.create_registry(name)
    _, _, principal = owner.create_principal(name)
    first = owner.assign(principal, ROLES["AcrPull"], path)
    definition = f"{owner.subscription()}/providers/Microsoft.Authorization/roleDefinitions"
    twice = arm.send_json("PUT", target(first[:-4] + "abcd", "2022-04-01"), {"properties": {
        "roleDefinitionId": f"{definition}/{ROLES['AcrPull']}", "principalId": principal}})
    arm_refused(twice, 409, "RoleAssignmentExists", "role assignment already exists")
    listed = arm.get(target(f"{path}/providers/Microsoft.Authorization/roleAssignments",
                            "2022-04-01", f"&$filter=principalId%20eq%20'{principal}'"))
    found = listed.expect(200).json()["value"]
    assert [each["id"].lower() for each in found] == [first.lower()]
    assert found[0]["properties"]["roleDefinitionId"].startswith(definition)
    for wrong, word in (({"roleDefinitionId": f"{definition}/{principal}", "principalId": principal},
                         "role"), ({"principalId": principal}, "roleDefinitionId"),
                        ({"roleDefinitionId": f"{definition}/{ROLES['AcrPull']}"}, "principalId"),
                        ({"roleDefinitionId": f"{definition}/{ROLES['AcrPull']}",
                          "principalId": "x"}, "principalId")):
        answer = arm.send_json("PUT", target(first[:-4] + "dcba", "2022-04-01"),
                               {"properties": wrong}).expect(400, 404)
        assert word.lower() in answer.body.decode().lower(), answer
    arm.request("DELETE", target(first, "2022-04-01")).expect(200)
    arm.request("DELETE", target(first, "2022-04-01")).expect(204)


def test_whose_token_it_is(domain, robot):
    said = claims(domain.sign_in(*robot))
    assert said["aud"].rstrip("/") == domain.url("management") and said["appid"] == robot[0]
    assert said["tid"] == domain.tenant() and said["oid"] and said["iss"]
