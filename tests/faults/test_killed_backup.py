"""A backup that is cut off at any step leaves the former one whole, and the store as it was.

The kills need the program of the preset `faults`; the power cuts root and a loop device.
"""
import json
import subprocess
import threading

from failpoints import Failpoints
from fault_rounds import rounds
from harness import Node, Unanswered, equal, wait_until
from loop_disk import LoopDisk

JOBS = ["wide-0", "wide-1", "wide-2"]
PAD = "x" * 3000
LIMITS = {"store.segment_size": "1MiB", "http.max_batch_body": "1MiB", "store.retention_bytes": "4MiB",
          "store.retention_check": "100ms", "log.level": "warn", "store.disk_floor": "16MiB"}


def weir(run, *words):
    """The JSON of a command that succeeds."""
    done = subprocess.run([run.binary, *(str(word) for word in words), "--json"], capture_output=True, text=True,
                          timeout=120, check=False)
    equal(done.returncode, 0, f"weir {words[0]}: {done.stdout[-800:]}{done.stderr[-800:]}")
    return json.loads(done.stdout)


class Load:
    """Events in the order of the numbers of each job; one open dead letter keeps its event for ever."""

    def __init__(self, node):
        self._node = node
        self._sent = 0
        node.send("sad", "weir.demo.dead", "{}", wait=5).expect(200)

    def add(self, requests):
        for _ in range(requests):
            lines = []
            for _ in range(100):
                self._sent += 1
                lines.append(json.dumps({"jobId": JOBS[self._sent % 3], "type": "note", "id": f"e{self._sent}",
                                         "data": {"n": self._sent, "pad": PAD}}))
            self._node.http.post("/api/v1/events", "\n".join(lines),
                                 content_type="application/x-ndjson").expect(202)
        for job in JOBS:
            self._node.wait_idle(job)

    def check(self, node):
        """Each job ends with the last event that was sent to it, and has no hole."""
        for number, job in enumerate(JOBS):
            row, entries = node.kept_history(job)
            equal([entry["seq"] for entry in entries], list(range(row["firstSeq"], row["lastSeq"] + 1)),
                  f"numbers of {job}")
            last = max(n for n in range(self._sent - 2, self._sent + 1) if n % 3 == number)
            equal(entries[-1]["id"], f"e{last}", f"the last event of {job}")


def end_of_backup(node, place):
    """The row of a backup that has ended; None when the node died meanwhile."""
    try:
        where = node.admin_post("backups", {"directory": str(place)}).expect(202).header("Location")

        def ended():
            row = node.admin.get(where).expect(200).json()
            return row if row["state"] != "running" else None
        return wait_until(ended, "the backup ends", 60, every=0.002)
    except Unanswered:
        wait_until(lambda: node.exit_code() is not None, "a node that does not answer ends", 30)
        return None


def test_a_kill_at_any_step_of_a_backup_leaves_the_former_one(run):
    run = run.variant({})
    dice = run.dice()
    place = run.folder / "backups" / "nightly"
    node = run.node({**LIMITS, "store.backup_directory": place.parent}, start=False)
    points = Failpoints(node)
    points.arm()
    node.start()
    load = Load(node)
    load.add(20)
    equal(end_of_backup(node, place)["state"], "done", "the first backup")
    before = points.passed("in_backup")
    load.add(5)
    equal(end_of_backup(node, place)["state"], "done", "the second backup")
    visits = points.passed("in_backup") - before
    head = weir(run, "restore", place, "--check")["head"]
    node.kill9()
    # Every step of the switch at the end, and some of what comes before, by its share of all steps.
    plan = [dice.random() for _ in range(rounds(6, 40))] + list(range(1, 10))
    dice.shuffle(plan)
    wanted, finished = len(plan), 0
    while plan and finished < 2 * wanted:
        step = plan.pop(0)
        at = max(1, visits + 1 - step if step >= 1 else int(step * (visits - 8)))
        points.arm("in_backup", at)
        node.start()
        load.add(2)
        before = points.passed("in_backup")
        row = end_of_backup(node, place)
        if row is None:
            equal(node.exit_code(), -9, f"exit code at visit {at}")
        else:
            # It had fewer steps than the one that was counted: the next ones are told by its own.
            equal(row["state"], "done", f"a backup that has no {at} visits")
            visits = points.passed("in_backup") - before
            finished += 1
            plan.append(step)
            node.kill9()
        node.endpoints = None
        found = weir(run, "restore", place, "--check")
        assert found["head"] >= head, f"killed at visit {at}: the backup goes to {found['head']}, a former one to {head}"
        head = found["head"]
        verified = weir(run, "verify", "--data", node.folder)
        equal((verified["ok"], verified["findings"]), (True, []), f"the store after a kill at visit {at}")
    killed = wanted - len(plan)
    assert killed >= wanted // 2, f"{killed} of {wanted} backups were killed"
    points.arm()
    node.start()
    load.add(1)
    equal(end_of_backup(node, place)["state"], "done", "the last backup")
    load.check(node)
    equal(node.terminate(), 0, "exit code")
    copy = run.node(LIMITS, start=False)
    copy.folder.rmdir()
    weir(run, "restore", place, "--data", copy.folder)
    copy.start()
    load.check(copy)
    equal(len(copy.admin_pages("dead-letters")), 1, "dead letters")
    print(f"{killed} kills at {visits} visits of a backup; {finished} backups had ended before")
    points.check({"in_backup": killed})


test_a_kill_at_any_step_of_a_backup_leaves_the_former_one.deadline = 600


def test_a_power_cut_during_a_backup_leaves_the_former_one(run):
    disk = LoopDisk(run, 512)
    chance = run.dice()
    place = run.folder / "disk" / "backups" / "nightly"
    node = Node(run.binary, run.folder / "disk" / "node", {**LIMITS, "store.backup_directory": place.parent})
    node.log_folder = run.folder
    run.own(node)
    node.start()
    load = Load(node)
    load.add(20)
    equal(end_of_backup(node, place)["state"], "done", "the first backup")
    head = weir(run, "restore", place, "--check")["head"]
    cuts = rounds(3, 20)
    meanwhile = 0
    for _ in range(cuts):
        load.add(3)
        where = node.admin_post("backups", {"directory": str(place)}).expect(202).header("Location")
        threading.Event().wait(chance.uniform(0, 0.15))
        row = node.admin.get(where).expect(200).json()
        disk.cut()
        node.kill9()
        meanwhile += row["state"] == "running"
        disk.power_on()
        found = weir(run, "restore", place, "--check")
        assert found["head"] >= head, f"the backup goes to {found['head']}, a former one to {head}"
        head = found["head"]
        node.start()
        load.check(node)
    equal(end_of_backup(node, place)["state"], "done", "the last backup")
    node.end_sound()
    print(f"{cuts} power cuts, {meanwhile} while a backup ran")


test_a_power_cut_during_a_backup_leaves_the_former_one.deadline = 600
