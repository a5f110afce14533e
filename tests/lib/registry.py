"""A small OCI client on http.client: what the tests use to look behind a real client's back."""
import hashlib
import http.client
import json
import re
import urllib.parse

ACCEPT = ", ".join([
    "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json"])


class Answer:
    """One response: status, headers (case-insensitive `header(name)`), body bytes."""

    def __init__(self, response, body):
        self.status, self.body, self._headers = response.status, body, response.headers

    def header(self, name):
        return self._headers.get(name)

    def json(self):
        return json.loads(self.body)

    def codes(self):
        """The codes of an OCI error body; empty when the body is something else."""
        try:
            return [error["code"] for error in self.json()["errors"]]
        except (ValueError, KeyError, TypeError):
            return []

    def messages(self):
        return " ".join(str(error.get("message", "")) for error in self.json()["errors"])

    def __repr__(self):
        return f"<{self.status} {dict(self._headers)} {self.body[:300]!r}>"


class Registry:
    """Talks to HOST:PORT over plain HTTP, one kept connection; not for several threads at once.

    `authorization` goes with every request that brings none of its own."""

    def __init__(self, host, authorization=None):
        self.host = host
        self.standing = {"Authorization": authorization} if authorization else {}
        self.connection = http.client.HTTPConnection(host, timeout=60)

    def call(self, method, path, body=None, headers=None):
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, body, {**self.standing, **(headers or {})})
                response = self.connection.getresponse()
                return Answer(response, response.read())
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # The server may close a kept connection, for instance after a refused body.
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def manifest(self, repository, reference):
        return self.call("GET", f"/v2/{repository}/manifests/{reference}", headers={"Accept": ACCEPT})

    def digest(self, repository, reference):
        """The digest that the bytes really have; None when there is no such manifest."""
        answer = self.manifest(repository, reference)
        return "sha256:" + hashlib.sha256(answer.body).hexdigest() if answer.status == 200 else None

    def tags(self, repository):
        answer = self.call("GET", f"/v2/{repository}/tags/list")
        return (answer.json()["tags"] or []) if answer.status == 200 else []

    def start_upload(self, repository):
        """Opens an upload; returns the path to send to."""
        answer = self.call("POST", f"/v2/{repository}/blobs/uploads/", headers={"Content-Length": "0"})
        assert answer.status == 202, answer
        return self.path_of(answer)

    @staticmethod
    def path_of(answer):
        location = answer.header("Location")
        assert location, answer
        parts = urllib.parse.urlsplit(location)
        return parts.path + ("?" + parts.query if parts.query else "")

    def push_blob(self, repository, data, algorithm="sha256"):
        digest = digest_of(data, algorithm)
        path = with_query(self.start_upload(repository), digest=digest)
        answer = self.call("PUT", path, data, {"Content-Type": "application/octet-stream"})
        assert answer.status == 201, answer
        return digest

    def push_manifest(self, repository, reference, manifest, media_type=None):
        body = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        kind = media_type or json.loads(body)["mediaType"]
        return self.call("PUT", f"/v2/{repository}/manifests/{reference}", body, {"Content-Type": kind})

    def verify(self, repository, reference):
        """Reads an image or index and all it holds; fails on the first digest that is not true."""
        answer = self.manifest(repository, reference)
        assert answer.status == 200, answer
        if re.match("sha(256|512):", reference):
            assert digest_of(answer.body, reference.split(":")[0]) == reference
        manifest = answer.json()
        for child in manifest.get("manifests", []):
            self.verify(repository, child["digest"])
        for blob in [manifest.get("config")] + manifest.get("layers", []):
            if blob:
                got = self.call("GET", f"/v2/{repository}/blobs/{blob['digest']}")
                assert got.status == 200, got
                assert digest_of(got.body, blob["digest"].split(":")[0]) == blob["digest"]
        return manifest


def digest_of(data, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def with_query(path, **parameters):
    return path + ("&" if "?" in path else "?") + urllib.parse.urlencode(parameters, safe=":/")
