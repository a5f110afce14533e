"""A small world for clients that insist on names and on port 443: a network and a mount namespace of their own.

Inside, 127.0.0.1:443 is free, /etc/hosts is a file of this world, no packet leaves the machine. Files and Unix sockets
are shared with the outside, so the server's own socket is reached from the test itself. Everything that is started
inside ends with the world: its first process waits for the test to close a pipe.

World(...).start() runs a Berth with a domain, with HTTPS by its own CA; `run` and `popen` run commands inside.
"""
import pathlib
import shutil
import subprocess
import tempfile

import berth
from inside import Inside, usable  # noqa: F401
from owner import Owner

DOMAIN = "berth.test"
METADATA = "169.254.169.254"
# The first process: sets the namespaces up, says so, and waits. /etc/docker is hidden, so that no daemon's settings leak.
INIT = f"""
set -e
ip link set lo up
ip address add {METADATA}/32 dev lo
mount --bind "$1/hosts" /etc/hosts
mount -t tmpfs none /etc/docker 2>/dev/null || true
echo ready
cat > /dev/null
"""


class World(Inside):
    def __init__(self, name, arguments=(), environment=None):
        self.name = name
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"berth-{name}-"))
        self.data, self.ca = self.directory / "data", self.directory / "ca.pem"
        self.hosts_file = self.directory / "hosts"
        self.log = berth.LOGS / f"server-{name}.log"
        self.owner = Owner(self.data)
        self.arguments, self.extra = list(arguments), environment or {}
        self.server = None

    # ---- life
    def start(self):
        self.hosts_file.write_text("127.0.0.1 localhost\n")
        self.unshare(INIT, self.directory)
        self.start_server()
        self.ca.write_text(self.berth("ca", "export", "--data", self.data))
        self.know()
        return self

    def start_server(self):
        berth.LOGS.mkdir(parents=True, exist_ok=True)
        command = [berth.binary(), "serve", "--data", self.data, "--listen", "localhost:5000", "--operations",
                   "localhost:5001", "--domain", DOMAIN, "--tls", "auto", "--tls-listen", "127.0.0.1:443",
                   "--log-requests", "all", "--log-format", "json", *self.arguments]
        with open(self.log, "ab") as log:
            self.server = self.popen(*command, stdout=log, stderr=log, environment=self.extra)
        ready = ["curl", "-fsS", "-o", "/dev/null", "http://localhost:5001/readyz"]
        berth.wait_until(lambda: self.try_run(*ready).returncode == 0, 60, f"server {self.name}, log {self.log}",
                         lambda: self.server.poll() is None)

    def stop_server(self):
        self.server.terminate()
        try:
            return self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            raise RuntimeError(f"server {self.name} did not stop within 30 s of SIGTERM, log {self.log}") from None

    def discard(self):
        code = self.stop_server() if self.server else 0
        self.leave()
        shutil.rmtree(self.directory, ignore_errors=True)
        if code != 0:
            raise RuntimeError(f"server {self.name} ended with {code}:\n{self.said()}")

    def said(self, last=4000):
        return self.log.read_text(errors="replace")[-last:]

    # ---- names
    def know(self, *soon):
        """Takes the names of all faces and registries into the hosts file, as `berth hosts` prints them; and those
        of registries that come `soon`, because a daemon remembers for seconds what the file did not say."""
        more = "".join(f"127.0.0.1 {self.login_server(name)}\n" for name in soon)
        self.hosts_file.write_text("127.0.0.1 localhost\n" + more + self.berth("hosts", "--data", self.data))

    def login_server(self, registry):
        return f"{registry}.{DOMAIN}"

    def create_registry(self, name, **properties):
        path = self.owner.create_registry(name, **properties)
        self.know()
        return path
