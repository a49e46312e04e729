"""An HTTP handler written in Python's standard library alone: the other side of [[handler]] type = "http"."""
import base64
import hashlib
import hmac
import http.server
import json
import secrets
import socket
import threading


def new_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret, identity, timestamp, body):
    """As the specification of Standard Webhooks says, with nothing of Weir in it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Delivery:
    """One request as it arrived."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body
        self.event = json.loads(body)
        self.job = self.event["weirjobid"]
        self.attempt = int(headers["Weir-Attempt"])

    def is_signed_by(self, secret):
        expected = signature(secret, self.headers["webhook-id"], self.headers["webhook-timestamp"], self.body)
        return any(hmac.compare_digest(expected, one) for one in self.headers["webhook-signature"].split(" "))


class HookServer:
    """Answers each delivery with what `answer` gives: (status, headers, body text), or None to hang up."""

    def __init__(self, answer, port=0):
        self.answer = answer
        self.deliveries = []
        self.accepted = 0
        self.in_flight = 0
        self.peak = 0
        self.lock = threading.Lock()
        self.connections = set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with outer.lock:
                    outer.accepted += 1
                    outer.connections.add(self.connection)

            def finish(self):
                with outer.lock:
                    outer.connections.discard(self.connection)
                super().finish()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                delivery = Delivery(self.path, self.headers, body)
                with outer.lock:
                    outer.deliveries.append(delivery)
                    outer.in_flight += 1
                    outer.peak = max(outer.peak, outer.in_flight)
                told = outer.answer(delivery)
                with outer.lock:
                    outer.in_flight -= 1
                if told is None:
                    self.close_connection = True
                    return
                status, headers, text = told
                content = text.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a connection that ends in the middle is what some tests do

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def of(self, job):
        with self.lock:
            return [one for one in self.deliveries if one.job == job]

    def close(self):
        """Stops listening and ends all connections, as a killed process would."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self.lock:
            open_now = list(self.connections)
        for connection in open_now:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it ended by itself
