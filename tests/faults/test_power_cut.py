"""R3: the power goes under load. A kill leaves what the kernel has in memory; this does not."""
import json
import shutil
import threading
import time

from crash_load import JOBS
from disk_load import OPTIONS, Load
from fault_rounds import rounds
from harness import Node, equal
from loop_disk import LoopDisk

# With durability "os" the log is synced every 100 ms of writing; this many seconds leave room for a slow machine.
LAZY_WINDOW = 2.0


def node_on(run, disk, options):
    node = Node(run.binary, run.folder / "disk" / "node", {**OPTIONS, "store.segment_size": "8MiB", **options})
    # Logs are for people and must outlive the disk.
    node.log_folder = run.folder
    run.own(node)
    return node


def test_a_power_cut_loses_nothing_that_was_acknowledged(run):
    disk = LoopDisk(run, 512)
    chance = run.dice()
    node = node_on(run, disk, {"log.level": "warn"}).start()
    load = Load(run, node, chance)
    cuts = rounds(3, 50)
    for _ in range(cuts):
        load.wait_acks(20)
        threading.Event().wait(chance.uniform(0.05, 1.0))
        disk.cut()
        node.kill9()
        disk.power_on()
        node.start()
    load.wait_acks(20)
    load.judge()
    print(f"{cuts} power cuts, {load.ledger.acked()} events acknowledged")


test_a_power_cut_loses_nothing_that_was_acknowledged.deadline = 1_200


class TimedProducer(threading.Thread):
    """Sends one event after another to a job of its own and notes when each was acknowledged."""

    def __init__(self, node, job):
        super().__init__(daemon=True)
        self.job = job
        self.acked = []  # (monotonic time, id), in order
        self.durabilities = set()  # that the answers named
        self._node = node
        self._ended = threading.Event()
        self.start()

    def run(self):
        count = 0
        while not self._ended.is_set():
            identity = f"{self.job}-{count}"
            try:
                answer = self._node.send(self.job, "note", json.dumps({"n": count}), id=identity)
            except Exception:  # pylint: disable=broad-except
                return  # the power is gone
            if answer.status != 202:
                return
            self.durabilities.add(answer.json()["durability"])
            self.acked.append((time.monotonic(), identity))
            count += 1

    def end(self):
        self._ended.set()
        self.join(30)
        assert not self.is_alive(), f"{self.job} was never told"


def test_without_syncs_a_power_cut_loses_the_last_moment_only(run):
    disk = LoopDisk(run, 512)
    chance = run.dice()
    lost_in_all = 0
    cuts = rounds(3, 50)
    for round_number in range(cuts):
        node = node_on(run, disk, {"store.durability": "os", "log.level": "warn"})
        node.folder = disk.path / f"node-{round_number}"
        node.folder.mkdir()
        node.start()
        producers = [TimedProducer(node, job) for job in JOBS]
        threading.Event().wait(LAZY_WINDOW + chance.uniform(0.5, 1.5))
        cut_at = time.monotonic()
        disk.cut()
        node.kill9()
        for producer in producers:
            producer.end()
        disk.power_on()
        node.start()
        for producer in producers:
            node.wait_idle(producer.job)
            kept = [entry["id"] for entry in node.history(producer.job, 500)]
            equal(producer.durabilities, {"os"}, "durability of the answers")
            acked = [identity for _, identity in producer.acked]
            # One job, one producer, one request at a time: what is left is a beginning of what was sent.
            equal(kept[:len(acked)], acked[:len(kept)], f"order of {producer.job}")
            lost = producer.acked[len(kept):]
            lost_in_all += len(lost)
            for when, identity in lost:
                assert cut_at - when <= LAZY_WINDOW, f"{identity}, lost, was acknowledged {cut_at - when:.2f} s before"
            assert len(kept) > 0, f"nothing of {producer.job} is left"
        equal(node.terminate(), 0, "exit code")
        shutil.rmtree(node.folder)  # fifty stores would fill the disk
    print(f"{cuts} power cuts, {lost_in_all} acknowledged events lost")


test_without_syncs_a_power_cut_loses_the_last_moment_only.deadline = 1_200
