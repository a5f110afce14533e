"""Clients that push, move, mount and delete until the server dies under them."""

import http.client
import json
import random
import subprocess
import threading

from ledger import Name
from registry import assemble, digest_of, make_bytes

MODES = ("mono", "single", "streamed", "patch", "chunked", "last-in-put")
TAGS = ("a", "b", "c", "d")
GONE = (ConnectionError, http.client.HTTPException, TimeoutError)
# Layers that all workers push to all their repositories, again and again.
POOL = [make_bytes(f"pool {i}", size) for i, size in enumerate((1, 700, 9000, 70_000, 400_000))]
COMMON = "common"


class Unexpected(Exception):
    """An answer that no crash explains."""


class Worker(threading.Thread):
    """One client with repositories of its own, and one that it shares with all others."""

    def __init__(self, server, ledger, scope, number, seed, killed, collecting):
        super().__init__()
        self.client, self.ledger = server.client(), ledger
        self.random = random.Random(f"{seed}/{scope}/{number}")
        self.own = [f"{scope}/w{number}/{i}" for i in range(2)]
        self.common = f"{scope}/{COMMON}"
        self.siblings = [f"{scope}/w{i}/0" for i in range(4)]
        self.killed, self.collecting = killed, collecting
        self.serial = 0
        self.acknowledged = 0
        self.blobs = {}  # digest -> content, of what this worker made
        self.failure = None

    def run(self):
        operations = ([self.push_image] * 6 + [self.push_common, self.delete_manifest,
                                               self.delete_tag, self.delete_blob, self.push_lone])
        try:
            while not self.killed.is_set():
                self.random.choice(operations)()
        except GONE as error:
            if not self.killed.is_set():
                self.failure = f"connection lost before the kill: {error!r}"
        except Exception as error:  # every other kind is a finding, reported by the round
            self.failure = repr(error)
        finally:
            self.client.close()

    def expect(self, answer, *statuses):
        if answer.status not in statuses:
            raise Unexpected(str(answer))
        return answer

    # ---- content
    def fresh(self, largest=30_000):
        self.serial += 1
        size = self.random.choice((3, 500, 5000, largest))
        return make_bytes(f"{self.own[0]}/{self.serial}", size)

    def make_image(self):
        layers = [self.fresh()] if self.random.random() < 0.7 else []
        layers += self.random.sample(POOL, self.random.randint(0 if layers else 1, 2))
        self.serial += 1
        config = json.dumps({"made by": self.own[0], "serial": self.serial}).encode()
        return assemble(config, layers)

    # ---- operations
    def push_blob(self, repository, content):
        digest = digest_of(content)
        name = Name("blob", repository, digest)
        if repository != self.common:
            self.ledger.begin(name, True)
        if self.random.random() < 0.3:
            answer = self.client.mount(repository, digest, self.random.choice(self.siblings))
            if self.expect(answer, 201, 202).status == 202:
                answer = self.client.finish_upload(answer.header("Location"), digest, content)
                self.expect(answer, 201)
        else:
            self.client.push_blob(repository, content, self.random.choice(MODES))
        self.acknowledged += 1
        if repository != self.common:
            self.ledger.settle(name, True)

    def push_lone(self):
        """A blob without a manifest."""
        content = self.fresh(1_500_000)
        self.blobs[digest_of(content)] = content
        self.push_blob(self.own[1], content)

    def put(self, repository, image, tag):
        manifest = Name("manifest", repository, image.digest)
        names = {manifest: True, Name("tag", repository, tag): image.digest}
        before = {name: self.ledger.values(name) for name in names}
        for name, value in names.items():
            self.ledger.begin(name, value)
        answer = self.client.put_manifest(repository, tag, image.manifest)
        if answer.status == 201:
            self.acknowledged += 1
            for name, value in names.items():
                self.ledger.settle(name, value)
        elif self.collecting and answer.status == 400 and b"MANIFEST_BLOB_UNKNOWN" in answer.body:
            for name in names:  # collected between its push and the manifest: the client is told
                self.ledger.restore(name, before[name])
        else:
            raise Unexpected(str(answer))

    def push_image(self):
        image, repository = self.make_image(), self.random.choice(self.own)
        for content in image.blobs():
            self.push_blob(repository, content)
        self.put(repository, image, self.random.choice(TAGS))

    def push_common(self):
        image = self.make_image()
        for content in image.blobs():
            self.push_blob(self.common, content)
        self.put(self.common, image, "moving")

    def pick(self, kind):
        names = [n for r in self.own for n in self.ledger.names(kind, r)
                 if self.ledger.values(n) != {None}]
        return self.random.choice(names) if names else None

    def delete_manifest(self):
        name = self.pick("manifest")
        if name:
            touched = self.ledger.begin_removal_of_manifest(name.repository, name.text)
            answer = self.client.delete(f"/v2/{name.repository}/manifests/{name.text}")
            self.expect(answer, 202)
            self.acknowledged += 1
            self.ledger.settle_removal_of_manifest(touched, name.text)

    def delete_tag(self):
        name = self.pick("tag")
        if name:
            self.ledger.begin(name, None)
            answer = self.client.delete(f"/v2/{name.repository}/manifests/{name.text}")
            self.expect(answer, 202)
            self.acknowledged += 1
            self.ledger.settle(name, None)

    def delete_blob(self):
        name = self.pick("blob")
        if name:
            before = self.ledger.values(name)
            self.ledger.begin(name, None)
            answer = self.client.delete(f"/v2/{name.repository}/blobs/{name.text}")
            allowed = (202, 404, 405) if self.collecting else (202, 405)
            if self.expect(answer, *allowed).status == 405:  # a manifest needs it
                self.ledger.restore(name, before)
            else:
                self.acknowledged += 1
                self.ledger.settle(name, None)


class Collector(threading.Thread):
    """`berth gc` over and over, through the server's socket."""

    def __init__(self, server, grace, stop):
        super().__init__()
        self.server, self.grace, self.stop_event = server, grace, stop
        self.runs = 0
        self.failure = None

    def run(self):
        while not self.stop_event.is_set():
            try:
                answer = self.server.run("gc", "--grace", self.grace, "--output", "json")
            except subprocess.TimeoutExpired:
                self.failure = "gc hangs"
                return
            if answer.returncode == 0:
                self.runs += 1
            elif not self.stop_event.is_set():
                self.failure = f"gc: {answer}"
                return
