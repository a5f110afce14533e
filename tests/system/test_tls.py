"""The HTTPS listener: versions, and certificates that change while it serves."""

import signal
import socket
import ssl
import subprocess
import warnings

import pytest

from faces import DOMAIN, Face
from registry import digest_of, make_bytes
from server import wait_for


def make_certificate(folder, name):
    """A self-signed pair; returns (certificate, key)."""
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                    "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName=DNS:localhost,DNS:*.{DOMAIN},IP:127.0.0.1"],
                   check=True, capture_output=True)
    return cert, key


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate)


def served_certificate(port):
    """The certificate that a new connection sees, as PEM."""
    return ssl.get_server_certificate(("127.0.0.1", port), timeout=10)


def only(version):
    """A client context that offers this TLS version alone, old ones included."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


@pytest.fixture
def tls(tmp_path, start):
    cert, key = make_certificate(tmp_path, "first")
    server = start(arguments=["--domain", DOMAIN, "--tls-listen", "localhost:0", "--tls-cert",
                              str(cert), "--tls-key", str(key)])
    server.cert, server.key = cert, key
    return server


def over_tls(server):
    """The registry `default` over HTTPS, signed in."""
    return Face(server.tls_port, f"default.{DOMAIN}", trusting(server.cert),
                authorization=server.basic())


def test_push_and_pull(tls):
    content = make_bytes("tls", (3 << 20) + 7)
    with over_tls(tls) as client:
        for mode in ("mono", "streamed", "chunked"):
            client.push_blob("a/b", content, mode)
        target = f"/v2/a/b/blobs/{digest_of(content)}"
        assert client.get(target).expect(200).body == content
        assert client.get(target, Range="bytes=1048570-2097160").expect(206).body == (
            content[1048570:2097161])
    with tls.client() as plain:
        assert plain.get(target).expect(200).body == content


@pytest.mark.parametrize("version,accepted", ((ssl.TLSVersion.TLSv1, False),
                                              (ssl.TLSVersion.TLSv1_1, False),
                                              (ssl.TLSVersion.TLSv1_2, True),
                                              (ssl.TLSVersion.TLSv1_3, True)))
def test_versions(tls, version, accepted):
    context = only(version)
    with socket.create_connection(("127.0.0.1", tls.tls_port), 10) as plain:
        if accepted:
            with context.wrap_socket(plain, server_hostname=f"default.{DOMAIN}") as wrapped:
                assert wrapped.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[
                    version.name]
        else:  # the alert shows that it was the server that refused
            with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION|protocol version"):
                context.wrap_socket(plain, server_hostname=f"default.{DOMAIN}")


def test_plain_http_on_the_tls_port(tls):
    with socket.create_connection(("127.0.0.1", tls.tls_port), 10) as plain:
        plain.sendall(b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP/1.1 200")
    with over_tls(tls) as client:
        client.get("/v2/").expect(200)


def test_reload(tls, tmp_path):
    first = tls.cert.read_text()
    assert served_certificate(tls.tls_port).strip() == first.strip()
    with over_tls(tls) as kept:
        kept.get("/v2/").expect(200)
        cert, key = make_certificate(tmp_path, "second")
        second = cert.read_text()
        tls.cert.write_text(second)
        tls.key.write_text(key.read_text())
        assert served_certificate(tls.tls_port).strip() == first.strip()
        tls.signal(signal.SIGHUP)
        wait_for(lambda: served_certificate(tls.tls_port).strip() == second.strip(),
                 "the new certificate is served")
        kept.get("/v2/").expect(200)  # a connection outlives the reload


@pytest.mark.parametrize("damage", ("garbage", "other key", "absent"))
def test_broken_certificate_keeps_the_old(tls, tmp_path, damage):
    first = tls.cert.read_text()
    if damage == "garbage":
        tls.cert.write_text("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n")
    elif damage == "other key":
        tls.key.write_text(make_certificate(tmp_path, "other")[1].read_text())
    else:
        tls.cert.unlink()
    known = len(tls.log_lines())
    tls.signal(signal.SIGHUP)
    complaints = lambda: [line for line in tls.log_lines()[known:]
                          if line["level"] in ("error", "warning")]
    wait_for(complaints, "the log says what is wrong with the certificate")
    assert str(tls.cert) in tls.log() or str(tls.key) in tls.log()
    assert served_certificate(tls.tls_port).strip() == first.strip()


def test_start_with_a_broken_certificate(tmp_path, start):
    cert, key = make_certificate(tmp_path, "broken")
    cert.write_text("nothing")
    with pytest.raises(AssertionError, match="ended with [1-9]") as failure:
        start(arguments=["--domain", DOMAIN, "--tls-listen", "localhost:0", "--tls-cert",
                         str(cert), "--tls-key", str(key)])
    assert str(cert) in str(failure.value)
