"""Tells a node with failpoints where to die or to throw, and reads how often each place was passed."""
import struct

from harness import equal, wait_until

# name, passed, killed, thrown, to throw: src/telemetry/failpoint.cpp
ROW = struct.Struct("<48sQQQQ")
LAST = struct.Struct("<Q")


class Failpoints:
    """The orders of one node, and the figures of all its processes."""

    def __init__(self, node):
        self._node = node
        self._file = node.folder.parent / f"{node.folder.name}-failpoints"
        node.environment["WEIR_FP_REPORT"] = str(self._file)

    def arm(self, point=None, at=1):
        """For the processes that are started from now on; without a point they live."""
        self._node.environment["WEIR_FP"] = f"{point}=kill@{at}" if point else ""

    def throw(self, point):
        """The process that runs throws at the next visit of the place; answers how often it threw there before."""
        for at, (name, _, _, thrown, _) in enumerate(ROW.iter_unpack(self._file.read_bytes())):
            if name.rstrip(b"\0").decode() == point:
                self._write(at, 1)
                return thrown
        raise AssertionError(f"no failpoint is named {point}")

    def forget_throws(self):
        """For a process that ended before it came there."""
        for at in range(len(self._file.read_bytes()) // ROW.size):
            self._write(at, 0)

    def _write(self, row, throws):
        with open(self._file, "r+b") as file:
            file.seek((row + 1) * ROW.size - LAST.size)
            file.write(LAST.pack(throws))

    def wait_thrown(self, point, before, meanwhile=lambda: None):
        """Waits until the place threw once more; `meanwhile` is what leads there."""
        def thrown():
            meanwhile()
            return self.thrown().get(point, 0) > before
        wait_until(thrown, f"{point} throws", 30)

    def _rows(self):
        for name, *figures in ROW.iter_unpack(self._file.read_bytes()):
            yield name.rstrip(b"\0").decode(), figures

    def rows(self):
        """{name: (passed, killed)}"""
        return {name: (passed, killed) for name, (passed, killed, _, _) in self._rows()}

    def thrown(self):
        """{name: how often it threw}"""
        return {name: thrown for name, (_, _, thrown, _) in self._rows()}

    def passed(self, point):
        return self.rows()[point][0] if self._file.exists() else 0

    def check(self, killed):
        """Prints the table; each point was passed, and killed at as often as `killed` says."""
        rows = self.rows()
        print(f"{'point':<28} {'passed':>8} {'killed':>7}")
        for point, wanted in killed.items():
            print(f"{point:<28} {rows[point][0]:>8} {rows[point][1]:>7}")
            equal(rows[point][1], wanted, f"kills at {point}")
            assert rows[point][0] >= wanted > 0, f"{point} was passed {rows[point][0]} times"


def set_aside(node):
    """Views that a start could not use. After a kill there is none: the log is always written before its view."""
    return [path.name for path in node.folder.glob("view-set-aside*")]
