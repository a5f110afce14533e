"""Split-horizon DNS: two dnsmasq on the router, each with records that a test may switch.

A view answers every name below the domain with the public address, as a wildcard record would, unless a record says
otherwise. A change is in force when the call returns; nothing is cached.
"""
import contextlib

import berth

CONFIG = """no-resolv
no-hosts
bind-interfaces
listen-address={address}
cache-size=0
local=/test/
"""


class View:
    def __init__(self, place, name, address, wildcard):
        self.place, self.name, self.address = place, name, address
        self.records, self.wildcard, self.lines = {}, wildcard, ""
        self.log = berth.LOGS / f"dnsmasq-{name}.log"
        self.process = None
        self.apply()

    def config(self):
        text = CONFIG.format(address=self.address)
        domain, address = self.wildcard
        text += f"address=/{domain}/{address}\n"
        for name, addresses in self.records.items():
            # No address: the name does not exist, whatever the wildcard says.
            text += "".join(f"address=/{name}/{each}\n" for each in addresses or [""])
        return text + self.lines

    def apply(self):
        """Writes the configuration and starts the daemon anew."""
        if self.process:
            self.place.stop(self.process)
        file = self.place.folder / f"dnsmasq-{self.name}.conf"
        file.write_text(self.config())
        self.log.write_text("")
        self.process = self.place.daemon("dnsmasq", "--keep-in-foreground", "--user=root", f"--conf-file={file}",
                                         "--pid-file=", "--log-facility=-", log=self.log)
        berth.wait_until(lambda: "started, version" in self.log.read_text(), 10, f"dnsmasq, log {self.log}",
                         lambda: self.process.poll() is None)

    @contextlib.contextmanager
    def with_records(self, records, lines=""):
        """For a while: name → address, several, or None for a name that does not exist; `lines` as dnsmasq reads them."""
        before = self.records, self.lines
        made = {name: [value] if isinstance(value, str) else list(value or []) for name, value in records.items()}
        self.records, self.lines = {**self.records, **made}, self.lines + lines
        try:
            self.apply()
            yield
        finally:
            self.records, self.lines = before
            self.apply()
