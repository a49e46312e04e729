"""R5: a disk that fills up and is freed again, under load; and starts without room."""
import json
import signal
import threading
import time

from crash_load import EVENTS, JOBS, Ledger
from disk_load import OPTIONS, Load, log_lines
from fault_rounds import rounds
from harness import Node, Unanswered, equal, native, wait_until
from loop_disk import LoopDisk
from test_metrics import scrape, total
from ws_client import WsConnection

# On 256 MiB: low below 96 MiB, well from 120 MiB on, nothing is written below 64 MiB.
FLOOR = {"store.segment_size": "8MiB", "store.disk_floor": "96MiB", "store.disk_floor_percent": 100}


def node_on(run, disk):
    node = Node(run.binary, disk.path / "node", {**OPTIONS, **FLOOR})
    node.log_folder = run.folder
    return run.own(node)


def state(node):
    return total(scrape(node), "weir_store_disk_state")


def post(node, ledger, identity):
    """One event that the history checker knows of."""
    event = {"client": "probe", "job": JOBS[0], "source": "probe", "id": identity, "sourceSeq": None, "type": "note",
             "data": "0"}
    sent = ledger.tick()
    answer = node.http.post(EVENTS, native(event["job"], event["type"], event["data"], id=identity, source="probe"))
    ledger.note([event], sent, "acked" if answer.status == 202 else "refused")
    return answer


def refuse_within_a_second(node, ledger, name):
    """A POST is refused with 507 and Retry-After; it was tried until then."""
    began = time.monotonic()
    for n in range(10_000):
        answer = post(node, ledger, f"{name}-{n}")
        if answer.status != 202:
            break
        assert time.monotonic() - began < 1.0, "events are still accepted a second after the disk was filled"
    assert int(answer.header("Retry-After")) >= 1, answer.header("Retry-After")
    equal(answer.problem(507)["retryable"], True)


def everything_else_answers(node, live):
    """Reads, admin, metrics, probes and WebSocket."""
    equal(node.http.get("/livez").status, 200)
    equal(node.http.get("/readyz").status, 503)
    health = node.http.get("/health").expect(200).json()
    equal(health["status"], "degraded")
    assert any(reason.startswith("disk: ") for reason in health["reasons"]), health["reasons"]
    assert node.http.get(f"/api/v1/jobs/{JOBS[0]}/events?limit=5").expect(200).json()["data"]
    assert node.admin.get("/admin/api/v1/overview").expect(200).json()["store"]["diskFreeBytes"] >= 0
    live.ask({"op": "ping"})
    refused = live.publish_raw(JOBS[0], "note", "0")
    equal(refused["err"]["code"], "disk-full", f"reply {refused}")


def wait_taking(node, ledger, name, deadline=10):
    """Events are taken again within ten seconds, by the process that refused them; then it says that it is ready."""
    numbers = iter(range(1 << 30))
    wait_until(lambda: post(node, ledger, f"{name}-{next(numbers)}").status == 202, "events are accepted again", deadline)
    wait_until(lambda: node.http.get("/readyz").status == 200, "readyz answers 200 again", deadline)
    equal(state(node), 0)


def test_a_disk_that_fills_up_refuses_events_and_loses_none(run):
    disk = LoopDisk(run, 256)
    chance = run.dice()
    node = node_on(run, disk).start()
    load = Load(run, node, chance)
    load.wait_acks(50)
    live = run.own(WsConnection(node.url(scheme="ws")))
    process = node.pid
    count = rounds(3, 10)
    for n in range(count):
        load.wait_acks(50)
        # Sometimes slowly below the floor, sometimes all at once and to the last byte.
        if n % 2 == 0:
            disk.fill(84)
            refuse_within_a_second(node, load.ledger, f"low{n}")
            equal(state(node), 1)
            everything_else_answers(node, live)
            wait_until(lambda: all(node.job(job)["lag"] == 0 for job in JOBS), "what was accepted is processed", 30)
        disk.fill(0)
        refuse_within_a_second(node, load.ledger, f"full{n}")
        wait_until(lambda: state(node) == 2, "the disk counts as full")
        everything_else_answers(node, live)
        threading.Event().wait(chance.uniform(0, 1.0))
        disk.make_room()
        wait_taking(node, load.ledger, f"back{n}")
    equal(node.pid, process, "the process")
    assert node.alive()
    load.wait_acks(50)
    live.close()
    load.judge()
    lows, fulls, oks = (len(log_lines(node, f"store.disk_{word}")) for word in ("low", "exhausted", "ok"))
    print(f"{count} times full: log lines low {lows}, exhausted {fulls}, ok {oks}")
    equal((fulls, oks), (count, count), "log lines exhausted and ok")
    assert lows >= (count + 1) // 2, lows


test_a_disk_that_fills_up_refuses_events_and_loses_none.deadline = 600


def test_what_was_accepted_is_processed_below_the_floor(run):
    disk = LoopDisk(run, 256)
    node = node_on(run, disk).start()
    node.send("held", "note", wait=5).expect(200)
    node.admin_post("jobs/held:pause").expect(200)
    for n in range(500):
        node.send("held", "item.analyzed", json.dumps({"itemId": f"i{n}", "score": 1})).expect(202)
    disk.fill(84)
    wait_until(lambda: state(node) == 1, "the disk is low")
    equal(node.job("held")["lag"], 500)
    node.admin_post("jobs/held:resume").expect(200)
    node.wait_idle("held")
    equal(state(node), 1)
    equal(len(node.records("feedback")), 500)
    disk.make_room()
    wait_taking(node, Ledger(), "back")


def test_a_start_on_a_full_disk_waits_and_says_why(run):
    disk = LoopDisk(run, 256)
    node = node_on(run, disk).start()
    for n in range(50):
        node.send("kept", "note", str(n), id=f"e{n}").expect(202)
    node.wait_idle("kept")
    node.kill9()
    disk.fill(0)
    node.launch()
    wait_until(lambda: log_lines(node, "store.waits_for_disk"), "the log says what is waited for")
    said = log_lines(node, "store.waits_for_disk")
    assert "MiB left" in said[0]["detail"], said
    assert not (disk.path / "node" / "endpoints.json").exists() or not node._published()
    threading.Event().wait(5)  # long enough for several attempts
    assert node.alive(), node.log_tail()
    equal(len(log_lines(node, "store.waits_for_disk")), 1, "lines that say so")
    disk.make_room()
    node.wait_ready(10)
    node.wait_idle("kept")
    equal([entry["id"] for entry in node.history("kept")], [f"e{n}" for n in range(50)])
    node.kill9()
    disk.fill(0)
    node.launch()
    wait_until(lambda: len(log_lines(node, "store.waits_for_disk")) == 2, "the second start waits too")
    node._process.send_signal(signal.SIGTERM)
    equal(node.wait_exit(), 0, "exit code of a start that was told to stop")


class Pusher(threading.Thread):
    """Sends batches of small events with long ids: the rows of the view grow fast."""

    def __init__(self, node, number, stop):
        super().__init__(daemon=True)
        self.acked = 0
        self._node = node
        self._number = number
        self._ending = stop
        self.start()

    def run(self):
        count = 0
        while not self._ending.is_set():
            count += 1
            identities = [f"{self._number}-{count}-{n}-{'y' * 60}" for n in range(500)]
            body = ",".join(native(f"push-{n % 97}", "item.analyzed", json.dumps({"itemId": identity, "score": 1}),
                                   id=identity) for n, identity in enumerate(identities))
            try:
                answer = self._node.http.post(EVENTS, f"[{body}]")
            except Unanswered:
                return  # the test sees that the node is gone
            if answer.status == 202:
                self.acked += len(identities)
            else:
                self._ending.wait(0.1)


def test_a_flush_that_meets_a_full_disk_waits_for_room(run):
    """Somebody else fills the disk at once while the view is written: RocksDB must not see it."""
    disk = LoopDisk(run, 1_024)
    chance = run.dice()
    node = node_on(run, disk).start()
    stop = threading.Event()
    pushers = [Pusher(node, n, stop) for n in range(4)]

    def view_bytes():
        return total(scrape(node), "weir_store_bytes", kind="view")
    for _ in range(rounds(4, 12)):
        before = view_bytes()
        wait_until(lambda before=before: view_bytes() != before, "the view is flushed", 60)
        threading.Event().wait(chance.uniform(0, 1.5))
        disk.fill(0)
        wait_until(lambda: not node.alive() or state(node) == 2, "the disk counts as full")
        threading.Event().wait(1)
        assert node.alive(), node.log_tail()
        disk.make_room()
        wait_until(lambda: node.http.get("/readyz").status == 200, "ready again", 10)
    stop.set()
    for pusher in pushers:
        pusher.join(60)
    acked = sum(pusher.acked for pusher in pushers)
    for n in range(97):
        node.wait_idle(f"push-{n}")
    entries = sum(node.job(f"push-{n}")["lastSeq"] for n in range(97))
    equal(entries, 2 * acked, "entries of the streams: each event and what it caused")
    equal(node.terminate(), 0, "exit code")


test_a_flush_that_meets_a_full_disk_waits_for_room.deadline = 600
