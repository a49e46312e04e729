"""How long a killed node takes to come back, what memory that needs, and how long a lost view takes to be rebuilt."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

MIB = 2 ** 20


class Started:
    """A node over a folder that is there already, from its start until it is killed."""

    def __init__(self, bench, data, deadline, options=()):
        (data / "endpoints.json").unlink(missing_ok=True)
        self.log = data.parent / "stderr.txt"
        self.seen = []  # percents that /readyz told
        with open(self.log, "wb") as out:
            self.began = time.monotonic()
            self.child = subprocess.Popen(
                [str(bench.given.build_dir / "weir"), "serve", "--node.data_dir", str(data), "--http.listen",
                 "127.0.0.1:0", "--admin.listen", "127.0.0.1:0", "--log.format", "json", *options], stdout=out, stderr=out)
        self.seconds = self._wait(data, self.began + deadline)
        self.rss = self.memory("VmRSS")
        self.peak = self.memory("VmHWM")

    def _wait(self, data, end):
        where = None
        self.where = None
        while time.monotonic() < end:
            if self.child.poll() is not None:
                raise SystemExit(f"bench: weir ended with {self.child.returncode}\n{self.log.read_text()}")
            if where is None:
                with contextlib.suppress(FileNotFoundError):
                    where = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
            if where is not None and self._answers(where["http"]):
                self.where = where
                return time.monotonic() - self.began
            # Twenty looks a second are enough for a rebuild, and do not cost a start anything to speak of.
            time.sleep(0.002 if time.monotonic() - self.began < 3 else 0.05)
        self.kill()
        raise SystemExit(f"bench: weir is not ready in time\n{self.log.read_text()}")

    def _answers(self, where):
        try:
            return urllib.request.urlopen(where + "/readyz?verbose", timeout=30).status == 200
        except urllib.error.HTTPError as answer:
            text = answer.read().decode()
            if "recovering" in text:
                self.seen.append(int(text.split("recovering")[1].split("%")[0]))
            return False

    def memory(self, name):
        return memory_kib(self.child.pid, name) / 1024

    def logged(self, identifier):
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line[:1] == "{"]
        return [line for line in lines if line["msg"] == identifier]

    def wait_idle(self):
        """Until nothing that was accepted is unfinished: then the log does not grow any more."""
        for _ in range(3_000):
            answer = urllib.request.urlopen(self.where["admin"] + "/admin/api/v1/overview", timeout=30)
            if json.loads(answer.read())["pending"] == 0:
                return
            time.sleep(0.02)
        raise SystemExit("bench: the node does not finish what was accepted")

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()


def memory_kib(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise SystemExit(f"bench: /proc says nothing of {name}")


def processor_seconds(pid):
    """What all threads of a process have used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def files_of(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def evict(folder):
    """The page cache as after a power cut: nothing of this folder is in it."""
    os.sync()
    for path in files_of(folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def read_all(folder):
    """Seconds to read every byte of the folder from the disk, in order."""
    evict(folder)
    began = time.monotonic()
    count = 0
    buffer = bytearray(MIB)
    for path in sorted(files_of(folder)):
        with open(path, "rb", buffering=0) as source:
            while got := source.readinto(buffer):
                count += got
    return time.monotonic() - began, count


def tell(bench, workload, side, figure, unit, **more):
    row = {"workload": workload, "side": side, "figure": figure, "unit": unit, **more}
    bench.rows.append(row)
    print(f"{json.dumps(row)}", flush=True)


def digest(bench, data):
    """What `weir verify` says that the store holds; it is stopped."""
    done = subprocess.run([str(bench.given.build_dir / "weir"), "verify", "--data", str(data), "--json"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: weir verify: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    told = json.loads(done.stdout)
    return told["position"], told["digest"]


def measure_starts(bench, data, label):
    # A start flushes some of what it replays: each gets the view that the first one found.
    found = data.parent / "view-found"
    shutil.copytree(data / "view", found)
    for state in ("warm", "cold"):
        shutil.rmtree(data / "view")
        shutil.copytree(found, data / "view")
        if state == "cold":
            evict(data)
        node = Started(bench, data, 120)
        workload = f"start, {label}, {state}"
        tell(bench, workload, "weir", round(node.seconds, 3), "s", peak_mib=round(node.peak, 1),
             replayed=[line.get("count") for line in node.logged("store.recovered")])
        tell(bench, f"memory, {label}, {state}", "weir", round(node.rss, 1), "MiB", peak_mib=round(node.peak, 1))
        node.wait_idle()
        node.kill()
        empty = data.parent / "empty"
        empty.mkdir()
        fresh = Started(bench, empty, 60)
        tell(bench, workload, "limit", round(fresh.seconds, 3), "s")
        tell(bench, f"memory, {label}, {state}", "limit", round(fresh.rss, 1), "MiB")
        fresh.kill()
        shutil.rmtree(empty)
    shutil.rmtree(found)


def measure_rebuild(bench, data, label, compare):
    before = digest(bench, data) if compare else None
    shutil.rmtree(data / "view")
    evict(data)
    node = Started(bench, data, 3_600)
    lines = node.logged("store.recovering")
    tell(bench, f"rebuild, {label}", "weir", round(node.seconds, 2), "s", peak_mib=round(node.peak, 1),
         rss_mib=round(node.rss, 1), log_lines=len(lines), percents=len(set(node.seen)), first=node.seen[:1],
         last=node.seen[-1:])
    node.kill()
    seconds, count = read_all(data / "log")
    tell(bench, f"rebuild, {label}", "limit", round(seconds, 2), "s", bytes=count)
    if compare:
        after = digest(bench, data)
        print(f"recovery: position and digest before {before}, after the rebuild {after}", flush=True)
        if after != before:
            raise SystemExit("bench: the rebuilt view is not the one that was lost")


def fill(bench, data, have, events, jobs, whole=False):
    bench.program("bench_recovery_fill", directory=data, events=events, jobs=jobs, whole=int(whole), at_most=7_200,
                  ends_with=-signal.SIGKILL, **{"from": have})


def run(bench):
    folder = pathlib.Path(bench.work) / "recovery"
    data = folder / "data"
    data.mkdir(parents=True)
    events = bench.given.recovery_events
    have = 0
    for goal in (events, 2 * events):
        fill(bench, data, have, goal, bench.given.recovery_jobs)
        have = goal
        measure_starts(bench, data, f"{goal:,} events of {bench.given.recovery_jobs:,} jobs")
    measure_rebuild(bench, data, f"{have:,} events", have <= 2_000_000)
    shutil.rmtree(folder)
