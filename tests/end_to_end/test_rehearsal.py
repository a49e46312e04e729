"""Events of the past under the handlers of now: what would differ, with nothing written."""
import json

from harness import equal


def rehearse(node, body, *statuses):
    return node.admin.post("/admin/api/v1/rehearsals", json.dumps(body)).expect(*(statuses or (200,))).json()


def test_a_rehearsal_tells_what_would_differ_and_writes_nothing(run):
    node = run.node({"processing.handlers_demo": "false"})
    node.send("demo", "item.analyzed", '{"itemId":"a"}', wait=5).expect(200)
    node.send("demo", "item.analyzed", '{"score":1}', wait=5).expect(200)
    node.send("demo", "weir.demo.dead", "{}", id="later-dead", wait=5).expect(200)
    before = (node.history("demo"), node.records("feedback"), node.job("demo")["lastSeq"])

    same = rehearse(node, {"job": "demo"})
    equal((same["events"], same["different"], same["differentRecords"]), (3, 0, 0), "without a change")

    # Another set of handlers over the same log.
    equal(node.terminate(), 0, "exit code")
    node.options["processing.handlers_demo"] = "true"
    node.start()
    found = rehearse(node, {"job": "demo"})
    equal((found["events"], found["different"], found["differentRecords"]), (3, 1, 0), "with the demo handlers")
    one = found["differences"][0]
    equal((one["id"], one["before"]["outcome"], one["after"]["outcome"], one["after"]["code"]),
          ("later-dead", "done", "dead", "demo"), "difference")
    part = rehearse(node, {"job": "demo", "from": 1, "to": 2})
    equal((part["events"], part["different"]), (1, 0), "a part")
    equal((node.history("demo"), node.records("feedback"), node.job("demo")["lastSeq"]), before, "what is kept")


def test_odd_rehearsals_are_refused(run):
    node = run.node()
    post = node.admin.post
    where = "/admin/api/v1/rehearsals"
    post(where, "{}").problem(400, "bad-request")
    post(where, '{"job":"demo","from":0}').problem(400, "bad-request")
    post(where, '{"job":"demo","from":5,"to":2}').problem(400, "bad-request")
    post(where, '{"job":"demo","handlers":[]}').problem(400, "bad-request")
    post(where, '{"job":"nobody"}').problem(404, "job-not-found")
