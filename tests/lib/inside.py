"""A network and a mount namespace of their own, and commands inside them.

Files and Unix sockets are shared with the outside. The namespaces live as long as their first process, which waits for
the test to close a pipe, and as what was started inside.
"""
import os
import subprocess

import berth


def usable():
    """Why no namespaces can be made here; None when they can."""
    if os.geteuid() != 0:
        return "needs root: a network namespace with port 443"
    done = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False)
    return f"needs namespaces: {done.stderr.strip()}" if done.returncode else None


class Inside:
    """`ca`, the path of a PEM file that every kind of program trusts, is the subclass's."""

    init = None

    def unshare(self, script, *arguments):
        """Makes the namespaces: `script` sets them up as their first process, says `ready` and reads to the end."""
        self.init = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                                      *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.init.stdout.readline() == "ready\n", "the namespaces cannot be set up"

    def leave(self):
        if self.init:
            self.init.stdin.close()
            self.init.wait(30)

    def inside(self, *command):
        return ["nsenter", "--target", str(self.init.pid), "--net", "--mount", "--", *map(str, command)]

    def environment(self, extra=None):
        """What makes each kind of program trust the CA; nothing of Berth's own settings leaks in."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("BERTH_", "AZURE_", "DOCKER_", "ARM_"))
                 and not k.lower().endswith("_proxy")}
        ca = str(self.ca)
        return {**clean, "SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca, "NODE_EXTRA_CA_CERTS": ca,
                "CURL_CA_BUNDLE": ca, **(extra or {})}

    def popen(self, *command, environment=None, **more):
        return subprocess.Popen(self.inside(*command), stdin=subprocess.DEVNULL, env=self.environment(environment),
                                **more)

    def try_run(self, *command, environment=None, stdin=None, timeout=180, cwd=None):
        return subprocess.run(self.inside(*command), input=stdin, capture_output=True, text=True, timeout=timeout,
                              env=self.environment(environment), check=False, cwd=cwd)

    def run(self, *command, **more):
        done = self.try_run(*command, **more)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def berth(self, *arguments, **more):
        return self.run(berth.binary(), *arguments, **more)

    def curl(self, *arguments):
        """(status, body) of a request with curl inside."""
        done = self.try_run("curl", "-sS", "-w", "\n%{http_code}", *arguments)
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body
