"""The tests are tested: a program with one deliberate fault must fail the test that is named here, for that reason.

Needs the program of the preset `faults`, which has the faults (src/telemetry/failpoint.hpp) and uses none unasked.
"""
import re

import test_changed_bytes
import test_crash_loop
import test_failpoints
import test_sync_order
from harness import equal

# fault: the test that notices it, and what that test then says
CAUGHT_BY = {
    "no_sync": (test_sync_order.test_an_answer_comes_after_the_sync_of_its_event,
                r"gate-0 was answered without a sync"),
    "ack_before_sync": (test_sync_order.test_while_a_sync_is_held_nobody_is_answered,
                        r"gate-0 was answered with 202 while its sync was held: \[.*'held'"),
    "view_ahead": (test_failpoints.test_the_view_never_knows_more_than_the_log,
                   r"the log ends here, but \S+/view covers it up to \d+"),
    "no_torn_tail_check": (test_changed_bytes.test_a_changed_byte_of_an_acknowledged_event_refuses_the_start,
                           r"the node started and acknowledged events are gone: \[0, 1, 2, 3, 4, 5, 6, 7\]"),
    "no_hash_check": (test_changed_bytes.test_a_changed_byte_of_an_acknowledged_event_refuses_the_start,
                      r"the node started and serves changed bytes of \[0\]"),
    "commit_without_effects": (test_crash_loop.test_kills_during_start_and_drain_lose_nothing,
                               r"value: expected \d+, got 0"),
}


def variant(run, environment):
    other = run.variant(environment)
    other.binary = other.faults_binary
    other.short = True
    return other


def check(run, mutation):
    test, reason = CAUGHT_BY[mutation]
    # The same program without the fault first: what fails for another reason catches nothing.
    test(variant(run, {}))
    try:
        test(variant(run, {"WEIR_MUTATION": mutation}))
    except AssertionError as error:
        assert re.search(reason, str(error)), f"{test.__name__} failed, but for another reason: {error}"
        print(f"{mutation}: {test.__module__} {test.__name__}: {error}")
        return
    raise AssertionError(f"{test.__name__} does not notice {mutation}")


def test_a_program_that_does_not_sync_is_caught(run):
    check(run, "no_sync")


def test_a_program_that_answers_before_its_sync_is_caught(run):
    check(run, "ack_before_sync")


def test_a_view_ahead_of_the_log_is_caught(run):
    check(run, "view_ahead")


def test_a_start_that_takes_damage_for_a_torn_tail_is_caught(run):
    check(run, "no_torn_tail_check")


def test_a_start_that_compares_no_checksums_is_caught(run):
    check(run, "no_hash_check")


def test_a_commit_without_its_effects_is_caught(run):
    check(run, "commit_without_effects")


def test_every_fault_of_the_program_has_its_test(run):
    node = variant(run, {"WEIR_MUTATION": "no_breakfast"}).node(start=False)
    node.launch()
    equal(node.wait_exit(), 2, "exit code")
    equal(node.log_tail().split("there are ")[1].split(), ["none", *CAUGHT_BY])
