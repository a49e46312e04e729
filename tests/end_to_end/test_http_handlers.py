"""Handlers in another process: signed events out, effects back, each once and in the order of its job."""
import email.utils
import json
import os
import re
import subprocess
import sys
import threading
import time

from harness import CHECKOUT, NODE_CLIENTS, equal, free_address, need_node_modules, wait_until
from hook_server import HookServer, new_secret

OK = (204, {}, "")
SLOW_RETRY = 'retry = { max_attempts = 5, base = "50ms", factor = 1.0, jitter = "none" }'


def reply(**effects):
    return 200, {"Content-Type": "application/json"}, json.dumps(effects)


def problem(status, code, detail="because"):
    return status, {"Content-Type": "application/problem+json"}, json.dumps({"code": code, "detail": detail})


def node_for(run, server, *lines, secret=None, name="orders", on='["order.*"]', start=True, rest="", **options):
    """A node whose handler `name` asks `server`; the secret comes from the environment."""
    secret = secret or new_secret()
    text = "\n".join(["[[handler]]", f'name = "{name}"', 'type = "http"', f"on = {on}", f'url = "{server.url}"',
                      'secret = "${env:HOOK_SECRET}"', *lines, rest])
    path = run.folder / f"weir-{name}.toml"
    path.write_text(text + "\n")
    node = run.node({"config": path, **options}, start=False)
    node.environment["HOOK_SECRET"] = secret
    return node.start() if start else node


def hook(run, answer, port=0):
    return run.own(HookServer(answer, port))


def test_an_event_is_signed_and_its_effects_become_true(run):
    def answer(one):
        total = json.loads(one.event.get("weirstate", "0")) + one.event["data"]["amount"]
        return reply(emit=[{"type": "total.changed", "data": {"total": total}},
                           {"type": "mail.wanted", "data": {"to": one.job}, "job": "mails"},
                           {"type": "reminder", "data": {"n": 1}, "after": "1ms"}],
                     put=[{"collection": "totals", "key": one.job, "document": {"total": total}}], state=total)
    server = hook(run, answer)
    secret = new_secret()
    node = node_for(run, server, secret=secret)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for amount in (2, 3):
        node.send("shop 1", "order.placed", json.dumps({"amount": amount}), wait=5, traceparent=trace).expect(200)
    first, second = server.of("shop 1")
    for one in (first, second):
        assert one.is_signed_by(secret) and not one.is_signed_by(new_secret())
        assert abs(int(one.headers["webhook-timestamp"]) - time.time()) < 60
        equal(one.headers["Content-Type"].split(";")[0], "application/cloudevents+json")
        equal((one.headers["Weir-Job-Id"], one.headers["Weir-Attempt"], one.headers["Weir-Deadline-Ms"]),
              ("shop%201", "1", "30000"))
        equal(one.headers["traceparent"], trace)
        equal(one.event["sequence"], one.headers["Weir-Seq"].zfill(20))
        assert re.fullmatch(r"[A-Za-z0-9_-]+", one.headers["webhook-id"]), one.headers["webhook-id"]
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    equal([json.loads(row["document"])["total"] for row in node.records("totals")], [5])
    entries = node.history("shop 1")
    totals = [json.loads(entry["data"])["total"] for entry in entries if entry["type"] == "total.changed"]
    equal(totals, [2, 5], "each event saw the state that the one before left")


def test_every_job_is_in_order_while_many_are_in_flight(run):
    jobs, events = 40, 15
    together = threading.Barrier(2, timeout=30)

    def answer(one):
        if one.job in ("j0", "j1") and one.event["data"] == 0:
            together.wait()  # neither is answered before both are here
        return reply(put={f"{one.job}-{one.event['data']}": one.event["data"]})
    server = hook(run, answer)
    node = node_for(run, server, "concurrency = 16", on='"order.placed"')
    for number in range(events):
        batch = [{"jobId": f"j{job}", "type": "order.placed", "data": number} for job in range(jobs)]
        node.http.post("/api/v1/events", json.dumps(batch)).expect(202)
    for job in range(jobs):
        node.wait_idle(f"j{job}")
        equal([one.event["data"] for one in server.of(f"j{job}")], list(range(events)), f"order of j{job}")
    assert server.peak <= 16, f"{server.peak} at once"
    assert server.accepted <= 16, f"{server.accepted} connections for {jobs * events} requests"
    equal(len(node.records("orders")), jobs * events)


def test_connections_are_used_again(run):
    server = hook(run, lambda one: OK)
    node = node_for(run, server)
    for number in range(30):
        node.send("j", "order.placed", str(number), wait=5).expect(200)
    equal((len(server.deliveries), server.accepted), (30, 1))


def test_a_failure_is_tried_again_with_the_same_id_and_effects_once(run):
    def answer(one):
        if one.attempt < 3:
            return 500, {}, "no"
        return reply(emit=[{"type": "done", "data": {"attempt": one.attempt}}])
    server = hook(run, answer)
    secret = new_secret()
    node = node_for(run, server, SLOW_RETRY, secret=secret)
    sent = node.send("j", "order.placed", '{"n":1}').expect(202).json()
    node.wait_idle("j")
    tries = server.of("j")
    equal([one.attempt for one in tries], [1, 2, 3])
    equal(len({one.headers["webhook-id"] for one in tries}), 1, "ids of one event")
    assert all(one.is_signed_by(secret) for one in tries)
    entries = node.history("j")
    equal([entry["type"] for entry in entries], ["order.placed", "done"])
    report = node.http.get(f"/api/v1/events/{sent['id']}").expect(200).json()
    equal([(run_of["outcome"], run_of.get("code", "")) for run_of in report["attempts"]],
          [("retry", "http-500"), ("retry", "http-500"), ("ok", "")])


def test_later_events_of_the_job_wait_and_other_jobs_do_not(run):
    held = threading.Event()
    server = hook(run, lambda one: OK if one.job != "stuck" or held.is_set() else (503, {}, ""))
    node = node_for(run, server, 'retry = { max_attempts = 1000, base = "20ms", factor = 1.0, jitter = "none" }')
    for number in range(3):
        node.send("stuck", "order.placed", str(number)).expect(202)
    for number in range(5):
        node.send("free", "order.placed", str(number), wait=5).expect(200)
    wait_until(lambda: len(server.of("stuck")) > 3, "the first event of the job is tried again")
    equal({one.event["data"] for one in server.of("stuck")}, {0})
    held.set()
    node.wait_idle("stuck")
    equal(sorted({one.event["data"] for one in server.of("stuck")}), [0, 1, 2])


def test_a_refused_connection_is_tried_again_until_somebody_is_there(run):
    server = HookServer(lambda one: OK)
    node = node_for(run, server, 'retry = { max_attempts = 1000, base = "50ms", factor = 1.0, jitter = "none" }')
    node.send("j", "order.placed", "1", wait=5).expect(200)
    server.close()
    sent = node.send("j", "order.placed", "2").expect(202).json()

    def failed():
        found = node.http.get(f"/api/v1/events/{sent['id']}").expect(200).json()["attempts"]
        return [one["code"] for one in found if one["outcome"] == "retry"]
    codes = wait_until(failed, "an attempt failed")
    equal(set(codes), {"handler-unreachable"})
    again = hook(run, lambda one: OK, server.port)
    node.wait_idle("j")
    equal([one.event["data"] for one in again.of("j")], [2])


def test_retry_after_is_obeyed(run):
    for header in ("2", lambda: email.utils.formatdate(time.time() + 3, usegmt=True)):
        times = []

        def answer(one):
            times.append(time.monotonic())
            value = header if isinstance(header, str) else header()
            return (429, {"Retry-After": value}, "") if one.attempt == 1 else OK
        server = hook(run, answer)
        node = node_for(run, server, SLOW_RETRY)
        node.send("j", "order.placed", "1").expect(202)
        node.wait_idle("j")
        equal(len(times), 2)
        assert times[1] - times[0] >= 1.9, f"waited {times[1] - times[0]:.2f} s"  # never earlier than asked for


def test_a_refusal_is_a_dead_letter_with_the_reason_of_the_problem(run):
    server = hook(run, lambda one: problem(422, "bad-amount", "the amount is 7") if one.event["data"] == 7 else OK)
    node = node_for(run, server)
    for data in (1, 7, 2):
        node.send("j", "order.placed", str(data)).expect(202)
    node.wait_idle("j")
    equal([one.event["data"] for one in server.of("j")], [1, 7, 2], "the job goes on")
    letters = node.admin_pages("dead-letters")
    equal([(one["handler"], one["code"], one["detail"]) for one in letters], [("orders", "bad-amount",
                                                                               "the amount is 7")])


def test_a_handler_that_is_gone_holds_its_events(run):
    is_back = threading.Event()
    server = hook(run, lambda one: OK if is_back.is_set() else (410, {}, ""))
    node = node_for(run, server, SLOW_RETRY, **{"processing.incident_probe": "100ms"})
    for job in ("a", "b"):
        node.send(job, "order.placed").expect(202)

    def incident():
        return next((one for one in node.admin_pages("incidents") if one["handler"] == "orders"), None)
    equal(wait_until(incident, "an incident of the handler")["code"], "gone")
    wait_until(lambda: len(server.deliveries) > 8, "more probes than there are attempts")
    equal(node.admin_pages("dead-letters"), [])
    is_back.set()
    for job in ("a", "b"):
        node.wait_idle(job)
    equal(node.admin_pages("dead-letters"), [])
    equal([len(node.history(job)) for job in ("a", "b")], [1, 1])


def test_an_answer_that_is_not_understood_is_a_dead_letter(run):
    bodies = {"shape": '{"emits":[]}', "text": "fine", "long": json.dumps({"state": "x" * 70_000})}
    server = hook(run, lambda one: (200, {}, bodies[one.job]))
    node = node_for(run, server)
    for job in bodies:
        node.send(job, "order.placed").expect(202)
        node.wait_idle(job)
    letters = {one.get("jobId", one.get("job")): one for one in node.admin_pages("dead-letters")}
    equal({one["code"] for one in letters.values()}, {"bad-handler-answer"})
    assert letters["shape"]["detail"].startswith("/emits: "), letters["shape"]
    assert "longer than allowed" in letters["long"]["detail"], letters["long"]
    equal(len(letters), 3)


def test_a_late_answer_is_ignored(run):
    let_go = threading.Event()

    def answer(one):
        if one.attempt == 1:
            let_go.wait(30)
            return reply(emit=[{"type": "late"}])
        return reply(emit=[{"type": "in.time"}])
    server = hook(run, answer)
    node = node_for(run, server, 'timeout = "200ms"', 'soft_timeout = "100ms"', SLOW_RETRY)
    sent = node.send("j", "order.placed").expect(202).json()
    node.wait_idle("j")
    let_go.set()
    wait_until(lambda: server.in_flight == 0, "the late answer was given")
    node.send("j", "order.placed", wait=5).expect(200)
    kinds = [entry["type"] for entry in node.history("j")]
    assert "late" not in kinds[:2] and kinds[:2] == ["order.placed", "in.time"], kinds
    equal(server.of("j")[0].headers["Weir-Deadline-Ms"], "100")
    report = node.http.get(f"/api/v1/events/{sent['id']}").expect(200).json()
    equal([one["outcome"] for one in report["attempts"]], ["retry", "ok"])
    equal(report["attempts"][0]["code"], "handler-timeout")


def test_a_kill_in_the_middle_gives_each_effect_once(run):
    let_go = threading.Event()

    def answer(one):
        if not let_go.is_set():
            let_go.wait(30)
        return reply(put=[{"collection": "seen", "key": str(one.event["data"]), "document": one.event["id"]}],
                     emit=[{"type": "seen", "data": one.event["data"]}])
    server = hook(run, answer)
    node = node_for(run, server)
    for number in range(5):
        node.send("j", "order.placed", str(number)).expect(202)
    wait_until(lambda: server.of("j"), "the first event is with the handler")
    node.kill9()
    let_go.set()
    node.start()
    node.wait_idle("j")
    tries = server.of("j")
    equal([one.event["data"] for one in tries], [0, 0, 1, 2, 3, 4])
    equal(tries[0].headers["webhook-id"], tries[1].headers["webhook-id"])
    equal([json.loads(entry["data"]) for entry in node.history("j") if entry["type"] == "seen"], [0, 1, 2, 3, 4])
    equal(len(node.records("seen")), 5)
    node.end_sound()


def test_a_node_stops_while_a_handler_is_silent(run):
    let_go = threading.Event()
    server = hook(run, lambda one: OK if let_go.wait(60) else OK)
    node = node_for(run, server, "concurrency = 1")
    for job in range(4):
        node.send(f"j{job}", "order.placed").expect(202)
    wait_until(lambda: server.in_flight, "a run is in flight")

    def others_wait():
        row = next(one for one in node.admin_pages("handlers") if one["name"] == "orders")
        return (row["running"], row["queued"]) == (1, 3)
    wait_until(others_wait, "one runs, the other three wait")
    node.end_sound()
    let_go.set()
    node.start()
    for job in range(4):
        node.wait_idle(f"j{job}")


def test_handlers_are_shown_without_secrets(run):
    server = hook(run, lambda one: (503, {}, "") if one.attempt == 1 else OK)
    secret = new_secret()
    node = node_for(run, server, 'description = "books orders"', SLOW_RETRY, secret=secret,
                    rest='[[handler]]\nname = "feedback"\ntype = "builtin"\nretry = { schedule = ["1s"] }\n'
                         'on_exhausted = "park"', **{"log.level": "debug"})
    node.send("j", "order.placed").expect(202)
    node.wait_idle("j")
    rows = {one["name"]: one for one in node.admin_pages("handlers")}
    equal((rows["orders"]["kind"], rows["orders"]["on"], rows["orders"]["description"]),
          ("http", ["order.*"], "books orders"))
    equal((rows["orders"]["running"], rows["orders"]["queued"], rows["orders"]["timeoutMs"]), (0, 0, 30_000))
    equal(rows["feedback"]["retry"]["scheduleMs"], [1000])
    equal(rows["feedback"]["onExhausted"], "park")
    health = node.http.get("/health").expect(200)
    equal([one["name"] for one in health.json()["registry"]["handlers"] if one["kind"] == "http"], ["orders"])
    listed = subprocess.run([node.binary, "handler", "ls", "--admin-url", node.url("admin")], capture_output=True,
                            text=True, timeout=20, check=False)
    equal(listed.returncode, 0, listed.stderr)
    assert re.search(r"^orders +http +order\.\* +0 +0 +books orders$", listed.stdout, re.M), listed.stdout
    printed = subprocess.run([node.binary, "config", "print", "--config", node.options["config"]], capture_output=True,
                             text=True, timeout=20, check=False, env={"HOOK_SECRET": secret})
    equal(printed.returncode, 0, printed.stderr)
    assert 'secret = "***"' in printed.stdout, printed.stdout
    overview = node.admin.get("/admin/api/v1/overview").expect(200)
    shown = [node.logs[0].read_text(), json.dumps(list(rows.values())), health.text, overview.text, listed.stdout,
             printed.stdout, node.admin.get("/metrics").expect(200).text]
    for text in shown:
        assert secret not in text and secret.removeprefix("whsec_") not in text


def test_a_mistake_in_the_configuration_is_told_with_its_place(run):
    node = node_for(run, hook(run, lambda one: OK), "concurency = 3", start=False)
    checked = subprocess.run([node.binary, "config", "check", "--no-environment", node.options["config"]],
                             capture_output=True, text=True, timeout=20, check=False, env=node.environment)
    equal(checked.returncode, 78)
    assert "weir-orders.toml:7:1: handler \"orders\": unknown field concurency, did you mean concurrency?" \
        in checked.stderr, checked.stderr
    node = node_for(run, hook(run, lambda one: OK), name="other", start=False,
                    rest='[[handler]]\nname = "feedbak"\ntype = "builtin"')
    node.launch()
    equal(node.wait_exit(), 78)
    assert "did you mean feedback?" in node.log_tail(), node.log_tail()


def test_a_rule_and_a_filter_stand_beside_an_http_handler(run):
    server = hook(run, lambda one: OK)
    node = node_for(run, server, on='[{ exact = { source = "shop" } }]', rest="""
[[handler]]
name = "plain"
type = "rule"
on = "order.*"
steps = [{ rename = { amt = "amount" } }]
emit = { type = "sale" }
""")
    for source in ("shop", "other"):
        node.send("j", "order.placed", '{"amt":3}', source=source, wait=5).expect(200)
    equal([(one.event["source"], one.event["type"]) for one in server.of("j")], [("shop", "order.placed")])
    equal([json.loads(one["data"]) for one in node.history("j") if one["type"] == "sale"], [{"amount": 3}] * 2)
    rows = {one["name"]: one for one in node.admin_pages("handlers")}
    equal((rows["plain"]["kind"], rows["plain"]["on"], rows["orders"]["filtered"]), ("rule", ["order.*"], True))


def test_the_example_adds_up(run):
    folder = CHECKOUT / "examples" / "03-http-handler"
    around = {"SECRET": new_secret(), "PORT": free_address().split(":")[1]}
    node = run.node({"config": folder / "weir.toml"}, start=False)
    node.environment.update(around)
    node.start()
    node.send("shop", "order.placed", '{"amount": 12.5}').expect(202)  # nobody is there yet
    run.spawn([sys.executable, "-B", folder / "handler.py"], env={**os.environ, **around}, stderr=subprocess.DEVNULL)
    node.send("shop", "order.placed", '{"amount": "much"}').expect(202)
    node.send("shop", "order.placed", '{"amount": 7.5}').expect(202)
    node.wait_idle("shop")
    equal([(row["key"], json.loads(row["document"])) for row in node.records("totals")], [("shop", {"total": 20.0})])
    equal([(one["code"], one["detail"]) for one in node.admin_pages("dead-letters")],
          [("bad-amount", "amount must be a number")])


def test_npm_cloudevents_reads_what_a_handler_gets(run):
    need_node_modules()
    server = hook(run, lambda one: OK)
    node = node_for(run, server, on='"*"')
    node.send("größe \"1\"", "order.placed", '{"text":"é \\u2028"}', source="my shop/1", wait=5).expect(200)
    node.http.post("/api/v1/events", json.dumps({"jobId": "m", "type": "t", "data": [1], "metadata": {
        "userId": 7, "tag": "x", "deep": {"a": 1}}}), headers={"Prefer": "wait=5"}).expect(200)
    node.http.post("/api/v1/events", b"\x00\x01", content_type="image/png", headers={
        "ce-specversion": "1.0", "ce-id": "b1", "ce-source": "/tests", "ce-type": "t", "ce-weirjobid": "b",
        "Prefer": "wait=5"}).expect(200)
    lines = "\n".join(json.dumps({"headers": {name.lower(): value for name, value in one.headers.items()},
                                  "body": one.body.decode()}) for one in server.deliveries)
    done = subprocess.run(["node", NODE_CLIENTS / "cloudevents_reader.mjs"], input=lines, capture_output=True,
                          text=True, timeout=60, check=False)
    equal(done.returncode, 0, done.stderr[-2000:])
    read = [json.loads(line) for line in done.stdout.split("\n") if line]
    equal([one["weirjobid"] for one in read], ["größe \"1\"", "m", "b"])
    equal((read[0]["source"], read[0]["data"]), ("my%20shop/1", {"text": "é \u2028"}))
    equal((read[1]["tag"], json.loads(read[1]["weirmetadata"])["deep"]), ("x", {"a": 1}))
    equal(read[2]["datacontenttype"], "image/png")
