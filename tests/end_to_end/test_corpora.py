"""Real input end to end: webhook bodies and host events through real clients, also over a kill -9 in the middle.

Producers: curl, node and Python. Subscribers: npm ws, npm eventsource, python3-websockets and an SSE client of our own.
Each subscriber must see each job's events in order, once, with the very bytes that were posted.
"""
import collections
import json
import subprocess
import threading

import json_slices
from harness import CORPORA, HERE, NODE_CLIENTS, Unanswered, equal, native, need_node_modules, wait_until
from sse_client import SseFollower
from ws_client import Follower

EVENTS = "/api/v1/events"
Item = collections.namedtuple("Item", "job id type data")


def webhook_items():
    """One event for each webhook body; the job is the repository."""
    folder = CORPORA / "octokit-webhooks" / "payload-examples"
    if not folder.is_dir():
        print(f"{folder} is missing: using the small sample of the project")
        folder = HERE / "samples" / "webhooks"
    items = []
    for path in sorted(folder.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        job = (json.loads(text).get("repository") or {}).get("full_name", "none")
        items.append(Item(job, str(path.relative_to(folder)), "webhook", text.strip(" \t\r\n")))
    return items


def host_items(limit):
    """One event for each line; the job is the host: the first part of Sysmon's ProcessGuid names the machine."""
    path = CORPORA / "vast-eventdata" / "vast" / "integration" / "data" / "json" / "sysmon.json"
    if not path.is_file():
        print(f"{path} is missing: using the small sample of the project")
        path = HERE / "samples" / "host_events.ndjson"
    items = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[:limit]):
        guid = json.loads(line).get("ProcessGuid", "{none")
        items.append(Item(f"host {guid[1:9]}", f"line-{number}", "sysmon", line.strip(" \t\r\n")))
    return items


# -- producers: each posts its requests one after another until it is told --------------


def post_by_python(node, requests, told):
    for headers, body in requests:
        while True:
            try:
                answer = node.http.post(EVENTS, body, headers, content_type=None)
            except Unanswered:
                threading.Event().wait(0.05)
                continue
            if answer.status in (429, 503):
                continue
            answer.expect(200, 202)
            told()
            break


def post_by_curl(run, node, requests, told):
    for number, (headers, body) in enumerate(requests):
        file = run.folder / f"curl-body-{number % 2}"
        file.write_bytes(body)
        line = ["curl", "--silent", "--show-error", "--output", "/dev/null", "--write-out", "%{http_code}",
                "--max-time", "20", "--data-binary", f"@{file}"]
        for name, value in headers.items():
            line += ["--header", f"{name}: {value}"]
        while True:
            base = json.loads((node.folder / "endpoints.json").read_text())["http"]
            done = subprocess.run([*line, base + EVENTS], capture_output=True, text=True, check=False)
            if done.returncode != 0 or done.stdout in ("429", "503"):
                threading.Event().wait(0.05)
                continue
            assert done.stdout in ("200", "202"), f"curl was told {done.stdout}"
            told()
            break


def post_by_node(run, node, requests, told):
    work = run.folder / "node-work.ndjson"
    work.write_text("\n".join(json.dumps({"headers": headers, "body": body.decode()}) for headers, body in requests))
    child = run.spawn(["node", NODE_CLIENTS / "http_producer.mjs", node.folder / "endpoints.json", work],
                      stdout=subprocess.PIPE, text=True)
    for _ in child.stdout:
        told()
    equal(child.wait(), 0, "exit code of the node producer")


def single_requests(items):
    """Native JSON, one event each."""
    return [({"Content-Type": "application/json"}, native(item.job, item.type, item.data, id=item.id).encode())
            for item in items]


def binary_requests(items):
    """CloudEvents binary mode: the body is the payload and nothing else."""
    from urllib.parse import quote
    return [({"Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": quote(item.id),
              "ce-source": "api", "ce-type": item.type, "ce-partitionkey": quote(item.job)}, item.data.encode() + b"\n")
            for item in items]


def ndjson_requests(items, count):
    return [({"Content-Type": "application/x-ndjson"},
             "\n".join(native(item.job, item.type, item.data, id=item.id) for item in items[at:at + count]).encode())
            for at in range(0, len(items), count)]


# -- the run -------------------------------------------------------------------------


def relay(run, items, shape):
    """Posts, kills in the middle, and compares what every subscriber saw with what was posted."""
    need_node_modules()
    node = run.node(keep_ports=True)
    jobs = {}
    for item in items:
        jobs.setdefault(item.job, []).append(item)
    ws_file, sse_file = run.folder / "npm-ws.ndjson", run.folder / "npm-sse.ndjson"
    ws_file.touch()
    sse_file.touch()
    run.spawn(["node", NODE_CLIENTS / "ws_subscriber.mjs", node.folder / "endpoints.json", ws_file, *jobs])
    run.spawn(["node", NODE_CLIENTS / "sse_subscriber.mjs", node.url(), sse_file, *jobs])
    followers = [run.own(Follower(node, job)) for job in jobs] + [run.own(SseFollower(node, job)) for job in jobs]

    requests = [[], [], []]  # a job belongs to one producer: its order is then the order of the files
    for number, found in enumerate(jobs.values()):
        requests[number % 3] += shape[number % 3](found)
    count, half, lock = [0], threading.Event(), threading.Lock()
    total = sum(len(each) for each in requests)

    def told():
        with lock:
            count[0] += 1
            if count[0] >= total // 2:
                half.set()
    failures = []

    def guarded(producer, *arguments):
        try:
            producer(*arguments, told)
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)
            half.set()
    threads = [threading.Thread(target=guarded, args=arguments) for arguments in
               ((post_by_curl, run, node, requests[0]), (post_by_node, run, node, requests[1]),
                (post_by_python, node, requests[2]))]
    for thread in threads:
        thread.start()
    assert half.wait(120), f"only {count[0]} of {total} requests were answered"
    node.restart()
    for thread in threads:
        thread.join(240)
    equal(failures, [])
    equal(count[0], total, "answered requests")

    expected = {job: [(item.id, item.data) for item in found] for job, found in jobs.items()}
    for job, wanted in expected.items():
        equal(node.wait_idle(job)["lastSeq"], len(wanted), f"events of {job}")
        compare(f"the log of {job}", node.history(job), wanted)
    for follower in followers:
        follower.wait_seq(len(expected[follower.job]), 90)
        compare(follower.name, follower.events(), expected[follower.job])
    compare_file("npm ws", ws_file, expected)
    compare_file("npm eventsource", sse_file, expected)
    print(f"{len(items)} events in {len(jobs)} jobs, 4 kinds of subscribers, one kill -9")


def compare(who, entries, wanted):
    equal([entry["seq"] for entry in entries], list(range(1, len(wanted) + 1)), f"{who}: seqs")
    for entry, (identity, data) in zip(entries, wanted):
        equal(entry["id"], identity, f"{who}: id at seq {entry['seq']}")
        equal(entry["data"], data, f"{who}: bytes at seq {entry['seq']}")


def compare_file(who, file, expected):
    total = sum(len(wanted) for wanted in expected.values())

    def lines():
        return [line for line in file.read_text(encoding="utf-8").split("\n") if '"raw"' in line]
    wait_until(lambda: len(lines()) >= total, f"{who} saw {total} events, has {len(lines())}", 90, every=0.2)
    seen = collections.defaultdict(list)
    for line in lines():
        row = json.loads(line)
        seen[row["job"]].append(json_slices.entry(row["raw"]))
    for job, wanted in expected.items():
        compare(f"{who}, {job}", seen[job], wanted)


def test_webhook_bodies_reach_every_subscriber_once_in_order_and_byte_equal(run):
    relay(run, webhook_items(), (binary_requests, single_requests, single_requests))


def test_host_events_reach_every_subscriber_once_in_order_and_byte_equal(run):
    items = host_items(run.load(2500, 600))
    relay(run, items, (lambda found: ndjson_requests(found, 20), lambda found: ndjson_requests(found, 5),
                       lambda found: single_requests(found)))


test_webhook_bodies_reach_every_subscriber_once_in_order_and_byte_equal.deadline = 240
test_host_events_reach_every_subscriber_once_in_order_and_byte_equal.deadline = 240
