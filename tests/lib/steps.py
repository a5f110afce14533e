"""Running one long command: its output goes to a log, its progress to the eye, its end is never in doubt."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "test-logs"
TERMINAL = sys.stdout.isatty()
QUIET_SECONDS = 60  # without a terminal: how often a long step says that it is alive


def say(text=""):
    print(text, flush=True)


def last_line(log):
    """The last complete line of a growing log."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.path.getsize(log) - 2000))
            lines = file.read().decode(errors="replace").replace("\r", "\n").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines[:-1]) if line.strip()), "")


def tail(log, lines=40):
    text = pathlib.Path(log).read_text(errors="replace").splitlines()
    return "\n".join("    | " + line[:220] for line in text[-lines:])


class Progress:
    """One line that rewrites itself on a terminal; a line a minute elsewhere."""

    def __init__(self, label):
        self.label, self.start, self.told = label, time.monotonic(), time.monotonic()

    def update(self, text):
        now = time.monotonic()
        line = f"  {self.label}  {clock(now - self.start)}  {text}"
        if TERMINAL:
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r\033[K" + line[:width])
            sys.stdout.flush()
        elif now - self.told >= QUIET_SECONDS:
            self.told = now
            say(line[:160])

    def clear(self):
        if TERMINAL:
            sys.stdout.write("\r\033[K")
            sys.stdout.flush()


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def stop_group(process):
    """Ends the command with all it started; waits for it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            return
        try:
            process.wait(15)
            return
        except subprocess.TimeoutExpired:
            continue


def run(label, command, log, limit_seconds, environment=None):
    """Runs the command from the root of the tree; its exit code, or None when it took too long."""
    log.parent.mkdir(parents=True, exist_ok=True)
    progress = Progress(label)
    with open(log, "ab") as output:
        output.write(f"$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   cwd=ROOT, env={**os.environ, **(environment or {})}, start_new_session=True)
    end = time.monotonic() + limit_seconds
    try:
        while process.poll() is None:
            if time.monotonic() > end:
                stop_group(process)
                with open(log, "a") as output:
                    output.write(f"\nstopped: not done within {clock(limit_seconds)} minutes\n")
                return None
            progress.update(last_line(log))
            time.sleep(0.2)
    except BaseException:
        stop_group(process)
        raise
    finally:
        progress.clear()
    return process.returncode


def build(preset, targets=()):
    """Configures and builds; the log, and whether it worked."""
    log = LOGS / f"build-{preset}.log"
    log.unlink(missing_ok=True)
    label = f"build {preset}".ljust(14)
    configured = run(label, ["cmake", "--preset", preset], log, 300) == 0
    arguments = ["--target", *targets] if targets else []
    return log, configured and run(label, ["cmake", "--build", "--preset", preset, *arguments], log, 2700) == 0
