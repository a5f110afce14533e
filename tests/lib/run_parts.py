#!/usr/bin/python3
"""Builds what the named parts need, runs them in order, and ends with `N passed, N failed, N skipped`.

usage: run_parts.py [--long] [--style] ITEM...       ITEM is PART or PRESET:PART (asan unless said)
Exit code: 0 nothing failed, 1 something did, 2 wrong usage. ./test and .ci/run call this.
"""
import argparse
import signal
import sys
import time

import parts
import steps
import style
from junit import Counts


def line(mark, name, counts, seconds):
    steps.say(f"  {mark} {name.ljust(20)} {str(counts).ljust(38)} {steps.clock(seconds)}")


class Tally:
    def __init__(self):
        self.total, self.builds, self.log_of = Counts(), {}, {}

    def built(self, needed):
        """Builds once per preset and target; whether it worked. A failed build counts as one failure."""
        if needed not in self.builds:
            start = time.monotonic()
            log, good = steps.build(*needed)
            self.builds[needed] = good
            steps.say(f"  {'✓' if good else '✗'} {('build ' + needed[0]).ljust(20)} {''.ljust(38)} "
                      f"{steps.clock(time.monotonic() - start)}")
            if not good:
                self.total += Counts(failed=1)
                steps.say(steps.tail(log))
        return self.builds[needed]

    def run(self, run):
        needed = parts.build_of(run)
        start = time.monotonic()
        if needed and not self.built(needed):
            result = parts.Result(Counts(), run.log)
            result.skip(f"{run.name}: build {needed[0]} failed")
        else:
            start = time.monotonic()
            result = parts.PARTS[run.part](run)
        self.finish(run.name, result, start)

    def finish(self, name, result, start):
        self.total += result.counts
        mark = "✗" if result.counts.failed else ("✓" if result.counts.passed else "–")
        line(mark, name, result.counts, time.monotonic() - start)
        parts.explain(result)


def plan(items, long):
    runs = []
    for item in items:
        preset, _, part = item.rpartition(":")
        if part not in parts.PARTS:
            sys.exit(f"no such part: {part}; there are {', '.join(parts.PARTS)}")
        runs.append(parts.Run(part, preset or "asan", long))
    return runs


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--long", action="store_true")
    arguments.add_argument("--style", action="store_true")
    arguments.add_argument("items", nargs="*")
    chosen = arguments.parse_args()
    runs = plan(chosen.items, chosen.long)
    # SIGTERM ends as Ctrl-C does: what runs is stopped, and no daemon stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tally = Tally()
    try:
        if chosen.style:
            for name, check in style.CHECKS.items():
                start = time.monotonic()
                tally.finish(name, check(), start)
        for run in runs:
            tally.run(run)
    except KeyboardInterrupt:
        steps.say("stopped")
        sys.exit(130)
    steps.say(str(tally.total))
    sys.exit(1 if tally.total.failed else 0)


main()
