"""Whether an event costs the same with few jobs and with many, with a short history and with a long one.

Many jobs have much history too: some of them among all tell what is due to the number that is at work.
"""
import pathlib
import shutil

from recovery import Started, fill, processor_seconds, tell

JOBS = (100, 10_000, 1_000_000)


def cost(bench, data, workload, jobs):
    """Processor time of the node for one event, until all are handled."""
    node = Started(bench, data, 300)
    try:
        node.wait_idle()
        before = processor_seconds(node.child.pid)
        rows = bench.program("bench_post", port=node.where["http"].rsplit(":", 1)[1], side="weir", connections=8,
                             batch=100, jobs=jobs, workload=workload + ", rate")
        node.wait_idle()
        spent = processor_seconds(node.child.pid) - before
        tell(bench, workload + ", cost", "weir", round(spent * 1e6 / rows[0]["events"], 1), "us", events=rows[0]["events"])
    finally:
        node.kill()


def run(bench):
    folder = pathlib.Path(bench.work) / "flatness"
    for jobs in JOBS:
        data = folder / "jobs"
        data.mkdir(parents=True)
        fill(bench, data, 0, max(jobs, 10_000), jobs)
        cost(bench, data, f"{jobs:,} jobs", jobs)
        shutil.rmtree(data)
    known = JOBS[-1]
    for active in JOBS[:-1]:
        data.mkdir()
        fill(bench, data, 0, known, known)
        cost(bench, data, f"{active:,} of {known:,} known jobs", active)
        shutil.rmtree(data)
    data = folder / "history"
    data.mkdir()
    have = 0
    for goal in (bench.given.recovery_events, 2 * bench.given.recovery_events):
        fill(bench, data, have, goal, bench.given.recovery_jobs, whole=True)
        copy = folder / "copy"
        shutil.copytree(data, copy)
        cost(bench, copy, f"behind {goal:,} events", 10_000)
        shutil.rmtree(copy)
        have = goal
    shutil.rmtree(folder)
