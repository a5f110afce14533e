"""OCI Distribution Specification 1.1, lists: end-8a/b (tags), end-12a/b (referrers), and the catalog; and what
every error has in common."""
import json
import re
import urllib.parse

import pytest

from conftest import ABSENT, INDEX, MANIFEST
from registry import digest_of

NOTE, SEAL = "application/vnd.example.note", "application/vnd.example.seal"


def next_page(answer):
    """The path of the next page, out of `Link: </v2/…>; rel="next"`; None on the last."""
    link = answer.header("Link")
    if link is None:
        return None
    match = re.fullmatch(r'<([^>]+)>;\s*rel="?next"?', link)
    assert match, link
    parts = urllib.parse.urlsplit(match.group(1))
    return f"{parts.path}?{parts.query}"


def walk(registry, path, key):
    pages = []
    while path:
        answer = registry.call("GET", path)
        assert answer.status == 200, answer
        pages.append(answer.json()[key])
        path = next_page(answer)
    return pages


# ── end-8a, end-8b ───────────────────────────────────────────────────────────────────────────────────────────────

@pytest.fixture
def tagged(repository):
    body = repository.image()
    repository.expected = sorted(["v1", "v10", "v2", "A", "_x", "zz", "b.c-d"])
    for tag in repository.expected[::-1]:
        assert repository.put(tag, body).status == 201
    return repository


def test_tags_are_sorted(tagged):
    answer = tagged.call("GET", "tags/list")
    assert answer.status == 200
    assert answer.header("Content-Type").startswith("application/json")
    assert answer.json() == {"name": tagged.name, "tags": tagged.expected}
    assert answer.header("Link") is None


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_pages_of_tags(tagged, n):
    pages = walk(tagged.registry, f"/v2/{tagged.name}/tags/list?n={n}", "tags")
    assert sum(pages, []) == tagged.expected
    assert all(len(page) == n for page in pages[:-1])


@pytest.mark.parametrize("n", [7, 1000])
def test_one_page_has_no_link(tagged, n):
    answer = tagged.call("GET", f"tags/list?n={n}")
    assert (answer.json()["tags"], answer.header("Link")) == (tagged.expected, None)


def test_zero_tags(tagged):
    answer = tagged.call("GET", "tags/list?n=0")
    assert (answer.status, answer.json()["tags"], answer.header("Link")) == (200, [], None)


@pytest.mark.parametrize("last, first", [("v1", "v10"), ("v11", "v2"), ("zz", None), ("zzz", None)])
def test_tags_after_last(tagged, last, first):
    tags = tagged.call("GET", f"tags/list?last={last}").json()["tags"]
    assert tags == (tagged.expected[tagged.expected.index(first):] if first else [])


@pytest.mark.parametrize("n", ["-1", "x", "1.5", "99999999999999999999"])
def test_malformed_page_size(tagged, n):
    answer = tagged.call("GET", f"tags/list?n={n}")
    # A number too large may as well mean "all".
    assert answer.status == 400 and answer.codes() or (n.startswith("9") and answer.status == 200), answer


def test_tags_of_an_absent_repository(repository):
    answer = repository.call("GET", "tags/list")
    assert answer.status == 404 and answer.codes() == ["NAME_UNKNOWN"], answer


def test_tags_when_the_last_one_is_gone(repository):
    repository.pushed()
    assert repository.call("DELETE", "manifests/one").status == 202
    assert repository.call("GET", "tags/list").json()["tags"] == []


# ── end-12a, end-12b ─────────────────────────────────────────────────────────────────────────────────────────────

def refer(repository, subject, kind, content=b"x", **more):
    """Pushes an artifact that refers to `subject`; returns its digest."""
    body = repository.image(content=content, artifactType=kind, subject=subject, **more)
    answer = repository.put(digest_of(body), body)
    assert answer.status == 201, answer
    assert answer.header("OCI-Subject") == subject["digest"]
    return digest_of(body)


@pytest.fixture
def subject(repository):
    body, digest = repository.pushed("subject")
    return {"mediaType": MANIFEST, "digest": digest, "size": len(body)}


def referrers(repository, subject, query=""):
    answer = repository.call("GET", f"referrers/{subject['digest']}{query}")
    assert answer.status == 200, answer
    assert answer.header("Content-Type") == INDEX
    index = answer.json()
    assert (index["schemaVersion"], index["mediaType"]) == (2, INDEX)
    return index["manifests"], answer


def test_no_referrers(repository, subject):
    assert referrers(repository, subject)[0] == []


def test_referrers_of_something_absent(repository):
    repository.pushed()
    assert referrers(repository, {"digest": ABSENT})[0] == []


def test_referrers_carry_type_size_and_annotations(repository, subject):
    digest = refer(repository, subject, NOTE, annotations={"org.example.key": "value"})
    listed, answer = referrers(repository, subject)
    assert [entry["digest"] for entry in listed] == [digest]
    size = len(repository.call("GET", f"manifests/{digest}").body)
    assert listed[0] == {"mediaType": MANIFEST, "digest": digest, "size": size, "artifactType": NOTE,
                         "annotations": {"org.example.key": "value"}}
    assert answer.header("OCI-Filters-Applied") is None


def test_referrer_without_artifact_type_takes_the_config_type(repository, subject):
    body = repository.image(subject=subject)
    assert repository.put("plain", body).status == 201
    assert [entry["artifactType"] for entry in referrers(repository, subject)[0]] == [
        "application/vnd.oci.image.config.v1+json"]


def test_index_as_referrer(repository, subject):
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "subject": subject}
    answer = repository.put("index", index)
    assert (answer.status, answer.header("OCI-Subject")) == (201, subject["digest"])
    listed = referrers(repository, subject)[0]
    assert [entry["mediaType"] for entry in listed] == [INDEX]
    assert "artifactType" not in listed[0]


def test_referrers_filter(repository, subject):
    note = refer(repository, subject, NOTE, b"a note")
    refer(repository, subject, SEAL, b"a seal")
    listed, answer = referrers(repository, subject, f"?artifactType={NOTE}")
    assert [entry["digest"] for entry in listed] == [note]
    assert answer.header("OCI-Filters-Applied") == "artifactType"
    assert len(referrers(repository, subject)[0]) == 2
    nothing, answer = referrers(repository, subject, "?artifactType=application%2Fnone")
    assert nothing == [] and answer.header("OCI-Filters-Applied") == "artifactType"


def test_referrer_may_come_before_its_subject(repository):
    later = repository.image(content=b"pushed later")
    subject = {"mediaType": MANIFEST, "digest": digest_of(later), "size": len(later)}
    digest = refer(repository, subject, NOTE)
    assert [entry["digest"] for entry in referrers(repository, subject)[0]] == [digest]
    assert repository.put("later", later).status == 201
    assert len(referrers(repository, subject)[0]) == 1


def test_deleted_referrer_is_gone(repository, subject):
    digest = refer(repository, subject, NOTE)
    assert repository.call("DELETE", f"manifests/{digest}").status == 202
    assert referrers(repository, subject)[0] == []


def test_referrers_stay_in_their_repository(repository, other, subject):
    refer(repository, subject, NOTE)
    other.pushed()
    assert referrers(other, subject)[0] == []


def test_referrers_of_a_sha512_subject(repository):
    body = repository.image(algorithm="sha512")
    digest = digest_of(body, "sha512")
    assert repository.put(digest, body).status == 201
    subject = {"mediaType": MANIFEST, "digest": digest, "size": len(body)}
    referrer = refer(repository, subject, NOTE)
    assert [entry["digest"] for entry in referrers(repository, subject)[0]] == [referrer]


def test_many_referrers_are_all_found(repository, subject):
    pushed = {refer(repository, subject, NOTE, f"note {i}".encode()) for i in range(40)}
    found, path = set(), f"/v2/{repository.name}/referrers/{subject['digest']}"
    while path:
        answer = repository.registry.call("GET", path)
        found |= {entry["digest"] for entry in answer.json()["manifests"]}
        path = next_page(answer)
    assert found == pushed


@pytest.mark.parametrize("digest", ["sha256:short", "nothing", "md5:" + "0" * 32])
def test_referrers_of_a_malformed_digest(repository, digest):
    answer = repository.call("GET", f"referrers/{digest}")
    assert answer.status == 400 and answer.codes() == ["DIGEST_INVALID"], answer


# ── catalog ──────────────────────────────────────────────────────────────────────────────────────────────────────

def test_catalog_pages(repository, other):
    for each in (repository, other):
        each.pushed()
    pages = walk(repository.registry, "/v2/_catalog?n=2", "repositories")
    names = sum(pages, [])
    assert {repository.name, other.name} <= set(names)
    assert names == sorted(names) and all(len(page) <= 2 for page in pages)


# ── every error ──────────────────────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("method, path, status", [
    ("GET", "/v2/absent/manifests/one", 404), ("GET", "/v2/Bad/tags/list", 400),
    ("GET", "/v2/x/blobs/sha256:1", 400), ("POST", "/v2/x/manifests/one", 405),
    ("PUT", "/v2/x/tags/list", 405), ("GET", "/v2/x/nothing", 404), ("DELETE", "/v2/", 405)])
def test_error_body(repository, method, path, status):
    answer = repository.registry.call(method, path, b"" if method != "GET" else None)
    assert answer.status == status, answer
    assert answer.header("Content-Type").startswith("application/json")
    for error in json.loads(answer.body)["errors"]:
        assert re.fullmatch("[A-Z_]+", error["code"])
        assert error["message"]
    if status == 405:
        assert answer.header("Allow")
