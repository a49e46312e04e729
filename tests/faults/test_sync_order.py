"""An answer waits for the sync of its event: seen from below, where the program writes, syncs and sends.

A kill shows nothing of this, since the page cache outlives the process.
"""
import pathlib
import re
import shutil
import subprocess
import threading

from harness import Skip, Unanswered, equal, wait_until

SHIM = pathlib.Path(__file__).resolve().parent / "shims" / "sync_gate.c"


class SyncGate:
    """The shim in one node: see shims/sync_gate.c."""

    def __init__(self, run, node):
        if re.search(rb"__[at]san_init", run.binary.read_bytes()):
            raise Skip("a program with a sanitizer takes no preloaded shim")
        if shutil.which("gcc") is None:
            raise Skip("gcc is not installed, and the shim must be compiled")
        self.folder = run.folder / "gate"
        self.folder.mkdir()
        library = self.folder / "sync_gate.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SHIM, "-ldl"], check=True)
        node.environment.update({"LD_PRELOAD": str(library), "SYNC_GATE": str(self.folder)})

    def hold(self):
        (self.folder / "hold").touch()

    def release(self):
        (self.folder / "hold").unlink()

    def trace(self):
        """[(what, [token, ..])]"""
        file = self.folder / "trace"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(line.split()[0], line.split()[1:]) for line in lines]


class Question(threading.Thread):
    """One event on its way."""

    def __init__(self, node, identity):
        super().__init__(daemon=True)
        self.status = None
        self._node = node
        self._identity = identity
        self.start()

    def run(self):
        try:
            self.status = self._node.send("gate", "note", id=self._identity).status
        except Unanswered as error:
            self.status = error


def place(trace, what, token):
    return next(at for at, (kind, tokens) in enumerate(trace) if kind == what and token in tokens)


def check_order(trace, token):
    """Between the write of an event and its answer lies a whole sync."""
    between = [kind for kind, _ in trace[place(trace, "write", token):place(trace, "answer", token)]]
    assert "begin" in between, f"{token} was answered without a sync: {between}"
    assert "end" in between[between.index("begin"):], f"{token} was answered before its sync ended: {between}"


def test_an_answer_comes_after_the_sync_of_its_event(run):
    node = run.node({"log.level": "warn"}, start=False)
    gate = SyncGate(run, node)
    node.start()
    count = run.load(30, 10)
    for number in range(count):
        node.send("gate", "note", id=f"gate-{number}").expect(202)
    trace = gate.trace()
    for number in range(count):
        check_order(trace, f"gate-{number}")


def test_while_a_sync_is_held_nobody_is_answered(run):
    node = run.node({"log.level": "warn"}, start=False)
    gate = SyncGate(run, node)
    node.start()
    for number in range(run.load(5, 2)):
        token = f"gate-{number}"
        if number > 0:
            node.wait_idle("gate")
        before = len(gate.trace())
        gate.hold()
        asked = Question(node, token)

        def is_held():
            return "held" in [kind for kind, _ in gate.trace()[before:]]

        wait_until(lambda: asked.status is not None or is_held(), "the sync of the event is held")
        # Nothing can be waited for where nothing must come: a program that answers at all does so in this time.
        asked.join(0.5)
        if asked.status is not None:
            wait_until(is_held, f"{token} was answered with {asked.status}, and then its sync is asked for", 5)
            told = [kind for kind, _ in gate.trace()[before:]]
            raise AssertionError(f"{token} was answered with {asked.status} while its sync was held: {told}")
        gate.release()
        wait_until(lambda: asked.status is not None, f"{token} is answered")
        equal(asked.status, 202, "status after the sync")
        check_order(gate.trace(), token)
