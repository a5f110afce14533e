"""What an operator sees: health, metrics, logs with correlation ids and without secrets."""

import re

from registry import make_image
from server import Server, wait_for

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LINE = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="([^"\\]|\\.)*",?)*\})? '
                  r"([+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN)")


def metrics(server):
    """{series: value} of the exposition, which must be well-formed."""
    with server.operations() as operations:
        answer = operations.get("/metrics").expect(200)
    assert answer.header("Content-Type").startswith("text/plain; version=0.0.4")
    values, kinds = {}, {}
    assert answer.body.endswith(b"\n")
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds and kind in ("counter", "gauge", "histogram"), line
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            assert LINE.fullmatch(line), line
            series, value = line.rsplit(" ", 1)
            assert series not in values, line
            name = re.sub(r"(_bucket|_sum|_count)?(\{.*)?$", "", series)
            assert name in kinds or series.split("{")[0] in kinds, line
            values[series] = float(value)
    return values


def test_health(server):
    with server.operations() as operations:
        operations.get("/livez").expect(200)
        operations.get("/readyz").expect(200)
        operations.get("/v2/").expect(404)
        operations.get("/nothing").expect(404)
    with server.client() as client:
        for target in ("/metrics", "/livez", "/readyz"):
            client.get(target).expect(404)


def test_metrics_count(server, client, repository):
    before = metrics(server)
    client.push_image(repository, "v1", make_image(repository))
    for _ in range(5):
        client.manifest(repository, "v1").expect(200)
    after = metrics(server)
    grown = {name for name in after if after[name] > before.get(name, 0)}
    assert any("requests" in name for name in grown), after
    assert all(name.startswith(("berth_", "process_")) for name in after), after
    assert repository not in " ".join(after)  # names are no labels: their number has no bound


# ---- logs

def test_requests_in_the_log(server, client, repository):
    created = client.push_blob(repository, b"logged", "single")
    wanted = created.header("X-Ms-Correlation-Request-Id")
    assert re.fullmatch(UUID, wanted)
    find = lambda: [line for line in server.log_lines() if line.get("correlationId") == wanted]
    line = wait_for(find, "the request is logged")[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", line["time"])
    assert line["level"] == "info" and line["event"] and line["status"] == 201
    assert line["method"] == "POST" and line["path"] == f"/v2/{repository}/blobs/uploads/"


def test_no_query_in_the_log(server, client, repository):
    client.get(f"/v2/{repository}/tags/list?last=se-cret-value&sig=other-secret")
    wanted = client.get("/v2/?sig=third-secret").header("X-Ms-Correlation-Request-Id")
    wait_for(lambda: wanted in server.log(), "the last request is logged")
    assert "secret" not in server.log().replace("se-cret", "secret")


def test_hostile_text_in_the_log(server):
    with server.raw() as connection:
        connection.head("GET", "/v2/\x1b[31mred%0aline", 'User-Agent: a"b\x1b\\c')
        answer = connection.response()
    if answer.header("X-Ms-Correlation-Request-Id"):
        wanted = answer.header("X-Ms-Correlation-Request-Id")
        wait_for(lambda: wanted in server.log(), "the request is logged")
    assert "\x1b" not in server.log()
    server.log_lines()  # every line is still JSON


def test_only_errors_are_logged_by_default(start):
    server = start()
    with server.client() as client:
        good = client.get("/v2/").header("X-Ms-Correlation-Request-Id")
        bad = client.get("/v2/UPPER/tags/list").header("X-Ms-Correlation-Request-Id")
        wait_for(lambda: bad in server.log(), "the refusal is logged")
    assert good not in server.log()


def test_correlation_ids_differ(client):
    ids = {client.get(target).header("X-Ms-Correlation-Request-Id")
           for target in ("/v2/", "/v2/", "/v2/nothing", "/nothing")}
    assert len(ids) == 4 and all(re.fullmatch(UUID, one) for one in ids)


def test_human_log(tmp_path):
    server = Server(tmp_path, arguments=["--log-format", "human"])
    try:
        server.start()
        with server.client() as client:
            client.get("/v2/UPPER/tags/list").expect(400)
        wait_for(lambda: "UPPER" in server.log(), "the refusal is logged")
        assert not server.log().lstrip().startswith("{")
    finally:
        server.finish()
