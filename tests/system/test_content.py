"""Mounts, deletes, and what a manifest must have before it is accepted."""

import pytest

from registry import (INDEX, LAYER, MANIFEST, assemble, descriptor, digest_of, make_bytes,
                      make_image, make_index)


def test_mount(client, repository):
    content = make_bytes(repository, 5000)
    client.push_blob(repository, content)
    target = repository + "/mounted"
    answer = client.mount(target, digest_of(content), repository).expect(201)
    assert answer.header("Docker-Content-Digest") == digest_of(content)
    assert answer.header("Location").endswith(f"/v2/{target}/blobs/{digest_of(content)}")
    assert client.blob(target, digest_of(content)).expect(200).body == content


def test_mounted_blob_outlives_its_source(client, repository):
    content = make_bytes(repository, 5000)
    client.push_blob(repository, content)
    client.mount(repository + "/b", digest_of(content), repository).expect(201)
    client.delete(f"/v2/{repository}/blobs/{digest_of(content)}").expect(202)
    client.blob(repository, digest_of(content)).expect(404)
    assert client.blob(repository + "/b", digest_of(content)).expect(200).body == content


@pytest.mark.parametrize("source", ("no/such", "same"))
def test_mount_of_what_is_not_there_opens_an_upload(client, repository, source):
    content = make_bytes(repository, 500)
    if source == "same":
        source = repository
        client.push_blob(repository, b"something else")
    answer = client.mount(repository, digest_of(content), source).expect(202)
    client.finish_upload(answer.header("Location"), digest_of(content), content).expect(201)


def test_blobs_are_stored_once(start):
    server = start()
    content = make_bytes("once", 100_000)
    with server.client() as client:
        for name in ("a", "b", "c"):
            client.push_blob(name, content)
    assert server.blob_file(digest_of(content)).read_bytes() == content
    stored = [name for name in server.files()
              if (server.data / name).stat().st_size >= len(content)]
    assert len(stored) == 1


def test_delete_blob(client, repository):
    content = make_bytes(repository, 500)
    client.push_blob(repository, content)
    target = f"/v2/{repository}/blobs/{digest_of(content)}"
    client.delete(target).expect(202)
    client.get(target).expect(404)
    client.delete(target).refused(404, "BLOB_UNKNOWN", digest_of(content))


def test_referenced_blob_is_not_deleted(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    for content in image.blobs():
        target = f"/v2/{repository}/blobs/{digest_of(content)}"
        client.delete(target).refused(405, "UNSUPPORTED", image.digest)
        assert client.get(target).expect(200).body == content
    client.delete(f"/v2/{repository}/manifests/{image.digest}").expect(202)
    client.delete(target).expect(202)


def test_delete_tag(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    client.put_manifest(repository, "v2", image.manifest).expect(201)
    client.delete(f"/v2/{repository}/manifests/v1").expect(202)
    client.manifest(repository, "v1").refused(404, "MANIFEST_UNKNOWN", "v1")
    assert client.manifest(repository, "v2").expect(200).body == image.manifest
    client.delete(f"/v2/{repository}/manifests/v1").refused(404, "MANIFEST_UNKNOWN", "v1")


def test_delete_manifest_removes_its_tags(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    client.put_manifest(repository, "v2", image.manifest).expect(201)
    other = client.push_image(repository, "w", make_image(repository + "2"))
    client.delete(f"/v2/{repository}/manifests/{image.digest}").expect(202)
    assert client.tags(repository) == ["w"]
    for reference in ("v1", "v2", image.digest):
        client.manifest(repository, reference).refused(404, "MANIFEST_UNKNOWN")
    assert client.manifest(repository, "w").body == other.manifest
    client.delete(f"/v2/{repository}/manifests/{image.digest}").refused(404, "MANIFEST_UNKNOWN")


def test_tag_moves(client, repository):
    first = client.push_image(repository, "v1", make_image(repository))
    second = client.push_image(repository, "v1", make_image(repository + "2"))
    assert client.manifest(repository, "v1").body == second.manifest
    assert client.manifest(repository, first.digest).body == first.manifest
    assert client.tags(repository) == ["v1"]


def test_missing_blobs_are_all_named(client, repository):
    image = make_image(repository, layers=3)
    client.push_blob(repository, image.layers[1])
    answer = client.put_manifest(repository, "v1", image.manifest)
    missing = [image.config, image.layers[0], image.layers[2]]
    answer.refused(400, "MANIFEST_BLOB_UNKNOWN", *map(digest_of, missing))
    assert len(answer.errors()) == 3
    assert {entry["code"] for entry in answer.errors()} == {"MANIFEST_BLOB_UNKNOWN"}
    assert digest_of(image.layers[1]) not in answer.body.decode()
    client.manifest(repository, "v1").expect(404)
    client.manifest(repository, image.digest).expect(404)


def test_blob_of_another_repository_is_missing(client, repository):
    image = make_image(repository)
    for content in image.blobs():
        client.push_blob(repository + "/other", content)
    answer = client.put_manifest(repository, "v1", image.manifest)
    answer.refused(400, "MANIFEST_BLOB_UNKNOWN", digest_of(image.config))


def test_missing_children_are_all_named(client, repository):
    there = client.push_image(repository, None, make_image(repository))
    absent = [make_image(f"{repository}{i}") for i in range(2)]
    answer = client.put_manifest(repository, "multi", make_index([*absent, there]), INDEX)
    answer.refused(400, "MANIFEST_BLOB_UNKNOWN", *(image.digest for image in absent))
    assert there.digest not in answer.body.decode()
    client.manifest(repository, "multi").expect(404)


def test_sparse_index_where_it_is_accepted(start):
    server = start({"manifests": {"sparse_indexes": "accept"}})
    with server.client() as client:
        there, absent = client.push_image("a", None, make_image("there")), make_image("absent")
        client.put_manifest("a", "multi", make_index([there, absent]), INDEX).expect(201)
        client.manifest("a", absent.digest).expect(404)
        client.put_manifest("a", "v1", absent.manifest).refused(400, "MANIFEST_BLOB_UNKNOWN")
        client.push_image("a", None, absent)
        client.manifest("a", absent.digest).expect(200)


@pytest.mark.parametrize("media_type", (
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"))
def test_non_distributable_layers_may_be_absent(client, repository, media_type):
    image = make_image(repository, layers=1)
    foreign = descriptor(b"elsewhere", media_type, urls=["https://example.com/layer"])
    image = assemble(image.config, image.layers,
                     layers=[descriptor(image.layers[0], LAYER), foreign])
    client.push_image(repository, "v1", image)


@pytest.mark.parametrize("change", ({"urls": None}, {"mediaType": LAYER}))
def test_other_layers_must_be_present(client, repository, change):
    """Only a type that says so *and* an address excuse an absent layer."""
    image = make_image(repository, layers=1)
    for content in image.blobs():
        client.push_blob(repository, content)
    layer = descriptor(b"elsewhere", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                       urls=["https://example.com/layer"]) | change
    layer = {key: value for key, value in layer.items() if value}
    manifest = assemble(image.config, [], layers=[layer]).manifest
    client.put_manifest(repository, "v1", manifest).refused(
        400, "MANIFEST_BLOB_UNKNOWN", digest_of(b"elsewhere"))


def test_no_layers_and_unknown_members(client, repository):
    config = b'{"unknown": true}'
    image = assemble(config, [], future={"member": [1, 2, 3]})
    client.push_image(repository, "v1", image)
    assert client.manifest(repository, "v1").body == image.manifest


def test_push_by_digest_has_no_tag(client, repository):
    image = client.push_image(repository, None, make_image(repository))
    assert client.tags(repository) == []
    created = client.put_manifest(repository, image.digest, image.manifest, MANIFEST).expect(201)
    assert created.header("Location").endswith(f"/v2/{repository}/manifests/{image.digest}")
