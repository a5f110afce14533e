"""OCI Distribution Specification 1.1, manifests: end-3, end-7, end-9, and what is refused."""
import json

import pytest

from conftest import ABSENT, CONFIG, INDEX, LAYER, MANIFEST
from registry import Registry, digest_of

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


# ── end-3, end-7 ─────────────────────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("by", ["tag", "digest"])
def test_manifest_comes_back_byte_for_byte(repository, by):
    # Spaces and order are the client's; a server that parses and prints again would break the digest.
    body = json.dumps(json.loads(repository.image()), indent=3).encode() + b"\n"
    reference = digest_of(body) if by == "digest" else "one"
    pushed = repository.put(reference, body)
    assert pushed.status == 201, pushed
    assert pushed.header("Docker-Content-Digest") == digest_of(body)
    assert repository.location("GET", Registry.path_of(pushed)).body == body
    pulled = repository.call("GET", f"manifests/{reference}")
    assert (pulled.status, pulled.body) == (200, body)
    assert pulled.header("Content-Type") == MANIFEST
    assert pulled.header("Docker-Content-Digest") == digest_of(body)


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_head_of_a_manifest(repository, by):
    body, digest = repository.pushed()
    answer = repository.call("HEAD", f"manifests/{'one' if by == 'tag' else digest}")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("Content-Length") == str(len(body))
    assert answer.header("Docker-Content-Digest") == digest
    assert answer.header("Content-Type") == MANIFEST


def test_manifest_with_sha512(repository):
    body = repository.image(algorithm="sha512")
    digest = digest_of(body, "sha512")
    pushed = repository.put(digest, body)
    assert (pushed.status, pushed.header("Docker-Content-Digest")) == (201, digest)
    pulled = repository.call("GET", f"manifests/{digest}")
    assert (pulled.status, pulled.body, pulled.header("Docker-Content-Digest")) == (200, body, digest)
    assert repository.call("DELETE", f"manifests/{digest}").status == 202


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("reference", ["absent", ABSENT])
def test_absent_manifest(repository, method, reference):
    repository.pushed()
    answer = repository.call(method, f"manifests/{reference}")
    assert answer.status == 404
    assert method == "HEAD" or answer.codes() == ["MANIFEST_UNKNOWN"]


def test_absent_repository(repository):
    answer = repository.call("GET", "manifests/one")
    assert answer.status == 404
    assert answer.codes()[0] in ("NAME_UNKNOWN", "MANIFEST_UNKNOWN")


def test_manifest_that_the_client_has_already(repository):
    _, digest = repository.pushed()
    etag = repository.call("GET", "manifests/one").header("ETag")
    assert etag and digest in etag
    answer = repository.call("GET", "manifests/one", If_None_Match=etag)
    assert (answer.status, answer.body) == (304, b"")
    assert repository.call("GET", "manifests/one", If_None_Match='"other"').status == 200


def test_content_type_parameters_are_ignored(repository):
    body = repository.image()
    assert repository.put("one", body, MANIFEST + "; charset=utf-8").status == 201
    assert repository.call("GET", "manifests/one").header("Content-Type") == MANIFEST


def test_tag_moves(repository):
    _, first = repository.pushed(content=b"first")
    _, second = repository.pushed(content=b"second")
    assert repository.registry.digest(repository.name, "one") == second
    assert repository.registry.digest(repository.name, first) == first


def test_manifest_of_four_megabytes(repository):
    manifest = json.loads(repository.image())
    manifest["annotations"] = {"filler": "x" * (4_000_000 - 1000)}
    assert repository.put("big", manifest).status == 201
    assert len(repository.call("GET", "manifests/big").body) > 3_990_000


def test_manifest_over_the_limit(repository):
    manifest = json.loads(repository.image())
    manifest["annotations"] = {"filler": "x" * 20_000_000}
    answer = repository.put("huge", manifest)
    assert answer.status == 413 and answer.codes(), answer


# ── media types ──────────────────────────────────────────────────────────────────────────────────────────────────

def test_docker_schema_2(repository):
    manifest = {"schemaVersion": 2, "mediaType": DOCKER,
                "config": repository.descriptor(b"{}", "application/vnd.docker.container.image.v1+json"),
                "layers": [repository.descriptor(b"x", "application/vnd.docker.image.rootfs.diff.tar.gzip")]}
    assert repository.put("one", manifest).status == 201
    assert repository.call("GET", "manifests/one").header("Content-Type") == DOCKER


@pytest.mark.parametrize("kind, child_kind", [(INDEX, MANIFEST), (DOCKER_LIST, DOCKER)])
def test_index(repository, kind, child_kind):
    child = json.loads(repository.image())
    child["mediaType"] = child_kind
    body = json.dumps(child).encode()
    assert repository.put(digest_of(body), body).status == 201
    index = {"schemaVersion": 2, "mediaType": kind, "manifests": [
        {"mediaType": child_kind, "digest": digest_of(body), "size": len(body),
         "platform": {"os": "linux", "architecture": "amd64"}}]}
    assert repository.put("all", index).status == 201
    assert repository.call("GET", "manifests/all").header("Content-Type") == kind


def test_empty_and_nested_index(repository):
    empty = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
    assert repository.put("empty", empty).status == 201
    nested = {"schemaVersion": 2, "mediaType": INDEX,
              "manifests": [{"mediaType": INDEX, "digest": digest_of(empty), "size": len(empty)}]}
    assert repository.put("nested", nested).status == 201


def test_artifact_without_layers(repository):
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.thing",
                "config": repository.descriptor(b"{}", "application/vnd.oci.empty.v1+json"), "layers": []}
    assert repository.put("thing", manifest).status == 201


def test_unknown_fields_are_kept(repository):
    body = repository.image(**{"org.example.extra": {"deep": [1, 2, {"x": None}]}})
    assert repository.put("one", body).status == 201
    assert repository.call("GET", "manifests/one").body == body


def test_non_distributable_layer_may_be_absent(repository):
    manifest = json.loads(repository.image())
    manifest["layers"].append({"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar",
                               "digest": ABSENT, "size": 5, "urls": ["https://example.com/layer"]})
    assert repository.put("one", manifest).status == 201


# ── what is refused, and leaves no trace ─────────────────────────────────────────────────────────────────────────

def assert_refused(repository, answer, code, status=400):
    assert (answer.status, answer.codes()[:1]) == (status, [code]), answer
    assert repository.call("GET", "manifests/one").status == 404


def test_missing_blobs_are_each_named(repository):
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "digest": ABSENT, "size": 2},
                "layers": [{"mediaType": LAYER, "digest": "sha256:" + c * 64, "size": 2} for c in "12"]}
    answer = repository.put("one", manifest)
    assert_refused(repository, answer, "MANIFEST_BLOB_UNKNOWN")
    assert answer.codes() == ["MANIFEST_BLOB_UNKNOWN"] * 3
    for digest in (ABSENT, "sha256:" + "1" * 64, "sha256:" + "2" * 64):
        assert digest in answer.body.decode()


def test_missing_child_of_an_index(repository):
    index = {"schemaVersion": 2, "mediaType": INDEX,
             "manifests": [{"mediaType": MANIFEST, "digest": ABSENT, "size": 7}]}
    assert_refused(repository, repository.put("one", index), "MANIFEST_BLOB_UNKNOWN")


def test_blob_of_another_repository_does_not_count(repository, other):
    manifest = other.image(content=b"only in the other repository")
    assert_refused(repository, repository.put("one", manifest), "MANIFEST_BLOB_UNKNOWN")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"text"', b"{}", b'{"schemaVersion":1}', b'{"schemaVersion":"2"}',
    b'{"schemaVersion":2,"mediaType":"' + MANIFEST.encode() + b'","config":5,"layers":[]}',
    b'{"schemaVersion":2,"mediaType":"' + MANIFEST.encode() + b'","layers":{}}',
    b'{"schemaVersion":2,"mediaType":"' + MANIFEST.encode() + b'","config":{"mediaType":"a/b","digest":"x","size":1}}',
    b"[" * 100_000, b"\xff\xfe\x00"],
    ids=["empty", "open", "array", "null", "string", "no-fields", "schema-1", "schema-text", "config-number",
         "layers-object", "digest-malformed", "deep", "not-utf-8"])
def test_malformed_manifest(repository, body):
    answer = repository.put("one", body, MANIFEST)
    assert answer.status == 400 and answer.codes()[0] in ("MANIFEST_INVALID", "DIGEST_INVALID"), answer
    assert repository.call("GET", "manifests/one").status == 404


def test_content_type_that_contradicts_the_media_type(repository):
    assert_refused(repository, repository.put("one", repository.image(), INDEX), "MANIFEST_INVALID")


def test_digest_of_other_bytes(repository):
    answer = repository.put(ABSENT, repository.image())
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer
    assert repository.call("GET", f"manifests/{ABSENT}").status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("reference", ["sha256:totallywrong", "sha256:" + "0" * 63])
def test_malformed_digest_reference(repository, method, reference):
    repository.pushed()
    answer = repository.call(method, f"manifests/{reference}", repository.image() if method == "PUT" else None,
                             Content_Type=MANIFEST)
    assert answer.status == 400, answer
    assert method == "HEAD" or answer.codes() == ["DIGEST_INVALID"]


@pytest.mark.parametrize("tag", [".dot", "-dash", "t" * 129, "with%20space", "a+b"])
def test_malformed_tag(repository, tag):
    answer = repository.put(tag, repository.image())
    assert answer.status in (400, 404) and answer.codes(), answer
    assert repository.registry.tags(repository.name) == []


@pytest.mark.parametrize("name", ["Upper", "a//b", "-a", "a-", "a..b", "a___b", "a" * 300, "a/./b"])
def test_malformed_name(repository, name):
    answer = repository.registry.call("POST", f"/v2/{name}/blobs/uploads/", headers={"Content-Length": "0"})
    assert answer.status in (400, 404) and answer.codes()[0] in ("NAME_INVALID", "NAME_UNKNOWN"), answer


@pytest.mark.parametrize("name", ["a", "a/b/c/d/e", "a__b", "a--b", "a.b_c-d", "0", "uploads", "blobs/manifests/tags"])
def test_wellformed_name(repository, name):
    assert repository.registry.start_upload("spec-names/" + name)


# ── end-9: delete ────────────────────────────────────────────────────────────────────────────────────────────────

def test_delete_of_a_tag_keeps_the_manifest(repository):
    body, digest = repository.pushed()
    assert repository.put("two", body).status == 201
    assert repository.call("DELETE", "manifests/one").status == 202
    assert repository.call("GET", "manifests/one").codes() == ["MANIFEST_UNKNOWN"]
    assert repository.registry.digest(repository.name, "two") == digest
    assert repository.registry.digest(repository.name, digest) == digest


def test_delete_of_a_manifest_takes_its_tags(repository):
    body, digest = repository.pushed()
    assert repository.put("two", body).status == 201
    repository.pushed("other", content=b"stays")
    assert repository.call("DELETE", f"manifests/{digest}").status == 202
    assert repository.call("GET", f"manifests/{digest}").status == 404
    assert repository.registry.tags(repository.name) == ["other"]


@pytest.mark.parametrize("reference", ["absent", ABSENT])
def test_delete_of_an_absent_manifest(repository, reference):
    repository.pushed()
    answer = repository.call("DELETE", f"manifests/{reference}")
    assert answer.status == 404 and answer.codes() == ["MANIFEST_UNKNOWN"]


def test_delete_then_push_again(repository):
    body, digest = repository.pushed()
    assert repository.call("DELETE", f"manifests/{digest}").status == 202
    assert repository.put("one", body).status == 201
    assert repository.registry.digest(repository.name, "one") == digest
