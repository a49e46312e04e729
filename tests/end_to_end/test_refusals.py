"""Every provoked refusal is problem+json with the documented members, and the node goes on."""
import socket

from harness import equal, native

EVENTS = "/api/v1/events"


def test_wrong_requests_are_refused_with_their_code(run):
    node = run.node()
    big = native("demo", "note", '"' + "x" * (1 << 20) + '"')
    cases = [
        ("not JSON", 400, "malformed-json", EVENTS, "{", "application/json"),
        ("empty body", 400, None, EVENTS, "", "application/json"),
        ("invalid UTF-8", 400, "malformed-json", EVENTS, b'{"jobId":"demo","type":"t","data":"\xff"}',
         "application/json"),
        ("a NUL byte", 400, "malformed-json", EVENTS, b'{"jobId":"demo","type":"t","data":1}\0{"a":1}',
         "application/json"),
        ("no type", 422, "validation-failed", EVENTS, '{"jobId":"demo","data":1}', "application/json"),
        ("type is a number", 422, "validation-failed", EVENTS, '{"jobId":"demo","type":5,"data":1}',
         "application/json"),
        ("empty type", 422, "validation-failed", EVENTS, '{"jobId":"demo","type":"","data":1}', "application/json"),
        ("no job", 422, "no-job", EVENTS, '{"type":"t","data":1}', "application/json"),
        ("too deep", 422, "too-deep", EVENTS, native("demo", "t", "[" * 11 + "]" * 11), "application/json"),
        ("very deep", 422, "too-deep", EVENTS, native("demo", "t", "[" * 100_000), "application/json"),
        ("a key twice", 400, "duplicate-key", EVENTS, '{"jobId":"demo","type":"t","type":"u","data":1}',
         "application/json"),
        ("too large", 413, "too-large", EVENTS, big, "application/json"),
        ("another media type", 415, "unsupported-media-type", EVENTS, "a=b", "application/x-www-form-urlencoded"),
        ("a negative seq", 422, "validation-failed", EVENTS, '{"jobId":"demo","type":"t","seq":-1,"data":1}',
         "application/json"),
        ("a wrong time", 422, "validation-failed", EVENTS, '{"jobId":"demo","type":"t","time":"yesterday","data":1}',
         "application/json"),
    ]
    for what, status, code, path, body, kind in cases:
        answer = node.http.post(path, body, content_type=kind)
        try:
            problem = answer.problem(status, code)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from error
        equal(problem["retryable"], False, f"{what}: retryable")
        _tells_nothing(answer.text)
    node.http.get("/api/v1/jobs/demo").problem(404, "job-not-found")


def _tells_nothing(text):
    for secret in ("/work/", "/tmp/", ".cpp", ".hpp", "std::", "terminate", "rocksdb"):
        assert secret not in text, f"the answer shows {secret!r}: {text}"


def test_unknown_things_are_404_and_wrong_methods_405(run):
    node = run.node()
    for path, code in (("/api/v1/nothing", "not-found"), ("/api/v1/events/unknown", None),
                       ("/api/v1/jobs/unknown", "job-not-found"), ("/api/v1/records/feedback/unknown", None),
                       ("/", None), ("/admin/api/v1/overview", None), ("/metrics", None)):
        node.http.get(path).problem(404, code)
    for method, path in (("PUT", EVENTS), ("DELETE", "/api/v1/jobs/demo"), ("POST", "/readyz"), ("PATCH", EVENTS)):
        answer = node.http.request(method, path, body="{}", headers={"Content-Type": "application/json"})
        answer.problem(405, "method-not-allowed")
        assert answer.header("Allow"), f"{method} {path}: no Allow"
    node.admin.get("/admin/api/v1/nothing").problem(404)
    node.admin.get("/admin/api/v1/actors/job:unknown").problem(404)
    node.admin.get("/admin/api/v1/dead-letters/dl_0").problem(404)
    node.admin_post("jobs/unknown:pause").problem(404, "job-not-found")


def test_wrong_queries_are_400(run):
    node = run.node()
    node.send("demo", "note", wait=5).expect(200)
    for query in ("after=x", "after=-1", "after=1e3", "after=9223372036854775808", "after=99999999999999999999999",
                  "limit=0", "limit=501", "limit=x", "limit=-1"):
        node.http.get(f"/api/v1/jobs/demo/events?{query}").problem(400)
    for query in ("cursor=!!!", "cursor=AAAA", "limit=0", "limit=9999"):
        node.http.get(f"/api/v1/records/feedback?{query}").problem(400)
        node.admin.get(f"/admin/api/v1/dead-letters?{query}").problem(400)
    equal(node.http.get("/api/v1/jobs/demo/events?after=1000").expect(200).json()["data"], [], "behind the end")
    node.http.get("/api/v1/stream").problem(400)
    answer = node.http.get("/api/v1/ws")
    assert answer.status in (400, 426), answer.status
    answer.problem(answer.status)


def _raw(node, request):
    with socket.create_connection(node.address(), timeout=10) as sock:
        sock.sendall(request)
        content = b""
        while True:
            try:
                piece = sock.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            content += piece
    return content


def test_oversized_heads_are_refused(run):
    node = run.node()
    long_target = _raw(node, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert long_target.startswith((b"HTTP/1.1 414", b"HTTP/1.1 431")), long_target[:80]
    large_head = _raw(node, b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: " + b"a" * 20000 +
                      b"\r\n\r\n")
    assert large_head.startswith(b"HTTP/1.1 431"), large_head[:80]
    many = b"".join(b"X-%d: a\r\n" % n for n in range(300))
    answer = _raw(node, b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + many + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431"), answer[:80]
    node.http.get("/livez").expect(200)


def test_a_body_announced_too_large_is_refused_before_it_is_sent(run):
    node = run.node()
    answer = _raw(node, b"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 99999999999\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413"), answer[:80]


def test_compressed_bodies_are_415(run):
    node = run.node()
    node.http.post(EVENTS, b"\x1f\x8b\x08\0\0", {"Content-Encoding": "gzip"}).problem(415)


def test_kept_connections_survive_refusals(run):
    node = run.node()
    for _ in range(20):
        node.http.post(EVENTS, "{").problem(400)
        node.send("demo", "note").expect(202)
    equal(node.wait_idle("demo")["lastSeq"], 20)
