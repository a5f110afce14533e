"""Tokens of others: an OpenID provider that runs beside the server, and a cluster's keys in a file. What they vouch
for may pull; what is wrong about a token is refused, and the log says why."""
import json
import subprocess
import time

import pytest

from conftest import CACHE, need, running_world
import berth
import forge
from owner import ROLES, claims
from world import DOMAIN

REGISTRY, HOST = "oidcreg", f"oidcreg.{DOMAIN}"
PROVIDER = "http://localhost:7000"
CLUSTER = "https://kubernetes.default.svc.cluster.local"
SUBJECT = "system:serviceaccount:builds:runner"
FEDERATED = "api://AzureADTokenExchange"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The cluster's key, a stranger's, and the published key set."""
    folder = tmp_path_factory.mktemp("keys")
    cluster, stranger = forge.make_key(folder / "cluster.pem"), forge.make_key(folder / "stranger.pem")
    (folder / "jwks.json").write_text(json.dumps({"keys": [forge.jwk(cluster, "one")]}))
    issuers = [
        {"name": "cluster", "issuer": CLUSTER, "audiences": ["berth"], "jwks_file": str(folder / "jwks.json"),
         "subject_map": {SUBJECT: f"runner@{DOMAIN}"}},
        {"name": "ci", "issuer": PROVIDER, "audiences": ["berth"], "discovery": True, "subject_map": "external",
         "groups_claim": "groups", "groups": {"devs": "developers"}}]
    (folder / "issuers.json").write_text(json.dumps({"issuers": issuers}))
    return {"cluster": cluster, "stranger": stranger, "issuers": folder / "issuers.json"}


@pytest.fixture(scope="module")
def inside(keys):
    with running_world("oidc", BERTH_IDENTITY_ISSUERS_FILE=str(keys["issuers"])) as made:
        owner = made.owner
        scope = made.create_registry(REGISTRY)
        owner.create_user(f"runner@{DOMAIN}", "Correct-horse-9", ROLES["AcrPush"], scope)
        group = owner.call("POST", "/v1.0/groups", {
            "displayName": "developers", "mailNickname": "developers", "mailEnabled": False,
            "securityEnabled": True}).expect(201).json()["id"]
        owner.assign(group, ROLES["AcrPull"], scope, "Group")
        yield made


def token_of_the_cluster(keys, header=None, key="cluster", **changed):
    """What a kubelet projects into a pod."""
    now = int(time.time())
    payload = {"iss": CLUSTER, "aud": ["berth"], "sub": SUBJECT, "iat": now, "nbf": now, "exp": now + 3600,
               "kubernetes.io": {"namespace": "builds", "serviceaccount": {"name": "runner", "uid": "u"}}} | changed
    payload = {name: value for name, value in payload.items() if value is not None}
    return forge.signed(keys[key], header or {"alg": "RS256", "kid": "one"}, payload)


def exchange(inside, token):
    """(status, body) of POST /oauth2/exchange; the token goes through a file, it may be large."""
    form = inside.directory / "token"
    form.write_text(token)
    return inside.curl("-X", "POST", "-d", "grant_type=access_token", "-d", f"service={HOST}", "--data-urlencode",
                       f"access_token@{form}", f"https://{HOST}/oauth2/exchange")


def reach(inside, refresh, scope):
    """The status of the catalog-free question whether `scope` is granted."""
    status, body = inside.curl("-d", "grant_type=refresh_token", "-d", f"service={HOST}", "-d", f"scope={scope}",
                               "--data-urlencode", f"refresh_token={refresh}", f"https://{HOST}/oauth2/token")
    return [each["actions"] for each in claims(json.loads(body)["access_token"])["access"]] if status == 200 else status


# ---- a cluster's service account

def test_cluster_token(inside, keys):
    status, body = exchange(inside, token_of_the_cluster(keys))
    assert status == 200, body
    refresh = json.loads(body)["refresh_token"]
    assert reach(inside, refresh, "repository:app:pull,push") == [["pull", "push"]]
    pull = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-u",
            f"00000000-0000-0000-0000-000000000000:{refresh}", f"https://{HOST}/v2/app/tags/list"]
    assert inside.run(*pull) == "404"


def test_mapped_user_who_is_disabled(inside, keys):
    _, body = exchange(inside, token_of_the_cluster(keys))
    refresh = json.loads(body)["refresh_token"]
    user = f"/v1.0/users/runner@{DOMAIN}"
    inside.owner.call("PATCH", user, {"accountEnabled": False}).expect(200, 204)
    try:
        assert reach(inside, refresh, "repository:app:pull") == 401
        assert exchange(inside, token_of_the_cluster(keys))[0] == 401
    finally:
        inside.owner.call("PATCH", user, {"accountEnabled": True}).expect(200, 204)
    assert exchange(inside, token_of_the_cluster(keys))[0] == 200


# What is wrong, how it is made, and a word of the reason that the log gives.
NOW = time.time
WRONG = {
    "audience": (lambda k: token_of_the_cluster(k, aud=["other"]), "audience"),
    "no audience": (lambda k: token_of_the_cluster(k, aud=None), "aud is neither"),
    "issuer": (lambda k: token_of_the_cluster(k, iss="https://evil.example"), "issuer"),
    "issuer with a slash": (lambda k: token_of_the_cluster(k, iss=CLUSTER + "/"), "issuer"),
    "expired": (lambda k: token_of_the_cluster(k, exp=int(NOW()) - 600, nbf=int(NOW()) - 900), "expired"),
    "no expiry": (lambda k: token_of_the_cluster(k, exp=None), "exp"),
    "future nbf": (lambda k: token_of_the_cluster(k, nbf=int(NOW()) + 900), "not yet valid"),
    "subject": (lambda k: token_of_the_cluster(k, sub="system:serviceaccount:evil:one"), "subject"),
    "alg none": (lambda k: ".".join(forge.encoded(part) for part in (
        {"alg": "none", "kid": "one"}, payload_of(token_of_the_cluster(k)))) + ".", "alg"),
    "HS256 with the public key": (lambda k: forge.hmac_signed(
        forge.public_pem(k["cluster"]), {"alg": "HS256", "kid": "one"}, payload_of(token_of_the_cluster(k))), "alg"),
    "another's key": (lambda k: token_of_the_cluster(k, key="stranger"), "signature"),
    "unknown kid": (lambda k: token_of_the_cluster(k, {"alg": "RS256", "kid": "two"}), "kid"),
    "key in the token": (lambda k: token_of_the_cluster(k, {
        "alg": "RS256", "kid": "mine", "jwk": forge.jwk(k["stranger"], "mine"), "jku": "https://evil.example/keys"},
        key="stranger"), "kid"),
    "cut off": (lambda k: token_of_the_cluster(k)[:-30], "signature"),
}


def payload_of(token):
    return claims(token)


@pytest.mark.parametrize("name", WRONG)
def test_refused(inside, keys, name):
    make, reason = WRONG[name]
    token = make(keys)
    before = len(inside.log.read_text(errors="replace"))
    status, body = exchange(inside, token)
    assert status == 401 and "refresh_token" not in body, body
    told = json.loads(body)["errors"][0]
    assert told["code"] == "UNAUTHORIZED" and CLUSTER not in told["message"]
    said = [line for line in new_lines(inside, before) if "/oauth2/exchange" in line]
    assert any(reason in line.lower() for line in said), said
    assert not any(token[-40:] in line for line in said)


def new_lines(inside, before):
    berth.wait_until(lambda: "/oauth2/exchange" in inside.log.read_text(errors="replace")[before:], 10,
                     "the refusal is logged")
    return inside.log.read_text(errors="replace")[before:].splitlines()


def test_a_mebibyte(inside, keys):
    before = len(inside.log.read_text(errors="replace"))
    status, body = exchange(inside, token_of_the_cluster(keys, pad="x" * (1 << 20)))
    assert status in (401, 413), body
    assert new_lines(inside, before)
    assert exchange(inside, token_of_the_cluster(keys))[0] == 200  # and nobody is the worse for it


# ---- workload identity: the token stands for an application

def test_federated_credential(inside, keys):
    application, _, principal = inside.owner.create_principal("workload", ROLES["AcrPull"],
                                                              inside.owner.registry_id(REGISTRY))
    found = inside.owner.call("GET", f"/v1.0/applications?$filter=appId%20eq%20'{application}'").json()["value"][0]
    inside.owner.call("POST", f"/v1.0/applications/{found['id']}/federatedIdentityCredentials", {
        "name": "pods", "issuer": CLUSTER, "subject": SUBJECT, "audiences": [FEDERATED]}).expect(201)

    def sign_in(**changed):
        form = inside.directory / "assertion"
        form.write_text(token_of_the_cluster(keys, aud=[FEDERATED], **changed))
        return inside.curl("-d", "grant_type=client_credentials", "-d", f"client_id={application}", "-d",
                           f"client_assertion_type={JWT_BEARER}", "--data-urlencode", f"client_assertion@{form}", "-d",
                           "scope=https://containerregistry.azure.net/.default",
                           f"https://login.{DOMAIN}/adfs/oauth2/token")

    status, body = sign_in()
    assert status == 200, body
    token = json.loads(body)["access_token"]
    assert claims(token)["oid"] == principal
    status, body = exchange(inside, token)
    assert status == 200, body
    assert reach(inside, json.loads(body)["refresh_token"], "repository:app:pull,push") == [["pull"]]
    for changed in ({"sub": "system:serviceaccount:other:one"}, {"key": "stranger"}, {"exp": int(NOW()) - 600}):
        status, body = sign_in(**changed)
        assert status in (400, 401) and json.loads(body)["error"] in ("invalid_client", "invalid_request"), body


# ---- a provider that is asked for its keys

@pytest.fixture(scope="module")
def provider(inside):
    node = need("node")
    if not (CACHE / "node/node_modules/oidc-provider").exists():
        pytest.skip("oidc-provider is not to be had from npm (tests/clients/get-packages)")
    script = berth.ROOT / "tests/clients/oidc_provider.mjs"
    log = berth.LOGS / "oidc-provider.log"
    with open(log, "wb") as output:
        process = inside.popen(node, script, CACHE / "node", "7000", "pipeline", "the-secret", "berth",
                               stdout=output, stderr=subprocess.STDOUT)
    try:
        berth.wait_until(lambda: b"ready" in log.read_bytes(), 30, f"oidc-provider, log {log}",
                         lambda: process.poll() is None)
        yield process
    finally:
        process.terminate()
        process.wait(15)


def token_of_the_provider(inside):
    status, body = inside.curl("-u", "pipeline:the-secret", "-d", "grant_type=client_credentials", "-d", "scope=push",
                               f"{PROVIDER}/token")
    assert status == 200, body
    return json.loads(body)["access_token"]


def test_provider(inside, provider):
    """Discovery, keys, and a group that the provider vouches for."""
    token = token_of_the_provider(inside)
    assert claims(token)["iss"] == PROVIDER and claims(token)["aud"] == "berth"
    status, body = exchange(inside, token)
    assert status == 200, body
    assert reach(inside, json.loads(body)["refresh_token"], "repository:app:pull,push") == [["pull"]]


def test_provider_is_gone(inside, provider):
    """Its keys are known: what it signed stays good while it is away."""
    token = token_of_the_provider(inside)
    provider.terminate()
    provider.wait(15)
    assert exchange(inside, token)[0] == 200
