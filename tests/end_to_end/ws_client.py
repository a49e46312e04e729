"""WebSocket clients on python3-websockets: one connection, and a follower that resumes by epoch and seq."""
import asyncio
import concurrent.futures
import json
import queue
import threading
import time

import websockets
from websockets.legacy.client import connect as open_websocket

import json_slices
from harness import Unanswered, wait_until

_loop = None
_loop_lock = threading.Lock()


def loop():
    """The one event loop of this process, on a thread of its own."""
    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="websockets", daemon=True).start()
        return _loop


KINDS = ("ev", "re", "ping", "live", "gap", "closed", "bye")


def frame_kind(raw):
    """Which of the server's frames this is."""
    start = raw[2:raw.find('"', 2)]
    if start in KINDS:
        return start
    present = json_slices.fields(raw)
    return next((kind for kind in KINDS if kind in present), None)


def _wait(coroutine, timeout=20.0):
    future = asyncio.run_coroutine_threadsafe(coroutine, loop())
    try:
        return future.result(timeout)
    except concurrent.futures.TimeoutError:
        future.cancel()
        raise


class Closed(Exception):
    """The connection ended; carries the close code and reason."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed {code} {reason}")
        self.code = code
        self.reason = reason


class Refused(Exception):
    """The upgrade was answered with another status than 101."""

    def __init__(self, status):
        super().__init__(f"upgrade answered {status}")
        self.status = status


class TryLater(Exception):
    """The answer is an error that the node calls retryable: it may be starting or stopping."""


class WsConnection:
    """One `weir.v1.json` connection. Pings of the server are answered here; everything else comes from `receive`."""

    def __init__(self, url, token=None, headers=None, connect=True, subprotocols=("weir.v1.json",), origin=None,
                 hello=None):
        self.pings = 0
        self.session = None
        self._queue = queue.Queue()
        self._numbers = iter(range(1, 1 << 30))
        self._stash = []
        more = dict(headers or {})
        if token is not None:
            more["Authorization"] = f"Bearer {token}"
        self._socket = _wait(self._open(url, list(subprotocols), more, origin))
        self.subprotocol = self._socket.subprotocol
        self._reading = threading.Event()
        asyncio.run_coroutine_threadsafe(self._prepare(), loop()).result(10)
        if connect:
            self._greet(hello or {})

    def _greet(self, hello):
        try:
            self.session = self.ask({"op": "connect", "client": {"name": "tests", "version": "1"}, **hello})
        except BaseException:
            self.drop()
            raise

    @staticmethod
    async def _open(url, subprotocols, headers, origin):
        try:
            return await open_websocket(url + "/api/v1/ws", subprotocols=subprotocols or None, extra_headers=headers,
                                        origin=origin, max_size=None, max_queue=16, ping_interval=None,
                                        compression=None, close_timeout=5, open_timeout=10)
        except websockets.exceptions.InvalidStatusCode as error:
            raise Refused(error.status_code) from error

    async def _prepare(self):
        self._gate = asyncio.Event()
        self._gate.set()
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self):
        try:
            while True:
                await self._gate.wait()
                message = await self._socket.recv()
                for raw in json_slices.objects(message):
                    if frame_kind(raw) == "ping":
                        self.pings += 1
                        await self._socket.send('{"pong":1}')
                    else:
                        self._queue.put(raw)
        except websockets.exceptions.ConnectionClosed as error:
            received = error.rcvd
            self._queue.put(Closed(received.code if received else 1006, received.reason if received else ""))
        except (OSError, ValueError) as error:
            self._queue.put(Closed(1006, repr(error)))

    def stop_reading(self):
        loop().call_soon_threadsafe(self._gate.clear)

    def go_on_reading(self):
        loop().call_soon_threadsafe(self._gate.set)

    def send(self, message):
        """An object, or text as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        try:
            _wait(self._socket.send(text))
        except websockets.exceptions.ConnectionClosed as error:
            raise Closed(error.rcvd.code if error.rcvd else 1006) from error

    def send_bytes(self, content, opcode=1):
        """A frame with these bytes, also such that are no text."""
        try:
            _wait(self._socket.write_frame(True, opcode, content))
        except websockets.exceptions.ConnectionClosed as error:
            raise Closed(error.rcvd.code if error.rcvd else 1006) from error

    def receive(self, timeout=20.0):
        """The next frame as raw text. @raises Closed, queue.Empty"""
        if self._stash:
            return self._stash.pop(0)
        return self._next(timeout)

    def _next(self, timeout):
        found = self._queue.get(timeout=max(timeout, 0.001))
        if isinstance(found, Closed):
            self._queue.put(found)
            raise found
        return found

    def reply(self, number, timeout=20.0):
        """The reply to request `number`, decoded; frames before it stay to be received."""
        end = time.monotonic() + timeout
        while True:
            raw = self._next(end - time.monotonic())
            if frame_kind(raw) == "re":
                decoded = json.loads(raw)
                if decoded["re"] == number:
                    return decoded
            self._stash.append(raw)

    def ask(self, message, timeout=20.0):
        """Sends a request and answers its `ok`; an error fails."""
        answer = self.try_ask(message, timeout)
        assert "ok" in answer, f"{message} was answered {answer}"
        return answer["ok"]

    def try_ask(self, message, timeout=20.0):
        number = next(self._numbers)
        self.send({**message, "id": number} if "op" in message else message)
        return self.reply(number, timeout)

    def publish_raw(self, job, kind, data, **more):
        """Publishes with `data` as raw text, also such that is no JSON. Answers the reply."""
        number = next(self._numbers)
        head = json.dumps({"op": "publish", "id": number, "job": job, "type": kind, **more})[:-1]
        content = data if isinstance(data, bytes) else data.encode("utf-8")
        self.send_bytes(head.encode("utf-8") + b',"data":' + content + b"}")
        return self.reply(number)

    def take(self, count, timeout=30.0):
        """The next `count` event frames as `json_slices.entry`; other frames are skipped."""
        found = []
        end = time.monotonic() + timeout
        while len(found) < count:
            try:
                raw = self.receive(end - time.monotonic())
            except queue.Empty:
                raise AssertionError(f"{len(found)} of {count} events came: {found}") from None
            if frame_kind(raw) == "ev":
                found.append(json_slices.entry(raw))
        return found

    def expect(self, key, timeout=20.0):
        """The next frame that has this key, decoded; others are skipped."""
        end = time.monotonic() + timeout
        while True:
            decoded = json.loads(self.receive(end - time.monotonic()))
            if key in decoded:
                return decoded

    def quiet(self, seconds):
        """True when no frame comes for this long."""
        try:
            raw = self.receive(seconds)
        except queue.Empty:
            return True
        self._stash.insert(0, raw)
        return False

    def wait_closed(self, timeout=20.0):
        """The close code the server gave; frames before it are skipped."""
        end = time.monotonic() + timeout
        while True:
            try:
                self.receive(end - time.monotonic())
            except Closed as closed:
                return closed.code

    def drop(self):
        """Ends the connection without a word."""
        async def cut():
            self._reader.cancel()
            if self._socket.transport is not None:
                self._socket.transport.abort()
            # It may be waiting for room in the queue that nobody reads any more.
            self._socket.transfer_data_task.cancel()
            await asyncio.wait([self._socket.close_connection_task], timeout=5)
        _wait(cut())

    def close(self):
        async def end():
            self._gate.set()
            await self._socket.close()
            self._reader.cancel()
        try:
            _wait(end(), 10)
        except (OSError, concurrent.futures.TimeoutError):
            self.drop()


class Follower:
    """Follows one job for good: reconnects and resumes with the last (epoch, seq), and writes down all it saw.

    `saw` is what the history checker reads: {"what": "subscribed" | "event" | "gap" | "live" | "drop" | "closed"}.
    """

    def __init__(self, node, job, after="earliest", window=256, name=None, ack_every=16, hello=None):
        self.job = job
        self.name = name or f"ws {job}"
        self.saw = []
        self.last = 0
        self.epoch = None
        self.failure = None
        self._node = node
        self._after = after
        self._window = window
        self._ack_every = ack_every
        self._hello = hello
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._connection = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def _note(self, **what):
        with self._changed:
            self.saw.append(what)
            if what["what"] == "event":
                self.last = what["entry"]["seq"]
            elif what["what"] == "subscribed":
                self.epoch = what["epoch"]
                if self._after is None:
                    self.last = what["from"]
            self._changed.notify_all()

    def _run(self):
        while not self._stop.is_set():
            try:
                self._session()
            except (Closed, Refused, TryLater, Unanswered, OSError, queue.Empty, websockets.exceptions.WebSocketException,
                    asyncio.TimeoutError, concurrent.futures.TimeoutError) as error:
                self._note(what="drop", why=repr(error))
                self._stop.wait(0.05)
            except Exception as error:  # pylint: disable=broad-except
                self.failure = error
                self._note(what="drop", why=repr(error))
                return

    def _session(self):
        connection = WsConnection(self._node.url(scheme="ws"), hello=self._hello)
        self._connection = connection
        try:
            request = {"op": "subscribe", "job": self.job, "window": self._window, "ack": "client"}
            if self.epoch is not None:
                request["after"] = {"epoch": self.epoch, "seq": self.last}
            elif self._after is not None:
                request["after"] = self._after
            answer = connection.try_ask(request)
            if answer.get("err", {}).get("retryable"):
                raise TryLater(answer)
            assert "ok" in answer, f"{request} was answered {answer}"
            ok = answer["ok"]
            start = self.last if self.epoch is not None else {"earliest": 0}.get(self._after, ok["last"])
            self._note(what="subscribed", **{key: ok.get(key) for key in
                                             ("epoch", "first", "last", "recovering", "recovered")}, **{"from": start})
            self._listen(connection, ok["sub"])
        finally:
            self._connection = None
            connection.drop()

    def _listen(self, connection, sub):
        unacked = 0
        while not self._stop.is_set():
            try:
                raw = connection.receive(0.5)
            except queue.Empty:
                if unacked:
                    connection.send({"op": "ack", "sub": sub, "seq": self.last})
                    unacked = 0
                continue
            if frame_kind(raw) == "ev":
                self._note(what="event", entry=json_slices.entry(raw))
                unacked += 1
                if unacked >= self._ack_every:
                    connection.send({"op": "ack", "sub": sub, "seq": self.last})
                    unacked = 0
                continue
            decoded = json.loads(raw)
            if "gap" in decoded:
                self._note(what="gap", **{key: decoded[key] for key in ("from", "to", "reason")})
            elif "live" in decoded:
                self._note(what="live", seq=decoded["seq"])
            elif "closed" in decoded:
                self._note(what="closed", code=decoded["code"])
                return

    def drop(self):
        """Cuts the connection, as a network does; the follower comes back by itself."""
        connection = self._connection
        if connection is not None:
            connection.drop()
            connection._queue.put(Closed(1006, "dropped by the test"))

    def wait_seq(self, seq, deadline=60.0):
        wait_until(lambda: self.last >= seq or self.failure, f"{self.name} sees seq {seq}, last {self.last}", deadline)
        if self.failure:
            raise self.failure

    def events(self):
        return [item["entry"] for item in self.saw if item["what"] == "event"]

    def close(self):
        self._stop.set()
        self._thread.join(30)

    def account(self):
        """For the history checker."""
        return {"name": self.name, "job": self.job, "saw": list(self.saw)}
