"""R12: a handler that throws on 2 % of its events. They are tried as often as configured, then they are dead letters;
other jobs do not notice."""
import collections
import datetime

import json_slices
from crash_load import Ledger, collect, follow, judge
from fault_rounds import rounds
from handler_load import POISON, ThrowingLoad, Usage, probe
from harness import equal
from process_figures import log_rows, spread

JOBS = [f"busy-{n}" for n in range(8)]
OTHERS = [f"calm-{n}" for n in range(4)]
BACKOFF_MS = 10
EVENTS = rounds(1_000, 30_000)


def options(attempts):
    # Restarts are what is tested here, and not when a job has too many of them.
    return {"processing.max_attempts": attempts, "processing.restart_backoff": f"{BACKOFF_MS}ms",
            "processing.restart_max": 10_000, "log.format": "json"}


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_event(node, name, job, times, attempts):
    """What operators are told of an event that throws; answers its runs."""
    report = node.http.get(f"/api/v1/events/{name}").expect(200).json()
    runs = report["attempts"]
    dies = times >= attempts
    wanted = ["crash"] * attempts if dies else ["crash"] * times + ["ok"]
    equal([run["outcome"] for run in runs], wanted, f"runs of {name}")
    equal([run["n"] for run in runs], list(range(1, len(wanted) + 1)), f"numbers of the runs of {name}")
    equal({(run["handler"], run["code"]) for run in runs if run["outcome"] == "crash"},
          {("demo-failures", "handler-crashed")}, f"crashes of {name}")
    equal((report["jobId"], report["status"]), (job, "dead" if dies else "processed"), name)
    return runs


def check_letters(node, throwing, attempts):
    """Exactly one for each event that throws for ever, with its attempts, its error and the bytes that were sent."""
    letters = {letter["eventId"]: letter for letter in node.admin_pages("dead-letters", limit=500)}
    equal(sorted(letters), sorted(name for name, (_, times, _) in throwing.items() if times == POISON), "dead letters")
    equal(len(node.admin_pages("dead-letters", limit=500)), len(letters), "dead letters")
    for name, letter in letters.items():
        raw = node.admin.get(f"/admin/api/v1/dead-letters/{letter['id']}").expect(200).raw()
        equal(json_slices.fields(raw["event"])["data"], throwing[name][2], f"payload of {name}")
        equal((letter["code"], letter["handler"]), ("handler-crashed", "demo-failures"), name)
        equal(letter["detail"], f"run {attempts} fails as the event asked", name)
        equal(len(letter["attempts"]), attempts, f"attempts of {name}")
    return len(letters)


def check_waits(node):
    """Each further crash of a job waits twice as long as the one before, until the job got something done.

    Answers {job: [wait of each crash in ms]}.
    """
    waits = {}
    for row in log_rows(node):
        if row["msg"] == "job.restart":
            told = waits.setdefault(row["job"], [])
            expected = (BACKOFF_MS, 2 * told[-1] if told else BACKOFF_MS)
            assert row["delay_ms"] in expected, f"{row} after {told}"
            told.append(row["delay_ms"])
    return waits


def restart_seconds(waits, runs_by_job):
    """From each crash to the next run of that event, without the wait that is configured."""
    took = []
    for job, events in runs_by_job.items():
        crashes = sorted((run["at"], following) for runs in events for run, following in zip(runs, [*runs[1:], None])
                         if run["outcome"] == "crash")
        equal(len(crashes), len(waits[job]), f"restarts of {job}")
        took += [(when(following["at"]) - when(at)).total_seconds() - wait / 1000
                 for (at, following), wait in zip(crashes, waits[job]) if following]
    return took


def throwing_handler(run, attempts):
    dice = run.dice()
    node = run.node(options(attempts))
    ledger = Ledger()
    followers = follow(run, node, JOBS)
    events = run.load(EVENTS, 500)
    took, throwing = {}, {}
    for phase, among in (("none throws", 0), ("2 % throw", 50)):
        load = ThrowingLoad(node, ledger, dice, "q" if among else "p", JOBS, among)
        usage = Usage(node)
        took[phase] = probe(node, OTHERS, lambda load=load: load.acked() >= events)
        print(f"{attempts} attempts, {phase}: other jobs {spread(took[phase])}; {usage}")
        throwing = load.finish()
    assert any(times == POISON for _, times, _ in throwing.values()), "no event threw for ever"
    told = collect(node, ledger, followers, JOBS)
    runs = collections.defaultdict(list)
    for name, (job, times, _) in throwing.items():
        runs[job].append(check_event(node, name, job, times, attempts))
    letters = check_letters(node, throwing, attempts)
    print(f"{len(throwing)} of {ledger.acked()} events threw, {letters} dead letters; "
          f"restarts beyond their configured wait: {spread(restart_seconds(check_waits(node), runs))}")
    judge(told, run.folder)
    node.end_sound()


def test_events_that_throw_are_tried_three_times_and_other_jobs_go_on(run):
    throwing_handler(run, 3)


def test_events_that_throw_are_tried_five_times_and_other_jobs_go_on(run):
    throwing_handler(run, 5)


for _test in (test_events_that_throw_are_tried_three_times_and_other_jobs_go_on,
              test_events_that_throw_are_tried_five_times_and_other_jobs_go_on):
    _test.deadline = rounds(120, 1_200)
