"""Who may come in: bearer tokens, origins, hosts, and the admin listener's refusal to be public without a token."""
import json

from harness import Http, equal, native
from ws_client import Closed, Refused, WsConnection

WEB = "web-token-0123456789abcdef0123456789"
OPS = "ops-token-0123456789abcdef0123456789"


def guarded(run):
    return run.node({"http.tokens": json.dumps([{"name": "web", "token": WEB}]),
                     "admin.tokens": json.dumps([{"name": "ops", "token": OPS}])})


def test_the_public_listener_asks_for_its_token(run):
    node = guarded(run)
    body = native("demo", "note", "1")
    node.http.post("/api/v1/events", body).problem(401, "unauthenticated")
    assert node.http.post("/api/v1/events", body).header("WWW-Authenticate", "").startswith("Bearer")
    for wrong in (OPS, "x", WEB[:-1], WEB + "x", ""):
        Http(node.address, token=wrong).post("/api/v1/events", body).problem(401, "unauthenticated")
    for path in ("/api/v1/jobs/demo", "/api/v1/jobs/demo/events", "/api/v1/records/feedback", "/api/v1/events/x",
                 "/api/v1/stream?job=demo"):
        node.http.get(path).problem(401, "unauthenticated")
    node.http.get("/api/v1/jobs/demo?access_token=" + WEB).problem(401, "unauthenticated")
    caller = Http(node.address, token=WEB)
    caller.post("/api/v1/events", body, {"Prefer": "wait=5"}).expect(200)
    equal(caller.get("/api/v1/jobs/demo").expect(200).json()["lastSeq"], 1)
    for path in ("/livez", "/readyz", "/health"):
        node.http.get(path).expect(200)


def test_the_admin_listener_asks_for_its_own_token(run):
    node = guarded(run)
    for path in ("/admin/api/v1/overview", "/admin/api/v1/actors", "/admin/api/v1/dead-letters"):
        node.admin.get(path).problem(401, "unauthenticated")
        Http(lambda: node.address("admin"), token=WEB).get(path).problem(401, "unauthenticated")
        Http(lambda: node.address("admin"), token=OPS).get(path).expect(200)
    node.admin_post("jobs/demo:pause").problem(401, "unauthenticated")


def test_a_websocket_needs_the_token_in_the_header_or_in_connect(run):
    node = guarded(run)
    by_header = WsConnection(node.url(scheme="ws"), token=WEB)
    by_header.ask({"op": "subscribe", "job": "demo"})
    by_header.close()
    by_frame = WsConnection(node.url(scheme="ws"), connect=False)
    by_frame.ask({"op": "connect", "token": WEB})
    by_frame.ask({"op": "subscribe", "job": "demo"})
    by_frame.close()
    try:
        wrong = WsConnection(node.url(scheme="ws"), connect=False)
    except Refused as refused:
        assert refused.status in (401, 403), refused
        return
    try:
        answer = wrong.try_ask({"op": "connect", "token": "wrong"})
        equal(answer["err"]["code"], "unauthenticated")
    except Closed:
        pass  # the close code below is the answer
    equal(wrong.wait_closed(), 4501)
    silent = WsConnection(node.url(scheme="ws"), connect=False)
    try:
        answer = silent.try_ask({"op": "subscribe", "job": "demo"})
        equal(answer["err"]["code"], "unauthenticated")
    except Closed as closed:
        assert 4500 <= closed.code < 4600, closed


def test_secrets_are_never_written_down(run):
    node = guarded(run)
    Http(node.address, token=WEB).post("/api/v1/events", native("demo", "note", "1"), {"Prefer": "wait=5"}).expect(200)
    Http(node.address, token="wrong-secret-canary").get("/api/v1/jobs/demo").expect(401)
    operator = Http(lambda: node.address("admin"), token=OPS)
    told = operator.get("/admin/api/v1/overview").text + operator.get("/metrics").text + node.http.get("/health").text
    node.terminate()
    written = told + node.logs[0].read_text(errors="replace")
    for secret in (WEB, OPS, "wrong-secret-canary"):
        assert secret not in written, f"{secret} is shown"


def test_a_public_admin_address_without_a_token_is_refused(run):
    node = run.node(start=False)
    node._ports = ("127.0.0.1:0", "0.0.0.0:0")
    node.launch()
    equal(node.wait_exit(), 78, "exit code")
    assert "admin.tokens" in node.log_tail(), node.log_tail()
    node.options["admin.tokens"] = json.dumps([{"name": "ops", "token": OPS}])
    node.start()
    Http(lambda: ("127.0.0.1", node.address("admin")[1]), token=OPS).get("/admin/api/v1/overview").expect(200)


def test_foreign_origins_are_refused(run):
    node = run.node({"http.allowed_origins": json.dumps(["https://app.example.com"])})
    for origin in ("https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com"):
        try:
            WsConnection(node.url(scheme="ws"), origin=origin).close()
        except Refused as refused:
            equal(refused.status, 403, origin)
        else:
            raise AssertionError(f"origin {origin} was let in")
    WsConnection(node.url(scheme="ws"), origin="https://app.example.com").close()
    WsConnection(node.url(scheme="ws")).close()


def test_pages_of_the_same_host_may_connect(run):
    node = run.node()
    WsConnection(node.url(scheme="ws"), origin=node.url()).close()
    try:
        WsConnection(node.url(scheme="ws"), origin="http://other.example").close()
    except Refused as refused:
        equal(refused.status, 403)
    else:
        raise AssertionError("a foreign page was let in")


def test_a_foreign_host_header_is_refused_on_loopback(run):
    node = run.node()
    for client, path in ((node.http, "/api/v1/jobs/demo"), (node.admin, "/admin/api/v1/overview")):
        answer = client.get(path, {"Host": "rebound.example"})
        assert answer.status in (400, 403, 421), f"Host rebound.example answered {answer.status}"


def test_admin_writes_from_a_foreign_page_are_refused(run):
    node = run.node()
    node.send("demo", "note", wait=5).expect(200)
    path = "/admin/api/v1/jobs/demo:pause"
    node.admin.post(path, "{}", {"Sec-Fetch-Site": "cross-site"}).problem(403)
    answer = node.admin.post(path, "a=b", content_type="application/x-www-form-urlencoded")
    answer.problem(answer.expect(400, 403, 415).status)
    node.admin.get(path).expect(404, 405)
    assert node.job("demo")["state"] != "paused", "the job was paused"
    node.admin.post(path, "{}", {"Sec-Fetch-Site": "same-origin"}).expect(200)
    equal(node.job("demo")["state"], "paused")
