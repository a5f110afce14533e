"""manifests.sparse_indexes = "accept": an index may name absent children, and nothing else becomes lax."""
import pytest

from conftest import ABSENT, CONFIG, INDEX, LAYER, MANIFEST, Repository
import berth
from registry import Registry, digest_of


@pytest.fixture(scope="module")
def lenient():
    running = berth.Server("sparse", {"BERTH_MANIFESTS_SPARSE_INDEXES": "accept"}).start()
    yield Repository(Registry(running.host, running.basic()), "spec/sparse")
    running.discard()


def index_of(*children):
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(children)}


def test_index_with_an_absent_child_is_accepted(lenient):
    body = lenient.image()
    assert lenient.put(digest_of(body), body).status == 201
    present = {"mediaType": MANIFEST, "digest": digest_of(body), "size": len(body)}
    absent = {"mediaType": MANIFEST, "digest": ABSENT, "size": 1024}
    assert lenient.put("sparse", index_of(present, absent)).status == 201
    assert lenient.call("GET", "manifests/sparse").json()["manifests"] == [present, absent]
    assert lenient.call("GET", f"manifests/{ABSENT}").codes() == ["MANIFEST_UNKNOWN"]


def test_child_may_come_later(lenient):
    body = lenient.image(content=b"pushed after its index")
    child = {"mediaType": MANIFEST, "digest": digest_of(body), "size": len(body)}
    assert lenient.put("early", index_of(child)).status == 201
    assert lenient.put(digest_of(body), body).status == 201
    lenient.registry.verify(lenient.name, "early")


def test_image_with_an_absent_layer_is_still_refused(lenient):
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": lenient.descriptor(b"{}", CONFIG),
                "layers": [{"mediaType": LAYER, "digest": ABSENT, "size": 5}]}
    answer = lenient.put("incomplete", manifest)
    assert answer.status == 400 and answer.codes() == ["MANIFEST_BLOB_UNKNOWN"], answer
