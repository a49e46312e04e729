"""The load of the crash tests: producers that repeat until they are told, clients that come and go, and the history
that all of it leaves for the checker."""
import itertools
import json
import random
import threading

import history
from harness import Unanswered, native
from sse_client import SseFollower
from ws_client import Follower

EVENTS = "/api/v1/events"
JOBS = [f"job-{n}" for n in range(6)]
# What a node needs so that crashes of the process, and not of handlers, are what is tested.
# Some events fail for ever. Where a disk stands still few runs lie in the same time, and those of five jobs would be an
# incident of their handler, for which all wait.
OPTIONS = {"processing.reorder_wait": "5m", "processing.restart_backoff": "10ms", "processing.restart_max": 10_000,
           "processing.retry_base": "20ms", "processing.incident_jobs": 0, "log.level": "warn"}


class Ledger:
    """Everything that producers sent and were told, on one clock of ticks."""

    def __init__(self):
        self.rows = []
        self._ticks = itertools.count(1)
        self._lock = threading.Lock()

    def tick(self):
        with self._lock:
            return next(self._ticks)

    def note(self, events, sent, outcome):
        answered = None if outcome == "unknown" else self.tick()
        with self._lock:
            self.rows += [{**event, "sent": sent, "answered": answered, "outcome": outcome} for event in events]

    def acked(self):
        with self._lock:
            return sum(1 for row in self.rows if row["outcome"] == "acked")


class Producer:
    """Sends one request after another, each with the same ids until it is told what became of them."""

    def __init__(self, name, node, ledger, seed, numbered, stop, services_crash=False):
        self.name = name
        self._services_crash = services_crash
        self.failure = None
        self._node = node
        self._ledger = ledger
        self._random = random.Random(seed)
        self._numbered = numbered
        self._stop = stop
        self._count = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _event(self):
        self._count += 1
        n = self._count
        number = n if self._numbered else None
        job = JOBS[int(self.name[1:]) % 2] if self._numbered else self._random.choice(JOBS)
        kind, data = "note", f'{{"n": {n},\t"by":"{self.name}", "x": {self._random.random():.3f}0}}'
        dice = self._random.random()
        if dice < 0.3:
            kind, data = "item.analyzed", f'{{"itemId":"{self.name}-{n}",  "score":{n}.50}}'
        elif dice < 0.31:
            kind, data = "weir.demo.dead", "{}"
        elif dice < 0.33:
            kind, data = self._random.choice(["weir.demo.crash", "weir.demo.retry"]), '{"times":1}'
        return {"client": self.name, "job": job, "source": self.name, "id": f"{self.name}-{n}", "sourceSeq": number,
                "type": kind, "data": data}

    def _run(self):
        try:
            while not self._stop.is_set():
                count = self._random.choice([1, 1, 1, 5])
                self._tell([self._event() for _ in range(count)])
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def _tell(self, events):
        texts = [native(event["job"], event["type"], event["data"], id=event["id"], source=event["source"],
                        seq=event["sourceSeq"]) for event in events]
        body = texts[0] if len(texts) == 1 else "[" + ",".join(texts) + "]"
        while True:
            sent = self._ledger.tick()
            try:
                answer = self._node.http.post(EVENTS, body)
            except Unanswered:
                self._ledger.note(events, sent, "unknown")
                threading.Event().wait(0.02)
                continue
            if answer.status in (200, 202):
                self._ledger.note(events, sent, "acked")
                return
            answer.expect(429, 503, 507, *([504] if self._services_crash else []))
            # 504: a service was restarted with this request at hand.
            self._ledger.note(events, sent, "unknown" if answer.status == 504 else "refused")
            threading.Event().wait(0.02)

    def join(self):
        self._thread.join(60)
        assert not self._thread.is_alive(), f"{self.name} was never told"
        if self.failure:
            raise self.failure


def drop_now_and_then(followers, seed, stop):
    dice = random.Random(seed)
    while not stop.wait(dice.uniform(0.1, 0.6)):
        dice.choice(followers).drop()


def collect(node, ledger, followers, jobs=tuple(JOBS)):
    """The whole history, read back from the drained node."""
    streams, drained = {}, True
    for job in jobs:
        node.wait_idle(job, 90)
        streams[job] = {"epochs": [], "entries": node.history(job, 500)}
        streams[job]["epochs"].append(node.job(job)["epoch"])
    for follower in followers:
        if streams[follower.job]["entries"]:
            follower.wait_seq(len(streams[follower.job]["entries"]), 90)
    return account(node, ledger, streams, [follower.account() for follower in followers], drained)


def account(node, ledger, streams, subscribers, drained=True):
    """What the history checker compares."""
    letters = [{"job": row.get("jobId", row.get("job")), "seq": row["seq"], "eventId": row["eventId"],
                "code": row["code"]} for row in node.admin_pages("dead-letters", limit=500)]
    return {"sends": ledger.rows, "streams": streams, "records": node.records("feedback"), "dead_letters": letters,
            "subscribers": subscribers, "drained": drained}


def judge(told, folder):
    """Checks a whole history; keeps it beside the logs when it is wrong."""
    file = folder / "history.json"
    file.write_text(json.dumps(told))
    verdict = history.check(told)
    print(verdict)
    assert verdict.valid is True, f"{file}: {verdict}"


def follow(run, node, jobs):
    """A WebSocket client for each of the jobs."""
    return [run.own(Follower(node, job, name=f"ws {n} {job}", window=64)) for n, job in enumerate(jobs)]


class CrashLoad:
    """Six producers and ten clients on one node, whatever happens to it.

    `ledger` and `followers` may be others than the usual ones. With `services_crash` requests may get no answer
    in time.
    """

    def __init__(self, run, node, dice, ledger=None, followers=None, services_crash=False):
        self.ledger = ledger or Ledger()
        self._node = node
        self._folder = run.folder
        self._stop = threading.Event()
        self._producers = [Producer(f"{kind}{n}", node, self.ledger, dice.random(), kind == "n", self._stop,
                                    services_crash) for kind in "pn" for n in range(3)]
        self._followers = followers or [*follow(run, node, JOBS + JOBS[:2]),
                                        *(run.own(SseFollower(node, job)) for job in JOBS[:2])]
        self._dropper = threading.Thread(target=drop_now_and_then, args=(self._followers, dice.random(), self._stop),
                                         daemon=True)
        self._dropper.start()

    def check_producers(self):
        """Fails as soon as one of them was told something that it must not be told."""
        for producer in self._producers:
            assert producer.failure is None, f"{producer.name}: {producer.failure!r}"

    def finish(self):
        """Ends the load on a running node; returns when every producer was told."""
        self._stop.set()
        for producer in self._producers:
            producer.join()
        self._dropper.join()

    def judge(self):
        """Drains the node and checks the whole history."""
        judge(collect(self._node, self.ledger, self._followers), self._folder)
