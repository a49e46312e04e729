"""Tells a node with failpoints where to die, and reads how often each place was passed."""
import struct

from harness import equal

# name, passed, killed: src/telemetry/failpoint.cpp
ROW = struct.Struct("<48sQQ")


class Failpoints:
    """The orders of one node, and the figures of all its processes."""

    def __init__(self, node):
        self._node = node
        self._file = node.folder.parent / f"{node.folder.name}-failpoints"
        node.environment["WEIR_FP_REPORT"] = str(self._file)

    def arm(self, point=None, at=1):
        """For the processes that are started from now on; without a point they live."""
        self._node.environment["WEIR_FP"] = f"{point}=kill@{at}" if point else ""

    def rows(self):
        """{name: (passed, killed)}"""
        found = {}
        for name, passed, killed in ROW.iter_unpack(self._file.read_bytes()):
            found[name.rstrip(b"\0").decode()] = (passed, killed)
        return found

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
