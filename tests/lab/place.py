"""One host of the lab: namespaces of its own, an address, a resolver, and the programs and sockets used there.

Whatever is started here ends with the tests, even with tests that are killed: the first process waits for its standard
input to end, and then ends what is left in its network namespace. Nothing is attached to the machine's own. Names come
from DNS alone: the hosts file knows localhost only.
"""
import ctypes
import os
import socket
import subprocess
import threading

from inside import Inside

INIT = """
set -e
echo 0 | tee /proc/sys/net/ipv4/conf/all/rp_filter > /proc/sys/net/ipv4/conf/default/rp_filter
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
mount -t tmpfs none /etc/docker 2>/dev/null || true
echo ready
cat > /dev/null
own=$(readlink /proc/self/ns/net)
for process in /proc/[0-9]*; do
  id=${process#/proc/}
  if [ "$id" != $$ ] && [ "$(readlink "$process/ns/net")" = "$own" ]; then kill -9 "$id"; fi
done 2> /dev/null
"""
CLONE_NEWNET = 0x40000000


class Place(Inside):
    def __init__(self, lab, name, resolver):
        self.lab, self.name = lab, name
        self.folder = lab.folder / name
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.ca, self.data, self.owner = lab.ca, lab.data, lab.owner
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        self.resolver = resolver
        (self.folder / "resolv.conf").write_text(f"nameserver {resolver}\noptions timeout:2 attempts:1\n")
        self.daemons = []
        self.unshare(INIT, self.folder)

    def daemon(self, *command, log, **more):
        """Starts a program that runs until stop(), or until the tests end."""
        with open(log, "ab") as output:
            made = self.popen(*command, stdout=output, stderr=output, **more)
        self.daemons.append(made)
        return made

    def stop(self, process, seconds=20):
        """SIGTERM; returns the exit code. A program that does not end is killed."""
        process.terminate()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            self.daemons.remove(process)

    def close(self):
        for process in reversed(self.daemons[:]):
            self.stop(process)
        self.leave()

    def batch(self, *commands):
        """Several lines of `ip`, all or none wrong."""
        self.run("ip", "-batch", "-", stdin="\n".join(commands) + "\n")

    def socket(self, address, port, timeout=30):
        """A TCP connection that begins here, for use anywhere: a socket keeps the namespace that it was made in."""
        made = []

        def connect():
            with open(f"/proc/{self.init.pid}/ns/net", "rb") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                    made.append(OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno())))
                    return
            try:
                made.append(socket.create_connection((address, port), timeout))
            except OSError as error:
                made.append(error)

        # The thread is thrown away, so that no other code ever runs in the place's namespace.
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]
