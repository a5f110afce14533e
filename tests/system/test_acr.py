"""ACR's own data-plane API, in the exact shapes that the Azure CLI and SDKs read."""

import datetime
import re

import pytest

from registry import (CONFIG, DOCKER_MANIFEST, INDEX, MANIFEST, assemble, digest_of, make_image,
                      make_index, next_page)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
ATTRIBUTES = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}
TAG_KEYS = {"name", "digest", "createdTime", "lastUpdateTime", "signed", "changeableAttributes"}
MANIFEST_KEYS = {"digest", "imageSize", "createdTime", "lastUpdateTime", "architecture", "os",
                 "mediaType", "changeableAttributes", "tags"}


def moment(text):
    assert TIME.fullmatch(text), text
    return datetime.datetime.fromisoformat(text[:26] + "+00:00")


def check_times(entry):
    created, updated = moment(entry["createdTime"]), moment(entry["lastUpdateTime"])
    now = datetime.datetime.now(datetime.timezone.utc)
    assert now - datetime.timedelta(minutes=10) < created <= updated <= now


def check_tag(entry, name, digest):
    assert set(entry) == TAG_KEYS
    assert (entry["name"], entry["digest"]) == (name, digest)
    assert entry["signed"] is False and entry["changeableAttributes"] == ATTRIBUTES
    check_times(entry)


def check_manifest(entry, content, media_type, tags):
    assert MANIFEST_KEYS <= set(entry) <= MANIFEST_KEYS | {"configMediaType", "references"}
    assert entry["digest"] == digest_of(content) and entry["mediaType"] == media_type
    assert entry["changeableAttributes"] == ATTRIBUTES and sorted(entry["tags"]) == tags
    assert all(entry[key] is None or entry[key] for key in ("architecture", "os"))
    check_times(entry)


@pytest.fixture
def image(client, repository):
    return client.push_image(repository, "v1", make_image(repository))


def test_repository(client, repository, image):
    client.put_manifest(repository, "v2", image.manifest).expect(201)
    entry = client.get(f"/acr/v1/{repository}?api-version=2021-07-01").expect(200).json()
    assert set(entry) == {"registry", "imageName", "createdTime", "lastUpdateTime",
                          "manifestCount", "tagCount", "changeableAttributes"}
    assert entry["registry"] and entry["imageName"] == repository
    assert (entry["manifestCount"], entry["tagCount"]) == (1, 2)
    assert entry["changeableAttributes"] == ATTRIBUTES
    check_times(entry)


def test_escaped_slash(client, repository, image):
    escaped = repository.replace("/", "%2F")
    for rest in ("", "/_tags", "/_tags/v1", "/_manifests", f"/_manifests/{image.digest}"):
        plain = client.get(f"/acr/v1/{repository}{rest}").expect(200)
        assert client.get(f"/acr/v1/{escaped}{rest}").expect(200).body == plain.body
        assert client.get(f"/acr/v1/{escaped.replace('F', 'f')}{rest}").body == plain.body
    escaped_digest = image.digest.replace(":", "%3A")
    client.get(f"/acr/v1/{repository}/_manifests/{escaped_digest}").expect(200)


def test_tags(client, repository, image):
    listed = client.get(f"/acr/v1/{repository}/_tags").expect(200).json()
    assert set(listed) == {"registry", "imageName", "tags"} and listed["imageName"] == repository
    check_tag(listed["tags"][0], "v1", image.digest)
    one = client.get(f"/acr/v1/{repository}/_tags/v1").expect(200).json()
    assert set(one) == {"registry", "imageName", "tag"}
    assert one["registry"] == listed["registry"] and one["tag"] == listed["tags"][0]


def test_manifests(client, repository, image):
    listed = client.get(f"/acr/v1/{repository}/_manifests").expect(200).json()
    assert set(listed) == {"registry", "imageName", "manifests"}
    entry = listed["manifests"][0]
    check_manifest(entry, image.manifest, MANIFEST, ["v1"])
    assert entry["configMediaType"] == CONFIG
    contents = [image.manifest, *image.blobs()]
    assert entry["imageSize"] == sum(len(content) for content in contents)
    one = client.get(f"/acr/v1/{repository}/_manifests/{image.digest}").expect(200).json()
    assert set(one) == {"registry", "imageName", "manifest"} and one["manifest"] == entry


def test_index(client, repository):
    children = [client.push_image(repository, None, make_image(f"{repository}{i}"))
                for i in range(2)]
    content = make_index(children)
    client.put_manifest(repository, "multi", content, INDEX).expect(201)
    answer = client.get(f"/acr/v1/{repository}/_manifests/{digest_of(content)}").expect(200)
    entry = answer.json()["manifest"]
    check_manifest(entry, content, INDEX, ["multi"])
    assert entry["architecture"] is None and entry["os"] is None
    expected = [{"digest": child.digest, "architecture": arch, "os": "linux"}
                for child, arch in zip(children, ("amd64", "arm64"))]
    key = lambda reference: reference["digest"]
    assert sorted(entry["references"], key=key) == sorted(expected, key=key)
    child = client.get(f"/acr/v1/{repository}/_manifests/{children[0].digest}").json()["manifest"]
    check_manifest(child, children[0].manifest, MANIFEST, [])


def test_docker_manifest(client, repository):
    base = make_image(repository)
    image = assemble(base.config, base.layers, mediaType=DOCKER_MANIFEST)
    image.media_type = DOCKER_MANIFEST
    client.push_image(repository, "v1", image)
    entry = client.get(f"/acr/v1/{repository}/_manifests").json()["manifests"][0]
    check_manifest(entry, image.manifest, DOCKER_MANIFEST, ["v1"])


def tag_names(client, target):
    """The tags of all pages from `target` on."""
    names = []
    while target:
        answer = client.get(target).expect(200)
        names += [tag["name"] for tag in answer.json()["tags"]]
        target = next_page(answer)
    return names


def test_order_by_time(client, repository, image):
    for name in ("b", "a", "c", "z", "m"):
        client.put_manifest(repository, name, image.manifest).expect(201)
    base = f"/acr/v1/{repository}/_tags"
    in_time = ["v1", "b", "a", "c", "z", "m"]
    for n in (1, 2, 4, 100):
        assert tag_names(client, f"{base}?n={n}&orderby=timeasc") == in_time
        assert tag_names(client, f"{base}?n={n}&orderby=timedesc") == in_time[::-1]
        assert tag_names(client, f"{base}?n={n}&orderby=") == sorted(in_time)
        assert tag_names(client, f"{base}?n={n}") == sorted(in_time)
    other = client.push_image(repository, "b", make_image(repository + "2"))
    assert tag_names(client, f"{base}?orderby=timedesc")[0] == "b"  # a moved tag is the newest
    assert tag_names(client, f"{base}?digest={other.digest}") == ["b"]
    assert tag_names(client, f"{base}?n=2&digest={image.digest}") == ["a", "c", "m", "v1", "z"]


def test_manifests_by_time(client, repository):
    pushed = [client.push_image(repository, f"v{i}", make_image(f"{repository}{i}")).digest
              for i in range(5)]

    def digests(target):
        found = []
        while target:
            answer = client.get(target).expect(200)
            found += [entry["digest"] for entry in answer.json()["manifests"]]
            target = next_page(answer)
        return found

    base = f"/acr/v1/{repository}/_manifests"
    for n in (1, 2, 5, 100):
        assert digests(f"{base}?n={n}&orderby=timeasc") == pushed
        assert digests(f"{base}?n={n}&orderby=timedesc") == pushed[::-1]
        assert digests(f"{base}?n={n}") == sorted(pushed)


@pytest.mark.parametrize("part", ("_tags", "_manifests"))
def test_bad_order(client, repository, image, part):
    answer = client.get(f"/acr/v1/{repository}/{part}?orderby=size")
    answer.refused(400, "UNSUPPORTED", "timeasc", "timedesc")


def test_untag(client, repository, image):
    client.put_manifest(repository, "v2", image.manifest).expect(201)
    assert client.delete(f"/acr/v1/{repository}/_tags/v1").expect(202).body == b""
    assert client.tags(repository) == ["v2"]
    client.manifest(repository, "v1").expect(404)
    client.manifest(repository, image.digest).expect(200)
    client.delete(f"/acr/v1/{repository}/_tags/v1").refused(404, "MANIFEST_UNKNOWN", "v1")


def test_delete_repository(client, repository, image):
    client.put_manifest(repository, "v2", image.manifest).expect(201)
    second = client.push_image(repository, "w", make_image(repository + "2"))
    removed = client.delete(f"/acr/v1/{repository}").expect(202).json()
    assert set(removed) == {"manifestsDeleted", "tagsDeleted"}
    assert sorted(removed["manifestsDeleted"]) == sorted([image.digest, second.digest])
    assert sorted(removed["tagsDeleted"]) == ["v1", "v2", "w"]
    client.get(f"/acr/v1/{repository}").refused(404, "NAME_UNKNOWN", repository)
    client.manifest(repository, "v1").refused(404, "NAME_UNKNOWN")
    client.blob(repository, digest_of(image.config)).expect(404)
    assert repository not in client.get("/v2/_catalog?n=1000").json()["repositories"]
    client.delete(f"/acr/v1/{repository}").refused(404, "NAME_UNKNOWN", repository)
    client.push_image(repository, "v1", image)  # a name is free again


def test_change_answers_with_the_object(client, repository, image):
    base = f"/acr/v1/{repository}"
    changed = client.patch_json(base, writeEnabled=False, deleteEnabled=False).expect(200).json()
    assert changed == client.get(base).json()
    for part, name in (("tag", f"{base}/_tags/v1"),
                       ("manifest", f"{base}/_manifests/{image.digest}")):
        changed = client.patch_json(name, listEnabled=False, readEnabled=True).expect(200).json()
        assert changed == client.get(name).expect(200).json()
        expected = ATTRIBUTES | {"listEnabled": False}
        assert changed[part]["changeableAttributes"] == expected
        client.patch_json(name, listEnabled=True).expect(200)
    assert client.patch_json(base).expect(200).json()["changeableAttributes"] == ATTRIBUTES | {
        "writeEnabled": False, "deleteEnabled": False}  # an empty change changes nothing
    client.patch_json(base, writeEnabled=True, deleteEnabled=True).expect(200)


def test_unknown(client, repository, image):
    base = f"/acr/v1/{repository}"
    for rest in ("", "/_tags", "/_tags/v1", "/_manifests"):
        client.get(f"{base}-no{rest}").refused(404, "NAME_UNKNOWN", repository)
    client.get(f"{base}/_tags/no").refused(404, "MANIFEST_UNKNOWN", "no")
    unknown = digest_of(b"unknown")
    client.get(f"{base}/_manifests/{unknown}").refused(404, "MANIFEST_UNKNOWN", unknown)
