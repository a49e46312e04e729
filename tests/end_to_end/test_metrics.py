"""/metrics is clean for promtool, adds up, and has no label that grows with jobs."""
import json
import re
import shutil
import subprocess

from harness import Skip, equal, native, wait_until


def scrape(node):
    answer = node.admin.get("/metrics").expect(200)
    assert answer.header("Content-Type").startswith("text/plain"), answer.header("Content-Type")
    return answer.text


def series(text):
    """name{labels} -> value"""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def total(text, name, **labels):
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sum(value for key, value in series(text).items()
               if re.match(rf"{name}({{|$)", key) and all(label in key for label in wanted))


def use_everything(node):
    node.send("warm", "item.analyzed", '{"itemId":"i","score":1}', id="w", wait=5).expect(200)
    node.send("warm", "item.analyzed", '{"itemId":"i","score":1}', id="w").expect(202)
    node.send("warm", "weir.demo.crash", '{"times":1}', wait=5).expect(200)
    node.send("warm", "weir.demo.retry", '{"times":1}', wait=5).expect(200)
    node.send("warm", "weir.demo.dead", wait=5).expect(200)
    node.http.post("/api/v1/events", "{").expect(400)


QUICK = {"processing.restart_backoff": "10ms", "processing.retry_base": "10ms"}


def test_promtool_accepts_the_metrics(run):
    if shutil.which("promtool") is None:
        raise Skip("promtool is not installed")
    node = run.node(QUICK)
    use_everything(node)
    text = scrape(node)
    checked = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, timeout=60)
    equal(checked.returncode, 0, f"promtool: {checked.stdout.decode()}{checked.stderr.decode()}")
    for name in ("weir_events_received_total", "weir_events_processed_total", "weir_event_process_duration_seconds",
                 "weir_actors", "weir_actor_restarts_total", "weir_dead_letters", "weir_clients", "weir_build_info",
                 "weir_store_commit_duration_seconds"):
        assert re.search(rf"^# HELP {name} \S", text, re.M), f"{name} is missing or has no help"
    assert not re.search(r'(job|jobId|event_id|eventId|url|user)="', text), "a label that grows"


def test_ten_thousand_jobs_add_no_series(run):
    node = run.node(QUICK)
    use_everything(node)
    for n in range(50):
        node.send(f"first-{n}", "note", wait=5).expect(200)
    node.http.get("/api/v1/nowhere").expect(404)
    node.admin.get("/admin/api/v1/overview").expect(200)
    before = set(series(scrape(node)))
    jobs = run.load(10_000, 2_000)
    for start in range(0, jobs, 500):
        lines = "\n".join(native(f"job-{n}", "note", "1") for n in range(start, start + 500))
        node.http.post("/api/v1/events", lines, content_type="application/x-ndjson").expect(202)
    node.http.get("/api/v1/nowhere/else").expect(404)
    wait_until(lambda: node.admin.get("/admin/api/v1/overview").expect(200).json()["pending"] == 0, "all are processed",
               120)
    text = scrape(node)
    equal(sorted(set(series(text)) - before), [], "new series")
    assert len(text) <= 1 << 20, f"{len(text)} bytes"


test_ten_thousand_jobs_add_no_series.deadline = 240


def test_accepted_is_stored_plus_nothing(run):
    node = run.node(QUICK)
    for n in range(40):
        node.send(f"job-{n % 4}", "note", str(n), id=f"e{n % 30}").expect(202)
    for n in range(5):
        node.http.post("/api/v1/events", '{"jobId":"x"}').expect(422)
    for job in range(4):
        node.wait_idle(f"job-{job}")
    text = scrape(node)
    stored = sum(len(node.history(f"job-{job}")) for job in range(4))
    equal(total(text, "weir_events_received_total", outcome="accepted"), stored, "accepted = stored")
    equal(total(text, "weir_events_received_total", outcome="duplicate"), 40 - stored)
    equal(total(text, "weir_events_received_total", outcome="rejected"), 5)


def test_restarts_and_dead_letters_are_counted(run):
    node = run.node(QUICK)
    use_everything(node)
    text = scrape(node)
    equal(total(text, "weir_actor_restarts_total", kind="job"), 1)
    equal(total(text, "weir_dead_letters_total"), 1)
    assert json.dumps(series(text)), text
