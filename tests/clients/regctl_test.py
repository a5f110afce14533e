"""regctl: images with their referrers, artifacts, sha512, tag deletion."""
import json

import pytest

from conftest import Client, need


@pytest.fixture(scope="module")
def regctl(home, server):
    client = Client(need("regctl"), home, environment={"REGCTL_CONFIG": str(home / "regctl.json")})
    client.run("registry", "set", "--skip-check", "--tls", "disabled", server.host)
    user, password = server.credentials()
    client.run("registry", "login", "--user", user, "--pass-stdin", server.host, stdin=password)
    return client


def test_copy_of_an_index(regctl, server, layout, registry, repository):
    regctl.run("image", "copy", f"{server.host}/{repository}:index", f"{server.host}/regctl/copy:all")
    assert registry.digest("regctl/copy", "all") == layout.index["digest"]
    registry.verify("regctl/copy", "all")


def test_layout_round_trip(regctl, server, layout, registry, repository, tmp_path):
    regctl.run("image", "copy", f"{server.host}/{repository}:index", f"ocidir://{tmp_path}/dir:all")
    regctl.run("image", "copy", f"ocidir://{tmp_path}/dir:all", f"{server.host}/regctl/back:all")
    assert registry.digest("regctl/back", "all") == layout.index["digest"]


def test_digest_and_list(regctl, server, layout, repository):
    assert regctl.run("manifest", "head", f"{server.host}/{repository}:image") == layout.image["digest"]
    assert regctl.run("tag", "ls", f"{server.host}/{repository}").split() == ["image", "index"]
    assert repository in regctl.run("repo", "ls", server.host).split()


def test_artifact_with_a_subject_is_listed_and_copied(regctl, server, registry, repository):
    regctl.run("image", "copy", f"{server.host}/{repository}:image", f"{server.host}/regctl/subject:one")
    regctl.run("artifact", "put", "--artifact-type", "application/vnd.example.note", "--subject",
               f"{server.host}/regctl/subject:one", stdin="a note")
    listed = json.loads(regctl.run("artifact", "list", "--format", "{{json .Manifest}}",
                                   f"{server.host}/regctl/subject:one"))
    assert [entry["artifactType"] for entry in listed["manifests"]] == ["application/vnd.example.note"]
    # The server answers the referrers API itself, so the client makes no fallback tag.
    assert registry.tags("regctl/subject") == ["one"]
    regctl.run("image", "copy", "--referrers", f"{server.host}/regctl/subject:one", f"{server.host}/regctl/moved:one")
    subject = registry.digest("regctl/moved", "one")
    answer = registry.call("GET", f"/v2/regctl/moved/referrers/{subject}")
    assert [entry["digest"] for entry in answer.json()["manifests"]] == [listed["manifests"][0]["digest"]]


def test_artifact_get_returns_what_was_put(regctl, server):
    regctl.run("artifact", "put", "--artifact-type", "application/vnd.example.note",
               f"{server.host}/regctl/artifact:one", stdin="content of the artifact")
    assert regctl.run("artifact", "get", f"{server.host}/regctl/artifact:one") == "content of the artifact"


def test_sha512_image(regctl, server, registry, repository):
    regctl.run("image", "mod", "--digest-algo", "sha512", "--create", f"{server.host}/regctl/sha512:one",
               f"{server.host}/{repository}:image")
    digest = regctl.run("manifest", "head", f"{server.host}/regctl/sha512:one")
    manifest = registry.verify("regctl/sha512", "one")
    assert manifest["config"]["digest"].startswith("sha512:")
    assert digest.startswith("sha")


def test_blob(regctl, server, layout, repository):
    digest = json.loads(layout.blob(layout.image["digest"]))["config"]["digest"]
    assert regctl.run("blob", "get", f"{server.host}/{repository}", digest).encode() == layout.blob(digest)
    put = regctl.run("blob", "put", f"{server.host}/regctl/blob", stdin="a blob")
    assert regctl.run("blob", "get", f"{server.host}/regctl/blob", put) == "a blob"


def test_tag_delete_keeps_the_manifest(regctl, server, layout, registry, repository):
    for tag in ("one", "two"):
        regctl.run("image", "copy", f"{server.host}/{repository}:image", f"{server.host}/regctl/delete:{tag}")
    regctl.run("tag", "rm", f"{server.host}/regctl/delete:one")
    assert registry.tags("regctl/delete") == ["two"]
    assert registry.digest("regctl/delete", "two") == layout.image["digest"]
    regctl.run("manifest", "rm", f"{server.host}/regctl/delete@{layout.image['digest']}")
    assert registry.digest("regctl/delete", layout.image["digest"]) is None


def test_missing_tag_is_said_so(regctl, server, repository):
    assert "not found" in regctl.fails("manifest", "get", f"{server.host}/{repository}:absent")


def test_upper_case_name_is_refused(regctl, server):
    assert "invalid reference" in regctl.fails("manifest", "get", f"{server.host}/Upper/Case:1")
