"""containerd's ctr with hosts.toml, in the namespace that a kubelet uses; an own containerd, started by hand."""
import subprocess

import pytest

from conftest import Client, need, need_root
import daemons
import images

HOSTS = """server = "http://{host}"
[host."http://{host}"]
  capabilities = ["pull", "resolve", "push"]
"""


@pytest.fixture(scope="module")
def ctr(home, server):
    need_root("containerd mounts file systems")
    hosts = home / "certs.d" / server.host
    hosts.mkdir(parents=True)
    (hosts / "hosts.toml").write_text(HOSTS.format(host=server.host))
    client = Client(need("ctr"), home, ("--address", str(home / "c.sock"), "--namespace", "k8s.io"))
    with daemons.containerd(need("containerd"), home, daemons.started, lambda: client.try_run("version").returncode == 0):
        client.hosts = ("--hosts-dir", home / "certs.d", "--user", ":".join(server.credentials()))
        yield client


def digest_here(ctr, name):
    for line in ctr.run("images", "ls", f"name=={name}").splitlines()[1:]:
        return next(word for word in line.split() if word.startswith("sha256:"))
    return None


def test_pull_keeps_the_digest(ctr, server, layout, repository):
    name = f"{server.host}/{repository}:image"
    ctr.run("images", "pull", *ctr.hosts, name)
    assert digest_here(ctr, name) == layout.image["digest"]


def test_run_what_was_pulled(ctr, server, repository):
    name = f"{server.host}/{repository}:image"
    ctr.run("images", "pull", *ctr.hosts, name)
    assert ctr.run("run", "--rm", name, "greeting") == images.GREETING


def test_pull_of_an_index_with_every_platform(ctr, server, layout, repository):
    name = f"{server.host}/{repository}:index"
    ctr.run("images", "pull", *ctr.hosts, "--all-platforms", name)
    assert digest_here(ctr, name) == layout.index["digest"]
    held = ctr.run("content", "ls", "-q").split()
    assert {child["digest"] for child in layout.children} <= set(held)


def test_push_of_an_index(ctr, server, layout, registry, repository):
    name = f"{server.host}/{repository}:index"
    ctr.run("images", "pull", *ctr.hosts, "--all-platforms", name)
    target = f"{server.host}/ctr/push:all"
    ctr.run("images", "tag", "--force", name, target)
    ctr.run("images", "push", *ctr.hosts, target)
    assert registry.digest("ctr/push", "all") == layout.index["digest"]
    registry.verify("ctr/push", "all")


def test_import_then_push(ctr, server, layout, registry, home):
    subprocess.run(["tar", "-cf", home / "layout.tar", "-C", layout.path, "."], check=True)
    ctr.run("images", "import", "--all-platforms", "--base-name", f"{server.host}/ctr/import", home / "layout.tar")
    ctr.run("images", "push", *ctr.hosts, f"{server.host}/ctr/import:image")
    assert registry.digest("ctr/import", "image") == layout.image["digest"]


def test_pull_by_digest(ctr, server, layout, repository):
    name = f"{server.host}/{repository}@{layout.image['digest']}"
    ctr.run("images", "pull", *ctr.hosts, name)
    assert digest_here(ctr, name) == layout.image["digest"]


def test_missing_tag_is_said_so(ctr, server, repository):
    assert "not found" in ctr.fails("images", "pull", *ctr.hosts, f"{server.host}/{repository}:absent")
