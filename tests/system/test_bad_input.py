"""Bad input gets the right status, code and message, and changes nothing."""

import pytest

from bad_requests import ROWS
from raw import exchange
from registry import digest_of, make_image

ZERO = "sha256:" + "0" * 64


class Scene:
    """A server of its own with one image and one open upload, and what its state is."""

    def __init__(self, server):
        self.server, self.repository = server, "bad/input"
        with server.client() as client:
            self.image = client.push_image(self.repository, "v1", make_image("bad input"))
            location = client.start_upload(self.repository)
            self.upload = client.patch(location, b"0123456789").expect(202).header("Location")
        self.before = self.state()

    def fill(self, text):
        upload = self.upload[self.upload.index("/v2/"):].split("?")[0]
        for name, value in (("r", self.repository), ("digest", self.image.digest), ("zero", ZERO),
                            ("blob", digest_of(self.image.config)), ("upload", upload)):
            text = text.replace("{" + name + "}", value)
        return text

    def state(self):
        with self.server.client() as client:
            documents = [client.get(target).expect(200).body for target in (
                "/v2/_catalog", f"/v2/{self.repository}/tags/list",
                f"/acr/v1/{self.repository}", f"/acr/v1/{self.repository}/_manifests",
                f"/acr/v1/{self.repository}/_tags")]
            offset = client.upload_offset(self.upload)
            assert client.manifest(self.repository, "v1").body == self.image.manifest
        return documents, offset, self.server.files()


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    from server import Server
    server = Server(tmp_path_factory.mktemp("bad")).start()
    yield Scene(server)
    assert server.stop() == 0, server.log()


def test_the_table_is_large_enough():
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(scene, row):
    body = row.body
    if body is not None:
        body = body.replace(b"{blob}", scene.fill("{blob}").encode())
    with scene.server.client() as client:
        answer = client.request(row.method, scene.fill(row.target), body, dict(row.headers))
    answer.refused(row.status, row.code, scene.fill(row.word))
    assert answer.header("Content-Type").startswith("application/json")
    if row.status == 405 and row.name.startswith("route"):
        assert answer.header("Allow"), answer
    assert scene.state() == scene.before


# Requests that are not even HTTP, or not quite.
RAW = (
    ("no HTTP", b"hello\r\n\r\n"),
    ("no version", b"GET /v2/\r\n\r\n"),
    ("HTTP/3.0", b"GET /v2/ HTTP/3.0\r\nHost: localhost\r\n\r\n"),
    ("space in the target", b"GET /v2/ x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("control character", b"GET /v2/\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("header without colon", b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nbroken\r\n\r\n"),
    ("space before the colon", b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n"),
    ("negative length", b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n"
                        b"Content-Length: -1\r\n\r\n"),
    ("length is no number", b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n"
                            b"Content-Length: 1x\r\n\r\n"),
    ("two lengths", b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
    ("length and chunks", b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n"
                          b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("unknown transfer coding", b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n"
                                b"Transfer-Encoding: gzip\r\n\r\n"),
    ("a second request in the header", b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX: a\rGET /evil "
                                       b"HTTP/1.1\r\n\r\n"),
    ("star", b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n"),
)


@pytest.mark.parametrize("data", [row[1] for row in RAW], ids=[row[0] for row in RAW])
def test_not_quite_http(scene, data):
    answer = exchange(scene.server, data)
    assert answer is not None and answer.status in (400, 404, 501, 505), answer
    assert answer.errors()[0]["message"]
    assert scene.state() == scene.before


@pytest.mark.parametrize("chunk", (b"zz\r\nabc\r\n", b"-1\r\n", b"5\r\nabcdefgh\r\n",
                                   b"FFFFFFFFFFFFFFFFF\r\n"))
def test_malformed_chunk(scene, chunk):
    with scene.server.client() as client:
        location = client.start_upload(scene.repository)
        with scene.server.raw() as connection:
            connection.head("PATCH", location, "Transfer-Encoding: chunked")
            connection.send(chunk)
            answer = connection.response("PATCH")
            assert answer is None or answer.status == 400
            assert connection.closed()  # nobody knows where the next request would begin
        client.delete(location).expect(204, 404)
    assert scene.state() == scene.before
