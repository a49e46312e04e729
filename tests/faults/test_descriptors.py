"""R8: more connections than the process may open files. The store keeps its descriptors, and nothing spins."""
import contextlib
import os
import shutil
import socket
import threading
import time

from crash_load import EVENTS
from disk_load import OPTIONS, log_lines
from harness import Node, Skip, Unanswered, equal, native, wait_until
from process_figures import processor_seconds

LIMIT = 256
CONNECTS = 1_000
WATCHED = 3.0  # seconds in which the processor time is measured


class LimitedNode(Node):
    def command(self):
        return ["prlimit", f"--nofile={LIMIT}:{LIMIT}", *super().command()]


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_a_thousand_connections_leave_the_store_its_descriptors(run):
    if shutil.which("prlimit") is None:
        raise Skip("prlimit is not installed")
    node = run.own(LimitedNode(run.binary, run.folder / "node", {**OPTIONS, "store.segment_size": "8MiB"}))
    node.start()
    said = log_lines(node, "node.descriptors")
    equal(len(said), 1, "log lines about the limit")
    assert said[0]["count"] < LIMIT, said
    # This connection is there before the others and stays.
    node.send("demo", "note", wait=5).expect(200)
    sockets = []

    def close_all():
        while sockets:
            sockets.pop().close()
    run._stack.callback(close_all)
    host, port = node.address("http")
    for _ in range(CONNECTS):
        one = socket.socket()
        sockets.append(one)
        with contextlib.suppress(OSError):
            one.connect((host, port))
            # They ask for something, so that the node has a connection and not only the kernel.
            one.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n")
    wait_until(lambda: open_files(node.pid) >= said[0]["count"], "the connections are open")

    before, began = processor_seconds(node.pid), time.monotonic()
    threading.Event().wait(WATCHED)
    busy = (processor_seconds(node.pid) - before) / (time.monotonic() - began)
    most = open_files(node.pid)
    print(f"{most} files open of {LIMIT}, {busy * 100:.0f} % of a processor")
    assert most < LIMIT, "no descriptor is left"
    assert busy < 0.5, f"{busy * 100:.0f} % of a processor while nothing happens"

    # Over the connection that was there before: many segments and files of the view are made now.
    large = '{"n":"' + "x" * 60_000 + '"}'
    for n in range(50):
        batch = ",".join(native("demo", "note", large, id=f"large-{n}-{m}") for m in range(20))
        node.http.post(EVENTS, f"[{batch}]").expect(202)
    node.wait_idle("demo")
    assert len(list((node.folder / "log").glob("*.log"))) > 5, "too few segments to prove anything"
    assert node.alive()
    # An operator who comes now is let in: the first time that this test asks the admin listener.
    equal(node.admin.get("/admin/api/v1/overview").expect(200).json()["jobs"], 1)
    equal(log_lines(node, "store.failed") + log_lines(node, "store.read_failed"), [], "the store")

    close_all()

    def fresh_connection_answers():
        node.http._forget()
        with contextlib.suppress(Unanswered):
            return node.http.get("/readyz").status == 200
        return False
    wait_until(fresh_connection_answers, "new connections are served after the others left")
    wait_until(lambda: open_files(node.pid) < LIMIT // 2, "descriptors come back")
    equal(node.terminate(), 0, "exit code")
    node.start()
    equal(node.job("demo")["lastSeq"], 1_001)
