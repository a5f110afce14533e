"""Starts a Berth server of its own for a test run, on free loopback ports, and stops it again.

BERTH_BINARY names the server to test (default: the sanitizer build). BERTH_PEER=docker-registry starts
Debian's docker-registry in its place: that tells a client's quirk from a fault of Berth.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from owner import NULL_GUID, Owner, basic

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "test-logs"

PEER_CONFIG = """version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {data}}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def binary():
    """The server under test; fails with the command that makes it."""
    path = pathlib.Path(os.environ.get("BERTH_BINARY", ROOT / "build/asan/src/cli/berth"))
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no server at {path}: build it with 'cmake --build --preset asan' or set BERTH_BINARY")
    return path.resolve()


def peer():
    return os.environ.get("BERTH_PEER", "")


def free_port():
    """A port that was free a moment ago, on both loopback addresses."""
    while True:
        with socket.socket() as four:
            four.bind(("127.0.0.1", 0))
            port = four.getsockname()[1]
        try:
            with socket.socket(socket.AF_INET6) as six:
                six.bind(("::1", port))
        except OSError as error:
            if error.errno == 98:  # address in use: somebody has it on ::1
                continue
        return port


def wait_until(ready, seconds, what, alive=lambda: True):
    """Polls `ready`; raises with `what` when the time is over or the process behind it died."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        if not alive():
            raise RuntimeError(f"{what}: the process ended before it was ready")
        time.sleep(0.02)
    raise RuntimeError(f"{what}: not ready after {seconds} s")


class Server:
    """One running registry. `host` is what a client types: 127.0.0.1:PORT. `owner` is the machine's own way in."""

    def __init__(self, name, environment=None, arguments=()):
        self.name = name
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"berth-{name}-"))
        self.data = self.directory / "data"
        self.port, self.operations = free_port(), free_port()
        self.host = f"127.0.0.1:{self.port}"
        # A server reads every BERTH_* variable as configuration (and docker-registry every REGISTRY_*): those
        # that steer the tests are kept from it.
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("BERTH_", "REGISTRY_"))}
        self.environment = {**clean, **(environment or {})}
        self.arguments = list(arguments)
        self.log = LOGS / f"server-{name}.log"
        self.process = None
        self.owner = Owner(self.data)

    def command(self):
        if peer() == "docker-registry":
            config = self.directory / "config.yml"
            config.write_text(PEER_CONFIG.format(data=self.data, port=self.port))
            return ["docker-registry", "serve", str(config)]
        return [str(binary()), "serve", "--data", str(self.data), "--listen", self.host,
                "--operations", f"127.0.0.1:{self.operations}", *self.arguments]

    def start(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment)
        url = (f"http://{self.host}/v2/" if peer() else f"http://127.0.0.1:{self.operations}/readyz")
        try:
            wait_until(lambda: answers(url), 60, f"server {self.name}", self.alive)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.said()}") from None
        return self

    def token(self, registry="default"):
        """A refresh token for the owner; a peer, which asks nobody who he is, takes any word."""
        return "any" if peer() else self.owner.token(registry)

    def credentials(self, registry="default"):
        """(user, password) for a client's own way of signing in."""
        return NULL_GUID, self.token(registry)

    def basic(self, registry="default"):
        """The value of an Authorization header."""
        return basic(*self.credentials(registry))

    def said(self):
        return self.log.read_text(errors="replace")[-4000:]

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Asks for a graceful end and returns the exit code; a server that hangs is killed and fails."""
        if self.process is None:
            return 0
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"server {self.name} did not stop within 30 s of SIGTERM, log {self.log}")
        finally:
            self.process = None

    def discard(self):
        code = self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        # A sanitizer that found something makes the exit code differ from 0.
        if code != 0 and not peer():
            raise RuntimeError(f"server {self.name} ended with {code}:\n{self.said()}")


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
