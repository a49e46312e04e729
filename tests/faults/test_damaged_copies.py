"""R4: copies of a killed node's folder are damaged; each either starts with all that was acknowledged, or says what is lost.

WEIR_DAMAGED_COPIES sets how many copies; 200 is the full experiment."""
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess

import log_bytes
from harness import Node, equal, wait_until
from log_bytes import flip

OPTIONS = {"store.segment_size": "1MiB", "http.max_batch_body": "1MiB", "log.level": "info",
           "processing.restart_max": "0"}
JOBS = [f"job-{n}" for n in range(5)]
PARKED = "parked"
NAMED = re.compile(r"\d+ jobs? concerned: (\S+)")


class Story:
    """What a node acknowledged, its folder after kill -9, and an older copy of it."""

    def __init__(self, run, name, dice, rounds):
        self.acked = collections.defaultdict(set)
        self._name, self._dice, self._sent = name, dice, 0
        node = run.node(OPTIONS)
        node.send(PARKED, "weir.demo.crash", '{"times": 1}', id=f"{name}-crash").expect(202)
        self.acked[PARKED].add(f"{name}-crash")
        wait_until(lambda: node.job(PARKED)["state"] == "parked", "the job is parked")
        self._load(node, rounds)
        for job in JOBS:
            node.wait_idle(job)
        equal(node.terminate(), 0, "exit code")
        self.older = run.folder / f"{name}-older"
        shutil.copytree(node.folder, self.older)
        self.acked_older = {job: set(ids) for job, ids in self.acked.items()}
        self.covered = log_bytes.segments(self.older)[-1]  # up to here the view is on disk
        node.start()
        self._load(node, rounds)
        node.kill9()
        self.folder = run.folder / f"{name}-killed"
        shutil.copytree(node.folder, self.folder)

    def _load(self, node, rounds):
        for _ in range(rounds):
            self._sent += 1
            events = []
            for n in range(20):
                job = PARKED if n == 7 else self._dice.choice(JOBS)
                kind, data = "item.analyzed", {"itemId": f"{self._name}-{self._sent}-{n}", "score": n, "pad": "y" * 700}
                if n == 3:
                    data["score"] = "no number"  # a dead letter
                events.append({"jobId": job, "type": kind, "id": data["itemId"], "data": data})
            node.http.post("/api/v1/events", "\n".join(json.dumps(event) for event in events),
                           content_type="application/x-ndjson").expect(202)
            for event in events:
                self.acked[event["jobId"]].add(event["id"])


# -- damages: each hurts a copy and answers where -----------------------------------------------------------------------

def last_of(store):
    return [segment for segment in log_bytes.segments(store) if segment.groups][-1]


def cut_the_end(store, dice, _):
    segment, bytes_gone = last_of(store), dice.randint(1, 4096)
    os.truncate(segment.path, max(log_bytes.HEADER, segment.end - bytes_gone))
    return f"last {bytes_gone} bytes"


def zero_the_end(store, dice, _):
    segment, bytes_gone = last_of(store), dice.randint(1, 4096)
    begin = max(log_bytes.HEADER, segment.end - bytes_gone)
    with open(segment.path, "r+b") as file:
        file.seek(begin)
        file.write(bytes(segment.end - begin))
    return f"last {segment.end - begin} bytes"


def flip_in_the_last_group(store, dice, _):
    segment = last_of(store)
    offset, size, _records = segment.groups[-1]
    at = offset + dice.randrange(size)
    flip(segment.path, at, dice.randrange(8))
    return f"{segment.path.name} offset {at}"


def flip_behind_the_view(store, dice, story):
    covered = story.covered.position(story.covered.end)
    segment = dice.choice([one for one in log_bytes.segments(store) if one.position(one.end) > covered])
    at = dice.randrange(max(log_bytes.HEADER, covered - segment.start + log_bytes.HEADER), segment.end)
    flip(segment.path, at, dice.randrange(8))
    return f"{segment.path.name} offset {at}"


def flip_in_front_of_the_view(store, dice, story):
    covered = story.covered.position(story.covered.end)
    segment = dice.choice([one for one in log_bytes.segments(store) if one.start < covered])
    at = dice.randrange(segment.end if segment.position(segment.end) < covered else covered - segment.start + log_bytes.HEADER)
    flip(segment.path, at, dice.randrange(8))
    return f"{segment.path.name} offset {at}"


def flip_in_the_view(store, dice, _):
    path = dice.choice(sorted(path for path in (store / "view").iterdir()
                              if path.stat().st_size > 0 and not path.name.startswith("LOG")))
    at = dice.randrange(path.stat().st_size)
    flip(path, at, dice.randrange(8))
    return f"view/{path.name} offset {at}"


def flip_in_the_mark(store, dice, _):
    at = dice.randrange(1024)
    flip(store / "high-water", at, dice.randrange(8))
    return f"offset {at}"


def without_the_newest_segment(store, _dice, _):
    path = last_of(store).path
    path.unlink()
    return path.name


def without_a_segment(store, dice, _):
    path = dice.choice(log_bytes.segments(store)[:-1]).path
    path.unlink()
    return path.name


def without_the_manifest(store, _dice, _):
    for path in (store / "view").glob("MANIFEST-*"):
        path.unlink()
    return "view/MANIFEST-*"


def without_current(store, _dice, _):
    (store / "view" / "CURRENT").unlink()
    return "view/CURRENT"


def without_a_table(store, dice, _):
    path = dice.choice(sorted((store / "view").glob("*.sst")))
    path.unlink()
    return f"view/{path.name}"


def without_the_view(store, _dice, _):
    shutil.rmtree(store / "view")
    return "view"


def without_the_mark(store, _dice, _):
    (store / "high-water").unlink()
    return "high-water"


def replace(store, source, name):
    target = store / name
    if target.is_dir():
        shutil.rmtree(target)
        shutil.copytree(source / name, target)
    else:
        shutil.copy2(source / name, target)


def older(*names):
    def put_back(store, _dice, story):
        for name in names:
            replace(store, story.older, name)
        return "older " + " and ".join(names)
    put_back.__name__ = "older_" + "_and_".join(names).replace("-", "_")
    return put_back


def foreign(name):
    def put_in(store, _dice, story):
        replace(store, story.other.folder, name)
        return f"another node's {name}"
    put_in.__name__ = "foreign_" + name.replace("-", "_")
    return put_in


def foreign_segment(store, dice, story):
    path = dice.choice(log_bytes.segments(store)).path
    shutil.copy2(log_bytes.segments(story.other.folder)[0].path, path)
    return f"another node's first segment as {path.name}"


DAMAGES = [cut_the_end, zero_the_end, flip_in_the_last_group, flip_behind_the_view, flip_in_front_of_the_view,
           flip_in_the_view, flip_in_the_mark, without_the_newest_segment, without_a_segment, without_the_manifest,
           without_current, without_a_table, without_the_view, without_the_mark, older("log"), older("view"),
           older("high-water"), older("log", "view"), older("view", "high-water"),
           foreign("log"), foreign("view"), foreign("high-water"), foreign_segment]

# Bytes that tell of jobs are still there: a refusal must name some.
MUST_NAME = {flip_in_the_last_group, flip_behind_the_view, without_a_segment}


# -- verdicts ------------------------------------------------------------------------------------------------------------

def truth_of(store):
    """Everything but what is derived and what says who runs."""
    paths = [path for part in ("log", "high-water") for path in
             ([store / part] if (store / part).is_file() else sorted((store / part).glob("*")))]
    return {str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def missing_of(node, acked):
    """({job: ids that are not there}, the first answer that told of damage)."""
    missing, told = {}, None
    for job, wanted in acked.items():
        found = set()
        if job == PARKED:
            for identity in wanted:
                answer = node.http.get(f"/api/v1/events/{identity}")
                told = told or (answer.text if answer.status == 500 else None)
                if answer.status == 200:
                    found.add(identity)
        else:
            after = 0
            while True:
                answer = node.http.get(f"/api/v1/jobs/{job}/events?after={after}&limit=500")
                if answer.status != 200:
                    told = told or answer.text
                    break
                page = answer.json()["data"]
                if not page:
                    break
                found |= {event["id"] for event in page} | {event.get("data", {}).get("eventId") for event in page
                                                            if isinstance(event.get("data"), dict)}
                after = page[-1]["seq"]
        if wanted - found:
            missing[job] = wanted - found
    return missing, told


def is_idle(node, job):
    answer = node.http.get(f"/api/v1/jobs/{job}")
    return answer.status != 200 or answer.json()["lag"] == 0


def verify(run, store):
    ran = subprocess.run([run.binary, "verify", "--data", store, "--json"], capture_output=True, text=True, timeout=120,
                         check=False)
    return ran.returncode, (json.loads(ran.stdout) if ran.stdout.startswith("{") else ran.stderr)


def judge(run, store, story):
    """"starts", "refuses" or "tells" with a remark; anything else is an assertion."""
    before = truth_of(store)
    node = Node(run.binary, store, OPTIONS)
    try:
        node.launch()
        wait_until(lambda: not node.alive() or node._published(), "it starts or ends", 60)
        if not node.alive():
            code, said = node.wait_exit(), node.logs[-1].read_text(errors="replace")
            assert code == 1, f"exit code {code}: {said}"
            equal(truth_of(store), before, "log and mark after a refused start")
            assert re.search(r"acknowledged data is damaged: \S+, positions \d+ to \d+: |--accept-data-loss|restore a backup",
                             said), f"the refusal does not say what to do: {said}"
            return "refuses", said.strip().splitlines()[0]
        node.wait_ready()
        for job in JOBS:
            wait_until(lambda job=job: is_idle(node, job), f"{job} is idle")
        missing, told = missing_of(node, story.acked)
        node.kill9()
    finally:
        node.reap()
    code, report = verify(run, store)
    if not missing:
        return ("starts" if code == 0 else "starts, verify tells"), ("" if code == 0 else str(report)[:300])
    assert told, f"silent loss: {dict((job, sorted(ids)[:5]) for job, ids in missing.items())}"
    assert code == 1, f"reads fail, verify passes: {told}"
    # An event that was not yet handled has a position, but no number.
    assert isinstance(report, str) or any(found["jobId"] and (found["seq"] or found["position"])
                                          for found in report["findings"]), report
    return "tells", told[:300]


def test_damaged_copies_start_whole_or_say_what_is_lost(run):
    seed = run.seed if run.seed is not None else int.from_bytes(os.urandom(4), "big")
    copies = int(os.environ.get("WEIR_DAMAGED_COPIES", run.load(72, 48)))
    print(f"seed {seed} (repeat with --seed {seed}), {copies} copies")
    dice = random.Random(seed)
    story = Story(run, "a", dice, run.load(80, 60))
    story.other = Story(run, "b", dice, 10)
    equal(judge(run, copy_of(run, story.folder, 0), story)[0], "starts", "the copy that is not damaged")
    counts, unnamed = collections.Counter(), 0
    for number in range(1, copies + 1):
        damage = DAMAGES[number % len(DAMAGES)]
        store = copy_of(run, story.folder, number)
        where = damage(store, dice, story)
        try:
            verdict, remark = judge(run, store, story)
        except BaseException:
            print(f"copy {number}, {damage.__name__}: {where}")
            raise
        counts[verdict] += 1
        if verdict == "refuses":
            named = NAMED.search(remark)
            assert named or damage not in MUST_NAME, f"{damage.__name__}, {where}: names no job: {remark}"
            unnamed += not named
            verdict += " and names jobs" if named else ", jobs not known"
        counts[f"{damage.__name__}: {verdict}"] += 1
        shutil.rmtree(store)
    print(f"{copies} copies of {sum(len(ids) for ids in story.acked.values())} acknowledged events: "
          f"{counts['starts']} start whole, {counts['starts, verify tells']} start whole and verify tells of the damage, "
          f"{counts['tells']} start and every read of what is damaged fails and says so, {counts['refuses']} refuse "
          f"({unnamed} of them cannot know the jobs), silent starts with loss: 0")
    for line, count in sorted(counts.items()):
        if ":" in line:
            print(f"  {line} {count}")


test_damaged_copies_start_whole_or_say_what_is_lost.deadline = 900


def copy_of(run, folder, number):
    to = run.folder / f"copy-{number}"
    shutil.copytree(folder, to)
    return pathlib.Path(to)


def test_a_whole_older_copy_is_a_sound_store_of_then(run):
    """Nothing in the folder can tell that there was a newer one: docs/guarantees.md says so. An older log and mark with
    a view that covers more are refused, see embedded_recovery_test.cpp."""
    story = Story(run, "a", random.Random(1), 5)
    store = copy_of(run, story.older, 0)
    equal(verify(run, store)[0], 0, "weir verify")
    node = Node(run.binary, store, OPTIONS)
    try:
        node.start()
        equal(missing_of(node, story.acked_older), ({}, None), "what it held then")
    finally:
        node.reap()
