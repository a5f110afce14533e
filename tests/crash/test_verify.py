"""`berth verify` finds damage, and repairs what can be repaired."""

import pytest

from registry import assemble, digest_of, make_bytes

IMAGE = assemble(b"{}", [make_bytes("verified", 50_000)])
LAYER = digest_of(IMAGE.layers[0])


@pytest.fixture(params=("running", "stopped"))
def server(start, request):
    made = start()
    with made.client() as client:
        client.push_image("a", "v1", IMAGE)
        client.push_image("b", "v1", IMAGE)
    made.serving = request.param == "running"
    if not made.serving:
        assert made.stop() == 0
    return made


def test_good(server):
    answer = server.run("verify")
    assert answer.returncode == 0, answer


@pytest.mark.parametrize("damage", ("changed", "cut", "removed"))
def test_damaged_blob(server, damage):
    path = server.blob_file(LAYER)
    path.chmod(0o600)
    if damage == "changed":
        content = bytearray(path.read_bytes())
        content[25_000] ^= 1
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(IMAGE.layers[0][:1000])
    else:
        path.unlink()
    for _ in range(2):  # looking changes nothing
        answer = server.run("verify")
        assert answer.returncode == 1 and LAYER in answer.stdout, answer
    server.run("verify", "--repair")
    if not server.serving:
        server.start()
    with server.client() as client:  # a push of the same content heals it
        for repository in ("a", "b"):
            client.push_blob(repository, IMAGE.layers[0])
            assert client.blob(repository, LAYER).expect(200).body == IMAGE.layers[0]
            client.manifest(repository, "v1").expect(200)
    answer = server.run("verify")
    assert answer.returncode == 0, answer


def test_foreign_file(server):
    """Content that metadata does not know: left over from a crash, to be collected."""
    content = b"nobody knows me"
    path = server.blob_file(digest_of(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    server.run("verify", "--repair")
    assert server.run("gc", "--grace", "0s").returncode == 0
    assert not path.exists()
    assert server.run("verify").returncode == 0
