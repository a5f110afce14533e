"""The referrers API: subjects, the filter, paging."""

import json

from registry import (CONFIG, EMPTY, INDEX, MANIFEST, descriptor, digest_of, make_image, make_index,
                      next_page)


def artifact(client, repository, subject, kind, number=0, **members):
    """Pushes an artifact manifest that refers to the bytes `subject`; returns its bytes and PUT."""
    client.push_blob(repository, b"{}")
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind,
                "config": descriptor(b"{}", EMPTY), "layers": [descriptor(b"{}", EMPTY)],
                "subject": descriptor(subject, MANIFEST),
                "annotations": {"number": str(number)}} | members
    content = json.dumps(document).encode()
    return content, client.put_manifest(repository, digest_of(content), content).expect(201)


def referrers(client, repository, subject, query=""):
    answer = client.get(f"/v2/{repository}/referrers/{digest_of(subject)}{query}").expect(200)
    document = answer.json()
    assert answer.header("Content-Type") == INDEX
    assert document["schemaVersion"] == 2 and document["mediaType"] == INDEX
    return answer, document["manifests"]


def test_list_and_filter(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    contents = []
    for i, kind in enumerate(("application/x.sbom", "application/x.sign", "application/x.sbom")):
        content, created = artifact(client, repository, image.manifest, kind, i)
        assert created.header("OCI-Subject") == image.digest
        contents.append(content)
    answer, entries = referrers(client, repository, image.manifest)
    assert answer.header("OCI-Filters-Applied") is None
    assert {entry["digest"] for entry in entries} == {digest_of(c) for c in contents}
    for entry in entries:
        content = next(c for c in contents if digest_of(c) == entry["digest"])
        document = json.loads(content)
        assert entry["mediaType"] == MANIFEST and entry["size"] == len(content)
        assert entry["artifactType"] == document["artifactType"]
        assert entry["annotations"] == document["annotations"]
    answer, entries = referrers(client, repository, image.manifest,
                                "?artifactType=application%2Fx.sbom")
    assert answer.header("OCI-Filters-Applied") == "artifactType"
    assert {entry["digest"] for entry in entries} == {digest_of(contents[i]) for i in (0, 2)}
    _, entries = referrers(client, repository, image.manifest, "?artifactType=none/such")
    assert entries == []


def test_subject_may_come_later(client, repository):
    image = make_image(repository)
    content, created = artifact(client, repository, image.manifest, "application/x.sign")
    assert created.header("OCI-Subject") == image.digest
    client.manifest(repository, image.digest).expect(404)
    _, entries = referrers(client, repository, image.manifest)
    assert [entry["digest"] for entry in entries] == [digest_of(content)]
    client.push_image(repository, "v1", image)
    _, entries = referrers(client, repository, image.manifest)
    assert [entry["digest"] for entry in entries] == [digest_of(content)]


def test_artifact_type_of_an_image_is_its_config(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    second = make_image(repository + "2", subject=descriptor(image.manifest, MANIFEST))
    client.push_image(repository, "v2", second)
    _, entries = referrers(client, repository, image.manifest)
    assert entries == [{"mediaType": MANIFEST, "digest": second.digest,
                        "size": len(second.manifest), "artifactType": CONFIG}]


def test_an_index_can_refer(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    content = make_index([image], subject=descriptor(image.manifest, MANIFEST),
                         artifactType="application/x.bundle")
    client.put_manifest(repository, "bundle", content, INDEX).expect(201)
    _, entries = referrers(client, repository, image.manifest)
    assert [(e["digest"], e["mediaType"], e["artifactType"]) for e in entries] == [
        (digest_of(content), INDEX, "application/x.bundle")]


def test_nothing_refers(client, repository):
    unknown = b"unknown"
    assert referrers(client, repository, unknown)[1] == []
    image = client.push_image(repository, "v1", make_image(repository))
    assert referrers(client, repository, image.manifest)[1] == []


def test_deleted_referrer_is_gone_and_subject_remains(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    content, _ = artifact(client, repository, image.manifest, "application/x.sign")
    client.delete(f"/v2/{repository}/manifests/{digest_of(content)}").expect(202)
    assert referrers(client, repository, image.manifest)[1] == []
    client.manifest(repository, "v1").expect(200)


def test_repositories_are_apart(client, repository):
    image = client.push_image(repository, "v1", make_image(repository))
    artifact(client, repository + "-other", image.manifest, "application/x.sign")
    assert referrers(client, repository, image.manifest)[1] == []


def test_pages(start):
    server = start({"limits": {"page_entries": 4}})
    with server.client() as client:
        image = client.push_image("a", "v1", make_image("pages"))
        expected = {digest_of(artifact(client, "a", image.manifest, "x/y", i)[0])
                    for i in range(10)}
        found, target = [], f"/v2/a/referrers/{image.digest}?artifactType=x/y"
        while target:
            answer = client.get(target).expect(200)
            page = [entry["digest"] for entry in answer.json()["manifests"]]
            assert 0 < len(page) <= 4
            found += page
            target = next_page(answer)
        assert len(found) == 10 and set(found) == expected
