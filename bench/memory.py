"""What a node needs for clients that only listen, for jobs that it knows, and for jobs that are active."""
import json
import pathlib
import resource
import shutil
import socket
import time

from recovery import Started, fill, memory_kib, tell
from replay_storm import ROWS, send_all

CLIENTS = 10_000
KNOWN_JOBS = 1_000_000
ACTIVE_JOBS = 10_000
WATCHED_JOBS = 1_000  # all clients together; named as the limit reads them
KIB = 1_024


def settled_kib(pid):
    """Once it no longer changes by a MiB: allocators give back with a delay."""
    seen = [memory_kib(pid, "VmRSS")]
    for _ in range(60):
        time.sleep(0.5)
        seen.append(memory_kib(pid, "VmRSS"))
        if len(seen) >= 4 and max(seen[-4:]) - min(seen[-4:]) < KIB:
            break
    return seen[-1]


def text_frame(value):
    """A masked frame; the mask is zero."""
    body = json.dumps(value, separators=(",", ":")).encode()
    if len(body) > 125:
        raise ValueError("too long for a short frame")
    return bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body


def listen(port, job):
    """A WebSocket whose feed of one job is live."""
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(f"GET /api/v1/ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
    # The limit takes frames only once it has answered.
    hear(client, b"\r\n\r\n")
    client.sendall(text_frame({"op": "connect", "id": 1}) + text_frame({"op": "subscribe", "id": 2, "job": job}))
    hear(client, b'{"live":')
    return client


def hear(client, what):
    heard = b""
    while what not in heard:
        more = client.recv(65_536)
        if not more:
            raise SystemExit(f"bench: the server closed a connection: {heard!r}")
        heard += more


def is_closed(client):
    client.setblocking(False)
    try:
        return not client.recv(65_536)
    except BlockingIOError:
        return False


def idle_clients(bench, kinds):
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < CLIENTS + 100:
        raise SystemExit(f"bench: {CLIENTS} clients need as many open files, this machine allows {most}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        for kind in kinds:
            server = kind(bench)
            clients = []
            try:
                before = settled_kib(server.child.pid)
                for number in range(CLIENTS):
                    clients.append(listen(server.port, f"job-{number % WATCHED_JOBS:06}"))
                grown = settled_kib(server.child.pid) - before
                # Whoever was hung up on costs nothing.
                closed = [one for one in clients if is_closed(one)]
                tell(bench, f"idle WebSocket client, {CLIENTS:,} of them", server.side, round(grown / CLIENTS, 2), "KiB",
                     closed=len(closed))
            finally:
                for client in clients:
                    client.close()
                server.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))


def make_active(node, begin, end):
    for first in range(begin, end, ROWS):
        send_all(node, [json.dumps({"jobId": f"active-{n}", "type": "bench.event", "source": "bench", "id": f"a{n}",
                                    "data": {"n": n, "pad": "x" * 300}}) for n in range(first, first + ROWS)])
    node.wait_idle()


def jobs(bench):
    folder = pathlib.Path(bench.work) / "memory"
    data = folder / "data"
    data.mkdir(parents=True)
    fill(bench, data, 0, KNOWN_JOBS, KNOWN_JOBS)
    # Idle jobs stay for as long as this measures.
    node = Started(bench, data, 120, ("--processing.job_idle_passivate", "10m"))
    try:
        node.wait_idle()
        known = settled_kib(node.child.pid)
        tell(bench, f"{KNOWN_JOBS:,} known jobs, none active", "weir", round(known / KIB, 1), "MiB")
        make_active(node, 0, ACTIVE_JOBS)
        active = settled_kib(node.child.pid)
        tell(bench, f"{KNOWN_JOBS:,} known jobs, {ACTIVE_JOBS:,} active", "weir", round(active / KIB, 1), "MiB")
        # What the first ones filled, like rows that are remembered, is full: what comes now are jobs.
        make_active(node, ACTIVE_JOBS, 4 * ACTIVE_JOBS)
        more = settled_kib(node.child.pid)
        tell(bench, "one more active job", "weir", round((more - active) / (3 * ACTIVE_JOBS), 2), "KiB")
    finally:
        node.kill()
        shutil.rmtree(folder)


def run(bench, kinds):
    idle_clients(bench, kinds)
    jobs(bench)
