"""Loads of events whose handler throws where the event says so, and what other jobs notice of them."""
import collections
import concurrent.futures
import itertools
import multiprocessing
import threading
import time

from crash_load import Producer
from harness import Http, equal
from process_figures import log_rows, processor_seconds, resident_bytes

POISON = 99  # more attempts than any policy here allows


class ThrowingProducer(Producer):
    """Events of the one handler that throws: one at random of each `among` in its first run, every tenth of those in
    every run. None when `among` is 0."""

    def __init__(self, name, node, ledger, seed, stop, jobs, among):
        self._jobs = jobs
        self._among = among
        self._throws_at = 0  # of the events that are counted
        self._failing = 0
        self._pacing = stop
        self.throwing = {}  # id: (job, how often, data)
        super().__init__(name, node, ledger, seed, False, stop)

    def _event(self):
        self._count += 1
        self._pacing.wait(0.004)  # a load that leaves the node room, so that what is measured is not its own queue
        times = 0
        if self._among and self._count % self._among == 1:
            self._throws_at = self._count + self._random.randrange(self._among)
        if self._among and self._count == self._throws_at:
            self._failing += 1
            times = POISON if self._failing % 10 == 3 else 1
        job, name = self._random.choice(self._jobs), f"{self.name}-{self._count}"
        data = f'{{"times": {times},\t"n":{self._count}, "x": {self._random.random():.3f}0}}'
        if times:
            self.throwing[name] = (job, times, data)
        return {"client": self.name, "job": job, "source": self.name, "id": name, "sourceSeq": None,
                "type": "weir.demo.crash", "data": data}


class ThrowingLoad:
    """Two producers on jobs that nobody else uses."""

    def __init__(self, node, ledger, dice, phase, jobs, among):
        self._stop = threading.Event()
        self._ledger = ledger
        self._before = ledger.acked()
        self._producers = [ThrowingProducer(f"{phase}{n}", node, ledger, dice.random(), self._stop, jobs, among)
                           for n in range(2)]

    def acked(self):
        for producer in self._producers:
            assert producer.failure is None, f"{producer.name}: {producer.failure!r}"
        return self._ledger.acked() - self._before

    def finish(self):
        """Answers the events that throw."""
        self._stop.set()
        for producer in self._producers:
            producer.join()
        return dict(itertools.chain.from_iterable(producer.throwing.items() for producer in self._producers))


def probe(node, jobs, done):
    """Sends events of the same handler to other jobs, waits for each, and answers how long each took."""
    took = []
    for job in itertools.cycle(jobs):
        if done():
            return took
        began = time.monotonic()
        row = node.send(job, "weir.demo.crash", '{"times":0}', wait=15).expect(200).json()
        took.append(time.monotonic() - began)
        equal(row["status"], "processed", f"status of an event of {job}")
    return took


class Clients:
    """Threads that send until their time is over, in a process of their own: in the caller's they would hold its
    interpreter, and what it measures would be its own waiting. Each runs `send(http, is_time, number)`, a function
    of a module, which answers what it counted."""

    def __init__(self, node, send, number, seconds):
        apart = multiprocessing.get_context("spawn")
        self._answer, theirs = apart.Pipe(duplex=False)
        self._process = apart.Process(target=_send_together, args=(node.address("http"), send, number, seconds, theirs),
                                      daemon=True)
        self._process.start()
        theirs.close()
        self.counts = None

    def over(self):
        if self.counts is None and self._answer.poll():
            self.counts, failures = self._answer.recv()
            self._process.join()
            assert not failures, failures
        return self.counts is not None


def _send_together(address, send, number, seconds, answer):
    http = Http(lambda: address)
    end = time.monotonic() + seconds
    failures = []

    def run(_):
        try:
            return send(http, lambda: time.monotonic() < end, number)
        except Exception as error:  # pylint: disable=broad-except
            failures.append(repr(error))
            return {}
    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        counts = sum(map(collections.Counter, pool.map(run, range(number))), collections.Counter())
    answer.send((counts, failures))


class Usage:
    """Processor time and memory of a node from now on."""

    def __init__(self, node):
        self._node = node
        self._began = time.monotonic()
        self._used = processor_seconds(node.pid)

    def __str__(self):
        share = (processor_seconds(self._node.pid) - self._used) / (time.monotonic() - self._began)
        return f"{share * 100:.0f} % of a processor, {resident_bytes(self._node.pid) >> 20} MiB resident"


def lines_a_second(node):
    """Counter of (job, second) over all log lines that name a job."""
    return collections.Counter((row["job"], row["ts"][:19]) for row in log_rows(node) if "job" in row)
