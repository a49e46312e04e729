"""Retention: the disk levels off, nothing unfinished goes, and whoever comes back too late is told."""
import json
import os
import pathlib
import shutil

from harness import equal, wait_until
from ws_client import WsConnection

MIB = 1 << 20
OPTIONS = {"store.segment_size": "1MiB", "http.max_batch_body": "1MiB", "store.retention_bytes": "4MiB", "store.retention_check": "100ms",
           "processing.restart_max": "0"}
JOBS = ["job-0", "job-1", "job-2"]
PAD = "x" * 3000


def load(node, rounds, start=0):
    """`rounds` batches of 100 events of 3 KB each over all jobs."""
    for number in range(start, start + rounds):
        lines = [json.dumps({"jobId": JOBS[n % len(JOBS)], "type": "note", "id": f"n-{number}-{n}",
                             "data": {"n": number * 100 + n, "pad": PAD}}) for n in range(100)]
        node.http.post("/api/v1/events", "\n".join(lines), content_type="application/x-ndjson").expect(202)


def size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # dropped after it was listed


def log_bytes(node):
    return sum(size(path) for path in (node.folder / "log").iterdir())


def folder_bytes(node):
    # A walk, for it passes over a folder that was renamed or dropped while it is read, as the next base is.
    return sum(size(pathlib.Path(folder) / name) for folder, _, names in os.walk(node.folder) for name in names)


def first_kept(node, job):
    return node.job(job)["firstSeq"]


def wait_trimmed(node):
    wait_until(lambda: log_bytes(node) <= 6 * MIB and all(first_kept(node, job) > 1 for job in JOBS), "the log is short")


def check_streams(node):
    for job in JOBS:
        facts = node.job(job)
        seqs = [event["seq"] for event in pages_from(node, job, facts["firstSeq"])]
        equal(seqs, list(range(facts["firstSeq"], facts["lastSeq"] + 1)), f"numbers of {job}")


def pages_from(node, job, first):
    events, after = [], first - 1
    while True:
        page = node.http.get(f"/api/v1/jobs/{job}/events?after={after}&limit=500").expect(200).json()["data"]
        if not page:
            return events
        events += page
        after = page[-1]["seq"]


def test_old_history_goes_and_nothing_that_is_unfinished(run):
    node = run.node(OPTIONS)
    crashed = node.send("sad", "weir.demo.crash", '{"times": 1}').expect(202).json()["id"]
    wait_until(lambda: node.job("sad")["state"] in ("parked", "quarantined"), "the job is parked")
    held = [node.send("sad", "note", json.dumps({"held": n, "pad": PAD})).expect(202).json()["id"] for n in range(20)]
    node.send("lost", "item.analyzed", '{"score":  "no number"}', wait=5).expect(200)
    load(node, 60)
    for job in JOBS:
        node.wait_idle(job)
    wait_trimmed(node)
    check_streams(node)

    client = run.own(WsConnection(node.url(scheme="ws")))
    epoch = node.job("job-0")["epoch"]
    answer = client.ask({"op": "subscribe", "job": "job-0", "after": {"epoch": epoch, "seq": 5}, "window": 256})
    equal((answer["recovering"], answer["recovered"]), (True, False))
    gap = client.expect("gap")
    equal((gap["from"], gap["to"], gap["reason"]), (6, answer["first"] - 1, "trimmed"))
    assert gap["state"]["seq"] >= answer["last"] and "handlers" in gap["state"], gap
    node.http.get("/api/v1/jobs/job-0/events?after=0").problem(410, "history-trimmed")

    for change in ("kill", "lose the view"):
        node.kill9()
        if change == "lose the view":
            shutil.rmtree(node.folder / "view")
        node.start()
        check_streams(node)
        equal(node.job("job-0")["epoch"], epoch, "epoch")
    # The parked job goes on where it stood, with the bytes that came in.
    node.http.get(f"/api/v1/events/{crashed}").expect(200)
    node.admin_post("jobs/sad:resume").expect(200)
    wait_until(lambda: node.job("sad")["lastSeq"] == 21, "the held events were handled")
    notes = [json.loads(event["data"])["held"] for event in node.history("sad") if event["type"] == "note"]
    equal(notes, list(range(len(held))))
    letter = node.admin.get("/admin/api/v1/dead-letters?job=lost").expect(200).json()["data"][0]
    whole = node.admin.get(f"/admin/api/v1/dead-letters/{letter['id']}").expect(200)
    assert '{"score":  "no number"}' in whole.text, whole.text


def test_the_disk_levels_off(run):
    node = run.node(OPTIONS)
    sizes = []
    for number in range(run.load(6, 3)):
        load(node, 40, start=number * 40)
        for job in JOBS:
            node.wait_idle(job)
        wait_trimmed(node)
        sizes.append(folder_bytes(node))
    written = run.load(6, 3) * 40 * 100 * 3000
    assert max(sizes) < 16 * MIB < written, f"sizes {sizes}, written {written}"
    check_streams(node)
    metrics = node.admin.get("/metrics").expect(200).text
    trimmed = next(float(line.split()[1]) for line in metrics.splitlines()
                   if line.startswith("weir_store_trimmed_bytes_total"))
    assert trimmed > written / 2, f"{trimmed} bytes trimmed of {written}"
