"""R14: the actors that every event depends on are ended by exceptions, ten a second. They are rebuilt; when it is too
many, the process exits. Nothing that was accepted is lost, and no node is ready that accepts nothing.

Needs the program of the preset `faults`: its places can throw (src/telemetry/failpoint.hpp).
"""
import contextlib
import threading
import time

from crash_load import OPTIONS, CrashLoad
from failpoints import Failpoints
from fault_rounds import rounds
from harness import Unanswered, equal, wait_until
from process_figures import spread

PACE = 0.1  # seconds between two crashes
MOST = 5  # the root restarts so many within a minute
EXIT = 70
RESTARTED = ["ingest_message", "router_message", "broadcaster_message", "reader_message", "dead_letter_message",
             "operations_message", "inspector_message", "retention_message", "verifier_message", "timer_message",
             "shard_message"]
ROOT = "supervisor_message"
# These pass with the load. `reader_message` is passed by two actors, of which one has the name of its role.
ON_THE_PATH = ["ingest_message", "router_message", "broadcaster_message", "reader_message", "shard_message",
               "dead_letter_message"]


def ask(node, point):
    """Has the actor of the place get a message, where the load does not."""
    with contextlib.suppress(Unanswered):
        if point == "operations_message":
            node.admin.get("/admin/api/v1/operations/none")
        elif point == "inspector_message":
            node.admin.get("/admin/api/v1/overview")
        elif point == "verifier_message":
            node.admin_post("verifications")
        elif point == "timer_message":
            node.send("clock", "weir.demo.later", '{"ms":1}')
        elif point == "reader_message":
            node.http.get("/api/v1/jobs/clock")


def begin(run, seed):
    """A loaded node, its failpoints, and the load."""
    node = run.node({**OPTIONS, "store.retention_check": "100ms"}, start=False)
    points = Failpoints(node)
    points.arm()
    node.start()
    load = CrashLoad(run, node, seed, services_crash=True)
    wait_until(lambda: load.ledger.acked() > 50, "events are acknowledged")
    return node, points, load


def wait_acked(load, node, what):
    """Events are accepted, and one that is sent now runs to its end."""
    before = load.ledger.acked()

    def accepted():
        load.check_producers()
        return load.ledger.acked() > before

    def handled():
        with contextlib.suppress(Unanswered):
            answer = node.send("clock", "note", wait=5)
            return answer.status == 200
        return False
    wait_until(accepted, f"events are accepted after {what}", 30)
    wait_until(handled, f"an event is handled after {what}", 30)


def test_services_that_crash_are_rebuilt_and_lose_nothing(run):
    run = run.variant({})
    dice = run.dice()
    node, points, load = begin(run, dice)
    took = []
    for _ in range(rounds(1, 20)):
        plan = dice.sample(RESTARTED, len(RESTARTED))
        for crowd in (plan[:4], plan[4:8], plan[8:]):  # a process restarts no more than five
            for point in crowd:
                before = points.throw(point)
                points.wait_thrown(point, before, lambda point=point: ask(node, point))
                began = time.monotonic()
                wait_acked(load, node, point)
                took.append(time.monotonic() - began)
            assert node.alive(), f"the node ended with {node.exit_code()}"
            equal(node.http.get("/readyz").status, 200, "readyz")
            restarts = sum(row["restarts"] for row in node.admin_pages("actors", limit=500)
                           if row["kind"] not in ("job", "subscriber"))
            equal(restarts, len(crowd), f"restarts of {crowd}")
            equal(node.terminate(), 0, "exit code")
            node.start()
    load.finish()
    print(f"{len(took)} crashes, from each to the end of an event that was sent after it: {spread(took)}")
    load.judge()
    node.end_sound()
    equal([point for point in RESTARTED if points.thrown()[point] == 0], [], "places that never threw")


test_services_that_crash_are_rebuilt_and_lose_nothing.deadline = rounds(180, 2_400)


class Doorman:
    """Asks without a pause whether the node is ready, and sends it an event when it says so.

    The event that meets a crash is answered 504. A node that goes on saying so and that it is ready has a dead ingest.
    """

    def __init__(self, node):
        self.asked = 0
        self.failure = None
        self._node = node
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._stop.is_set():
                wait_until(self._accepted_or_not_ready, "a node that is ready accepts an event", 10, every=0.005)
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def _accepted_or_not_ready(self):
        with contextlib.suppress(Unanswered):
            if self._node.http.get("/readyz").status == 200:
                self.asked += 1
                return self._node.send("door", "note").expect(202, 429, 503, 504).status != 504
        return True

    def close(self):
        self._stop.set()
        self._thread.join(30)
        assert self.failure is None, repr(self.failure)


def crash_until_exit(node, points, plan):
    """One crash after the other at the pace of the test until the process is gone; answers how many it took."""
    pace = threading.Event()
    before = sum(points.thrown().values())
    for point in plan:
        points.throw(point)
        pace.wait(PACE)
        if not node.alive():
            break
    equal(node.wait_exit(30), EXIT, f"exit code; the last log lines: {node.log_tail()}")
    points.forget_throws()
    return sum(points.thrown().values()) - before


def test_past_the_root_intensity_the_node_exits_and_loses_nothing(run):
    run = run.variant({})
    dice = run.dice()
    node, points, load = begin(run, dice)
    door = Doorman(node)
    lives = rounds(4, 100)
    crashes = []
    for _ in range(lives):
        crashes.append(crash_until_exit(node, points, (dice.choice(ON_THE_PATH) for _ in range(600))))
        assert "node.gives_up" in node.log_tail(), node.log_tail()
        node.start()
        wait_acked(load, node, "a restart of the process")
    load.finish()
    door.close()
    # What throws while the process ends is one too many, and no more than one of each kind.
    assert min(crashes) > MOST, crashes
    print(f"{lives} processes exited with {EXIT} after {crashes} crashes; {door.asked} times ready and then answered")
    load.judge()
    node.end_sound()


test_past_the_root_intensity_the_node_exits_and_loses_nothing.deadline = rounds(180, 2_400)


def test_a_node_without_its_root_exits(run):
    """Nobody would restart an ingest that dies after it: the node would be ready and accept nothing."""
    run = run.variant({})
    node, points, load = begin(run, run.dice())
    points.throw(ROOT)
    equal(node.wait_exit(30), EXIT, f"exit code; the last log lines: {node.log_tail()}")
    points.forget_throws()
    node.start()
    wait_acked(load, node, "a restart of the process")
    load.finish()
    load.judge()
    node.end_sound()
