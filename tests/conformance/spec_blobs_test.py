"""OCI Distribution Specification 1.1, blobs: end-2, end-4a/b, end-5, end-6, end-10, end-11, end-13, end-14."""
import http.client
import time
import threading

import pytest

from conftest import ABSENT
from registry import Registry, digest_of, with_query

DATA = bytes(range(256)) * 40
BOTH = pytest.mark.parametrize("algorithm", ["sha256", "sha512"])


# ── end-1 ────────────────────────────────────────────────────────────────────────────────────────────────────────

def test_version_check(repository):
    answer = repository.registry.call("GET", "/v2/")
    assert answer.status == 200
    assert answer.header("Docker-Distribution-API-Version") in (None, "registry/2.0")


# ── end-2: pull ──────────────────────────────────────────────────────────────────────────────────────────────────

@BOTH
def test_blob_comes_back_with_its_digest(repository, algorithm):
    digest = repository.blob(DATA, algorithm)
    answer = repository.call("GET", f"blobs/{digest}")
    assert (answer.status, answer.body) == (200, DATA)
    assert answer.header("Docker-Content-Digest") == digest
    assert answer.header("Content-Length") == str(len(DATA))


@BOTH
def test_head_of_a_blob(repository, algorithm):
    digest = repository.blob(DATA, algorithm)
    answer = repository.call("HEAD", f"blobs/{digest}")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("Content-Length") == str(len(DATA))
    assert answer.header("Docker-Content-Digest") == digest


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_absent_blob(repository, method):
    repository.blob(DATA)
    answer = repository.call(method, f"blobs/{ABSENT}")
    assert answer.status == 404
    assert method == "HEAD" or answer.codes() == ["BLOB_UNKNOWN"]


def test_blob_of_another_repository_is_absent(repository, other):
    digest = repository.blob(b"private to one repository")
    other.blob(b"something else")
    assert other.call("GET", f"blobs/{digest}").status == 404


@pytest.mark.parametrize("digest", ["sha256:abc", "sha256:" + "G" * 64, "md5:" + "0" * 32, "sha256:" + "A" * 64])
def test_malformed_digest(repository, digest):
    answer = repository.call("GET", f"blobs/{digest}")
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer


def test_empty_blob(repository):
    digest = repository.blob(b"")
    answer = repository.call("GET", f"blobs/{digest}")
    assert (answer.status, answer.body, answer.header("Content-Length")) == (200, b"", "0")


def test_large_blob(repository):
    data = DATA * 400
    assert repository.call("GET", f"blobs/{repository.blob(data)}").body == data


# RFC 9110 section 14: what is malformed or of another unit is ignored, what lies outside is 416.
@pytest.mark.parametrize("header, first, last", [
    ("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=10-", 10, len(DATA) - 1),
    ("bytes=-5", len(DATA) - 5, len(DATA) - 1), (f"bytes=-{len(DATA) * 2}", 0, len(DATA) - 1),
    (f"bytes=100-{len(DATA) * 2}", 100, len(DATA) - 1)])
def test_range(repository, header, first, last):
    answer = repository.call("GET", f"blobs/{repository.blob(DATA)}", Range=header)
    assert (answer.status, answer.body) == (206, DATA[first:last + 1])
    assert answer.header("Content-Range") == f"bytes {first}-{last}/{len(DATA)}"
    assert answer.header("Content-Length") == str(last - first + 1)


@pytest.mark.parametrize("header", [f"bytes={len(DATA)}-", f"bytes={len(DATA) + 5}-{len(DATA) + 9}", "bytes=-0"])
def test_range_outside(repository, header):
    answer = repository.call("GET", f"blobs/{repository.blob(DATA)}", Range=header)
    assert answer.status == 416
    assert answer.header("Content-Range") == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("header", ["bytes=9-5", "lines=1-2", "bytes=x-y", "bytes"])
def test_range_that_is_ignored(repository, header):
    answer = repository.call("GET", f"blobs/{repository.blob(DATA)}", Range=header)
    assert (answer.status, answer.body) == (200, DATA)


def test_blob_that_the_client_has_already(repository):
    digest = repository.blob(DATA)
    etag = repository.call("GET", f"blobs/{digest}").header("ETag")
    assert etag
    answer = repository.call("GET", f"blobs/{digest}", If_None_Match=etag)
    assert (answer.status, answer.body) == (304, b"")


# ── end-4b, end-6: monolithic push ───────────────────────────────────────────────────────────────────────────────

def assert_created(repository, answer, data, algorithm="sha256"):
    assert answer.status == 201, answer
    assert answer.header("Docker-Content-Digest") == digest_of(data, algorithm)
    assert repository.location("GET", Registry.path_of(answer)).body == data


@BOTH
def test_single_post(repository, algorithm):
    path = with_query("blobs/uploads/", digest=digest_of(DATA, algorithm))
    answer = repository.call("POST", path, DATA, Content_Type="application/octet-stream")
    assert_created(repository, answer, DATA, algorithm)


@BOTH
def test_post_then_put(repository, algorithm):
    path = with_query(repository.upload(), digest=digest_of(DATA, algorithm))
    answer = repository.location("PUT", path, DATA, Content_Type="application/octet-stream")
    assert_created(repository, answer, DATA, algorithm)


def test_algorithm_announced_at_the_start(repository):
    answer = repository.call("POST", "blobs/uploads/?digest-algorithm=sha512", Content_Length="0")
    assert answer.status == 202, answer
    path = with_query(Registry.path_of(answer), digest=digest_of(DATA, "sha512"))
    assert_created(repository, repository.location("PUT", path, DATA), DATA, "sha512")


def test_post_answers_where_to_go_on(repository):
    answer = repository.call("POST", "blobs/uploads/", Content_Length="0")
    assert answer.status == 202
    assert "/blobs/uploads/" in answer.header("Location")
    assert answer.header("Docker-Upload-UUID")
    assert answer.header("Range") in (None, "0-0")


@BOTH
@pytest.mark.parametrize("how", ["post", "put", "stream"])
def test_wrong_digest_is_refused_and_nothing_stays(repository, algorithm, how):
    claimed, real = digest_of(b"other", algorithm), digest_of(DATA, algorithm)
    if how == "post":
        answer = repository.call("POST", with_query("blobs/uploads/", digest=claimed), DATA)
    elif how == "put":
        answer = repository.location("PUT", with_query(repository.upload(), digest=claimed), DATA)
    else:
        path = Registry.path_of(repository.location("PATCH", repository.upload(), iter([DATA])))
        answer = repository.location("PUT", with_query(path, digest=claimed), b"")
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer
    for digest in (claimed, real):
        assert repository.call("HEAD", f"blobs/{digest}").status == 404


@pytest.mark.parametrize("digest", ["", "sha256:12", "md5:" + "0" * 32, "nonsense"])
def test_malformed_digest_of_an_upload(repository, digest):
    answer = repository.location("PUT", with_query(repository.upload(), digest=digest), DATA)
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer


def test_put_without_digest(repository):
    answer = repository.location("PUT", repository.upload(), DATA)
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer


def test_pushing_twice_is_no_error(repository):
    assert repository.blob(DATA) == repository.blob(DATA)


def test_same_blob_by_many_at_once(repository, server):
    failures = []

    def push():
        try:
            Registry(server.host, server.basic()).push_blob(repository.name, DATA * 30)
        except AssertionError as error:
            failures.append(error)
    pushers = [threading.Thread(target=push) for _ in range(8)]
    for pusher in pushers:
        pusher.start()
    for pusher in pushers:
        pusher.join()
    assert not failures
    assert repository.call("GET", f"blobs/{digest_of(DATA * 30)}").body == DATA * 30


# ── end-5, end-6, end-13: streamed and chunked push ──────────────────────────────────────────────────────────────

@BOTH
def test_streamed(repository, algorithm):
    # An iterator makes http.client send Transfer-Encoding: chunked, without a Content-Length.
    answer = repository.location("PATCH", repository.upload(), iter([DATA[:100], DATA[100:]]))
    assert answer.status == 202, answer
    assert answer.header("Range") == f"0-{len(DATA) - 1}"
    path = with_query(Registry.path_of(answer), digest=digest_of(DATA, algorithm))
    assert_created(repository, repository.location("PUT", path, b""), DATA, algorithm)


def send_chunk(repository, path, first, data, method="PATCH"):
    return repository.location(method, path, data, Content_Type="application/octet-stream",
                               Content_Range=f"{first}-{first + len(data) - 1}")


@BOTH
@pytest.mark.parametrize("last", ["PATCH", "PUT"])
def test_chunked(repository, algorithm, last):
    path, at, third = repository.upload(), 0, len(DATA) // 3
    pieces = [DATA[:third], DATA[third:2 * third], DATA[2 * third:]]
    for piece in pieces if last == "PATCH" else pieces[:-1]:
        answer = send_chunk(repository, path, at, piece)
        at += len(piece)
        assert (answer.status, answer.header("Range")) == (202, f"0-{at - 1}")
        path = Registry.path_of(answer)
    path = with_query(path, digest=digest_of(DATA, algorithm))
    closing = repository.location("PUT", path, b"") if last == "PATCH" else send_chunk(
        repository, path, at, pieces[-1], "PUT")
    assert_created(repository, closing, DATA, algorithm)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("first", [0, 50, 150, 1000])
def test_chunk_out_of_order(repository, method, first):
    path = Registry.path_of(send_chunk(repository, repository.upload(), 0, DATA[:100]))
    wrong = with_query(path, digest=digest_of(DATA)) if method == "PUT" else path
    answer = send_chunk(repository, wrong, first, DATA[first:first + 100], method)
    assert answer.status == 416, answer
    # The state is as it was, and the upload goes on from there.
    state = repository.location("GET", path)
    assert (state.status, state.header("Range")) == (204, "0-99")
    path = with_query(Registry.path_of(state), digest=digest_of(DATA))
    assert_created(repository, send_chunk(repository, path, 100, DATA[100:], "PUT"), DATA)


def test_first_chunk_begins_at_zero(repository):
    path = repository.upload()
    assert send_chunk(repository, path, 1, DATA[1:]).status == 416


@pytest.mark.parametrize("header", ["abc", "5-", "-5", "9-5", "0-0-0", "0-99999999999999999999999"])
def test_malformed_content_range(repository, header):
    path = repository.upload()
    answer = repository.location("PATCH", path, DATA, Content_Range=header)
    assert answer.status in (400, 416) and answer.codes() == ["BLOB_UPLOAD_INVALID"], answer
    assert repository.location("GET", path).status == 204


def test_content_range_that_is_not_the_length(repository):
    path = repository.upload()
    answer = repository.location("PATCH", path, DATA[:10], Content_Range="0-99")
    assert answer.status == 400 and answer.codes()[0] in ("SIZE_INVALID", "BLOB_UPLOAD_INVALID"), answer


def test_status_of_a_new_upload(repository):
    path = repository.upload()
    answer = repository.location("GET", path)
    assert answer.status == 204
    assert Registry.path_of(answer) == path
    assert answer.header("Range") == "0-0"


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_unknown_upload(repository, method):
    repository.blob(DATA)
    path = with_query("blobs/uploads/00000000-0000-4000-8000-000000000000", digest=digest_of(DATA))
    answer = repository.call(method, path, b"" if method in ("GET", "DELETE") else DATA)
    assert answer.status == 404 and answer.codes() == ["BLOB_UPLOAD_UNKNOWN"], answer


def test_upload_of_another_repository(repository, other):
    path = repository.upload().replace(repository.name, other.name)
    answer = repository.location("PATCH", path, DATA)
    assert answer.status in (400, 404) and answer.codes()[0].startswith("BLOB_UPLOAD_"), answer


def test_finished_upload_is_unknown(repository):
    path = repository.upload()
    assert repository.location("PUT", with_query(path, digest=digest_of(DATA)), DATA).status == 201
    assert repository.location("GET", path).status == 404


def test_cancel(repository):
    path = Registry.path_of(send_chunk(repository, repository.upload(), 0, DATA))
    assert repository.location("DELETE", path).status == 204
    assert repository.location("GET", path).codes() == ["BLOB_UPLOAD_UNKNOWN"]
    assert repository.call("HEAD", f"blobs/{digest_of(DATA)}").status == 404


def test_broken_chunk_can_be_resumed(repository, server):
    path = Registry.path_of(send_chunk(repository, repository.upload(), 0, DATA[:100]))
    broken = http.client.HTTPConnection(server.host, timeout=20)
    broken.putrequest("PATCH", path)
    broken.putheader("Authorization", server.basic())
    broken.putheader("Content-Length", str(len(DATA) - 100))
    broken.endheaders(DATA[100:500])
    broken.close()
    # The server reads what was sent, and learns of the closed connection, a moment later.
    deadline = time.monotonic() + 10
    state = repository.location("GET", path)
    while (state.status != 204 or state.header("Range") != "0-499") and time.monotonic() < deadline:
        state = repository.location("GET", path)
    assert (state.status, state.header("Range")) == (204, "0-499"), state
    at = 500
    answer = send_chunk(repository, Registry.path_of(state), at, DATA[at:])
    assert answer.status == 202, answer
    closing = with_query(Registry.path_of(answer), digest=digest_of(DATA))
    assert_created(repository, repository.location("PUT", closing, b""), DATA)


# ── end-11: mount ────────────────────────────────────────────────────────────────────────────────────────────────

@BOTH
def test_mount(repository, other, algorithm):
    digest = other.blob(DATA, algorithm)
    answer = repository.call("POST", with_query("blobs/uploads/", mount=digest, **{"from": other.name}))
    assert_created(repository, answer, DATA, algorithm)


@pytest.mark.parametrize("source", ["existing", "absent"])
def test_mount_of_what_is_not_there_opens_an_upload(repository, other, source):
    other.blob(DATA)
    name = other.name if source == "existing" else "spec/no-such-repository"
    answer = repository.call("POST", with_query("blobs/uploads/", mount=ABSENT, **{"from": name}))
    assert answer.status == 202, answer
    path = with_query(Registry.path_of(answer), digest=digest_of(DATA))
    assert_created(repository, repository.location("PUT", path, DATA), DATA)


def test_mount_without_source(repository, other):
    digest = other.blob(DATA)
    answer = repository.call("POST", with_query("blobs/uploads/", mount=digest))
    assert answer.status in (201, 202), answer


def test_mount_of_a_malformed_digest(repository, other):
    answer = repository.call("POST", with_query("blobs/uploads/", mount="sha256:1", **{"from": other.name}))
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer


# ── end-10: delete ───────────────────────────────────────────────────────────────────────────────────────────────

@BOTH
def test_delete_of_a_blob(repository, other, algorithm):
    digest = repository.blob(DATA, algorithm)
    other.blob(DATA, algorithm)
    assert repository.call("DELETE", f"blobs/{digest}").status == 202
    assert repository.call("GET", f"blobs/{digest}").codes() == ["BLOB_UNKNOWN"]
    # The other repository keeps its own.
    assert other.call("GET", f"blobs/{digest}").body == DATA


def test_delete_of_an_absent_blob(repository):
    repository.blob(DATA)
    answer = repository.call("DELETE", f"blobs/{ABSENT}")
    assert answer.status == 404 and answer.codes() == ["BLOB_UNKNOWN"]
