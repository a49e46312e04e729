"""The load of crash_load.py as one object, for the tests of disks."""
import concurrent.futures
import json
import subprocess
import threading
import time

import history
from crash_load import JOBS, Ledger, Producer, collect, drop_now_and_then
from harness import equal, wait_until
from ws_client import Follower

OPTIONS = {"processing.reorder_wait": "5m", "processing.restart_backoff": "10ms", "processing.restart_max": 10_000,
           "processing.retry_base": "20ms", "log.level": "info", "log.format": "json"}


def log_lines(node, identifier):
    """The lines with this identifier that all processes of the node wrote."""
    found = []
    for log in node.logs:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("{") and f'"{identifier}"' in line:
                row = json.loads(line)
                if row["msg"] == identifier:
                    found.append(row)
    return found


class ClockedLedger(Ledger):
    """Knows the time of each tick too."""

    def __init__(self):
        super().__init__()
        self._times = {}

    def tick(self):
        number = super().tick()
        self._times[number] = time.monotonic()
        return number

    def acks_of(self, since, until):
        """Ids that were acknowledged although they were sent in this span of monotonic seconds."""
        return [row["id"] for row in list(self.rows)
                if row["outcome"] == "acked" and since < self._times[row["sent"]] <= until]


class Load:
    """Six producers, and followers of which some keep coming back."""

    def __init__(self, run, node, dice, followers=True):
        self.ledger = ClockedLedger()
        self.stop_sending = threading.Event()
        self._run = run
        self._node = node
        kinds = [("p", False)] * 3 + [("n", True)] * 3
        self.producers = [Producer(f"{kind}{n % 3}", node, self.ledger, dice.random(), numbered, self.stop_sending)
                          for n, (kind, numbered) in enumerate(kinds)]
        self.followers = []
        if followers:
            self.followers = [run.own(Follower(node, job, name=f"ws {n} {job}", window=64))
                              for n, job in enumerate(JOBS)]
        self._dropper = threading.Thread(target=drop_now_and_then, daemon=True,
                                         args=(self.followers, dice.random(), self.stop_sending))
        if followers:
            self._dropper.start()

    def wait_acks(self, more=1, deadline=30):
        """Waits until so many more events are acknowledged."""
        before = self.ledger.acked()

        def came():
            assert not any(producer.failure for producer in self.producers), [str(p.failure) for p in self.producers]
            return self.ledger.acked() >= before + more
        wait_until(came, f"{more} events are acknowledged beside {before}", deadline)

    def end(self):
        self.stop_sending.set()
        for producer in self.producers:
            producer.join()
        if self._dropper.is_alive():
            self._dropper.join()

    def judge(self):
        """Ends the load and asks the history checker, and `weir verify` of the stopped node."""
        # A job without a single event does not exist, and could not be read.
        wait_until(lambda: {row["job"] for row in list(self.ledger.rows) if row["outcome"] == "acked"} >= set(JOBS),
                   "every job has an event", 30)
        self.end()
        told = collect(self._node, self.ledger, self.followers)
        file = self._run.folder / "history.json"
        file.write_text(json.dumps(told))
        verdict = history.check(told)
        print(verdict)
        # They would go on looking for a node that is gone, and a test may have many loads.
        with concurrent.futures.ThreadPoolExecutor(max(1, len(self.followers))) as pool:
            list(pool.map(lambda follower: follower.close(), self.followers))
        assert verdict.valid is True, f"{file}: {verdict}"
        equal(self._node.terminate(), 0, "exit code")
        verified = subprocess.run([self._run.binary, "verify", "--data", self._node.folder], capture_output=True,
                                  text=True, timeout=120, check=False)
        equal(verified.returncode, 0, f"weir verify: {verified.stdout[-800:]}{verified.stderr[-800:]}")
