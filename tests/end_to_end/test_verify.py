"""weir verify of a running node: it holds nobody up, passes under load, and names what was damaged."""
import json
import re
import subprocess
import threading
import time

from harness import equal, wait_until

MIB = 1 << 20
OPTIONS = {"store.segment_size": "1MiB", "http.max_batch_body": "1MiB", "log.level": "info", "log.format": "json"}
JOBS = [f"job-{n}" for n in range(4)]
PAD = "x" * 2000
PATH = "verifications"


class Writers:
    """Producers that go on until they are stopped; the slowest answer is kept."""

    def __init__(self, node, count):
        self.sent, self.slowest, self.failure = 0, 0.0, None
        self._node, self._lock, self._stop = node, threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self, writer):
        number = 0
        try:
            while not self._stop.is_set():
                number += 1
                lines = [json.dumps({"jobId": JOBS[n % len(JOBS)], "type": "item.analyzed", "id": f"w{writer}-{number}-{n}",
                                     "data": {"itemId": f"w{writer}-{number}-{n}", "score": n, "pad": PAD}})
                         for n in range(16)]
                began = time.monotonic()
                self._node.http.post("/api/v1/events", "\n".join(lines),
                                     content_type="application/x-ndjson").expect(202)
                took = time.monotonic() - began
                with self._lock:
                    self.sent += len(lines)
                    self.slowest = max(self.slowest, took)
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        if self.failure:
            raise self.failure


def begin(node):
    answer = node.admin_post(PATH).expect(202)
    row = answer.json()
    equal(answer.header("Location"), f"/admin/api/v1/{PATH}/{row['id']}", "Location")
    return row["id"]


def outcome(node, identity, deadline=120.0):
    def ended():
        row = node.admin.get(f"/admin/api/v1/{PATH}/{identity}").expect(200).json()
        assert row["doneBytes"] <= row["totalBytes"], row
        return row if row["state"] != "running" else None
    return wait_until(ended, f"verification {identity} ends", deadline)


def metric(node, name):
    for line in node.admin.get("/metrics").expect(200).text.splitlines():
        if line.startswith(name + " ") or line.startswith(name + "{"):
            if line.rsplit(" ", 1)[0] == name:
                return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no metric {name}")


def fill(node, writers, events):
    wait_until(lambda: writers.failure or writers.sent >= events, f"{events} events are accepted", 120)
    assert not writers.failure, writers.failure


def test_a_loaded_node_passes_and_goes_on_meanwhile(run):
    node = run.node({**OPTIONS, "store.retention_bytes": "6MiB", "store.retention_check": "100ms"})
    writers = run.own(Writers(node, 3))
    fill(node, writers, run.load(3_000, 800))
    before, rows = writers.sent, []
    for _ in range(run.load(4, 2)):
        identity = begin(node)
        node.admin_post(PATH)  # a second one is refused, or the first has ended
        rows.append(outcome(node, identity))
        fill(node, writers, writers.sent + 100)
    for row in rows:
        equal((row["state"], row["findingCount"], row["findings"]), ("done", 0, []), "a clean store")
        equal(row["doneBytes"], row["totalBytes"], "bytes at the end")
    assert rows[-1]["entries"] > 0 and writers.sent > before, rows
    writers.close()
    print(f"{len(rows)} verifications beside {writers.sent} events; slowest answer {writers.slowest:.3f} s; "
          f"last one: {rows[-1]['entries']} entries, {rows[-1]['logRecords']} records")
    assert metric(node, 'weir_store_verifications_total{outcome="clean"}') >= len(rows)
    equal(metric(node, "weir_store_findings"), 0.0)
    equal(node.terminate(), 0, "exit code")
    stopped = subprocess.run([run.binary, "verify", "--data", node.folder, "--json"], capture_output=True, text=True,
                             timeout=120, check=False)
    equal((stopped.returncode, json.loads(stopped.stdout)["ok"]), (0, True), stopped.stderr)


def test_a_second_verification_is_refused_while_one_runs(run):
    node = run.node(OPTIONS)
    writers = run.own(Writers(node, 3))
    fill(node, writers, run.load(4_000, 1_500))
    refused = 0
    for _ in range(20):
        identity = begin(node)
        second = node.admin_post(PATH)
        if second.status == 409:
            assert identity in second.problem(409, "state-conflict")["detail"]
            refused += 1
            outcome(node, identity)
            break
        outcome(node, second.expect(202).json()["id"])
    equal(refused, 1, "refusals")
    node.admin.get(f"/admin/api/v1/{PATH}/nothing").problem(404, "not-found")


def test_a_flipped_bit_under_a_running_node_is_named(run):
    node = run.node(OPTIONS)
    writers = run.own(Writers(node, 2))
    fill(node, writers, 1_500)
    victim = node.history(JOBS[1], 200)[20]
    segment = sorted((node.folder / "log").glob("*.log"))[0]
    content = segment.read_bytes()
    place = content.index(f'"itemId": "{victim["id"]}"'.encode()) + 14
    with open(segment, "r+b") as file:
        file.seek(place)
        file.write(bytes([content[place] ^ 0x04]))
    row = outcome(node, begin(node))
    equal(row["state"], "done")
    assert row["findingCount"] >= 2, row
    where = [found for found in row["findings"] if found["file"] == str(segment)]
    # Named is the group that holds it, however large.
    unreadable = re.match(r"positions (\d+) to (\d+) cannot be read", where[0]["what"]) if where else None
    assert unreadable and int(unreadable[1]) < place + 128 < int(unreadable[2]), row["findings"][:3]
    named = [found for found in row["findings"] if (found["jobId"], found["seq"]) == (JOBS[1], victim["seq"])]
    assert named and "fails its checksum" in named[0]["what"], row["findings"][:5]
    equal(metric(node, "weir_store_findings"), float(row["findingCount"]))
    lines = [json.loads(line) for line in node.logs[-1].read_text().splitlines() if line.startswith("{")]
    damaged = [line for line in lines if line["msg"] == "store.damaged"]
    assert any(line["path"] == str(segment) and line["level"] == "error" for line in damaged), damaged[:3]

    asked = subprocess.run([run.binary, "verify", "--data", node.folder], capture_output=True, text=True, timeout=120,
                           check=False)
    equal(asked.returncode, 1, f"weir verify of the running node: {asked.stdout[-500:]}{asked.stderr[-500:]}")
    assert f"{JOBS[1]}#{victim['seq']}: the record at" in asked.stdout, asked.stdout[:2000]
    # Everything else goes on.
    fill(node, writers, writers.sent + 50)


def test_a_node_that_stops_does_not_wait_for_its_verification(run):
    node = run.node(OPTIONS)
    writers = run.own(Writers(node, 3))
    fill(node, writers, run.load(3_000, 800))
    writers.close()
    begin(node)
    equal(node.terminate(), 0, "exit code")
