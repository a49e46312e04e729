"""R6: a sync or a write fails once. Nothing is acknowledged after it, the node exits with 70, and nothing is missed."""
import pathlib
import shutil
import subprocess
import threading
import time

from disk_load import OPTIONS, Load
from fault_rounds import rounds
from harness import Node, Skip, equal
from loop_disk import LoopDisk

SHIM = pathlib.Path(__file__).resolve().parent / "shims" / "failing_sync.c"


def build_shim(run):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Skip("no C compiler for the shim")
    linked = subprocess.run(["ldd", run.binary], capture_output=True, text=True, timeout=60, check=False).stdout
    if "libasan" in linked or "libtsan" in linked:
        raise Skip("a sanitizer must be the first library; the shim cannot stand in front of it")
    out = run.folder / "failing_sync.so"
    built = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", out, SHIM, "-ldl"],
                           capture_output=True, text=True, timeout=60, check=False)
    equal(built.returncode, 0, f"the shim does not compile: {built.stderr}")
    return out


class Failing:
    """The environment of a node whose disk fails, and what the shim wrote down."""

    def __init__(self, shim, record, match, call, after):
        self.record = record
        self.environment = {"LD_PRELOAD": str(shim), "FF_MATCH": match, "FF_CALL": call,
                            "FF_AFTER": str(after), "FF_RECORD": str(record)}

    def calls(self):
        """[(monotonic seconds, call, result, path)]"""
        if not self.record.exists():
            return []
        rows = [line.split(" ", 3) for line in self.record.read_text().splitlines()]
        return [(float(when), call, int(result), path) for when, call, result, path in rows]

    def failed(self):
        return next((row for row in self.calls() if row[2] != 0 and row[1] != "exit"), None)

    def left(self):
        """When the process left with 70, by its own clock."""
        return next((row[0] for row in self.calls() if row[1] == "exit" and row[2] == 70), None)


def fail_once(run, shim, chance, name, match, call, after):
    """One node, one failure, one restart; answers how many events were acknowledged before."""
    node = Node(run.binary, run.folder / name, {**OPTIONS, "log.level": "warn"})
    run.own(node)
    failing = Failing(shim, run.folder / f"{name}.calls", match, call, after)
    node.environment = failing.environment
    node.launch()
    load = None
    try:
        node.wait_ready()
    except AssertionError:
        # The failure came before the node was ready: it must not have got that far with it.
        assert failing.failed(), node.log_tail()
    else:
        load = Load(run, node, chance)
    code = node.wait_exit(60)
    ended = time.monotonic()
    failure = failing.failed()
    assert failure, f"{name}: ended with {code}, but nothing failed: {node.log_tail()}"
    equal(code, 70, f"{name}: exit code; {node.log_tail()}")
    # A start that fails ends in order; a running node leaves at once, by its own clock.
    left = failing.left() or ended
    assert left - failure[0] <= 2.0, f"{name}: {left - failure[0]:.2f} s from the failure to the exit"
    again = [row for row in failing.calls() if row[0] > failure[0] and row[3] == failure[3] and row[1] == "sync"]
    equal(again, [], f"{name}: syncs of the file after one failed")
    node.environment = {}
    if load is None:
        node.start()
        load = Load(run, node, chance)
    else:
        equal(load.ledger.acks_of(failure[0], ended), [], f"{name}: acknowledged although sent after the failure")
        node.start()
    before = load.ledger.acked()
    load.wait_acks(10)
    load.judge()
    shutil.rmtree(node.folder)
    return before


def spread(chance, count, most):
    """`count` numbers from 1 to `most`, one of each part; all of them when there are as many."""
    if count >= most:
        return list(range(1, most + 1))
    step = most / count
    return [1 + int(n * step + chance.uniform(0, step - 1)) for n in range(count)]


def fail_often(run, match, call, count, most):
    """One node for each of `count` numbers up to `most`; answers what `fail_once` does."""
    shim = build_shim(run)
    chance = run.dice()
    acked = [fail_once(run, shim, chance, f"{call}{after}", match, call, after)
             for after in spread(chance, count, most)]
    print(f"{len(acked)} times a {call} of {match} failed, events acknowledged before: {acked}")
    return acked


def test_after_a_failed_sync_nothing_is_acknowledged(run):
    acked = fail_often(run, "/log/", "sync", rounds(8, 300), 300)
    assert sum(acked) > 0, "no sync failed under load"


test_after_a_failed_sync_nothing_is_acknowledged.deadline = 3_600


def test_after_a_failed_sync_of_the_mark_nothing_is_acknowledged(run):
    fail_often(run, "high-water", "sync", rounds(3, 20), 20)


test_after_a_failed_sync_of_the_mark_nothing_is_acknowledged.deadline = 600


def test_after_a_failed_write_nothing_is_acknowledged(run):
    acked = fail_often(run, "/log/", "write", rounds(4, 100), 300)
    assert sum(acked) > 0, "no write failed under load"


test_after_a_failed_write_nothing_is_acknowledged.deadline = 1_800


def test_a_disk_that_goes_away_ends_the_node(run):
    """The power cut without a kill: from one moment on every call fails with EIO."""
    disk = LoopDisk(run, 512)
    chance = run.dice()
    watched = Failing(build_shim(run), run.folder / "calls", "\1", "sync", 0)
    node = run.own(Node(run.binary, disk.path / "node", {**OPTIONS, "store.segment_size": "8MiB"}))
    node.log_folder = run.folder
    node.environment = watched.environment
    node.start()
    load = Load(run, node, chance)
    cuts = rounds(2, 20)
    slowest = 0.0
    for _ in range(cuts):
        load.wait_acks(20)
        threading.Event().wait(chance.uniform(0, 0.5))
        cutting_at = time.monotonic()
        disk.cut()
        cut_at = time.monotonic()
        equal(node.wait_exit(20), 70, "exit code")
        ended = time.monotonic()
        left = watched.left()
        watched.record.unlink()
        slowest = max(slowest, left - cutting_at)
        assert left - cut_at <= 2.0, f"{left - cut_at:.2f} s from the cut to the exit"
        equal(load.ledger.acks_of(cut_at, ended), [], "acknowledged although sent after the cut")
        disk.power_on()
        node.start()
    load.wait_acks(20)
    load.judge()
    print(f"{cuts} times gone, exit after {slowest:.2f} s at most")


test_a_disk_that_goes_away_ends_the_node.deadline = 600
