"""docker with a daemon that this file starts by hand and stops again: own data root, no network rules, no bridge.

Debian's /usr/bin/docker is the reference; another `docker` that comes first in PATH runs the same tests again.
"""
import json
import os
import shutil

import pytest

from conftest import Client, need, need_root
import daemons
import images


def clients():
    found = [path for path in ("/usr/bin/docker", shutil.which("docker")) if path and os.access(path, os.X_OK)]
    return list(dict.fromkeys(map(os.path.realpath, found)))


@pytest.fixture(scope="module")
def daemon(home):
    need_root("dockerd mounts file systems")
    with daemons.dockerd(need("dockerd"), home, daemons.started, "--insecure-registry", "127.0.0.0/8") as host:
        yield host


@pytest.fixture(params=clients() or ["docker"])
def docker(request, daemon, home, server):
    if not shutil.which(request.param):
        pytest.skip("docker is not on this machine")
    column = request.param.strip("/").replace("/", "-")
    config = home / f"config-{column}"
    client = Client(request.param, home, environment={"DOCKER_HOST": daemon, "DOCKER_CONFIG": str(config)})
    client.column = column
    if not config.exists():
        config.mkdir()
        client.sign_in(server, "login")
    yield client
    leftovers = client.run("images", "--all", "--quiet").split()
    if leftovers:
        client.try_run("rmi", "--force", *dict.fromkeys(leftovers))


def test_pull_shows_the_digest(docker, server, layout, repository):
    said = docker.run("pull", f"{server.host}/{repository}:image")
    assert f"Digest: {layout.image['digest']}" in said


def test_pull_by_digest(docker, server, layout, repository):
    docker.run("pull", f"{server.host}/{repository}@{layout.image['digest']}")


def test_pull_of_an_index_and_of_another_platform(docker, server, layout, repository):
    said = docker.run("pull", f"{server.host}/{repository}:index")
    assert f"Digest: {layout.index['digest']}" in said
    docker.run("pull", "--platform", "linux/arm64", f"{server.host}/{repository}:index")
    shown = docker.run("image", "inspect", "--format", "{{.Architecture}}", f"{server.host}/{repository}:index")
    assert shown == "arm64"


def test_run_what_was_pulled(docker, server, repository):
    assert docker.run("run", "--rm", "--network", "none", f"{server.host}/{repository}:image") == images.GREETING


def test_push_and_pull_again(docker, server, registry, repository):
    docker.run("pull", f"{server.host}/{repository}:image")
    target = f"{server.host}/docker/{docker.column}:one"
    docker.run("tag", f"{server.host}/{repository}:image", target)
    said = docker.run("push", target)
    digest = registry.digest(f"docker/{docker.column}", "one")
    assert f"digest: {digest}" in said
    registry.verify(f"docker/{docker.column}", "one")
    docker.run("rmi", target)
    assert f"Digest: {digest}" in docker.run("pull", target)
    again = docker.run("push", target)
    assert "Layer already exists" in again and f"digest: {digest}" in again


def test_push_mounts_layers_from_the_other_repository(docker, server, repository):
    docker.run("pull", f"{server.host}/{repository}:image")
    target = f"{server.host}/docker/mount-{docker.column}:one"
    docker.run("tag", f"{server.host}/{repository}:image", target)
    # Which of the repositories that hold the layer it names is docker's own memory.
    assert "Mounted from " in docker.run("push", target)


def test_push_all_tags(docker, server, registry, repository):
    docker.run("pull", f"{server.host}/{repository}:image")
    name = f"docker/tags-{docker.column}"
    for tag in ("v1", "v2", "v3"):
        docker.run("tag", f"{server.host}/{repository}:image", f"{server.host}/{name}:{tag}")
    docker.run("push", "--all-tags", f"{server.host}/{name}")
    assert registry.tags(name) == ["v1", "v2", "v3"]


def test_manifest_list(docker, server, registry, repository):
    name = f"docker/list-{docker.column}"
    for tag, platform in (("amd64", "linux/amd64"), ("arm64", "linux/arm64")):
        docker.run("pull", "--platform", platform, f"{server.host}/{repository}:index")
        docker.run("tag", f"{server.host}/{repository}:index", f"{server.host}/{name}:{tag}")
        docker.run("push", f"{server.host}/{name}:{tag}")
    docker.run("manifest", "create", "--insecure", f"{server.host}/{name}:all",
               f"{server.host}/{name}:amd64", f"{server.host}/{name}:arm64")
    digest = docker.run("manifest", "push", "--insecure", "--purge", f"{server.host}/{name}:all")
    assert registry.digest(name, "all") == digest
    listed = registry.verify(name, "all")["manifests"]
    # docker 20.10 inspects Docker manifest lists only; to it an OCI index is "no such manifest".
    shown = json.loads(docker.run("manifest", "inspect", "--insecure", f"{server.host}/{name}:all"))
    assert [child["digest"] for child in shown["manifests"]] == [child["digest"] for child in listed]
    assert len(listed) == 2


def test_missing_tag_is_said_so(docker, server, repository):
    said = docker.fails("pull", f"{server.host}/{repository}:absent")
    assert f"manifest for {server.host}/{repository}:absent not found" in said


def test_missing_repository_is_said_so(docker, server):
    assert "not found" in docker.fails("pull", f"{server.host}/no/such:1")


def test_upper_case_name_is_refused(docker, server):
    assert "must be lowercase" in docker.fails("pull", f"{server.host}/Upper/Case:1")
