"""Handlers that block and handlers that fail for everybody: who waits, who goes on, and what operators see."""
import json

from harness import equal, wait_until

BLOCKING = {"processing.num_workers": 2, "processing.soft_timeout": "200ms", "processing.hard_timeout": "600ms",
            "processing.retry_base": "20ms", "processing.handlers_demo": "true", "log.level": "info"}
HANG_MS = 600_000


def metric(node, name):
    lines = [line for line in node.admin.get("/metrics").expect(200).text.splitlines()
             if line.startswith(name) and not line.startswith("#")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_hung_handlers_are_flagged_and_abandoned_and_other_jobs_move(run):
    """R16: as many handlers hang as there are workers."""
    node = run.node(BLOCKING)
    for n in range(2):
        node.send(f"hung-{n}", "weir.demo.block.hang", f'{{"ms":{HANG_MS},"times":1}}', id=f"hang-{n}").expect(202)
    wait_until(lambda: metric(node, "weir_handler_slow_runs_total") >= 2, "both runs are flagged")
    # All workers hang. Jobs that do not block never notice; those that do get other threads.
    node.send("quick", "item.analyzed", '{"itemId":"i"}', wait=10).expect(200)
    node.send("other", "weir.demo.block.sleep", '{"ms":1}', wait=10).expect(200)
    for n in range(2):
        node.wait_idle(f"hung-{n}")
        report = node.http.get(f"/api/v1/events/hang-{n}").expect(200).json()
        equal(report["status"], "processed", "status")
        runs = [run for run in report["attempts"] if run["handler"] == "demo-slow"]
        equal([(run["outcome"], run.get("code", "")) for run in runs], [("retry", "handler-timeout"), ("ok", "")], "runs")
    # One set of effects, of the second attempt: what the first still does is ignored.
    equal([(record["key"], json.loads(record["document"])) for record in node.records("hung")],
          [("hang-0", {"attempt": 2}), ("hang-1", {"attempt": 2})], "records")
    equal(metric(node, "weir_worker_threads_stuck"), 2, "threads of abandoned runs")
    equal(metric(node, "weir_handler_abandoned_runs_total"), 2, "abandoned runs")
    # A node with hung threads still stops.
    equal(node.terminate(), 0, "exit code")


def test_a_handler_that_listens_stops_at_its_soft_limit(run):
    node = run.node(BLOCKING | {"processing.max_attempts": 2})
    node.send("slow", "weir.demo.block.sleep", f'{{"ms":{HANG_MS}}}', id="sleep", wait=20).expect(200)
    report = node.http.get("/api/v1/events/sleep").expect(200).json()
    equal(report["status"], "dead", "status")
    equal(metric(node, "weir_handler_abandoned_runs_total"), 0, "abandoned runs")


def test_a_failure_of_many_jobs_is_one_incident_with_one_verb(run):
    node = run.node({"processing.handlers_demo": "true", "processing.retry_base": "20ms",
                     "processing.incident_probe": "400ms"})
    jobs = [f"job-{n}" for n in range(8)]
    for job in jobs:
        node.send(job, "weir.demo.retry", "{}", id=f"{job}-1").expect(202)
        node.send(job, "note", id=f"{job}-2").expect(202)

    def incidents():
        return node.admin.get("/admin/api/v1/incidents").expect(200).json()["data"]

    def attempts():
        return [len(node.http.get(f"/api/v1/events/{job}-1").expect(200).json()["attempts"]) for job in jobs]

    wait_until(incidents, "there is an incident")
    before = attempts()
    wait_until(lambda: incidents()[0]["probes"] >= 3, "probes are let through")
    seen = incidents()
    equal([one["handler"] for one in seen], ["demo-failures"], "handlers with an incident")
    equal(seen[0]["code"], "retry", "code")
    assert seen[0]["jobs"] >= 5, seen
    # Nobody died of it, and no attempt was used up by waiting.
    equal(node.admin_pages("dead-letters"), [], "dead letters")
    for job in jobs:
        equal(node.job(job)["lastSeq"], 0, f"last number of {job}")
    equal(attempts(), before, "attempts of the events that wait")
    health = node.http.get("/health").expect(200).json()
    assert any("demo-failures" in reason for reason in health["reasons"]), health["reasons"]
    equal(metric(node, "weir_incidents"), 1, "incidents")
    # Other handlers are not concerned.
    node.send("other", "item.analyzed", '{"itemId":"i"}', wait=10).expect(200)

    answer = node.admin_post("incidents/demo-failures:resolve").expect(200).json()
    equal(answer["state"], "running", "state")
    node.admin_post("incidents/other:resolve").problem(404, "not-found")


def test_a_paused_handler_holds_its_events(run):
    node = run.node()
    node.admin_post("handlers/feedback:pause").expect(200)
    node.admin_post("handlers/nobody:pause").problem(404, "not-found")
    node.send("demo", "item.analyzed", '{"itemId":"i"}', id="held").expect(202)
    node.send("demo", "note", id="behind").expect(202)
    wait_until(lambda: node.admin.get("/admin/api/v1/incidents/feedback").expect(200).json()["waiting"] == 1,
               "the event waits")
    equal(node.job("demo")["lastSeq"], 0, "last number")
    node.admin_post("handlers/feedback:resume").expect(200)
    node.wait_idle("demo")
    equal([frame["type"] for frame in node.history("demo")], ["item.analyzed", "feedback.recorded", "note"], "stream")
    node.admin_post("handlers/feedback:resume").problem(409, "state-conflict")


def test_a_handler_moved_to_threads_keeps_order_and_effects(run):
    """type = "worker": a handler that the program has, on threads of its own, over a kill -9."""
    config = run.folder / "weir.toml"
    config.write_text('[[handler]]\nname = "feedback"\ntype = "worker"\ntimeout = "20s"\n')
    node = run.node({"config": config, "processing.num_workers": 2})
    row = next(one for one in node.admin_pages("handlers") if one["name"] == "feedback")
    equal((row["kind"], row["timeoutMs"]), ("worker", 20_000), "handler")
    sent = [(f"job-{n % 5}", f"e{n}") for n in range(200)]
    for job, name in sent[:150]:
        node.send(job, "item.analyzed", f'{{"itemId":"{name}","score":1}}', id=name).expect(202)
    node.kill9()
    node.start()
    for job, name in sent[150:]:
        node.send(job, "item.analyzed", f'{{"itemId":"{name}","score":1}}', id=name).expect(202)
    for job in sorted({job for job, _ in sent}):
        node.wait_idle(job)
        entries = node.history(job)
        equal([entry["seq"] for entry in entries], list(range(1, len(entries) + 1)), f"numbers of {job}")
        equal([entry["id"] for entry in entries if entry["type"] == "item.analyzed"],
              [name for of, name in sent if of == job], f"order of {job}")
    equal(len(node.records("feedback")), len(sent), "records, one for each event")
