"""What operators do with dead letters and held jobs, from outside: patch, replay, bulk work, skip, restore."""
import json

from harness import equal, quote, wait_until

QUICK = {"processing.restart_backoff": "10ms", "processing.retry_base": "10ms", "processing.reorder_wait": "50ms"}


def late_letters(node, job, count):
    """Dead letters that succeed when they are replayed: numbers that came after their gap was declared."""
    node.send(job, "item.analyzed", '{"itemId":"first","score":1}', source="s", seq=1, wait=5).expect(200)
    node.send(job, "note", "1", source="s", seq=count + 2, wait=5).expect(200)
    for start in range(2, count + 2, 100):
        lines = [json.dumps({"jobId": job, "type": "item.analyzed", "source": "s", "seq": n, "id": f"{job}-{n}",
                             "data": {"itemId": f"{job}-{n}", "score": 0.5}})
                 for n in range(start, min(start + 100, count + 2))]
        node.http.post("/api/v1/events", "\n".join(lines), content_type="application/x-ndjson").expect(202, 207)
    node.wait_idle(job)


def replays(node, job):
    return [entry for entry in node.history(job) if entry.get("replayed")]


def test_a_thousand_replays_asked_twice_have_one_effect_each(run):
    """R17: DLQ replay x1,000 incl. twice the same: effect once; replay of done events: no new effects."""
    count = run.load(1_000, 200)
    node = run.node(QUICK)
    for job in ("a", "b"):
        late_letters(node, job, count // 2)
    everything = {"filter": {"code": "late"}, "rate": "10000/s"}
    letters = node.admin_pages("dead-letters", limit=500)
    equal(len(letters), count)
    # Both at once: the second sees some that are open and some that are not.
    first = node.admin_post("dead-letters:replay", {**everything, "expectCount": count}).expect(202).json()["operation"]
    second = node.admin_post("dead-letters:replay", {"ids": [row["id"] for row in letters], "rate": "10000/s"})
    rows = [wait_until(lambda i=i: ended(node, i), "the operation ends", 120)
            for i in (first, second.expect(202).json()["operation"])]
    equal(sum(row["done"] for row in rows), count, "replayed")
    equal(sum(row["skipped"] for row in rows), count, "found replayed")
    equal(sum(row["failed"] for row in rows), 0)
    for job in ("a", "b"):
        node.wait_idle(job)
        equal([entry["causationId"] for entry in replays(node, job)], [f"{job}-{n}" for n in range(2, count // 2 + 2)],
              "each once and in the order of the source")
    before = [node.history(job) for job in ("a", "b")]
    for letter in letters[:50]:
        again = node.admin_post(f"dead-letters/{letter['id']}:replay").expect(200).json()
        equal((again["status"], again["id"]), ("duplicate", letter["id"].replace("dl_", "rp_")))
        done = node.admin_post(f"events/{again['id']}:replay").expect(200).json()
        equal((done["status"], done["eventStatus"]), ("unchanged", "processed"))
    equal([node.history(job) for job in ("a", "b")], before, "histories after replays of what is done")
    equal(len(node.records("feedback")), count + 2, "one record of each letter, and of the first event of each job")
    node.end_sound()


def ended(node, operation):
    row = node.admin.get(f"/admin/api/v1/operations/{operation}").expect(200).json()
    return row if row["state"] != "running" else None


def test_a_patch_heals_and_the_original_stays(run):
    node = run.node(QUICK)
    data = '{ "item" : "i1", "weight": 1.50 }'
    node.send("demo", "item.analyzed", data, id="bad", wait=5).expect(200)
    wait_until(lambda: node.admin_pages("dead-letters"), "the letter is there")
    letter = node.admin_pages("dead-letters")[0]["id"]
    for wrong, status in (('{"patch":', 400), ('{"data":{}}', 422), ('{"patch":1,"patch":2}', 400)):
        node.admin_post(f"dead-letters/{letter}:replay", wrong).problem(status)
    answer = node.admin_post(f"dead-letters/{letter}:replay", '{"patch":{"itemId":"i1"}}').expect(202).json()
    node.wait_idle("demo")
    healed = node.http.get(f"/api/v1/events/{answer['id']}").expect(200)
    equal(healed.json()["status"], "processed")
    assert '"weight":1.50' in healed.text, f"the patch rewrote what it does not name: {healed.text}"
    notes = healed.json()["metadata"]
    equal((notes["replayof"], notes["patch"]), (letter, '{"itemId":"i1"}'))
    assert notes["replayedby"] and len(notes["patchhash"]) == 16, notes
    shown = node.admin.get(f"/admin/api/v1/dead-letters/{letter}").expect(200)
    assert data in shown.text, f"the original bytes are missing: {shown.text}"
    equal((shown.json()["replay"]["id"], shown.json()["replay"]["status"]), (answer["id"], "processed"))
    equal(node.http.get("/api/v1/events/bad").expect(200).json()["replayId"], answer["id"])
    node.restart()
    equal(node.admin_post(f"dead-letters/{letter}:replay").expect(200).json()["id"], answer["id"])


def test_a_discarded_letter_comes_back_with_its_event(run):
    node = run.node(QUICK)
    node.send("demo", "weir.demo.dead", "{}", id="d", wait=5).expect(200)
    letter = node.admin_pages("dead-letters")[0]["id"]
    node.admin_post(f"dead-letters/{letter}:discard").expect(200)
    node.admin_post(f"dead-letters/{letter}:replay").problem(409, "state-conflict")
    node.restart()
    equal(node.admin_post(f"dead-letters/{letter}:restore").expect(200).json()["state"], "open")
    equal(node.http.get("/api/v1/events/d").expect(200).json()["status"], "dead")
    node.admin_post(f"dead-letters/{letter}:restore").problem(409, "state-conflict")
    equal(node.admin_post(f"dead-letters/{letter}:replay").expect(202).json()["status"], "accepted")
    node.end_sound()


def test_a_bulk_replay_keeps_its_pace_and_can_be_cancelled(run):
    node = run.node(QUICK)
    late_letters(node, "a", 30)
    body = {"filter": {"q": "code:late job:a since:1h"}, "rate": "1/h"}
    operation = node.admin_post("dead-letters:replay", body).expect(202).json()["operation"]
    row = wait_until(lambda: one_done(node, operation), "the first turn is taken")
    equal((row["state"], row["total"], row["done"], row["rate"]), ("running", 30, 1, "1/h"))
    equal(node.admin.get("/admin/api/v1/operations").expect(200).json()["data"][0]["id"], operation)
    node.admin_post(f"operations/{operation}:cancel").expect(200)
    equal(ended(node, operation)["state"], "cancelled")
    equal(len(node.admin_pages("dead-letters")), 29)
    node.admin_post(f"operations/{operation}:cancel").problem(409, "state-conflict")
    # A restart forgets operations, not what they did; the same request does the rest.
    node.restart()
    node.admin.get(f"/admin/api/v1/operations/{operation}").problem(404)
    equal(node.bulk("replay", {"filter": {"code": "late"}, "expectCount": 29})["done"], 29)
    node.wait_idle("a")
    equal(len(replays(node, "a")), 30)


def one_done(node, operation):
    row = node.admin.get(f"/admin/api/v1/operations/{operation}").expect(200).json()
    return row if row["done"] == 1 else None


def test_a_held_job_is_skipped_up_to_an_event(run):
    node = run.node(QUICK)
    node.send("demo", "note", "0", wait=5).expect(200)
    node.admin_post("jobs/demo:skip").problem(409, "state-conflict")
    node.admin_post("jobs/demo:pause").expect(200)
    for n in range(5):
        node.send("demo", "note", str(n), id=f"n{n}").expect(202)
    waiting = node.admin_pages("jobs/demo/pending", limit=2)
    equal([row["id"] for row in waiting], [f"n{n}" for n in range(5)])
    row = node.admin_pages("jobs", state="paused")[0]
    equal((row["jobId"], row["held"]), ("demo", 5))
    answer = node.admin_post("jobs/demo:skip-to", {"position": waiting[2]["position"]}).expect(200).json()
    equal((answer["skipped"], answer["complete"], answer["lastSeq"]), (2, True, 3))
    node.admin_post("jobs/demo:skip-to", {"eventId": "n0"}).problem(404)
    node.admin_post("jobs/demo:resume").expect(200)
    node.wait_idle("demo")
    equal([(entry["id"], entry["dead"]["code"] if "dead" in entry else None) for entry in node.history("demo")[1:]],
          [("n0", "skipped"), ("n1", "skipped"), ("n2", None), ("n3", None), ("n4", None)])
    letters = node.admin_pages("dead-letters", code="skipped")
    equal([letter["id"] for letter in letters], answer["deadLetters"])
    assert letters[0]["detail"].startswith("skipped by "), letters[0]
    node.admin_post(f"dead-letters/{quote(letters[0]['id'])}:replay").expect(202)
    node.wait_idle("demo")
    equal(replays(node, "demo")[0]["causationId"], "n0")
    node.end_sound()
