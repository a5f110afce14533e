"""Every way to push a blob, and what happens to an upload that goes wrong."""

import pytest

from registry import OCTETS, digest_of, make_bytes
from server import wait_for

MIB = 1 << 20
MODES = ("mono", "single", "streamed", "patch", "chunked", "last-in-put")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", (1, 10240, 3 * MIB + 17))
def test_push_and_pull(client, repository, mode, size):
    content = make_bytes(f"{mode}{size}", size)
    created = client.push_blob(repository, content, mode)
    digest = digest_of(content)
    assert created.header("Docker-Content-Digest") == digest
    assert created.header("Location").endswith(f"/v2/{repository}/blobs/{digest}")
    head = client.head(f"/v2/{repository}/blobs/{digest}").expect(200)
    assert head.header("Content-Length") == str(size)
    assert head.header("Docker-Content-Digest") == digest
    got = client.get(created.header("Location")).expect(200)
    assert got.body == content


@pytest.mark.parametrize("mode", ("mono", "single", "patch"))
def test_empty_blob(client, repository, mode):
    client.push_blob(repository, b"", mode)
    got = client.blob(repository, digest_of(b"")).expect(200)
    assert got.body == b"" and got.header("Content-Length") == "0"


@pytest.mark.parametrize("mode", ("mono", "chunked"))
def test_sha512(client, repository, mode):
    content = make_bytes("sha512" + mode, 200_000)
    created = client.push_blob(repository, content, mode, algorithm="sha512")
    digest = digest_of(content, "sha512")
    assert created.header("Docker-Content-Digest") == digest
    assert client.blob(repository, digest).expect(200).body == content


def test_sha512_announced(client, repository):
    content = make_bytes("announced", 200_000)
    location = client.start_upload(repository, "?digest-algorithm=sha512")
    location = client.patch(location, content).expect(202).header("Location")
    digest = digest_of(content, "sha512")
    client.finish_upload(location, digest).expect(201)
    assert client.blob(repository, digest).expect(200).body == content


def test_session_answers(client, repository):
    opened = client.request("POST", f"/v2/{repository}/blobs/uploads/").expect(202)
    location = opened.header("Location")
    assert opened.header("Docker-Upload-UUID") in location
    assert client.upload_offset(location) == 0
    patched = client.patch(location, b"x" * 100, start=0).expect(202)
    assert patched.header("Range") == "0-99"
    status = client.get(patched.header("Location")).expect(204)
    assert status.header("Range") == "0-99" and status.header("Location")
    assert status.header("Docker-Upload-UUID") == opened.header("Docker-Upload-UUID")


def test_cancel(client, repository):
    location = client.start_upload(repository)
    location = client.patch(location, b"abc").expect(202).header("Location")
    client.delete(location).expect(204)
    client.get(location).refused(404, "BLOB_UPLOAD_UNKNOWN", "upload")
    client.patch(location, b"d").refused(404, "BLOB_UPLOAD_UNKNOWN")
    client.delete(location).refused(404, "BLOB_UPLOAD_UNKNOWN")


def test_finished_upload_is_gone(client, repository):
    location = client.start_upload(repository)
    client.finish_upload(location, digest_of(b"once"), b"once").expect(201)
    client.get(location).refused(404, "BLOB_UPLOAD_UNKNOWN")


def test_upload_belongs_to_its_repository(client, repository):
    location = client.start_upload(repository)
    elsewhere = location.replace(f"/v2/{repository}/", f"/v2/{repository}-other/")
    assert elsewhere != location
    client.get(elsewhere).refused(404, "BLOB_UPLOAD_UNKNOWN")
    client.patch(elsewhere, b"x").refused(404, "BLOB_UPLOAD_UNKNOWN")
    assert client.upload_offset(location) == 0


@pytest.mark.parametrize("start", (0, 5, 11, 1000))
def test_chunk_out_of_order(client, repository, start):
    location = client.start_upload(repository)
    location = client.patch(location, b"0123456789", start=0).expect(202).header("Location")
    client.patch(location, b"abc", start=start).refused(416, "BLOB_UPLOAD_INVALID", "10")
    assert client.upload_offset(location) == 10
    location = client.patch(location, b"abc", start=10).expect(202).header("Location")
    client.finish_upload(location, digest_of(b"0123456789abc")).expect(201)


def test_chunk_range_and_length_disagree(client, repository):
    location = client.start_upload(repository)
    answer = client.request("PATCH", location, b"01234",
                            {"Content-Type": OCTETS, "Content-Range": "0-9"})
    answer.refused(400, "SIZE_INVALID", "5", "10")
    assert client.upload_offset(location) == 0


@pytest.mark.parametrize("mode", ("put", "patch", "single"))
def test_wrong_digest_leaves_nothing(server, client, repository, mode):
    before = server.files()
    content, wrong = make_bytes(repository, 5000), digest_of(repository.encode())
    if mode == "single":
        location = None
        answer = client.request("POST", f"/v2/{repository}/blobs/uploads/?digest={wrong}",
                                content, {"Content-Type": OCTETS})
    else:
        location = client.start_upload(repository)
        if mode == "patch":
            location = client.patch(location, content).expect(202).header("Location")
            content_now = b""
        else:
            content_now = content
        answer = client.finish_upload(location, wrong, content_now)
    answer.refused(400, "DIGEST_INVALID", wrong, digest_of(content))
    for digest in (wrong, digest_of(content)):
        client.head(f"/v2/{repository}/blobs/{digest}").expect(404)
    if location:
        client.get(location).refused(404, "BLOB_UPLOAD_UNKNOWN")
    assert server.files() == before


def test_two_writers_on_one_upload(server, client, repository):
    content = make_bytes(repository, MIB)
    location = client.start_upload(repository)
    with server.raw() as first:
        first.head("PATCH", location, f"Content-Length: {MIB}", f"Content-Type: {OCTETS}",
                   "Expect: 100-continue")
        assert first.response().status == 100  # from here on the upload is the first writer's
        assert first.send(content[:1000])
        client.patch(location, b"intruder").refused(409, "BLOB_UPLOAD_INVALID", "another")
        digest = digest_of(content)
        client.finish_upload(location, digest).refused(409, "BLOB_UPLOAD_INVALID", "another")
        assert first.send(content[1000:])
        location = first.response("PATCH").expect(202).header("Location")
    client.finish_upload(location, digest).expect(201)
    assert client.blob(repository, digest).expect(200).body == content


@pytest.mark.parametrize("framing", ("length", "chunked"))
def test_client_leaves_in_mid_patch(server, client, repository, framing):
    content = make_bytes(repository, 2 * MIB)
    location = client.start_upload(repository)
    with server.raw() as leaver:
        if framing == "length":
            leaver.head("PATCH", location, f"Content-Length: {len(content)}",
                        f"Content-Type: {OCTETS}")
            leaver.send(content[:MIB])
        else:
            leaver.head("PATCH", location, "Transfer-Encoding: chunked", f"Content-Type: {OCTETS}")
            leaver.send(b"%x\r\n" % len(content) + content[:MIB])

    def kept():
        """The offset once the broken request has let go of the upload."""
        answer = client.get(location)
        last = int(answer.header("Range", "0-0")[2:])
        if answer.status != 204 or not last:
            return None
        probe = client.patch(location, content[last + 1:last + 1001], start=last + 1)
        return last + 1001 if probe.status == 202 else None

    offset = wait_for(kept, "the upload can be continued")
    assert offset <= MIB + 1000
    location = client.patch(location, content[offset:], start=offset).expect(202).header("Location")
    client.finish_upload(location, digest_of(content)).expect(201)
    assert client.blob(repository, digest_of(content)).expect(200).body == content


def test_client_leaves_in_mid_put(server, client, repository):
    content = make_bytes(repository, MIB)
    before = {name for name in server.files() if name.startswith("blobs/")}
    location = client.start_upload(repository)
    with server.raw() as leaver:
        leaver.head("PUT", f"{location}?digest={digest_of(content)}",
                    f"Content-Length: {MIB}", f"Content-Type: {OCTETS}")
        leaver.send(content[:-1])
    client.head(f"/v2/{repository}/blobs/{digest_of(content)}").expect(404)
    assert {name for name in server.files() if name.startswith("blobs/")} == before
    client.push_blob(repository, content)


def test_expect_continue(server, client, repository):
    location = client.start_upload(repository)
    content = b"announced and wanted"
    with server.raw() as connection:
        connection.head("PUT", f"{location}?digest={digest_of(content)}",
                        f"Content-Length: {len(content)}", "Expect: 100-continue")
        assert connection.response().status == 100
        connection.send(content)
        assert connection.response("PUT").status == 201


@pytest.mark.parametrize("method,target,status", (
    ("PUT", "/v2/UPPER/manifests/v1", 400),
    ("PUT", "/v2/a/blobs/uploads/00000000-0000-4000-8000-000000000000?digest=sha256:" + "0" * 64,
     404),
    ("PATCH", "/v2/a/blobs/uploads/00000000-0000-4000-8000-000000000000", 404),
    ("POST", "/v2/a/blobs/uploads/?digest=md5:00", 400),
    ("PUT", "/nothing", 404)))
def test_refusal_comes_instead_of_continue(server, method, target, status):
    with server.raw() as connection:
        connection.head(method, target, "Content-Length: 1000000", "Expect: 100-continue")
        assert connection.response(method).status == status


def test_pushing_again_is_no_error(client, repository):
    content = make_bytes(repository, 1000)
    for mode in MODES * 2:
        client.push_blob(repository, content, mode)
    assert client.blob(repository, digest_of(content)).body == content
