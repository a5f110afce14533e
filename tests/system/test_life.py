"""Start and end of a server: draining, ports taken, the lock on the data."""

import os
import re
import signal
import socket
import time

from registry import digest_of, make_bytes
from server import run_berth, wait_for

MIB = 1 << 20


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return False
    except ConnectionRefusedError:
        return True


def test_stop_waits_for_an_upload(start):
    server, content = start(), make_bytes("drain", 2 * MIB)
    with server.client() as client:
        location = client.start_upload("a/b")
    with server.raw() as slow, server.raw() as idle:
        idle.head("GET", "/v2/")
        assert idle.response().status == 200
        slow.head("PUT", f"{location}?digest={digest_of(content)}",
                  f"Content-Length: {len(content)}", "Expect: 100-continue")
        assert slow.response().status == 100
        slow.send(content[:MIB])
        server.signal(signal.SIGTERM)
        wait_for(lambda: refused(server.port), "new connections are refused")
        assert idle.closed()  # nobody waits for those who ask nothing
        assert server.running()
        slow.send(content[MIB:])
        created = slow.response("PUT").expect(201)
        assert created.header("Connection", "").lower() == "close" or slow.closed()
    assert server.wait() == 0
    server.start()
    with server.client() as client:
        assert client.blob("a/b", digest_of(content)).expect(200).body == content


def test_stop_does_not_wait_for_ever(start):
    server, content = start({"server": {"drain": "1s"}}), make_bytes("stuck", MIB)
    with server.client() as client:
        location = client.start_upload("a/b")
    with server.raw() as stuck:
        stuck.head("PATCH", location, f"Content-Length: {MIB}", "Expect: 100-continue")
        assert stuck.response().status == 100
        stuck.send(content[:1000])
        assert server.stop(20) == 0
    server.start()
    with server.client() as client:  # what had arrived is kept
        offset = client.upload_offset(location)
        assert offset == 1000
        answer = client.patch(location, content[offset:], start=offset).expect(202)
        client.finish_upload(answer.header("Location"), digest_of(content)).expect(201)


def test_stop_is_quick_when_idle(start):
    server = start()
    with server.client() as client:
        client.get("/v2/").expect(200)
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 5


def test_interrupt_ends_as_well(start):
    server = start()
    server.signal(signal.SIGINT)
    assert server.wait() == 0


def test_reading_the_configuration_again_holds_up_nobody(start):
    server = start({"server": {"threads": 1}})
    server.config_file.unlink()
    os.mkfifo(server.config_file)  # a file that is as slow as this test wants
    server.signal(signal.SIGHUP)

    def read_by_the_server():
        try:
            return os.open(server.config_file, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # not yet
            return None

    with os.fdopen(wait_for(read_by_the_server, "the file is read"), "wb") as slow:
        with server.client() as client:
            client.get("/v2/").expect(200)
        slow.write(b"nonsense")
    wait_for(lambda: "configuration not reloaded" in server.log(), "the log says what is wrong")


def test_port_taken(start, tmp_path):
    server = start()
    answer = run_berth("serve", "--data", tmp_path / "other", "--listen",
                       f"localhost:{server.port}", "--operations", "localhost:0")
    assert answer.returncode not in (0, 2), answer
    said = answer.stdout + answer.stderr
    assert str(server.port) in said and re.search("in use|taken", said), said


def test_data_in_use(start):
    server = start()
    answer = server.run("serve", "--listen", "localhost:0", "--operations", "localhost:0")
    assert answer.returncode not in (0, 2), answer
    said = answer.stdout + answer.stderr
    assert str(server.data) in said and re.search("in use|another|running", said), said
    with server.client() as client:
        client.get("/v2/").expect(200)


def test_data_is_free_after_a_kill(start):
    server = start()
    server.kill()
    server.start()


def test_data_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    answer = run_berth("serve", "--data", tmp_path / "file" / "data", "--listen", "localhost:0")
    assert answer.returncode not in (0, 2) and str(tmp_path / "file") in answer.stderr, answer
