"""Every way in: single, batch, NDJSON, retries with the same id, Idempotency-Key, backpressure."""
import concurrent.futures
import json
import re

from harness import equal, native, wait_until
from ws_client import WsConnection

EVENTS = "/api/v1/events"


def batch_of(count, job="demo", first=0):
    return "[" + ",".join(native(job, "note", f'{{"n": {n}}}', id=f"e{n}") for n in range(first, first + count)) + "]"


def test_a_batch_is_answered_item_by_item(run):
    node = run.node()
    answer = node.http.post(EVENTS, batch_of(100)).expect(202).json()
    equal((answer["status"], answer["accepted"], answer["duplicate"], answer["rejected"]), ("accepted", 100, 0, 0))
    equal([(item["index"], item["id"], item["status"]) for item in answer["results"]],
          [(n, f"e{n}", "accepted") for n in range(100)])
    node.wait_idle("demo")
    equal([(entry["id"], entry["data"]) for entry in node.history("demo")],
          [(f"e{n}", f'{{"n": {n}}}') for n in range(100)])


def test_a_batch_may_hold_many_jobs(run):
    node = run.node()
    lines = [native(f"job-{n % 7}", "note", str(n), id=f"e{n}") for n in range(70)]
    node.http.post(EVENTS, "[" + ",".join(lines) + "]").expect(202)
    for job in range(7):
        node.wait_idle(f"job-{job}")
        equal([entry["id"] for entry in node.history(f"job-{job}")], [f"e{n}" for n in range(job, 70, 7)])


def test_ndjson_is_one_event_a_line(run):
    node = run.node()
    lines = "\r\n".join(native("demo", "note", f'{{"n" : {n}}}', id=f"e{n}") for n in range(20)) + "\n\n"
    answer = node.http.post(EVENTS, lines, content_type="application/x-ndjson").expect(202).json()
    equal((answer["status"], answer["accepted"]), ("accepted", 20))
    node.wait_idle("demo")
    equal([entry["data"] for entry in node.history("demo")], [f'{{"n" : {n}}}' for n in range(20)])


def test_answers_name_the_durability_that_they_stand_for(run):
    for options, word in (({}, "fsync"), ({"store.durability": "os"}, "os"), ({"store.kind": "memory"}, "memory")):
        node = run.node(options)
        answers = [node.send("demo", "note", "1", id="one").expect(202).json(),
                   node.send("demo", "note", "1", id="one").expect(202).json(),
                   node.send("demo", "note", "2", wait=5).expect(200).json(),
                   node.http.post(EVENTS, f"[{native('demo', 'note', '3')}]").expect(202).json()]
        equal([answer["durability"] for answer in answers], [word] * 4, f"durability with {options}")
        client = run.own(WsConnection(node.url(scheme="ws")))
        said = client.ask({"op": "publish", "job": "demo", "type": "note", "data": 4})
        equal(said["durability"], word, f"durability of a publish with {options}")
        equal(node.terminate(), 0, "exit code")


def test_wrong_items_of_a_batch_do_not_stop_the_others(run):
    node = run.node()
    good, no_type, no_job = native("demo", "note", "1", id="good"), '{"jobId":"demo","data":1}', '{"type":"t","data":1}'
    deep = native("demo", "note", "[" * 11 + "]" * 11, id="deep")
    other = good.replace("good", "good2")
    for kind, body in (("application/json", f"[{no_type},{good},{no_job},{deep}]"),
                       ("application/x-ndjson", f"{no_type}\n{other}\n{no_job}\n{deep}\nnot json")):
        answer = node.http.post(EVENTS, body, content_type=kind).expect(202).json()
        equal((answer["status"], answer["accepted"]), ("partial", 1), kind)
        equal(answer["rejected"], len(answer["results"]) - 1)
        refused = [item for item in answer["results"] if item["status"] == "rejected"]
        for item in refused:
            assert {"code", "status", "title"} <= set(item["error"]), item
        equal(refused[0]["error"]["code"], "validation-failed")
        equal([item["error"]["code"] for item in refused[1:3]], ["no-job", "too-deep"])
    node.wait_idle("demo")
    equal([entry["id"] for entry in node.history("demo")], ["good", "good2"])


def test_a_batch_without_a_good_item_is_422(run):
    node = run.node()
    answer = node.http.post(EVENTS, '[{"jobId":"demo"},{"type":"x"}]').expect(422)
    equal(answer.header("Content-Type").split(";")[0], "application/problem+json")
    node.http.get("/api/v1/jobs/demo").expect(404)


def test_the_same_source_and_id_is_stored_once(run):
    node = run.node()
    first = node.send("demo", "note", "1", id="x", source="a", wait=5).expect(200).json()
    again = node.send("demo", "note", "1", id="x", source="a").expect(202).json()
    equal((again["status"], again["id"], again["seq"]), ("duplicate", "x", first["seq"]))
    equal(node.send("demo", "note", "2", id="x", source="b").expect(202).json()["status"], "accepted")
    node.restart()
    equal(node.send("demo", "note", "1", id="x", source="a").expect(202).json()["status"], "duplicate",
          "after a restart")
    answer = node.http.post(EVENTS, batch_of(2) .replace('"e0"', '"e1"')).expect(202).json()
    equal((answer["accepted"], answer["duplicate"]), (1, 1), "twice in one batch")
    node.wait_idle("demo")
    equal([(entry["source"], entry["id"]) for entry in node.history("demo")], [("a", "x"), ("b", "x"), ("api", "e1")])


def test_equal_ids_sent_at_once_are_stored_once(run):
    node = run.node()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: node.send("demo", "note", "1", id="same").expect(202).json(), range(64)))
    equal(sorted(answer["status"] for answer in answers), ["accepted"] + ["duplicate"] * 63)
    node.wait_idle("demo")
    equal(len(node.history("demo")), 1)


def test_an_idempotency_key_replays_the_first_answer(run):
    node = run.node()
    body = native("demo", "note", '{"a":1}')
    first = node.http.post(EVENTS, body, {"Idempotency-Key": '"k-1"'}).expect(202)
    for key in ('"k-1"', "k-1"):
        again = node.http.post(EVENTS, body, {"Idempotency-Key": key}).expect(202)
        equal(again.json()["id"], first.json()["id"], f"id with key {key}")
        equal(again.header("Idempotent-Replayed"), "true")
    equal(first.header("Idempotent-Replayed"), None)
    other = node.http.post(EVENTS, body, {"Idempotency-Key": '"k-2"'}).expect(202)
    assert other.json()["id"] != first.json()["id"], "another key is another event"
    node.restart()
    equal(node.http.post(EVENTS, body, {"Idempotency-Key": '"k-1"'}).expect(202).json()["id"], first.json()["id"])
    node.wait_idle("demo")
    equal(len(node.history("demo")), 2)


def test_an_idempotency_key_with_another_body_is_422(run):
    node = run.node()
    node.http.post(EVENTS, native("demo", "note", "1"), {"Idempotency-Key": '"k"'}).expect(202)
    node.http.post(EVENTS, native("demo", "note", "2"), {"Idempotency-Key": '"k"'}).problem(422, "idempotency-mismatch")
    node.wait_idle("demo")
    equal([entry["data"] for entry in node.history("demo")], ["1"])
    for bad in ('"unclosed', '"a" "b"', "", '"' + "x" * 10_000 + '"'):
        answer = node.http.post(EVENTS, native("demo", "note", "3"), {"Idempotency-Key": bad})
        assert answer.status in (202, 400, 422, 431), f"key {bad[:20]!r}: {answer.status}"


def test_equal_idempotency_keys_sent_at_once_have_one_effect(run):
    node = run.node()
    body = batch_of(3).replace('"id": ', '"subject": ')

    def post(_):
        return node.http.post(EVENTS, body, {"Idempotency-Key": '"race"'})
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(50)))
    told = {json.dumps([item["id"] for item in answer.json()["results"]]) for answer in answers if answer.status == 202}
    equal(len(told), 1, "different answers to one key")
    assert all(answer.status in (202, 409) for answer in answers), {answer.status for answer in answers}
    node.wait_idle("demo")
    equal(len(node.history("demo")), 3)


def test_a_full_backlog_is_429_with_retry_after_and_loses_nothing(run):
    node = run.node({"processing.max_backlog": 5})
    node.send("demo", "note", "0", id="e0", wait=5).expect(200)
    node.admin_post("jobs/demo:pause").expect(200)
    accepted, refused = ["e0"], None
    for n in range(1, 40):
        answer = node.send("demo", "note", str(n), id=f"e{n}")
        if answer.status == 429:
            refused = answer
            break
        answer.expect(202)
        accepted.append(f"e{n}")
    assert refused is not None, f"{len(accepted)} events were accepted with a backlog of 5"
    body = refused.problem(429)
    equal(body["retryable"], True)
    assert int(refused.header("Retry-After")) >= 1, refused.header("Retry-After")
    assert re.fullmatch(r'"ingest";q=\d+(;w=\d+)?.*', refused.header("RateLimit-Policy")), refused.headers
    assert re.fullmatch(r'"ingest";r=0;t=\d+.*', refused.header("RateLimit")), refused.headers
    node.admin_post("jobs/demo:resume").expect(200)
    wait_until(lambda: node.send("demo", "note", "1", id="later").status == 202, "accepted again after the drain")
    node.wait_idle("demo")
    equal([entry["id"] for entry in node.history("demo")], accepted + ["later"])


def test_one_paused_job_does_not_stop_the_others(run):
    node = run.node()
    node.send("slow", "note", wait=5).expect(200)
    node.admin_post("jobs/slow:pause").expect(200)
    for _ in range(600):
        node.send("slow", "note").expect(202)
    node.send("other", "note", wait=5).expect(200)
    equal(node.job("slow")["lag"], 600)
    node.admin_post("jobs/slow:resume").expect(200)
    equal(node.wait_idle("slow")["lastSeq"], 601)


def test_envelope_fields_come_back(run):
    node = run.node()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    body = native("demo", "note", '{"a":[1,2.50]}', id="x", time="2026-01-02T03:04:05.678Z", source="plant-7",
                  metadata={"colour": "red"})
    node.http.post(EVENTS, body, {"traceparent": trace, "Prefer": "wait=5"}).expect(200)
    entry = node.history("demo")[0]
    equal((entry["id"], entry["source"], entry["data"]), ("x", "plant-7", '{"a":[1,2.50]}'))
    assert entry["time"].startswith("2026-01-02T03:04:05.678"), entry["time"]
    page = node.http.get("/api/v1/jobs/demo/events").expect(200).json()
    equal(page["data"][0]["metadata"]["colour"], "red")


def test_a_header_may_name_the_job(run):
    node = run.node()
    node.http.post(EVENTS, '{"type":"note","data":1}', {"Weir-Job-Id": "from-header"}).expect(202)
    equal(node.wait_idle("from-header")["lastSeq"], 1)


def test_an_event_without_data_is_an_event(run):
    node = run.node()
    node.http.post(EVENTS, native("demo", "note", None), {"Prefer": "wait=5"}).expect(200)
    node.send("demo", "note", "null", wait=5).expect(200)
    equal([entry["seq"] for entry in node.history("demo")], [1, 2])
    assert node.history("demo")[0]["data"] in (None, "null"), node.history("demo")
