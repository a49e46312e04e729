"""R13: one job whose every event throws, and many jobs of which every tenth does. The one is parked with its events,
the others get their work done, and nobody else notices."""
import collections
import itertools
import threading

from crash_load import EVENTS
from fault_rounds import rounds
from handler_load import POISON, Usage, lines_a_second, probe
from harness import equal, native, wait_until
from process_figures import log_rows, spread

OTHERS = [f"calm-{n}" for n in range(4)]
WIDE = [f"wide-{n}" for n in range(rounds(100, 1_000))]
CALM_ROUNDS = rounds(10, 100)  # of one event for each of the wide jobs, none of which throws
ROUNDS = rounds(10, 300)
PACE = rounds(0.2, 1.0)  # seconds
MOST = 5
ATTEMPTS = 3
# Three runs of a poisoned event and a few seconds between two of them: less than a job may crash.
OPTIONS = {"http.max_batch": len(WIDE) + 1, "processing.restart_max": MOST, "processing.restart_within": "10s",
           "processing.max_attempts": ATTEMPTS, "log.format": "json"}


class Storm:
    """A round of events for all jobs each time that the clock says so. Adds what was sent: {job: [(id, throws)]}."""

    def __init__(self, node, name, count, throws, sent):
        self.failure = None
        self._node = node
        self._name = name
        self._rounds = count
        self._throws = throws
        self._sent = sent
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        pace = threading.Event()
        try:
            for number in range(self._rounds):
                self._round(number)
                pace.wait(PACE)
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def _round(self, number):
        lines = [self._event("poison", number, True)]
        lines += [self._event(job, number, (at + number) % 10 == 0) for at, job in enumerate(WIDE)]
        answer = self._node.http.post(EVENTS, "\n".join(lines), content_type="application/x-ndjson").expect(202).json()
        equal(answer["accepted"], len(lines), "accepted events")

    def _event(self, job, number, throws):
        name, throws = f"{job}-{self._name}-{number}", throws and self._throws
        self._sent[job].append((name, throws))
        return native(job, "weir.demo.crash", f'{{"times":{POISON if throws else 0}}}', id=name)

    def over(self):
        return not self._thread.is_alive()


def at_rest(node, job):
    row = node.job(job)
    return row if row["lag"] == 0 or row["state"] == "parked" else None


def check_job(node, job, sent):
    """Every event is in the stream or still waits, in the order of the sending; answers the row of the job."""
    row = wait_until(lambda: at_rest(node, job), f"{job} is done or parked", 60)
    entries = node.history(job, 500)
    waiting = node.admin_pages(f"jobs/{job}/pending", limit=500) if row["state"] == "parked" else []
    equal([entry["id"] for entry in entries] + [event["id"] for event in waiting], [name for name, _ in sent], job)
    equal([entry["id"] for entry in entries if "dead" in entry],
          [name for name, throws in sent[:len(entries)] if throws], f"dead events of {job}")
    return row


def crashes_of(node):
    """{job: [second of each crash]}"""
    found = collections.defaultdict(list)
    for row in log_rows(node):
        if row["msg"] in ("job.restart", "job.parked"):
            clock = row["ts"][11:-1].split(":")
            found[row["job"]].append(int(clock[0]) * 3600 + int(clock[1]) * 60 + float(clock[2]))
    return found


def is_over_the_limit(crashes):
    """The last crash and `MOST` before it lie within the window; a second more for what lies between clock and line."""
    return len(crashes) > MOST and crashes[-1] - crashes[-1 - MOST] <= 11


def test_a_storm_of_poison_parks_who_throws_too_often_and_nobody_else_waits(run):
    node = run.node(OPTIONS)
    calm = itertools.count(1)
    usage = Usage(node)
    took = probe(node, OTHERS, lambda: next(calm) > 500)
    print(f"before: other jobs {spread(took)}; {usage}")
    all_sent = collections.defaultdict(list)
    for name, count, throws in (("calm", CALM_ROUNDS, False), ("storm", ROUNDS, True)):
        usage = Usage(node)
        storm = Storm(node, name, count, throws, all_sent)
        took = probe(node, OTHERS, storm.over)
        print(f"{name} of {len(WIDE)} jobs: other jobs {spread(took)}; {usage}")
        assert storm.failure is None, repr(storm.failure)

    rows = {job: check_job(node, job, sent) for job, sent in all_sent.items()}
    parked = [job for job, row in rows.items() if row["state"] == "parked"]
    crashes = crashes_of(node)
    assert "poison" in parked, rows["poison"]
    for job in parked:
        assert is_over_the_limit(crashes[job]), f"{job} is parked after crashes at {crashes[job]}"
    lines = lines_a_second(node)
    (busiest, _), most = lines.most_common(1)[0]
    written = sum(1 for _ in log_rows(node))
    print(f"{len(parked)} jobs parked, {sum(map(len, crashes.values()))} crashes, {written} log lines, "
          f"most of a job within a second: {most} ({busiest})")
    assert most <= 10, f"{most} log lines of {busiest} within a second"
    assert not any(row.get("actor") == "job" for row in log_rows(node)), "crashes are told twice, once without the job"
    assert not any(row["msg"].startswith("incident.") for row in log_rows(node)), "less than half of the runs failed"

    # Fresh events are held, and the operator who resumes the job gets all of them done.
    node.send("poison", "note", id="last").expect(202)
    equal(node.admin_pages("jobs/poison/pending", limit=500)[-1]["id"], "last", "newest event that waits")

    def resumed():
        row = node.job("poison")
        if row["state"] == "parked":
            node.admin_post("jobs/poison:resume").expect(200, 409)
        return row["lag"] == 0
    wait_until(resumed, "the poisoned job is through", 120)
    entries = node.history("poison", 500)
    equal([entry["id"] for entry in entries], [name for name, _ in all_sent["poison"]] + ["last"], "stream")
    equal([entry["id"] for entry in entries if "dead" not in entry],
          [name for name, throws in all_sent["poison"] if not throws] + ["last"], "events that live")
    node.end_sound()


test_a_storm_of_poison_parks_who_throws_too_often_and_nobody_else_waits.deadline = rounds(120, 900)
