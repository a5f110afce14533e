"""Berth in the lab: `berth serve` at the place `reg`, with a listener for every way that the tests come on."""
import json
import time

import berth
from topology import EDGE, PUBLIC, PUBLIC6, PUBLIC_DATA

DOMAIN = "berth.test"
# Private addresses, by listener: what a private endpoint's address leads to, and what proxies are sent to.
LISTENERS = {
    "private": dict(address=["10.10.9.4:443", "10.10.9.5:443", "10.10.9.14:443", "10.10.9.15:443"], interface="eth1"),
    "only-data": dict(address="10.10.9.24:443", faces=["data"]),
    "only-rest": dict(address="10.10.9.25:443", faces=["registry"]),
    "proxied": dict(address="10.10.9.34:443", proxy_protocol_from=[EDGE]),
    "forwarded": dict(address="10.10.9.35:443", forwarded_from=[EDGE]),
    "rfc7239": dict(address="10.10.9.36:443", forwarded_from=[f"{EDGE}/32"], forwarded_header="forwarded"),
    "services": dict(address="10.10.9.44:443"),
    "subnet": dict(address="10.10.9.46:443"),
    "partners": dict(address="10.10.9.54:443"),  # and client_cas, which is a file of this run
}
TRUSTED = [
    dict(kind="container-instances", networks=["10.20.0.0/26"], listeners=["services"]),
    dict(kind="scanner", networks=["10.20.0.64/26"]),
    dict(kind="app-service", networks=["10.20.0.128/26"]),
    dict(kind="tasks", networks=["10.20.0.192/26"]),
    dict(kind="machine-learning", client_cas=["partner"]),
]


def toml_value(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


def toml(sections):
    """TOML of [(header, {key: value})]."""
    return "\n".join(f"{header}\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in values.items())
                     for header, values in sections)


class LabServer:
    def __init__(self, place, client_ca):
        self.place, self.process = place, None
        self.client_ca = client_ca
        self.log = berth.LOGS / "server-network.log"
        self.config = place.folder / "berth.toml"

    def sections(self, network):
        listeners = {**LISTENERS, "partners": {**LISTENERS["partners"], "client_cas": {"partner": str(self.client_ca)}}}
        return [
            ("[server]", {"data": str(self.place.data), "domain": DOMAIN, "drain": "2s"}),
            ("[tls]", {"mode": "auto", "listen": [f"{PUBLIC}:443", f"{PUBLIC_DATA}:443", f"[{PUBLIC6}]:443"]}),
            ("[log]", {"format": "json", "requests": "all"}),
            ("[network]", {"public_addresses": [PUBLIC, PUBLIC_DATA], **network}),
            *[("[[listener]]", {"name": name, **values}) for name, values in listeners.items()],
            *[("[[trusted_service]]", values) for values in TRUSTED]]

    def start(self, **network):
        """`network`: keys of [network] that differ from the defaults."""
        berth.LOGS.mkdir(parents=True, exist_ok=True)
        self.config.write_text(toml(self.sections(network)))
        self.process = self.place.daemon(berth.binary(), "serve", "--config", self.config, log=self.log)
        ready = ["curl", "-fsS", "-o", "/dev/null", "http://localhost:5001/readyz"]
        berth.wait_until(lambda: self.place.try_run(*ready).returncode == 0, 60, f"server, log {self.log}",
                         lambda: self.process.poll() is None)
        return self

    def stop(self):
        """A sanitizer that found something makes the exit code differ from 0."""
        if self.process is None:
            return
        process, self.process = self.process, None
        code = self.place.stop(process, 30)
        if code != 0:
            raise RuntimeError(f"the server ended with {code}: {self.log.read_text(errors='replace')[-4000:]}")

    def restart(self, **network):
        self.stop()
        self.start(**network)

    # ---- its log
    def mark(self):
        """Where the log ends; the server writes lines that come close together up to 5 ms late."""
        size = self.log.stat().st_size
        for _ in range(40):
            time.sleep(0.05)
            before, size = size, self.log.stat().st_size
            if before == size:
                break
        return size

    def lines_since(self, mark):
        """The log's lines after a mark(), as objects."""
        self.mark()  # waits for lines on their way
        with open(self.log, "rb") as file:
            file.seek(mark)
            whole = file.read().decode(errors="replace")
        return [json.loads(line) for line in whole.splitlines(keepends=True)
                if line.startswith("{") and line.endswith("\n")]
