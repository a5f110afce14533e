"""What every client test shares: one server, one real image and index pushed into a repository per test file."""
import contextlib
import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import berth  # noqa: E402
import images  # noqa: E402
import world  # noqa: E402
from client import Client, InsideClient  # noqa: E402, F401
from registry import Registry  # noqa: E402

TOOLS = berth.ROOT / "build" / "tools" / "bin"
CACHE = berth.ROOT / "build" / "test-cache"


def need_world():
    why = world.usable()
    if why:
        pytest.skip(why, allow_module_level=True)


@contextlib.contextmanager
def running_world(name, *arguments, **environment):
    need_world()
    made = world.World(name, arguments, environment)
    try:
        yield made.start()
    finally:
        made.discard()


def need(*names):
    """The path of the first program found; the test is skipped by the name of what is missing."""
    for name in names:
        for place in (TOOLS / name, shutil.which(name)):
            if place and os.access(place, os.X_OK):
                return str(place)
    pytest.skip(f"{names[0]} is not on this machine", allow_module_level=True)
    raise AssertionError("unreachable")


def need_root(why):
    if os.geteuid() != 0:
        pytest.skip(f"needs root: {why}", allow_module_level=True)


@pytest.fixture(scope="session")
def server():
    running = berth.Server("clients").start()
    yield running
    running.discard()


@pytest.fixture(scope="session")
def layout(tmp_path_factory):
    return images.make(tmp_path_factory.mktemp("layout"))


@pytest.fixture
def registry(server):
    return Registry(server.host, server.basic())


@pytest.fixture(scope="module")
def repository(server, layout, request):
    """A repository of this test file that already holds the image and the index, pushed over plain HTTP."""
    name = "seed/" + request.module.__name__.removesuffix("_test").replace("_", "-")
    registry = Registry(server.host, server.basic())
    for descriptor in layout.children:
        body = layout.blob(descriptor["digest"])
        manifest = images.json.loads(body)
        for blob in [manifest["config"], *manifest["layers"]]:
            registry.push_blob(name, layout.blob(blob["digest"]))
        assert registry.push_manifest(name, descriptor["digest"], body).status == 201
    assert registry.push_manifest(name, "image", layout.blob(layout.image["digest"])).status == 201
    assert registry.push_manifest(name, "index", layout.blob(layout.index["digest"])).status == 201
    return name


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")
