"""What ends a credential ends it on the next request, with every token that was made from it."""

import json
import time

import pytest

from faces import READ, WRITE
from owner import ROLES, basic
from registry import digest_of, make_image


def ends(face, header, change):
    """A credential, and the tokens made from it, good until `change`."""
    narrow = f"Bearer {face.access(header, 'repository:a:pull')}"
    for good in (header, narrow):
        face.get("/v2/a/manifests/v1", Authorization=good).expect(404)
    change()
    for bad in (header, narrow):
        face.get("/v2/a/manifests/v1", Authorization=bad).refused(401, "UNAUTHORIZED")
    face.ask(header).expect(401)


def admin_header(domain, face, number=0):
    told = domain.owner.arm("POST", f"{face.path}/listCredentials").expect(200).json()
    return basic(told["username"], told["passwords"][number]["value"])


def test_admin_password_made_anew(domain, own):
    other = admin_header(domain, own, 1)
    ends(own, admin_header(domain, own), lambda: domain.owner.arm(
        "POST", f"{own.path}/regenerateCredential", {"name": "password"}).expect(200))
    own.get("/v2/", Authorization=other).expect(200)
    own.get("/v2/", Authorization=admin_header(domain, own)).expect(200)


def test_admin_user_disabled(domain, own):
    ends(own, admin_header(domain, own), lambda: domain.owner.arm(
        "PATCH", own.path, {"properties": {"adminUserEnabled": False}}).expect(200))


def change_token(domain, face, body):
    domain.owner.arm("PATCH", f"{face.path}/tokens/onetoken", body).expect(200)


TOKEN_ENDS = {
    "disabled": lambda d, f: change_token(d, f, {"properties": {"status": "disabled"}}),
    "password made anew": lambda d, f: d.owner.arm(
        "POST", f"{f.path}/generateCredentials",
        {"tokenId": f"{f.path}/tokens/onetoken", "name": "password1"}).expect(200),
    "password removed": lambda d, f: change_token(
        d, f, {"properties": {"credentials": {"passwords": [{"name": "password2"}]}}}),
    "deleted": lambda d, f: d.owner.arm("DELETE", f"{f.path}/tokens/onetoken").expect(200, 202, 204),
    "map without the right": lambda d, f: d.owner.arm(
        "PATCH", f"{f.path}/scopeMaps/onetoken-map",
        {"properties": {"actions": ["repositories/b/content/read"]}}).expect(200),
}


@pytest.mark.parametrize("change", [each for each in TOKEN_ENDS if each != "map without the right"])
def test_token_ends(domain, own, change):
    passwords = domain.owner.create_token(own.label, "onetoken", [READ])
    ends(own, basic("onetoken", passwords["password1"]), lambda: TOKEN_ENDS[change](domain, own))
    if change.startswith("password"):
        own.get("/v2/", Authorization=basic("onetoken", passwords["password2"])).expect(200)


def test_scope_map_changes_what_a_token_may(domain, own):
    passwords = domain.owner.create_token(own.label, "onetoken", [READ])
    header = basic("onetoken", passwords["password1"])
    bearer = f"Bearer {own.access(header, 'repository:a:pull')}"
    own.get("/v2/a/manifests/v1", Authorization=bearer).expect(404)
    TOKEN_ENDS["map without the right"](domain, own)
    own.get("/v2/a/manifests/v1", Authorization=bearer).expect(401, 403)
    own.get("/v2/b/manifests/v1", Authorization=header).expect(404)


def test_token_password_expires(domain, own):
    passwords = domain.owner.create_token(own.label, "onetoken", [READ])
    end = time.time() + 2
    made = domain.owner.arm("POST", f"{own.path}/generateCredentials", {
        "tokenId": f"{own.path}/tokens/onetoken", "name": "password1",
        "expiry": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))}).expect(200).json()
    assert made["passwords"][0]["value"] != passwords["password1"]
    header = basic("onetoken", made["passwords"][0]["value"])
    own.get("/v2/a/manifests/v1", Authorization=header).expect(404)
    while time.time() <= end:
        time.sleep(0.05)
    own.get("/v2/a/manifests/v1", Authorization=header).refused(401, "UNAUTHORIZED")
    own.ask(header, "repository:a:pull").expect(401)


@pytest.mark.parametrize("change", ("secret removed", "principal disabled", "principal deleted",
                                    "role removed"))
def test_principal_ends(domain, own, name, change):
    owner = domain.owner
    application, secret, principal = owner.create_principal(name)
    role = owner.assign(principal, ROLES["AcrPull"], own.path)
    found = owner.call("GET", f"/v1.0/applications?$filter=appId%20eq%20'{application}'").json()
    made = owner.call("GET", f"/v1.0/applications/{found['value'][0]['id']}").expect(200).json()
    changes = {
        "secret removed": lambda: owner.call(
            "POST", f"/v1.0/applications/{made['id']}/removePassword",
            {"keyId": made["passwordCredentials"][0]["keyId"]}).expect(200, 204),
        "principal disabled": lambda: owner.call(
            "PATCH", f"/v1.0/servicePrincipals/{principal}",
            {"accountEnabled": False}).expect(200, 204),
        "principal deleted": lambda: owner.call(
            "DELETE", f"/v1.0/servicePrincipals/{principal}").expect(204),
        "role removed": lambda: owner.arm("DELETE", role, version="2022-04-01").expect(200, 204)}
    ends(own, basic(application, secret), changes[change])


@pytest.mark.parametrize("change", ({"accountEnabled": False},
                                    {"passwordProfile": {"password": "Another-horse-9"}}))
def test_user_ends(domain, own, name, change):
    user = domain.owner.create_user(f"{name}@berth.test", "Correct-horse-9", ROLES["AcrPull"],
                                    own.path)
    ends(own, basic(f"{name}@berth.test", "Correct-horse-9"), lambda: domain.owner.call(
        "PATCH", f"/v1.0/users/{user}", change).expect(200, 204))


def test_deleted_registry(domain, own):
    header = admin_header(domain, own)
    bearer = f"Bearer {own.access(header, 'repository:a:pull')}"
    domain.owner.arm("DELETE", own.path).expect(200, 202, 204)
    for value in (header, bearer):
        own.get("/v2/", Authorization=value).expect(401, 404, 421)
    domain.owner.create_registry(own.label, adminUserEnabled=True)  # the same name, another one
    for value in (header, bearer):
        own.get("/v2/", Authorization=value).refused(401, "UNAUTHORIZED")


# ---- uploads and credentials

@pytest.mark.parametrize("revoked", (False, True))
def test_revocation_stops_a_push(domain, own, revoked):
    """A push that was let in goes on, but not with a credential that was taken back."""
    content = bytes(range(256)) * 4096
    passwords = domain.owner.create_token(own.label, "onetoken", [READ, WRITE])
    header = basic("onetoken", passwords["password1"])
    own.authorization = f"Bearer {own.access(header, 'repository:a:pull,push')}"
    location = own.start_upload("a")

    def pieces():
        yield content[:500_000]
        if revoked:
            TOKEN_ENDS["disabled"](domain, own)
        yield content[500_000:]

    answer = own.request("PUT", f"{location}{'&' if '?' in location else '?'}"
                                f"digest={digest_of(content)}", pieces(),
                         {"Transfer-Encoding": "chunked"}, chunked=True)
    with domain.registry(own.label, domain.owner.basic(own.label)) as owner:
        if revoked:
            answer.refused(401, "UNAUTHORIZED")
            owner.blob("a", digest_of(content)).expect(404)
        else:
            answer.expect(201)
            assert owner.blob("a", digest_of(content)).expect(200).body == content


# ---- bodies that take their time: what happens meanwhile counts

def slowly(face, method, target, body, meanwhile, kind="application/json"):
    """A request whose body begins, and ends when `meanwhile` is over."""
    text = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def pieces():
        yield text[:4]
        time.sleep(0.2)  # what was decided before the body is decided by now
        meanwhile()
        yield text[4:]

    return face.request(method, target, pieces(),
                        {"Content-Type": kind, "Transfer-Encoding": "chunked"}, chunked=True)


def taking_back(domain, application, principal, role):
    """How a principal loses what it had, by name, and what it then gets."""
    owner = domain.owner
    base = f"/v1.0/servicePrincipals/{principal}"
    return {
        "nothing": (lambda: None, None),
        "role removed": (lambda: owner.arm("DELETE", role, version="2022-04-01").expect(200, 204), 403),
        "principal disabled": (lambda: owner.call("PATCH", base, {"accountEnabled": False}).expect(
            200, 204), 401),
        "principal deleted": (lambda: owner.call("DELETE", base).expect(204), 401),
        "application deleted": (lambda: owner.call("DELETE", f"/v1.0/applications/{application}").expect(
            204), 401)}


@pytest.mark.parametrize("change", ("nothing", "role removed", "principal disabled",
                                    "principal deleted", "application deleted"))
def test_slow_body_on_graph_and_management(domain, name, change):
    owner = domain.owner
    for label in ("graph", "management"):
        client, secret, principal = owner.create_principal(f"{name}-{label}")
        role = owner.assign(principal, ROLES["Owner"], owner.subscription())
        found = owner.call("GET", f"/v1.0/applications?$filter=appId%20eq%20'{client}'").json()
        meanwhile, status = taking_back(domain, found["value"][0]["id"], principal, role)[change]
        token = domain.sign_in(client, secret, domain.url(label))
        with domain.face(label, authorization=f"Bearer {token}") as face:
            if label == "graph":
                answer = slowly(face, "POST", "/v1.0/groups", {
                    "displayName": name, "mailEnabled": False, "mailNickname": name,
                    "securityEnabled": True}, meanwhile)
                there = owner.call("GET", f"/v1.0/groups?$filter=displayName%20eq%20'{name}'").json()["value"]
            else:
                path = f"{owner.subscription()}/resourcegroups/{name}"
                answer = slowly(face, "PUT", f"{path}?api-version=2021-04-01",
                                {"location": owner.info()["region"]}, meanwhile)
                there = owner.arm("GET", path, version="2021-04-01").status == 200
        answer.expect(status or 201)
        assert bool(there) == (status is None), answer


CLOSED = {"nothing": ({}, 200), "network closed": ({"publicNetworkAccess": "Disabled"}, 403),
          "admin user off": ({"adminUserEnabled": False}, 401),
          "both": ({"publicNetworkAccess": "Disabled", "adminUserEnabled": False}, 403)}


@pytest.mark.parametrize("change", CLOSED)
def test_slow_body_on_a_registry(domain, own, change):
    properties, status = CLOSED[change]

    def set_to(wanted):
        if wanted:
            domain.owner.arm("PATCH", own.path, {"properties": wanted}).expect(200)

    own.authorization = admin_header(domain, own)
    own.push_image("a", "v1", make_image(own.label))
    for path in ("/acr/v1/a", "/acr/v1/a/_tags/v1"):
        answer = slowly(own, "PATCH", path, {"deleteEnabled": False}, lambda: set_to(properties))
        set_to({"publicNetworkAccess": "Enabled", "adminUserEnabled": True})
        own.authorization = admin_header(domain, own)
        shown = own.get(path).expect(200).json()
        shown = shown.get("tag", shown)["changeableAttributes"]
        assert shown["deleteEnabled"] == (status != 200), answer
        answer.expect(status)


def test_slow_exchange_for_a_registry_token(domain, own, name):
    """The registry stops taking the management face's tokens while one is on its way."""
    client, secret, principal = domain.owner.create_principal(name)
    domain.owner.assign(principal, ROLES["AcrPull"], own.path)
    form = ("grant_type=access_token&service=" + own.host_header + "&access_token=" +
            domain.sign_in(client, secret))

    def set_to(status):
        domain.owner.arm("PATCH", own.path, {"properties": {"policies": {
            "azureADAuthenticationAsArmPolicy": {"status": status}}}}).expect(200)

    kind = "application/x-www-form-urlencoded"
    slowly(own, "POST", "/oauth2/exchange", form, lambda: set_to("enabled"), kind).expect(200)
    slowly(own, "POST", "/oauth2/exchange", form, lambda: set_to("disabled"), kind).expect(401)
