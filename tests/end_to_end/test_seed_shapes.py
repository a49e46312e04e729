"""The surfaces of the services that Weir replaces, as their clients use them."""
import json

from harness import equal, wait_until


def post(node, body, **more):
    return node.http.post("/api/v1/events", json.dumps(body), **more)


def test_engagement_events_go_in_and_are_told_as_before(run):
    """VAL-3, VAL-4"""
    node = run.node({"http.tokens": '[{"name":"web","token":"secret-of-web-0123456789abcdef"}]'}, start=False)
    node.start()
    body = {"event_name": "page_view", "event_type": "engagement", "payload": {"page": " /home", "duration": "45"}}
    post(node, body).problem(401, "unauthenticated")
    bearer = {"Authorization": "Bearer secret-of-web-0123456789abcdef"}
    taken = post(node, body, headers=bearer).expect(202).json()
    assert taken["event_id"] == taken["id"] and taken["status"] == "accepted", taken

    def report():
        return node.http.get(f"/api/v1/events/{taken['event_id']}", headers=bearer).expect(200).json()

    wait_until(lambda: report()["processed"], "the event is processed")
    told = report()
    assert told["processed_at"] and told["processing_error"] is None, told
    equal({key: told["properties"][key] for key in ("original", "page", "duration", "scroll_depth", "referrer")},
          {"original": body["payload"], "page": "/home", "duration": 45.0, "scroll_depth": 0.0, "referrer": ""},
          "properties")
    equal(told["properties"]["normalized_at"], told["acceptedAt"], "normalised at")


def test_wrong_engagement_events_are_refused_and_not_stored(run):
    """VAL-1, VAL-2"""
    node = run.node()
    post(node, {"event_name": "a"}).problem(422, "validation-failed")
    post(node, {"event_name": "a", "event_type": "b", "payload": [1]}).problem(422, "validation-failed")
    deep = {}
    for _ in range(12):
        deep = {"d": deep}
    post(node, {"event_name": "a", "event_type": "b", "payload": deep}).problem(422, "too-deep")
    equal(node.admin.get("/admin/api/v1/overview").expect(200).json()["accepted"], 0, "accepted")


def test_a_batch_of_engagement_events_is_partial(run):
    """VAL-5"""
    node = run.node()
    good = {"event_name": "a", "event_type": "b", "user_id": 5, "payload": None}
    answer = post(node, [good, {"event_name": "a"}, good]).expect(202).json()
    equal((answer["status"], answer["accepted"], answer["rejected"]), ("partial", 2, 1), "answer")
    equal([item["status"] for item in answer["results"]], ["accepted", "rejected", "accepted"], "results")
    node.wait_idle("user-5")
    equal(len(node.records("engagement")), 2, "records")


def test_events_are_processed_on_request(run):
    """EVT-7"""
    node = run.node()
    sent = node.send("demo", "note", id="n1", wait=5).expect(200).json()
    equal(sent["id"], "n1")
    answer = node.admin.post("/process-event", '{"event_id":"n1"}').expect(202).json()
    assert answer["success"] and answer["event_id"] == "n1" and answer["status"] == "processed", answer
    equal(node.job("demo")["lastSeq"], 1, "last number")
    node.admin.post("/process-event", '{"event_id":"nobody"}').problem(404, "not-found")
    node.admin.post("/process-event", "{}").problem(400, "bad-request")
    assert node.admin.post("/process-batch", "{}").expect(202).json()["success"]
    node.http.post("/process-event", '{"event_id":"n1"}').problem(404, "not-found")


def test_variables_of_the_services_before_are_understood(run):
    """XR-7, EVT-9"""
    node = run.node({"processing.handlers_demo": "true", "processing.retry_base": "10ms"}, start=False)
    node.environment |= {"MAX_RETRIES": "1", "LOG_LEVEL": "WARNING"}
    node.start()
    node.send("demo", "weir.demo.retry", "{}", id="r", wait=10).expect(200)
    equal(len(node.http.get("/api/v1/events/r").expect(200).json()["attempts"]), 2, "runs")


def test_health_has_its_former_shape(run):
    """EVT-7"""
    node = run.node()
    node.send("demo", "item.analyzed", '{"itemId":"i"}', wait=5).expect(200)
    health = node.http.get("/health").expect(200).json()
    equal(health["status"], "healthy")
    assert {"status", "service", "timestamp", "uptime", "stats", "config", "registry"} <= set(health), health
    assert {"totalProcessed", "successCount", "errorCount", "deadLetterCount", "lastProcessedAt"} <= set(health["stats"])
    equal(health["stats"]["totalProcessed"], 1, "processed")
    assert health["registry"]["totalHandlers"] == len(health["registry"]["handlers"]) > 0
    assert "item.analyzed" in health["registry"]["eventTypes"]
