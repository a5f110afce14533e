"""One port, six faces: names, certificates, and what a connection for one name may not do for another."""

import itertools
import socket
import ssl
import subprocess

import pytest

from faces import DOMAIN, DomainServer, Face, arm_refused
from owner import basic
from server import run_berth, wait_for

LABELS = ("management", "login", "graph", "logs")


@pytest.fixture(scope="module")
def registry(domain):
    domain.owner.create_registry("facesreg")
    return "facesreg"


@pytest.mark.parametrize("label,other", itertools.combinations((*LABELS, "facesreg"), 2))
def test_sni_and_host_name_the_same_face(domain, registry, label, other):
    with domain.face(label, host=f"{other}.{DOMAIN}") as face:
        assert face.get("/v2/").status == 421
    with domain.face(other, host=f"{label}.{DOMAIN}") as face:
        assert face.get("/v2/").status == 421


def test_one_registry_behind_another(domain, registry, name):
    domain.owner.create_registry(name)
    with domain.face(registry, host=f"{name}.{DOMAIN}",
                     authorization=domain.owner.basic(name)) as face:
        face.get("/v2/").refused(421, "DENIED")


@pytest.mark.parametrize("host", (DOMAIN, f"absent.{DOMAIN}", "evil.example", "localhost",
                                  f"{DOMAIN}.evil.example", f"a.b.c.{DOMAIN}", "127.0.0.1"))
def test_unknown_hosts(domain, host):
    relaxed = ssl.create_default_context(cadata=domain.owner.ca())
    relaxed.check_hostname = False  # the certificate cannot name what does not exist
    with Face(domain.tls_port, host, relaxed) as face:
        face.get("/v2/").expect(404, 421)


def test_no_sni(domain, registry):
    relaxed = ssl.create_default_context(cadata=domain.owner.ca())
    relaxed.check_hostname = False
    with socket.create_connection(("127.0.0.1", domain.tls_port), 10) as plain:
        with relaxed.wrap_socket(plain) as wrapped:
            wrapped.sendall(f"GET /v2/ HTTP/1.1\r\nHost: {registry}.{DOMAIN}\r\n\r\n".encode())
            assert wrapped.recv(100).split(b" ")[1] == b"401"  # Host alone says whom it is for


@pytest.mark.parametrize("host", ("NAME.DOMAIN:PORT", "NAME.DOMAIN:443", "NAME.DOMAIN.",
                                  "NAME.DOMAIN"))
def test_host_with_port_and_dot(domain, registry, host):
    written = host.replace("NAME", registry.title()).replace("DOMAIN", DOMAIN).replace(
        "PORT", str(domain.tls_port))
    with domain.face(registry, host=written, authorization=domain.owner.basic(registry)) as face:
        face.get("/v2/").expect(200)


def test_challenge(domain, registry):
    with domain.registry(registry) as face:
        answer = face.get("/v2/").refused(401, "UNAUTHORIZED")
    host = domain.login_server(registry)
    assert answer.header("WWW-Authenticate") == (
        f'Bearer realm="https://{host}/oauth2/token",service="{host}"')
    assert answer.header("Strict-Transport-Security")


@pytest.mark.parametrize("label", ("logs", "facesreg.local.data"))
def test_faces_of_later(domain, registry, label):
    """They exist by name and have nothing yet."""
    region = domain.owner.info()["region"]
    with domain.face(label.replace("local", region)) as face:
        face.get("/v1/workspaces").expect(404)


@pytest.mark.parametrize("label,path", (("management", "/v2/"), ("login", "/subscriptions"),
                                        ("graph", "/oauth2/token"), ("facesreg", "/subscriptions"),
                                        ("facesreg", "/berth/v1/info"), ("management", "/gc"),
                                        ("management", "/berth/v1/registryToken")))
def test_a_face_knows_its_own_paths_only(domain, registry, label, path):
    with domain.face(label, authorization=domain.owner.basic("facesreg")) as face:
        face.get(path).expect(401, 404)


def test_laptop_face_beside(domain, registry):
    """Plain HTTP is the registry `default` alone, under its own names."""
    with domain.client() as client:
        client.get("/v2/").expect(200)
        client.get("/v2/", Host=f"{registry}.{DOMAIN}").refused(421, "DENIED")
        client.get("/v2/", Authorization=domain.owner.basic(registry)).refused(401, "UNAUTHORIZED")


# ---- certificates

def presented(domain, label):
    with socket.create_connection(("127.0.0.1", domain.tls_port), 10) as plain:
        with domain.context.wrap_socket(plain, server_hostname=f"{label}.{DOMAIN}") as wrapped:
            return wrapped.getpeercert()


def test_certificate(domain, registry):
    shown = presented(domain, registry)
    names = {value for kind, value in shown["subjectAltName"] if kind == "DNS"}
    region = domain.owner.info()["region"]
    assert {f"*.{DOMAIN}", f"*.{region}.data.{DOMAIN}"} <= names, names
    text = subprocess.run(["openssl", "x509", "-noout", "-text"], input=domain.owner.ca(), text=True,
                          capture_output=True, check=True).stdout
    assert "CA:TRUE" in text and "Certificate Sign" in text
    assert presented(domain, "management")["serialNumber"] == shown["serialNumber"]


def test_authority_survives_a_restart(tmp_path):
    server = DomainServer(tmp_path).start()
    try:
        first = server.owner.ca()
        token = server.basic()
        assert server.stop() == 0
        server.start()
        assert server.owner.ca() == first
        with server.client(signed_in=False) as client:  # and so do the keys of tokens
            client.get("/v2/", Authorization=token).expect(200)
        keys = [path for path in server.data.rglob("*") if path.is_file() and b"PRIVATE KEY" in
                path.read_bytes()]
        assert all(path.stat().st_mode & 0o077 == 0 for path in keys), keys
    finally:
        server.finish()


@pytest.mark.parametrize("arguments,word", (
    (("--domain", "berth"), "label"), (("--domain", "-x.test"), "domain"),
    (("--tls", "auto"), "domain"),
    (("--tls", "magic", "--domain", DOMAIN), "auto"),
    (("--domain", DOMAIN, "--tls", "auto", "--tls-cert", "x", "--tls-key", "y"), "auto")))
def test_contradictions(tmp_path, arguments, word):
    done = run_berth("serve", "--data", tmp_path / "data", "--listen", "localhost:0",
                     "--tls-listen", "127.0.0.1:0", "--operations", "localhost:0", *arguments,
                     timeout=10)
    assert done.returncode == 2 and word in done.stderr, done


def test_correlation_id_on_every_face(domain, registry):
    for label in (*LABELS, registry):
        with domain.face(label) as face:
            answer = face.get("/nothing-is-here")
            wanted = answer.header("X-Ms-Correlation-Request-Id")
            assert wanted, answer
            wait_for(lambda: wanted in domain.log(), f"{label} logs its requests")


def test_wrong_password_on_a_face_is_not_the_others_business(domain, registry):
    with domain.registry(registry) as face:
        face.get("/v2/", Authorization=basic("x", "y")).expect(401)
    with domain.arm() as arm:
        answer = arm.get("/subscriptions?api-version=2019-11-01",
                         Authorization=domain.owner.basic(registry))
        arm_refused(answer, 401, None)
