"""JSONTestSuite through every way in: y_ accepted and kept byte for byte, n_ refused, i_ one verdict everywhere."""
import collections

from harness import Unanswered, corpus, equal
from ws_client import Closed, WsConnection

EVENTS = "/api/v1/events"


def head(job, identity):
    return f'{{"jobId":"{job}","type":"json","id":"{job}-{identity}","data":'.encode()


def single(node, identity, content):
    return node.http.post(EVENTS, head("single", identity) + content + b"}").status in (200, 202)


def structured(node, identity, content):
    body = (f'{{"specversion":"1.0","id":"{identity}","source":"structured","type":"json","partitionkey":"structured",'
            f'"data":').encode() + content + b"}"
    return node.http.post(EVENTS, body, content_type="application/cloudevents+json").status in (200, 202)


def binary(node, identity, content):
    headers = {"ce-specversion": "1.0", "ce-id": identity, "ce-source": "binary", "ce-type": "json",
               "ce-partitionkey": "binary"}
    return node.http.post(EVENTS, content, headers).status in (200, 202)


def batch(node, identity, content):
    body = b"[" + head("batch", identity) + content + b"}]"
    return node.http.post(EVENTS, body).status in (200, 202)


def ndjson(node, identity, content):
    if b"\n" in content or b"\r" in content:
        return None  # a line cannot hold it
    answer = node.http.post(EVENTS, head("ndjson", identity) + content + b"}\n", content_type="application/x-ndjson")
    return answer.status in (200, 202)


class Published:
    """Publishes over one connection and opens another when the server closes it."""

    def __init__(self, node):
        self._node = node
        self._connection = None

    def __call__(self, node, identity, content):
        if self._connection is None:
            self._connection = WsConnection(node.url(scheme="ws"))
        try:
            return "ok" in self._connection.publish_raw("websocket", "json", content, key=identity)
        except Closed as closed:
            assert closed.code in (4500, 4506, 1007), f"{identity}: closed with {closed.code}"
            self.close()
            return False

    def close(self):
        if self._connection is not None:
            self._connection.drop()
        self._connection = None


def suite():
    """[(file name, bytes)]; the two files of 100,000 nested arrays are refused as all others that are too deep."""
    folder = corpus("jsontestsuite", "test_parsing")
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def ways_in(run, node):
    return [("single", single), ("structured", structured), ("binary", binary), ("batch", batch), ("ndjson", ndjson),
            ("websocket", run.own(Published(node)))]


def test_every_valid_text_is_accepted_everywhere_and_kept(run):
    node = run.node()
    cases = [case for case in suite() if case[0].startswith("y_")]
    equal(len(cases), 95)
    for way, send in ways_in(run, node):
        kept = []
        for name, content in cases:
            verdict = send(node, name, content)
            if verdict is None:
                continue
            assert verdict, f"{name} was refused by {way}"
            kept.append(content.decode().strip(" \t\r\n"))
        node.wait_idle(way)
        equal([entry["data"].strip(" \t\r\n") for entry in node.history(way)], kept, f"what {way} kept")


def test_every_invalid_text_is_refused_everywhere(run):
    node = run.node()
    cases = [case for case in suite() if case[0].startswith("n_")]
    equal(len(cases), 188)
    wrong = []
    for way, send in ways_in(run, node):
        for name, content in cases:
            if way == "binary" and not content:
                continue  # an event without data
            try:
                if send(node, name, content):
                    wrong.append((way, name, content[:40]))
            except Unanswered as error:
                wrong.append((way, name, repr(error)))
    equal(wrong, [], "accepted although invalid")
    node.http.get("/readyz").expect(200)


def test_texts_that_may_go_either_way_get_one_verdict(run):
    node = run.node()
    verdicts = collections.defaultdict(dict)
    for way, send in ways_in(run, node):
        for name, content in suite():
            if name.startswith("i_"):
                verdicts[name][way] = send(node, name, content)
    torn = {name: found for name, found in verdicts.items() if len({v for v in found.values() if v is not None}) > 1}
    equal(torn, {}, "different verdicts")
    assert node.alive(), "the node ended"
    node.http.get("/readyz").expect(200)
