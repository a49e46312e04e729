"""Events of pipelines and of pages become records and are told to clients, in the real binary."""
import json

from harness import equal, wait_until
from ws_client import WsConnection


def _record(node, collection, key):
    document = node.http.get(f"/api/v1/records/{collection}/{key}").expect(200).json()
    return document.get("document", document)


def _send(node, job, kind, data, **envelope):
    return node.send(job, kind, json.dumps(data), **envelope).expect(200, 202).json()


def test_a_run_is_measured_while_it_goes_on(run):
    """XR-3, XR-4"""
    node = run.node()
    client = run.own(WsConnection(node.url(scheme="ws")))
    client.ask({"op": "subscribe", "job": "r1"})
    of_run = {"runId": "r1", "pipelineId": "p1"}
    _send(node, "r1", "pipeline.run", {**of_run, "status": "running"}, time="2020-01-31T23:59:00-02:00")
    _send(node, "r1", "pipeline.step", {"runId": "r1", "stepId": "a", "inputCount": 1000, "outputCount": 200})
    _send(node, "r1", "pipeline.step",
          {"run_id": "r1", "step_id": "b", "input_count": 200, "output_count": 100, "scored_count": 200})
    decision = _send(node, "r1", "pipeline.decision", {"runId": "r1", "stepId": "b", "outcome": "kept"}, id="d/../1",
                     time="2020-01-31T23:30:00-02:00")
    equal(decision["id"], "d/../1")
    _send(node, "r1", "pipeline.run", {**of_run, "status": "completed"})
    frames = client.take(12)
    equal([frame["type"].removeprefix("pipeline.") for frame in frames],
          ["run", "run.metrics", "step", "step.metrics", "run.metrics", "step", "step.metrics", "run.metrics",
           "decision", "decision.recorded", "run", "run.metrics"])
    equal([json.loads(frame["data"])["total_steps"] for frame in frames if frame["type"] == "pipeline.run.metrics"],
          [0, 1, 2, 2])

    whole = _record(node, "runs", "r1")
    equal({name: whole[name] for name in ("pipeline_id", "status", "total_steps", "total_input_count",
                                          "total_output_count", "overall_elimination_ratio", "created_at")},
          {"pipeline_id": "p1", "status": "completed", "total_steps": 2, "total_input_count": 1200,
           "total_output_count": 300, "overall_elimination_ratio": 0.75, "created_at": "2020-02-01T01:59:00.000Z"})
    equal(whole, json.loads(frames[-1]["data"]), "what clients saw last")
    step = _record(node, "steps", "b")
    equal((step["elimination_ratio"], step["kept_count"], step["eliminated_count"], step["scored_count"]),
          (0.5, 100, 100, 200))
    equal([(row["key"], json.loads(row["document"])["s3_key"]) for row in node.records("decision_events")],
          [("d/../1", "decisions/2020/02/01/d~2F..~2F1.json")])


def test_totals_of_a_run_survive_kill_9_and_late_events(run):
    """XR-6"""
    node = run.node()

    def step(name, count, time):
        data = {"runId": "r", "stepId": name, "inputCount": count, "outputCount": 5}
        node.send("r", "pipeline.step", json.dumps(data), wait=5, time=time).expect(200)

    step("s1", 10, "2026-01-01T10:00:00Z")
    step("s2", 20, "2026-01-01T10:00:05Z")
    node.restart()
    # Said again under other ids: once later, which counts, and once earlier, which does not.
    step("s2", 30, "2026-01-01T10:00:07Z")
    step("s2", 90, "2026-01-01T10:00:01Z")
    whole = _record(node, "runs", "r")
    equal((whole["total_steps"], whole["total_input_count"], whole["total_output_count"]), (2, 40, 10))
    equal(_record(node, "steps", "s2")["input_count"], 30)


def test_wrong_pipeline_events_are_dead_letters_at_once(run):
    node = run.node()
    wrong = (("pipeline.step", {"runId": "r", "stepId": "s", "inputCount": -1, "outputCount": 0},
              "/inputCount: expected non-negative integer, found number"),
             ("pipeline.run", {}, "/runId: expected string, found nothing"),
             ("pipeline.decision", [], "the payload: expected object, found array"))
    for kind, data, _ in wrong:
        _send(node, "bad", kind, data)
    letters = wait_until(lambda: _letters(node, len(wrong)), "all are dead letters")
    equal(sorted((letter["code"], letter["detail"]) for letter in letters),
          sorted(("validation-failed", detail) for _, _, detail in wrong))
    for collection in ("runs", "steps", "decision_events"):
        equal(node.records(collection), [])


def test_equal_ids_of_two_sources_tell_their_own_properties(run):
    """VAL-3, VAL-4"""
    node = run.node()
    for source in ("shop", "blog"):
        data = {"event_name": "page_view", "event_type": "engagement", "payload": {"page": f" /{source} "}}
        node.send("visits", "engagement.event.page_view", json.dumps(data), id="1", source=source, wait=5).expect(200)
    for source in ("shop", "blog"):
        told = node.http.get(f"/api/v1/events/1?source={source}").expect(200).json()
        equal((told["processed"], told["properties"]["page"]), (True, f"/{source}"))


def _letters(node, count):
    letters = node.admin_pages("dead-letters")
    return letters if len(letters) == count else None
