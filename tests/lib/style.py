"""What .ci/run checks before any test: formatting, clang-tidy on what changed, shell scripts."""
import concurrent.futures
import os
import shutil
import subprocess
import time

import steps
from junit import Counts
from parts import Result
from steps import LOGS, ROOT

TIDY_SECONDS = 600
CPP = (".cpp", ".h")


def git(*arguments):
    done = subprocess.run(["git", "-c", "safe.directory=*", *arguments], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else None


def tracked():
    """Every file of the tree that is not ignored."""
    listed = git("ls-files", "--cached", "--others", "--exclude-standard")
    if listed is None:
        listed = [str(path.relative_to(ROOT)) for folder in ("src", "tests", ".ci") for path in (ROOT / folder).rglob("*")]
    return [path for path in listed if (ROOT / path).is_file()]


def base():
    """The commit to compare with: CI_BASE, the branch point, or the commit before; None: everything is new."""
    head = git("rev-parse", "HEAD")
    named = os.environ.get("CI_BASE", "")
    candidates = [named] if named else []
    candidates += (git("merge-base", "HEAD", "origin/main") or []) + ["HEAD~1"]
    for candidate in candidates:
        found = git("rev-parse", "--verify", "--quiet", candidate + "^{commit}")
        if found and found != head:
            return found[0]
    return None


def changed():
    """Sources that differ from base(), committed or not; a changed header stands for its own .cpp too."""
    start = base()
    everything = [path for path in tracked() if path.endswith(CPP)]
    if start is None:
        return [path for path in everything if path.endswith(".cpp")]
    names = set(git("diff", "--name-only", start) or []) | set(git("ls-files", "--others", "--exclude-standard") or [])
    names |= {name[:-2] + ".cpp" for name in names if name.endswith(".h")}
    return [path for path in everything if path in names and path.endswith(".cpp")]


def start(name):
    log = LOGS / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    return Result(Counts(), log)


def format_check():
    result = start("format")
    program = shutil.which("clang-format-16")
    if not program:
        result.skip("clang-format-16 is not on this machine")
        return result
    sources = [path for path in tracked() if path.endswith(CPP)]
    done = subprocess.run([program, "--dry-run", "-Werror", "--style=file", *sources], cwd=ROOT, capture_output=True,
                          text=True, check=False) if sources else None
    result.log.write_text(done.stderr if done else "")
    wrong = {line.split(":")[0] for line in result.log.read_text().splitlines() if ": error: " in line}
    for path in sorted(wrong):
        result.fail(f"{path}: run clang-format-16 -i {path}")
    result.counts += Counts(passed=len(sources) - len(wrong))
    return result


def tidy_one(program, path, end):
    """(path, seconds, what it said); seconds is None when there was no time left to begin or to end."""
    began = time.monotonic()
    if began >= end:
        return path, None, ""
    try:
        done = subprocess.run([program, "-p", "build/asan", "--quiet", path], cwd=ROOT, capture_output=True, text=True,
                              timeout=end - began, check=False)
    except subprocess.TimeoutExpired:
        return path, None, ""
    return path, time.monotonic() - began, done.stdout + done.stderr if done.returncode != 0 else ""


def tidy():
    """Within TIDY_SECONDS; what was not reached is named."""
    result = start("tidy")
    program = shutil.which("clang-tidy-16")
    if not program:
        result.skip("clang-tidy-16 is not on this machine")
        return result
    if steps.run("clang-tidy    ", ["cmake", "--preset", "asan"], result.log, 300) != 0:
        result.fail("cmake --preset asan, which writes what clang-tidy reads, failed")
        return result
    end = time.monotonic() + TIDY_SECONDS
    progress, paths = steps.Progress("clang-tidy    "), [path for path in changed() if path.startswith("src/")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, open(result.log, "a") as log:
        for number, (path, seconds, said) in enumerate(pool.map(lambda path: tidy_one(program, path, end), paths), 1):
            progress.update(f"[{number}/{len(paths)}] {path}")
            if seconds is None:
                result.skip(f"{path} was not reached within {TIDY_SECONDS // 60} minutes")
            elif said:
                result.fail(path)
            else:
                result.counts += Counts(passed=1)
            log.write(f"{path}: {'not reached' if seconds is None else f'{seconds:.0f} s'}\n{said}")
    progress.clear()
    return result


def is_shell(path):
    with open(ROOT / path, "rb") as file:
        first = file.readline()
    return path.endswith(".sh") or (first.startswith(b"#!") and (b"bash" in first or first.strip().endswith(b"sh")))


def shell():
    result = start("shellcheck")
    program = shutil.which("shellcheck")
    if not program:
        result.skip("shellcheck is not on this machine")
        return result
    for path in filter(is_shell, tracked()):
        done = subprocess.run([program, "-x", "-s", "bash", path], cwd=ROOT, capture_output=True, text=True, check=False)
        with open(result.log, "a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode != 0:
            result.fail(path)
        else:
            result.counts += Counts(passed=1)
    return result


CHECKS = {"clang-format": format_check, "clang-tidy": tidy, "shellcheck": shell}
