"""buildah: build from nothing, push, pull, and a manifest list."""
import json

import pytest

from conftest import Client, need, need_root
import images


@pytest.fixture(scope="module")
def buildah(home, server):
    need_root("buildah keeps layers with their owners")
    storage = ("--root", home / "store", "--runroot", home / "run", "--storage-driver", "vfs")
    return Client(need("buildah"), home, map(str, storage)).sign_in(server, "login", PLAIN)


PLAIN = "--tls-verify=false"


@pytest.fixture(scope="module")
def built(buildah, home):
    (home / "layer.tar").write_bytes(images.package_tar("netbase"))
    container = buildah.run("from", "scratch")
    buildah.run("add", container, home / "layer.tar", "/")
    buildah.run("config", "--label", "made=by-buildah", container)
    buildah.run("commit", container, "localhost/built:1")
    return "localhost/built:1"


@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_push_of_a_build(buildah, built, server, registry, tmp_path, form):
    buildah.run("push", PLAIN, "--format", form, "--digestfile", tmp_path / "digest", built,
                f"docker://{server.host}/buildah/{form}:1")
    assert registry.digest(f"buildah/{form}", "1") == (tmp_path / "digest").read_text()
    registry.verify(f"buildah/{form}", "1")


def test_pull_then_push_elsewhere(buildah, server, registry, repository, tmp_path):
    buildah.run("pull", "-q", PLAIN, f"{server.host}/{repository}:image")
    buildah.run("push", PLAIN, "--digestfile", tmp_path / "digest", f"{server.host}/{repository}:image",
                f"docker://{server.host}/buildah/again:1")
    assert registry.digest("buildah/again", "1") == (tmp_path / "digest").read_text()
    registry.verify("buildah/again", "1")


def test_build_on_top_of_a_pulled_image(buildah, server, registry, repository, home):
    container = buildah.run("from", PLAIN, f"{server.host}/{repository}:image")
    (home / "note").write_text("one more layer")
    buildah.run("copy", container, home / "note", "/note")
    buildah.run("commit", container, "localhost/derived:1")
    buildah.run("push", PLAIN, "localhost/derived:1", f"docker://{server.host}/buildah/derived:1")
    registry.verify("buildah/derived", "1")


def test_manifest_list(buildah, server, layout, registry, repository):
    buildah.run("manifest", "create", "multi")
    buildah.run("manifest", "add", PLAIN, "--all", "multi", f"docker://{server.host}/{repository}:index")
    buildah.run("manifest", "push", PLAIN, "--all", "multi", f"docker://{server.host}/buildah/list:all")
    pushed = registry.verify("buildah/list", "all")
    assert {child["digest"] for child in pushed["manifests"]} == {child["digest"] for child in layout.children}


def test_inspect(buildah, server, layout, repository):
    buildah.run("pull", "-q", PLAIN, f"{server.host}/{repository}:image")
    shown = json.loads(buildah.run("inspect", "--type", "image", f"{server.host}/{repository}:image"))
    assert shown["FromImageDigest"] == layout.image["digest"]


def test_missing_tag_is_said_so(buildah, server, repository):
    assert "manifest unknown" in buildah.fails("pull", PLAIN, f"{server.host}/{repository}:absent")


def test_upper_case_name_is_refused(buildah, server):
    assert "lower" in buildah.fails("pull", PLAIN, f"{server.host}/Upper/Case:1")
