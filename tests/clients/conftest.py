"""What every client test shares: one server, one real image and index pushed into a repository per test file."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import berth  # noqa: E402
import images  # noqa: E402
import world  # noqa: E402
from registry import Registry  # noqa: E402

TOOLS = berth.ROOT / "build" / "tools" / "bin"
CACHE = berth.ROOT / "build" / "test-cache"


class Client:
    """Runs one program with fixed leading arguments and an environment that leaks nothing to the user's."""

    def __init__(self, program, home, leading=(), environment=None):
        self.program, self.leading = program, list(leading)
        self.environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "TMPDIR": str(home),
                            "REGISTRY_AUTH_FILE": str(home / "auth.json"), **(environment or {})}
        (home / "auth.json").write_text("{}")

    def try_run(self, *arguments, stdin=None, timeout=180):
        return subprocess.run([self.program, *self.leading, *map(str, arguments)], input=stdin, capture_output=True,
                              text=True, timeout=timeout, env=self.environment, check=False)

    def sign_in(self, server, *arguments, **more):
        """`login` with the owner's credential, in the client's own way: the password never is an argument."""
        user, password = server.credentials()
        self.run(*arguments, "--username", user, "--password-stdin", server.host, stdin=password, **more)
        return self

    def run(self, *arguments, **more):
        """Standard output; fails with everything the client said."""
        done = self.try_run(*arguments, **more)
        assert done.returncode == 0, f"{self.program} {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def fails(self, *arguments, **more):
        """What the client said when it was refused; fails when it was not."""
        done = self.try_run(*arguments, **more)
        assert done.returncode != 0, f"{self.program} {' '.join(map(str, arguments))} should fail:\n{done.stdout}"
        return done.stdout + done.stderr


class InsideClient(Client):
    """The same inside a world: its names, its port 443, its CA."""

    def __init__(self, inside, program, home, leading=(), environment=None):
        super().__init__(program, home, leading, environment)
        self.inside = inside
        self.settings = {key: value for key, value in self.environment.items() if os.environ.get(key) != value}

    def try_run(self, *arguments, stdin=None, timeout=180, **settings):
        return self.inside.try_run(self.program, *self.leading, *arguments, stdin=stdin, timeout=timeout,
                                   environment={**self.settings, **settings}, cwd=self.settings["HOME"])


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
