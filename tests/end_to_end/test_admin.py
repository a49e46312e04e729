"""The admin endpoint: what operators see and do, and the supervision they watch."""
import json

from harness import equal, wait_until

QUICK = {"processing.restart_backoff": "20ms", "processing.retry_base": "20ms", "processing.restart_max": 50}


def crash(node, job="demo", times=None, **more):
    data = "{}" if times is None else json.dumps({"times": times})
    return node.send(job, "weir.demo.crash", data, **more)


def dead(node, job="demo", **more):
    return node.send(job, "weir.demo.dead", "{}", wait=5, **more).expect(200).json()


def actor(node, name):
    answer = node.admin.get(f"/admin/api/v1/actors/{name}")
    return answer.json() if answer.status == 200 else None


def test_the_overview_counts_what_happened(run):
    node = run.node({"node.id": "n-1"})
    for n in range(5):
        node.send("demo", "item.analyzed", f'{{"itemId":"{n}","score":1}}', wait=5).expect(200)
    overview = node.admin.get("/admin/api/v1/overview").expect(200).json()
    text = json.dumps(overview)
    assert "n-1" in text, overview
    for member in ("node", "version", "uptime"):
        assert any(member in key.lower() for key in overview), f"{member} is missing: {overview}"


def flatten(tree):
    yield tree
    for child in tree.get("children", []):
        yield from flatten(child)


def test_the_tree_shows_supervisors_and_the_jobs_below_their_shard(run):
    node = run.node()
    node.send("demo", "note", wait=5).expect(200)
    tree = node.admin.get("/admin/api/v1/actors/tree").expect(200).json()
    rows = list(flatten(tree))
    names = {row["name"] for row in rows}
    for kind in ("ingest", "router", "broadcaster", "dead_letter", "operations", "inspector", "store_writer", "store_reader"):
        assert kind in {row["kind"] for row in rows}, f"{kind} is not in the tree: {sorted(names)}"
    shards = [row for row in rows if row["kind"] == "shard" and
              any(child["name"] == "job:demo" for child in row.get("children", []))]
    equal(len(shards), 1, "shards with job:demo")
    for row in rows:
        assert {"name", "kind", "state", "mailbox", "restarts"} <= set(row), row
    shallow = node.admin.get("/admin/api/v1/actors/tree?depth=1").expect(200).json()
    assert len(list(flatten(shallow))) < len(rows), "depth limits the tree"


def test_actors_are_listed_by_kind_in_pages(run):
    node = run.node()
    for n in range(12):
        node.send(f"job-{n:02}", "note", wait=5).expect(200)
    found = node.admin_pages("actors", kind="job", limit=5)
    equal(sorted(row["id"] for row in found), [f"job:job-{n:02}" for n in range(12)])
    every = node.admin_pages("actors", limit=50)
    assert len(every) > 12 and len({row["id"] for row in every}) == len(every), "rows repeat"


def test_a_crash_is_restarted_and_shown_with_cursor(run):
    node = run.node(QUICK)
    node.send("demo", "note", wait=5).expect(200)
    equal(actor(node, "job:demo")["restarts"], 0)
    answer = crash(node, times=2, wait=10).expect(200).json()
    equal((answer["status"], answer["seq"]), ("processed", 2))
    row = actor(node, "job:demo")
    equal(row["restarts"], 2)
    equal(row["cursor"], 2)
    report = node.http.get(f"/api/v1/events/{answer['id']}").expect(200).json()
    equal([(attempt["n"], attempt["outcome"]) for attempt in report["attempts"]],
          [(1, "crash"), (2, "crash"), (3, "ok")])


def test_events_behind_a_crash_wait_in_order_and_other_jobs_do_not(run):
    node = run.node({**QUICK, "processing.restart_backoff": "1s"})
    node.send("demo", "note", "0", wait=5).expect(200)
    crash(node, times=1).expect(202)
    for n in range(1, 5):
        node.send("demo", "note", str(n)).expect(202)
    node.send("other", "note", wait=5).expect(200)
    equal(node.job("demo")["lag"], 5, "the crashed job still waits while the other is served")
    node.wait_idle("demo")
    equal([entry["data"] for entry in node.history("demo") if entry["type"] == "note"], [str(n) for n in range(5)])


def test_a_poison_event_ends_as_a_dead_letter_and_the_job_goes_on(run):
    node = run.node(QUICK)
    poison = crash(node, id="poison").expect(202).json()
    node.send("demo", "note", '"behind"', wait=20).expect(200)
    letters = node.admin_pages("dead-letters")
    equal([(letter["eventId"], letter["code"], letter["handler"], letter["state"]) for letter in letters],
          [("poison", "handler-crashed", "demo-failures", "open")])
    equal(len(letters[0]["attempts"]), 5)
    entry = node.history("demo")[0]
    equal((entry["id"], entry["dead"]["code"], entry["dead"]["attempts"]), (poison["id"], "handler-crashed", 5))
    equal(node.http.get(f"/api/v1/events/{poison['id']}").expect(200).json()["status"], "dead")


def test_a_crash_counts_its_attempts_over_kill_9(run):
    node = run.node({**QUICK, "processing.restart_backoff": "200ms"})
    crash(node, id="poison").expect(202)

    def attempts():
        return len(node.http.get("/api/v1/events/poison").expect(200).json()["attempts"])
    wait_until(lambda: attempts() >= 2, "two attempts are recorded")
    node.restart()
    assert attempts() >= 2, "attempts were forgotten"
    wait_until(lambda: node.admin_pages("dead-letters"), "the poison event is a dead letter")
    equal(len(node.admin_pages("dead-letters")[0]["attempts"]), 5)


def park(node, job="demo"):
    crash(node, job, times=3, id="poison").expect(202)
    for n in range(3):
        node.send(job, "note", str(n)).expect(202)
    return wait_until(lambda: next((row for row in [node.job(job)] if row["state"] == "parked"), None),
                      "the job is parked")


def test_a_job_that_crashes_too_often_is_parked_and_resumes(run):
    node = run.node({**QUICK, "processing.restart_max": 2})
    row = park(node)
    assert row["reason"], f"no reason: {row}"
    equal(row["lag"], 4, "its events are kept")
    node.send("other", "note", wait=5).expect(200)
    node.send("demo", "note", "3").expect(202)
    node.restart()
    assert node.job("demo")["state"] == "parked", "parked is forgotten over a restart"
    equal([job["jobId"] for job in node.admin_pages("jobs", state="parked")], ["demo"])
    node.admin_post("jobs/demo:resume").expect(200)
    node.wait_idle("demo")
    equal([(entry["id"] if entry["id"] == "poison" else entry["data"]) for entry in node.history("demo")],
          ["poison", "0", "1", "2", "3"])


def test_retries_wait_and_are_counted(run):
    node = run.node(QUICK)
    answer = node.send("demo", "weir.demo.retry", '{"times":2}', wait=10).expect(200).json()
    equal(answer["status"], "processed")
    report = node.http.get(f"/api/v1/events/{answer['id']}").expect(200).json()
    equal([attempt["outcome"] for attempt in report["attempts"]], ["retry", "retry", "ok"])
    never = node.send("demo", "weir.demo.retry", "{}", id="never", wait=20).expect(200).json()
    equal(never["status"], "dead")
    equal([letter["code"] for letter in node.admin_pages("dead-letters")], ["attempts-exhausted"])


def test_pause_resume_and_passivate(run):
    node = run.node()
    node.send("demo", "note", wait=5).expect(200)
    equal(node.admin_post("jobs/demo:pause").expect(200).json()["state"], "paused")
    node.send("demo", "note").expect(202)
    equal((node.job("demo")["state"], node.job("demo")["lag"]), ("paused", 1))
    node.restart()
    equal(node.job("demo")["state"], "paused", "after a restart")
    node.admin_post("jobs/demo:resume").expect(200)
    equal(node.wait_idle("demo")["lastSeq"], 2)
    node.admin_post("jobs/demo:passivate").expect(200)
    wait_until(lambda: actor(node, "job:demo") is None or actor(node, "job:demo")["state"] == "stopped",
               "the job's actor left memory")
    equal(node.job("demo")["lastSeq"], 2)
    node.send("demo", "note", wait=5).expect(200)
    equal([entry["seq"] for entry in node.history("demo")], [1, 2, 3])


def test_idle_jobs_leave_memory(run):
    node = run.node({"processing.job_idle_passivate": "1s"})
    for n in range(20):
        node.send(f"job-{n}", "note").expect(202)
    wait_until(lambda: not node.admin_pages("actors", kind="job"), "all jobs left memory")
    node.send("job-3", "note", wait=5).expect(200)
    equal(node.job("job-3")["lastSeq"], 2)


def test_jobs_are_listed_in_pages(run):
    node = run.node()
    for n in range(12):
        node.send(f"job-{n:02}", "note", wait=5).expect(200)
    rows = node.admin_pages("jobs", limit=5)
    equal([row["jobId"] for row in rows], [f"job-{n:02}" for n in range(12)])
    equal({row["lastSeq"] for row in rows}, {1})
    equal(node.admin.get("/admin/api/v1/jobs/job-03").expect(200).json()["jobId"], "job-03")


def test_dead_letters_are_listed_filtered_and_grouped(run):
    node = run.node(QUICK)
    for n in range(3):
        dead(node, id=f"d{n}")
    node.send("other", "item.analyzed", '{"score":1}', id="bad", wait=5).expect(200)
    equal([letter["eventId"] for letter in node.admin_pages("dead-letters", limit=2)], ["d0", "d1", "d2", "bad"])
    equal([letter["eventId"] for letter in node.admin_pages("dead-letters", job="other")], ["bad"])
    equal(len(node.admin_pages("dead-letters", handler="demo-failures")), 3)
    equal(len(node.admin_pages("dead-letters", code="demo", type="weir.demo.dead")), 3)
    groups = node.admin.get("/admin/api/v1/dead-letters/groups").expect(200).json()["data"]
    equal(sorted((group["handler"], group["code"], group["count"]) for group in groups),
          [("demo-failures", "demo", 3), ("feedback", "validation-failed", 1)])
    fingerprint = next(group["fingerprint"] for group in groups if group["count"] == 3)
    equal(len(node.admin_pages("dead-letters", fingerprint=fingerprint)), 3)
    letter = node.admin_pages("dead-letters", job="other")[0]
    answer = node.admin.get(f"/admin/api/v1/dead-letters/{letter['id']}").expect(200)
    assert '{"score":1}' in answer.text, f"the original payload is missing: {answer.text}"


def test_replay_puts_the_event_in_again_once(run):
    node = run.node({**QUICK, "processing.reorder_wait": "50ms"})
    node.send("demo", "note", "1", source="s", seq=1, wait=5).expect(200)
    node.send("demo", "note", "3", source="s", seq=3, wait=5).expect(200)
    node.send("demo", "note", "2", source="s", seq=2, id="late-one", wait=5).expect(200)
    letter = node.admin_pages("dead-letters")[0]
    body = {"ids": [letter["id"]]}
    dry = node.admin_post("dead-letters:replay", {**body, "dryRun": True}).expect(200).json()
    equal((dry["matched"], [row["deadLetter"] for row in dry["sample"]]), (1, [letter["id"]]))
    equal(len(node.history("demo")), 4)
    done = node.bulk("replay", {**body, "expectCount": 1})
    equal((done["state"], done["total"], done["done"]), ("done", 1, 1))
    node.wait_idle("demo")
    entries = node.history("demo")
    replay = letter["id"].replace("dl_", "rp_")
    equal([(entry["id"], bool(entry.get("dead")), bool(entry.get("replayed"))) for entry in entries[3:]],
          [("late-one", True, False), (replay, False, True)])
    equal(entries[4]["causationId"], "late-one")
    equal(entries[4]["data"], "2", "payload of the replay")
    again = node.bulk("replay", body)
    equal((again["done"], again["skipped"], again["failed"]), (0, 1, 0))
    equal(len(node.history("demo")), 5, "replayed twice")
    equal(node.admin_pages("dead-letters"), [], "open dead letters")
    equal([row["state"] for row in node.admin_pages("dead-letters", state="replayed")], ["replayed"])


def test_replay_of_what_still_fails_is_a_new_dead_letter(run):
    node = run.node(QUICK)
    dead(node, id="d")
    first = node.admin_pages("dead-letters")[0]["id"]
    equal(node.bulk("replay", {"filter": {"code": "demo"}, "expectCount": 1})["done"], 1)
    node.wait_idle("demo")
    letters = wait_until(lambda: node.admin_pages("dead-letters"), "the replayed event died again")
    equal([(letter["eventId"], letter["seq"]) for letter in letters], [(first.replace("dl_", "rp_"), 2)])


def test_expect_count_and_discard(run):
    node = run.node(QUICK)
    for n in range(3):
        dead(node, id=f"d{n}")
    node.admin_post("dead-letters:discard", {"filter": {"code": "demo"}, "expectCount": 2}).problem(
        409, "expect-count-mismatch")
    equal(len(node.admin_pages("dead-letters")), 3)
    dry = node.admin_post("dead-letters:discard", {"filter": {"code": "demo"}, "dryRun": True}).expect(200).json()
    equal((dry["matched"], dry["complete"]), (3, True))
    done = node.bulk("discard", {"filter": {"code": "demo"}, "expectCount": 3})
    equal((done["state"], done["total"], done["done"]), ("done", 3, 3))
    equal(node.admin_pages("dead-letters"), [])
    node.restart()
    equal(len(node.admin_pages("dead-letters", state="discarded")), 3, "after a restart")
    equal(node.http.get("/api/v1/events/d1").expect(200).json()["status"], "discarded")
    for wrong in ("{}", '{"ids":5}', "[]", '{"filter":{"nonsense":"x"}}', '{"ids":["dl_0"],"filter":{}}'):
        answer = node.admin_post("dead-letters:discard", wrong)
        assert answer.status in (400, 422), f"{wrong}: {answer.status} {answer.text}"


def test_replayed_batches_keep_the_order_of_each_job(run):
    node = run.node({**QUICK, "processing.reorder_wait": "50ms"})
    for job in ("a", "b"):
        node.send(job, "note", "1", source="s", seq=1, wait=5).expect(200)
        node.send(job, "note", "20", source="s", seq=20, wait=5).expect(200)
        for number in range(2, 12):
            node.send(job, "note", str(number), source="s", seq=number, id=f"{job}-{number}").expect(202)
        node.wait_idle(job)
    equal(len(node.admin_pages("dead-letters")), 20)
    equal(node.bulk("replay", {"filter": {"code": "late"}, "expectCount": 20})["done"], 20)
    for job in ("a", "b"):
        node.wait_idle(job)
        equal([entry["data"] for entry in node.history(job) if entry.get("replayed")], [str(n) for n in range(2, 12)])


def test_handlers_are_listed(run):
    node = run.node()
    answer = node.admin.get("/admin/api/v1/handlers").expect(200).json()
    rows = answer["data"] if isinstance(answer, dict) else answer
    names = {row["name"] for row in rows}
    assert {"demo-failures", "feedback", "solution-needed", "account-processing"} <= names, names
    for row in rows:
        assert row["pattern"] and row["description"], row


def test_hostile_names_stay_text(run):
    node = run.node()
    for job in ("<script>alert(1)</script>", "a\"b\\c", "'; drop table jobs; --", "%00", "${jndi:ldap://x}", "\u202e"):
        node.send(job, "note", wait=5).expect(200)
    names = [row["jobId"] for row in node.admin_pages("jobs")]
    assert "<script>alert(1)</script>" in names and "a\"b\\c" in names, names
    answer = node.admin.get("/admin/api/v1/jobs").expect(200)
    assert answer.header("Content-Type").startswith("application/json"), answer.header("Content-Type")
    for line in node.logs[0].read_text(errors="replace").splitlines():
        assert "\x1b" not in line, line
