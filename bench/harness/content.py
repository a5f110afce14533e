"""What is pushed and pulled: an image of usual size and one large blob, made once and kept."""

import hashlib
import json
import os
import pathlib

from registry import assemble

REPOSITORY = "bench/image"
MIB = 1 << 20


class Content:
    def __init__(self, folder, big_bytes):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        config = json.dumps({"architecture": "amd64", "os": "linux", "padding": "x" * 1400})
        self.image = assemble(config.encode(), [bytes([i]) * (2000 + i) for i in range(6)])
        self.manifest_file = self.folder / "manifest.json"
        self.manifest_file.write_bytes(self.image.manifest)
        self.big_bytes = big_bytes
        self.big_file = self.folder / f"big-{big_bytes}"
        self.big_digest = self._make_big()

    def _make_big(self):
        known = self.big_file.with_suffix(".digest")
        if known.exists() and self.big_file.stat().st_size == self.big_bytes:
            return known.read_text()
        sha = hashlib.sha256()
        with open(self.big_file, "wb") as file:
            for _ in range(self.big_bytes // MIB):
                piece = os.urandom(MIB)
                file.write(piece)
                sha.update(piece)
        known.write_text("sha256:" + sha.hexdigest())
        return known.read_text()

    def push_to(self, target):
        """The image as tag v1, and the big blob; both through the API."""
        with target.client() as client:
            client.push_image(REPOSITORY, "v1", self.image)
            location = client.start_upload(REPOSITORY)
            joint = "&" if "?" in location else "?"
            with open(self.big_file, "rb") as file:
                client.request("PUT", f"{location}{joint}digest={self.big_digest}", file,
                               {"Content-Type": "application/octet-stream",
                                "Content-Length": str(self.big_bytes)}).expect(201)

    def link_into(self, root):
        """The same files where a static web server finds them."""
        base = root / "v2" / REPOSITORY
        (base / "blobs").mkdir(parents=True)
        (base / "manifests").mkdir()
        os.link(self.big_file, base / "blobs" / self.big_digest)
        os.link(self.manifest_file, base / "manifests" / "v1")

    def big_path(self):
        return f"/v2/{REPOSITORY}/blobs/{self.big_digest}"

    def manifest_path(self):
        return f"/v2/{REPOSITORY}/manifests/v1"
