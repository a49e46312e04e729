"""Fan-out of a NATS server beside Weir's. NATS keeps nothing and syncs nothing; Weir shows what is durable.

Needs nats-server, which Weir does not: without it there is a sentence and no figure.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


class Nats:
    """A server with plain and WebSocket clients, on ports of its choice."""

    def __init__(self, bench, program):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nats", dir=bench.work))
        config = self.folder / "nats.conf"
        config.write_text("listen: 127.0.0.1:-1\nmax_connections: 20000\n"
                          "websocket { listen: 127.0.0.1:-1, no_tls: true }\n", encoding="utf-8")
        self.child = subprocess.Popen([program, "-c", config, "--ports_file_dir", self.folder],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ports = self._ports()
        self.port, self.client_port = (int(ports[kind][0].rsplit(":", 1)[1]) for kind in ("websocket", "nats"))

    def _ports(self):
        for _ in range(600):
            for file in self.folder.glob("*.ports"):
                return json.loads(file.read_text(encoding="utf-8"))
            if self.child.poll() is not None:
                break
            time.sleep(0.05)
        self.child.kill()
        sys.exit("bench: nats-server did not start")

    def stop(self):
        self.child.terminate()
        self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(bench, weir, workloads):
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if program is None:
        print("bench: no nats-server here, so nothing to compare with (Debian: apt install nats-server)", file=sys.stderr)
        return
    for options in workloads:
        options = {**options, "workload": options["workload"] + ", NATS"}
        for kind, name, side in ((weir, "bench_fanout", "weir"), (lambda of: Nats(of, program), "bench_nats", "limit")):
            server = kind(bench)
            try:
                more = {"client-port": server.client_port} if isinstance(server, Nats) else {}
                bench.program(name, port=server.port, side=side, **more, **options)
            finally:
                server.stop()
