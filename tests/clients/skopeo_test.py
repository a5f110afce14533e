"""skopeo: push, pull, copy, list, inspect, delete, of an image and of an index."""
import json

import pytest

from conftest import Client, need
import images


@pytest.fixture(scope="module")
def skopeo(home, server):
    return Client(need("skopeo"), home).sign_in(server, "login", "--tls-verify=false")


def at(server, repository, reference="image"):
    return f"docker://{server.host}/{repository}" + (f":{reference}" if reference else "")


PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false")


def test_push_keeps_the_digest(skopeo, server, layout, registry):
    skopeo.run("copy", *PLAIN, f"oci:{layout.path}:image", at(server, "skopeo/push"))
    assert registry.digest("skopeo/push", "image") == layout.image["digest"]
    registry.verify("skopeo/push", "image")


def test_push_of_an_index_keeps_every_digest(skopeo, server, layout, registry):
    skopeo.run("copy", "--all", *PLAIN, f"oci:{layout.path}:index", at(server, "skopeo/push-all", "index"))
    assert registry.digest("skopeo/push-all", "index") == layout.index["digest"]
    registry.verify("skopeo/push-all", "index")


def test_pull_brings_back_the_same_bytes(skopeo, server, layout, repository, tmp_path):
    skopeo.run("copy", "--all", *PLAIN, at(server, repository, "index"), f"oci:{tmp_path}/back:index")
    top = json.loads((tmp_path / "back/index.json").read_text())["manifests"][0]
    assert top["digest"] == layout.index["digest"]
    # What came back is what was sent, blob for blob.
    back = {file.name: file.read_bytes() for file in (tmp_path / "back/blobs/sha256").iterdir()}
    assert all(images.digest_of(data) == "sha256:" + name for name, data in back.items())
    assert set(back) == {file.name for file in (layout.path / "blobs/sha256").iterdir()}


def test_copy_between_repositories(skopeo, server, layout, registry, repository):
    skopeo.run("copy", "--all", *PLAIN, at(server, repository, "index"), at(server, "skopeo/copy", "again"))
    assert registry.digest("skopeo/copy", "again") == layout.index["digest"]
    registry.verify("skopeo/copy", "again")


def test_copy_as_docker_schema_2(skopeo, server, registry, repository):
    skopeo.run("copy", "--format", "v2s2", *PLAIN, at(server, repository), at(server, "skopeo/v2s2"))
    manifest = registry.verify("skopeo/v2s2", "image")
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    assert skopeo.run("inspect", "--tls-verify=false", "--format", "{{.Digest}}", at(server, "skopeo/v2s2")) == \
        registry.digest("skopeo/v2s2", "image")


def test_inspect_and_list(skopeo, server, layout, repository):
    assert skopeo.run("inspect", "--tls-verify=false", "--format", "{{.Digest}}", at(server, repository)) == \
        layout.image["digest"]
    raw = skopeo.run("inspect", "--raw", "--tls-verify=false", at(server, repository, "index"))
    assert images.digest_of(raw.encode()) == layout.index["digest"]
    tags = json.loads(skopeo.run("list-tags", "--tls-verify=false", at(server, repository, "")))["Tags"]
    assert tags == ["image", "index"]


def test_second_push_sends_nothing_again(skopeo, server, layout):
    target = at(server, "skopeo/twice")
    first = skopeo.try_run("--debug", "copy", *PLAIN, f"oci:{layout.path}:image", target)
    again = skopeo.try_run("--debug", "copy", *PLAIN, f"oci:{layout.path}:image", target)
    assert first.returncode == again.returncode == 0
    assert "POST http" in first.stderr and "POST http" not in again.stderr


def test_delete(skopeo, server, layout, registry):
    skopeo.run("copy", *PLAIN, f"oci:{layout.path}:image", at(server, "skopeo/delete"))
    skopeo.run("delete", "--tls-verify=false", at(server, "skopeo/delete"))
    assert registry.digest("skopeo/delete", "image") is None
    assert registry.digest("skopeo/delete", layout.image["digest"]) is None


def test_missing_tag_is_said_so(skopeo, server, repository):
    assert "manifest unknown" in skopeo.fails("inspect", "--tls-verify=false", at(server, repository, "absent"))


def test_upper_case_name_is_refused(skopeo, server):
    assert "lowercase" in skopeo.fails("inspect", "--tls-verify=false", f"docker://{server.host}/Upper/Case:1")
