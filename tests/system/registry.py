"""A registry client for tests: OCI Distribution 1.1 over http.client, and images to push.

A Client is one keep-alive connection; use one per thread. Methods named after an operation check
its status; `request` checks nothing.
"""

import dataclasses
import hashlib
import http.client
import itertools
import json
import re
import urllib.parse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
OCTETS = "application/octet-stream"
MANIFEST_TYPES = ", ".join((MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST))


# Loopback addresses that nobody has used: wrong credentials are counted by address, and those of
# one test must not slow down another.
fresh_addresses = (f"127.9.{i >> 8}.{i & 255}" for i in itertools.count(1))


def digest_of(content, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


@dataclasses.dataclass
class Response:
    request: str
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def expect(self, *statuses):
        assert self.status in statuses, f"{self.request}: {self.status}, not {statuses}: {self}"
        return self

    def header(self, name, default=None):
        return self.headers.get(name, default)

    def json(self):
        return json.loads(self.body)

    def errors(self):
        """The entries of an OCI error body, checked for their form."""
        document = self.json()
        assert set(document) == {"errors"} and document["errors"], document
        for entry in document["errors"]:
            assert {"code", "message"} <= set(entry) <= {"code", "message", "detail"}, entry
            assert re.fullmatch(r"[A-Z_]+", entry["code"]) and entry["message"].strip(), entry
        return document["errors"]

    def refused(self, status, code, *words):
        """An OCI error with this status and code whose text contains every one of `words`."""
        self.expect(status)
        assert self.header("X-Ms-Correlation-Request-Id"), self
        entries = self.errors()
        assert entries[0]["code"] == code, self
        text = json.dumps(entries, ensure_ascii=False).lower()
        for word in words:
            assert word.lower() in text, f"{self.request}: {word!r} is not said in {text}"
        return self

    def __str__(self):
        head = " ".join(f"{k}: {v};" for k, v in self.headers.items())
        return f"{self.request} -> {self.status} {head} {self.body[:600]!r}"


def next_page(response):
    """Path and query of the Link header's rel=next, or None."""
    link = response.header("Link")
    if link is None:
        return None
    match = re.fullmatch(r'<(/[^<>]*)>; rel="next"', link)
    assert match, f"malformed Link: {link}"
    for item in urllib.parse.urlsplit(match.group(1)).query.split("&"):
        assert "=" in item, f"az needs '=' in every query item: {link}"
    return match.group(1)


class Client:
    """`authorization` goes with every request that brings none of its own; `source` is the address
    that the server sees."""

    def __init__(self, port, host="127.0.0.1", timeout=30, context=None, authorization=None,
                 source=None):
        if context:
            self.connection = http.client.HTTPSConnection(host, port, timeout=timeout,
                                                          context=context)
        else:
            self.connection = http.client.HTTPConnection(
                host, port, timeout=timeout, source_address=(source, 0) if source else None)
        self.host_header = f"localhost:{port}"
        self.authorization = authorization

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def request(self, method, target, body=None, headers=None, chunked=False):
        """`target` is a path or an absolute URL of this server; `body` bytes, or an iterable of
        bytes with chunked=True."""
        if target.startswith("http"):
            parts = urllib.parse.urlsplit(target)
            target = parts.path + ("?" + parts.query if parts.query else "")
        sent = {"Host": self.host_header} | (headers or {})
        if self.authorization:
            sent.setdefault("Authorization", self.authorization)
        try:
            self.connection.request(method, target, body=body, headers=sent,
                                    encode_chunked=chunked)
            answer = self.connection.getresponse()
            content = answer.read()
        except Exception:
            self.connection.close()  # a later request starts afresh
            raise
        return Response(f"{method} {target}", answer.status, answer.headers, content)

    def get(self, target, **headers):
        return self.request("GET", target, headers={k.replace("_", "-"): v
                                                    for k, v in headers.items()})

    def head(self, target, **headers):
        return self.request("HEAD", target, headers={k.replace("_", "-"): v
                                                     for k, v in headers.items()})

    def delete(self, target):
        return self.request("DELETE", target)

    def patch_json(self, target, **members):
        return self.request("PATCH", target, body=json.dumps(members).encode(),
                            headers={"Content-Type": "application/json"})

    # ---- blobs
    def start_upload(self, repository, query=""):
        """The location of a new upload session."""
        response = self.request("POST", f"/v2/{repository}/blobs/uploads/{query}").expect(202)
        return response.header("Location")

    def patch(self, location, content, start=None):
        headers = {"Content-Type": OCTETS}
        if start is not None:
            headers["Content-Range"] = f"{start}-{start + len(content) - 1}"
        return self.request("PATCH", location, body=content, headers=headers)

    def patch_stream(self, location, pieces):
        return self.request("PATCH", location, body=iter(pieces), chunked=True,
                            headers={"Content-Type": OCTETS, "Transfer-Encoding": "chunked"})

    def finish_upload(self, location, digest, content=b""):
        joint = "&" if "?" in location else "?"
        return self.request("PUT", f"{location}{joint}digest={digest}", body=content,
                            headers={"Content-Type": OCTETS})

    def upload_offset(self, location):
        """Bytes the server says it has; `Range: 0-0` means none or one, so ask before sending 1."""
        response = self.get(location).expect(204)
        match = re.fullmatch(r"0-(\d+)", response.header("Range", ""))
        assert match, response
        last = int(match.group(1))
        return last + 1 if last else 0

    def push_blob(self, repository, content, mode="mono", algorithm="sha256"):
        """Pushes in one of the ways the specification knows; returns the 201."""
        digest = digest_of(content, algorithm)
        if mode == "single":
            return self.request("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}",
                                body=content, headers={"Content-Type": OCTETS}).expect(201)
        location = self.start_upload(repository)
        if mode == "mono":
            return self.finish_upload(location, digest, content).expect(201)
        third = len(content) // 3 + 1
        pieces = [content[i:i + third] for i in range(0, len(content), third)]
        if mode == "streamed":
            location = self.patch_stream(location, pieces).expect(202).header("Location")
        elif mode == "patch":
            location = self.patch(location, content).expect(202).header("Location")
        elif mode == "chunked":
            for i, piece in enumerate(pieces):
                answer = self.patch(location, piece, start=i * third).expect(202)
                location = answer.header("Location")
        elif mode == "last-in-put":
            location = self.patch(location, pieces[0], start=0).expect(202).header("Location")
            return self.finish_upload(location, digest, b"".join(pieces[1:])).expect(201)
        else:
            raise ValueError(mode)
        return self.finish_upload(location, digest).expect(201)

    def blob(self, repository, digest, **headers):
        return self.get(f"/v2/{repository}/blobs/{digest}", **headers)

    def mount(self, repository, digest, source):
        return self.request("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}&from={source}")

    # ---- manifests
    def put_manifest(self, repository, reference, content, media_type=MANIFEST):
        return self.request("PUT", f"/v2/{repository}/manifests/{reference}", body=content,
                            headers={"Content-Type": media_type})

    def manifest(self, repository, reference, method="GET", **headers):
        sent = {"Accept": MANIFEST_TYPES} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.request(method, f"/v2/{repository}/manifests/{reference}", headers=sent)

    def tags(self, repository):
        return self.get(f"/v2/{repository}/tags/list").expect(200).json()["tags"]

    def push_image(self, repository, tag, image):
        """Blobs, then the manifest under `tag` (None: by digest)."""
        for content in image.blobs():
            self.push_blob(repository, content)
        self.put_manifest(repository, tag or image.digest, image.manifest,
                          image.media_type).expect(201)
        return image


def descriptor(content, media_type, **members):
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)} | members


@dataclasses.dataclass
class Image:
    config: bytes
    layers: list
    manifest: bytes
    media_type: str = MANIFEST

    @property
    def digest(self):
        return digest_of(self.manifest)

    def blobs(self):
        return [self.config, *self.layers]


def make_image(seed, layers=2, size=2000, **members):
    """A small image whose content depends on `seed` alone; `members` go into the manifest."""
    config = json.dumps({"architecture": "amd64", "os": "linux", "seed": seed,
                         "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    contents = [make_bytes(f"{seed}/{i}", size + i) for i in range(layers)]
    return assemble(config, contents, **members)


def assemble(config, layers, /, **members):
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(config, CONFIG),
                "layers": [descriptor(layer, LAYER) for layer in layers]} | members
    return Image(config, layers, json.dumps(document).encode())


def make_index(children, **members):
    """An index over images, alternating two platforms."""
    platforms = ({"architecture": "amd64", "os": "linux"}, {"architecture": "arm64", "os": "linux"})
    entries = [descriptor(child.manifest, child.media_type, platform=platforms[i % 2])
               for i, child in enumerate(children)]
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries} | members
    return json.dumps(document).encode()


def make_bytes(seed, size):
    """`size` repeatable bytes that do not compress."""
    return hashlib.shake_256(str(seed).encode()).digest(size)
