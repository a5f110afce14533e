"""Running one load against one target, and comparing targets in turn."""

import json
import re
import statistics
import subprocess
import sys
import time

from machine import cpu_seconds, foreign_cpu_seconds
from registry import MANIFEST

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
QUIET = 0.10  # share of one core that other processes may use during a run
TRIES = 3


def load(binary, target, command, *options):
    """Runs the load client; its JSON plus the server's CPU seconds."""
    before = cpu_seconds(target.pid)
    signed = ["--header", f"Authorization: {target.authorization}"] if target.authorization else []
    url = [] if "--url" in options else ["--url", target.url]
    done = subprocess.run([binary, command, *url, *signed, *map(str, options)],
                          capture_output=True, text=True, timeout=600, check=False)
    if not done.stdout:
        raise RuntimeError(f"{target.name}: {done.stderr}")
    result = json.loads(done.stdout)
    if result["bad"]:
        raise RuntimeError(f"{target.name}: {result['bad']} requests failed: {result}")
    result["cpu_s"] = cpu_seconds(target.pid) - before
    return result


OWN = object()


def wrk(target, path, connections, seconds, authorization=OWN, refused=False):
    """GETs with wrk, whose own CPU use is small enough to measure nginx. `refused`: every answer is
    to be a 4xx, else none."""
    if authorization is OWN:
        authorization = target.authorization
    before = cpu_seconds(target.pid)
    headers = ["-H", f"Accept: {MANIFEST}"]
    if authorization:
        headers += ["-H", f"Authorization: {authorization}"]
    text = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                           *headers, target.url + path], capture_output=True,
                          text=True, timeout=seconds + 60, check=True).stdout
    cpu = cpu_seconds(target.pid) - before
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text).groups()
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if (int(failed.group(1)) if failed else 0) != (requests if refused else 0):
        raise RuntimeError(f"{target.name}: {text}")
    return {"per_s": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
            "p99_ms": float(number) * UNITS[unit], "cpu_s": cpu, "good": requests}


def undisturbed(run):
    """The least disturbed of a few runs, the first quiet one if there is any."""
    best = None
    for _ in range(TRIES):
        foreign, begun = foreign_cpu_seconds(), time.monotonic()
        result = run()
        result["foreign"] = max(0.0, foreign_cpu_seconds() - foreign) / (time.monotonic() - begun)
        if best is None or result["foreign"] < best["foreign"]:
            best = result
        if best["foreign"] < QUIET:
            break
    return best


def compare(title, runs, key, repetitions):
    """`runs` maps a name to a function that measures once; the last name is the reference.

    The runs alternate (A B A B …). Returns the ratio of the first to the reference, repetition by
    repetition, with the medians of everything.
    """
    names = list(runs)
    results = {name: [] for name in names}
    for i in range(repetitions):
        for name in names:
            print(f"  {title}: {name}, {i + 1} of {repetitions}", file=sys.stderr)
            results[name].append(undisturbed(runs[name]))
    first, reference = names[0], names[-1]
    ratios = [a[key] / b[key] for a, b in zip(results[first], results[reference])]
    rows = []
    for name in names:
        row = {"name": name, "foreign": max(r["foreign"] for r in results[name])}
        for field in (key, "p99_ms", "cpu_s", "good", "bytes"):
            values = [r[field] for r in results[name] if field in r]
            row[field] = statistics.median(values) if values else None
        rows.append(row)
    return {"title": title, "key": key, "ratio": statistics.median(ratios), "least": min(ratios),
            "most": max(ratios), "repetitions": repetitions, "rows": rows}
