"""kill -9 at random moments under load; the history checker judges what was told, stored, done and seen.

WEIR_KILLS=200 is the long form of the first test.
"""
import os
import threading
import time

from crash_load import OPTIONS, CrashLoad
from harness import equal

KILLS = int(os.environ.get("WEIR_KILLS", "20"))


def test_twenty_kills_lose_nothing_and_double_nothing(run):
    dice = run.dice()
    kills = run.load(KILLS, 8)
    node = run.node(OPTIONS)
    load = CrashLoad(run, node, dice)
    slowest = 0.0
    for _ in range(kills):
        before = load.ledger.acked()
        threading.Event().wait(dice.uniform(0.1, 1.2))
        node.kill9()
        started = time.monotonic()
        node.start()
        slowest = max(slowest, time.monotonic() - started)
        deadline = time.monotonic() + 30
        while load.ledger.acked() == before:
            assert time.monotonic() < deadline, "nothing is acknowledged after a restart"
            load.check_producers()
            threading.Event().wait(0.02)
    load.finish()
    print(f"{kills} kills, slowest start {slowest:.2f} s")
    load.judge()
    node.end_sound()


test_twenty_kills_lose_nothing_and_double_nothing.deadline = 340 + 5 * KILLS


def test_kills_during_start_and_drain_lose_nothing(run):
    """Recovery and the last moments before an exit are no safer than the rest: kill there too."""
    dice = run.dice()
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
