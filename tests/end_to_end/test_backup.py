"""weir backup of a running node under load, and weir restore: nothing that was acknowledged before is missing."""
import json
import subprocess
import threading

from harness import Unanswered, equal, wait_until
from ws_client import WsConnection

JOBS = [f"job-{n}" for n in range(4)]
OPTIONS = {"store.segment_size": "1MiB", "http.max_batch_body": "1MiB", "store.disk_floor": "64MiB"}


def weir(run, *words, code=0):
    """One call of the command line; its JSON, or its error text when another exit code is expected."""
    done = subprocess.run([run.binary, *(str(word) for word in words), "--json"], capture_output=True, text=True,
                          timeout=100)
    equal(done.returncode, code, f"exit code of weir {words[0]} ({done.stderr[-600:]})")
    return json.loads(done.stdout) if code == 0 else done.stderr


class Writer(threading.Thread):
    """Posts until told to stop. `acknowledged`: {(job, id): text of the data}, in the order of the answers."""

    def __init__(self, node, name):
        super().__init__()
        self.node, self.label, self.acknowledged = node, name, {}
        self._stop_now = threading.Event()
        self.start()

    def run(self):
        number = 0
        while not self._stop_now.is_set():
            number += 1
            job, key = JOBS[number % len(JOBS)], f"{self.label}-{number}"
            text = f'{{"n":  {number}, "by":"{self.label}", "pad":"{"x" * 2000}"}}'
            try:
                answer = self.node.send(job, "note", text, id=key)
            except Unanswered:
                continue
            if answer.status == 202:
                self.acknowledged[job, key] = text

    def close(self):
        self._stop_now.set()
        self.join()


def start_node(run, **more):
    shelf = run.folder / "backups"
    return run.node({**OPTIONS, "store.backup_directory": shelf, **more}), shelf / "nightly"


def contents(node):
    """{(job, id): text of the data}; the numbers are dense."""
    found = {}
    for job in JOBS:
        entries = node.history(job, limit=500)
        equal([entry["seq"] for entry in entries], list(range(1, len(entries) + 1)), f"numbers of {job}")
        found.update({(job, entry["id"]): entry["data"] for entry in entries})
    return found


def restored_node(run, backup):
    """Restores into a new folder and starts a node over it."""
    node = run.node(OPTIONS, start=False)
    node.folder.rmdir()
    report = weir(run, "restore", backup, "--data", node.folder)
    return node, report


def test_a_backup_under_load_has_everything_that_was_acknowledged_before(run):
    node, place = start_node(run)
    writers = [run.own(Writer(node, f"w{n}")) for n in range(3)]
    wait_until(lambda: sum(len(each.acknowledged) for each in writers) > 1000, "events are written")
    copied = []
    for _ in range(run.load(4, 2)):
        before = {}
        for each in writers:
            before.update(dict(each.acknowledged))
        report = weir(run, "backup", place, "--data", node.folder)
        copied.append((report["copiedBytes"], report["bytes"]))
        goal = len(before) + 400
        wait_until(lambda: sum(len(each.acknowledged) for each in writers) > goal, "writers go on")
    for each in writers:
        each.close()
    assert report["head"] > report["floor"], report
    # What was sealed before is not copied again; the last segment, at most 1 MiB, is.
    for (_, former), (some, whole) in zip(copied, copied[1:]):
        assert some <= whole - former + (1 << 20), f"bytes copied of those in the backup: {copied}"
        assert some < whole, f"bytes copied of those in the backup: {copied}"

    client = run.own(WsConnection(node.url(scheme="ws")))
    seen = client.ask({"op": "subscribe", "job": JOBS[0], "after": "earliest"})
    last = client.take(50)[-1]["seq"]
    old_epochs = {job: node.job(job)["epoch"] for job in JOBS}
    equal(node.terminate(), 0, "exit code")

    copy, made = restored_node(run, place)
    equal(made["head"], report["head"], "what was restored")
    weir(run, "verify", "--data", copy.folder)
    copy.start()
    for job in JOBS:
        copy.wait_idle(job)
    found = contents(copy)
    missing = [key for key in before if key not in found]
    equal(missing, [], "acknowledged before the backup began and not in it")
    changed = [key for key, text in before.items() if found[key] != text]
    equal(changed, [], "events whose bytes changed")
    print(f"{len(before)} events acknowledged before the last of {len(copied)} backups, {len(found)} in it; "
          f"bytes copied of all: {copied}")
    for job in JOBS:
        assert copy.job(job)["epoch"] != old_epochs[job], f"{job} has its old epoch"

    back = run.own(WsConnection(copy.url(scheme="ws")))
    answer = back.ask({"op": "subscribe", "job": JOBS[0], "after": {"epoch": seen["epoch"], "seq": last}})
    equal((answer["recovering"], answer["recovered"], answer["first"]), (True, False, 1))
    equal(answer["epoch"], copy.job(JOBS[0])["epoch"], "epoch")
    equal(back.expect("live")["seq"], answer["last"], "nothing of another stream follows the old position")
    back.ask({"op": "unsubscribe", "sub": answer["sub"]})
    anew = back.ask({"op": "subscribe", "job": JOBS[0], "after": "earliest"})
    equal(anew["epoch"], answer["epoch"], "epoch")
    equal([entry["seq"] for entry in back.take(60)], list(range(1, 61)), "the stream from anew")
    later = copy.send(JOBS[0], "note", '"later"').expect(202).json()["id"]
    copy.wait_idle(JOBS[0])
    equal(copy.history(JOBS[0])[-1]["id"], later, "a restored node takes events")
    equal(copy.terminate(), 0, "exit code")
    weir(run, "verify", "--data", copy.folder)


def test_a_node_that_is_killed_during_a_backup_leaves_the_former_one(run):
    node, place = start_node(run)
    for number in range(run.load(40, 10)):
        lines = [json.dumps({"jobId": JOBS[n % len(JOBS)], "type": "note", "data": {"pad": "y" * 4000}}) for n in range(100)]
        node.http.post("/api/v1/events", "\n".join(lines), content_type="application/x-ndjson").expect(202)
        if number == 2:
            first = weir(run, "backup", place, "--data", node.folder)
    killed_while_running = 0
    for _ in range(run.load(5, 2)):
        begun = node.admin_post("backups", {"directory": str(place)}).expect(202)
        where = begun.header("Location")
        equal(where, f"/admin/api/v1/backups/{begun.json()['id']}", "Location")
        row = wait_until(lambda: (lambda r: r if r["doneBytes"] or r["state"] != "running" else None)(
            node.admin.get(where).expect(200).json()), "the backup has begun", every=0.001)
        killed_while_running += row["state"] == "running"
        node.kill9()
        found = weir(run, "restore", place, "--check")
        assert found["head"] >= first["head"], (found, first)
        node.start()
    assert killed_while_running > 0, "every backup was complete before the kill"
    print(f"{killed_while_running} kills while a backup ran")
    last = weir(run, "backup", place, "--data", node.folder)
    equal(weir(run, "restore", place, "--check")["head"], last["head"], "head")
    names = {path.name for path in (place / "log").iterdir()}
    equal(len(names), last["files"], "files in the backup")


def test_a_stopping_node_does_not_wait_for_its_backup(run):
    node, place = start_node(run)
    for _ in range(run.load(30, 10)):
        lines = [json.dumps({"jobId": "big", "type": "note", "data": {"pad": "z" * 8000}}) for n in range(100)]
        node.http.post("/api/v1/events", "\n".join(lines), content_type="application/x-ndjson").expect(202)
    node.wait_idle("big")
    node.admin_post("backups", {"directory": str(place)}).expect(202)
    equal(node.terminate(), 0, "exit code")
    checked = subprocess.run([run.binary, "restore", place, "--check"], capture_output=True, text=True, timeout=60)
    # Either it was complete already, or it says that it is not.
    assert checked.returncode == 0 or "never finished" in checked.stderr, checked
    report = weir(run, "backup", place, "--data", node.folder)
    equal(weir(run, "restore", place, "--check")["bytes"], report["bytes"], "bytes")


def test_places_that_are_not_for_backups_are_refused(run):
    node, place = start_node(run)
    node.send("demo", "note").expect(202)
    problem = node.admin_post("backups", {"directory": "/etc"}).problem(403, "forbidden")
    assert "store.backup_directory" in problem["detail"], problem
    node.admin_post("backups", {"directory": str(place / ".." / ".." / "x")}).problem(403, "forbidden")
    node.admin_post("backups", {}).problem(422, "validation-failed")
    node.admin.get("/admin/api/v1/backups/none").problem(404, "not-found")
    said = weir(run, "backup", run.folder / "elsewhere", "--data", node.folder, code=5)
    assert "store.backup_directory" in said, said
    place.mkdir(parents=True)
    (place / "thesis.txt").write_text("mine")
    said = weir(run, "backup", place, "--data", node.folder, code=4)
    assert "not empty" in said, said
    equal([path.name for path in place.iterdir() if path.name != "lock"], ["thesis.txt"], "files")
    metrics = node.admin.get("/metrics").expect(200).text
    assert 'weir_store_backups_total{outcome="failed"} 1' in metrics, metrics

    bare = run.node({})
    bare.send("demo", "note").expect(202)
    said = weir(run, "backup", run.folder / "elsewhere", "--admin-url", bare.url("admin"), code=5)
    assert "store.backup_directory is not set" in said, said


def test_a_stopped_store_is_backed_up_and_a_damaged_backup_is_refused(run):
    node, _ = start_node(run)
    for number in range(20):
        node.send("demo", "note", f'{{"n":  {number}}}').expect(202)
    node.wait_idle("demo")
    expected = node.history("demo")
    equal(node.terminate(), 0, "exit code")
    place = run.folder / "offline"
    report = weir(run, "backup", place, "--data", node.folder)
    equal(report["state"], "done", "state")
    equal(weir(run, "backup", place, "--data", node.folder)["copiedBytes"], 0, "bytes of a second backup")
    said = weir(run, "restore", place, "--data", node.folder, code=4)
    assert "not empty" in said, said

    copy, _ = restored_node(run, place)
    copy.start()
    equal(copy.history("demo"), expected, "history")
    hurt = next(path for path in (place / "log").iterdir())
    content = bytearray(hurt.read_bytes())
    content[len(content) // 2] ^= 1
    hurt.write_bytes(content)
    for words in (("--check",), ("--data", run.folder / "second")):
        said = weir(run, "restore", place, *words, code=1)
        assert hurt.name in said, said
    assert not (run.folder / "second").exists(), "something was restored"
