"""WebSocket `weir.v1.json` and SSE: positions, flow control, publishing, errors, slow readers."""
import json
import queue
import socket

import json_slices
from harness import equal, native, quote, wait_until
from sse_client import SseFollower
from ws_client import Closed, Follower, WsConnection, frame_kind

EVENTS = "/api/v1/events"


def fill(node, job, count, size=0, first=0):
    """Posts numbered events in batches of 100 and waits until they are processed."""
    pad = "x" * size
    for start in range(first, first + count, 100):
        lines = [native(job, "note", f'{{"n":{n},"pad":"{pad}"}}', id=f"{job}-e{n}")
                 for n in range(start, min(start + 100, first + count))]
        node.http.post(EVENTS, "\n".join(lines), content_type="application/x-ndjson").expect(202)
    node.wait_idle(job)


def connect(run, node, **more):
    return run.own(WsConnection(node.url(scheme="ws"), **more))


def test_connect_answers_session_and_limits(run):
    node = run.node({"node.id": "n-1"})
    client = connect(run, node)
    equal(client.subprotocol, "weir.v1.json")
    equal(client.session["node"], "n-1")
    for member in ("session", "ping", "maxFrame", "time"):
        assert member in client.session, client.session


def test_start_points_live_earliest_and_position(run):
    node = run.node()
    fill(node, "demo", 10)
    client = connect(run, node)
    live = client.ask({"op": "subscribe", "job": "demo"})
    equal((live["first"], live["last"], live.get("recovering", False)), (1, 10, False))
    earliest = connect(run, node)
    earliest.ask({"op": "subscribe", "job": "demo", "after": "earliest"})
    equal([entry["seq"] for entry in earliest.take(10)], list(range(1, 11)))
    equal(earliest.expect("live")["seq"], 10)
    position = connect(run, node)
    position.ask({"op": "subscribe", "job": "demo", "after": {"epoch": live["epoch"], "seq": 7}})
    equal([entry["seq"] for entry in position.take(3)], [8, 9, 10])
    node.send("demo", "note", '"new"')
    for each in (client, earliest, position):
        equal(each.take(1)[0]["seq"], 11)
        assert each.quiet(0.2), "something followed"


def test_history_and_live_join_without_hole_or_repetition(run):
    node = run.node()
    fill(node, "demo", 300)
    followers = []
    for n in range(300, 500):
        node.send("demo", "note", f'{{"n":{n}}}', id=f"e{n}").expect(202)
        if n % 20 == 0:
            followers.append(run.own(Follower(node, "demo", window=64)))
    for follower in followers:
        follower.wait_seq(500)
        equal([entry["seq"] for entry in follower.events()], list(range(1, 501)), follower.name)


def test_another_epoch_is_told_and_never_trusted(run):
    node = run.node()
    fill(node, "demo", 5)
    client = connect(run, node)
    answer = client.try_ask({"op": "subscribe", "job": "demo", "after": {"epoch": "other", "seq": 3}})
    if "err" in answer:
        equal(answer["err"]["code"], "epoch-changed")
        return
    ok = answer["ok"]
    equal((ok["recovering"], ok["recovered"], ok["first"], ok["last"]), (True, False, 1, 5))
    assert ok["epoch"] != "other", ok


ODD_POSITIONS = [
    {"epoch": "EPOCH", "seq": 1005}, {"epoch": "EPOCH", "seq": -1}, {"epoch": "EPOCH", "seq": 2**63},
    {"epoch": "EPOCH", "seq": 2**64}, {"epoch": "EPOCH", "seq": 2**53}, {"epoch": "EPOCH", "seq": 1e3},
    {"epoch": "EPOCH", "seq": 1.5}, {"epoch": "EPOCH", "seq": "3"}, {"epoch": "EPOCH", "seq": None},
    {"epoch": "EPOCH"}, {"seq": 3}, {"epoch": "", "seq": 3}, {"epoch": 7, "seq": 3}, {"epoch": "other", "seq": 0},
    {}, [], "", "latest", "EARLIEST", 3, True, {"since": "2h"},
]


def test_odd_websocket_positions_are_answered_and_never_silent(run):
    node = run.node()
    fill(node, "demo", 5)
    epoch = node.job("demo")["epoch"]
    for odd in ODD_POSITIONS:
        after = json.loads(json.dumps(odd).replace("EPOCH", epoch))
        client = WsConnection(node.url(scheme="ws"))
        try:
            answer = client.try_ask({"op": "subscribe", "job": "demo", "after": after})
        except Closed as closed:
            assert 4500 <= closed.code <= 4599, f"{odd}: {closed}"
            continue
        except queue.Empty:
            raise AssertionError(f"{odd}: no answer") from None
        finally:
            client.drop()
        if "err" in answer:
            assert answer["err"]["code"] in ("bad-request", "unsupported", "epoch-changed", "history-trimmed",
                                             "validation-failed"), f"{odd}: {answer}"
        elif after not in ([{"epoch": epoch, "seq": 1000.0}],):
            equal((answer["ok"]["recovering"], answer["ok"]["recovered"]), (True, False), f"{odd}")
    node.http.get("/livez").expect(200)


def test_odd_sse_positions_are_answered_and_never_silent(run):
    node = run.node()
    fill(node, "demo", 5)
    epoch = node.job("demo")["epoch"]
    odd = [f"{epoch}:1005", f"{epoch}:-1", f"{epoch}:9223372036854775808", f"{epoch}:1e3", "other:3", "x", ":", "3",
           f"{epoch}:", ":3", "c1.!!!", "x" * 3000]
    for position in odd:
        with socket.create_connection(node.address(), timeout=10) as sock:
            sock.sendall((f"GET /api/v1/stream?job=demo HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: {position}\r\n"
                          "Connection: close\r\n\r\n").encode())
            answer = b""
            while b"\r\n\r\n" not in answer or not (b" 400 " in answer[:20] or b"event: " in answer):
                piece = sock.recv(65536)
                assert piece, f"{position[:40]!r}: closed after {answer[:300]}"
                answer += piece
        if b" 200 " in answer[:20]:
            first = answer[answer.index(b"event: ") + 7:].split(b"\n")[0].strip()
            assert first in (b"reset", b"gap"), f"{position[:40]!r}: the first event is {first!r}"
        else:
            assert b" 400 " in answer[:20], answer[:80]
    node.http.get("/livez").expect(200)


def test_sse_shows_one_event_for_each_line_and_heartbeats_without_id(run):
    node = run.node()
    fill(node, "demo", 2)
    answer = b""
    with socket.create_connection(node.address(), timeout=30) as sock:
        sock.sendall(b"GET /api/v1/stream?job=demo&after=earliest HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while answer.count(b"event: note") < 2:
            answer += sock.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    lower = head.lower()
    for line in (b"content-type: text/event-stream", b"cache-control: no-store", b"x-accel-buffering: no"):
        assert line in lower, f"{line} is missing: {head}"
    assert b"retry: 3000" in body, body[:200]


def test_two_jobs_share_one_sse_stream(run):
    node = run.node()
    fill(node, "a", 3)
    fill(node, "b", 2)
    answer = b""
    with socket.create_connection(node.address(), timeout=20) as sock:
        sock.sendall(b"GET /api/v1/stream?job=a&job=b&after=earliest HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while answer.count(b"event: note") < 5 and b" 400 " not in answer[:20]:
            piece = sock.recv(65536)
            assert piece, f"closed: {answer[:300]}"
            answer += piece
    for job, count in ((b'"a"', 3), (b'"b"', 2)):
        assert answer.count(b'event: note\ndata: {"job":' + job) == count, answer


def test_the_window_limits_and_acks_refill_it(run):
    node = run.node()
    fill(node, "demo", 20)
    client = connect(run, node)
    sub = client.ask({"op": "subscribe", "job": "demo", "after": "earliest", "window": 4, "ack": "client"})["sub"]
    equal([entry["seq"] for entry in client.take(4)], [1, 2, 3, 4])
    assert client.quiet(0.4), "more than the window came without an ack"
    client.send({"op": "ack", "sub": sub, "seq": 2})
    equal([entry["seq"] for entry in client.take(2)], [5, 6])
    assert client.quiet(0.4), "more than the window came after a partial ack"
    client.send({"op": "ack", "sub": sub, "seq": 6})
    equal([entry["seq"] for entry in client.take(4)], [7, 8, 9, 10])
    client.send({"op": "ack", "sub": sub, "seq": 3})  # an old ack changes nothing
    assert client.quiet(0.3), "an old ack refilled the window"
    for upto in (10, 14, 18):
        client.send({"op": "ack", "sub": sub, "seq": upto})
        client.take(min(4, 20 - upto))
    fill(node, "demo", 10, first=20)
    client.send({"op": "ack", "sub": sub, "seq": 20})
    equal([entry["seq"] for entry in client.take(4)], [21, 22, 23, 24], "live under the same window")


def test_automatic_acks_need_no_ack(run):
    node = run.node()
    fill(node, "demo", 600)
    client = connect(run, node)
    client.ask({"op": "subscribe", "job": "demo", "after": "earliest", "ack": "auto"})
    equal([entry["seq"] for entry in client.take(600)], list(range(1, 601)))


def test_a_slow_reader_falls_back_to_the_log_and_misses_nothing(run):
    node = run.node({"websocket.send_budget": "64KiB"})
    slow = connect(run, node)
    slow.ask({"op": "subscribe", "job": "demo", "ack": "auto"})
    fast = run.own(Follower(node, "demo"))
    slow.stop_reading()
    total = run.load(6000, 2000)
    fill(node, "demo", total, size=2000)  # 12 MB: more than all buffers in between
    fast.wait_seq(total)
    slow.go_on_reading()
    equal([entry["seq"] for entry in slow.take(total, timeout=60)], list(range(1, total + 1)))
    node.send("demo", "note")
    equal(slow.take(1)[0]["seq"], total + 1, "live again")


def test_type_filters_let_only_their_types_through(run):
    node = run.node()
    client = connect(run, node)
    client.ask({"op": "subscribe", "job": "demo", "filter": [{"prefix": {"type": "item."}}]})
    exact = connect(run, node)
    exact.ask({"op": "subscribe", "job": "demo", "filter": [{"exact": {"type": "feedback.recorded"}}]})
    node.send("demo", "note").expect(202)
    node.send("demo", "item.analyzed", '{"itemId":"i","score":1}').expect(202)
    node.send("demo", "other", wait=5).expect(200)
    equal([(entry["seq"], entry["type"]) for entry in client.take(1)], [(2, "item.analyzed")])
    equal([(entry["seq"], entry["type"]) for entry in exact.take(1)], [(3, "feedback.recorded")])
    assert client.quiet(0.3) and exact.quiet(0.3), "a filtered type came through"


def test_many_subscriptions_share_one_connection(run):
    node = run.node()
    client = connect(run, node)
    subs = {client.ask({"op": "subscribe", "job": f"job-{n}"})["sub"]: f"job-{n}" for n in range(50)}
    equal(len(subs), 50)
    for n in range(50):
        node.send(f"job-{n}", "note", f'"job-{n}"').expect(202)
    seen = {}
    while len(seen) < 50:
        raw = client.receive()
        if frame_kind(raw) == "ev":
            seen[json.loads(raw)["ev"]] = json.loads(json_slices.fields(raw)["data"])
    equal(seen, subs)


def test_unsubscribe_ends_the_subscription(run):
    node = run.node()
    client = connect(run, node)
    sub = client.ask({"op": "subscribe", "job": "demo"})["sub"]
    node.send("demo", "note").expect(202)
    client.take(1)
    client.ask({"op": "unsubscribe", "sub": sub})
    node.send("demo", "note", wait=5).expect(200)
    assert client.quiet(0.3), "an event came after unsubscribe"
    equal("err" in client.try_ask({"op": "unsubscribe", "sub": sub}), True, "unsubscribing twice")
    client.ask({"op": "subscribe", "job": "demo"})


def test_publish_is_durable_ordered_and_deduplicated_by_key(run):
    node = run.node()
    client = connect(run, node)
    client.ask({"op": "subscribe", "job": "demo"})
    first = client.ask({"op": "publish", "job": "demo", "type": "note.added", "data": {"n": 1}, "key": "k1"})
    equal(first["status"], "processed")
    again = client.ask({"op": "publish", "job": "demo", "type": "note.added", "data": {"n": 1}, "key": "k1"})
    assert again.get("seq") == first.get("seq"), f"{first} then {again}"
    for n in range(2, 30):
        client.ask({"op": "publish", "job": "demo", "type": "note.added", "data": {"n": n}})
    node.restart()
    entries = node.history("demo")
    equal([json.loads(entry["data"])["n"] for entry in entries], list(range(1, 30)))


def test_publish_keeps_the_bytes(run):
    node = run.node()
    client = connect(run, node)
    client.ask({"op": "subscribe", "job": "demo"})
    data = '{"a" : 1.0,\n"b":"\\u00e9", "c":[1e300, 12345678901234567890123]}'
    client.publish_raw("demo", "note", data)
    equal(client.take(1)[0]["data"], data)
    equal(node.history("demo")[0]["data"], data)


def test_websocket_errors_have_documented_codes(run):
    node = run.node()
    client = connect(run, node)
    equal(client.try_ask({"op": "dance"})["err"]["code"], "unsupported")
    client.ask({"op": "subscribe", "job": "demo"})
    equal(client.try_ask({"op": "subscribe", "job": "demo"})["err"]["code"], "already-subscribed")
    for wrong in ({"op": "subscribe"}, {"op": "subscribe", "job": ""}, {"op": "subscribe", "job": "x" * 300},
                  {"op": "subscribe", "job": 5}, {"op": "subscribe", "job": "w", "window": -1},
                  {"op": "subscribe", "job": "f", "filter": "x"}, {"op": "publish", "job": "demo"},
                  {"op": "publish", "job": "demo", "type": ""}, {"op": "connect"}):
        error = client.try_ask(wrong)["err"]
        for member in ("code", "message", "retryable"):
            assert member in error, f"{wrong}: {error}"
    deep = client.publish_raw("demo", "t", "[" * 11 + "]" * 11)
    equal(deep["err"]["code"], "too-deep")
    client.ask({"op": "publish", "job": "demo", "type": "t", "data": 1, "unknown": {"field": True}})


def test_broken_frames_close_the_connection_with_their_code(run):
    node = run.node({"websocket.max_message": "64KiB"})
    cases = [("{", 1, {4500}), ("[]", 1, {4500}), ('{"id":1}', 1, {4500}), ("\0", 1, {4500}),
             ('{"op":"subscribe","id":-1,"job":"j"}', 1, {4500}), ("x" * 70_000, 1, {4506, 1009}),
             ("{}", 2, {4500, 1003})]
    for content, opcode, codes in cases:
        client = WsConnection(node.url(scheme="ws"))
        client.send_bytes(content.encode(), opcode)
        try:
            code = client.wait_closed(10)
        except queue.Empty:
            raise AssertionError(f"{content[:40]!r}: the connection stays open") from None
        assert code in codes, f"{content[:40]!r}: closed with {code}"
        client.drop()
    invalid = WsConnection(node.url(scheme="ws"))
    invalid.send_bytes(b'{"op":"publish","id":9,"job":"demo","type":"t","data":"\xff"}')
    equal(invalid.wait_closed(), 1007, "invalid UTF-8")
    node.http.get("/livez").expect(200)
    equal(node.history("demo"), [])


def test_the_server_pings_and_closes_who_does_not_answer(run):
    node = run.node({"websocket.ping": "1s"})
    client = connect(run, node)
    wait_until(lambda: client.pings >= 2, "two pings came", 15)
    equal(close_code_of_a_mute_client(node), 4003)
    client.ask({"op": "subscribe", "job": "demo"})


test_the_server_pings_and_closes_who_does_not_answer.deadline = 150


def close_code_of_a_mute_client(node):
    """Connects by hand and then says nothing: a library would answer the pings of the protocol by itself."""
    with socket.create_connection(node.address(), timeout=100) as sock:
        sock.sendall(b"GET /api/v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     b"Sec-WebSocket-Protocol: weir.v1.json\r\n\r\n")
        hello = b'{"op":"connect","id":1}'
        sock.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        stream = sock.makefile("rb")
        while stream.readline() != b"\r\n":
            pass
        while True:
            first, length = stream.read(2)
            if length == 126:
                length = int.from_bytes(stream.read(2), "big")
            content = stream.read(length)
            if first & 15 == 8:
                return int.from_bytes(content[:2], "big")


def test_other_subprotocols_are_not_taken(run):
    node = run.node()
    client = connect(run, node, subprotocols=("other", "weir.v1.json"))
    equal(client.subprotocol, "weir.v1.json")


def test_batched_messages_hold_whole_frames(run):
    node = run.node()
    fill(node, "demo", 50)
    node.send("demo", "note", '{"a":\n\n1}', wait=5).expect(200)
    client = connect(run, node, hello={"batch": True})
    client.ask({"op": "subscribe", "job": "demo", "after": "earliest"})
    entries = client.take(51)
    equal([entry["seq"] for entry in entries], list(range(1, 52)))
    # Newlines separate the frames of a batched message: those between the tokens of a payload become spaces.
    assert entries[-1]["data"] in ('{"a":\n\n1}', '{"a":  1}'), entries[-1]["data"]


def test_dead_letters_and_gaps_are_seen_in_the_stream(run):
    node = run.node({"processing.reorder_wait": "100ms"})
    client = connect(run, node)
    client.ask({"op": "subscribe", "job": "demo"})
    node.send("demo", "weir.demo.dead", source="s", seq=1).expect(202)
    node.send("demo", "note", source="s", seq=3).expect(202)
    dead, gap, note = client.take(3)
    equal((dead["seq"], dead["type"], dead["dead"]["code"]), (1, "weir.demo.dead", "demo"))
    equal((gap["seq"], gap["type"], gap["gap"]), (2, "weir.gap", {"source": "s", "from": 2, "to": 2}))
    equal((note["seq"], note["sourceSeq"]), (3, 3))


def test_sse_and_websocket_show_the_same_bytes(run):
    node = run.node()
    ws, sse = run.own(Follower(node, "a b/ü")), run.own(SseFollower(node, "a b/ü"))
    for n in range(50):
        node.send("a b/ü", "note", f'{{"n": {n}.0,\n  "u":"\\u0000ü"}}').expect(202)
    ws.wait_seq(50)
    sse.wait_seq(50)
    equal([entry["data"] for entry in sse.events()], [entry["data"] for entry in ws.events()])
    equal([entry["data"] for entry in node.history("a b/ü")], [entry["data"] for entry in ws.events()])
    assert quote("a b/ü") == "a%20b%2F%C3%BC"
