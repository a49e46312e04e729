"""Starts the real binary, speaks to it, and always cleans up. Nothing here knows how Weir works inside."""
import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

import json_slices

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
CORPORA = CHECKOUT.parent / "shared" / "corpora"
NODE_CLIENTS = HERE / "node_clients"


class Skip(Exception):
    """The test cannot run here; the text says why."""


class Unanswered(Exception):
    """The request may or may not have arrived: no complete answer came back."""


def wait_until(condition, what, deadline=20.0, every=0.02):
    """Returns the first true answer of `condition`; fails after `deadline` seconds."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise AssertionError(f"not within {deadline} s: {what}")
        pause.wait(every)


def quote(segment):
    return urllib.parse.quote(str(segment), safe="")


def equal(actual, expected, what="value"):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.text)

    def raw(self):
        """Key -> raw text of the answered object."""
        return json_slices.fields(self.text)

    def header(self, name, default=None):
        return self.headers.get(name, default)

    def expect(self, *statuses):
        assert self.status in statuses, f"expected status {statuses}, got {self.status}: {self.text[:600]}"
        return self

    def problem(self, status, code=None):
        """Asserts the shape of RFC 9457 as Weir promises it."""
        self.expect(status)
        kind = self.header("Content-Type", "")
        assert kind.split(";")[0].strip() == "application/problem+json", f"content type {kind!r} of {self.text[:300]}"
        body = self.json()
        for member in ("type", "title", "status", "code", "detail"):
            assert member in body, f"problem lacks {member}: {body}"
        equal(body["status"], status, "status in the problem body")
        assert isinstance(body["retryable"], bool), body
        if code is not None:
            equal(body["code"], code, "problem code")
        return body


class Http:
    """HTTP/1.1 with one kept-alive connection per thread. `where` answers (host, port) at each connect."""

    def __init__(self, where, token=None, timeout=20.0):
        self._where = where
        self._token = token
        self._timeout = timeout
        self._local = threading.local()

    def request(self, method, path, body=None, headers=None):
        """@raises Unanswered when no complete answer came; then nobody knows what happened."""
        all_headers = dict(headers or {})
        if self._token is not None:
            all_headers.setdefault("Authorization", f"Bearer {self._token}")
        if isinstance(body, str):
            body = body.encode("utf-8")
        address = self._where()
        kept = getattr(self._local, "kept", None)
        if kept is not None and kept[0] == address:
            try:
                return self._exchange(kept[1], method, path, body, all_headers)
            except (OSError, http.client.HTTPException) as error:
                self._forget()
                # A connection that was kept may have been closed while idle. Only what changes nothing is asked again.
                if method not in ("GET", "HEAD"):
                    raise Unanswered(f"{method} {path}: {error!r}") from error
        try:
            connection = http.client.HTTPConnection(*address, timeout=self._timeout)
            self._local.kept = (address, connection)
            return self._exchange(connection, method, path, body, all_headers)
        except (OSError, http.client.HTTPException) as error:
            self._forget()
            raise Unanswered(f"{method} {path}: {error!r}") from error

    def _exchange(self, connection, method, path, body, headers):
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read()
        answer = Answer(response.status, response.headers, content)
        if response.will_close:
            self._forget()
        return answer

    def _forget(self):
        kept = getattr(self._local, "kept", None)
        if kept is not None:
            kept[1].close()
        self._local.kept = None

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def post(self, path, body=b"", headers=None, content_type="application/json"):
        sent = {"Content-Type": content_type} if content_type else {}
        sent.update(headers or {})
        return self.request("POST", path, body=body, headers=sent)


def native(job, kind, data="{}", **envelope):
    """One native event as text; `data` is raw JSON and stays as it is."""
    head = {"jobId": job, "type": kind, **{key: value for key, value in envelope.items() if value is not None}}
    text = json.dumps(head)[:-1]
    return text + "}" if data is None else f'{text},"data":{data}}}'


def free_address():
    """A free port below the range that the kernel gives to clients, so that nobody takes it while a node is down."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return f"127.0.0.1:{port}"


class Node:
    """One data folder and the process that serves it, over any number of restarts."""

    def __init__(self, binary, directory, options=None, keep_ports=False):
        self.binary = binary
        self.folder = pathlib.Path(directory)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.options = {"processing.handlers_demo": "true", **(options or {})}
        self.environment = {}  # of the process, beside that of the tests
        self.logs = []
        self.endpoints = None
        self._ports = (free_address(), free_address()) if keep_ports else ("127.0.0.1:0", "127.0.0.1:0")
        self._process = None
        self.log_folder = self.folder.parent  # elsewhere when the disk of the folder is what fails
        self.http = Http(lambda: self.address("http"))
        self.admin = Http(lambda: self.address("admin"))

    # -- life ------------------------------------------------------------------

    def command(self):
        line = [str(self.binary), "serve", "--node.data_dir", str(self.folder), "--http.listen", self._ports[0],
                "--admin.listen", self._ports[1]]
        for key, value in self.options.items():
            line += [f"--{key}", str(value)]
        return line

    def launch(self):
        """Starts the process without waiting for it to be ready."""
        log = self.log_folder / f"{self.folder.name}-{len(self.logs) + 1}.log"
        self.logs.append(log)
        with open(log, "wb") as out:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=out,
                                             stderr=subprocess.STDOUT, env={**os.environ, **(self.environment or {})})
        self.endpoints = None

    def start(self, deadline=30.0):
        self.launch()
        self.wait_ready(deadline)
        return self

    def wait_ready(self, deadline=30.0):
        self.endpoints = wait_until(self._published, f"{self.folder}/endpoints.json of this process", deadline)
        wait_until(self._answers_ready, "readyz answers 200", deadline)

    def wait_ready_or_ended(self, deadline=30.0):
        """Answers the exit code, or None when it serves: for a node that is to die of itself."""
        def settled():
            if self._process.poll() is not None:
                return True
            self.endpoints = self._own_endpoints()
            return self.endpoints is not None and self._answers_ready()
        wait_until(settled, "the node serves or has ended", deadline)
        if self._process.poll() is not None:
            self.endpoints = None
        return self._process.poll()

    def _published(self):
        code = self._process.poll()
        if code is not None:
            raise AssertionError(f"the node ended with {code} before it was ready:\n{self.log_tail()}")
        return self._own_endpoints()

    def _own_endpoints(self):
        try:
            found = json.loads((self.folder / "endpoints.json").read_text())
        except FileNotFoundError:
            return None
        return found if found["pid"] == self._process.pid else None

    def _answers_ready(self):
        with contextlib.suppress(Unanswered):
            return self.http.get("/readyz").status == 200
        return False

    def kill9(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.endpoints = None

    def terminate(self, deadline=20.0):
        """SIGTERM; answers the exit code."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(deadline)
        self.endpoints = None
        return code

    def end_sound(self):
        """SIGTERM; the node leaves in order, and `weir verify` finds nothing wrong with what it leaves."""
        equal(self.terminate(), 0, "exit code")
        verified = subprocess.run([self.binary, "verify", "--data", self.folder], capture_output=True, text=True,
                                  timeout=120, check=False)
        equal(verified.returncode, 0, f"weir verify: {verified.stdout[-800:]}{verified.stderr[-800:]}")

    def wait_exit(self, deadline=20.0):
        code = self._process.wait(deadline)
        self.endpoints = None
        return code

    def restart(self):
        self.kill9()
        return self.start()

    def close(self):
        self.reap()

    def exit_code(self):
        """None while it runs; the negative number of the signal that killed it."""
        return self._process.poll()

    def alive(self):
        return self._process is not None and self._process.poll() is None

    def reap(self):
        if self.alive():
            self._process.kill()
        if self._process is not None:
            self._process.wait()

    @property
    def pid(self):
        return self._process.pid

    # -- where -----------------------------------------------------------------

    def address(self, listener="http"):
        """(host, port); raises Unanswered while the node is down, as a refused connection would."""
        known = self.endpoints
        if known is None:
            raise Unanswered("the node is down")
        url = urllib.parse.urlsplit(known[listener])
        return url.hostname, url.port

    def url(self, listener="http", scheme="http"):
        host, port = self.address(listener)
        return f"{scheme}://{host}:{port}"

    def log_tail(self, lines=25):
        if not self.logs:
            return ""
        return "\n".join(self.logs[-1].read_text(errors="replace").splitlines()[-lines:])

    # -- questions that many tests ask -------------------------------------------

    def send(self, job, kind, data="{}", wait=None, headers=None, **envelope):
        """Posts one native event."""
        more = dict(headers or {})
        if wait:
            more["Prefer"] = f"wait={wait}"
        return self.http.post("/api/v1/events", native(job, kind, data, **envelope), headers=more)

    def job(self, job):
        return self.http.get(f"/api/v1/jobs/{quote(job)}").expect(200).json()

    def history(self, job, limit=200):
        """All entries of a job's stream, page by page, as `json_slices.entry` gives them."""
        return self._entries(job, 0, limit) or []

    def kept_history(self, job, limit=500):
        """(job, entries that retention has left). Asked again when it drops the front between two questions."""
        for _ in range(20):
            facts = self.job(job)
            entries = self._entries(job, facts["firstSeq"] - 1, limit)
            if entries is not None:
                return facts, entries
        raise AssertionError(f"the front of {job} went twenty times between two questions")

    def _entries(self, job, after, limit):
        """The entries behind `after`; None when that is no longer kept and behind the beginning."""
        entries = []
        while True:
            page = self.http.get(f"/api/v1/jobs/{quote(job)}/events?after={after}&limit={limit}")
            if page.status == 404 and not entries:
                return []
            if page.status == 410 and after > 0:
                return None
            raw = page.expect(200).raw()
            found = [json_slices.entry(item) for item in json_slices.elements(raw["data"])]
            entries += found
            after = found[-1]["seq"] if found else after
            if not found or json.loads(raw["page"])["next"] is None:
                return entries

    def records(self, collection, limit=500):
        """All documents of a collection: [{"key", "document" (raw)}]."""
        found = []
        cursor = ""
        while True:
            page = self.http.get(f"/api/v1/records/{quote(collection)}?limit={limit}{cursor}").expect(200).raw()
            for item in json_slices.elements(page["data"]):
                raw = json_slices.fields(item)
                found.append({"key": json.loads(raw["key"]), "document": raw["document"]})
            following = json.loads(page["page"])["next"]
            if following is None:
                return found
            cursor = f"&cursor={quote(following)}"

    def admin_pages(self, path, **parameters):
        """All rows of an admin list."""
        rows = []
        cursor = None
        while True:
            query = dict(parameters)
            if cursor is not None:
                query["cursor"] = cursor
            text = urllib.parse.urlencode(query)
            page = self.admin.get(f"/admin/api/v1/{path}" + (f"?{text}" if text else "")).expect(200).json()
            rows += page["data"]
            cursor = page.get("page", {}).get("next")
            if cursor is None:
                return rows

    def admin_post(self, path, body="{}"):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.admin.post(f"/admin/api/v1/{path}", text)

    def bulk(self, verb, body, deadline=60.0):
        """Replays or discards dead letters and waits for the end; answers the operation's row."""
        begun = self.admin_post(f"dead-letters:{verb}", body).expect(202)
        place = begun.header("Location")
        assert place.endswith(begun.json()["operation"]), place

        def ended():
            row = self.admin.get(place).expect(200).json()
            return row if row["state"] != "running" else None
        return wait_until(ended, f"the operation {place} ends", deadline)

    def wait_idle(self, job, deadline=60.0):
        """Waits until the job has nothing left to do; answers its row."""
        def idle():
            answer = self.http.get(f"/api/v1/jobs/{quote(job)}")
            if answer.status != 200:
                return None
            row = answer.json()
            return row if row["lag"] == 0 else None
        return wait_until(idle, f"job {job} has no lag", deadline)


class Run:
    """What a test gets: the options of this run, a folder, nodes, and clean-up in reverse order."""

    def __init__(self, binary, echo_binary=None, short=False, seed=None, faults_binary=None, folder=None):
        self.binary = binary
        self.faults_binary = faults_binary
        self.echo_binary = echo_binary
        self.short = short
        self.seed = seed
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="weir-e2e-"))
        self._stack = contextlib.ExitStack()
        self._nodes = []
        self._variants = []
        self.environment = {}

    def dice(self):
        """Random numbers of this run, with the seed printed."""
        seed = self.seed if self.seed is not None else int.from_bytes(os.urandom(4), "big")
        print(f"seed {seed} (repeat with --seed {seed})")
        return random.Random(seed)

    def variant(self, environment):
        """The same run for the program with failpoints, with more in its environment; ends with this one."""
        if self.faults_binary is None:
            raise Skip("no program with failpoints: build the preset `faults` and name it with --faults-binary")
        folder = self.folder / f"variant{len(self._variants) + 1}"
        folder.mkdir()
        other = Run(self.faults_binary, self.echo_binary, self.short, self.seed, self.faults_binary, folder)
        other.environment = {**self.environment, **environment}
        self._variants.append(other)
        self._stack.callback(other.close, True)
        return other

    def node(self, options=None, start=True, keep_ports=False):
        if self.binary is None:
            raise Skip("no weir binary: build it or name it with --binary")
        node = Node(self.binary, self.folder / f"node{len(self._nodes) + 1}", options, keep_ports)
        node.environment.update(self.environment)
        self._nodes.append(node)
        self._stack.callback(node.reap)
        return node.start() if start else node

    def own(self, closeable):
        """Closes it at the end of the test, whatever happens."""
        self._stack.callback(closeable.close)
        return closeable

    def spawn(self, line, **more):
        """A client process that ends with the test."""
        child = subprocess.Popen([str(part) for part in line], **more)
        self._stack.callback(_end_child, child)
        return child

    def load(self, usual, short):
        """How much: `usual`, or `short` where the run is slowed down by sanitizers."""
        return short if self.short else usual

    def close(self, keep):
        self._stack.close()
        if not keep or not any(self.folder.iterdir()):
            shutil.rmtree(self.folder, ignore_errors=True)

    def log_tails(self):
        tails = [f"--- {node.logs[-1]}\n{node.log_tail()}" for node in self._nodes if node.logs]
        return "\n".join(tails + [other.log_tails() for other in self._variants])


def _end_child(child):
    if child.poll() is None:
        child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def corpus(*parts):
    """A folder or file of the shared corpora, or Skip."""
    path = CORPORA.joinpath(*parts)
    if not path.exists():
        raise Skip(f"{path} is missing")
    return path


def need_node_modules():
    """Skips where npm's packages are not installed."""
    if shutil.which("node") is None:
        raise Skip("node is not installed")
    if not (HERE / "node_modules" / "ws").is_dir():
        raise Skip("run `npm ci --ignore-scripts` in tests/end_to_end first")
