"""What handlers ask for outside of their job's stream: events for other jobs, timers, rows for sinks; through kill -9."""
import collections
import json

from harness import equal, native, quote, wait_until


def of_type(entries, kind):
    return [entry for entry in entries if entry.get("type") == kind]


def data_of(entry):
    return json.loads(entry["data"])


def pairs(entries):
    """(by, n) of demo events, each as often as it was seen."""
    return collections.Counter((data_of(entry)["by"], data_of(entry)["n"]) for entry in entries)


def each_once(entries, causes, times):
    equal(pairs(entries), collections.Counter({(cause, n): 1 for cause in causes for n in range(times)}))


def settle(node, *jobs):
    for job in jobs:
        node.wait_idle(job)


def post_all(node, events):
    node.http.post("/api/v1/events", "[" + ",".join(events) + "]").expect(202)


def test_an_event_for_another_job_arrives_with_its_cause(run):
    node = run.node()
    node.send("a", "weir.demo.send", '{"to":"b"}', id="e1", wait=5).expect(200)
    settle(node, "b")
    [arrived] = node.history("b")
    equal((arrived["type"], arrived["source"]), ("demo.sent", "weir"))
    effects = node.http.get("/api/v1/events/e1").expect(200).json()["effects"]
    equal([(one["kind"], one["jobId"], one["id"]) for one in effects], [("sent", "b", arrived["id"])])
    node.end_sound()


def test_events_for_other_jobs_arrive_once_through_kills(run):
    node = run.node({"processing.handlers_demo": "true"})
    causes = [f"e{number}" for number in range(run.load(600, 120))]
    for start in range(0, len(causes), 60):
        post_all(node, [native(f"from-{start % 7}", "weir.demo.send", '{"to":"to-%d","times":3}' % (start % 3), id=cause)
                        for cause in causes[start:start + 60]])
        node.restart()
    wait_until(lambda: all(row["lag"] == 0 for row in node.admin_pages("jobs")), "all jobs have nothing left to do")
    arrived = [entry for number in range(3) for entry in node.history(f"to-{number}")]
    each_once(of_type(arrived, "demo.sent"), causes, 3)
    node.end_sound()


def test_timers_ring_once_through_kills(run):
    node = run.node()
    causes = [f"e{number}" for number in range(60)]
    for start in range(0, len(causes), 10):
        post_all(node, [native(f"j{number % 5}", "weir.demo.later", '{"ms":%d,"times":2}' % (number * 40), id=cause)
                        for number, cause in enumerate(causes[start:start + 10], start)])
        node.restart()
    def rung():
        return [entry for number in range(5) for entry in of_type(node.history(f"j{number}"), "demo.rang")]
    wait_until(lambda: len(rung()) >= 120, "all timers rang")
    settle(node, *(f"j{number}" for number in range(5)))
    each_once(rung(), causes, 2)
    equal({entry["source"] for entry in rung()}, {"weir-timer"})
    node.end_sound()


def test_a_timer_waits_through_an_orderly_stop(run):
    node = run.node()
    node.send("j", "weir.demo.later", '{"ms":1500}', id="e1", wait=5).expect(200)
    equal(of_type(node.history("j"), "demo.rang"), [], "the timer waits")
    equal(node.terminate(), 0)
    node.start()
    wait_until(lambda: of_type(node.history("j"), "demo.rang"), "the timer rang after the start")
    equal(node.admin.get("/admin/api/v1/actors/timer").expect(200).json()["restarts"], 0)


def test_rows_wait_for_their_sink_through_kills(run):
    node = run.node({"processing.sinks": '["olap", "bell"]'})
    for number in range(6):
        node.send(f"j{number % 2}", "weir.demo.row", '{"sink":"olap","times":2}', id=f"e{number}").expect(202)
        node.restart()
    node.send("j0", "weir.demo.row", '{"sink":"bell"}', id="rings").expect(202)
    settle(node, "j0", "j1")
    sinks = node.admin_pages("outbox/sinks")
    equal([(one["sink"], one["pending"]) for one in sinks], [("bell", 1), ("olap", 12)])
    rows = node.admin_pages("outbox", sink="olap", limit=5)
    for job in ("j0", "j1"):
        own = [row for row in rows if row["jobId"] == job]
        equal([(row["row"]["by"], row["row"]["n"], row["nr"]) for row in own],
              [(f"e{number}", n, n) for number in range(6) if f"j{number % 2}" == job for n in range(2)])
        equal([row["seq"] for row in own], sorted(row["seq"] for row in own))
    wait_until(lambda: 'weir_outbox_pending{sink="olap"} 12' in node.admin.get("/metrics").text, "the metric tells 12")
    node.admin.get("/admin/api/v1/outbox").problem(400, "bad-request")
    node.end_sound()


def test_a_producer_cannot_speak_as_the_node(run):
    node = run.node()
    for source in ("weir-timer", "weir", "weir/other"):
        why = node.send("j", "demo.rang", "{}", source=source, id="forged").problem(422, "validation-failed")
        assert source in why["detail"], why
        node.http.post("/api/v1/events", json.dumps({"specversion": "1.0", "id": "forged", "source": source, "type": "t",
                                                     "subject": "j"}),
                       content_type="application/cloudevents+json").problem(422, "validation-failed")
    node.send("j", "demo.rang", "{}", source="weird", id="allowed").expect(202)
    settle(node, "j")
    equal([entry["id"] for entry in node.history("j")], ["allowed"])
    node.http.get(f"/api/v1/events/{quote('forged')}").problem(404)
