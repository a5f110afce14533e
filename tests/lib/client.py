"""Running a real client with an environment of its own: on this machine, or inside a world or a place of the lab."""
import os
import subprocess


class Client:
    """Runs one program with fixed leading arguments and an environment that leaks nothing to the user's."""

    def __init__(self, program, home, leading=(), environment=None):
        self.program, self.leading = program, list(leading)
        self.environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "TMPDIR": str(home),
                            "REGISTRY_AUTH_FILE": str(home / "auth.json"), **(environment or {})}
        (home / "auth.json").write_text("{}")

    def try_run(self, *arguments, stdin=None, timeout=180):
        return subprocess.run([self.program, *self.leading, *map(str, arguments)], input=stdin, capture_output=True,
                              text=True, timeout=timeout, env=self.environment, check=False)

    def sign_in(self, server, *arguments, **more):
        """`login` with the owner's credential, in the client's own way: the password never is an argument."""
        user, password = server.credentials()
        self.run(*arguments, "--username", user, "--password-stdin", server.host, stdin=password, **more)
        return self

    def run(self, *arguments, **more):
        """Standard output; fails with everything the client said."""
        done = self.try_run(*arguments, **more)
        assert done.returncode == 0, f"{self.program} {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def fails(self, *arguments, **more):
        """What the client said when it was refused; fails when it was not."""
        done = self.try_run(*arguments, **more)
        assert done.returncode != 0, f"{self.program} {' '.join(map(str, arguments))} should fail:\n{done.stdout}"
        return done.stdout + done.stderr


class InsideClient(Client):
    """The same inside a world: its names, its port 443, its CA."""

    def __init__(self, inside, program, home, leading=(), environment=None):
        super().__init__(program, home, leading, environment)
        self.inside = inside
        self.settings = {key: value for key, value in self.environment.items() if os.environ.get(key) != value}

    def try_run(self, *arguments, stdin=None, timeout=180, **settings):
        return self.inside.try_run(self.program, *self.leading, *arguments, stdin=stdin, timeout=timeout,
                                   environment={**self.settings, **settings}, cwd=self.settings["HOME"])
