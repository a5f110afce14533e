"""How many bytes of a pushed blob the server reads back from its own files.

Counted at the system-call border: strace names the file behind each descriptor (-y), and every call
that can fetch file content (read, pread, sendfile, splice, copy_file_range, mmap) on a file below
blobs/ or uploads/ counts with the bytes it returned, or for mmap with the length it maps. The page
cache cannot hide a read from this, as it would from the disk counters of /proc/PID/io. Metadata
(SQLite) is no content of a blob and is left out. A pull of the same blob is the control: it must
count at least the blob's size, or the method is blind.
"""

import re
import signal
import subprocess
import time

from registry import digest_of, make_bytes

CALLS = "read,pread64,readv,preadv,preadv2,sendfile,splice,copy_file_range,mmap"
MODES = ("mono", "single", "streamed", "patch", "chunked", "last-in-put")
SIZE = 24 << 20


class Tracer:
    """strace on a running server; stopped by its own id."""

    def __init__(self, pid, output):
        self.output = output
        self.popen = subprocess.Popen(["strace", "-f", "-y", "-qq", "-e", f"trace={CALLS}", "-o",
                                       str(output), "-p", str(pid)], stderr=subprocess.PIPE)
        self._await_attached(pid)

    def _await_attached(self, pid, seconds=10):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.popen.poll() is None:
            with open(f"/proc/{pid}/status", encoding="ascii") as status:
                if f"TracerPid:\t{self.popen.pid}\n" in status.read():
                    return
            time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"strace cannot attach: {self.popen.stderr.read().decode()}")

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
            self.popen.wait(30)


def content_bytes(trace, data):
    """Bytes that the traced calls fetched from content files below `data`."""
    marks = (f"<{data}/blobs/", f"<{data}/uploads/")
    pending, total = {}, 0
    for line in trace.read_text(errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        if call.endswith("<unfinished ...>"):
            pending[thread] = call
            continue
        if "resumed>" in call:
            call = pending.pop(thread, "") + call
        result = re.search(r"= (0x[0-9a-f]+|\d+)", call)
        if result and any(mark in call for mark in marks):
            mapped = re.match(r"\s*mmap\([^,]+, (\d+)", call)
            total += int(mapped.group(1)) if mapped else int(result.group(1), 0)
    return total


def traced(berth, action):
    output = berth.folder / "trace"
    tracer = Tracer(berth.pid, output)
    try:
        action()
    finally:
        tracer.stop()
    return content_bytes(output, berth.data)


def measure(berth):
    """{way of pushing: bytes read back} and the control."""
    contents = {mode: make_bytes(f"read back {mode}", SIZE) for mode in MODES}
    found = {}
    with berth.client() as client:
        for mode, content in contents.items():
            found[mode] = traced(berth, lambda m=mode, c=content: client.push_blob("back", c, m))
        digest = digest_of(contents["mono"])
        found["mount"] = traced(berth, lambda: client.mount("other", digest, "back").expect(201))
        control = traced(berth, lambda: client.blob("back", digest).expect(200))
    if control < SIZE:
        raise RuntimeError(f"a pull of {SIZE} bytes was counted as {control}: the count is wrong")
    return {"bytes": sum(found.values()), "ways": found, "control": control, "size": SIZE}
