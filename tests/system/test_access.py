"""The laptop face: loopback only, its own host names only, no foreign web page, nobody unnamed."""

import os
import subprocess
import sys

import pytest

from owner import NULL_GUID, basic
from raw import RawConnection
from registry import Client, digest_of, make_image
from server import Server, run_berth, wait_for

GOOD_HOSTS = ("localhost", "localhost:5000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:5000",
              "LocalHost:80")
BAD_HOSTS = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:80:80",
             "127.0.0.2", "[::2]", "0.0.0.0", "user@localhost", "localhost.", "::1", "localhost:x",
             "")
EMPTY = digest_of(b"")


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_host(client, host):
    client.get("/v2/", Host=host).expect(200)


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_foreign_host(server, client, repository, host):
    """Refused although the credential is good."""
    with server.raw() as connection:
        connection.send(f"POST /v2/{repository}/blobs/uploads/?digest={EMPTY} HTTP/1.1\r\n"
                        f"Host: {host}\r\nAuthorization: {server.basic()}\r\n"
                        f"Content-Length: 0\r\n\r\n".encode())
        answer = connection.response("POST")
    if host in ("", "localhost:80:80", "user@localhost", "::1", "localhost:x"):
        answer.expect(400, 421)  # malformed, or foreign
    else:
        answer.refused(421, "DENIED", "localhost")
    client.head(f"/v2/{repository}/blobs/{EMPTY}").expect(404)


def test_no_host_and_two_hosts(server):
    for headers in (b"", b"Host: localhost\r\nHost: evil.example\r\n"):
        with RawConnection(server.port) as connection:
            connection.send(b"GET /v2/ HTTP/1.1\r\n" + headers + b"\r\n")
            connection.response().expect(400, 421)


def test_absolute_target_must_name_this_host_too(server):
    with RawConnection(server.port) as connection:
        connection.send(b"GET http://evil.example/v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.response().expect(400, 404, 421)


@pytest.mark.parametrize("origin,allowed", (
    ("http://HOST", True), ("http://localhost:1", False),
    ("http://evil.example", False), ("https://localhost.evil.example", False), ("null", False),
    ("file://", False)))
def test_origin(server, client, repository, origin, allowed):
    origin = origin.replace("HOST", client.host_header)
    target = f"/v2/{repository}/blobs/uploads/?digest={EMPTY}"
    answer = client.request("POST", target, b"", {"Origin": origin})
    if allowed:
        answer.expect(201)
    else:
        answer.refused(403, "DENIED", "origin")
        client.head(f"/v2/{repository}/blobs/{EMPTY}").expect(404)


def test_ipv6_loopback(server):
    try:
        client = Client(server.port, "::1", timeout=5, authorization=server.basic())
        client.get("/v2/").expect(200)
    except OSError:
        pytest.skip("no ::1 on this machine")


@pytest.mark.parametrize("address", ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"))
def test_plain_http_stays_on_loopback(tmp_path, address):
    answer = run_berth("serve", "--data", tmp_path / "data", "--listen", address,
                       "--operations", "localhost:0", timeout=20)
    assert answer.returncode != 0 and "loopback" in answer.stderr, answer


# ---- who asks

@pytest.fixture
def anonymous(server):
    with server.client(signed_in=False) as connection:
        yield connection


@pytest.fixture(scope="module")
def pushed(server):
    with server.client() as client:
        return client.push_image("access/app", "v1", make_image("access"))


def challenge(host, scope=None, error=None):
    """The header byte for byte: az splits it at spaces and commas (az-acr-wire 2.1)."""
    text = f'Bearer realm="http://{host}/oauth2/token",service="{host}"'
    text += f',scope="{scope}"' if scope else ""
    return text + (f',error="{error}"' if error else "")


@pytest.mark.parametrize("host", ("localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT"))
def test_challenge(server, anonymous, host):
    host = host.replace("PORT", str(server.port))
    answer = anonymous.get("/v2/", Host=host).refused(
        401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization")
    assert answer.header("WWW-Authenticate") == challenge(host)
    assert answer.header("Docker-Distribution-Api-Version") == "registry/2.0"
    assert answer.header("Content-Type").startswith("application/json")


# Method, path, and the scope that the challenge names for it.
SCOPES = (
    ("GET", "/v2/access/app/manifests/v1", "repository:access/app:pull"),
    ("HEAD", "/v2/access/app/manifests/v1", "repository:access/app:pull"),
    ("GET", "/v2/access/app/blobs/DIGEST", "repository:access/app:pull"),
    ("HEAD", "/v2/access/app/blobs/DIGEST", "repository:access/app:pull"),
    ("GET", "/v2/access/app/referrers/DIGEST", "repository:access/app:pull"),
    ("POST", "/v2/access/app/blobs/uploads/", "repository:access/app:pull,push"),
    ("PUT", "/v2/access/app/manifests/v2", "repository:access/app:pull,push"),
    ("DELETE", "/v2/access/app/manifests/DIGEST", "repository:access/app:delete"),
    ("DELETE", "/acr/v1/access/app", "repository:access/app:delete"),
    ("GET", "/acr/v1/access/app", "repository:access/app:metadata_read"),
    ("GET", "/acr/v1/access/app/_tags", "repository:access/app:metadata_read"),
    ("GET", "/acr/v1/access/app/_manifests", "repository:access/app:metadata_read"),
    ("PATCH", "/acr/v1/access/app", "repository:access/app:metadata_write"),
    ("GET", "/v2/_catalog", "registry:catalog:*"),
    ("GET", "/acr/v1/_catalog", "registry:catalog:*"),
)


@pytest.mark.parametrize("method,path,scope", SCOPES)
def test_anonymous_is_refused(anonymous, pushed, method, path, scope):
    answer = anonymous.request(method, path.replace("DIGEST", pushed.digest)).expect(401)
    if method != "HEAD":
        answer.refused(401, "UNAUTHORIZED", "authentication required")
    assert answer.header("WWW-Authenticate") == challenge(anonymous.host_header, scope)


def test_absence_is_told_to_nobody(anonymous, pushed):
    """The answer does not say whether the repository exists."""
    bodies = {name: anonymous.get(f"/v2/{name}/tags/list").refused(401, "UNAUTHORIZED").status
              for name in ("access/app", "access/absent")}
    assert len(set(bodies.values())) == 1


def test_anonymous_push_sends_no_byte(server, pushed):
    with RawConnection(server.port) as connection:
        connection.head("POST", f"/v2/access/app/blobs/uploads/?digest={pushed.digest}",
                        "Content-Length: 1000000", "Expect: 100-continue")
        assert connection.response("POST").status == 401  # and not 100


WRONG = (
    "Basic", "Basic ", "Basic !!!", "Basic " + "A" * 50_000, basic("", ""), basic("nobody", "x"),
    basic("default", ""), basic("default", "wrong"), basic(NULL_GUID, ""), basic(NULL_GUID, "x"),
    basic("11111111-1111-4111-8111-111111111111", "secret"), basic("user@example.com", "secret"),
    "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer " + "A" * 9000, "Negotiate abc",
    "Digest username=x", "bearer", "Basic dXNlcg==")


@pytest.mark.parametrize("header", WRONG, ids=[header[:30] for header in WRONG])
def test_wrong_credentials(start_once, header):
    with start_once.client(signed_in=False) as client:
        answer = client.get("/v2/access/app/manifests/v1", Authorization=header)
    answer.expect(400, 401, 431)
    if answer.status == 401:
        assert answer.errors()[0]["code"] == "UNAUTHORIZED"
        assert answer.header("WWW-Authenticate").startswith("Bearer realm=")


@pytest.fixture(scope="module")
def start_once(tmp_path_factory):
    """A server of its own: failures are counted, and the shared one must not run out."""
    made = Server(tmp_path_factory.mktemp("wrong")).start()
    yield made
    assert made.stop() == 0, made.log()


def test_unknown_application_is_told_so(start_once):
    """A GUID that is nobody: the one case with a text of its own (reference B3)."""
    with start_once.client(signed_in=False) as client:
        answer = client.get("/oauth2/token?service=localhost&scope=repository:a:pull",
                            Authorization=basic("22222222-2222-4222-8222-222222222222", "secret"))
        answer.refused(401, "UNAUTHORIZED", "Application not registered with AAD.")


@pytest.mark.parametrize("scheme", ("Basic", "basic", "BASIC"))
def test_scheme_in_any_case(server, anonymous, scheme):
    value = server.basic().replace("Basic", scheme)
    anonymous.get("/v2/", Authorization=value).expect(200)


def test_the_owner_reaches_everything(client, repository):
    client.push_image(repository, "v1", make_image(repository))
    assert repository in client.get("/v2/_catalog?n=1000").expect(200).json()["repositories"]
    client.patch_json(f"/acr/v1/{repository}", deleteEnabled=True).expect(200)
    client.delete(f"/acr/v1/{repository}").expect(202)


def test_no_secret_in_the_log(server, anonymous):
    token = server.owner.token()
    anonymous.get("/v2/", Authorization=basic("default", "guess-of-a-password"))
    wanted = anonymous.get("/v2/", Authorization=basic(NULL_GUID, token)).header(
        "X-Ms-Correlation-Request-Id")
    wait_for(lambda: wanted in server.log(), "the request is logged")
    log = server.log()
    assert token not in log and token.split(".")[2] not in log and "guess-of-a-password" not in log


def test_refusal_says_why_in_the_log(start_once):
    with start_once.client(signed_in=False) as client:
        answer = client.get("/v2/", Authorization=basic("nobody-knows", "x")).expect(401)
    wanted = answer.header("X-Ms-Correlation-Request-Id")
    line = wait_for(lambda: [entry for entry in start_once.log_lines()
                             if entry.get("correlationId") == wanted], "the refusal is logged")[0]
    assert "unknown_principal" in str(line), line
    assert "unknown_principal" not in answer.body.decode()


# ---- the machine's own socket

def test_socket_is_private(server):
    path = server.data / "berth.sock"
    assert path.is_socket() and path.stat().st_mode & 0o777 in (0o600, 0o660, 0o666)
    info = server.owner.info()
    assert info["owner"] is True and info["domain"] == "" and len(info["httpListen"]) == 1, info


@pytest.mark.parametrize("body,status", ((b"", 400), (b"{", 400), (b"[]", 400), (b"{}", 400),
                                         (b'{"registry":5}', 400), (b'{"registry":"absent"}', 404)))
def test_socket_refuses_a_malformed_request(server, body, status):
    answer = server.owner.call("POST", "/berth/v1/registryToken", body)
    assert answer.status == status, answer
    assert answer.json()["errors"][0]["message"], answer


def test_another_user_is_not_the_owner(server):
    """A peer that is neither root nor the server's user is refused before it is heard."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    path = server.data / "berth.sock"
    script = ("import os,socket,sys\n"
              "fd=os.open(sys.argv[1],os.O_PATH)\n"
              "os.setgid(65534); os.setuid(65534)\n"
              "s=socket.socket(socket.AF_UNIX)\n"
              "s.connect(f'/proc/self/fd/{fd}/berth.sock')\n"
              "s.sendall(b'GET /berth/v1/info HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')\n"
              "print(s.recv(400).decode())\n")
    done = subprocess.run([sys.executable, "-c", script, path.parent], capture_output=True,
                          text=True, timeout=30, check=False)
    refused = done.returncode != 0 and "PermissionError" in done.stderr
    assert refused or " 403 " in done.stdout.split("\r\n")[0], done
