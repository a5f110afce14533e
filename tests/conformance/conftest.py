"""One server for the whole run, and a repository of its own for every test."""
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import berth  # noqa: E402
import registry as client  # noqa: E402

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ABSENT = "sha256:" + "0" * 64


class Repository:
    """Requests below /v2/<name>/ of one repository."""

    def __init__(self, registry, name):
        self.registry, self.name = registry, name

    def call(self, method, path, body=None, **headers):
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.registry.call(method, f"/v2/{self.name}/{path}", body, named)

    def location(self, method, path, body=None, **headers):
        """The same for a Location that the server gave."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.registry.call(method, path, body, named)

    def upload(self):
        return self.registry.start_upload(self.name)

    def blob(self, data, algorithm="sha256"):
        return self.registry.push_blob(self.name, data, algorithm)

    def put(self, reference, manifest, media_type=None):
        return self.registry.push_manifest(self.name, reference, manifest, media_type)

    def descriptor(self, data, media_type=LAYER, algorithm="sha256"):
        return {"mediaType": media_type, "digest": self.blob(data, algorithm), "size": len(data)}

    def image(self, content=b"layer", algorithm="sha256", **more):
        """A valid image manifest whose blobs are pushed, as bytes."""
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                    "config": self.descriptor(b"{}", CONFIG, algorithm),
                    "layers": [self.descriptor(content, LAYER, algorithm)], **more}
        return client.json.dumps(manifest).encode()

    def pushed(self, reference="one", **more):
        """Pushes an image; returns (bytes, digest)."""
        body = self.image(**more)
        answer = self.put(reference, body)
        assert answer.status == 201, answer
        return body, client.digest_of(body)


@pytest.fixture(scope="session")
def server():
    running = berth.Server("conformance").start()
    yield running
    running.discard()


@pytest.fixture
def repository(server, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return Repository(client.Registry(server.host, server.basic()), "spec/" + name)


@pytest.fixture
def other(server, repository):
    return Repository(repository.registry, repository.name + "-other")
