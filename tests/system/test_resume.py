"""Uploads over the end of the server: nothing promised is lost, nothing lost is promised."""

from registry import OCTETS, digest_of, make_bytes
from server import wait_for

MIB = 1 << 20


def complete(server, location, content, offset):
    with server.client() as client:
        answer = client.patch(location, content[offset:], start=offset).expect(202)
        client.finish_upload(answer.header("Location"), digest_of(content)).expect(201)
        assert client.blob("a/b", digest_of(content)).expect(200).body == content


def test_graceful_restart_keeps_every_byte(start):
    server, content = start(), make_bytes("graceful", 3 * MIB + 5)
    with server.client() as client:
        location = client.start_upload("a/b")
        location = client.patch(location, content[:2 * MIB + 1]).expect(202).header("Location")
    server.restart()
    with server.client() as client:
        assert client.upload_offset(location) == 2 * MIB + 1
    complete(server, location, content, 2 * MIB + 1)


def test_several_restarts(start):
    server, content = start(), make_bytes("several", 5000)
    with server.client() as client:
        location = client.start_upload("a/b")
    for i in range(4):
        with server.client() as client:
            piece = content[i * 1000:(i + 1) * 1000]
            location = client.patch(location, piece, start=i * 1000).expect(202).header("Location")
        server.restart()
    complete(server, location, content, 4000)


def test_kill_keeps_what_a_checkpoint_covers(start):
    server = start({"uploads": {"checkpoint": "1MiB"}})
    content = make_bytes("killed", 6 * MIB)
    with server.client() as client:
        location = client.start_upload("a/b")
        for i in range(4):
            piece = content[i * MIB:(i + 1) * MIB]
            location = client.patch(location, piece, start=i * MIB).expect(202).header("Location")
    server.kill()
    server.start()
    with server.client() as client:
        offset = client.upload_offset(location)
    # At most one checkpoint distance and one buffer may be missing of the acknowledged 4 MiB.
    assert 2 * MIB <= offset <= 4 * MIB
    complete(server, location, content, offset)


def test_kill_in_mid_patch(start):
    server = start({"uploads": {"checkpoint": "1MiB"}})
    content = make_bytes("mid patch", 8 * MIB)
    with server.client() as client:
        location = client.start_upload("a/b")
    with server.raw() as writer:
        writer.head("PATCH", location, f"Content-Length: {len(content)}", f"Content-Type: {OCTETS}")
        writer.send(content[:5 * MIB + 123])
        # The bytes must have reached the disk before the kill has anything to take away.
        wait_for(lambda: sum((server.data / name).stat().st_size for name in server.files()) >=
                 4 * MIB, "4 MiB received")
        server.kill()
    server.start()
    with server.client() as client:
        offset = client.upload_offset(location)
    assert MIB <= offset <= 5 * MIB + 123
    complete(server, location, content, offset)


def test_kill_before_any_checkpoint_forgets_the_upload(start):
    server = start()
    with server.client() as client:
        location = client.start_upload("a/b")
        location = client.patch(location, b"little").expect(202).header("Location")
    server.kill()
    server.start()
    with server.client() as client:
        answer = client.get(location)
        if answer.status != 204:  # opening an upload writes nothing durable
            answer.refused(404, "BLOB_UPLOAD_UNKNOWN")
        assert not [name for name in server.files() if name.startswith("blobs/")]


def test_finished_content_survives_a_kill(start):
    server = start()
    with server.client() as client:
        client.push_blob("a/b", b"content")
    server.kill()
    server.start()
    with server.client() as client:
        assert client.blob("a/b", digest_of(b"content")).expect(200).body == b"content"


def test_expired_upload_is_removed(start):
    server = start({"uploads": {"expire": "1s"}})
    with server.client() as client:
        location = client.start_upload("a/b")
        location = client.patch(location, b"x" * 1000).expect(202).header("Location")
        # Asking for the upload would keep it alive, so the log is what says when it ends.
        wait_for(lambda: "upload expired" in server.log(), "the upload expires")
        assert not server.files()
        client.get(location).refused(404, "BLOB_UPLOAD_UNKNOWN", "expired")
