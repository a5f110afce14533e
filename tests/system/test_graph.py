"""The Graph subset: what the Azure CLI asks of a directory, its filters, its errors."""

import json
import time
import urllib.parse
import uuid

import pytest

from faces import DOMAIN, arm_refused
from owner import ROLES, claims


@pytest.fixture
def graph(domain):
    """Graph as the owner of the subscription's robot."""
    made = getattr(domain, "graph_robot", None)
    if made is None:
        made = domain.graph_robot = domain.owner.create_principal("graph-robot", ROLES["Owner"])[:2]
    token = domain.sign_in(*made, domain.url("graph"))
    with domain.face("graph", authorization=f"Bearer {token}") as connection:
        yield connection


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def found(graph, path, text, **headers):
    """The list behind a $filter."""
    answer = graph.get(f"/v1.0/{path}?$filter={urllib.parse.quote(text)}", **headers).expect(200)
    return answer.json()["value"]


def test_needs_a_graph_token(domain):
    for token in (None, "x", domain.sign_in(*domain.owner.create_principal("other")[:2])):
        with domain.face("graph", authorization=token and f"Bearer {token}") as stranger:
            error = stranger.get("/v1.0/users").expect(401).json()["error"]
            assert error["code"] == "InvalidAuthenticationToken" and error["message"], error


def test_create_for_rbac(graph, name):
    """The calls of `az ad sp create-for-rbac`, in its order."""
    assert found(graph, "servicePrincipals", f"displayName eq '{name}'") == []
    assert found(graph, "applications", f"startswith(displayName,'{name}')") == []
    made = graph.send_json("POST", "/v1.0/applications", {"displayName": name, "keyCredentials": []})
    application = made.expect(201).json()
    assert application["id"] != application["appId"]
    given = graph.send_json("POST", f"/v1.0/applications/{application['id']}/addPassword", {
        "passwordCredential": {"displayName": "rbac", "startDateTime": stamp(0),
                               "endDateTime": stamp(365 * 86400)}}).expect(200).json()
    assert len(given["secretText"]) >= 32 and given["keyId"] and given["displayName"] == "rbac"
    principal = graph.send_json("POST", "/v1.0/servicePrincipals", {
        "appId": application["appId"], "accountEnabled": True}).expect(201).json()
    assert found(graph, "servicePrincipals",
                 f"servicePrincipalNames/any(c:c eq '{application['appId']}')")[0]["id"] == (
                     principal["id"])
    shown = graph.get(f"/v1.0/applications/{application['id']}").expect(200)
    assert given["secretText"] not in shown.body.decode()
    assert shown.json()["passwordCredentials"][0]["keyId"] == given["keyId"]
    graph.send_json("POST", f"/v1.0/applications/{application['id']}/removePassword",
                    {"keyId": given["keyId"]}).expect(204)
    assert graph.get(f"/v1.0/applications/{application['id']}").json()["passwordCredentials"] == []
    graph.delete(f"/v1.0/servicePrincipals/{principal['id']}").expect(204)
    graph.delete(f"/v1.0/applications/{application['id']}").expect(204)
    arm_refused(graph.get(f"/v1.0/applications/{application['id']}"), 404,
                "Request_ResourceNotFound")


def test_objects_by_id(domain, graph, name):
    _, _, principal = domain.owner.create_principal(name)
    user = domain.owner.create_user(f"{name}@{DOMAIN}", "Correct-horse-9")
    group = graph.send_json("POST", "/v1.0/groups", {"displayName": name, "mailEnabled": False,
                            "mailNickname": name, "securityEnabled": True}).expect(201).json()["id"]
    told = graph.send_json("POST", "/v1.0/directoryObjects/getByIds", {
        "ids": [principal, user, group, str(uuid.uuid4())],
        "types": ["user", "group", "servicePrincipal", "directoryObjectPartnerReference"]})
    kinds = {each["id"]: each["@odata.type"] for each in told.expect(200).json()["value"]}
    assert kinds == {principal: "#microsoft.graph.servicePrincipal", user: "#microsoft.graph.user",
                     group: "#microsoft.graph.group"}


def test_users(domain, graph, name):
    made = graph.send_json("POST", "/v1.0/users", {
        "accountEnabled": True, "displayName": name, "mailNickname": name,
        "userPrincipalName": f"{name}@{DOMAIN}", "passwordProfile": {
            "password": "Correct-horse-9", "forceChangePasswordNextSignIn": False}})
    user = made.expect(201).json()
    assert "Correct-horse" not in made.body.decode() and "passwordProfile" not in user
    by_name = found(graph, "users", f"userPrincipalName eq '{name}@{DOMAIN}'")
    assert [each["id"] for each in by_name] == [user["id"]]
    graph.send_json("PATCH", f"/v1.0/users/{user['id']}", {"displayName": "New"}).expect(204)
    assert graph.get(f"/v1.0/users/{name}@{DOMAIN}").expect(200).json()["displayName"] == "New"
    graph.delete(f"/v1.0/users/{user['id']}").expect(204)
    graph.get(f"/v1.0/users/{user['id']}").expect(404)


def test_groups(domain, graph, name):
    user = domain.owner.create_user(f"{name}@{DOMAIN}", "Correct-horse-9")
    group = graph.send_json("POST", "/v1.0/groups", {
        "displayName": name, "mailEnabled": False, "mailNickname": name,
        "securityEnabled": True}).expect(201).json()["id"]
    member = {"@odata.id": f"{domain.url('graph')}/v1.0/directoryObjects/{user}"}
    graph.send_json("POST", f"/v1.0/groups/{group}/members/$ref", member).expect(204)
    arm_refused(graph.send_json("POST", f"/v1.0/groups/{group}/members/$ref", member), 400, None)
    members = graph.get(f"/v1.0/groups/{group}/members").expect(200).json()["value"]
    assert [each["id"] for each in members] == [user]
    graph.delete(f"/v1.0/groups/{group}/members/{user}/$ref").expect(204)
    assert graph.get(f"/v1.0/groups/{group}/members").json()["value"] == []


def test_me(domain, name):
    user = domain.owner.create_user(f"{name}@{DOMAIN}", "Correct-horse-9")
    with domain.face("login") as login:
        token = login.form("/adfs/oauth2/token", grant_type="password", username=f"{name}@{DOMAIN}",
                           client_id="04b07795-8ddb-461a-bbee-02f9e1bf7b46",
                           password="Correct-horse-9", scope=f"{domain.url('graph')}/.default openid").expect(200)
    token = token.json()["access_token"]
    assert claims(token)["oid"] == user
    with domain.face("graph", authorization=f"Bearer {token}") as mine:
        me = mine.get("/v1.0/me").expect(200).json()
        assert (me["id"], me["userPrincipalName"]) == (user, f"{name}@{DOMAIN}")
        answer = mine.send_json("POST", "/v1.0/users", {"displayName": "x"})  # no role, no writing
        arm_refused(answer, 403, "Authorization_RequestDenied")


def test_paging(domain, graph, name):
    for number in range(7):
        graph.send_json("POST", "/v1.0/applications", {"displayName": f"{name}-{number}"}).expect(201)
    query = urllib.parse.urlencode({"$filter": f"startswith(displayName,'{name}')", "$top": "3"},
                                   quote_via=urllib.parse.quote, safe="$")
    following, seen = f"/v1.0/applications?{query}", []
    while following:
        page = graph.get(following).expect(200).json()
        assert len(page["value"]) <= 3
        seen += [each["displayName"] for each in page["value"]]
        following = page.get("@odata.nextLink")
    assert sorted(seen) == [f"{name}-{number}" for number in range(7)]


BAD = (
    ("POST", "applications", b"", None), ("POST", "applications", b"{", None),
    ("POST", "applications", b"[]", None), ("POST", "applications", {}, "displayName"),
    ("POST", "applications", {"displayName": ""}, "displayName"),
    ("POST", "applications", {"displayName": "x" * 300}, "displayName"),
    ("POST", "applications", {"displayName": 5}, "displayName"),
    ("POST", "applications", {"displayName": "a\nb"}, "displayName"),
    ("POST", "applications", {"displayName": "a", "web": {"redirectUris": ["javascript:x"]}}, "redirect"),
    ("POST", "servicePrincipals", {}, "appId"), ("POST", "servicePrincipals", {"appId": "x"}, "appId"),
    ("POST", "servicePrincipals", {"appId": "99999999-9999-4999-8999-999999999999"}, "appId"),
    ("POST", "users", {"displayName": "a"}, "userPrincipalName"),
    ("POST", "users", {"displayName": "a", "userPrincipalName": "a@other.example",
                       "passwordProfile": {"password": "Correct-horse-9"}}, DOMAIN),
    ("POST", "users", {"displayName": "a", "userPrincipalName": f"short@{DOMAIN}",
                       "passwordProfile": {"password": "short"}}, "password"),
    ("POST", "users", {"displayName": "a", "userPrincipalName": f"a b@{DOMAIN}",
                       "passwordProfile": {"password": "Correct-horse-9"}}, "userPrincipalName"),
    ("POST", "groups", {}, "displayName"),
    ("POST", "directoryObjects/getByIds", {"ids": "x"}, "ids"),
    ("POST", "directoryObjects/getByIds", {"ids": [str(uuid.uuid4())] * 1001}, "1000"),
    ("GET", "users?$filter=userPrincipalName%20like%20'a'", None, "filter"),
    ("GET", "users?$filter=password%20eq%20'a'", None, "filter"),
    ("GET", "users?$filter='", None, "filter"), ("GET", "users?$top=x", None, "top"),
    ("PATCH", "applications/absent", {"displayName": "a"}, None),
)


@pytest.mark.parametrize("method,path,body,word", BAD, ids=[f"{r[1]} {str(r[2])[:40]}" for r in BAD])
def test_refused(graph, method, path, body, word):
    answer = graph.send_json(method, f"/v1.0/{path}", body).expect(400, 404)
    error = answer.json()["error"]
    assert error["code"] and error["message"], answer
    assert word is None or word.lower() in json.dumps(error).lower(), answer


def test_unknown_paths(graph):
    for method, path in (("GET", "/v1.0/nothing"), ("GET", "/beta/users"), ("DELETE", "/v1.0/users"),
                         ("PUT", "/v1.0/me")):
        error = graph.request(method, path).expect(404, 405, 400).json()["error"]
        assert error["code"], error


def test_same_name_twice(domain, graph, name):
    domain.owner.create_user(f"{name}@{DOMAIN}", "Correct-horse-9")
    answer = graph.send_json("POST", "/v1.0/users", {
        "displayName": name, "userPrincipalName": f"{name.upper()}@{DOMAIN}", "mailNickname": name,
        "accountEnabled": True, "passwordProfile": {"password": "Correct-horse-9"}})
    error = answer.expect(400, 409).json()["error"]
    assert "userPrincipalName" in error["message"], error
