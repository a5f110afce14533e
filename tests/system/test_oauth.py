"""The login face: OpenID discovery and OAuth 2.0 under both families of paths, and every refusal."""

import base64
import datetime
import hashlib
import json
import os
import subprocess
import time
import urllib.parse
import uuid

import pytest

from faces import ACR, ASSERTION, CLI
from forge import encoded, hmac_signed, public_pem, signed
from oauth import SECRET, arm, discovery, path_of, refused
from owner import claims


def by_secret(login, path, client_id, secret, **more):
    return login.form(path, grant_type="client_credentials", client_id=client_id,
                      client_secret=secret, **{"scope": f"{arm(login)}/.default"} | more)


# ---- discovery

def test_discovery(domain, login, family):
    told = discovery(login, family)
    for name in ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint",
                 "jwks_uri"):
        path_of(told[name])
    assert told["issuer"].startswith(domain.url("login") + "/")
    keys = login.get(path_of(told["jwks_uri"])).expect(200).json()["keys"]
    assert keys and all(key["kty"] == "RSA" and key["alg"] == "RS256" and "d" not in key
                        for key in keys)


def test_discovery_of_a_named_tenant(domain, login):
    """az resolves a tenant's name by the fourth piece of the issuer (az-acr-wire 1.5)."""
    for prefix in ("/adfs/berth.test", "/berth.test"):
        told = login.get(f"{prefix}/.well-known/openid-configuration").expect(200).json()
        assert told["issuer"].split("/")[3] == domain.tenant()


def test_unknown_tenant(login):
    answer = login.get("/77777777-7777-4777-8777-777777777777/v2.0/.well-known/openid-configuration")
    refused(answer, 400, "invalid_request", 90002)
    answer = login.get("/no%20tenant/v2.0/.well-known/openid-configuration")
    answer.expect(400, 404)


# ---- client credentials

@pytest.mark.parametrize("audience", ("management", "management/", ACR, "graph", "logs"))
def test_client_credentials(domain, login, token_path, principal, audience):
    if audience != ACR:
        audience = domain.url(audience.rstrip("/")) + ("/" if audience.endswith("/") else "")
    answer = by_secret(login, token_path, *principal[:2], scope=f"{audience}/.default",
                       client_info="1", claims='{"access_token":{"xms_cc":{"values":["CP1"]}}}')
    told = answer.expect(200).json()
    assert told["token_type"] == "Bearer" and told["expires_in"] in range(3500, 3601)
    assert type(told["expires_in"]) is int and "refresh_token" not in told
    said = claims(told["access_token"])
    assert said["aud"].rstrip("/") == audience.rstrip("/") and said["tid"] == domain.tenant()
    assert said["appid"] == principal[0] and said["oid"] == said["sub"] == principal[2]


def test_secret_by_basic(login, token_path, principal):
    header = base64.b64encode(f"{principal[0]}:{urllib.parse.quote(principal[1])}".encode()).decode()
    login.form(token_path, f"Basic {header}", grant_type="client_credentials",
               scope=f"{arm(login)}/.default").expect(200)


def expired_secret(domain):
    owner = domain.owner
    made = owner.call("POST", "/v1.0/applications", {"displayName": "expired"}).expect(201).json()
    owner.call("POST", "/v1.0/servicePrincipals", {"appId": made["appId"]}).expect(201)
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    secret = owner.call("POST", f"/v1.0/applications/{made['id']}/addPassword", {
        "passwordCredential": {"endDateTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}).expect(200)
    while datetime.datetime.now(datetime.timezone.utc) <= end:
        time.sleep(0.05)
    return made["appId"], secret.json()["secretText"]


def test_refused_clients(domain, login, token_path, principal):
    client, secret, _ = principal
    told = refused(by_secret(login, token_path, client, secret + "x"), 401, "invalid_client", 7000215)
    assert domain.tenant() in told["error_description"]  # row L0
    assert secret not in json.dumps(told)
    refused(by_secret(login, token_path, str(uuid.uuid4()), secret), 400, "unauthorized_client", 700016)
    refused(by_secret(login, token_path, *expired_secret(domain)), 401, "invalid_client", 7000222)


def test_disabled_principal(domain, login, token_path):
    client, secret, principal = domain.owner.create_principal("disabled")
    domain.owner.call("PATCH", f"/v1.0/servicePrincipals/{principal}",
                      {"accountEnabled": False}).expect(200, 204)
    answer = by_secret(login, token_path, client, secret).expect(400, 401)
    assert answer.json()["error"] in ("invalid_client", "unauthorized_client")


@pytest.mark.parametrize("fields,error,code", (
    ({"scope": "https://unknown.example/.default"}, "invalid_resource", 500011),
    ({"grant_type": "magic"}, "unsupported_grant_type", 70003),
    ({"grant_type": None}, "invalid_request", 900144),
    ({"client_id": None}, "invalid_request", 900144),
    ({"client_secret": None}, "invalid_client", 7000218),
    ({"client_id": "not-a-guid"}, "unauthorized_client", 700016)))
def test_malformed_requests(login, token_path, principal, fields, error, code):
    given = {"grant_type": "client_credentials", "client_id": principal[0],
             "client_secret": principal[1], "scope": f"{arm(login)}/.default"} | fields
    answer = login.form(token_path, **given)
    refused(answer, answer.status if answer.status in (400, 401) else 400, error, code)


@pytest.mark.parametrize("body,kind", ((b"{}", "application/json"), (b"", "text/plain"),
                                       (b"grant_type=%zz", "application/x-www-form-urlencoded"),
                                       (b"client_id=a&client_id=b&grant_type=password",
                                        "application/x-www-form-urlencoded")))
def test_malformed_bodies(login, token_path, body, kind):
    answer = login.request("POST", token_path, body, {"Content-Type": kind}).expect(400, 415)
    assert answer.json()["error"] == "invalid_request", answer


def test_too_large_a_body(login, token_path):
    login.request("POST", token_path, b"a=" + b"x" * (3 << 20), {
        "Content-Type": "application/x-www-form-urlencoded"}).expect(400, 413)


def test_method(login, token_path):
    login.get(token_path).expect(405)


# ---- assertions

@pytest.fixture(scope="module")
def certificate(domain, family, tmp_path_factory):
    """An application with a certificate: (client id, key file, x5t). One for each family: failures
    are counted by client."""
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", "/CN=test"], check=True,
                   capture_output=True)
    der = subprocess.run(["openssl", "x509", "-in", cert, "-outform", "DER"], check=True,
                         capture_output=True).stdout
    owner = domain.owner
    made = owner.call("POST", "/v1.0/applications", {"displayName": "certificate"}).json()
    owner.call("PATCH", f"/v1.0/applications/{made['id']}", {"keyCredentials": [{
        "type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "test",
        "key": base64.b64encode(der).decode()}]}).expect(200, 204)
    owner.call("POST", "/v1.0/servicePrincipals", {"appId": made["appId"]}).expect(201)
    return made["appId"], key, encoded(hashlib.sha1(der).digest())


def assertion(certificate, audience, header=None, **changed):
    client, key, x5t = certificate
    now = int(time.time())
    payload = {"aud": audience, "iss": client, "sub": client, "jti": str(uuid.uuid4()),
               "nbf": now - 10, "iat": now, "exp": now + 300} | changed
    return signed(key, header or {"alg": "RS256", "typ": "JWT", "x5t": x5t}, payload)


def by_assertion(login, path, client, text):
    return login.form(path, grant_type="client_credentials", client_id=client,
                      client_assertion_type=ASSERTION, client_assertion=text,
                      scope=f"{arm(login)}/.default")


def test_certificate(login, family, token_path, certificate):
    audience = discovery(login, family)["token_endpoint"]
    text = assertion(certificate, audience)
    told = by_assertion(login, token_path, certificate[0], text).expect(200).json()
    assert claims(told["access_token"])["appid"] == certificate[0]
    refused(by_assertion(login, token_path, certificate[0], text), 401, "invalid_client")  # replay


@pytest.mark.parametrize("change", ("audience", "issuer", "subject", "expired", "future", "signature",
                                    "none", "hs256", "unknown key", "truncated", "garbage",
                                    "no expiry", "huge"))
def test_forged_assertions(login, family, token_path, certificate, change):
    client, key, x5t = certificate
    audience = discovery(login, family)["token_endpoint"]
    good = assertion(certificate, audience)
    now = int(time.time())
    header, payload, signature = good.split(".")
    text = {
        "audience": lambda: assertion(certificate, "https://other.example/token"),
        "issuer": lambda: assertion(certificate, audience, iss=str(uuid.uuid4())),
        "subject": lambda: assertion(certificate, audience, sub=str(uuid.uuid4())),
        "expired": lambda: assertion(certificate, audience, exp=now - 3600, nbf=now - 7200),
        "future": lambda: assertion(certificate, audience, nbf=now + 3600, exp=now + 7200),
        "signature": lambda: f"{header}.{payload}.{encoded(os.urandom(256))}",
        "none": lambda: f"{encoded({'alg': 'none', 'x5t': x5t})}.{payload}.",
        "hs256": lambda: hmac_signed(public_pem(key), {"alg": "HS256", "x5t": x5t}, payload),
        "unknown key": lambda: assertion(certificate, audience, {"alg": "RS256", "x5t": "AAAA"}),
        "truncated": lambda: good[:-20],
        "garbage": lambda: "a.b.c",
        "no expiry": lambda: assertion(certificate, audience, exp=None),
        "huge": lambda: assertion(certificate, audience, pad="x" * (1 << 20)),
    }[change]()
    answer = by_assertion(login, token_path, client, text).expect(400, 401, 413)
    if answer.status != 413:
        assert answer.json()["error"] in ("invalid_client", "invalid_request"), answer


# ---- people

def password(login, path, user, secret, **more):
    return login.form(path, grant_type="password", client_id=CLI, username=user, password=secret,
                      **{"scope": f"{arm(login)}/.default offline_access openid profile"} | more)


def test_password_and_refresh(domain, login, token_path, user):
    told = password(login, token_path, user, SECRET, client_info="1").expect(200).json()
    identity = claims(told["id_token"])
    assert identity["aud"] == CLI and identity["exp"] > time.time()
    assert identity["tid"] == domain.tenant() and identity["oid"]
    assert user in (identity.get("upn"), identity.get("preferred_username"))
    info = json.loads(base64.urlsafe_b64decode(told["client_info"] + "=="))
    assert info == {"uid": identity["oid"], "utid": domain.tenant()}
    again = login.form(token_path, grant_type="refresh_token", client_id=CLI,
                       refresh_token=told["refresh_token"], scope=f"{ACR}/.default").expect(200)
    assert claims(again.json()["access_token"])["aud"] == ACR
    other = login.form(token_path, grant_type="refresh_token", client_id=str(uuid.uuid4()),
                       refresh_token=told["refresh_token"], scope=f"{ACR}/.default")
    assert other.expect(400, 401).json()["error"] in ("invalid_grant", "unauthorized_client")
    refused(login.form(token_path, grant_type="refresh_token", client_id=CLI, refresh_token="x" * 40,
                       scope=f"{ACR}/.default"), 400, "invalid_grant")


def test_refused_people(domain, login, token_path, user):
    wrong = refused(password(login, token_path, user, "wrong"), 400, "invalid_grant", 50126)
    nobody = password(login, token_path, "nobody@berth.test", "wrong").expect(400).json()
    assert nobody["error"] == "invalid_grant"
    text, other = (told["error_description"].split(" Correlation")[0] for told in (wrong, nobody))
    assert text == other  # and nobody learns who exists


def test_refresh_ends_with_the_password(domain, login, token_path, name):
    user = f"{name}@berth.test"
    oid = domain.owner.create_user(user, SECRET)
    told = password(login, token_path, user, SECRET).expect(200).json()
    domain.owner.call("PATCH", f"/v1.0/users/{oid}", {"passwordProfile": {
        "password": "Another-horse-9"}}).expect(200, 204)
    refused(login.form(token_path, grant_type="refresh_token", client_id=CLI,
                       refresh_token=told["refresh_token"], scope=f"{arm(login)}/.default"), 400,
            "invalid_grant")


# ---- forged tokens

def test_forged_directory_tokens(domain, login, token_path, principal):
    good = by_secret(login, token_path, *principal[:2]).expect(200).json()["access_token"]
    header, payload, signature = good.split(".")
    head = json.loads(base64.urlsafe_b64decode(header + "=="))
    keys = login.get(path_of(discovery(login, "adfs")["jwks_uri"])).json()["keys"]
    modulus = next(key["n"] for key in keys if key["kid"] == head["kid"])
    wider = encoded({**claims(good), "oid": str(uuid.uuid4())})
    forged = [f"{header}.{wider}.{signature}", good[:-5], good + "A", f"{header}.{payload}.",
              f"{encoded({**head, 'alg': 'none'})}.{payload}.",
              hmac_signed(modulus.encode(), {**head, "alg": "HS256"}, payload),
              f"{encoded({**head, 'kid': 'unknown'})}.{payload}.{signature}",
              f"{encoded({'alg': 'RS256', 'jku': 'https://evil.example/keys'})}.{payload}.{signature}",
              "A" * (1 << 16)]
    path = "/subscriptions?api-version=2019-11-01"
    with domain.arm(good) as arm:
        arm.get(path).expect(200)
        for token in forged:
            arm.get(path, Authorization=f"Bearer {token}").expect(401, 400, 431)


def test_audience_is_checked(domain, login, token_path, principal):
    token = by_secret(login, token_path, *principal[:2], scope=f"{ACR}/.default").json()[
        "access_token"]
    with domain.arm(token) as arm:
        arm.get("/subscriptions?api-version=2019-11-01").expect(401)
