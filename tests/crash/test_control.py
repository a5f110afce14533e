"""kill -9 while people create and take back credentials: what was acknowledged is so after the restart."""

import http.client
import threading
import time

from owner import basic

READ = ["repositories/*/content/read"]
ROUNDS = 3
SECONDS = 1.5
GONE = (ConnectionError, http.client.HTTPException, OSError)


class Administrator(threading.Thread):
    """Creates tokens with passwords, disables every third, until the server dies under it."""

    def __init__(self, server, number, killed):
        super().__init__()
        self.owner, self.number, self.killed = server.owner, number, killed
        self.good, self.disabled = {}, {}  # token -> password, as acknowledged
        self.failure = None

    def run(self):
        base = self.owner.registry_id("default")
        serial = 0
        try:
            while not self.killed.is_set():
                serial += 1
                name = f"token{self.number}x{serial}"
                password = self.owner.create_token("default", name, READ)["password1"]
                self.good[name] = password
                if serial % 3 == 0:
                    del self.good[name]  # from here on either state may be found
                    answer = self.owner.arm("PATCH", f"{base}/tokens/{name}",
                                            {"properties": {"status": "disabled"}})
                    answer.expect(200)
                    self.disabled[name] = password
        except GONE as error:
            if not self.killed.is_set():
                self.failure = repr(error)
        except AssertionError as error:
            self.failure = repr(error)


def test_credentials_survive_a_kill(start):
    server = start()
    good, disabled = {}, {}
    for round_number in range(ROUNDS):
        killed = threading.Event()
        people = [Administrator(server, f"{round_number}a{i}", killed) for i in range(4)]
        for person in people:
            person.start()
        time.sleep(SECONDS)
        killed.set()
        server.kill()
        for person in people:
            person.join()
            assert person.failure is None, person.failure
            good |= person.good
            disabled |= person.disabled
        server.start()
        with server.client(signed_in=False) as client:
            for name, password in good.items():
                client.get("/v2/", Authorization=basic(name, password)).expect(200)
        # Refusals are counted by address: a few, each from an address of its own.
        for name, password in list(disabled.items())[-5:]:
            with server.client(signed_in=False) as client:
                client.get("/v2/", Authorization=basic(name, password)).expect(401)
    assert len(good) >= 20 and len(disabled) >= 5, (len(good), len(disabled))
    assert server.stop() == 0, server.log()


def test_tokens_survive_a_kill(start):
    """The signing keys are durable before the first token is given away."""
    server = start()
    header = server.basic()
    server.kill()
    server.start()
    with server.client(signed_in=False) as client:
        client.get("/v2/", Authorization=header).expect(200)
