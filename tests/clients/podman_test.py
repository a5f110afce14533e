"""podman: pull, push, tag, inspect, manifest lists. Images are run by docker and ctr instead: podman's own
runtime asks for resource limits that containers and small machines refuse."""
import pytest

from conftest import Client, need, need_root


@pytest.fixture(scope="module")
def podman(home, server):
    need_root("podman keeps layers with their owners")
    storage = ("--root", home / "store", "--runroot", home / "run", "--storage-driver", "vfs",
               "--cgroup-manager", "cgroupfs", "--events-backend", "file")
    return Client(need("podman"), home, map(str, storage)).sign_in(server, "login", PLAIN)


PLAIN = "--tls-verify=false"


def test_pull_shows_the_digest(podman, server, layout, repository):
    podman.run("pull", "-q", PLAIN, f"{server.host}/{repository}:image")
    digests = podman.run("images", "--digests", "--format", "{{.Digest}}").splitlines()
    assert layout.image["digest"] in digests


def test_pull_by_digest(podman, server, layout, repository):
    podman.run("pull", "-q", PLAIN, f"{server.host}/{repository}@{layout.image['digest']}")


def test_push_what_was_pulled(podman, server, registry, repository, tmp_path):
    podman.run("pull", "-q", PLAIN, f"{server.host}/{repository}:image")
    podman.run("tag", f"{server.host}/{repository}:image", f"{server.host}/podman/push:one")
    podman.run("push", PLAIN, "--digestfile", tmp_path / "digest", f"{server.host}/podman/push:one")
    assert registry.digest("podman/push", "one") == (tmp_path / "digest").read_text()
    registry.verify("podman/push", "one")


def test_pull_of_an_index_takes_this_platform(podman, server, layout, repository):
    podman.run("rmi", "--all", "--force")
    image = podman.run("pull", "-q", PLAIN, f"{server.host}/{repository}:index").splitlines()[-1]
    assert podman.run("image", "inspect", "--format", "{{.Architecture}}", image) == "amd64"


def test_other_platform(podman, server, repository):
    image = podman.run("pull", "-q", PLAIN, "--platform", "linux/arm64", f"{server.host}/{repository}:index")
    assert podman.run("image", "inspect", "--format", "{{.Architecture}}", image.splitlines()[-1]) == "arm64"


def test_manifest_list_round_trip(podman, server, layout, registry, repository):
    podman.run("manifest", "create", "multi")
    podman.run("manifest", "add", PLAIN, "--all", "multi", f"docker://{server.host}/{repository}:index")
    podman.run("manifest", "push", PLAIN, "--all", "multi", f"docker://{server.host}/podman/list:all")
    pushed = registry.verify("podman/list", "all")
    assert {child["digest"] for child in pushed["manifests"]} == {child["digest"] for child in layout.children}
    podman.run("pull", "-q", PLAIN, "--platform", "linux/arm64", f"{server.host}/podman/list:all")


def test_search_lists_tags(podman, server, repository):
    said = podman.run("search", PLAIN, "--list-tags", f"{server.host}/{repository}").splitlines()[1:]
    assert [line.split()[-1] for line in said] == ["image", "index"]


def test_missing_tag_is_said_so(podman, server, repository):
    assert "manifest unknown" in podman.fails("pull", PLAIN, f"{server.host}/{repository}:absent")


def test_upper_case_name_is_refused(podman, server):
    assert "lower" in podman.fails("pull", PLAIN, f"{server.host}/Upper/Case:1")
