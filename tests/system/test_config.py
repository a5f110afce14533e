"""Configuration: file, environment and flags, and errors that name the place and the fix."""

import json
import re

import pytest

from server import run_berth, to_toml

GOOD = {"server": {"drain": "5s"}, "limits": {"connections": 100, "manifest_bytes": "4MiB"},
        "log": {"level": "warning", "requests": "errors"}}

# The file's text, the line that is wrong, and words that the message must have.
BAD = (
    ("[limits]\nconections = 5\n", 2, ("conections", "connections")),
    ("[limts]\nconnections = 5\n", 1, ("limts", "limits")),
    ("[log]\nlevel = \"info\"\nformat = \"jsn\"\n", 3, ("jsn", "json")),
    ("[log]\nlevel = \"loud\"\n", 2, ("loud", "debug")),
    ("[limits]\nconnections = \"many\"\n", 2, ("connections",)),
    ("[limits]\nconnections = -1\n", 2, ("connections",)),
    ("[limits]\nconnections = 0\n", 2, ("connections",)),
    ("[limits]\nheader_timeout = \"1 fortnight\"\n", 2, ("header_timeout", "fortnight")),
    ("[limits]\nheader_timeout = 10\n", 2, ("header_timeout",)),
    ("[uploads]\ncheckpoint = \"64 bananas\"\n", 2, ("checkpoint", "bananas")),
    ("[manifests]\nsparse_indexes = \"maybe\"\n", 2, ("maybe", "refuse", "accept")),
    ("[http]\nlisten = \"localhost\"\n", 2, ("listen", "port")),
    ("[http]\nlisten = \"localhost:99999\"\n", 2, ("99999",)),
    ("[http]\nlisten = \"0.0.0.0:5000\"\n", 2, ("loopback",)),
    ("[tls]\nlisten = \"localhost:5443\"\n", None, ("cert", "key")),
    ("[tls]\nlisten = \"localhost:5443\"\ncert = \"a.crt\"\n", None, ("key",)),
    ("[server]\ndata = 5\n", 2, ("data",)),
    ("server = 5\n", 1, ("server",)),
    ("[log]\nlevel = \"info\"\nlevel = \"debug\"\n", 3, ("level",)),
    ("[log\nlevel = \"info\"\n", 1, ()),
    ("[log]\nlevel = \n", 2, ()),
    ("loglevel = \"info\"\n", 1, ("loglevel",)),
)


def write(folder, text):
    path = folder / "berth.toml"
    path.write_text(text)
    return path


def check(path, *arguments, **environment):
    return run_berth("config", "check", "--config", path, *arguments, **environment)


def effective(*arguments, **environment):
    """{key: (value, origin)} of everything in force."""
    shown = run_berth("config", "show", "--effective", "--output", "json", *arguments,
                      **environment)
    assert shown.returncode == 0, shown
    return {row["key"]: (row["value"], row["origin"]) for row in json.loads(shown.stdout)}


def test_good_file(tmp_path):
    answer = check(write(tmp_path, to_toml(GOOD)))
    assert answer.returncode == 0, answer


@pytest.mark.parametrize("text,line,words", BAD, ids=[repr(row[0]) for row in BAD])
def test_bad_file(tmp_path, text, line, words):
    path = write(tmp_path, text)
    serve = run_berth("serve", "--config", path, "--data", tmp_path / "data", timeout=20)
    for answer, code in ((check(path), 1), (serve, 2)):
        assert answer.returncode == code, answer
        place = f"{path}:{line}" if line else str(path)
        assert place in answer.stderr, answer.stderr
        for word in words:
            assert word in answer.stderr, f"{word!r} is not said in {answer.stderr}"
    assert not (tmp_path / "data").exists()


def test_all_problems_at_once(tmp_path):
    path = write(tmp_path, "[limits]\nconections = 5\n[log]\nlevel = \"loud\"\n"
                           "[htp]\nlisten = \"localhost:1\"\n")
    answer = check(path)
    assert answer.returncode == 1
    for place in (2, 4, 5):
        assert f"{path}:{place}" in answer.stderr, answer.stderr


def test_missing_file(tmp_path):
    answer = check(tmp_path / "absent.toml")
    assert answer.returncode in (1, 3) and str(tmp_path / "absent.toml") in answer.stderr, answer


def test_precedence(tmp_path):
    """Flag over environment over file over default, and each value says where it comes from."""
    path = write(tmp_path, to_toml({"log": {"level": "warning", "format": "json"}}))
    shown = effective("--config", path)
    assert shown["log.level"] == ("warning", f"{path}:2:9")
    assert shown["log.requests"] == ("errors", "default")
    shown = effective("--config", path, BERTH_LOG_LEVEL="error")
    assert shown["log.level"] == ("error", "environment variable BERTH_LOG_LEVEL")
    assert shown["log.format"][0] == "json"
    shown = effective("--config", path, "--log-level", "debug", BERTH_LOG_LEVEL="error")
    assert shown["log.level"] == ("debug", "flag --log-level")


def test_defaults_are_shown():
    expected = """server.data server.drain http.listen tls.listen tls.cert tls.key operations.listen
        limits.connections limits.header_bytes limits.header_timeout limits.idle_timeout
        limits.min_body_rate limits.manifest_bytes limits.blob_bytes limits.open_uploads
        limits.page_entries uploads.expire uploads.checkpoint gc.interval gc.grace
        manifests.sparse_indexes storage.reserve log.level log.format log.requests""".split()
    shown = effective()
    assert set(expected) <= set(shown)
    assert {origin for _, origin in shown.values()} == {"default"}
    assert shown["uploads.checkpoint"][0] == "64MiB"
    assert shown["manifests.sparse_indexes"][0] == "refuse"


@pytest.mark.parametrize("name,value,words", (
    ("BERTH_LIMITS_CONECTIONS", "5", ("BERTH_LIMITS_CONECTIONS", "BERTH_LIMITS_CONNECTIONS")),
    ("BERTH_LIMITS_CONNECTIONS", "many", ("BERTH_LIMITS_CONNECTIONS",)),
    ("BERTH_LOG_LEVEL", "loud", ("BERTH_LOG_LEVEL", "debug"))))
def test_bad_environment(tmp_path, name, value, words):
    answer = check(write(tmp_path, ""), **{name: value})
    assert answer.returncode == 1, answer
    for word in words:
        assert word in answer.stderr, answer.stderr


@pytest.mark.parametrize("arguments", (
    ("serve", "--lisen", "localhost:0"), ("srve",), ("gc", "--grace", "soon"),
    ("serve", "--log-level", "loud"), ("config", "chek"), ("verify", "--output", "xml")))
def test_wrong_usage(tmp_path, arguments):
    answer = run_berth(*arguments, cwd=tmp_path, timeout=20)
    assert answer.returncode == 2 and answer.stderr.strip(), answer
    assert not list(tmp_path.iterdir())


def test_help_and_version():
    for arguments in (("--help",), ("serve", "--help"), ("gc", "--help"), ("--version",)):
        answer = run_berth(*arguments)
        assert answer.returncode == 0 and answer.stdout.strip(), answer
    assert re.search(r"\d+\.\d+\.\d+", answer.stdout)


@pytest.mark.parametrize("verb", ("gc", "verify"))
def test_verbs_without_data(tmp_path, verb):
    answer = run_berth(verb, "--data", tmp_path / "absent")
    assert answer.returncode == 3 and str(tmp_path / "absent") in answer.stderr, answer
    assert not (tmp_path / "absent").exists()
