"""helm: a chart as an OCI artifact."""
import hashlib

import pytest

from conftest import Client, need


@pytest.fixture(scope="module")
def helm(home, server):
    folders = {f"HELM_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    client = Client(need("helm"), home, environment={**folders, "HELM_REGISTRY_CONFIG": str(home / "auth.json")})
    return client.sign_in(server, "registry", "login", "--plain-http")


@pytest.fixture(scope="module")
def chart(helm, home):
    (home / "demo/templates").mkdir(parents=True)
    (home / "demo/Chart.yaml").write_text("apiVersion: v2\nname: demo\nversion: 1.2.3+meta\ndescription: a chart\n")
    (home / "demo/templates/map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\ndata: {greeting: hello}\n")
    helm.run("package", home / "demo", "-d", home)
    return home / "demo-1.2.3+meta.tgz"


@pytest.fixture(scope="module")
def pushed(helm, chart, server):
    done = helm.try_run("push", "--plain-http", chart, f"oci://{server.host}/charts")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_push_says_the_digest(pushed, registry):
    # helm writes the "+" of a version as "_" in the tag.
    assert registry.tags("charts/demo") == ["1.2.3_meta"]
    assert f"Digest: {registry.digest('charts/demo', '1.2.3_meta')}" in pushed
    registry.verify("charts/demo", "1.2.3_meta")


def test_pull_brings_back_the_same_bytes(helm, pushed, chart, server, tmp_path):
    helm.run("pull", "--plain-http", f"oci://{server.host}/charts/demo", "--version", "1.2.3+meta", "-d", tmp_path)
    back = next(tmp_path.glob("*.tgz")).read_bytes()
    assert hashlib.sha256(back).digest() == hashlib.sha256(chart.read_bytes()).digest()


def test_show_and_template(helm, pushed, server):
    assert "name: demo" in helm.run("show", "chart", "--plain-http", f"oci://{server.host}/charts/demo")
    assert "greeting: hello" in helm.run("template", "x", "--plain-http", f"oci://{server.host}/charts/demo")


def test_missing_version_is_said_so(helm, pushed, server):
    said = helm.fails("pull", "--plain-http", f"oci://{server.host}/charts/demo", "--version", "9.9.9")
    assert "not found" in said
