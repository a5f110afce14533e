"""oras: artifacts, attached artifacts, copies with their referrers."""
import json

import pytest

from conftest import Client, need

PLAIN = "--plain-http"
NOTE = "application/vnd.example.note"


@pytest.fixture(scope="module")
def oras(home, server):
    return Client(need("oras"), home, environment={"DOCKER_CONFIG": str(home)}).sign_in(server, "login", PLAIN)


@pytest.fixture
def note(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("content of the note")
    return "note.txt:text/plain"


def test_push_and_pull_of_an_artifact(oras, server, note, tmp_path):
    oras.run("push", PLAIN, "--artifact-type", NOTE, f"{server.host}/oras/artifact:one", note)
    oras.run("pull", PLAIN, "-o", tmp_path / "back", f"{server.host}/oras/artifact:one")
    assert (tmp_path / "back/note.txt").read_text() == "content of the note"


def test_attach_discover_and_copy(oras, server, layout, registry, repository, note):
    oras.run("cp", "--from-plain-http", "--to-plain-http", f"{server.host}/{repository}:image",
             f"{server.host}/oras/subject:one")
    oras.run("attach", PLAIN, "--artifact-type", NOTE, f"{server.host}/oras/subject:one", note)
    found = json.loads(oras.run("discover", PLAIN, "--format", "json", f"{server.host}/oras/subject:one"))
    assert [entry["artifactType"] for entry in found.get("referrers") or found["manifests"]] == [NOTE]
    oras.run("cp", "-r", "--from-plain-http", "--to-plain-http", f"{server.host}/oras/subject:one",
             f"{server.host}/oras/moved:one")
    answer = registry.call("GET", f"/v2/oras/moved/referrers/{layout.image['digest']}")
    assert len(answer.json()["manifests"]) == 1


def test_copy_of_an_index(oras, server, layout, registry, repository):
    oras.run("cp", "--from-plain-http", "--to-plain-http", f"{server.host}/{repository}:index",
             f"{server.host}/oras/copy:all")
    assert registry.digest("oras/copy", "all") == layout.index["digest"]
    registry.verify("oras/copy", "all")


def test_resolve_tag_and_list(oras, server, layout, repository):
    oras.run("cp", "--from-plain-http", "--to-plain-http", f"{server.host}/{repository}:image",
             f"{server.host}/oras/tag:one")
    oras.run("tag", PLAIN, f"{server.host}/oras/tag:one", "two")
    assert oras.run("resolve", PLAIN, f"{server.host}/oras/tag:two") == layout.image["digest"]
    assert oras.run("repo", "tags", PLAIN, f"{server.host}/oras/tag").split() == ["one", "two"]
    assert "oras/tag" in oras.run("repo", "ls", PLAIN, server.host).split()


def test_delete(oras, server, registry, note):
    oras.run("push", PLAIN, f"{server.host}/oras/delete:one", note)
    oras.run("manifest", "delete", PLAIN, "--force", f"{server.host}/oras/delete:one")
    assert registry.digest("oras/delete", "one") is None


def test_missing_tag_is_said_so(oras, server, repository):
    assert "not found" in oras.fails("pull", PLAIN, f"{server.host}/{repository}:absent")


def test_upper_case_name_is_refused(oras, server):
    assert "invalid" in oras.fails("pull", PLAIN, f"{server.host}/Upper/Case:1")
