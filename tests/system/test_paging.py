"""Lists in pages: tags, catalog, and ACR's lists; n, last, Link."""

import pytest

from registry import make_image, next_page

NAMES = ["0", "A", "B.2", "Z", "_x", "a", "a-1", "a.1", "a_1", "b", "latest", "v1", "v10", "v2"]


@pytest.fixture(scope="module")
def tagged(server):
    """A repository with the tags NAMES, which are in byte order."""
    assert NAMES == sorted(NAMES)
    with server.client() as client:
        image = client.push_image("paging/tags", NAMES[-1], make_image("paging"))
        for name in reversed(NAMES[:-1]):
            client.put_manifest("paging/tags", name, image.manifest).expect(201)
    return "paging/tags"


def walk(client, target, read):
    """All pages from `target` on: the lists that `read` finds in them."""
    pages = []
    while target:
        answer = client.get(target).expect(200)
        pages.append(read(answer.json()))
        target = next_page(answer)
        assert len(pages) < 100, "the Link goes round in circles"
    return pages


def test_all_tags(client, tagged):
    answer = client.get(f"/v2/{tagged}/tags/list").expect(200)
    assert answer.json() == {"name": tagged, "tags": NAMES}
    assert answer.header("Link") is None


@pytest.mark.parametrize("n", (1, 2, 5, 13, 14, 15, 1000))
def test_tag_pages(client, tagged, n):
    pages = walk(client, f"/v2/{tagged}/tags/list?n={n}", lambda page: page["tags"])
    assert pages == [NAMES[i:i + n] for i in range(0, len(NAMES), n)]


@pytest.mark.parametrize("last", ("", "0", "Z", "a", "a.0", "latest", "v10", "v2", "zzz", "%2F"))
def test_tags_after(client, tagged, last):
    answer = client.get(f"/v2/{tagged}/tags/list?last={last}").expect(200)
    plain = last.replace("%2F", "/")
    assert answer.json()["tags"] == [name for name in NAMES if name > plain]


def test_zero(client, tagged):
    for target in (f"/v2/{tagged}/tags/list?n=0", f"/v2/{tagged}/tags/list?n=0&last=a"):
        answer = client.get(target).expect(200)
        assert answer.json()["tags"] == [] and answer.header("Link") is None
    answer = client.get("/v2/_catalog?n=0").expect(200)
    assert answer.json()["repositories"] == [] and answer.header("Link") is None


@pytest.mark.parametrize("target", ("/v2/paging/tags/tags/list", "/v2/_catalog", "/acr/v1/_catalog",
                                    "/acr/v1/paging/tags/_tags", "/acr/v1/paging/tags/_manifests"))
@pytest.mark.parametrize("n", ("-1", "abc", "1.5", "0x10", "1%2C2", "+5"))
def test_bad_n(client, tagged, target, n):
    client.get(f"{target}?n={n}").refused(400, "UNSUPPORTED", "n")


def test_huge_n_is_cut_to_the_longest_page(client, tagged):
    answer = client.get(f"/v2/{tagged}/tags/list?n={10**20}").expect(200)
    assert answer.json()["tags"] == NAMES


def test_tags_of_unknown_repository(client, repository):
    client.get(f"/v2/{repository}/tags/list").refused(404, "NAME_UNKNOWN", repository)


@pytest.mark.parametrize("target", ("/v2/_catalog", "/acr/v1/_catalog"))
def test_catalog_pages(start, target):
    server = start()
    names = sorted(["a", "a/b", "a-b", "ab", "b/c/d", "b0", "c__d", "z.z"])
    with server.client() as client:
        assert client.get(target).expect(200).json() == {"repositories": []}
        for name in names:
            client.push_blob(name, b"in every repository")
            client.push_image(name, "v1", make_image("catalog"))
        assert client.get(target).expect(200).json() == {"repositories": names}
        for n in (1, 3, 8, 100):
            pages = walk(client, f"{target}?n={n}", lambda page: page["repositories"])
            assert pages == [names[i:i + n] for i in range(0, len(names), n)]
        for last in ("", "a", "a/b", "b", "zz"):
            answer = client.get(f"{target}?last={last}&orderby=").expect(200)
            assert answer.json()["repositories"] == [name for name in names if name > last]


def test_longest_page(start):
    """Without n, or with a greater one, a page has `limits.page_entries` entries."""
    server = start({"limits": {"page_entries": 3}})
    with server.client() as client:
        image = client.push_image("a", "t0", make_image("page"))
        for i in range(1, 8):
            client.put_manifest("a", f"t{i}", image.manifest).expect(201)
        for target in ("/v2/a/tags/list", "/v2/a/tags/list?n=100"):
            pages = walk(client, target, lambda page: page["tags"])
            assert [len(page) for page in pages] == [3, 3, 2]
            assert sum(pages, []) == [f"t{i}" for i in range(8)]
