"""Managed identity on the machine itself: `az login --identity` by the metadata address, a program by its user."""
import json
import os
import subprocess
import sys

import pytest

from azcli import Az
from conftest import need, running_world
from owner import ROLES, claims
from world import DOMAIN, METADATA

REGISTRY, HOST = "imdsreg", f"imdsreg.{DOMAIN}"
ARM = f"https://management.{DOMAIN}/"
PATH = "/metadata/identity/oauth2/token"
NOBODY = 65534
SOCKET = f"/run/berth-identity-{os.getpid()}.sock"


@pytest.fixture(scope="module")
def inside():
    with running_world("imds", BERTH_IDENTITY_IMDS_LISTEN=f"{METADATA}:80",
                       BERTH_IDENTITY_SOCKET=SOCKET) as made:
        made.create_registry(REGISTRY)
        yield made


def make_identity(inside, name, role, **binding):
    made = inside.owner.call("POST", "/v1.0/managedIdentities", {"displayName": name, **binding}).expect(201).json()
    inside.owner.assign(made["id"], ROLES[role], inside.owner.subscription())
    return made


@pytest.fixture(scope="module")
def machine(inside):
    """The identity that answers on the metadata address."""
    return make_identity(inside, "machine", "Contributor", imdsDefault=True)


def ask(inside, *headers, resource=ARM, version="2018-02-01", **more):
    query = "&".join(f"{key}={value}" for key, value in {"api-version": version, "resource": resource, **more}.items())
    words = [word for header in headers for word in ("-H", header)]
    status, body = inside.curl(*words, f"http://{METADATA}{PATH}?{query}")
    return status, json.loads(body) if body.startswith("{") else body


def test_token(inside, machine):
    status, told = ask(inside, "Metadata: true")
    assert status == 200, told
    assert claims(told["access_token"])["oid"] == machine["id"] and told["resource"] == ARM
    assert int(told["expires_in"]) > 3000 and told["token_type"] == "Bearer"


@pytest.mark.parametrize("headers,more,statuses", (
    ((), {}, (400, 403)), (("Metadata: false",), {}, (400, 403)),
    (("Metadata: true", "X-Forwarded-For: 192.0.2.1"), {}, (400, 403)), (("Metadata: true",), {"resource": ""}, (400,)),
    (("Metadata: true",), {"resource": "https://unknown.example/"}, (400,)),
    (("Metadata: true",), {"client_id": "12121212-1212-4212-8212-121212121212"}, (400, 404))))
def test_refused(inside, machine, headers, more, statuses):
    """Without the header that no web page can send, for whom nobody vouches, or for nothing known."""
    status, told = ask(inside, *headers, **more)
    assert status in statuses and "access_token" not in told, told


def test_other_paths(inside, machine):
    for path in ("/v2/", "/subscriptions?api-version=2019-11-01", "/v1.0/users", "/berth/v1/info", "/metadata/instance"):
        status, _ = inside.curl("-H", "Metadata: true", f"http://{METADATA}{path}")
        assert status in (400, 404), path


def test_az_login(inside, machine, home):
    az = Az(inside, need("az"), home)
    account = az.json("login", "--identity")[0]
    assert account["user"]["type"] == "servicePrincipal" and account["state"] == "Enabled"
    assert az.json("acr", "show", "-n", REGISTRY)["loginServer"] == HOST
    exposed = az.json("acr", "login", "-n", REGISTRY, "--expose-token")["accessToken"]
    status, _ = inside.curl("-u", f"00000000-0000-0000-0000-000000000000:{exposed}", f"https://{HOST}/v2/")
    assert status == 200


# ---- by the user at the other end of the socket

SCRIPT = """
import os, socket, sys
path, user, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
fd = os.open(os.path.dirname(path), os.O_PATH)
os.setgid(user); os.setuid(user)
connection = socket.socket(socket.AF_UNIX)
connection.connect(f"/proc/self/fd/{fd}/{os.path.basename(path)}")
connection.sendall(f"GET {target} HTTP/1.1\\r\\nHost: localhost\\r\\nMetadata: true\\r\\nConnection: close\\r\\n\\r\\n".encode())
answer = b""
while piece := connection.recv(65536):
    answer += piece
print(answer.decode())
"""


def as_user(path, user, target):
    """(status, body); None when the socket does not even open to this user."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(path), str(user), target], capture_output=True,
                          text=True, timeout=30, check=False)
    if "PermissionError" in done.stderr:
        return None, ""
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.partition("\n\n")
    return int(head.split()[1]), body


def test_by_user(inside, machine):
    target = f"{PATH}?api-version=2018-02-01&resource={ARM}"
    assert as_user(SOCKET, NOBODY, target)[0] in (400, 403, 404, None)
    made = make_identity(inside, "worker", "Reader", uid=NOBODY)
    status, body = as_user(SOCKET, NOBODY, target)
    assert status == 200, body
    token = json.loads(body)["access_token"]
    assert claims(token)["oid"] == made["id"]
    assert as_user(SOCKET, NOBODY, "/berth/v1/info")[0] == 404  # this socket gives nothing else
    assert as_user(inside.data / "berth.sock", NOBODY, "/berth/v1/info")[0] is None  # and the owner's is closed
    assert as_user(SOCKET, NOBODY - 1, target)[0] != 200
    listing = f"{ARM}subscriptions?api-version=2019-11-01"
    assert inside.curl("-H", f"Authorization: Bearer {token}", listing)[0] == 200
    inside.owner.call("PATCH", f"/v1.0/managedIdentities/{made['id']}", {"accountEnabled": False}).expect(200, 204)
    assert as_user(SOCKET, NOBODY, target)[0] != 200
    assert inside.curl("-H", f"Authorization: Bearer {token}", listing)[0] == 401
