"""The registry's own sign-in: every grant and scope form, what a token says, and when it ends."""

import base64
import itertools
import json
import time

import pytest

from faces import ACR, READ, WRITE
from owner import NULL_GUID, ROLES, basic, claims
from registry import digest_of, make_image
from server import wait_for

REGISTRY = "tokens"
WARNING = "Warning"


@pytest.fixture(scope="module")
def people(domain):
    """{kind: Basic header}, each of which may push and pull everywhere in the registry."""
    owner = domain.owner
    path = owner.create_registry(REGISTRY, adminUserEnabled=True)
    admin = owner.arm("POST", f"{path}/listCredentials").expect(200).json()
    application, secret, _ = owner.create_principal("tokens", ROLES["AcrPush"], path)
    owner.create_user("tokens@berth.test", "Correct-horse-9", ROLES["AcrPush"], path)
    token = owner.create_token(REGISTRY, "bothtoken", [READ, WRITE])
    first, second = (each["value"] for each in admin["passwords"])
    return {"admin password": basic(REGISTRY, first), "admin password2": basic(REGISTRY, second),
            "principal": basic(application, secret),
            "user": basic("tokens@berth.test", "Correct-horse-9"),
            "password1": basic("bothtoken", token["password1"]),
            "password2": basic("bothtoken", token["password2"]), "refresh token": owner.basic(REGISTRY)}


KINDS = ("admin password", "admin password2", "principal", "user", "password1", "password2",
         "refresh token")


@pytest.fixture
def face(domain, people):
    with domain.registry(REGISTRY) as connection:
        yield connection


def user_and_password(header):
    return base64.b64decode(header.split()[1]).decode().split(":", 1)


# ---- what may be asked

@pytest.mark.parametrize("kind", KINDS)
def test_basic_straight(face, people, kind):
    face.get("/v2/", Authorization=people[kind]).expect(200)
    face.authorization = people[kind]
    face.push_blob(f"straight/{kind.replace(' ', '-')}", kind.encode())


@pytest.mark.parametrize("kind", KINDS)
def test_token_by_get(face, people, kind):
    """docker: a token without a scope first, which is good for /v2/, then one with a scope."""
    plain = face.access(people[kind])
    face.get("/v2/", Authorization=f"Bearer {plain}").expect(200)
    token = face.access(people[kind], "repository:get/app:pull,push")
    face.authorization = f"Bearer {token}"
    face.push_image("get/app", "v1", make_image(kind))
    face.manifest("get/app", "v1").expect(200)
    face.manifest("get/app", "v1", "HEAD").expect(200)


@pytest.mark.parametrize("kind", KINDS)
def test_token_by_post(face, people, kind):
    user, password = user_and_password(people[kind])
    fields = {"grant_type": "password", "username": user, "password": password}
    if user == NULL_GUID:
        fields = {"grant_type": "refresh_token", "refresh_token": password}
    answer = face.form("/oauth2/token", service=face.host_header, scope="repository:a:pull",
                       **fields).expect(200)
    assert answer.header("Cache-Control") == "no-store"
    assert claims(answer.json()["access_token"])["access"] == [
        {"type": "repository", "name": "a", "actions": ["pull"]}]


# The texts of `scope`, and what the token then says; None: whatever it says, it is a token.
SCOPES = (
    (("repository:team/app:pull",), [("repository", "team/app", ["pull"])]),
    (("repository:team/app:pull,push",), [("repository", "team/app", ["pull", "push"])]),
    (("repository:a:pull", "repository:b:push"),
     [("repository", "a", ["pull"]), ("repository", "b", ["push"])]),
    (("repository:a:pull repository:b:pull",),
     [("repository", "a", ["pull"]), ("repository", "b", ["pull"])]),
    (("repository:a:metadata_read",), [("repository", "a", ["metadata_read"])]),
    (("repository:a:metadataRead",), [("repository", "a", ["metadataRead"])]),
    (("repository:a:delete,metadata_read",), [("repository", "a", ["delete", "metadata_read"])]),
    (("repository:a:metadata_write,metadata_read",),
     [("repository", "a", ["metadata_write", "metadata_read"])]),
    (("repository:a:*",), [("repository", "a", ["*"])]),
    (("registry:catalog:*",), [("registry", "catalog", ["*"])]),
    (("registry:None:*",), None),
    (("registry:deleted_catalog:*",), None),
    (("repository:a:pull,frobnicate",), [("repository", "a", ["pull"])]),
    (("repository:a:pull,pull",), [("repository", "a", ["pull"])]),
    ((), []),
    (("",), []),
)


@pytest.mark.parametrize("scopes,expected", SCOPES, ids=[" + ".join(row[0]) for row in SCOPES])
@pytest.mark.parametrize("way", ("GET", "POST"))
def test_scope(domain, face, people, way, scopes, expected):
    owner = domain.owner.token(REGISTRY)
    if way == "GET":
        answer = face.ask(basic(NULL_GUID, owner), *scopes)
    else:
        answer = face.form("/oauth2/token", grant_type="refresh_token", service=face.host_header,
                           refresh_token=owner, scope=list(scopes))
    said = claims(answer.expect(200).json()["access_token"])["access"]
    if expected is not None:
        assert [(each["type"], each["name"], each["actions"]) for each in said] == expected


@pytest.mark.parametrize("scope", ("repository", "repository:a", "repository:a:", ":a:pull",
                                   "repository::pull", "repository:UPPER:pull", "repository:a:,",
                                   'repository:a":pull', "repository:a:pull,push" * 200,
                                   "repository:a\\b:pull", "repository:a/../b:pull"))
def test_malformed_scope(face, people, scope):
    answer = face.ask(people["refresh token"], scope).expect(400)
    assert answer.errors()[0]["message"], answer


def test_too_many_scopes(face, people):
    many = [f"repository:r{i}:pull" for i in range(101)]
    face.ask(people["refresh token"], *many[:100]).expect(200)
    answer = face.ask(people["refresh token"], *many).expect(400)
    assert "100" in answer.errors()[0]["message"]


def test_claims(domain, face, people):
    refresh = domain.owner.token(REGISTRY)
    token = face.access(basic(NULL_GUID, refresh), "repository:a:pull")
    for text, grant, seconds in ((refresh, "refresh_token", 10_800), (token, "access_token", 4500)):
        said = claims(text)
        assert said["exp"] - said["iat"] == seconds and said["nbf"] <= said["iat"] <= time.time()
        assert said["grant_type"] == grant and said["version"] == "1.0" and said["jti"]
        assert said["iss"] and said["aud"] == face.host_header and "sub" in said
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header["alg"] == "ES256" and header["kid"]
    assert claims(refresh)["tenant"] == domain.tenant()
    assert face.access(basic(NULL_GUID, refresh)) != token  # each has an id of its own


def test_answer(face, people):
    answer = face.ask(people["principal"], "repository:a:pull").expect(200)
    told = answer.json()
    assert told["access_token"] == told["token"] and told["expires_in"] == 4500
    assert told["token_type"] == "Bearer" and "refresh_token" not in told


BAD_FORMS = (
    ({}, "grant_type"), ({"grant_type": "client_credentials"}, "grant_type"),
    ({"grant_type": ""}, "grant_type"), ({"grant_type": ["password", "password"]}, "grant_type"),
    ({"grant_type": "refresh_token", "service": "other.berth.test", "refresh_token": "x"},
     "service"))


@pytest.mark.parametrize("fields,word", BAD_FORMS)
def test_malformed_form(face, people, fields, word):
    face.form("/oauth2/token", **fields).refused(400, "UNSUPPORTED", word)


@pytest.mark.parametrize("body,kind,statuses", (
    (b"grant_type=password", "text/plain", (400, 415)), (b"{}", "application/json", (400, 415)),
    (b"grant_type=%zz", "application/x-www-form-urlencoded", (400,)),
    (b"a" * 2_000_000, "application/x-www-form-urlencoded", (413,)),
    (b"&".join(b"f%d=1" % i for i in range(5000)), "application/x-www-form-urlencoded", (400, 413)),
    (b"\xff\xfe=\x00", "application/x-www-form-urlencoded", (400, 401))), ids=itertools.count())
def test_malformed_body(face, people, body, kind, statuses):
    for path in ("/oauth2/token", "/oauth2/exchange"):
        face.request("POST", path, body, {"Content-Type": kind}).expect(*statuses)


@pytest.mark.parametrize("method,path", (("PUT", "/oauth2/token"), ("GET", "/oauth2/exchange"),
                                         ("DELETE", "/oauth2/token")))
def test_method(face, people, method, path):
    assert "POST" in face.request(method, path).refused(405, "UNSUPPORTED").header("Allow")


@pytest.mark.parametrize("way", ("GET", "POST", "exchange"))
def test_a_refusal_is_logged_with_its_reason(domain, face, people, way):
    user = "tokens@berth.test"
    if way == "GET":
        answer = face.ask(basic(user, "a-wrong-guess"), "repository:a:pull")
    elif way == "POST":
        answer = face.form("/oauth2/token", grant_type="password", username=user,
                           password="a-wrong-guess", scope="repository:a:pull")
    else:
        answer = face.form("/oauth2/exchange", grant_type="access_token", access_token="a.b.c")
    wanted = answer.expect(401).header("X-Ms-Correlation-Request-Id")
    reasons = lambda: [line["cause"] for line in domain.log_lines()  # noqa: E731
                       if line.get("correlationId") == wanted and line.get("cause")]
    assert wait_for(reasons, "the reason is logged")
    assert "a-wrong-guess" not in domain.log()


# ---- a directory token becomes a refresh token

@pytest.fixture(scope="module")
def principal(domain, people):
    application, secret = user_and_password(people["principal"])
    return {"arm": domain.sign_in(application, secret),
            "acr": domain.sign_in(application, secret, ACR)}


@pytest.mark.parametrize("audience", ("arm", "acr"))
@pytest.mark.parametrize("more", ({}, {"tenant": "whatever-the-user-typed"}))
def test_exchange(face, principal, audience, more):
    answer = face.form("/oauth2/exchange?api-version=2021-07-01", grant_type="access_token",
                       service=face.host_header, access_token=principal[audience], **more)
    refresh = answer.expect(200).json()["refresh_token"]
    assert claims(refresh)["exp"] - claims(refresh)["iat"] == 10_800
    token = face.access(basic(NULL_GUID, refresh), "repository:exchanged:pull,push")
    face.authorization = f"Bearer {token}"
    face.push_blob("exchanged", b"by a service principal")


def test_exchange_of_other_things(domain, face, principal, people):
    plain = face.access(people["principal"])
    application, secret, _ = domain.owner.create_principal("without any role")
    for token in ("", "x", "a.b.c", plain, domain.owner.token(REGISTRY), principal["arm"][:-8],
                  domain.sign_in(application, secret)):
        answer = face.form("/oauth2/exchange", grant_type="access_token", access_token=token,
                           service=face.host_header)
        assert answer.status == (400 if token == "" else 401), answer
        assert "refresh_token" not in answer.json()
    face.form("/oauth2/exchange", grant_type="refresh_token", access_token=principal["arm"],
              service=face.host_header).refused(400, "UNSUPPORTED", "access_token")


def test_exchange_needs_the_registrys_own_audience(domain, name, principal):
    path = domain.owner.create_registry(name)
    application, secret, _ = domain.owner.create_principal(name, ROLES["AcrPull"], path)
    policy = {"properties": {"policies": {"azureADAuthenticationAsArmPolicy": {
        "status": "disabled"}}}}
    domain.owner.arm("PATCH", path, policy).expect(200)
    with domain.registry(name) as face:
        for audience, status in ((None, 401), (ACR, 200)):
            face.form("/oauth2/exchange", grant_type="access_token", service=face.host_header,
                      access_token=domain.sign_in(application, secret, audience)).expect(status)


# ---- what a token is not good for

def test_uses_are_not_mixed_up(face, people):
    """A refresh token opens nothing by itself; an access token makes no other."""
    refresh = user_and_password(people["refresh token"])[1]
    face.get("/v2/", Authorization=f"Bearer {refresh}").refused(401, "UNAUTHORIZED")
    token = face.access(people["principal"], "repository:a:pull")
    wide = face.form("/oauth2/token", grant_type="refresh_token", refresh_token=token,
                     scope="repository:a:pull,push", service=face.host_header)
    if wide.status == 200:  # then at most what the first token said
        assert claims(wide.json()["access_token"])["access"] in (
            [], [{"type": "repository", "name": "a", "actions": ["pull"]}])
    else:
        wide.refused(401, "UNAUTHORIZED")


def test_access_token_as_password(face, people):
    """The null GUID takes an access token too, narrowed as it is."""
    token = face.access(people["principal"], "repository:a:pull")
    header = basic(NULL_GUID, token)
    face.get("/v2/a/manifests/v1", Authorization=header).expect(404)
    answer = face.request("POST", "/v2/a/blobs/uploads/", headers={"Authorization": header})
    answer.refused(401, "UNAUTHORIZED")
    for again in (face.access(header, "repository:a:pull"),
                  face.access(f"Bearer {token}", "repository:a:pull")):
        assert claims(again)["exp"] <= claims(token)["exp"]  # it cannot renew itself for ever


def test_narrow_token_is_told_what_it_lacks(face, people):
    """401 with the scope, not 403: the JavaScript SDK then asks for another token."""
    token = face.access(people["principal"], "repository:a:pull")
    answer = face.request("POST", "/v2/b/blobs/uploads/", headers={
        "Authorization": f"Bearer {token}"}).refused(401, "UNAUTHORIZED")
    assert answer.header("WWW-Authenticate") == (
        f'Bearer realm="https://{face.host_header}/oauth2/token",service="{face.host_header}"'
        ',scope="repository:b:pull,push",error="insufficient_scope"')


def test_scope_is_not_a_right(domain, people, face):
    """What is asked beyond the right is left out, and a right that is gone is not in the token."""
    application, secret, _ = domain.owner.create_principal(
        "puller", ROLES["AcrPull"], domain.owner.registry_id(REGISTRY))
    token = face.access(basic(application, secret), "repository:a:pull,push,delete")
    assert claims(token)["access"] == [{"type": "repository", "name": "a", "actions": ["pull"]}]
    face.ask(basic(application, secret), "repository:a:push").refused(401, "UNAUTHORIZED")


@pytest.mark.parametrize("kind", KINDS)
def test_another_registry(domain, people, name, face, kind):
    domain.owner.create_registry(name, adminUserEnabled=True)
    token = face.access(people[kind], "repository:a:pull")
    refresh = domain.owner.token(REGISTRY)
    with domain.registry(name) as other:
        for header in (people[kind], f"Bearer {token}", basic(NULL_GUID, refresh),
                       basic(NULL_GUID, token)):
            other.get("/v2/", Authorization=header).refused(401, "UNAUTHORIZED")
        other.ask(people[kind], "repository:a:pull").expect(401)


def test_a_blob_of_another_registry(domain, name, face, people):
    """The same repository, the same digest: there is nothing to read and nothing to mount."""
    face.authorization = people["refresh token"]
    face.push_blob("shared/name", b"of one registry")
    domain.owner.create_registry(name)
    digest = digest_of(b"of one registry")
    with domain.registry(name, domain.owner.basic(name)) as other:
        other.blob("shared/name", digest).refused(404, "NAME_UNKNOWN")
        other.mount("other", digest, "shared/name").expect(202)  # an upload, not a mount
        assert other.get("/v2/_catalog").json()["repositories"] == []


# ---- anonymous pull, hints, throttling

def test_anonymous_pull(domain, own):
    with domain.registry(own.label, domain.owner.basic(own.label)) as owner:
        owner.push_image("open", "v1", make_image("open"))
    own.ask(None, "repository:open:pull").refused(401, "UNAUTHORIZED")
    domain.owner.arm("PATCH", own.path, {"properties": {"anonymousPullEnabled": True}}).expect(200)
    own.get("/v2/").refused(401, "UNAUTHORIZED")  # clients learn where tokens are from it
    token = own.access(None, "repository:open:pull,push")
    assert claims(token)["access"] == [{"type": "repository", "name": "open", "actions": ["pull"]}]
    own.authorization = f"Bearer {token}"
    own.manifest("open", "v1").expect(200)
    own.request("POST", "/v2/open/blobs/uploads/").expect(401)
    own.authorization = None
    own.form("/oauth2/token", grant_type="password", service=own.host_header, refresh_token="",
             scope="repository:open:pull").expect(200)  # as the JavaScript SDK asks
    domain.owner.arm("PATCH", own.path, {"properties": {"anonymousPullEnabled": False}}).expect(200)
    own.manifest("open", "v1", Authorization=f"Bearer {token}").refused(401, "UNAUTHORIZED")


def test_hint_when_a_credential_spoils_an_anonymous_pull(domain, own):
    bad = basic("nobody", "stale")
    assert own.get("/v2/a/manifests/v1", Authorization=bad).expect(401).header(WARNING) is None
    domain.owner.arm("PATCH", own.path, {"properties": {"anonymousPullEnabled": True}}).expect(200)
    hint = own.get("/v2/a/manifests/v1", Authorization=bad).expect(401).header(WARNING)
    assert hint and f"docker logout {own.host_header}" in hint


@pytest.mark.parametrize("agent,warned", (("docker/17.05.0-ce go/go1.7.5", True),
                                          ("docker/18.02.0-ce go/go1.9", True),
                                          ("docker/18.03.0-ce go/go1.9", False),
                                          ("docker/28.2.2 go/go1.24", False), ("curl/8", False)))
def test_hint_for_an_old_docker(face, people, agent, warned):
    hint = face.get("/v2/", User_Agent=agent).expect(401).header(WARNING)
    assert bool(hint) is warned and (not warned or "18.03" in hint)


def test_guessing_is_slowed_down(start):
    server = start()
    with server.client(signed_in=False) as client:
        answers = [client.get("/v2/", Authorization=basic("somebody", f"guess {i}"))
                   for i in range(40)]
        statuses = [answer.status for answer in answers]
        assert set(statuses) == {401, 429} and statuses == sorted(statuses), statuses
        last = answers[-1].refused(429, "TOOMANYREQUESTS")
        assert 1 <= int(last.header("Retry-After")) <= 60
        deadline = time.monotonic() + int(last.header("Retry-After")) + 5
        while client.get("/v2/", Authorization=basic("somebody", "guess")).status == 429:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_unknown_user_and_wrong_password_are_equal(face, people, domain):
    """The same bytes but for the id, and much the same time (both pay for a password hash)."""
    def refused(user):
        begun = time.monotonic()
        answer = face.ask(basic(user, "wrong-password"), "repository:a:pull").expect(401)
        body = answer.body.replace(
            answer.header("X-Ms-Correlation-Request-Id").encode(), b"")
        return time.monotonic() - begun, answer.header("WWW-Authenticate"), body

    times = {user: [] for user in ("tokens@berth.test", "nobody@berth.test")}
    answers = set()
    for _ in range(3):
        for user, taken in times.items():
            seconds, *answer = refused(user)
            taken.append(seconds)
            answers.add(tuple(answer))
    assert len(answers) == 1, answers
    known, unknown = (min(taken) for taken in times.values())
    assert 0.2 < known / unknown < 5, times
