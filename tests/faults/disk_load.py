"""The load of crash_load.py with times, for the tests of disks."""
import concurrent.futures
import json
import time

import crash_load
from crash_load import JOBS, CrashLoad, Ledger, follow
from harness import wait_until

OPTIONS = {**crash_load.OPTIONS, "log.level": "info", "log.format": "json"}


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


class Load(CrashLoad):
    """The load of the crash tests with a clock, and a follower for each job."""

    def __init__(self, run, node, dice):
        super().__init__(run, node, dice, ClockedLedger(), follow(run, node, JOBS))

    def wait_acks(self, more=1, deadline=30):
        """Waits until so many more events are acknowledged."""
        before = self.ledger.acked()

        def came():
            self.check_producers()
            return self.ledger.acked() >= before + more
        wait_until(came, f"{more} events are acknowledged beside {before}", deadline)

    def judge(self):
        """Ends the load and asks the history checker, and `weir verify` of the stopped node."""
        # A job without a single event does not exist, and could not be read.
        wait_until(lambda: {row["job"] for row in list(self.ledger.rows) if row["outcome"] == "acked"} >= set(JOBS),
                   "every job has an event", 30)
        self.finish()
        try:
            super().judge()
        finally:
            # They would go on looking for a node that is gone, and a test may have many loads.
            with concurrent.futures.ThreadPoolExecutor(len(self._followers)) as pool:
                list(pool.map(lambda follower: follower.close(), self._followers))
        self._node.end_sound()
