"""The network lab: places (topology.py), two views of DNS, proxies, and Berth with one registry in the middle of it.

    with Lab() as lab:
        lab.places["a"].run("skopeo", …)

Runs as root only. State is in one temporary folder; nothing outlives close(), which also runs when the set-up fails.
"""
import contextlib
import pathlib
import shutil
import tempfile

import berth
from inside import usable
from names import View
from owner import Owner
from place import Place
from proxies import make_certificate, start_haproxy, start_squid
from server import DOMAIN, LabServer
from topology import LINKS, PRIVATE_DNS, PUBLIC, PUBLIC_DATA, PUBLIC_DNS, SERVICE, Router

PROGRAMS = {"ip": "iproute2", "nft": "nftables", "dnsmasq": "dnsmasq-base", "skopeo": "skopeo", "curl": "curl",
            "openssl": "openssl"}
PUBLIC_NAMES = ("pub", "services", "edge", "reg")


def why_not():
    """What is missing for a lab here; None when nothing is."""
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    return usable() or (f"needs {', '.join(missing)}" if missing else None)


class Lab:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="berth-lab-"))
        self.folder.chmod(0o711)  # squid runs as another user
        self.data = self.folder / "data"
        self.berth_ca, self.ca = self.folder / "berth-ca.pem", self.folder / "ca.pem"
        self.owner = Owner(self.data)
        self.places, self.server = {}, None
        self.squid = None
        self.haproxy = False

    def __enter__(self):
        try:
            berth.LOGS.mkdir(parents=True, exist_ok=True)
            self.make_places()
            self.certificates = self.folder / "certificates"
            self.certificates.mkdir()
            make_certificate(self.certificates, "partner-ca")
            self.server = LabServer(self.places["reg"], self.certificates / "partner-ca.crt")
            self.server.log.unlink(missing_ok=True)
            self.server.start()
            self.trust()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def make_places(self):
        for name in LINKS:
            self.places[name] = Place(self, name, PUBLIC_DNS if name in PUBLIC_NAMES else PRIVATE_DNS)
        router = self.places["router"] = Place(self, "router", PUBLIC_DNS)
        self.router = Router(router)
        self.router.connect(self.places)
        self.public = View(router, "public", PUBLIC_DNS, (DOMAIN, PUBLIC))
        self.private = View(router, "private", PRIVATE_DNS, (DOMAIN, PUBLIC))
        for view in (self.public, self.private):
            view.records = {data_host("registry"): [PUBLIC_DATA]}
            view.apply()

    def trust(self):
        """The clients' file of authorities: Berth's own, and that of the front ends which end TLS themselves."""
        self.berth_ca.write_text(self.owner.ca())
        make_certificate(self.certificates, "front-ca")
        make_certificate(self.certificates, "front", f"*.{DOMAIN}", f"*.local.data.{DOMAIN}", ca="front-ca")
        self.ca.write_text(self.berth_ca.read_text() + (self.certificates / "front-ca.crt").read_text())

    def close(self):
        """Everything is ended, also when something of it fails; the first failure is told."""
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            for place in self.places.values():
                stack.callback(place.close)
            if self.server:
                stack.callback(self.server.stop)

    # ---- what a test asks for
    def proxy_url(self):
        if self.squid is None:
            self.squid, _ = start_squid(self.places["proxy"])
        return self.squid

    def front_ends(self):
        if not self.haproxy:
            start_haproxy(self.places["edge"], self.certificates)
            self.haproxy = True

    def speak_as(self, kind):
        """From now on the place `services` speaks from the addresses of services of this kind."""
        self.places["services"].batch(f"route replace default via 10.20.0.1 dev eth0 src {SERVICE[kind]} metric 1")

    @contextlib.contextmanager
    def with_server(self, **network):
        """The server with other keys of [network] for a while; both are restarts."""
        self.server.restart(**network)
        try:
            yield
        finally:
            self.server.restart()


def data_host(registry):
    return f"{registry}.local.data.{DOMAIN}"
