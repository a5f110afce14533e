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
