"""One job that gets far more events than it can handle is nobody else's trouble."""
import concurrent.futures
import json

from harness import equal, native, wait_until
from process_figures import resident_bytes

EVENTS = "/api/v1/events"
NDJSON = "application/x-ndjson"


def metric(node, name):
    for line in node.admin.get("/metrics").expect(200).text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no metric {name}")


def test_a_flood_of_one_job_is_refused_for_that_job_alone_and_loses_nothing(run):
    # Less than one request holds, so that it is refused however fast the node is.
    node = run.node(options={"processing.job_max_held": "64KiB", "processing.queue_size": "256"})
    payload = json.dumps("x" * 200)
    refused, accepted = [], 0

    def flood(number):
        """400 events at once, until the job is full; then a few more."""
        taken, answers = 0, []
        for batch in range(30):
            lines = "\n".join(native("hot", "note", payload, id=f"h{number}-{batch}-{n}") for n in range(400))
            answer = node.http.post(EVENTS, lines, content_type=NDJSON).expect(202, 429)
            if answer.status == 429:
                answers.append(answer)
                continue
            body = answer.json()
            taken += body["accepted"]
            equal(body["accepted"] + body["rejected"], 400)
            for item in body["results"]:
                if item["status"] == "rejected":
                    equal((item["error"]["code"], item["error"]["status"]), ("rate-limited", 429))
                    assert 1 <= item["retryAfter"] <= 60, item
                    answers.append(None)
        return taken, answers

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        floods = [pool.submit(flood, number) for number in range(4)]
        largest = 0
        for n in range(300):
            node.send(f"cold-{n % 100}", "note", str(n), id=f"c{n}").expect(202)
            largest = max(largest, resident_bytes(node.pid))
        for done in floods:
            taken, answers = done.result()
            accepted += taken
            refused += answers
    whole = [answer for answer in refused if answer is not None]
    assert refused, "the flood was never refused"
    for answer in whole:
        equal(answer.problem(429, "rate-limited")["retryable"], True)
        assert 1 <= int(answer.header("Retry-After")) <= 60, answer.headers
    # A sanitizer keeps what was freed.
    assert largest < run.load(400, 1_000) << 20, f"{largest} bytes in memory"

    wait_until(lambda: node.job("hot")["cursor"] is not None and node.job("hot")["lastSeq"] == accepted,
               f"all {accepted} accepted events of the hot job are processed", 60)
    for n in range(100):
        wait_until(lambda job=f"cold-{n}": node.job(job)["lastSeq"] == 3, f"cold-{n} has its three")
    equal(metric(node, "weir_held_bytes"), 0.0, "bytes held at the end")
    equal(metric(node, "weir_events_refused_by_job_total"), 400.0 * len(whole) + len(refused) - len(whole))
    node.end_sound()


def test_a_paused_job_fills_up_and_takes_events_again_when_it_is_resumed(run):
    node = run.node(options={"processing.job_max_held": "64KiB"})
    node.send("shut", "note", "0").expect(202)
    node.wait_idle("shut")
    node.admin.post("/admin/api/v1/jobs/shut:pause", "{}").expect(200)
    taken = 1
    while node.send("shut", "note", json.dumps("y" * 4_000)).expect(202, 429).status == 202:
        taken += 1
    assert 10 <= taken <= 16, taken
    node.restart()
    answer = node.send("shut", "note", json.dumps("y" * 4_000))
    answer.problem(429, "rate-limited")
    equal(answer.header("Retry-After"), "60", "nothing is known of the speed of a job that stands still")
    both = f'[{native("shut", "note", json.dumps("y" * 4_000))},{native("open", "note", "1")}]'
    body = node.http.post(EVENTS, both).expect(202).json()
    equal((body["status"], body["accepted"], body["rejected"]), ("partial", 1, 1))
    equal([item["status"] for item in body["results"]], ["rejected", "accepted"])
    keyed = node.http.post(EVENTS, both, headers={"Idempotency-Key": "once"})
    keyed.problem(429, "rate-limited")
    node.admin.post("/admin/api/v1/jobs/shut:resume", "{}").expect(200)
    wait_until(lambda: node.job("shut")["lastSeq"] == taken, "the paused events are processed")
    node.http.post(EVENTS, both, headers={"Idempotency-Key": "once"}).expect(202)
