"""Twenty kill -9 at random moments under load; the history checker judges what was told, stored, done and seen."""
import itertools
import json
import os
import random
import subprocess
import threading
import time

import history
from harness import Unanswered, equal, native
from sse_client import SseFollower
from ws_client import Follower

EVENTS = "/api/v1/events"
JOBS = [f"job-{n}" for n in range(6)]


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

    def __init__(self, name, node, ledger, seed, numbered, stop):
        self.name = name
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
            answer.expect(429, 503)
            self._ledger.note(events, sent, "refused")
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


def collect(node, ledger, followers):
    """The whole history, read back from the drained node."""
    streams, drained = {}, True
    for job in JOBS:
        node.wait_idle(job, 90)
        streams[job] = {"epochs": [], "entries": node.history(job, 500)}
        streams[job]["epochs"].append(node.job(job)["epoch"])
    for follower in followers:
        if streams[follower.job]["entries"]:
            follower.wait_seq(len(streams[follower.job]["entries"]), 90)
    letters = [{"job": row.get("jobId", row.get("job")), "seq": row["seq"], "eventId": row["eventId"],
                "code": row["code"]} for row in node.admin_pages("dead-letters", limit=500)]
    return {"sends": ledger.rows, "streams": streams, "records": node.records("feedback"), "dead_letters": letters,
            "subscribers": [follower.account() for follower in followers], "drained": drained}


def test_twenty_kills_lose_nothing_and_double_nothing(run):
    seed = run.seed if run.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed} (repeat with --seed {seed})")
    dice = random.Random(seed)
    kills = run.load(20, 8)
    node = run.node({"processing.reorder_wait": "5m", "processing.restart_backoff": "10ms",
                     "processing.restart_max": 10_000, "processing.retry_base": "20ms", "log.level": "warn"})
    ledger, stop = Ledger(), threading.Event()
    producers = [Producer(f"p{n}", node, ledger, dice.random(), False, stop) for n in range(3)]
    producers += [Producer(f"n{n}", node, ledger, dice.random(), True, stop) for n in range(3)]
    followers = [run.own(Follower(node, job, name=f"ws {n} {job}", window=64)) for n, job in enumerate(JOBS + JOBS[:2])]
    followers += [run.own(SseFollower(node, job)) for job in JOBS[:2]]
    dropper = threading.Thread(target=drop_now_and_then, args=(followers, dice.random(), stop), daemon=True)
    dropper.start()

    slowest = 0.0
    for _ in range(kills):
        before = ledger.acked()
        threading.Event().wait(dice.uniform(0.1, 1.2))
        node.kill9()
        started = time.monotonic()
        node.start()
        slowest = max(slowest, time.monotonic() - started)
        deadline = time.monotonic() + 30
        while ledger.acked() == before:
            assert time.monotonic() < deadline, "nothing is acknowledged after a restart"
            assert not any(producer.failure for producer in producers), [str(p.failure) for p in producers]
            threading.Event().wait(0.02)
    stop.set()
    for producer in producers:
        producer.join()
    dropper.join()

    told = collect(node, ledger, followers)
    file = run.folder / "history.json"
    file.write_text(json.dumps(told))
    verdict = history.check(told)
    print(f"{kills} kills, slowest start {slowest:.2f} s")
    print(verdict)
    assert verdict.valid is True, f"{file}: {verdict}"
    equal(node.terminate(), 0, "exit code")
    verified = subprocess.run([run.binary, "verify", "--node.data_dir", node.folder], capture_output=True, text=True,
                              timeout=120, check=False)
    equal(verified.returncode, 0, f"weir verify: {verified.stdout[-800:]}{verified.stderr[-800:]}")


test_twenty_kills_lose_nothing_and_double_nothing.deadline = 400


def test_kills_during_start_and_drain_lose_nothing(run):
    """Recovery and the last moments before an exit are no safer than the rest: kill there too."""
    seed = run.seed if run.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed} (repeat with --seed {seed})")
    dice = random.Random(seed)
    node = run.node({"log.level": "warn"})
    acked = []
    for round_number in range(run.load(8, 3)):
        for n in range(60):
            identity = f"{round_number}-{n}"
            node.send("demo", "item.analyzed", f'{{"itemId":"{identity}","score":1}}', id=identity).expect(202)
            acked.append(identity)
        node._process.terminate()  # drain, and kill in the middle of it
        threading.Event().wait(dice.uniform(0, 0.05))
        node.kill9()
        for _ in range(3):
            node.launch()
            threading.Event().wait(dice.uniform(0, 0.15))
            node.kill9()
        node.start()
    node.wait_idle("demo")
    entries = node.history("demo", 500)
    equal([entry["id"] for entry in entries if entry["type"] == "item.analyzed"], acked)
    equal(len(node.records("feedback")), len(acked))
    equal([entry["seq"] for entry in entries], list(range(1, 2 * len(acked) + 1)))
