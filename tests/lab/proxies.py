"""The proxies of the lab, each started when a test first needs it: squid for clients, HAProxy and relays in front of Berth."""
import contextlib
import pathlib
import shutil
import subprocess
import sys

import berth
from topology import EDGE_PUBLIC

SQUID = """http_port 10.10.3.10:{port}
acl CONNECT method CONNECT
{access}
http_access deny all
cache deny all
access_log stdio:{folder}/access.log
cache_log {folder}/cache.log
coredump_dir {folder}
pid_filename none
netdb_filename none
dns_nameservers {resolver}
shutdown_lifetime 1 seconds
"""
# The first takes TCP and says who connected in a PROXY header; the others end TLS, write one header, begin TLS anew.
TCP_FRONT, HTTP_FRONT, RFC7239_FRONT = EDGE_PUBLIC, "203.0.113.131", "203.0.113.132"
HAPROXY = """global
  maxconn 200
  ssl-server-verify required
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen tcp
  mode tcp
  bind {tcp}:443
  server berth 10.10.9.34:443 send-proxy-v2
listen http
  mode http
  bind {http}:443 ssl crt {cert}
  option forwardfor
  server berth 10.10.9.35:443 ssl ca-file {ca} sni req.hdr(host)
listen rfc7239
  mode http
  bind {rfc7239}:443 ssl crt {cert}
  http-request add-header Forwarded for=%[src]
  server berth 10.10.9.36:443 ssl ca-file {ca} sni req.hdr(host)
"""


def start_squid(place, port=3128, access="http_access allow CONNECT"):
    """squid on 10.10.3.10, for CONNECT alone; returns the URL that clients are told, and the process."""
    folder = place.folder / f"squid-{port}"
    folder.mkdir()
    shutil.chown(folder, "proxy")
    config = place.folder / f"squid-{port}.conf"
    config.write_text(SQUID.format(folder=folder, resolver=place.resolver, port=port, access=access))
    # Two of one name would fight over their shared memory; of another name they do not.
    process = place.daemon("squid", "-N", "-n", f"lab{port}", "-f", config, log=berth.LOGS / "squid.log")
    wait_for_port(place, "10.10.3.10", port, "squid", process)
    return f"http://10.10.3.10:{port}", process


def start_haproxy(place, certificates):
    """The three front ends; `certificates` is a folder that gets the certificate of those that end TLS."""
    config = place.folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(tcp=TCP_FRONT, http=HTTP_FRONT, rfc7239=RFC7239_FRONT,
                                     cert=certificates / "front.pem", ca=place.lab.berth_ca))
    process = place.daemon("haproxy", "-db", "-f", config, log=berth.LOGS / "haproxy.log")
    wait_for_port(place, TCP_FRONT, 443, "haproxy", process)


@contextlib.contextmanager
def relay(place, listen, upstream, *options):
    """relay.py at a place for a while; addresses may leave out the port 443."""
    with_port = [end if ":" in end.rpartition("]")[2] else f"{end}:443" for end in (listen, upstream)]
    log = berth.LOGS / "relay.log"
    log.write_text("")
    process = place.daemon(sys.executable, pathlib.Path(__file__).with_name("relay.py"), *with_port, *options, log=log)
    try:
        berth.wait_until(lambda: "ready" in log.read_text(), 10, f"relay, log {log}", lambda: process.poll() is None)
        yield
    finally:
        place.stop(process)


def tlv(pair):
    """As relay.py takes it."""
    return "--tlv", f"{pair[0]}={pair[1].hex()}"


def wait_for_port(place, address, port, what, process):
    def open_now():
        with contextlib.suppress(OSError):
            place.socket(address, port, 1).close()
            return True
        return False

    berth.wait_until(open_now, 20, what, lambda: process.poll() is None)


def make_certificate(folder, name, *alternatives, ca=None, client=False):
    """A key and a certificate in FOLDER/NAME.pem (and .key, .crt); signed by the authority `ca`, or one itself."""
    openssl = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: E731
    key, cert = folder / f"{name}.key", folder / f"{name}.crt"
    request = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
               "-subj", f"/CN={name}"]
    if ca is None:
        openssl(*request, "-x509", "-days", 2, "-out", cert)
    else:
        usage = "clientAuth" if client else "serverAuth"
        more = folder / f"{name}.ext"
        names = ",".join(f"DNS:{each}" for each in alternatives)
        more.write_text(f"extendedKeyUsage={usage}\n" + (f"subjectAltName={names}\n" if names else ""))
        openssl(*request, "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-days", 2, "-in", folder / f"{name}.csr", "-CA", folder / f"{ca}.crt", "-CAkey",
                folder / f"{ca}.key", "-CAcreateserial", "-extfile", more, "-out", cert)
    (folder / f"{name}.pem").write_text(cert.read_text() + key.read_text())
    return folder / f"{name}.pem"
