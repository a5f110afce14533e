"""GET and HEAD of blobs and manifests: ranges, conditions, negotiation."""

import pytest

from registry import (DOCKER_LIST, DOCKER_MANIFEST, INDEX, MANIFEST, assemble, digest_of,
                      make_bytes, make_image, make_index)

CONTENT = make_bytes("ranges", 1000)


@pytest.fixture
def blob(client, repository):
    client.push_blob(repository, CONTENT)
    return f"/v2/{repository}/blobs/{digest_of(CONTENT)}"


@pytest.mark.parametrize("asked,first,last", (
    ("bytes=0-0", 0, 0), ("bytes=0-9", 0, 9), ("bytes=10-", 10, 999), ("bytes=-5", 995, 999),
    ("bytes=990-5000", 990, 999), ("bytes=-5000", 0, 999), ("bytes=999-999", 999, 999),
    ("bytes=0-", 0, 999)))
def test_range(client, blob, asked, first, last):
    part = client.get(blob, Range=asked).expect(206)
    assert part.body == CONTENT[first:last + 1]
    assert part.header("Content-Range") == f"bytes {first}-{last}/1000"
    assert part.header("Content-Length") == str(last + 1 - first)
    assert part.header("Docker-Content-Digest") == digest_of(CONTENT)


@pytest.mark.parametrize("asked", ("bytes=1000-", "bytes=5000-6000", "bytes=-0"))
def test_range_outside(client, blob, asked):
    refused = client.get(blob, Range=asked).expect(416)
    assert refused.header("Content-Range") == "bytes */1000"


@pytest.mark.parametrize("asked", ("bytes=5-2", "bytes=a-b", "lines=0-5", "bytes", "bytes=",
                                   "bytes=0-1,5-6", "bytes=18446744073709551616-"))
def test_range_that_is_ignored(client, blob, asked):
    answer = client.get(blob, Range=asked)
    if asked.endswith("616-") and answer.status == 416:
        return  # a number beyond 64 bits is either malformed or far outside
    assert answer.expect(200).body == CONTENT


def test_whole_blob_headers(client, blob):
    whole = client.get(blob).expect(200)
    assert whole.header("Accept-Ranges") == "bytes"
    assert whole.header("Content-Length") == "1000"
    assert whole.header("Content-Type") == "application/octet-stream"
    head = client.head(blob).expect(200)
    assert head.header("Content-Length") == "1000" and head.body == b""


def test_blob_if_none_match(client, blob):
    tag = client.get(blob).header("ETag")
    assert tag == f'"{digest_of(CONTENT)}"'
    for condition in (tag, "*", f'"other", {tag}', f"W/{tag}"):
        assert client.get(blob, If_None_Match=condition).expect(304).body == b""
        client.head(blob, If_None_Match=condition).expect(304)
    assert client.get(blob, If_None_Match='"sha256:0"').expect(200).body == CONTENT


def test_manifest_if_none_match(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    for reference in ("v1", image.digest):
        tag = client.manifest(repository, reference).expect(200).header("ETag")
        assert client.manifest(repository, reference, If_None_Match=tag).expect(304).body == b""
        client.manifest(repository, reference, "HEAD", If_None_Match=tag).expect(304)
        client.manifest(repository, reference, If_None_Match='"x"').expect(200)
    other = client.push_image(repository, "v1", make_image(repository + "2"))
    assert client.manifest(repository, "v1", If_None_Match=tag).expect(200).body == other.manifest


def test_manifest_as_received(client, repository):
    image = make_image(repository)
    image.manifest = b"\n " + image.manifest.replace(b", ", b" ,\t") + b"\n"
    client.push_image(repository, "v1", image)
    for reference in ("v1", image.digest):
        got = client.manifest(repository, reference).expect(200)
        assert got.body == image.manifest
        assert got.header("Content-Type") == MANIFEST
        assert got.header("Docker-Content-Digest") == image.digest
        head = client.manifest(repository, reference, "HEAD").expect(200)
        assert head.header("Content-Length") == str(len(image.manifest)) and head.body == b""
        assert head.header("Docker-Content-Digest") == image.digest


@pytest.mark.parametrize("accept", ("*/*", "application/json", "text/html", INDEX))
def test_manifest_is_served_whatever_is_accepted(client, repository, accept):
    """A registry cannot convert; clients that cannot read the type see it in Content-Type."""
    image = client.push_image(repository, "v1", make_image(repository))
    got = client.manifest(repository, "v1", Accept=accept).expect(200)
    assert got.body == image.manifest and got.header("Content-Type") == MANIFEST


def test_docker_types(client, repository):
    image = make_image(repository)
    docker = assemble(image.config, image.layers, mediaType=DOCKER_MANIFEST)
    docker.media_type = DOCKER_MANIFEST
    client.push_image(repository, "v1", docker)
    assert client.manifest(repository, "v1").header("Content-Type") == DOCKER_MANIFEST
    content = make_index([docker], mediaType=DOCKER_LIST)
    client.put_manifest(repository, "list", content, DOCKER_LIST).expect(201)
    assert client.manifest(repository, "list").header("Content-Type") == DOCKER_LIST


def test_index_and_sha512_manifest(client, repository):
    children = [client.push_image(repository, None, make_image(f"{repository}{i}"))
                for i in range(2)]
    content = make_index(children)
    created = client.put_manifest(repository, "multi", content, INDEX).expect(201)
    assert created.header("Docker-Content-Digest") == digest_of(content)
    assert client.manifest(repository, digest_of(content)).body == content
    long = digest_of(content, "sha512")
    created = client.put_manifest(repository, long, content, INDEX).expect(201)
    assert created.header("Docker-Content-Digest") == long
    assert client.manifest(repository, long).expect(200).body == content


def test_unknown_things(client, repository):
    unknown = digest_of(b"unknown")
    client.manifest(repository, "v1").refused(404, "NAME_UNKNOWN", repository)
    client.push_image(repository, "v1", make_image(repository))
    client.manifest(repository, "v2").refused(404, "MANIFEST_UNKNOWN", "v2")
    client.manifest(repository, unknown).refused(404, "MANIFEST_UNKNOWN", unknown)
    client.blob(repository, unknown).refused(404, "BLOB_UNKNOWN", unknown)
    assert client.head(f"/v2/{repository}/blobs/{unknown}").expect(404).body == b""


def test_base(client):
    answer = client.get("/v2/").expect(200)
    assert answer.header("Docker-Distribution-Api-Version") == "registry/2.0"
    client.get("/v2").expect(200, 301, 308)


def test_large_blob_through_one_connection(client, repository):
    """Several large answers in a row keep the connection usable."""
    content = make_bytes(repository, 5 << 20)
    client.push_blob(repository, content)
    for _ in range(3):
        assert client.blob(repository, digest_of(content)).expect(200).body == content
    client.get("/v2/").expect(200)
