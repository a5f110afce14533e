"""A disk that fills up under 16 pushes: clean refusals, reads go on, and room that is made is used.

Needs root, for a tmpfs of its own.
"""

import os
import subprocess
import threading

import pytest

from registry import assemble, digest_of, make_bytes
from server import Server

MIB = 1 << 20
SIZE = 64 * MIB
PUSHERS = 16


@pytest.fixture
def server(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("disk full: needs root to mount a tmpfs")
    made = Server(tmp_path / "server", {"storage": {"reserve": "4MiB"}})
    made.data = tmp_path / "disk" / "data"
    disk = made.data.parent
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "berth-test", disk],
                             capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"disk full: no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        yield made.start()
    finally:
        made.finish()
        subprocess.run(["umount", disk], check=True)


def free_bytes(server):
    state = os.statvfs(server.data)
    return state.f_bavail * state.f_frsize


class Pusher(threading.Thread):
    """Pushes images of one layer until the registry refuses."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number = server, number
        self.repository = f"full/{number}"
        self.images = []
        self.refusals = []
        self.failure = None

    def run(self):
        try:
            with self.server.client(timeout=60) as client:
                while len(self.refusals) < 3:
                    self.push(client)
        except Exception as error:
            self.failure = repr(error)

    def push(self, client):
        layer = make_bytes(f"{self.number}/{len(self.images)}", MIB + self.number)
        image = assemble(b'{"pusher": %d}' % self.number, [layer])
        base = f"/v2/{self.repository}/blobs/uploads/"
        for content in image.blobs():
            if (self.number + len(self.images)) % 2:
                answer = client.request("POST", f"{base}?digest={digest_of(content)}", content)
            else:
                answer = client.request("POST", base)
                if answer.status == 202:
                    answer = client.finish_upload(answer.header("Location"), digest_of(content),
                                                  content)
            if answer.status != 201:
                return self.refusals.append(answer)
        answer = client.put_manifest(self.repository, f"t{len(self.images)}", image.manifest)
        if answer.status != 201:
            return self.refusals.append(answer)
        return self.images.append(image)


def assert_readable(client, pusher):
    for image in pusher.images:
        got = client.manifest(pusher.repository, image.digest).expect(200)
        assert got.body == image.manifest
        for content in image.blobs():
            got = client.blob(pusher.repository, digest_of(content)).expect(200)
            assert got.body == content


def fill(server):
    pushers = [Pusher(server, i) for i in range(PUSHERS)]
    for pusher in pushers:
        pusher.start()
    for pusher in pushers:
        pusher.join()
    assert not [p.failure for p in pushers if p.failure], [p.failure for p in pushers]
    return pushers


def assert_clean_refusals(pushers):
    for answer in (answer for pusher in pushers for answer in pusher.refusals):
        assert answer.status == 507 or answer.status >= 500, answer
        entry = answer.errors()[0]
        assert "room" in entry["message"] or "disk" in entry["message"], answer
        assert "/" not in entry["message"], f"a path in a client's message: {answer}"
    assert any(answer.status == 507 for pusher in pushers for answer in pusher.refusals)


def test_full_disk(server):
    pushers = fill(server)
    assert_clean_refusals(pushers)
    assert sum(len(p.images) for p in pushers) >= 20
    with server.client() as client:
        for pusher in pushers:
            assert_readable(client, pusher)
        # Deleting works although there is no room.
        half = pushers[:PUSHERS // 2]
        for pusher in half:
            for image in pusher.images:
                target = f"/v2/{pusher.repository}/manifests/{image.digest}"
                client.delete(target).expect(202)
        before = free_bytes(server)
        collected = server.run("gc", "--grace", "0s")
        assert collected.returncode == 0, collected
        removed = sum(len(pusher.images) for pusher in half)
        assert free_bytes(server) >= before + removed * MIB
        for pusher in half:
            pusher.images.clear()
            pusher.refusals.clear()
            pusher.push(client)
            assert not pusher.refusals, pusher.refusals
        for pusher in pushers:
            assert_readable(client, pusher)
    verified = server.run("verify")
    assert verified.returncode == 0, verified


def test_kill_on_a_full_disk(server):
    pushers = fill(server)
    server.kill()
    server.start()
    with server.client() as client:
        for pusher in pushers:
            assert_readable(client, pusher)
    verified = server.run("verify")
    assert verified.returncode == 0, verified
    assert server.stop() == 0
