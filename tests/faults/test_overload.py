"""Far more than the node can do, over all jobs: it refuses with 429 and says when to come back, its memory stays flat,
and what it accepted is processed once."""
import collections
import time

from crash_load import EVENTS
from fault_rounds import rounds
from handler_load import Clients
from harness import equal, native, wait_until
from process_figures import resident_bytes

JOBS = [f"crowd-{n}" for n in range(200)]
BATCH = 500
CLIENTS = 16
BACKLOG = 3_000  # less than all clients together have under way
SECONDS = rounds(6, 60)
OPTIONS = {"processing.max_backlog": BACKLOG, "log.level": "warn"}
# Without ids, so that the same bytes are new events each time and the clients need next to no time for them.
BODY = "\n".join(native(JOBS[n % len(JOBS)], "weir.demo.crash", '{"times":0}') for n in range(BATCH))


def crowd(http, is_time, _):
    """Sends as fast as it is answered, whatever the answer says."""
    counts = collections.Counter()
    while is_time():
        answer = http.post(EVENTS, BODY, content_type="application/x-ndjson")
        taken = 0
        if answer.status == 429:
            equal(answer.problem(429)["code"], "overloaded", "why a request is refused")
            assert int(answer.headers["Retry-After"]) >= 1, answer.headers
        else:
            told = answer.expect(202).json()
            taken = told["accepted"]
            equal(taken + told["rejected"], BATCH, "events that were answered")
        counts.update(offered=BATCH, accepted=taken, refused_requests=answer.status == 429)
    return counts


def test_an_overloaded_node_refuses_honestly_stays_flat_and_loses_nothing(run):
    node = run.node(OPTIONS)
    clients, began = Clients(node, crowd, CLIENTS, SECONDS), time.monotonic()
    sizes = []  # (part of the time, bytes)

    def done():
        sizes.append(((time.monotonic() - began) / SECONDS, resident_bytes(node.pid)))
        return clients.over()
    wait_until(done, "the clients are done", SECONDS + 60)
    middle = max(size for part, size in sizes if 1 / 3 <= part < 2 / 3)
    last = max(size for part, size in sizes if part >= 2 / 3)
    seconds = time.monotonic() - began
    counts = clients.counts
    print(f"{counts['offered'] / seconds:,.0f} events a second offered, {counts['accepted'] / seconds:,.0f} accepted, "
          f"{counts['refused_requests']} requests refused; {middle >> 20} MiB in the middle third, {last >> 20} MiB in the last")
    assert counts["refused_requests"] > 0, "the node never said that it has enough"
    # A sanitizer keeps what was freed.
    assert last < middle + (run.load(64, 512) << 20), f"{middle} bytes, later {last}"
    wait_until(lambda: node.admin.get("/admin/api/v1/overview").expect(200).json()["pending"] == 0,
               "everything is processed", 120)
    equal(sum(node.job(job)["lastSeq"] for job in JOBS), counts["accepted"], "events in the streams")
    equal(node.admin_pages("dead-letters"), [], "dead letters")
    node.end_sound()


test_an_overloaded_node_refuses_honestly_stays_flat_and_loses_nothing.deadline = rounds(240, 400)
