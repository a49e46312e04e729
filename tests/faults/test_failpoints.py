"""A kill at every named place of the program, and at several visits of it; then nothing is lost or doubled.

Needs the program of the preset `faults`. WEIR_KILLS_PER_POINT=20 is the long form.
"""
import os
import re
import shutil
import threading
import time

from crash_load import OPTIONS, CrashLoad
from failpoints import Failpoints, set_aside
from harness import Unanswered, equal, wait_until
from test_service_crashes import RESTARTED, ROOT
from trimmed_load import RETENTION, TrimmedLoad

KILLS_PER_POINT = int(os.environ.get("WEIR_KILLS_PER_POINT", "5"))

ON_THE_PATH = ["after_read", "before_wal", "after_wal_before_sync", "after_sync_before_ack",
               "before_dispatch", "in_handler", "before_commit", "after_commit_before_frames",
               "after_frames_before_settled", "in_mark"]
AT_A_START = ["in_replay"]
IN_HOUSEKEEPING = ["in_trim", "in_view_flush", "in_segment_roll"]
IN_A_BACKUP = ["in_backup"]  # test_killed_backup.py
IN_SERVICES = [*RESTARTED, ROOT]  # test_service_crashes.py


def visits(dice, most):
    """Which visits of a place are deadly: the first one, and others up to `most`, more of the early ones."""
    return [1] + [int(2 ** dice.uniform(1, most)) for _ in range(KILLS_PER_POINT - 1)]


def counted_node(run, options):
    """A node that runs and passes every place alive, and what it counts."""
    node = run.node(options, start=False)
    points = Failpoints(node)
    points.arm()
    return node.start(), points


def die_at(node, points, point, at, meanwhile):
    """Starts the node and returns once it has died at the place."""
    points.arm(point, at)
    node.launch()
    code = node.wait_ready_or_ended()
    deadline = time.monotonic() + 90
    while code is None and time.monotonic() < deadline:
        meanwhile()
        code = node.exit_code()
    node.endpoints = None
    equal(code, -9, f"exit code where {point} was to be passed {at} times; the last log lines: {node.log_tail()}")
    equal(set_aside(node), [], f"views set aside after {point}")


def test_a_kill_at_every_place_of_the_data_path_loses_nothing(run):
    run = run.variant({})
    dice = run.dice()
    node, points = counted_node(run, OPTIONS)
    load = CrashLoad(run, node, dice)
    wait_until(lambda: load.ledger.acked() > 50, "events are acknowledged")
    equal(node.terminate(), 0, "exit code")
    flushed = points.passed("after_wal_before_sync")

    def go_on():
        load.check_producers()
        threading.Event().wait(0.005)

    plan = [(point, at) for point in ON_THE_PATH for at in visits(dice, 8)]
    dice.shuffle(plan)
    # In between a recovery is killed, somewhere in what was written since the last flush of the view.
    for number in range(KILLS_PER_POINT * len(AT_A_START)):
        plan.insert((number + 1) * len(plan) // (KILLS_PER_POINT + 1), (AT_A_START[0], None))
    for point, at in plan:
        most = max(1, (points.passed("after_wal_before_sync") - flushed) // 2)
        die_at(node, points, point, at or dice.randint(1, most), go_on)
    points.arm()
    node.start()
    before = load.ledger.acked()
    wait_until(lambda: load.ledger.acked() > before, "events are acknowledged after the last kill", 30)
    load.finish()
    load.judge()
    equal(set_aside(node), [], "views set aside")
    node.end_sound()
    points.check({point: KILLS_PER_POINT for point in ON_THE_PATH + AT_A_START})


test_a_kill_at_every_place_of_the_data_path_loses_nothing.deadline = 150 + 40 * KILLS_PER_POINT


def test_a_kill_in_housekeeping_loses_nothing(run):
    """Segments begin, the view is flushed and old history goes, while events come in."""
    run = run.variant({})
    dice = run.dice()
    node, points = counted_node(run, {**OPTIONS, **RETENTION})
    load = TrimmedLoad(node, dice)
    load.fill()
    node.kill9()
    plan = [(point, at) for point in IN_HOUSEKEEPING
            for at in dice.sample(range(1, 25), KILLS_PER_POINT)]
    dice.shuffle(plan)
    for point, at in plan:
        die_at(node, points, point, at, load.step)
    points.arm()
    node.start()
    load.fill()
    load.judge(run.folder)
    equal(set_aside(node), [], "views set aside")
    # What retention left must also do for a start without the view.
    node.kill9()
    shutil.rmtree(node.folder / "view")
    node.start()
    load.judge(run.folder)
    node.end_sound()
    points.check({point: KILLS_PER_POINT for point in IN_HOUSEKEEPING})


test_a_kill_in_housekeeping_loses_nothing.deadline = 150 + 40 * KILLS_PER_POINT


def test_the_view_never_knows_more_than_the_log(run):
    """A group that is decided and not written is known to nobody, also where the view is flushed behind it."""
    run = run.variant({})
    node, points = counted_node(run, {"log.level": "warn"})
    node.send("demo", "note", id="known", wait=5).expect(200)
    equal(node.terminate(), 0, "exit code")
    for number in range(run.load(5, 2)):
        lost = f"lost-{number}"

        def send():
            try:
                answer = node.send("demo", "note", id=lost)
            except Unanswered:
                return
            raise AssertionError(f"answered {answer.status} by a node that should have died")

        die_at(node, points, "before_wal", 1, send)
        points.arm()
        node.start()
        equal(set_aside(node), [], "views that knew more than the log")
        node.http.get(f"/api/v1/events/{lost}").expect(404)
        equal(node.send("demo", "note", id=lost, wait=5).expect(200).json()["seq"], number + 2, "number")
        equal(node.terminate(), 0, "exit code")


def test_a_kill_in_the_very_first_start_leaves_a_store_that_opens(run):
    run = run.variant({})
    for at in (1, 2, 3):
        node = run.node({"log.level": "warn"}, start=False)
        points = Failpoints(node)
        die_at(node, points, "in_segment_roll", at, lambda: None)
        points.arm()
        node.start()
        node.send("demo", "note", wait=5).expect(200)
        equal(set_aside(node), [], "views set aside")
        node.end_sound()


def test_no_place_is_left_out_and_a_wrong_order_is_refused(run):
    run = run.variant({})
    node, points = counted_node(run, {"log.level": "warn"})
    equal(sorted(points.rows()), sorted(ON_THE_PATH + AT_A_START + IN_HOUSEKEEPING + IN_A_BACKUP + IN_SERVICES))
    equal(node.terminate(), 0, "exit code")
    for wrong in ({"WEIR_FP": "before_lunch=kill@1"}, {"WEIR_FP": "in_mark=kill@0"}, {"WEIR_FP": "in_mark=kill"},
                  {"WEIR_FP": "in_mark"}, {"WEIR_MUTATION": "no_breakfast"}):
        node.environment.update({"WEIR_FP": "", "WEIR_MUTATION": "", **wrong})
        node.launch()
        equal(node.wait_exit(), 2, f"exit code with {wrong}")
        assert "is not understood" in node.log_tail(), node.log_tail()


def test_the_ordinary_program_has_no_trace_of_failpoints(run):
    words = ON_THE_PATH + AT_A_START + IN_HOUSEKEEPING + IN_A_BACKUP + IN_SERVICES
    words += ["WEIR_FP", "WEIR_FP_REPORT", "WEIR_MUTATION", "ack_before_sync", "commit_without_effects"]

    def missing(program):
        known = set(re.findall(rb"\w+", program.read_bytes()))
        return [word for word in words if word.encode() not in known]

    equal(missing(run.variant({}).binary), [], "not in the program with failpoints")
    equal(missing(run.binary), words, "not in the ordinary program")
    assert b"9failpoint" not in run.binary.read_bytes(), "the ordinary program has symbols of failpoints"
