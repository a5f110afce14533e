"""The cases of the network: a closed registry's refusals, redirects to the data endpoint, and what the data endpoint
gives. All over TLS."""

import subprocess
import time

from machine import cpu_seconds
from measure import compare, wrk
from secure import DATA_NAME, SecureNginx

CONNECTIONS = 16
MIB = 1 << 20
BIG_PULLS = 4


def in_turn(lab, title, path, answer, body, wanted, **options):
    """The same path from Berth, and from nginx with that answer."""
    berth = lab.server("berth-tls")
    nginx = SecureNginx(lab.scratch / f"nginx-{answer.status}", lab.certificate,
                        {path: (answer.status, dict(answer.headers), body)})
    try:
        runs = {s.name: lambda s=s: wrk(s, path, CONNECTIONS, lab.seconds, None, **options)
                for s in (berth, nginx)}
        result = compare(f"{title}, TLS, {CONNECTIONS} connections", runs, "per_s",
                         lab.repetitions)
    finally:
        nginx.stop()
    return result | {"wanted": f"≥ {wanted}", "met": result["ratio"] >= wanted}


def refused(lab):
    """GET /v2/ from where no rule lets anybody in."""
    berth = lab.server("berth-tls")
    berth.set(networkRuleSet={"defaultAction": "Deny"})
    try:
        answer = berth.get("/v2/").expect(403)
        return in_turn(lab, "requests refused by a closed network", "/v2/", answer,
                       answer.body.decode(), 0.5, refused=True)
    finally:
        berth.set(networkRuleSet={"defaultAction": "Allow"})


def redirect(lab):
    """A blob by anonymous pull while data endpoints are on: a signed link each time."""
    berth, path = lab.server("berth-tls"), lab.content.big_path()
    berth.set(anonymousPullEnabled=True, dataEndpointEnabled=True)
    try:
        answer = berth.get(path).expect(307)
        link = answer.header("Location")
        if not link.startswith(f"https://{DATA_NAME}:{berth.https}/"):
            raise RuntimeError(f"the redirect leads elsewhere: {link}")
        return in_turn(lab, "redirects to the data endpoint", path, answer, link, 0.45)
    finally:
        berth.set(anonymousPullEnabled=False, dataEndpointEnabled=False)


def fetch(berth, lab):
    """The big blob some times on one connection to each host, as curl measures it."""
    before, begun = cpu_seconds(berth.pid), time.monotonic()
    url = berth.url + lab.content.big_path()
    each = ["-o", "/dev/null", url]
    text = subprocess.run(["curl", "-sSfL", "--http1.1", "--cacert", lab.certificate.cert, "-w",
                           "%{size_download} %{url_effective}\n", *each * BIG_PULLS],
                          capture_output=True, text=True, timeout=600, check=True).stdout
    wall = time.monotonic() - begun
    lines = [line.split() for line in text.splitlines()]
    total = sum(int(size) for size, _ in lines)
    if total != BIG_PULLS * lab.content.big_bytes:
        raise RuntimeError(f"{total} bytes came: {text}")
    return {"mib_s": total / wall / MIB, "bytes": total, "good": BIG_PULLS,
            "cpu_s": cpu_seconds(berth.pid) - before}, {url.split("/")[2] for _, url in lines}


def data(lab):
    """The big blob through its link, the redirect counted, and from the login server."""
    berth = lab.server("berth-tls")

    def run(data_endpoint):
        berth.set(anonymousPullEnabled=True, dataEndpointEnabled=data_endpoint)
        result, hosts = fetch(berth, lab)
        if hosts != {f"{DATA_NAME if data_endpoint else 'default.berth.test'}:{berth.https}"}:
            raise RuntimeError(f"the blob came from {hosts}")
        return result

    try:
        run(True)  # from the page cache, for both
        runs = {"berth, data endpoint": lambda: run(True), "berth, login server": lambda: run(False)}
        result = compare(f"{lab.content.big_bytes // MIB} MiB through the data endpoint, TLS", runs,
                         "mib_s", lab.repetitions)
    finally:
        berth.set(anonymousPullEnabled=False, dataEndpointEnabled=False)
    return result | {"wanted": "≥ 0.95", "met": result["ratio"] >= 0.95}
