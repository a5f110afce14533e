"""The laptop face: loopback only, its own host names only, no foreign web page."""

import pytest

from raw import RawConnection
from registry import Client, digest_of
from server import run_berth

GOOD_HOSTS = ("localhost", "localhost:5000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:5000",
              "LocalHost:80")
BAD_HOSTS = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:80:80",
             "127.0.0.2", "[::2]", "0.0.0.0", "user@localhost", "localhost.", "::1", "localhost:x",
             "")


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_host(client, host):
    client.get("/v2/", Host=host).expect(200)


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_foreign_host(server, client, repository, host):
    with RawConnection(server.port) as connection:
        connection.send(f"POST /v2/{repository}/blobs/uploads/?digest={digest_of(b'')} HTTP/1.1\r\n"
                        f"Host: {host}\r\nContent-Length: 0\r\n\r\n".encode())
        answer = connection.response("POST")
    if host in ("", "localhost:80:80", "user@localhost", "::1", "localhost:x"):
        answer.expect(400, 421)  # malformed, or foreign
    else:
        answer.refused(421, "DENIED", "localhost")
    client.head(f"/v2/{repository}/blobs/{digest_of(b'')}").expect(404)


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
    target = f"/v2/{repository}/blobs/uploads/?digest={digest_of(b'')}"
    answer = client.request("POST", target, b"", {"Origin": origin})
    if allowed:
        answer.expect(201)
    else:
        answer.refused(403, "DENIED", "origin")
        client.head(f"/v2/{repository}/blobs/{digest_of(b'')}").expect(404)


def test_ipv6_loopback(server):
    try:
        client = Client(server.port, "::1", timeout=5)
        client.get("/v2/").expect(200)
    except OSError:
        pytest.skip("no ::1 on this machine")


@pytest.mark.parametrize("address", ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"))
def test_plain_http_stays_on_loopback(tmp_path, address):
    answer = run_berth("serve", "--data", tmp_path / "data", "--listen", address,
                       "--operations", "localhost:0", timeout=20)
    assert answer.returncode != 0 and "loopback" in answer.stderr, answer
