"""What clients were promised, and the check that a server keeps it.

For every name there is a set of values that it may have: before a write is sent its value joins the
set, after the acknowledgement it is the only one. A crash in between leaves both. One thread writes
a name (`shared` names excepted), so the sets are exact. Values: None for "not there", a digest for
a tag, True for a manifest or a blob.
"""

import concurrent.futures
import dataclasses
import json
import threading

from registry import digest_of

CHECKERS = 4


@dataclasses.dataclass(frozen=True, order=True)
class Name:
    kind: str  # "tag", "manifest" or "blob"
    repository: str
    text: str


class Ledger:
    def __init__(self):
        self.possible = {}
        self.shared = set()
        self.lock = threading.Lock()

    def begin(self, name, value):
        """A request that gives `name` this value is about to be sent."""
        with self.lock:
            self.possible.setdefault(name, {None}).add(value)

    def settle(self, name, value):
        """It was acknowledged. Of a shared name only this is known: it exists."""
        with self.lock:
            if name in self.shared:
                self.possible[name].discard(None)
            else:
                self.possible[name] = {value}

    def restore(self, name, before):
        """It was refused: everything is as it was."""
        with self.lock:
            if name not in self.shared:
                self.possible[name] = set(before)

    def values(self, name):
        with self.lock:
            return set(self.possible.get(name, {None}))

    def names(self, kind, repository):
        with self.lock:
            return [n for n in self.possible if (n.kind, n.repository) == (kind, repository)]

    def begin_removal_of_manifest(self, repository, digest):
        """Deleting a manifest takes its tags with it; returns what is touched."""
        touched = [Name("manifest", repository, digest)]
        touched += [n for n in self.names("tag", repository) if digest in self.values(n)]
        for name in touched:
            self.begin(name, None)
        return touched

    def settle_removal_of_manifest(self, touched, digest):
        with self.lock:
            for name in touched:
                self.possible[name] -= {digest, True}

    def forget_blobs(self):
        """A collection without grace may have taken any blob that no manifest needs; those that one
        needs are checked through their manifest. What was deleted must stay so."""
        with self.lock:
            for name in [n for n, v in self.possible.items() if n.kind == "blob" and v != {None}]:
                del self.possible[name]


class Check:
    """Compares a server with a ledger; what is found becomes the only possible value."""

    def __init__(self, server, ledger):
        self.server, self.ledger = server, ledger
        self.local = threading.local()
        self.clients = []
        self.seen = {}  # (repository, digest) -> problem or None, so that each is read once
        self.problems = []

    def client(self):
        if not hasattr(self.local, "client"):
            self.local.client = self.server.client()
            self.clients.append(self.local.client)
        return self.local.client

    def run(self, names):
        with concurrent.futures.ThreadPoolExecutor(CHECKERS) as pool:
            for name, observed in zip(names, pool.map(self.observe, names)):
                possible = self.ledger.values(name)
                if observed not in possible:
                    self.problems.append(f"{name} is {observed}, promised was {possible}")
                self.ledger.possible[name] = {observed}
            list(pool.map(self.check_tag_list, {n.repository for n in names}))
        for client in self.clients:
            client.close()
        return self.problems

    def observe(self, name):
        if name.kind == "blob":
            return self.read_blob(name.repository, name.text)
        answer = self.client().manifest(name.repository, name.text)
        if answer.status == 404:
            return None
        digest = answer.header("Docker-Content-Digest")
        if answer.status != 200 or digest_of(answer.body) != digest:
            self.problems.append(f"{name}: damaged: {answer}")
        document = json.loads(answer.body)
        for entry in [document["config"], *document["layers"]]:
            key = (name.repository, entry["digest"])
            if key not in self.seen:
                self.seen[key] = self.read_blob(*key)
            if not self.seen[key]:
                self.problems.append(f"{name}: its blob {entry['digest']} is gone")
        if name.kind == "tag":
            return digest
        if digest != name.text:
            self.problems.append(f"{name}: answered as {digest}")
        return True

    def read_blob(self, repository, digest):
        answer = self.client().blob(repository, digest)
        if answer.status == 404:
            return None
        if answer.status != 200 or digest_of(answer.body) != digest:
            self.problems.append(f"blob {digest} of {repository} is damaged: {answer.status}, "
                                 f"{len(answer.body)} bytes")
        return True

    def check_tag_list(self, repository):
        answer = self.client().get(f"/v2/{repository}/tags/list?n=10000")
        listed = set(answer.json()["tags"]) if answer.status == 200 else set()
        held = {n.text for n in self.ledger.names("tag", repository)
                if self.ledger.values(n) != {None}}
        if listed != held:
            self.problems.append(f"tags/list of {repository}: {listed ^ held} differ")
