#!/usr/bin/env python3
"""Cold jobs beside a hot one: how long a single event of a quiet job takes from POST to processed.

Starts the binary twice in a fresh folder: alone, and while other processes offer one job as many events as they can
(NDJSON of 500). Prints one JSON object each: milliseconds of the cold events, what the flood was told, and the largest
resident size. Nothing here passes or fails.
"""
import argparse
import http.client
import json
import multiprocessing
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from recovery import memory_kib


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--floods", type=int, default=2, help="processes that offer events to the hot job (default 2)")
    parser.add_argument("--rate", type=float, default=50, help="cold events a second (default 50)")
    parser.add_argument("--directory", help="where to write (default: the temporary folder)")
    parser.add_argument("options", nargs="*", help="further options of the node, like processing.job_max_held=1MiB")
    return parser.parse_args()


def start(given, folder):
    line = [given.binary, "serve", "--node.data_dir", str(folder / "data"), "--http.listen", "127.0.0.1:0",
            "--admin.listen", "127.0.0.1:0", "--log.level", "error"]
    for option in given.options:
        line += ["--" + option.split("=", 1)[0], option.split("=", 1)[1]]
    child = subprocess.Popen(line)
    published = folder / "data" / "endpoints.json"
    while not published.exists():
        if child.poll() is not None:
            raise SystemExit("the node did not start")
        time.sleep(0.02)
    told = json.loads(published.read_text(encoding="utf-8"))
    return child, told["http"].rsplit("/", 1)[1], told["admin"]


def flood(address, until, number, told):
    connection = http.client.HTTPConnection(address, timeout=60)
    payload = "x" * 300
    taken = refused = 0
    for batch in range(10 ** 9):
        if time.monotonic() >= until:
            break
        body = "\n".join(json.dumps({"jobId": "hot", "type": "item.analyzed", "id": f"{number}-{batch}-{n}",
                                     "data": {"itemId": f"i{n}", "score": 0.5, "note": payload}}) for n in range(500))
        connection.request("POST", "/api/v1/events", body, {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 202:
            counts = json.loads(text)
            taken += counts["accepted"]
            refused += counts["rejected"]
        else:
            refused += 500
    told.put((taken, refused))


def mean_ms(admin, name):
    """Of a histogram of seconds."""
    found = {}
    for line in urllib.request.urlopen(admin + "/metrics", timeout=30).read().decode().splitlines():
        if line.startswith((name + "_sum", name + "_count")):
            found[line.split(" ")[0].split("{")[0]] = float(line.rsplit(" ", 1)[1])
    return round(1e3 * found[name + "_sum"] / max(1, found[name + "_count"]), 2)


def measure(given, floods):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hot-job-", dir=given.directory))
    child, address, admin = start(given, folder)
    try:
        until = time.monotonic() + given.seconds
        told = multiprocessing.Queue()
        children = [multiprocessing.Process(target=flood, args=(address, until, n, told)) for n in range(floods)]
        for one in children:
            one.start()
        connection = http.client.HTTPConnection(address, timeout=60)
        took, largest, statuses = [], 0, {}
        begin = time.monotonic()
        for n in range(10 ** 9):
            due = begin + n / given.rate
            if due >= until:
                break
            time.sleep(max(0, due - time.monotonic()))
            body = json.dumps({"jobId": f"cold-{n % 500}", "type": "item.analyzed", "id": f"c{n}",
                               "data": {"itemId": f"i{n}", "score": 0.5}})
            asked = time.monotonic()
            connection.request("POST", "/api/v1/events", body,
                               {"Content-Type": "application/json", "Prefer": "wait=30"})
            answer = connection.getresponse()
            answer.read()
            took.append((time.monotonic() - asked) * 1e3)
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            largest = max(largest, memory_kib(child.pid, "VmRSS") / 1024)
        hot = [told.get() for _ in children]
        for one in children:
            one.join()
        group = mean_ms(admin, "weir_store_commit_duration_seconds")
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()
        shutil.rmtree(folder, ignore_errors=True)
    took.sort()
    at = lambda part: round(took[min(len(took) - 1, int(part * len(took)))], 2)
    print(json.dumps({"workload": f"cold jobs, {floods} floods of one job", "unit": "ms", "figure": at(0.99),
                      "p50": at(0.5), "p99": at(0.99), "most": round(took[-1], 2), "cold": len(took),
                      "cold_statuses": statuses, "hot_accepted_per_s": round(sum(h[0] for h in hot) / given.seconds),
                      "hot_refused_per_s": round(sum(h[1] for h in hot) / given.seconds),
                      "group_mean_ms": group, "resident_mib": round(largest)}), flush=True)


def main():
    given = parse_arguments()
    measure(given, 0)
    measure(given, given.floods)


if __name__ == "__main__":
    main()
