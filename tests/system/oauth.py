"""What the tests of the login face share: where its endpoints are, what a refusal looks like."""

import urllib.parse

SECRET = "Correct-horse-9"


def discovery(login, family):
    version = "" if family == "adfs" else "/v2.0"
    return login.get(f"/{family}{version}/.well-known/openid-configuration").expect(200).json()


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    assert parts.scheme == "https" and parts.hostname == "login.berth.test", url
    return parts.path


def arm(login):
    """The audience of the management face beside this login face."""
    return "https://" + login.host_header.replace("login.", "management.", 1)


def refused(answer, status, error, code=None):
    """An OAuth error; `code` is the AADSTS number that its text begins with."""
    told = answer.expect(status).json()
    assert told["error"] == error, answer
    assert {"error_description", "error_codes", "timestamp", "trace_id",
            "correlation_id"} <= set(told), answer
    if code:
        assert told["error_description"].startswith(f"AADSTS{code}: "), answer
        assert told["error_codes"] == [code], answer
    assert answer.header("Cache-Control") == "no-store"
    return told
