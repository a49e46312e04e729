"""Twenty kill -9 at random moments under load; the history checker judges what was told, stored, done and seen."""
import json
import os
import random
import subprocess
import threading
import time

import history
from crash_load import JOBS, Ledger, Producer, collect, drop_now_and_then
from harness import equal
from sse_client import SseFollower
from ws_client import Follower


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
