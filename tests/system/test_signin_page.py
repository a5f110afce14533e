"""The sign-in page: device code, authorization code with PKCE, and where nobody may be sent."""

import hashlib
import html
import re
import time
import urllib.parse

import pytest

from faces import CLI, DEVICE
from forge import encoded
from oauth import SECRET, arm, discovery, path_of, refused
from owner import claims

REDIRECT = "http://localhost:8400/"


class Page:
    """A form of the sign-in page, as a browser without scripts has it."""

    origin = None  # the login face's own

    def __init__(self, answer, path, status=200):
        self.text, self.path = answer.expect(status).body.decode(), path
        assert answer.header("Content-Type").startswith("text/html")
        policy = answer.header("Content-Security-Policy", "")
        assert "default-src 'none'" in policy or "frame-ancestors 'none'" in policy, answer
        self.cookie = answer.header("Set-Cookie", "").split(";")[0]
        form = re.search(r"<form[^>]*>", self.text)
        action = re.search(r'action="([^"]*)"', form.group(0)) if form else None
        self.action = html.unescape(action.group(1)) if action and action.group(1) else path
        self.fields = {}
        for tag in re.findall(r"<input[^>]*>", self.text):
            found = {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', tag)}
            if "name" in found:
                self.fields[found["name"]] = found.get("value", "")

    def submit(self, login, **given):
        fields = self.fields | given
        target = urllib.parse.urljoin(self.path, self.action)
        headers = {"Content-Type": "application/x-www-form-urlencoded",
                   "Origin": self.origin or f"https://{login.host_header}"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        return login.request("POST", target, urllib.parse.urlencode(fields).encode(), headers)

    def sign_in(self, login, user, secret):
        return self.submit(login, username=user, password=secret)


def test_device_code(login, family, token_path, user):
    path = path_of(discovery(login, family)["device_authorization_endpoint"])
    started = login.form(path, client_id=CLI, scope=f"{arm(login)}/.default offline_access openid profile")
    told = started.expect(200).json()
    assert {"user_code", "device_code", "verification_uri", "expires_in", "interval",
            "message"} <= set(told)
    poll = lambda: login.form(token_path, grant_type=DEVICE, client_id=CLI,  # noqa: E731
                              device_code=told["device_code"])
    refused(poll(), 400, "authorization_pending")
    Page(login.get(path_of(told["verification_uri"])), "/")  # a person types the code here
    page = code_page(login, told)
    page = Page(page.sign_in(login, user, "wrong"), "/", 400)  # and may be tried again
    page.sign_in(login, user, SECRET).expect(200)
    time.sleep(told["interval"])  # asking sooner is answered with slow_down
    got = poll().expect(200).json()
    assert claims(got["access_token"])["upn"] == user and got["refresh_token"]
    assert poll().expect(400).json()["error"] in ("invalid_grant", "expired_token")  # once only
    login.get(f"{path_of(told['verification_uri'])}?user_code={told['user_code']}").expect(400)


def code_page(login, told):
    path = f"{path_of(told['verification_uri'])}?user_code={urllib.parse.quote(told['user_code'])}"
    return Page(login.get(path), path)


def test_device_code_declined(login, family, token_path, user):
    path = path_of(discovery(login, family)["device_authorization_endpoint"])
    told = login.form(path, client_id=CLI, scope=f"{arm(login)}/.default").expect(200).json()
    code_page(login, told).submit(login, decline="1").expect(200)
    answer = login.form(token_path, grant_type=DEVICE, client_id=CLI,
                        device_code=told["device_code"])
    refused(answer, 400, "access_denied")


def test_forms_of_other_sites(login, family, user):
    """Neither without the cookie, nor from another origin."""
    target = authorize_target(login, family)
    page = Page(login.get(target), target)
    page.cookie = ""
    assert page.sign_in(login, user, SECRET).expect(403).header("Location") is None
    page = Page(login.get(target), target)
    page.origin = "https://evil.example"
    assert page.sign_in(login, user, SECRET).expect(403).header("Location") is None


def test_unknown_device_code(login, token_path):
    answer = login.form(token_path, grant_type=DEVICE, client_id=CLI, device_code="x" * 40)
    assert answer.expect(400).json()["error"] in ("invalid_grant", "bad_verification_code",
                                                  "expired_token")


VERIFIER = "v" * 64
CHALLENGE = encoded(hashlib.sha256(VERIFIER.encode()).digest())


def authorize_target(login, family, **changed):
    path = path_of(discovery(login, family)["authorization_endpoint"])
    fields = {"client_id": CLI, "response_type": "code", "redirect_uri": REDIRECT, "state": "s1",
              "scope": f"{arm(login)}/.default offline_access openid profile",
              "code_challenge": CHALLENGE, "code_challenge_method": "S256"} | changed
    query = urllib.parse.urlencode({k: v for k, v in fields.items() if v is not None})
    return f"{path}?{query}"


def code_of(login, family, user, **changed):
    target = authorize_target(login, family, **changed)
    answer = Page(login.get(target), target).sign_in(login, user, SECRET).expect(302, 303)
    location = answer.header("Location")
    assert location.startswith(REDIRECT), location
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    assert query["state"] == ["s1"]
    return query["code"][0]


def redeem(login, path, code, verifier=VERIFIER, **changed):
    fields = {"grant_type": "authorization_code", "client_id": CLI, "code": code,
              "redirect_uri": REDIRECT, "code_verifier": verifier,
              "scope": f"{arm(login)}/.default offline_access openid profile"} | changed
    return login.form(path, **fields)


def test_authorization_code(login, family, token_path, user):
    code = code_of(login, family, user)
    told = redeem(login, token_path, code).expect(200).json()
    assert claims(told["access_token"])["upn"] == user and told["id_token"]
    refused(redeem(login, token_path, code), 400, "invalid_grant")  # replayed


@pytest.mark.parametrize("changed", ({"verifier": "w" * 64}, {"verifier": None},
                                     {"redirect_uri": "http://localhost:8401/"},
                                     {"client_id": "88888888-8888-4888-8888-888888888888"}))
def test_stolen_code(login, family, token_path, user, changed):
    answer = redeem(login, token_path, code_of(login, family, user), **changed).expect(400, 401)
    assert answer.json()["error"] in ("invalid_grant", "invalid_request", "unauthorized_client",
                                      "invalid_client")


@pytest.mark.parametrize("uri", ("https://evil.example/", "http://localhost.evil.example:8400/",
                                 "//evil.example", "javascript:alert(1)", "http://127.0.0.2:8400/",
                                 "http://user@localhost:8400/", "http://localhost:8400/#x",
                                 "http://localhost:8400@evil.example/", "", None,
                                 "http://localhost:8400/\r\nX: y"))
def test_open_redirect(login, family, uri):
    """A wrong address is told on a page of our own: nobody is sent there."""
    answer = login.get(authorize_target(login, family, redirect_uri=uri))
    assert answer.status == 400 and answer.header("Location") is None, answer


@pytest.mark.parametrize("changed", ({"code_challenge": None}, {"code_challenge_method": "plain"},
                                     {"response_type": "token"}, {"client_id": None}))
def test_malformed_authorize(login, family, changed):
    answer = login.get(authorize_target(login, family, **changed)).expect(302, 303, 400)
    if answer.status != 400:
        location = answer.header("Location")
        assert location.startswith(REDIRECT) and "error=" in location and "code=" not in location


def test_page_shows_what_was_typed_as_text(login, family):
    target = authorize_target(login, family, login_hint='"><script>alert(1)</script>',
                              state='"><script>alert(2)</script>')
    assert "<script>alert" not in login.get(target).body.decode()


def test_wrong_password_on_the_page(login, family, user):
    target = authorize_target(login, family)
    answer = Page(login.get(target), target).sign_in(login, user, "wrong")
    assert answer.header("Location") is None
    again = Page(answer, target, 400)
    assert "AADSTS50126" in again.text and SECRET not in again.text
    location = again.sign_in(login, user, SECRET).expect(302, 303).header("Location")
    assert location.startswith(REDIRECT) and "code=" in location
