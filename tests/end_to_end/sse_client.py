"""An SSE client that resumes with Last-Event-ID, as a browser does."""
import http.client
import json
import socket
import threading

import json_slices
from harness import Unanswered, quote, wait_until


def read_events(response):
    """Yields (id or None, event name, data) as the SSE specification parses them, until the stream ends."""
    last_id, name, lines = None, "message", []
    while True:
        line = response.readline()
        if not line:
            return
        text = line.decode("utf-8").rstrip("\n").rstrip("\r")
        if text == "":
            if lines:
                yield last_id, name, "\n".join(lines)
            last_id, name, lines = None, "message", []
            continue
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            lines.append(value)
        elif field == "event":
            name = value
        elif field == "id":
            last_id = value


class SseFollower:
    """Follows one job; `saw` has the same form as that of the WebSocket follower."""

    def __init__(self, node, job, after="earliest", name=None, headers=None):
        self.job = job
        self.name = name or f"sse {job}"
        self.saw = []
        self.ids = []
        self.last = 0
        self.comments = 0
        self.failure = None
        self._node = node
        self._after = after
        self._headers = headers or {}
        self._position = None
        self._stop = threading.Event()
        self._socket = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            try:
                self._session()
            except (OSError, http.client.HTTPException, Unanswered) as error:
                self.saw.append({"what": "drop", "why": repr(error)})
            except Exception as error:  # pylint: disable=broad-except
                self.failure = error
                return
            self._stop.wait(0.05)

    def _session(self):
        connection = http.client.HTTPConnection(*self._node.address(), timeout=60)
        path = f"/api/v1/stream?job={quote(self.job)}"
        headers = {"Accept": "text/event-stream", **self._headers}
        if self._position is not None:
            headers["Last-Event-ID"] = self._position
        elif self._after is not None:
            path += f"&after={quote(self._after)}"
        try:
            connection.request("GET", path, headers=headers)
            self._socket = connection.sock
            response = connection.getresponse()
            if response.status == 503:
                raise Unanswered("the node is starting or stopping")
            assert response.status == 200, f"stream answered {response.status}: {response.read()[:300]}"
            kind = response.headers["Content-Type"].split(";")[0]
            assert kind == "text/event-stream", kind
            for identity, event, text in read_events(response):
                self._take(identity, event, text)
        finally:
            self._socket = None
            connection.close()

    def _take(self, identity, event, text):
        if event in ("heartbeat", "live"):
            return
        if event in ("gap", "reset"):
            # Last-Event-ID follows a gap too: what was told missing is not asked for again.
            decoded = json.loads(text)
            self.saw.append({"what": "gap", "reason": event, **{key: decoded.get(key) for key in ("from", "to")}})
        else:
            entry = json_slices.entry(text)
            if entry.get("seq") is None:
                return
            assert entry["job"] == self.job, f"a frame of job {entry['job']} in the stream of {self.job}"
            assert event == entry["type"], f"event name {event} of a frame of type {entry['type']}"
            assert identity is not None, f"no id on {text[:200]}"
            epoch, _, number = identity.rpartition(":")
            assert number == str(entry["seq"]), f"id {identity} of seq {entry['seq']}"
            if not self.saw or self.saw[0].get("what") != "subscribed":
                start = 0 if self._after == "earliest" else entry["seq"] - 1
                self.saw.insert(0, {"what": "subscribed", "epoch": epoch, "from": start})
            self.saw.append({"what": "event", "entry": entry})
            self.last = entry["seq"]
            self.ids.append(identity)
        if identity is not None:
            self._position = identity

    def drop(self):
        held = self._socket
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it ended by itself at the same moment

    def wait_seq(self, seq, deadline=60.0):
        wait_until(lambda: self.last >= seq or self.failure, f"{self.name} sees seq {seq}, last {self.last}", deadline)
        if self.failure:
            raise self.failure

    def events(self):
        return [item["entry"] for item in self.saw if item["what"] == "event"]

    def close(self):
        self._stop.set()
        self.drop()
        self._thread.join(30)

    def account(self):
        return {"name": self.name, "job": self.job, "saw": list(self.saw)}
