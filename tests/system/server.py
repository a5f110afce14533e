"""One `berth serve` process of a test: start, stop, kill, restart on the same data.

The server is named by the environment variable BERTH_BINARY and chooses its own ports, which are
read from the lines that it prints when it listens. Nothing here sleeps a fixed time: every wait is
for a condition and has a deadline.
"""

import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from raw import RawConnection
from registry import Client, fresh_addresses

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/lib"))

from owner import Owner  # noqa: E402

BINARY = os.environ.get("BERTH_BINARY", str(ROOT / "build/dev/src/cli/berth"))
# Sanitizer builds on a busy machine need a second or two where a release build needs 20 ms.
START_SECONDS = 30
STOP_SECONDS = 30
LISTENING = re.compile(r"^berth: (operations )?(https?)://[\w.]+:(\d+)$")


def wait_for(condition, what, seconds=10.0):
    """Returns the first true value of `condition()`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.005)


def free_port():
    """A port that was free a moment ago: for servers whose port is a part of their names."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def to_toml(config):
    """TOML text of {section: {key: value}}."""
    lines = []
    for section, values in config.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def clean_environment(**extra):
    """The environment without settings of whoever runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BERTH_")}
    return kept | extra


def run_berth(*arguments, timeout=60, cwd=None, **environment):
    """Runs the binary with a verb that ends by itself."""
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, cwd=cwd, env=clean_environment(**environment),
                          check=False)


class Server:
    listen = "localhost:0"

    def __init__(self, folder, config=None, arguments=(), environment=None):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.config_file = self.folder / "berth.toml"
        self.log_file = self.folder / "log"
        self.config = config or {}
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None
        self.port = self.tls_port = self.operations_port = self._basic = None

    # ---- life cycle
    def start(self):
        self.owner, self._basic = Owner(self.data), None  # a start may be on other data
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(to_toml(self.config))
        command = [BINARY, "serve", "--config", str(self.config_file), "--data", str(self.data),
                   "--listen", self.listen, "--operations", "localhost:0",
                   "--log-format", "json", *self.arguments]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True,
                                            env=clean_environment(**self.environment))
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read_lines, daemon=True)
        self.reader.start()
        try:
            self._await_ready()
        except AssertionError:
            self.finish()  # a server that does not start as it should must not stay
            raise
        return self

    def _read_lines(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def _await_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise AssertionError(f"not ready in {START_SECONDS} s\n{self.log()}") from None
            if line is None:
                self.process.wait()
                raise AssertionError(f"ended with {self.process.returncode}\n{self.log()}")
            if line == "berth: ready":
                return
            match = LISTENING.match(line)
            assert match, f"a line on stdout that is neither a listener nor ready: {line!r}"
            operations, scheme, port = match.groups()
            if operations:
                self.operations_port = int(port)
            elif scheme == "https":
                self.tls_port = int(port)
            else:
                self.port = int(port)

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds=STOP_SECONDS):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s\n{self.log()}") from None
        self._close()
        return code

    def kill(self):
        """SIGKILL: what the server had not made durable is left to the kernel's mercy."""
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self):
        self.reader.join()
        self.process.stdout.close()

    def restart(self):
        """A graceful stop, and a start on the same data."""
        assert self.stop() == 0, self.log()
        return self.start()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def finish(self):
        if self.running():
            self.kill()

    # ---- what a test looks at
    def basic(self):
        """The Authorization header of the machine's owner for the registry `default`."""
        if self._basic is None:
            self._basic = self.owner.basic()
        return self._basic

    def client(self, timeout=30, signed_in=True):
        if signed_in:
            return Client(self.port, timeout=timeout, authorization=self.basic())
        return Client(self.port, timeout=timeout, source=next(fresh_addresses))

    def raw(self, timeout=20):
        """Bytes on the wire; its `head` signs in."""
        return RawConnection(self.port, timeout, self.basic())

    def operations(self):
        return Client(self.operations_port)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_lines(self):
        return [json.loads(line) for line in self.log().splitlines()]

    def files(self):
        """Every blob file and every temporary file of an upload, relative to the data."""
        return {str(path.relative_to(self.data)) for part in ("blobs", "uploads")
                for path in (self.data / part).rglob("*") if path.is_file()}

    def blob_file(self, digest):
        algorithm, value = digest.split(":")
        return self.data / "blobs" / algorithm / value[:2] / value

    def run(self, *arguments, **kwargs):
        """A verb of the binary on this server's data, e.g. run("gc", "--grace", "0s")."""
        return run_berth(*arguments, "--data", self.data, **kwargs)
