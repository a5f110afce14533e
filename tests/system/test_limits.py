"""Documented limits: what exceeds one gets the right status, and the server goes on."""

import time

from raw import exchange
from registry import MANIFEST, digest_of, make_bytes, make_image
from server import wait_for

MIB = 1 << 20


def request_with_header(server, size):
    return exchange(server, b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * size +
                    b"\r\n\r\n")


def test_header_too_large(start):
    server = start({"limits": {"header_bytes": "8KiB"}})
    assert request_with_header(server, 4000).status == 200
    answer = request_with_header(server, 16000)
    assert answer.status == 431 and "8" in answer.errors()[0]["message"]
    assert request_with_header(server, 4000).status == 200


def test_request_line_too_long(start):
    server = start({"limits": {"header_bytes": "8KiB"}})
    answer = exchange(server, b"GET /v2/" + b"a" * 16000 +
                      b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.status in (414, 431)


def test_manifest_too_large(server, client, repository):
    limit = 4 * MIB
    image = make_image(repository)
    for content in image.blobs():
        client.push_blob(repository, content)
    filler = limit - len(image.manifest)
    client.put_manifest(repository, "full", image.manifest + b" " * filler).expect(201)
    with server.raw() as connection:  # refused before a byte of it is sent
        connection.head("PUT", f"/v2/{repository}/manifests/v1", f"Content-Length: {limit + 1}",
                        f"Content-Type: {MANIFEST}", "Expect: 100-continue")
        connection.response("PUT").refused(413, "SIZE_INVALID", "4")
    with server.raw() as connection:  # a length that only shows while it arrives
        connection.head("PUT", f"/v2/{repository}/manifests/v1", "Transfer-Encoding: chunked",
                        f"Content-Type: {MANIFEST}")
        connection.send(b"%x\r\n" % (limit + 1) + b" " * (limit + 1) + b"\r\n0\r\n\r\n")
        connection.response("PUT").refused(413, "SIZE_INVALID", "4")
    client.manifest(repository, "v1").expect(404)


def test_blob_too_large(start):
    server = start({"limits": {"blob_bytes": "1MiB"}})
    content = make_bytes("large", MIB + 1)
    with server.client() as client:
        client.push_blob("a", content[:MIB])
        location = client.start_upload("a")
        with server.raw() as connection:
            connection.head("PUT", f"{location}?digest={digest_of(content)}",
                            f"Content-Length: {len(content)}", "Expect: 100-continue")
            connection.response("PUT").refused(413, "SIZE_INVALID", "1")
        location = client.start_upload("a")
        location = client.patch(location, content[:MIB]).expect(202).header("Location")
        client.patch(location, content[MIB:], start=MIB).refused(413, "SIZE_INVALID")
        client.head(f"/v2/a/blobs/{digest_of(content)}").expect(404)


def test_open_uploads(start):
    server = start({"limits": {"open_uploads": 2}})
    with server.client() as client:
        first = client.start_upload("a")
        client.start_upload("b")
        answer = client.request("POST", "/v2/c/blobs/uploads/")
        answer.refused(429, "TOOMANYREQUESTS", "2")
        client.delete(first).expect(204)
        client.start_upload("c")


def test_slow_header_is_closed(start):
    server = start({"limits": {"header_timeout": "1s"}})
    with server.raw() as slow:
        slow.send(b"GET /v2/ HTTP/1.1\r\nHost: loc")
        begun = time.monotonic()
        assert slow.closed()
        assert 0.5 < time.monotonic() - begun < 10
    with server.client() as client:
        client.get("/v2/").expect(200)


def test_idle_connection_is_closed(start):
    server = start({"limits": {"idle_timeout": "1s"}})
    with server.raw() as idle:
        idle.head("GET", "/v2/")
        assert idle.response().status == 200
        assert idle.closed()


def test_connection_limit(start):
    """Those who are served stay; what the operator looks by has places of its own."""
    server = start({"limits": {"connections": 3}, "operations": {"listen": "127.0.0.1:0"}})
    with server.client() as client:
        uploads = [client.start_upload("a") for _ in range(3)]
    with server.operations() as operations:
        wait_for(lambda: "\nberth_http_connections 1\n" in operations.get("/metrics").body.decode(),
                 "its connection is gone; the one left is that of the operator")
    served = [server.raw() for _ in uploads]
    try:
        for connection, upload in zip(served, uploads):
            connection.head("PATCH", upload, "Content-Length: 2", "Expect: 100-continue")
            assert connection.response().status == 100
        with server.raw() as fourth:
            fourth.head("GET", "/v2/")
            answer = fourth.response()
            assert answer is not None and answer.status == 503
            assert fourth.closed()
        with server.operations() as operations:
            operations.get("/livez").expect(200)
        for connection in served:
            connection.send(b"ab")
            assert connection.response("PATCH").status == 202
    finally:
        for connection in served:
            connection.close()


def test_who_only_waits_makes_room(start):
    server = start({"limits": {"connections": 3}})
    waiting = [server.raw() for _ in range(3)]
    try:
        for connection in waiting:
            connection.head("GET", "/v2/")
            assert connection.response().status == 200
        for _ in range(5):
            with server.client() as client:
                client.get("/v2/").expect(200)
        assert waiting[0].closed()
    finally:
        for connection in waiting:
            connection.close()


def test_pipelined_requests(server):
    """Requests sent without waiting are answered in their order."""
    with server.raw() as connection:
        for target in ("", "_catalog?n=0", "nothing"):
            connection.head("GET", f"/v2/{target}")
        assert [connection.response().status for _ in range(3)] == [200, 200, 404]


def test_http_1_0(server):
    with server.raw() as connection:
        connection.send(f"GET /v2/ HTTP/1.0\r\nHost: localhost\r\n"
                        f"Authorization: {server.basic()}\r\n\r\n".encode())
        assert connection.response().status == 200
        assert connection.closed()
