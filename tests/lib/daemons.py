"""dockerd and containerd started by hand for a test, in its own folder, and ended by their id."""
import contextlib
import subprocess

import berth


@contextlib.contextmanager
def dockerd(program, home, start, *arguments):
    """Yields DOCKER_HOST. `start(command, log)` gives the running process; no network rules, no bridge."""
    socket = home / "docker.sock"
    command = [program, "--data-root", home / "data", "--exec-root", home / "exec", "-H", f"unix://{socket}",
               "--pidfile", home / "pid", "--iptables=false", "--ip6tables=false", "--bridge=none", *arguments]
    log = berth.LOGS / f"dockerd-{home.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    ping = ["curl", "-fsS", "--unix-socket", socket, "http://d/_ping"]
    with open(log, "wb") as output:
        process = start(list(map(str, command)), output)
    try:
        berth.wait_until(lambda: socket.exists() and
                         subprocess.run(ping, capture_output=True, check=False).returncode == 0,
                         60, f"dockerd, log {log}", lambda: process.poll() is None)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(60)


CONTAINERD = """version = 2
root = "{home}/root"
state = "{home}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{home}/c.sock"
"""


@contextlib.contextmanager
def containerd(program, home, start, answers):
    """Yields the socket's path once `answers()` is true."""
    (home / "c.toml").write_text(CONTAINERD.format(home=home))
    log = berth.LOGS / f"containerd-{home.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        process = start([program, "-c", str(home / "c.toml")], output)
    try:
        berth.wait_until(answers, 60, f"containerd, log {log}", lambda: process.poll() is None)
        yield home / "c.sock"
    finally:
        process.terminate()
        process.wait(60)


def started(command, log):
    """A process outside of any namespace."""
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
