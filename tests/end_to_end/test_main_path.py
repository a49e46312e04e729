"""The main path as one story: in by HTTP, durable, processed once, seen live, resumed after kill -9."""
import json
import os
import signal

from harness import equal, wait_until
from sse_client import SseFollower
from ws_client import Follower, WsConnection

DATA = '{"itemId": "i1",\n "score":0.930, "note":"\\u00e9é"}'


def test_an_event_is_accepted_processed_and_seen_live(run):
    node = run.node()
    client = run.own(WsConnection(node.url(scheme="ws")))
    subscribed = client.ask({"op": "subscribe", "job": "demo"})
    equal(subscribed["job"], "demo")
    equal(subscribed["last"], 0)

    answer = node.send("demo", "item.analyzed", DATA).expect(202).json()
    equal(answer["jobId"], "demo")
    equal(answer["status"], "accepted")
    equal(answer["href"], f"/api/v1/events/{answer['id']}")

    event, derived = client.take(2)
    equal((event["seq"], event["id"], event["type"]), (1, answer["id"], "item.analyzed"))
    equal(event["data"], DATA, "payload bytes")
    equal((derived["seq"], derived["type"], derived["causationId"]), (2, "feedback.recorded", answer["id"]))
    told = json.loads(derived["data"])
    equal((told["itemId"], told["score"]), ("i1", 0.93))

    record = node.http.get(f"/api/v1/records/feedback/{told['id']}").expect(200).json()
    document = record.get("document", record)
    equal((document["itemId"], document["score"]), ("i1", 0.93))
    equal([item["key"] for item in node.records("feedback")], [told["id"]])


def test_the_answer_names_where_the_event_is(run):
    node = run.node()
    answer = node.send("demo", "note", "1").expect(202)
    equal(answer.header("Location"), answer.json()["href"])
    report = wait_until(lambda: _processed(node, answer.json()["href"]), "the event is processed")
    equal((report["id"], report["type"], report["jobId"]), (answer.json()["id"], "note", "demo"))
    equal(report["seq"], 1)


def _processed(node, href):
    report = node.http.get(href).expect(200).json()
    return report if report["status"] == "processed" else None


def test_an_event_report_tells_attempts_and_effects(run):
    node = run.node()
    answer = node.send("demo", "item.analyzed", DATA, wait=5).expect(200).json()
    raw = node.http.get(f"/api/v1/events/{answer['id']}").expect(200)
    report = raw.json()
    equal(report["status"], "processed")
    equal(raw.raw()["data"], DATA, "payload bytes")
    ran = [attempt for attempt in report["attempts"] if attempt["handler"] == "feedback"]
    equal([(attempt["n"], attempt["outcome"]) for attempt in ran], [(1, "ok")])
    assert len(report["effects"]) >= 2, f"a record and an emitted event: {report['effects']}"


def test_prefer_wait_answers_after_processing_with_the_seq(run):
    node = run.node()
    answer = node.send("demo", "item.analyzed", DATA, wait=5).expect(200)
    equal(answer.header("Preference-Applied"), "wait=5")
    equal((answer.json()["seq"], answer.json()["status"]), (1, "processed"))
    equal(node.send("demo", "note", "{}", wait=5).expect(200).json()["seq"], 3, "behind the derived event")


def test_prefer_wait_answers_202_when_the_time_is_up(run):
    node = run.node()
    node.send("demo", "note", wait=5).expect(200)
    node.admin_post("jobs/demo:pause").expect(200)
    answer = node.send("demo", "note", wait=1).expect(202)
    equal(answer.json()["status"], "accepted")
    equal(answer.header("Preference-Applied"), None)


def test_a_job_tells_its_epoch_range_cursor_and_lag(run):
    node = run.node()
    node.http.get("/api/v1/jobs/demo").problem(404, "job-not-found")
    node.send("demo", "note", source="plant", seq=1).expect(202)
    node.send("demo", "note", source="plant", seq=2, wait=5).expect(200)
    row = node.wait_idle("demo")
    equal((row["jobId"], row["firstSeq"], row["lastSeq"], row["lag"]), ("demo", 1, 2, 0))
    equal(row["cursor"], {"plant": 2})
    assert row["state"] in ("active", "idle"), row
    assert row["epoch"] and row["updatedAt"], row


def test_history_pages_are_complete_and_linked(run):
    node = run.node()
    lines = "\n".join(json.dumps({"jobId": "demo", "type": f"note.{n % 2}", "id": f"e{n}", "data": {"n": n}})
                      for n in range(25))
    node.http.post("/api/v1/events", lines, content_type="application/x-ndjson").expect(202)
    node.wait_idle("demo")
    equal([entry["id"] for entry in node.history("demo", limit=7)], [f"e{n}" for n in range(25)])

    path, seen = "/api/v1/jobs/demo/events?limit=10", []
    for _ in range(4):
        page = node.http.get(path).expect(200)
        seen += [item["seq"] for item in page.json()["data"]]
        link = page.header("Link")
        if page.json()["page"]["next"] is None:
            equal(link, None, "Link of the last page")
            break
        assert link.endswith('>; rel="next"'), link
        path = link[link.index("<") + 1:link.index(">")]
    equal(seen, list(range(1, 26)), "pages by Link")

    typed = node.http.get("/api/v1/jobs/demo/events?type=note.1&limit=500").expect(200).json()["data"]
    equal([item["seq"] for item in typed], list(range(2, 26, 2)), "type filter")
    behind = node.http.get("/api/v1/jobs/demo/events?after=23").expect(200).json()["data"]
    equal([item["seq"] for item in behind], [24, 25])


def test_odd_job_names_work_in_every_path(run):
    node = run.node()
    for job in ("owner/name", "a b%2F?&#", "größe", "..x", "x" * 255):
        node.send(job, "note", '"x"', wait=5).expect(200)
        equal(node.job(job)["jobId"], job)
        equal([entry["data"] for entry in node.history(job)], ['"x"'])
        client = WsConnection(node.url(scheme="ws"))
        client.ask({"op": "subscribe", "job": job, "after": "earliest"})
        equal(client.take(1)[0]["seq"], 1)
        client.close()
    for job in ("", ".", "..", "x" * 256, "a\u0001"):
        refused = node.send(job, "note")
        assert refused.status in (400, 422), f"{job!r}: {refused.status}"
        refused.problem(refused.status)


def test_sse_shows_the_stream_and_resumes_by_last_event_id(run):
    node = run.node()
    follower = run.own(SseFollower(node, "demo"))
    for n in range(5):
        node.send("demo", "note", f'{{"n":{n},\n "x":1.0}}').expect(202)
    follower.wait_seq(5)
    follower.drop()
    for n in range(5, 10):
        node.send("demo", "note", f'{{"n":{n},\n "x":1.0}}').expect(202)
    follower.wait_seq(10)
    equal([entry["seq"] for entry in follower.events()], list(range(1, 11)))
    equal(follower.events()[9]["data"], '{"n":9,\n "x":1.0}', "payload bytes through SSE")
    epoch = node.job("demo")["epoch"]
    equal(follower.ids[9], f"{epoch}:10")


def test_after_kill_9_nothing_is_lost_and_clients_resume(run):
    node = run.node()
    ws = run.own(Follower(node, "demo"))
    sse = run.own(SseFollower(node, "demo"))
    for n in range(10):
        node.send("demo", "item.analyzed", f'{{"itemId":"i{n}","score":1}}', id=f"e{n}").expect(202)
    ws.wait_seq(5)
    epoch = node.job("demo")["epoch"]
    node.restart()
    equal(node.job("demo")["epoch"], epoch, "epoch over a restart")
    for n in range(10, 20):
        node.send("demo", "item.analyzed", f'{{"itemId":"i{n}","score":1}}', id=f"e{n}").expect(202)
    ws.wait_seq(40)
    sse.wait_seq(40)
    for follower in (ws, sse):
        equal([entry["seq"] for entry in follower.events()], list(range(1, 41)), follower.name)
    equal([entry["id"] for entry in node.history("demo") if "causationId" not in entry], [f"e{n}" for n in range(20)])
    equal(len(node.records("feedback")), 20)
    equal(node.send("demo", "item.analyzed", "{}", id="e3").expect(202).json()["status"], "duplicate")


def test_resuming_in_the_middle_says_recovered(run):
    node = run.node()
    for n in range(6):
        node.send("demo", "note", str(n), wait=5).expect(200)
    epoch = node.job("demo")["epoch"]
    node.restart()
    client = run.own(WsConnection(node.url(scheme="ws")))
    ok = client.ask({"op": "subscribe", "job": "demo", "after": {"epoch": epoch, "seq": 4}})
    equal((ok["recovering"], ok["recovered"], ok["epoch"], ok["first"], ok["last"]), (True, True, epoch, 1, 6))
    equal([entry["seq"] for entry in client.take(2)], [5, 6])
    equal(client.expect("live")["seq"], 6)


def test_a_leaving_node_is_not_ready_and_still_serves(run):
    node = run.node({"shutdown.delay": "60s"})
    node.send("demo", "note", "1").expect(202)
    os.kill(node.pid, signal.SIGTERM)
    wait_until(lambda: node.http.get("/readyz").status == 503, "not ready")
    node.send("demo", "note", "2", wait=5).expect(200)
    equal(node.terminate(), 0, "exit code; the second signal does not wait")


def test_a_drain_says_goodbye_and_exits_0(run):
    node = run.node()
    client = run.own(WsConnection(node.url(scheme="ws")))
    client.ask({"op": "subscribe", "job": "demo"})
    for n in range(50):
        node.send("demo", "note", str(n)).expect(202)
    node.admin.get("/livez").expect(200)
    equal(node.terminate(), 0, "exit code after SIGTERM")
    bye = client.expect("bye")["bye"]
    equal((bye["code"], bye["reconnect"]), (4001, True))
    assert client.wait_closed() in (4001, 1012), "close code of a drain"
    node.start()
    equal(len(node.history("demo")), 50)


def test_health_endpoints_answer_on_both_listeners(run):
    node = run.node()
    for client in (node.http, node.admin):
        for path in ("/livez", "/readyz", "/startupz", "/healthz"):
            client.get(path).expect(200)
    health = node.http.get("/health").expect(200).json()
    for member in ("status", "service", "timestamp", "uptime", "stats", "config", "registry"):
        assert member in health, f"/health lacks {member}: {health}"
    verbose = node.http.get("/readyz?verbose").expect(200).text
    assert "[+]" in verbose, verbose


def test_a_second_node_on_the_same_folder_is_refused(run):
    node = run.node()
    other = run.node(start=False)
    other.folder = node.folder
    other.launch()
    assert other.wait_exit() != 0, "two nodes share one folder"
    node.send("demo", "note", wait=5).expect(200)


def test_closed_by_the_client_is_forgotten(run):
    node = run.node()
    for _ in range(30):
        client = WsConnection(node.url(scheme="ws"))
        client.ask({"op": "subscribe", "job": "demo"})
        client.drop()
    wait_until(lambda: not node.admin_pages("actors", kind="subscriber"), "no subscriber actor is left")
    node.http.get("/livez").expect(200)
