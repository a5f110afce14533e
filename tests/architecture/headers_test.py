"""Every header compiles alone: whoever includes it needs nothing else first.

What compiled once is remembered by the content of the header and of all it includes from this tree, so that a
second run compiles only what changed.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

import source

STAMPS = source.ROOT / "build" / "header-stamps"
FLAGS = ["-std=c++20", "-fsyntax-only", "-x", "c++", "-I", str(source.SRC), "-Wall", "-Wextra", "-Werror",
         "-DBOOST_ASIO_SEPARATE_COMPILATION", "-DBOOST_BEAST_SEPARATE_COMPILATION", "-DBOOST_ASIO_NO_DEPRECATED",
         "-DFMT_ENFORCE_COMPILE_STRING=0"]


def compiler():
    return shutil.which("clang++-16") or pytest.skip("clang-16 is not on this machine")


def content_hash(path):
    """Of the header and, through its quoted includes, of everything below src/ that it sees."""
    seen, todo, total = set(), [path], hashlib.sha256()
    while todo:
        current = todo.pop()
        if current in seen or not current.exists():
            continue
        seen.add(current)
        total.update(current.read_bytes())
        todo += [source.SRC / target for quoted, target in sorted(source.includes(current)) if quoted]
    return total.hexdigest()


def compile_alone(program, path):
    """None when it compiles, what the compiler said otherwise."""
    stamp = STAMPS / source.name(path).replace("/", "__")
    wanted = content_hash(path)
    if stamp.exists() and stamp.read_text() == wanted:
        return None
    # Through another file, since a header as main file warns about its own #pragma once.
    done = subprocess.run([program, *FLAGS, "-"], input=f'#include "{source.name(path)}"\n', text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        return done.stderr
    stamp.write_text(wanted)
    return None


def test_every_header_compiles_alone():
    program = compiler()
    STAMPS.mkdir(parents=True, exist_ok=True)
    headers = [path for path in source.files() if path.suffix == ".h"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = dict(zip(headers, pool.map(lambda path: compile_alone(program, path), headers)))
    broken = {pathlib.Path(path).name: text for path, text in said.items() if text}
    assert not broken, "\n".join(f"{name}:\n{text}" for name, text in broken.items())
