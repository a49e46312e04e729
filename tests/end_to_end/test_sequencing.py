"""Source numbers: in order, out of order, repeated, missing, late, and mixed with events that have none."""
from harness import equal, native, wait_until

QUICK = {"processing.reorder_wait": "300ms"}
PATIENT = {"processing.reorder_wait": "1m"}


def send(node, number, source="s", identity=None, **more):
    return node.send("demo", "note", str(number), source=source, seq=number, id=identity or f"{source}-{number}",
                     **more).expect(200, 202).json()


def numbers(node, source="s"):
    return [entry.get("sourceSeq") for entry in node.history("demo") if entry.get("source") == source]


def test_numbers_in_order_are_taken_as_they_come(run):
    node = run.node(PATIENT)
    for number in range(1, 21):
        send(node, number)
    node.wait_idle("demo")
    equal(numbers(node), list(range(1, 21)))
    equal(node.job("demo")["cursor"], {"s": 20})


def test_reordered_numbers_are_put_in_order(run):
    node = run.node(PATIENT)
    send(node, 1)
    order = [5, 3, 2, 4, 9, 8, 7, 6, 10]
    lines = [native("demo", "note", str(number), source="s", seq=number, id=f"s-{number}") for number in order]
    node.http.post("/api/v1/events", "[" + ",".join(lines) + "]").expect(202)
    node.wait_idle("demo")
    equal(numbers(node), list(range(1, 11)))


def test_a_held_event_waits_and_survives_kill_9(run):
    node = run.node(PATIENT)
    send(node, 1, wait=5)
    send(node, 3)
    send(node, 4)
    equal(node.job("demo")["lastSeq"], 1, "3 and 4 wait for 2")
    node.restart()
    equal(node.job("demo")["lastSeq"], 1, "3 and 4 wait after the restart")
    send(node, 2)
    node.wait_idle("demo")
    equal(numbers(node), [1, 2, 3, 4])


def test_a_repeated_number_is_a_duplicate(run):
    node = run.node(PATIENT)
    for number in (1, 2, 3):
        send(node, number)
    node.wait_idle("demo")
    equal(send(node, 2, identity="another-id")["status"], "duplicate", "number at or below the cursor")
    node.restart()
    equal(send(node, 3, identity="yet-another")["status"], "duplicate", "after a restart")
    send(node, 4, wait=5)
    equal(numbers(node), [1, 2, 3, 4])


def test_a_missing_number_becomes_a_gap_record_after_the_wait(run):
    node = run.node(QUICK)
    send(node, 1)
    for number in (5, 6):
        send(node, number)
    node.wait_idle("demo")
    entries = node.history("demo")
    equal([(entry["seq"], entry["type"]) for entry in entries],
          [(1, "note"), (2, "weir.gap"), (3, "note"), (4, "note")])
    equal(entries[1]["gap"], {"source": "s", "from": 2, "to": 4})
    equal(node.job("demo")["cursor"], {"s": 6})


def test_a_full_reorder_window_declares_the_gap_at_once(run):
    node = run.node({"processing.reorder_wait": "10m", "processing.reorder_window": 8})
    send(node, 1)
    for number in range(3, 15):
        send(node, number)
    wait_until(lambda: len(node.history("demo")) >= 14, "the window of 8 is full and the job goes on")
    entries = node.history("demo")
    equal(entries[1]["gap"], {"source": "s", "from": 2, "to": 2})
    equal(numbers(node), [1] + list(range(3, 15)))


def test_what_comes_late_is_a_dead_letter_and_never_dropped(run):
    node = run.node(QUICK)
    send(node, 1)
    send(node, 4)
    node.wait_idle("demo")
    answer = send(node, 2, wait=5)
    equal(answer["status"], "dead")
    letters = node.admin_pages("dead-letters")
    equal([(letter["code"], letter["eventId"], letter["source"], letter["seq"]) for letter in letters],
          [("late", "s-2", "s", 4)])
    entry = node.history("demo")[3]
    equal((entry["id"], entry["dead"]["code"], entry["sourceSeq"]), ("s-2", "late", 2))
    equal(send(node, 2, identity="s-2")["status"], "duplicate", "the same late event again")
    send(node, 3, wait=5)
    equal(len(node.admin_pages("dead-letters")), 2)
    send(node, 5, wait=5)
    equal(node.history("demo")[-1]["sourceSeq"], 5)


def test_events_without_number_never_wait_for_numbered_ones(run):
    node = run.node(PATIENT)
    send(node, 1, wait=5)
    send(node, 3)
    for n in range(5):
        node.send("demo", "plain", str(n), source="other", wait=5).expect(200)
    equal([(entry["source"], entry["data"]) for entry in node.history("demo")],
          [("s", "1")] + [("other", str(n)) for n in range(5)])
    send(node, 2)
    node.wait_idle("demo")
    equal(numbers(node), [1, 2, 3])


def test_sources_of_one_job_are_numbered_apart(run):
    node = run.node(PATIENT)
    for number in range(1, 6):
        send(node, number, source="a")
        send(node, number, source="b")
    send(node, 7, source="b")
    for number in range(6, 10):
        send(node, number, source="a")
    wait_until(lambda: node.job("demo")["cursor"].get("a") == 9, "a is not held up by b")
    equal(node.job("demo")["cursor"], {"a": 9, "b": 5})
    send(node, 6, source="b")
    node.wait_idle("demo")
    equal(numbers(node, "a"), list(range(1, 10)))
    equal(numbers(node, "b"), list(range(1, 8)))


def test_a_gap_may_park_the_job_when_configured(run):
    node = run.node({**QUICK, "processing.on_gap": "park"})
    send(node, 1)
    send(node, 3)
    row = wait_until(lambda: next((job for job in [node.job("demo")] if job["state"] == "parked"), None),
                     "the job is parked")
    equal(row["lastSeq"], 1)
    node.send("other", "note", wait=5).expect(200)
    equal([entry.get("gap") for entry in node.history("demo")], [None])


def test_a_source_that_starts_high_leaves_a_gap_from_1(run):
    node = run.node(QUICK)
    first = 2**53 - 3
    for number in (first, first + 1):
        send(node, number)
    node.wait_idle("demo")
    equal(node.history("demo")[0]["gap"], {"source": "s", "from": 1, "to": first - 1})
    equal(numbers(node)[-2:], [first, first + 1])
