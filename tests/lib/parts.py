"""The parts of ./test: each runs one suite against one build and says what it counted."""
import dataclasses
import os
import pathlib
import re
import shutil
import sys

import junit
import steps
from junit import Counts
from steps import LOGS, ROOT

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's pytest; PATH may hold another
SYMBOLIZER = "/usr/lib/llvm-16/bin/llvm-symbolizer"


@dataclasses.dataclass
class Result:
    """What one part counted, and what it has to say: failed names, reasons for skips, the log."""

    counts: Counts
    log: pathlib.Path
    failed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)

    def skip(self, why):
        self.counts += Counts(skipped=1)
        self.skipped.append(why)

    def fail(self, what):
        self.counts += Counts(failed=1)
        self.failed.append(what)

    def read(self, reports):
        """Adds the JUnit reports that exist."""
        for report in reports:
            for name, state, reason in junit.cases(report):
                setattr(self.counts, state, getattr(self.counts, state) + 1)
                if state == "failed":
                    self.failed.append(name)
                elif state == "skipped":
                    self.skipped.append(reason or name)


@dataclasses.dataclass
class Run:
    """One part under one build."""

    part: str
    preset: str
    long: bool

    @property
    def name(self):
        return self.part if self.preset == "asan" else f"{self.part} ({self.preset})"

    @property
    def directory(self):
        return LOGS / f"{self.part}-{self.preset}"

    @property
    def log(self):
        return LOGS / (f"{self.part}.log" if self.preset == "asan" else f"{self.part}-{self.preset}.log")

    def environment(self):
        rounds = "100" if self.long else "8"
        return {"BERTH_BINARY": str(ROOT / "build" / self.preset / "src/cli/berth"),
                "BERTH_CRASH_ROUNDS": os.environ.get("BERTH_CRASH_ROUNDS", rounds),
                "ASAN_SYMBOLIZER_PATH": SYMBOLIZER, "UBSAN_OPTIONS": "print_stacktrace=1",
                "TSAN_OPTIONS": f"external_symbolizer_path={SYMBOLIZER}:history_size=7",
                "PYTHONDONTWRITEBYTECODE": "1"}

    def fresh(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.log.unlink(missing_ok=True)
        return Result(Counts(), self.log)

    def execute(self, command, minutes, environment=None):
        return steps.run(self.name.ljust(14), command, self.log, minutes * 60,
                         {**self.environment(), **(environment or {})})


def pytest_part(run, folder, minutes):
    """A folder of pytest files; an end without a failed test (a crash, a time-out) is a failure too."""
    result = run.fresh()
    add_pytest(run, result, folder, minutes)
    return result


def add_pytest(run, result, folder, minutes):
    if not (ROOT / folder).is_dir():
        result.skip(f"{folder} is not in this tree")
        return
    report = run.directory / (pathlib.Path(folder).name + ".xml")
    code = run.execute([PYTHON, "-m", "pytest", "-v", "--tb=short", "-p", "no:cacheprovider", "--durations=5",
                        "-o", "junit_family=xunit1", f"--junitxml={report}", folder], minutes)
    if report.exists():
        result.read([report])
    if code != 0 and not result.failed:
        result.fail(f"{folder}: " + ("took too long" if code is None else f"pytest ended with {code}"))


def unit(run):
    """One GoogleTest program per module, through ctest. A program that dies counts as one failure more."""
    result = run.fresh()
    report = run.directory / "ctest.xml"
    code = run.execute(["ctest", "--test-dir", f"build/{run.preset}", "--output-on-failure", "-j", os.cpu_count(),
                        "--timeout", "300", "--output-junit", report], 15,
                       {"GTEST_OUTPUT": f"xml:{run.directory}/gtest/"})
    result.read(sorted((run.directory / "gtest").glob("*.xml")))
    reported = {path.stem for path in (run.directory / "gtest").glob("*.xml")}
    for name, state, _ in junit.cases(report) if report.exists() else []:
        if state != "passed" and f"berth_{name.split('.')[-1]}_test" not in reported:
            result.fail(f"{name.split('.')[-1]}: the test program ended before its report, or could not start")
    if code != 0 and not result.failed:
        result.fail("ctest took too long" if code is None else f"ctest ended with {code}")
    return result


def conformance(run):
    """The project's own test of the specification, then the official suite where it can be had."""
    result = pytest_part(run, "tests/conformance", 10)
    output = LOGS / "conformance" if run.preset == "asan" else run.directory / "official"
    code = run.execute([PYTHON, "tests/conformance/official", output], 30)
    result.read(sorted(output.glob("*/judged.xml")) if code in (0, 1) else [])
    if code == 77:
        result.skip(steps.last_line(run.log))
    elif code != 0 and not result.failed:
        result.fail(f"tests/conformance/official ended with {code}")
    return result


def clients(run):
    result = run.fresh()
    run.execute(["tests/clients/get-go-tools"], 15)  # what these cannot get, the tests skip by name
    run.execute(["tests/clients/get-packages"], 25)
    add_pytest(run, result, "tests/clients", 15)
    return result


def network(run):
    """The network lab. The newest azure-cli is fetched once, and skipped by name where it cannot be had."""
    result = run.fresh()
    run.execute(["tests/clients/get-packages"], 25)
    add_pytest(run, result, "tests/network", 15)
    return result


def fuzz(run):
    """libFuzzer targets from their seed corpora: seconds each in the short run, ten minutes in the long one."""
    result = run.fresh()
    if not (ROOT / "tests/fuzz/run").exists():
        result.skip("tests/fuzz is not in this tree")
        return result
    code = run.execute(["tests/fuzz/run", "build/fuzz", "600" if run.long else "20"], 300 if run.long else 10)
    counted = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", steps.last_line(run.log))
    if counted:
        result.counts += Counts(*(int(number or 0) for number in counted.groups()))
        result.failed += ["a fuzz target, see the log"] * (result.counts.failed > 0)
    if code != 0 and not result.failed:
        result.fail("took too long" if code is None else f"tests/fuzz/run ended with {code}")
    return result


PARTS = {
    "unit": unit,
    "architecture": lambda run: pytest_part(run, "tests/architecture", 10),
    "system": lambda run: pytest_part(run, "tests/system", 15),
    "conformance": conformance,
    "clients": clients,
    "network": network,
    "crash": lambda run: pytest_part(run, "tests/crash", 120 if run.long else 10),
    "fuzz": fuzz,
}


def build_of(run):
    """(preset, targets) that a part needs; None when it needs none."""
    if run.part == "architecture":
        return None
    if run.part == "fuzz":
        return ("fuzz", ("tests/fuzz/all",))
    return (run.preset, ())


def explain(result):
    """Indented lines on what failed and what was skipped, each reason once with its count."""
    for name in result.failed[:25]:
        steps.say(f"      failed: {name[:200]}")
    if len(result.failed) > 25:
        steps.say(f"      … and {len(result.failed) - 25} more")
    for reason in dict.fromkeys(result.skipped):
        times = result.skipped.count(reason)
        steps.say(f"      skipped: {reason[:200]}" + (f" ({times} times)" if times > 1 else ""))
    if result.failed:
        steps.say(f"      the end of {os.path.relpath(result.log, ROOT)}:")
        steps.say(steps.tail(result.log))
    sys.stdout.flush()
