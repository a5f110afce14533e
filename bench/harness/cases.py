"""The cases of the gate. Each returns its figures, what was wanted, and whether it was met."""

import os
import time

import network
import readback
import signin
from content import MIB, Content
from measure import compare, load, wrk
from registry import MANIFEST
from secure import Certificate, SecureBerth
from targets import Berth, Distribution, Nginx

CONNECTIONS = 16


class Lab:
    """Servers, started when a case first asks for one, and sizes for a full or a quick run."""

    def __init__(self, scratch, content_folder, binary, load_binary, quick):
        self.scratch, self.binary, self.load_binary = scratch, binary, load_binary
        self.repetitions = 2 if quick else 5
        self.seconds = 1 if quick else 3
        self.pushes = 500 if quick else 1000
        self.many_tags = 10_000 if quick else 100_000
        self.many_tokens = 5_000 if quick else 50_000
        self.content = Content(content_folder, (128 if quick else 1024) * MIB)
        self.certificate = Certificate(scratch / "certificate")
        self.seed = int(time.time())
        self.servers = {}

    def server(self, name):
        if name not in self.servers:
            folder = self.scratch / name
            if name == "berth":
                made = Berth(folder, self.binary)
            elif name == "berth-tls":
                made = SecureBerth(folder, self.binary, self.certificate)
            elif name == "docker-registry":
                made = Distribution(folder)
            else:
                made = Nginx(folder, self.content)
            self.servers[name] = made
            if name != "nginx":
                self.content.push_to(made)
        return self.servers[name]

    def stop(self):
        for server in self.servers.values():
            server.stop()


def manifest(lab):
    servers = [lab.server(name) for name in ("berth", "nginx", "docker-registry")]
    path = lab.content.manifest_path()
    runs = {s.name: lambda s=s: wrk(s, path, CONNECTIONS, lab.seconds) for s in servers}
    result = compare(f"manifest GET by tag, {CONNECTIONS} connections", runs, "per_s",
                     lab.repetitions)
    return result | {"wanted": "≥ 20", "met": result["ratio"] >= 20}


def push(lab):
    servers = [lab.server(name) for name in ("berth", "docker-registry")]

    def run(server):
        lab.seed += 1  # content that no run has pushed before
        os.sync()      # the last run's write-back is not this one's business
        return load(lab.load_binary, server, "push", "--repository", "bench/push", "--size", 10240,
                    "-n", lab.pushes, "-c", CONNECTIONS, "--seed", lab.seed)

    result = compare(f"durable push of 10 KiB blobs, POST+PUT, {CONNECTIONS} connections",
                     {s.name: lambda s=s: run(s) for s in servers}, "per_s", lab.repetitions)
    return result | {"wanted": "≥ 5", "met": result["ratio"] >= 5}


def pull(lab):
    servers = [lab.server(name) for name in ("berth", "docker-registry", "nginx")]
    path, size = lab.content.big_path(), lab.content.big_bytes // MIB
    runs = {s.name: lambda s=s: load(lab.load_binary, s, "get", "--path", path, "-c", 1, "-n", 4)
            for s in servers}
    for run in runs.values():
        run()  # from the page cache, for everybody
    result = compare(f"pull of {size} MiB, 1 connection", runs, "mib_s", lab.repetitions)
    return result | {"wanted": "≥ 0.9", "met": result["ratio"] >= 0.9}


def reread(lab):
    """Bytes read back on a push."""
    found = readback.measure(lab.server("berth"))
    size = found["size"] // MIB
    return {"title": f"bytes read back on a push of {size} MiB, {len(found['ways'])} ways",
            "wanted": "0 bytes", "met": found["bytes"] == 0, "figure": f"{found['bytes']} bytes",
            "note": f"control, a pull: {found['control']} bytes"} | found


def fill_tags(lab, server, repository, count):
    with server.client() as client:
        client.push_image(repository, "v1", lab.content.image)
    load(lab.load_binary, server, "tags", "--repository", repository, "--manifest",
         lab.content.manifest_file, "--type", MANIFEST, "--prefix", "t", "-n", count - 1, "-c",
         CONNECTIONS)


def tags(lab):
    """A page of 100 tags out of many against one out of 100, both at the end of the list."""
    server, few, many = lab.server("berth"), 100, lab.many_tags
    runs = {}
    for count in (many, few):
        repository = f"bench/tags{count}"
        fill_tags(lab, server, repository, count)
        last = f"t{count - 102:06d}" if count > few else ""
        path = f"/v2/{repository}/tags/list?n=100&last={last}"
        with server.client() as client:
            assert len(client.get(path).expect(200).json()["tags"]) == 100
        runs[f"berth, {count} tags"] = lambda p=path: load(lab.load_binary, server, "get", "--path",
                                                           p, "-c", 1, "-d", lab.seconds)
    result = compare(f"page of 100 tags, {many:,} tags ÷ {few} tags", runs, "per_s",
                     lab.repetitions)
    return result | {"wanted": "≥ 0.9 (equal)", "met": result["ratio"] >= 0.9}


CASES = {"manifest": manifest, "push": push, "pull": pull, "reread": reread, "tags": tags,
         "bearer": signin.bearer, "conditional": signin.conditional, "issue": signin.issue, "create": signin.create,
         "refused": network.refused, "redirect": network.redirect, "data": network.data}
