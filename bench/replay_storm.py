"""A storm of replayed dead letters beside live traffic: how fast it goes, and what subscribers of other jobs notice."""
import json
import pathlib
import shutil
import time
import urllib.error
import urllib.request

from recovery import Started, processor_seconds, tell

ROWS = 500  # http.max_batch_events
JOBS = 1_000
LIVE = {"subscribers": 1, "rate": 200}
REFUSE = ("--processing.unknown_types", "dead_letter")


def ask(where, method, path, body=None, kind="application/json"):
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    request = urllib.request.Request(where + path, data=data, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.loads(answer.read() or b"null")


def send_all(node, lines):
    """As fast as the node takes them: it says 429 while it has enough. Ids that were taken already count once."""
    while True:
        try:
            return ask(node.where["http"], "POST", "/api/v1/events", "\n".join(lines).encode(), "application/x-ndjson")
        except urllib.error.HTTPError as refused:
            if refused.code != 429:
                raise
            time.sleep(0.1)


def overview(node):
    return ask(node.where["admin"], "GET", "/admin/api/v1/overview")


def make_letters(bench, data, count):
    """Events of a type that nobody takes become dead letters; the next node lets them pass."""
    node = Started(bench, data, 120, REFUSE)
    pad = "x" * 300
    for begin in range(0, count, ROWS):
        lines = [json.dumps({"id": f"storm-{n}", "jobId": f"storm-{n % JOBS}", "type": "storm.event", "source": "bench",
                             "data": {"n": n, "pad": pad}}) for n in range(begin, min(begin + ROWS, count))]
        send_all(node, lines)
    node.wait_idle()
    open_ones = overview(node)["deadLetters"]
    if open_ones != count:
        raise SystemExit(f"bench: {open_ones} dead letters where {count} belong")
    node.kill()


def live(bench, node, workload):
    """Latencies of POST to frame; bench_fanout itself ends with an error when a frame is missing or out of order."""
    port = node.where["http"].rsplit(":", 1)[1]
    bench.program("bench_fanout", workload=workload, port=port, side="weir", **LIVE)


def replay(node, count, rate):
    body = {"filter": {"type": "storm.event"}, "dryRun": False, "expectCount": count, "limit": count, "rate": rate}
    return ask(node.where["admin"], "POST", "/admin/api/v1/dead-letters:replay", body)["operation"]


def progress(node, operation):
    return ask(node.where["admin"], "GET", f"/admin/api/v1/operations/{operation}")


def check(node, count):
    """Every letter is closed, and each job has its events once more, in their order."""
    left = overview(node)["deadLetters"]
    if left != 0:
        raise SystemExit(f"bench: {left} dead letters are left")
    seen = 0
    for job in range(0, JOBS, 50):
        numbers = []
        after = 0
        while True:
            page = ask(node.where["http"], "GET", f"/api/v1/jobs/storm-{job}/events?after={after}&limit=500")["data"]
            numbers += [row["data"]["n"] for row in page if row["type"] == "storm.event"]
            if not page:
                break
            after = page[-1]["seq"]
        wanted = list(range(job, count, JOBS))
        # Once when they died, once when they were replayed.
        if numbers not in (wanted, wanted + wanted):
            raise SystemExit(f"bench: job storm-{job} has {len(numbers)} events, not in their order: {numbers[:10]}")
        seen += len(numbers)
    print(f"replay: {seen} events of {JOBS // 50} jobs are in their order", flush=True)


def run(bench):
    folder = pathlib.Path(bench.work) / "storm"
    data = folder / "data"
    data.mkdir(parents=True)
    count, rate = bench.given.storm_letters, bench.given.storm_rate
    make_letters(bench, data, count)
    node = Started(bench, data, 120)
    live(bench, node, f"POST to frame at {LIVE['rate']}/s, no storm,")
    spent = processor_seconds(node.child.pid)
    began = time.monotonic()
    operation = replay(node, count, f"{rate}/s")
    live(bench, node, f"POST to frame at {LIVE['rate']}/s, {rate}/s replayed,")
    if progress(node, operation)["state"] != "running":
        bench.complete = False
        print("replay: the storm was over before the live traffic; take more letters or a lower rate", flush=True)
    while progress(node, operation)["state"] == "running":
        time.sleep(0.1)
    seconds = time.monotonic() - began
    row = progress(node, operation)
    node.wait_idle()
    tell(bench, f"replay of {count:,} dead letters at {rate}/s", "weir", round(row["done"] / seconds), "letters/s",
         cpu_us=round((processor_seconds(node.child.pid) - spent) * 1e6 / count, 1), state=row["state"],
         failed=row["failed"], skipped=row["skipped"], peak_mib=round(node.memory("VmHWM"), 1))
    check(node, count)
    node.kill()
    shutil.rmtree(folder)
