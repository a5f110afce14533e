"""The four locks at each of three levels (ACR's changeableAttributes).

A row of LOCKS says what a lock refuses and what it leaves alone. Every operation is tried under the
lock, then the lock is taken off and what was refused must work.
"""

import dataclasses

import pytest

from registry import INDEX, digest_of, make_image, make_index

DISALLOWED = "The operation is disallowed on this registry, repository or image."


@dataclasses.dataclass
class Scene:
    """A repository with one image under two tags, and content for further pushes."""
    client: object
    repository: str
    image: object
    other: object

    def target(self, level):
        base = f"/acr/v1/{self.repository}"
        return {"repository": base, "tag": f"{base}/_tags/v1",
                "manifest": f"{base}/_manifests/{self.image.digest}"}[level]

    def attributes(self, level):
        document = self.client.get(self.target(level)).expect(200).json()
        return (document if level == "repository" else document[level])["changeableAttributes"]

    def run(self, operation):
        return OPERATIONS[operation](self)


def delete_manifest(s):
    return s.client.delete(f"/v2/{s.repository}/manifests/{s.image.digest}")


OPERATIONS = {
    "pull by tag": lambda s: s.client.manifest(s.repository, "v1"),
    "head by tag": lambda s: s.client.manifest(s.repository, "v1", "HEAD"),
    "pull by other tag": lambda s: s.client.manifest(s.repository, "v2"),
    "pull by digest": lambda s: s.client.manifest(s.repository, s.image.digest),
    "pull blob": lambda s: s.client.blob(s.repository, digest_of(s.image.config)),
    "start upload": lambda s: s.client.request("POST", f"/v2/{s.repository}/blobs/uploads/"),
    "push other": lambda s: s.client.put_manifest(s.repository, "v3", s.other.manifest),
    "push index": lambda s: s.client.put_manifest(s.repository, "multi", make_index([s.image]),
                                                  INDEX),
    "move tag": lambda s: s.client.put_manifest(s.repository, "v1", s.other.manifest),
    "delete tag": lambda s: s.client.delete(f"/v2/{s.repository}/manifests/v1"),
    "untag": lambda s: s.client.delete(f"/acr/v1/{s.repository}/_tags/v1"),
    "delete other tag": lambda s: s.client.delete(f"/v2/{s.repository}/manifests/v2"),
    "delete manifest": delete_manifest,
    "delete repository": lambda s: s.client.delete(f"/acr/v1/{s.repository}"),
}

PULLS = ("pull by tag", "pull by digest", "pull blob", "head by tag")
DELETES = ("delete tag", "untag", "delete manifest", "delete repository")

LOCKS = (  # level, lock, refused, allowed in this order
    ("repository", "writeEnabled", ("start upload", "push other", "push index", "move tag",
                                    *DELETES), PULLS),
    ("repository", "deleteEnabled", DELETES, (*PULLS, "start upload", "push other", "move tag")),
    ("repository", "readEnabled", PULLS, ("push other", "delete tag")),
    ("repository", "listEnabled", (), (*PULLS, "push other", "delete manifest")),
    ("tag", "writeEnabled", ("move tag", *DELETES),
     (*PULLS, "start upload", "push other", "delete other tag")),
    ("tag", "deleteEnabled", DELETES, (*PULLS, "push other", "delete other tag", "move tag")),
    ("tag", "readEnabled", ("pull by tag", "head by tag"),
     ("pull by digest", "pull by other tag", "pull blob", "push other", "delete tag")),
    ("tag", "listEnabled", (), (*PULLS, "move tag", "delete tag")),
    ("manifest", "writeEnabled", ("delete manifest", "delete repository"),
     (*PULLS, "push other", "push index")),
    ("manifest", "deleteEnabled", ("delete manifest", "delete repository"),
     (*PULLS, "push other", "push index")),
    ("manifest", "readEnabled", ("pull by tag", "pull by digest", "pull by other tag"),
     ("pull blob", "push other")),
    ("manifest", "listEnabled", (), (*PULLS, "push other", "delete manifest")),
)


@pytest.fixture
def scene(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    client.put_manifest(repository, "v2", image.manifest).expect(201)
    other = make_image(repository + "other")
    client.push_image(repository, None, other)
    return Scene(client, repository, image, other)


def snapshot(scene):
    """What a refused operation must not change."""
    base = f"/acr/v1/{scene.repository}"
    return [scene.client.get(base + rest).expect(200).body for rest in ("/_tags", "/_manifests")]


@pytest.mark.parametrize("level,lock,refused,allowed", LOCKS,
                         ids=[f"{level}-{lock}" for level, lock, _, _ in LOCKS])
def test_lock(scene, level, lock, refused, allowed):
    answer = scene.client.patch_json(scene.target(level), **{lock: False}).expect(200)
    expected = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True,
                "listEnabled": True, lock: False}
    assert scene.attributes(level) == expected, answer
    before = snapshot(scene)
    for operation in refused:
        answer = scene.run(operation).expect(405)
        if operation != "head by tag":
            answer.refused(405, "UNSUPPORTED", DISALLOWED)
        assert snapshot(scene) == before, operation
    for operation in allowed:
        scene.run(operation).expect(200, 201, 202)


@pytest.mark.parametrize("level,lock", [(level, lock) for level, lock, refused, _ in LOCKS
                                        if refused])
def test_unlock(scene, level, lock):
    refused = next(row[2] for row in LOCKS if row[:2] == (level, lock))
    scene.client.patch_json(scene.target(level), **{lock: False}).expect(200)
    scene.run(refused[0]).expect(405)
    scene.client.patch_json(scene.target(level), **{lock: True}).expect(200)
    assert all(scene.attributes(level).values())
    scene.run(refused[0]).expect(200, 201, 202)


def test_unlisted_repository(scene):
    lists = ("/v2/_catalog?n=1000", "/acr/v1/_catalog?n=1000")
    named = lambda: [scene.repository in scene.client.get(t).json()["repositories"] for t in lists]
    assert named() == [True, True]
    scene.client.patch_json(scene.target("repository"), listEnabled=False).expect(200)
    assert named() == [False, False]


def test_unlisted_tag(scene):
    scene.client.patch_json(scene.target("tag"), listEnabled=False).expect(200)
    assert scene.client.tags(scene.repository) == ["v2"]
    listed = scene.client.get(f"/acr/v1/{scene.repository}/_tags").expect(200).json()["tags"]
    assert [tag["name"] for tag in listed] == ["v2"]


def test_unlisted_manifest(scene):
    scene.client.patch_json(scene.target("manifest"), listEnabled=False).expect(200)
    listed = scene.client.get(f"/acr/v1/{scene.repository}/_manifests").expect(200).json()
    assert [entry["digest"] for entry in listed["manifests"]] == [scene.other.digest]


def test_locks_survive_a_kill(start):
    server = start()
    with server.client() as client:
        image = client.push_image("a", "v1", make_image("a"))
        client.patch_json("/acr/v1/a/_tags/v1", writeEnabled=False).expect(200)
    server.kill()
    server.start()
    with server.client() as client:
        other = make_image("b")
        for content in other.blobs():
            client.push_blob("a", content)
        client.put_manifest("a", "v1", other.manifest).refused(405, "UNSUPPORTED", DISALLOWED)
        assert client.manifest("a", "v1").body == image.manifest


@pytest.mark.parametrize("body,word", (
    (b'{"writeEnabled": "no"}', "writeEnabled"), (b'{"writeable": false}', "writeable"),
    (b'{"writeEnabled": null}', "writeEnabled"), (b'[]', "object"), (b'{', "json"), (b'', "json"),
    (b'{"changeableAttributes": {"writeEnabled": false}}', "changeableAttributes"),
    (b'{"writeEnabled": false, "readEnabled": 1}', "readEnabled")))
@pytest.mark.parametrize("level", ("repository", "tag", "manifest"))
def test_bad_change(scene, level, body, word):
    answer = scene.client.request("PATCH", scene.target(level), body,
                                  {"Content-Type": "application/json"})
    answer.refused(400, "UNSUPPORTED", word)
    assert all(scene.attributes(level).values())


def test_lock_of_unknown_things(client, scene, repository):
    client.patch_json(f"/acr/v1/{repository}-no", writeEnabled=False).refused(404, "NAME_UNKNOWN")
    base = f"/acr/v1/{repository}"
    for target in (f"{base}/_tags/no", f"{base}/_manifests/{digest_of(b'no')}"):
        client.patch_json(target, writeEnabled=False).refused(404, "MANIFEST_UNKNOWN")
