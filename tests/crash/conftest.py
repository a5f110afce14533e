"""Fixtures of the crash suite; the server and client classes are those of tests/system."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "system"))

from server import BINARY, Server  # noqa: E402


def pytest_configure(config):
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: build it, or name another in BERTH_BINARY", 3)


@pytest.fixture
def start(tmp_path):
    """start(config={…}) -> a running Server, ended with the test."""
    servers = []

    def starter(config=None, folder=tmp_path):
        servers.append(Server(folder, config))
        return servers[-1].start()

    yield starter
    for made in servers:
        made.finish()
