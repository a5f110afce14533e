"""Pushes against a collector without grace: what every step acknowledged is readable."""

import random
import threading
import time

import pytest

from registry import assemble, digest_of, make_bytes
from workers import Collector

SECONDS = 4.0
# Few contents, so that a collection and a push meet at the same digest all the time.
POOL = [make_bytes(f"race {i}", size) for i, size in enumerate((10, 3000, 60_000, 300_000))]
CHURN = "race/churn"


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.complete = self.told = 0
        self.failures = []

    def add(self, **counts):
        with self.lock:
            for name, n in counts.items():
                setattr(self, name, getattr(self, name) + n)

    def fail(self, text):
        with self.lock:
            self.failures.append(text)


def bring_by_push(client, repository, content, _):
    client.push_blob(repository, content, "mono")


def bring_by_single_post(client, repository, content, _):
    client.push_blob(repository, content, "single")


def bring_by_mount(client, repository, content, _):
    digest = digest_of(content)
    answer = client.mount(repository, digest, CHURN).expect(201, 202)
    if answer.status == 202:
        client.finish_upload(answer.header("Location"), digest, content).expect(201)


def bring_if_absent(client, repository, content, _):
    """What most clients do: HEAD first, and push only what is not there."""
    if client.head(f"/v2/{repository}/blobs/{digest_of(content)}").expect(200, 404).status == 404:
        client.push_blob(repository, content, "mono")


def bring_in_any_way(client, repository, content, chance):
    chance.choice(WAYS[:-1])(client, repository, content, chance)


WAYS = (bring_by_push, bring_by_single_post, bring_by_mount, bring_if_absent, bring_in_any_way)


def read_back(client, repository, image):
    """What is wrong with an image that was acknowledged; None when nothing is."""
    got = client.manifest(repository, image.digest)
    if got.status != 200 or got.body != image.manifest:
        return f"manifest: {got}"
    for content in image.blobs():
        got = client.blob(repository, digest_of(content))
        if got.status != 200 or got.body != content:
            return f"blob of {len(content)} bytes: {got.status}, {len(got.body)} bytes"
    return None


def push_and_delete(server, repository, bring, number, deadline, tally):
    chance = random.Random(number)
    with server.client() as client:
        while time.monotonic() < deadline:
            layers = chance.sample(POOL, 2)
            image = assemble(b'{"number": %d}' % number, layers)
            for content in image.blobs():
                bring(client, repository, content, chance)
            answer = client.put_manifest(repository, "v1", image.manifest)
            if answer.status == 400 and b"MANIFEST_BLOB_UNKNOWN" in answer.body:
                tally.add(told=1)  # collected before the manifest: the client is told, and retries
                continue
            answer.expect(201)
            wrong = read_back(client, repository, image)
            if wrong:
                tally.fail(f"{bring.__name__} to {repository}: {wrong}")
            tally.add(complete=1)
            client.delete(f"/v2/{repository}/manifests/{image.digest}").expect(202)


def churn(server, deadline, tally):
    """Pushes blobs that nothing needs, for the mounts, and deletes some."""
    chance = random.Random("churn")
    with server.client() as client:
        while time.monotonic() < deadline:
            content = chance.choice(POOL)
            client.push_blob(CHURN, content)
            if chance.random() < 0.3:
                client.delete(f"/v2/{CHURN}/blobs/{digest_of(content)}").expect(202, 404)


def guarded(work, *arguments):
    tally = arguments[-1]
    try:
        work(*arguments)
    except Exception as error:
        tally.fail(repr(error))


def test_pushes_against_collection(start):
    server, tally, stop = start(), Tally(), threading.Event()
    deadline = time.monotonic() + SECONDS
    threads = [threading.Thread(target=guarded, args=(push_and_delete, server, f"race/{i}", bring,
                                                      i, deadline, tally))
               for i, bring in enumerate(WAYS)]
    threads.append(threading.Thread(target=guarded, args=(churn, server, deadline, tally)))
    collector = Collector(server, "0s", stop)
    for thread in (*threads, collector):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    collector.join()
    assert not tally.failures, "\n".join(tally.failures[:10])
    assert not collector.failure, collector.failure
    # Without these the test would not have tested anything.
    assert tally.complete >= 20, vars(tally)
    assert collector.runs >= 5, collector.runs
    verified = server.run("verify", "--output", "json")
    assert verified.returncode == 0, verified


@pytest.mark.parametrize("grace,gone", (("0s", True), ("1h", False)))
def test_grace(start, grace, gone):
    server = start()
    content = make_bytes("lonely", 1000)
    with server.client() as client:
        client.push_blob("a", content)
        assert server.run("gc", "--grace", grace).returncode == 0
        status = client.blob("a", digest_of(content)).status
        assert status == (404 if gone else 200)
        assert server.blob_file(digest_of(content)).exists() is not gone


def test_dry_run_removes_nothing_and_says_why(start):
    server = start()
    content = make_bytes("lonely", 1000)
    image = assemble(b"{}", [make_bytes("layer", 500)])
    with server.client() as client:
        client.push_blob("a", content)
        client.push_image("a", "v1", image)
    before = server.files()
    answer = server.run("gc", "--dry-run", "--grace", "0s")
    assert answer.returncode == 0 and server.files() == before
    assert digest_of(content) in answer.stdout
    for kept in (*image.blobs(), image.manifest):
        line = next(x for x in answer.stdout.splitlines() if digest_of(kept) in x)
        assert "a" in line, answer.stdout
    assert server.run("gc", "--grace", "0s").returncode == 0
    with server.client() as client:
        assert client.blob("a", digest_of(content)).status == 404
        assert read_back(client, "a", image) is None


def test_collection_without_a_server(start):
    server = start()
    lonely, image = make_bytes("lonely", 1000), assemble(b"{}", [make_bytes("layer", 500)])
    with server.client() as client:
        client.push_blob("a", lonely)
        client.push_image("a", "v1", image)
    assert server.stop() == 0
    assert server.run("gc", "--grace", "0s").returncode == 0
    assert not server.blob_file(digest_of(lonely)).exists()
    server.start()
    with server.client() as client:
        assert read_back(client, "a", image) is None


def test_an_open_upload_is_not_garbage(start):
    server = start()
    content = make_bytes("open", 200_000)
    with server.client() as client:
        location = client.start_upload("a")
        location = client.patch(location, content[:100_000]).expect(202).header("Location")
        assert server.run("gc", "--grace", "0s").returncode == 0
        location = client.patch(location, content[100_000:], start=100_000).header("Location")
        client.finish_upload(location, digest_of(content)).expect(201)
