"""kill -9 at random moments under concurrent push, delete and collection: nothing that was
acknowledged is missing or wrong, and nothing that was deleted comes back.

BERTH_CRASH_ROUNDS says how many rounds (100 and more for a full run), BERTH_CRASH_SEED repeats one.
"""

import os
import random
import threading
import time

import pytest

from ledger import Check, Ledger, Name
from server import Server
from workers import COMMON, Collector, Worker

ROUNDS = int(os.environ.get("BERTH_CRASH_ROUNDS", "12"))
SEED = os.environ.get("BERTH_CRASH_SEED", str(random.SystemRandom().randrange(10**6)))
WORKERS = 4
KEPT_ROUNDS = 3  # older repositories are deleted, so that a long run does not grow


class History:
    def __init__(self, server):
        self.server, self.ledger = server, Ledger()
        self.random = random.Random(SEED)
        self.broken = False
        self.acknowledged = self.collections = 0

    def load(self, number):
        """Runs clients and a collector, and kills the server under them."""
        collecting = number % 2 == 0
        killed, stopped = threading.Event(), threading.Event()
        self.ledger.shared.add(Name("tag", f"r{number}/{COMMON}", "moving"))
        workers = [Worker(self.server, self.ledger, f"r{number}", i, SEED, killed, collecting)
                   for i in range(WORKERS)]
        collector = Collector(self.server, "0s" if collecting else "1h", stopped)
        for thread in (*workers, collector):
            thread.start()
        time.sleep(self.random.uniform(0.03, 0.8))  # the moment is what the test varies
        killed.set()
        stopped.set()
        self.server.kill()
        for thread in (*workers, collector):
            thread.join()
        failures = [thread.failure for thread in (*workers, collector) if thread.failure]
        assert not failures, failures
        if collecting:
            self.ledger.forget_blobs()
        self.acknowledged += sum(worker.acknowledged for worker in workers)
        self.collections += collector.runs

    def check(self, number):
        names = [n for n in self.ledger.possible if self.round_of(n) > number - 2]
        older = sorted(n for n in self.ledger.possible if self.round_of(n) <= number - 2)
        names += self.random.sample(older, min(len(older), 100))
        problems = Check(self.server, self.ledger).run(names)
        assert not problems, "\n".join(problems)
        verified = self.server.run("verify", "--output", "json")
        assert verified.returncode == 0, verified

    @staticmethod
    def round_of(name):
        return int(name.repository.split("/")[0][1:])

    def retire(self, number):
        """Deletes whole repositories of an old round."""
        old = [n for n in self.ledger.possible if self.round_of(n) == number - KEPT_ROUNDS]
        with self.server.client() as client:
            for repository in sorted({n.repository for n in old}):
                answer = client.delete(f"/acr/v1/{repository}").expect(202, 404)
                present = [n for n in old if n.repository == repository
                           and n.kind == "manifest" and self.ledger.values(n) == {True}]
                assert answer.status == 202 or not present, answer
        for name in old:
            self.ledger.possible[name] = {None}


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("kill"), {"uploads": {"checkpoint": "1MiB"}}).start()
    made = History(server)
    yield made
    server.finish()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_round(history, number):
    assert not history.broken, "an earlier round failed; see there"
    history.broken = True
    try:
        history.load(number)
        history.server.start()
        history.check(number)
        history.retire(number)
    except AssertionError as error:
        raise AssertionError(f"seed {SEED}, round {number}: {error}\n"
                             f"{history.server.log()[-3000:]}") from error
    history.broken = False


def test_everything_in_the_end(history):
    assert not history.broken, "an earlier round failed; see there"
    # Without these the rounds would not have tested anything.
    assert history.acknowledged >= 20 * ROUNDS and history.collections >= ROUNDS / 2, vars(history)
    problems = Check(history.server, history.ledger).run(sorted(history.ledger.possible))
    assert not problems, "\n".join(problems)
    assert history.server.stop() == 0, history.server.log()
    offline = history.server.run("verify", "--output", "json")
    assert offline.returncode == 0, offline
