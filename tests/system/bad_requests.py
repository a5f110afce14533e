"""The table of malformed requests: what is sent, and what must come back.

In targets and bodies `{r}` stands for a repository that holds an image tagged v1, `{digest}` for
its manifest's digest, `{blob}` for a blob of it, `{upload}` for the path of an open upload that has
10 bytes, `{zero}` for a digest that nothing has. WORD must appear in the error body: it says what
was wrong or what would be right.
"""

import dataclasses

from registry import INDEX, MANIFEST, OCTETS


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    method: str
    target: str
    status: int
    code: str
    word: str
    body: bytes = None
    headers: tuple = ()


def rows_of_names():
    names = (("upper case", "Upper", "lower"), ("upper case inside", "a/bC", "lower"),
             ("leading separator", "-a", "-a"), ("trailing separator", "a-", "a-"),
             ("trailing dot", "a.", "a."), ("two dots", "a..b", "a..b"),
             ("three underscores", "a___b", "a___b"), ("dot and dash", "a.-b", "a.-b"),
             ("empty component", "a//b", "empty"), ("space", "a%20b", "a"),
             ("not ASCII", "caf%C3%A9", "caf"),
             ("colon", "a:b", "a:b"), ("256 characters", "a" * 256, "255"),
             ("backslash", "a%5Cb", "a"), ("parent folder", "a/../b", ".."),
             ("encoded parent folder", "a/%2E%2E/b", ".."))
    for name, text, word in names:
        yield Row(f"name: {name}", "GET", f"/v2/{text}/tags/list", 400, "NAME_INVALID", word)
    for method, rest in (("GET", "manifests/v1"), ("PUT", "manifests/v1"),
                         ("POST", "blobs/uploads/"), ("GET", "blobs/{zero}"),
                         ("DELETE", "manifests/v1"), ("GET", "referrers/{zero}")):
        yield Row(f"name: {method} {rest}", method, f"/v2/UP/{rest}", 400, "NAME_INVALID", "lower")
    yield Row("name: in ACR's API", "GET", "/acr/v1/UP/_tags", 400, "NAME_INVALID", "lower")
    yield Row("name: mount source", "POST", "/v2/{r}/blobs/uploads/?mount={zero}&from=UP", 400,
              "NAME_INVALID", "lower")


def rows_of_references():
    yield Row("tag: leading dot", "GET", "/v2/{r}/manifests/.a", 400, "MANIFEST_INVALID", "tag")
    yield Row("tag: leading dash", "PUT", "/v2/{r}/manifests/-a", 400, "MANIFEST_INVALID", "tag",
              b"{}", (("Content-Type", MANIFEST),))
    yield Row("tag: other character", "GET", "/v2/{r}/manifests/a%21b", 400, "MANIFEST_INVALID",
              "tag")
    yield Row("tag: 129 characters", "GET", "/v2/{r}/manifests/" + "a" * 129, 400,
              "MANIFEST_INVALID", "128")
    yield Row("tag: in ACR's API", "GET", "/acr/v1/{r}/_tags/-a", 400, "MANIFEST_INVALID", "tag")
    digests = (("short", "sha256:abc", "64"), ("long", "sha256:" + "a" * 65, "64"),
               ("upper case", "sha256:" + "A" * 64, "lower"),
               ("not hex", "sha256:" + "g" * 64, "hex"),
               ("unknown algorithm", "md5:" + "a" * 32, "sha256"),
               ("no algorithm", ":" + "a" * 64, "sha256"),
               ("sha512 of 64 digits", "sha512:" + "a" * 64, "128"),
               ("empty value", "sha256:", "64"))
    for name, text, word in digests:
        yield Row(f"digest: {name}, manifest", "GET", f"/v2/{{r}}/manifests/{text}", 400,
                  "DIGEST_INVALID", word)
        yield Row(f"digest: {name}, blob", "GET", f"/v2/{{r}}/blobs/{text}", 400, "DIGEST_INVALID",
                  word)
    yield Row("digest: of a blob without algorithm", "GET", "/v2/{r}/blobs/abc", 400,
              "DIGEST_INVALID", "sha256")
    yield Row("digest: delete", "DELETE", "/v2/{r}/blobs/sha256:xyz", 400, "DIGEST_INVALID", "hex")
    yield Row("digest: referrers of a tag", "GET", "/v2/{r}/referrers/v1", 400, "DIGEST_INVALID",
              "sha256")
    yield Row("digest: mount", "POST", "/v2/{r}/blobs/uploads/?mount=sha256:0&from={r}", 400,
              "DIGEST_INVALID", "64")
    yield Row("digest: ACR manifest", "GET", "/acr/v1/{r}/_manifests/v1", 400, "DIGEST_INVALID",
              "sha256")


def rows_of_uploads():
    unknown = "/v2/{r}/blobs/uploads/00000000-0000-4000-8000-000000000000"
    for method in ("GET", "PATCH", "DELETE"):
        yield Row(f"upload: unknown, {method}", method, unknown, 404, "BLOB_UPLOAD_UNKNOWN",
                  "upload", b"x" if method == "PATCH" else None)
    yield Row("upload: unknown, PUT", "PUT", unknown + "?digest={zero}", 404, "BLOB_UPLOAD_UNKNOWN",
              "upload", b"")
    yield Row("upload: an id that is none", "GET", "/v2/{r}/blobs/uploads/x", 404,
              "BLOB_UPLOAD_UNKNOWN", "upload")
    yield Row("upload: a path as id", "GET", "/v2/{r}/blobs/uploads/..%2Fx", 404, "NAME_UNKNOWN",
              "path")
    yield Row("upload: PUT without digest", "PUT", "{upload}", 400, "DIGEST_INVALID", "digest", b"")
    yield Row("upload: PUT with a malformed digest", "PUT", "{upload}?digest=sha256:1", 400,
              "DIGEST_INVALID", "64", b"")
    yield Row("upload: PUT with an unknown algorithm", "PUT", "{upload}?digest=md5:1", 400,
              "DIGEST_INVALID", "sha256", b"")
    yield Row("upload: POST with a malformed digest", "POST", "/v2/{r}/blobs/uploads/?digest=x",
              400, "DIGEST_INVALID", "sha256", b"")
    yield Row("upload: POST with an unknown algorithm", "POST",
              "/v2/{r}/blobs/uploads/?digest-algorithm=md5", 400, "DIGEST_INVALID", "sha256", b"")
    yield Row("upload: POST with a wrong digest", "POST", "/v2/{r}/blobs/uploads/?digest={zero}",
              400, "DIGEST_INVALID", "{zero}", b"other")
    ranges = (("malformed", "abc", 400), ("reversed", "9-5", 400), ("open", "10-", 400),
              ("negative", "-5", 400), ("another unit", "lines 0-4", 400),
              ("overflow", "10-99999999999999999999", 400))
    for name, text, status in ranges:
        yield Row(f"chunk: {name}", "PATCH", "{upload}", status, "BLOB_UPLOAD_INVALID",
                  "content-range", b"01234", (("Content-Range", text),))
    for name, text, word in (("gap", "15-19", "10"), ("overlap", "5-9", "10"),
                             ("from the start", "0-4", "10")):
        yield Row(f"chunk: {name}", "PATCH", "{upload}", 416, "BLOB_UPLOAD_INVALID", word, b"01234",
                  (("Content-Range", text), ("Content-Type", OCTETS)))
    yield Row("chunk: more than announced", "PATCH", "{upload}", 400, "SIZE_INVALID", "3", b"01234",
              (("Content-Range", "10-12"),))
    yield Row("chunk: less than announced", "PATCH", "{upload}", 400, "SIZE_INVALID", "10",
              b"01234", (("Content-Range", "10-19"),))
    yield Row("chunk: PUT with a gap", "PUT", "{upload}?digest={zero}", 416, "BLOB_UPLOAD_INVALID",
              "10", b"01234", (("Content-Range", "15-19"),))


def manifest_bodies():
    """(name, body, word) of documents that are no image manifest."""
    config = b'"config":{"mediaType":"a/b","digest":"{blob}","size":2}'
    head = b'{"schemaVersion":2,"mediaType":"' + MANIFEST.encode() + b'",'
    yield "empty", b"", "json"
    yield "no JSON", b"hello", "json"
    yield "cut off", b'{"schemaVersion":2', "json"
    yield "an array", b"[]", "object"
    yield "a number", b"5", "object"
    yield "empty object", b"{}", "schemaVersion"
    yield "schema 1", b'{"schemaVersion":1,"name":"a"}', "schema 1"
    yield "schema as text", b'{"schemaVersion":"2"}', "schemaVersion"
    yield "no config", head + b'"layers":[]}', "config"
    yield "no layers", head + config + b"}", "layers"
    yield "layers is no array", head + config + b',"layers":{}}', "layers"
    yield "config is text", head + b'"config":"x","layers":[]}', "config"
    yield "layer without digest", head + config + b',"layers":[{"mediaType":"a/b","size":1}]}', (
        "layers[0]")
    yield "layer without size", (head + config +
                                 b',"layers":[{"mediaType":"a/b","digest":"{blob}"}]}'), "size"
    yield "negative size", (head + config +
                            b',"layers":[{"mediaType":"a/b","digest":"{blob}","size":-1}]}'), "size"
    yield "fractional size", (head + config + b',"layers":[{"mediaType":"a/b","digest":"{blob}",'
                              b'"size":1.5}]}'), "size"
    yield "two configs", head + config + b"," + config + b',"layers":[]}', "config"
    yield "another media type", (b'{"schemaVersion":2,"mediaType":"' + INDEX.encode() +
                                 b'","manifests":[]}'), "mediatype"
    yield "trailing text", head + config + b',"layers":[]} x', "json"
    yield "not UTF-8", head + config + b',"layers":[],"annotations":{"a":"\xff"}}', "byte"
    yield "image and index", head + config + b',"layers":[],"manifests":[]}', "manifests"
    yield "nested too deep", (head + config + b',"layers":[],"x":' + b"[" * 200 + b"]" * 200 +
                              b"}"), "32 levels"


def rows_of_manifests():
    typed = (("Content-Type", MANIFEST),)
    target = "/v2/{r}/manifests/new"
    for name, body, word in manifest_bodies():
        yield Row(f"manifest: {name}", "PUT", target, 400, "MANIFEST_INVALID", word, body, typed)
    yield Row("manifest: a malformed digest inside", "PUT", target, 400, "DIGEST_INVALID", "64",
              b'{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:1","size":1},'
              b'"layers":[]}', typed)
    yield Row("manifest: unknown content type", "PUT", target, 400, "MANIFEST_INVALID",
              "content-type", b"{}", (("Content-Type", "text/plain"),))
    yield Row("manifest: not the digest it is pushed to", "PUT", "/v2/{r}/manifests/{zero}", 400,
              "DIGEST_INVALID", "{zero}", b'{"schemaVersion":2}', typed)


def rows_of_routes():
    yield Row("route: nothing there", "GET", "/nothing", 404, "NAME_UNKNOWN", "path")
    yield Row("route: nothing in v2", "GET", "/v2/a/b/c", 404, "NAME_UNKNOWN", "path")
    for method, target, right in (
            ("POST", "/v2/{r}/manifests/v1", "PUT"), ("PATCH", "/v2/{r}/manifests/v1", "DELETE"),
            ("PUT", "/v2/{r}/tags/list", "GET"), ("POST", "/v2/_catalog", "GET"),
            ("PUT", "/v2/{r}/blobs/{zero}", "HEAD"), ("GET", "/v2/{r}/blobs/uploads/", "POST"),
            ("POST", "/v2/{r}/referrers/{zero}", "GET"), ("DELETE", "/v2/", "GET"),
            ("BREW", "/v2/{r}/tags/list", "GET"), ("POST", "/acr/v1/{r}", "PATCH")):
        yield Row(f"route: {method} {target}", method, target, 405, "UNSUPPORTED", right)
    yield Row("query: bad n", "GET", "/v2/{r}/tags/list?n=x", 400, "UNSUPPORTED", "n")
    yield Row("query: broken escape", "GET", "/v2/{r}/tags/list?last=%zz", 400, "UNSUPPORTED",
              "escaped")
    yield Row("path: broken escape", "GET", "/v2/{r}%z/tags/list", 400, "UNSUPPORTED", "percent")
    yield Row("path: NUL", "GET", "/v2/{r}%00/tags/list", 400, "UNSUPPORTED", "control")


ROWS = [row for part in (rows_of_names, rows_of_references, rows_of_uploads, rows_of_manifests,
                         rows_of_routes) for row in part()]
