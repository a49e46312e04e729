"""R15: one job is offered 50,000 events a second, by a handler that keeps up until the machine is full and by one that
cannot. Its mailbox stays within its limit, it alone is refused, and memory does not grow. What is refused and that
nothing is lost is also in tests/end_to_end/test_fairness.py."""
import collections
import functools
import itertools
import threading
import time

from crash_load import EVENTS
from fault_rounds import rounds
from handler_load import Clients, Usage, probe
from harness import equal, native, wait_until
from process_figures import resident_bytes, spread

OTHERS = [f"calm-{n}" for n in range(4)]
QUEUE = 256
BATCH = 500
OFFERED = 50_000  # a second, if the machine lets the clients have that many
SECONDS = rounds(4, 120)
OPTIONS = {"processing.queue_size": QUEUE, "log.level": "warn"}
QUICK = native("hot", "weir.demo.crash", '{"times":0}')
SLOW = native("hot", "weir.demo.block.sleep", '{"ms":1}')


def offer(event, http, is_time, clients):
    """With the other clients: so many events a second, or as many as they can."""
    # Without ids, so that the same bytes are new events each time and the clients need next to no time for them.
    body = "\n".join([event] * BATCH)
    counts = collections.Counter()
    pace, following = threading.Event(), time.monotonic()
    while is_time():
        answer = http.post(EVENTS, body, content_type="application/x-ndjson").expect(202, 429)
        taken = answer.json()["accepted"] if answer.status == 202 else 0
        if answer.status == 202:
            equal({item["error"]["code"] for item in answer.json()["results"] if item["status"] == "rejected"}
                  - {"rate-limited"}, set(), "why events are refused")
        counts.update(offered=BATCH, accepted=taken, refused=BATCH - taken)
        following += BATCH * clients / OFFERED
        pace.wait(max(0.0, following - time.monotonic()))
    return counts


def flood(run, event, most_held):
    """How many of them were refused."""
    node = run.node(OPTIONS | {"processing.job_max_held": most_held})
    count = itertools.count(1)
    usage = Usage(node)
    print(f"before: other jobs {spread(probe(node, OTHERS, lambda: next(count) > 300))}; {usage}")
    usage, began = Usage(node), time.monotonic()
    clients = Clients(node, functools.partial(offer, event), 4, SECONDS)
    longest = largest = 0

    def done():
        nonlocal longest, largest
        answer = node.admin.get("/admin/api/v1/actors/job:hot")
        if answer.status == 200:
            longest = max(longest, answer.json()["mailbox"])
        largest = max(largest, resident_bytes(node.pid))
        return clients.over()
    # Each of these is accepted at once: who is refused is the hot job alone.
    took = probe(node, OTHERS, done)
    counts = clients.counts
    rate = counts["offered"] / (time.monotonic() - began)
    print(f"{rate:,.0f} events a second offered, {counts['accepted']} accepted, {counts['refused']} refused: other jobs "
          f"{spread(took)}; {usage}, at most {largest >> 20} MiB; longest mailbox {longest}")
    # A sanitizer keeps what was freed.
    assert largest < run.load(400, 1_000) << 20, f"{largest} bytes in memory"
    wait_until(lambda: node.job("hot")["lastSeq"] == counts["accepted"], f"{counts['accepted']} events are handled", 120)
    equal(node.job("hot")["lag"], 0, "lag")
    equal(node.admin_pages("dead-letters"), [], "dead letters")
    node.end_sound()
    assert longest <= QUEUE, f"{longest} events in a mailbox of {QUEUE}"
    return counts["refused"]


def test_a_flood_of_one_job_stays_within_its_mailbox_and_others_go_on(run):
    flood(run, QUICK, "4MiB")  # all of them may be taken


def test_a_flood_of_a_slow_job_is_refused_and_others_go_on(run):
    assert flood(run, SLOW, "512KiB") > 0, "the flood was never refused"


test_a_flood_of_one_job_stays_within_its_mailbox_and_others_go_on.deadline = rounds(120, 500)
test_a_flood_of_a_slow_job_is_refused_and_others_go_on.deadline = rounds(120, 500)
