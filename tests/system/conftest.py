"""Fixtures of the system suite.

`server` is one process for the whole run: tests that use it take repository names of their own
(`repository`) and leave no lock behind. `start` makes servers that a test may stop, kill and
configure.
"""

import itertools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from faces import DomainServer  # noqa: E402
from oauth import SECRET, discovery, path_of  # noqa: E402
from server import BINARY, Server  # noqa: E402

numbers = itertools.count(1)


def pytest_configure(config):
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: build it, or name another in BERTH_BINARY", 3)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("shared"), {"log": {"requests": "all"}}).start()
    yield running
    assert running.running(), f"the shared server died\n{running.log()}"
    code = running.stop()
    assert code == 0, f"exit {code}\n{running.log()}"


@pytest.fixture(scope="session")
def domain(tmp_path_factory):
    """One server with all faces. What a test creates there has a name that no other test uses."""
    running = DomainServer(tmp_path_factory.mktemp("domain"), {"log": {"requests": "all"}}).start()
    yield running
    assert running.running(), f"the server with a domain died\n{running.log()}"
    code = running.stop()
    assert code == 0, f"exit {code}\n{running.log()}"


@pytest.fixture
def name():
    """A name for a registry, a token or an application that no other test uses."""
    return f"made{next(numbers):05}"


@pytest.fixture
def own(domain, name):
    """A registry of the test, its resource id, and a client for it."""
    path = domain.owner.create_registry(name, adminUserEnabled=True)
    with domain.registry(name) as face:
        face.path, face.label = path, name
        yield face


# ---- the login face

@pytest.fixture(scope="module", params=("adfs", "entra", "common"))
def family(domain, request):
    """The first part of the paths."""
    return {"adfs": "adfs", "entra": domain.tenant(), "common": "organizations"}[request.param]


@pytest.fixture
def login(domain):
    with domain.face("login") as connection:
        yield connection


@pytest.fixture
def token_path(login, family):
    return path_of(discovery(login, family)["token_endpoint"])


@pytest.fixture(scope="session")
def principal(domain):
    """(client id, secret, object id)"""
    return domain.owner.create_principal("oauth")


@pytest.fixture(scope="session")
def user(domain):
    """A user's name; the password is SECRET."""
    domain.owner.create_user("oauth@berth.test", SECRET)
    return "oauth@berth.test"


@pytest.fixture
def client(server):
    with server.client() as connection:
        yield connection


@pytest.fixture
def repository():
    """A name that no other test uses."""
    return f"test/r{next(numbers):04}"


@pytest.fixture
def start(tmp_path):
    """start(config={…}, arguments=[…], name="a") -> a running Server, ended with the test."""
    servers = []

    def starter(config=None, arguments=(), name="server", environment=None, data=None):
        made = Server(tmp_path / name, config, arguments, environment)
        if data is not None:
            made.data = data
        servers.append(made)
        return made.start()

    yield starter
    for made in servers:
        made.finish()
