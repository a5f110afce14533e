"""The machine a measurement runs on: a private network, CPU accounting, free ports, processes."""

import os
import pathlib
import socket
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")
IN_NAMESPACE = "BERTH_BENCH_NAMESPACE"

# Loopback routed with a congestion control that does not pace: bbr, the default of some kernels,
# holds for loopback too and would flatter every slower server.
NAMESPACE_SCRIPT = """
ip link set lo up &&
ip route replace local 127.0.0.0/8 dev lo table local congctl cubic &&
ip route replace local 127.0.0.1 dev lo table local src 127.0.0.1 congctl cubic &&
mount --bind "$BERTH_BENCH_HOSTS" /etc/hosts &&
exec "$@"
"""
HOSTS = pathlib.Path(__file__).with_name("hosts")


def enter_namespace():
    """Starts this program again in a network namespace of its own, where the names of harness/hosts
    are known."""
    if os.environ.get(IN_NAMESPACE):
        return
    os.environ[IN_NAMESPACE] = "1"
    os.environ["BERTH_BENCH_HOSTS"] = str(HOSTS)
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = ["unshare", *as_root, "--net", "--mount"]
    os.execvp("unshare", [*unshare, "--", "sh", "-c", NAMESPACE_SCRIPT, "sh", sys.executable,
                          os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stat_fields(pid):
    """/proc/PID/stat behind the command name; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def tree_of(pid):
    """The process and its descendants."""
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        found.append(parent)
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as file:
                    todo += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return found


def cpu_seconds(pid):
    """User and system time of a process tree, in ticks of 10 ms."""
    fields = filter(None, map(stat_fields, tree_of(pid)))
    return sum(int(f[i]) for f in fields for i in (11, 12, 13, 14)) / TICK


def foreign_cpu_seconds():
    """CPU time used so far by everybody but this program and its children: the machine may be
    shared. Kernel threads (write-back for instance) work for us as well and are left out."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, *_ = map(int, file.readline().split()[1:])
    kernel = (stat_fields(name) for name in os.listdir("/proc") if name.isdigit())
    kernel = sum(int(f[11]) + int(f[12]) for f in kernel if f and f[1] == "2")
    busy = user + nice + system + irq + softirq - kernel
    return busy / TICK - cpu_seconds(os.getpid())


class Process:
    """A server that this program started; it is ended by its id, and nothing else is."""

    def __init__(self, command, log, environment=None, stdout=None):
        with open(log, "ab") as output:
            self.popen = subprocess.Popen(command, stdout=stdout or output, stderr=output,
                                          env=environment)
        self.pid, self.log = self.popen.pid, log

    def await_port(self, port, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"{self.popen.args[0]} does not listen on {port}: {self.said()}")

    def said(self):
        """The end of its log."""
        return pathlib.Path(self.log).read_text(errors="replace")[-2000:]

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(15)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
