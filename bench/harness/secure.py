"""Berth and nginx behind TLS: one certificate, the same protocols and ciphers, keep-alive.

wrk and curl send the name in their URL as SNI, so the names are resolved: harness/hosts stands for
/etc/hosts in the namespace of a run.
"""

import os
import ssl
import subprocess
import urllib.parse

from faces import DOMAIN, Face
from machine import Process, free_port
from targets import NGINX_BASE, Berth, Target

DATA_NAME = f"default.local.data.{DOMAIN}"
# Berth's own, to be the same for both.
PROTOCOLS = "TLSv1.2 TLSv1.3"

SERVER = """  server {{
    listen 127.0.0.1:{port} ssl backlog=1024; default_type application/json;
    ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols {protocols};
    {locations}
  }}
"""


class Certificate:
    """A self-signed one for all names of the run."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        names = f"subjectAltName=DNS:*.{DOMAIN},DNS:{DATA_NAME}"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}",
                        "-addext", names, "-keyout", self.key, "-out", self.cert],
                       check=True, capture_output=True)

    def context(self):
        return ssl.create_default_context(cafile=self.cert)


class SecureBerth(Berth):
    """`url` is HTTPS to the registry `default`; pushes and tokens go over the plain port."""

    def __init__(self, folder, binary, certificate):
        self.https, self.certificate = free_port(), certificate
        super().__init__(folder, binary, "--domain", DOMAIN, "--tls-cert", certificate.cert,
                         "--tls-key", certificate.key, "--tls-listen", f"127.0.0.1:{self.https}")
        self.name = "berth, TLS"
        self.registry = self.owner.registry_id("default")

    @property
    def url(self):
        return f"https://default.{DOMAIN}:{self.https}"

    def set(self, **properties):
        self.owner.arm("PATCH", self.registry, {"properties": properties}).expect(200)

    def get(self, path):
        """One answer over TLS, without a credential."""
        return Face(self.https, f"default.{DOMAIN}", self.certificate.context()).get(path)


class SecureNginx(Target):
    """Answers each path as it is told: {path: (status, headers, body)}."""

    def __init__(self, folder, certificate, answers):
        super().__init__("nginx", folder)
        self.port = free_port()
        locations = "\n    ".join(location(path, *answer) for path, answer in answers.items())
        config = self.folder / "nginx.conf"
        config.write_text(NGINX_BASE.format(
            cores=os.cpu_count(), folder=self.folder,
            user="user root;" if os.geteuid() == 0 else "",
            servers=SERVER.format(port=self.port, cert=certificate.cert, key=certificate.key,
                                  protocols=PROTOCOLS, locations=locations)))
        self.process = Process(["nginx", "-c", str(config), "-p", str(self.folder)],
                               self.folder / "log")
        self.process.await_port(self.port)

    @property
    def url(self):
        return f"https://nginx.{DOMAIN}:{self.port}"


# Of nginx itself, or about one connection or answer only.
OWN = {"server", "date", "connection", "content-length", "content-type", "location"}


def quoted(text):
    if "$" in text:
        raise RuntimeError(f"nginx would take this for a variable: {text}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def location(path, status, headers, body):
    """`return`, with the headers that Berth sends, too."""
    more = " ".join(f"add_header {name} {quoted(value)} always;" for name, value in headers.items()
                    if name.lower() not in OWN)
    return f"location = {urllib.parse.urlsplit(path).path} {{ {more} return {status} {quoted(body)}; }}"
