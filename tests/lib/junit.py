"""Counts of JUnit reports, whoever wrote them: pytest, GoogleTest, the OCI conformance suite."""
import dataclasses
import xml.etree.ElementTree as xml

STATES = {"failure": "failed", "error": "failed", "failed": "failed", "skipped": "skipped", "disabled": "skipped",
          "notrun": "skipped"}


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def state_of(case):
    """passed, failed or skipped: by a child element (pytest, GoogleTest) or by a status attribute (the suite)."""
    for child in case:
        if child.tag in STATES:
            return STATES[child.tag]
    return STATES.get((case.get("status") or "").lower(), "passed")


def cases(path):
    """(name, state, reason) of every test case in the file."""
    for case in xml.parse(path).getroot().iter("testcase"):
        told = next((child.get("message") or "" for child in case if child.tag in STATES), "")
        reason = told or (case.findtext("system-out") or "").strip().split("\n")[0]
        name = ".".join(part for part in (case.get("classname"), case.get("name")) if part)
        yield name, state_of(case), reason


def write(path, judged):
    """A report of (name, state, reason)."""
    suite = xml.Element("testsuite")
    for name, state, reason in judged:
        case = xml.SubElement(suite, "testcase", name=name)
        if state != "passed":
            xml.SubElement(case, "failure" if state == "failed" else "skipped", message=reason)
    xml.ElementTree(suite).write(path)


def count(paths):
    total = Counts()
    for path in paths:
        for _, state, _ in cases(path):
            setattr(total, state, getattr(total, state) + 1)
    return total
