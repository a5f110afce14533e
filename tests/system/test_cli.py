"""The verbs of `berth` against a running server: over its socket as Owner, remotely with a login, and as the
programs that docker and the kubelet call."""

import json
import os
import shutil
import subprocess

import pytest

from faces import DOMAIN
from owner import NULL_GUID, ROLES, basic
from server import BINARY, run_berth
from oauth import SECRET


class Shell:
    """A home of its own, in which `berth` is run against the server with a domain."""

    def __init__(self, domain, home):
        self.domain, self.home = domain, home
        self.environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
                            "XDG_RUNTIME_DIR": str(home / "run"), "DOCKER_CONFIG": "",
                            "REGISTRY_AUTH_FILE": "", "PATH": os.environ["PATH"]}
        (home / "run/containers").mkdir(parents=True)

    def try_run(self, *words, stdin="", **environment):
        kept = {k: v for k, v in (self.environment | environment).items() if v}
        return subprocess.run([BINARY, *map(str, words)], input=stdin, capture_output=True, text=True,
                              timeout=60, env=kept, cwd=self.home, check=False)

    def run(self, *words, **more):
        done = self.try_run(*words, **more)
        assert done.returncode == 0, done
        return done.stdout

    def local(self, *words, **more):
        return self.run(*words, "--data", self.domain.data, **more)

    def json(self, *words, **more):
        return json.loads(self.local(*words, "--output", "json", **more))

    def refused(self, code, *words, **more):
        """What was said on standard error."""
        done = self.try_run(*words, "--data", self.domain.data, **more)
        assert done.returncode == code and done.stderr.strip(), done
        return done.stderr

    def docker_config(self):
        return json.loads((self.home / ".docker/config.json").read_text())


@pytest.fixture
def shell(domain, tmp_path):
    return Shell(domain, tmp_path)


# ---- resources

def test_registry(shell, name):
    made = shell.try_run("registry", "create", name, "--data", shell.domain.data)
    assert made.returncode == 0 and f"{name}.{DOMAIN}" in made.stdout + made.stderr
    assert "resolve" in made.stderr and "berth hosts" in made.stderr, made
    assert name in [each["name"] for each in shell.json("registry", "list")]
    assert name in shell.local("registry", "list", "--output", "tsv")
    assert name in shell.local("registry", "list")
    shell.local("registry", "update", name, "--admin-enabled", "true")
    assert shell.json("registry", "show", name)["properties"]["adminUserEnabled"] is True
    assert name in shell.refused(3, "registry", "create", name.upper()).lower()
    assert "--yes" in shell.refused(2, "registry", "delete", name)
    shell.local("registry", "delete", name, "--yes")
    assert name in shell.refused(3, "registry", "show", name)


def test_credential(shell, name):
    shell.domain.owner.create_registry(name, adminUserEnabled=True)
    shown = shell.json("credential", "show", name)
    renewed = shell.json("credential", "renew", name, "--password-name", "password2")
    assert shown["passwords"][0] == renewed["passwords"][0]
    assert shown["passwords"][1] != renewed["passwords"][1]
    with shell.domain.registry(name) as face:
        for told, status in ((renewed, 200), (shown, 401)):
            header = basic(name, told["passwords"][1]["value"])
            face.get("/v2/", Authorization=header).expect(status)


def test_token_and_scope_map(shell, name):
    shell.domain.owner.create_registry(name)
    where = ("--registry", name)
    shell.local("scope-map", "create", "readers", *where, "--repository", "app", "content/read")
    made = shell.json("token", "create", "pipeline", *where, "--scope-map", "readers")
    text = json.dumps(made)
    values = [each["value"] for each in made["credentials"]["passwords"]] \
        if "credentials" in made else [each["value"] for each in made["passwords"]]
    assert len(values) == 2 and all(value in text for value in values)
    with shell.domain.registry(name) as face:
        for value in values:
            face.get("/v2/app/manifests/v1", Authorization=basic("pipeline", value)).expect(404)
        face.get("/v2/tools/manifests/v1", Authorization=basic("pipeline", values[0])).expect(401, 403)
        shell.local("scope-map", "update", "readers", *where, "--add-repository", "tools",
                    "content/read")
        face.get("/v2/tools/manifests/v1", Authorization=basic("pipeline", values[0])).expect(404)
        shell.local("token", "update", "pipeline", *where, "--status", "disabled")
        face.get("/v2/tools/manifests/v1", Authorization=basic("pipeline", values[0])).expect(401)
    assert values[0] not in shell.local("token", "show", "pipeline", *where, "--output", "json")
    shell.local("token", "delete", "pipeline", *where, "--yes")
    shell.local("scope-map", "delete", "readers", *where, "--yes")
    assert [each["name"] for each in shell.json("token", "list", *where)] == []


def test_people(shell, name):
    shell.domain.owner.create_registry(name)
    made = shell.json("sp", "create", name, "--role", "AcrPull", "--registry", name)
    client = made.get("appId") or made["clientId"]
    secret = made.get("password") or made["secret"]
    with shell.domain.registry(name) as face:
        face.get("/v2/a/manifests/v1", Authorization=basic(client, secret)).expect(404)
        again = shell.json("sp", "reset", name)
        face.get("/v2/a/manifests/v1", Authorization=basic(client, secret)).expect(401)
        secret = again.get("password") or again["secret"]
        face.get("/v2/a/manifests/v1", Authorization=basic(client, secret)).expect(404)
        shell.local("user", "create", f"{name}-u", "--password-stdin", stdin=SECRET + "\n")
        person = basic(f"{name}-u@{DOMAIN}", SECRET)
        face.get("/v2/a/manifests/v1", Authorization=person).expect(401)
        shell.local("group", "create", f"{name}-g")
        shell.local("group", "add", f"{name}-g", f"{name}-u")
        shell.local("role", "assign", "AcrPull", "--assignee", f"{name}-g", "--registry", name)
        face.get("/v2/a/manifests/v1", Authorization=person).expect(404)
        assert "AcrPull" in shell.local("role", "list", "--registry", name)
        shell.local("group", "remove", f"{name}-g", f"{name}-u")
        face.get("/v2/a/manifests/v1", Authorization=person).expect(401)
    shell.local("user", "delete", f"{name}-u", "--yes")
    shell.local("group", "delete", f"{name}-g", "--yes")
    shell.local("sp", "delete", name, "--yes")
    assert name not in json.dumps(shell.json("sp", "list"))


def test_password_is_no_argument(shell, name):
    assert "--password-stdin" in shell.refused(2, "login", name, "-u", "x", "-p", "secret")


# ---- signing in

@pytest.mark.parametrize("typed", ("default", "localhost:PORT", "127.0.0.1:PORT", "FULL"))
def test_login_at_the_machine(shell, typed, name):
    if typed == "FULL":
        shell.domain.owner.create_registry(name)
        typed = shell.domain.login_server(name)
    typed = typed.replace("PORT", str(shell.domain.port))
    shown = shell.json("login", typed)
    server = shown["loginServer"]
    assert typed in (server, "default")
    stored = shell.docker_config()["auths"][server]["auth"]
    assert stored and (shell.home / ".docker/config.json").stat().st_mode & 0o777 == 0o600
    podman = json.loads((shell.home / "run/containers/auth.json").read_text())
    assert server in podman["auths"]
    header = f"Basic {stored}"
    if DOMAIN in server:
        with shell.domain.registry(server.split(".")[0]) as face:
            face.get("/v2/", Authorization=header).expect(200)
    else:
        with shell.domain.client(signed_in=False) as client:
            client.get("/v2/", Authorization=header, Host=server).expect(200)
    shell.local("logout", server)
    assert server not in shell.docker_config().get("auths", {})


def test_login_keeps_what_is_not_its_own(shell):
    (shell.home / ".docker").mkdir()
    config = shell.home / ".docker/config.json"
    config.write_text('{"auths":{"other.example":{"auth":"eDp5"}},"detachKeys":"ctrl-q"}')
    shell.local("login", f"localhost:{shell.domain.port}")
    after = shell.docker_config()
    assert after["auths"]["other.example"] == {"auth": "eDp5"} and after["detachKeys"] == "ctrl-q"
    config.write_text('{"auths":')
    said = shell.refused(3, "login", f"localhost:{shell.domain.port}")
    assert str(config) in said and config.read_text() == '{"auths":'


def test_login_uses_a_credential_helper(shell):
    """What the file names as a helper gets the credential, and the file does not."""
    (shell.home / ".docker").mkdir()
    (shell.home / ".docker/config.json").write_text('{"credsStore":"note"}')
    helper = shell.home / "docker-credential-note"
    helper.write_text(f"#!/bin/sh\n[ \"$1\" = store ] && cat > {shell.home}/stored\n")
    helper.chmod(0o755)
    shell.local("login", f"localhost:{shell.domain.port}", PATH=f"{shell.home}:{os.environ['PATH']}")
    stored = json.loads((shell.home / "stored").read_text())
    assert stored["Username"] == NULL_GUID and stored["Secret"].count(".") == 2
    assert stored["Secret"] not in (shell.home / ".docker/config.json").read_text()


def test_expose_token(shell):
    told = json.loads(shell.local("login", f"localhost:{shell.domain.port}", "--expose-token"))
    assert told["username"] == NULL_GUID and not (shell.home / ".docker").exists()
    with shell.domain.client(signed_in=False) as client:
        client.get("/v2/", Authorization=basic(NULL_GUID, told["accessToken"])).expect(200)


def test_upper_case_is_lowered(shell, name):
    shell.domain.owner.create_registry(name)
    full = shell.domain.login_server(name)
    done = shell.try_run("login", full.upper(), "--data", shell.domain.data)
    assert done.returncode == 0 and "lower case" in done.stderr, done
    assert list(shell.docker_config()["auths"]) == [full]


def test_login_with_a_password(shell):
    host = f"localhost:{shell.domain.port}"
    shell.domain.owner.arm("PATCH", shell.domain.owner.registry_id("default"),
                           {"properties": {"adminUserEnabled": True}}).expect(200)
    password = shell.json("credential", "show", "default")["passwords"][0]["value"]
    shell.run("login", host, "--username", "default", "--password-stdin", stdin=password)
    done = shell.try_run("login", host, "--username", "default", "--password-stdin", stdin="wrong")
    assert done.returncode == 3 and "authentication required" in done.stderr, done
    shell.domain.owner.arm("PATCH", shell.domain.owner.registry_id("default"),
                           {"properties": {"adminUserEnabled": False}}).expect(200)


def test_whoami(shell):
    told = shell.json("whoami")
    assert told["user"] == "Owner" and told["how"] == "socket"
    assert told["tenant"] == shell.domain.tenant() and DOMAIN in told["directory"]


def test_whoami_warns_of_an_ending_secret(shell, name):
    shell.json("sp", "create", name, "--expiration-in-days", "6")
    done = shell.try_run("whoami", "--data", shell.domain.data)
    assert done.returncode == 0 and name in done.stderr and "berth sp reset" in done.stderr, done
    shell.local("sp", "delete", name, "--yes")


# ---- names and trust

def test_names(shell, name):
    shell.domain.owner.create_registry(name)
    hosts = shell.local("hosts")
    for label in ("management", "login", "graph", "logs", name):
        assert f"{label}.{DOMAIN}" in hosts.split(), hosts
    file = shell.home / "hosts"
    file.write_text("192.0.2.1 kept.example\n")
    for _ in range(2):
        shell.local("hosts", "--write", "--file", file, "--address", "127.0.0.5")
    written = file.read_text()
    assert "192.0.2.1 kept.example" in written and written.count(f" {name}.{DOMAIN}") == 1
    assert json.loads(shell.local("cloud-config"))["endpoints"]["activeDirectory"].endswith("/adfs")
    assert shell.local("ca", "export") == shell.domain.owner.ca()
    for client in ("docker", "containerd", "podman", "az", "curl", "node", "system"):
        said = shell.local("trust", client)
        assert "BEGIN CERTIFICATE" in said or "berth ca export" in said, said
    assert shell.refused(2, "trust", "abacus")


# ---- remote

def test_remote_login(shell, name, tmp_path):
    """Without the socket: a login to the management face, then verbs and registries by name."""
    resolver = tmp_path / "hosts"
    if not resolvable():
        pytest.skip("needs a mount namespace to resolve the names")
    domain = shell.domain
    domain.owner.create_registry(name)
    client, secret, _ = domain.owner.create_principal(name, ROLES["Contributor"])
    resolver.write_text("127.0.0.1 localhost " + " ".join(
        f"{label}.{DOMAIN}" for label in ("management", "login", "graph", name)) + "\n")
    ca = tmp_path / "ca.pem"
    ca.write_text(domain.owner.ca())
    elsewhere = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"',
                 resolver, BINARY]

    def run(*words, stdin=""):
        kept = {k: v for k, v in shell.environment.items() if v}
        return subprocess.run([*map(str, elsewhere), *words], input=stdin, capture_output=True,
                              text=True, timeout=60, env=kept, cwd=tmp_path, check=False)

    url = domain.url("management")
    done = run("login", "--server", url, "--service-principal", "--username", client,
               "--password-stdin", "--ca-file", str(ca), stdin=secret)
    assert done.returncode == 0, done
    logins = shell.home / "config/berth/logins.json"
    assert secret not in logins.read_text() and logins.stat().st_mode & 0o777 == 0o600
    listed = run("registry", "list", "--server", url, "--output", "json")
    assert name in [each["name"] for each in json.loads(listed.stdout)], listed
    assert json.loads(run("whoami", "--output", "json").stdout)["user"] == client
    refused = run("role", "assign", "AcrPull", "--assignee", client, "--registry", name)
    assert refused.returncode == 3 and "authorization" in refused.stderr.lower(), refused
    exposed = json.loads(run("login", name, "--expose-token").stdout)
    with domain.registry(name) as face:
        face.get("/v2/", Authorization=basic(NULL_GUID, exposed["accessToken"])).expect(200)
    wrong = run("login", "--server", url, "--service-principal", "--username", client,
                "--password-stdin", "--ca-file", str(ca), stdin=secret + "x")
    assert wrong.returncode == 3 and "AADSTS7000215" in wrong.stderr, wrong
    assert run("logout", "--server", url).returncode == 0
    assert run("registry", "list", "--server", url).returncode != 0


def resolvable():
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False,
                                                capture_output=True).returncode == 0


# ---- programs that others call

def test_docker_credential_helper(shell, name):
    shell.domain.owner.create_registry(name)
    link = shell.home / "docker-credential-berth"
    link.symlink_to(BINARY)
    shell.local("login", f"localhost:{shell.domain.port}")  # from here on the server is known

    def helper(word, stdin):
        kept = {k: v for k, v in shell.environment.items() if v}
        return subprocess.run([link, word], input=stdin, capture_output=True, text=True, timeout=60,
                              env=kept, cwd=shell.home, check=False)

    full = shell.domain.login_server(name)
    told = json.loads(helper("get", full + "\n").stdout)
    assert told["ServerURL"] == full and told["Username"] == NULL_GUID
    with shell.domain.registry(name) as face:
        face.get("/v2/", Authorization=basic(NULL_GUID, told["Secret"])).expect(200)
    missing = helper("get", "registry.example.com")
    assert missing.returncode == 1
    assert missing.stdout.strip() == "credentials not found in native keychain"
    stored = {"ServerURL": "other.example", "Username": "u", "Secret": "s"}
    assert helper("store", json.dumps(stored)).returncode == 0
    assert json.loads(helper("get", "other.example").stdout) == stored
    assert json.loads(helper("list", "").stdout)["other.example"] == "u"
    assert helper("erase", "other.example").returncode == 0
    assert helper("get", "other.example").returncode == 1


def test_kubelet_plugin(shell, name):
    shell.domain.owner.create_registry(name)
    link = shell.home / "berth-credential-provider"
    link.symlink_to(BINARY)
    request = {"apiVersion": "credentialprovider.kubelet.k8s.io/v1",
               "kind": "CredentialProviderRequest", "image": f"{shell.domain.login_server(name)}/app:1"}

    def plugin(given):
        kept = {k: v for k, v in shell.environment.items() if v}
        return subprocess.run([link, "--data", shell.domain.data], input=json.dumps(given), text=True,
                              capture_output=True, timeout=60, env=kept, check=False)

    done = plugin(request)
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    assert told["kind"] == "CredentialProviderResponse" and told["cacheKeyType"] == "Registry"
    assert told["apiVersion"] == request["apiVersion"] and told["cacheDuration"].endswith("s")
    auth = told["auth"][shell.domain.login_server(name)]
    with shell.domain.registry(name) as face:
        face.get("/v2/", Authorization=basic(auth["username"], auth["password"])).expect(200)
    assert plugin({**request, "kind": "Other"}).returncode == 1
    assert plugin({**request, "image": "absentregistry." + DOMAIN + "/app"}).returncode == 1


# ---- without a server

@pytest.mark.parametrize("words", (("registry", "list"), ("login", "localhost:1"), ("whoami",)))
def test_no_server(tmp_path, words):
    done = run_berth(*words, "--data", tmp_path / "absent", HOME=str(tmp_path))
    assert done.returncode == 3 and done.stderr.strip(), done


def test_completion_knows_the_verbs(shell):
    if not shutil.which("bash"):
        pytest.skip("bash is not on this machine")
    script = shell.run("completion", "bash")
    for verb in ("registry", "scope-map", "docker-credential", "cloud-config"):
        assert verb in script
