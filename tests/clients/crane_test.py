"""crane: push, pull, copy, list, validate, change and delete."""
import json

import pytest

from conftest import Client, need


@pytest.fixture(scope="module")
def crane(home, server):
    (home / "config").mkdir()
    client = Client(need("crane"), home, environment={"DOCKER_CONFIG": str(home / "config")})
    return client.sign_in(server, "auth", "login")


def test_copy_of_an_index(crane, server, layout, registry, repository):
    crane.run("copy", f"{server.host}/{repository}:index", f"{server.host}/crane/copy:all")
    assert registry.digest("crane/copy", "all") == layout.index["digest"]
    registry.verify("crane/copy", "all")


def test_push_of_a_layout(crane, server, layout, registry, repository, tmp_path):
    crane.run("pull", "--format", "oci", f"{server.host}/{repository}:index", tmp_path / "layout")
    crane.run("push", "--index", tmp_path / "layout", f"{server.host}/crane/push:all")
    pushed = registry.verify("crane/push", "all")
    assert layout.index["digest"] in [child["digest"] for child in pushed["manifests"]]


def test_pull_and_push_as_a_docker_archive(crane, server, registry, repository, tmp_path):
    crane.run("pull", f"{server.host}/{repository}:image", tmp_path / "image.tar")
    said = crane.run("push", tmp_path / "image.tar", f"{server.host}/crane/archive:one")
    assert registry.digest("crane/archive", "one") == said.split("@")[-1]
    registry.verify("crane/archive", "one")


def test_validate_reads_every_byte(crane, server, repository):
    crane.run("validate", "--remote", f"{server.host}/{repository}:index")


def test_digest_list_and_manifest(crane, server, layout, repository):
    assert crane.run("digest", f"{server.host}/{repository}:image") == layout.image["digest"]
    assert crane.run("ls", f"{server.host}/{repository}").split() == ["image", "index"]
    assert json.loads(crane.run("manifest", f"{server.host}/{repository}:index"))["manifests"] == layout.children


def test_catalog_names_the_repository(crane, server, repository):
    assert repository in crane.run("catalog", server.host).split()


def test_blob(crane, server, layout, repository):
    digest = json.loads(layout.blob(layout.image["digest"]))["config"]["digest"]
    assert crane.run("blob", f"{server.host}/{repository}@{digest}").encode() == layout.blob(digest)


def test_mutate_and_tag(crane, server, registry, repository):
    said = crane.run("mutate", f"{server.host}/{repository}:image", "--label", "a=b", "-t",
                     f"{server.host}/crane/mutate:one")
    crane.run("tag", f"{server.host}/crane/mutate:one", "two")
    assert registry.digest("crane/mutate", "two") == said.split("@")[-1]
    registry.verify("crane/mutate", "two")


def test_delete(crane, server, registry, repository):
    crane.run("copy", f"{server.host}/{repository}:image", f"{server.host}/crane/delete:one")
    digest = crane.run("digest", f"{server.host}/crane/delete:one")
    crane.run("delete", f"{server.host}/crane/delete@{digest}")
    assert registry.digest("crane/delete", digest) is None


def test_missing_tag_is_said_so(crane, server, repository):
    assert "MANIFEST_UNKNOWN" in crane.fails("manifest", f"{server.host}/{repository}:absent")


def test_upper_case_name_is_refused(crane, server):
    assert "could not parse reference" in crane.fails("manifest", f"{server.host}/Upper/Case:1")
