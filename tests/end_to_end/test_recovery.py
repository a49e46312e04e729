"""A lost view comes back as it was, and whoever watches the start sees how far it is."""
import json
import os
import pty
import re
import shutil
import subprocess
import threading

from harness import Unanswered, equal, native, wait_until
from ws_client import Refused, WsConnection

LOGS = {"log.level": "info", "log.format": "json"}
BATCH = 500


def some_of_everything(node):
    """Jobs with states, records, emitted events, gaps, retries, dead letters (open and discarded), keys and work left."""
    for n in range(30):
        node.send("fed", "item.analyzed", f'{{"itemId":"i{n}",  "score":{n}.50}}', id=f"f{n}", wait=5).expect(200)
    for n in (1, 2, 4, 5):
        node.send("numbered", "note", str(n), source="s", seq=n).expect(202)
    node.send("failing", "weir.demo.retry", '{"times":2}', wait=10).expect(200)
    for n in range(3):
        node.send("sad", "weir.demo.dead", "{}", id=f"d{n}", wait=5).expect(200)
    first = node.admin_pages("dead-letters")[0]["id"]
    node.admin_post(f"dead-letters/{first}:discard").expect(200)
    node.send("keyed", "note", "1", headers={"Idempotency-Key": '"k1"'}).expect(202)
    node.send("held", "note", "0", wait=5).expect(200)
    node.admin_post("jobs/held:pause").expect(200)
    for n in range(20):
        node.send("held", "note", str(n)).expect(202)
    node.wait_idle("numbered")
    node.wait_idle("keyed")


def digest(run, node):
    """(position, digest) of a stopped node, which is sound."""
    done = subprocess.run([run.binary, "verify", "--data", node.folder, "--json"], capture_output=True, text=True,
                          timeout=120, check=False)
    equal(done.returncode, 0, f"weir verify: {done.stdout[-800:]}{done.stderr[-800:]}")
    report = json.loads(done.stdout)
    equal(len(report["digest"]), 32, "digits of the digest")
    return report["position"], report["digest"]


def log_lines(node, identifier):
    lines = [json.loads(line) for line in node.logs[-1].read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["msg"] == identifier]


def lose_view(node):
    shutil.rmtree(node.folder / "view")


def test_a_lost_view_is_rebuilt_to_the_same_digest(run):
    node = run.node({**LOGS, "processing.reorder_wait": "100ms"})
    some_of_everything(node)
    letters, held = node.admin_pages("dead-letters"), node.job("held")
    equal(held["lag"], 20)
    node.kill9()
    before = digest(run, node)
    lose_view(node)
    node.start()
    equal((node.admin_pages("dead-letters"), node.job("held")), (letters, held))
    node.kill9()
    equal(digest(run, node), before, "position and digest")
    node.start()
    equal(node.terminate(), 0, "exit code")
    equal(digest(run, node), before, "position and digest after an orderly stop")


def test_after_retention_a_lost_view_is_rebuilt_to_the_same_digest(run):
    node = run.node({**LOGS, "store.segment_size": "1MiB", "http.max_batch_body": "1MiB",
                     "store.retention_bytes": "3MiB", "store.retention_check": "100ms"})
    some_of_everything(node)
    pad = "x" * 2000
    for batch in range(40):
        lines = [native(f"wide-{n % 3}", "item.analyzed", f'{{"itemId":"w{batch}-{n}","score":1,"pad":"{pad}"}}')
                 for n in range(50)]
        node.http.post("/api/v1/events", "\n".join(lines), content_type="application/x-ndjson").expect(202)
        node.wait_idle("wide-0")
    for job in ("wide-1", "wide-2", "fed"):
        node.wait_idle(job)
    wait_until(lambda: node.job("fed")["firstSeq"] == 61, "the first events are dropped")
    # What retention does meanwhile would count: no turn of it is left half done, and none comes.
    equal(node.terminate(), 0, "exit code")
    segments = sorted(path.name for path in (node.folder / "log").iterdir())
    node.options["store.retention_bytes"] = "0B"
    node.start()
    node.kill9()
    before = digest(run, node)
    assert any(path.name.startswith("base-") for path in node.folder.iterdir()), "no base"
    lose_view(node)
    node.start()
    equal(node.job("fed")["firstSeq"], 61)
    node.kill9()
    equal(sorted(path.name for path in (node.folder / "log").iterdir()), segments, "segments")
    equal(digest(run, node), before, "position and digest")


def fill_fast(node, events):
    """Many small events: a rebuild that takes long enough to be looked at."""
    for batch in range(events // BATCH):
        lines = [native(f"job-{n}", "note", "{}", id=f"e{batch}-{n}") for n in range(BATCH)]
        node.http.post("/api/v1/events", "\n".join(lines), content_type="application/x-ndjson").expect(202)
    for n in range(BATCH):
        node.wait_idle(f"job-{n}")


def watch_start(node):
    """(status, text) of the probes while the node recovers, by path; empty when it was too fast to be seen."""
    seen = {}

    def ask():
        try:
            answer = node.http.get("/readyz?verbose")
            if answer.status == 200:
                return True
            found = re.search(r"recovering (\d+) %", answer.text)
            if found:
                seen.setdefault("percents", []).append(int(found[1]))
                for path in ("/startupz?verbose", "/livez", "/api/v1/jobs/job-1", "/health"):
                    other = node.http.get(path)
                    seen.setdefault(path, []).append((other.status, other.header("Retry-After"), other.text))
                sent = node.send("job-1", "note", "{}")
                seen.setdefault("post", []).append((sent.status, sent.header("Retry-After"), sent.text))
                try:
                    node_socket = WsConnection(node.url(scheme="ws"))
                    node_socket.close()
                except Refused as refused:
                    seen.setdefault("ws", []).append(refused.status)
        except Unanswered:
            assert node.alive(), node.log_tail()
        return False

    wait_until(ask, "the node is ready", 60, every=0.001)
    return seen


def know_ports(node):
    """With fixed ports a node can be asked before it says where it listens."""
    node.endpoints = {"http": f"http://{node._ports[0]}", "admin": f"http://{node._ports[1]}"}


def test_a_start_says_how_far_it_is_and_can_be_stopped(run):
    node = run.node(LOGS, keep_ports=True)
    fill_fast(node, run.load(30_000, 10_000))
    node.kill9()
    before = digest(run, node)
    lose_view(node)
    node.launch()
    know_ports(node)
    seen = watch_start(node)
    percents = seen.get("percents", [])
    assert percents, "the rebuild was not seen"
    equal(percents, sorted(percents), "percents")
    assert 0 <= percents[0] < 100 and percents[-1] < 100, percents
    # The last look of each may have come just behind the end.
    for path in ("/startupz?verbose", "/api/v1/jobs/job-1", "/health", "post"):
        status, _, text = seen[path][0]
        assert (status, "recovering" in text) == (503, True), f"{path}: {status} {text}"
    assert seen["post"][0][1] is not None, "no Retry-After"
    equal({status for status, _, _ in seen["/livez"]}, {200}, "livez")
    equal(seen["ws"][0], 503, "an upgrade")
    equal(node.http.get("/startupz?verbose").status, 200)
    if any(answer[0] == 202 for answer in seen["post"]):  # the last of them was in time
        node.wait_idle("job-1")
    else:
        node.kill9()
        equal(digest(run, node), before, "position and digest")
        node.start()
    said = log_lines(node, "node.ready")
    equal(len(said), 1, "ready lines")
    equal(node.terminate(), 0, "exit code")
    lose_view(node)
    node.launch()
    know_ports(node)
    wait_until(lambda: "recovering" in node.http.get("/readyz?verbose").text if listens(node) else False,
               "the next rebuild has begun", every=0.001)
    equal(node.terminate(10), 0, "exit code when it is told to stop meanwhile")
    equal(log_lines(node, "node.ready"), [], "ready lines of the start that was stopped")
    node.start()
    node.end_sound()


def listens(node):
    try:
        return node.http.get("/livez").status == 200
    except Unanswered:
        return False


def test_a_terminal_shows_a_bar_while_the_view_is_rebuilt(run):
    node = run.node()
    fill_fast(node, 5_000)
    node.kill9()
    lose_view(node)
    ours, theirs = pty.openpty()
    child = run.spawn(node.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = []

    def read():
        try:
            while piece := os.read(ours, 65_536):
                shown.append(piece)
        except OSError:
            pass  # the other side is gone

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    wait_until(lambda: b"node.ready" in b"".join(shown), "the node is ready", 60)
    child.kill()
    child.wait()
    reader.join(10)
    os.close(ours)
    text = b"".join(shown).decode()
    bar = re.search(r"\rrebuilding \[#* *\] +\d+ %  \d+ of \d+ MB  \d+ MB/s\r", text)
    assert bar, text
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if "node.ready" in line]
    assert re.search(r"\r +\r\d{4}-", lines[0]), f"the bar is not wiped: {lines[0]!r}"
    assert "store.recovering" not in text, text
