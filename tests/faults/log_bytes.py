"""Reads the log of a stopped node as docs/storage-format.md describes it: where segments, groups and the mark lie."""
import pathlib
import struct

HEADER = 128
GROUP = 40
SLOT = 512


class Segment:
    """One file of the log. Offsets are of the file."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        content = self.path.read_bytes()
        assert content.startswith(b"WEIRSEG\n"), f"{path} is no segment"
        self.start = struct.unpack_from("<Q", content, 48)[0]
        self.groups = []  # (offset, bytes, records)
        at = HEADER
        while content[at:at + 4] == b"WGRP":
            size, records = struct.unpack_from("<QI", content, at + 16)
            self.groups.append((at, size, records))
            at += size
        self.end = at

    def position(self, offset):
        return self.start + offset - HEADER


def segments(store):
    return [Segment(path) for path in sorted((pathlib.Path(store) / "log").glob("*.log"))]


def marked_position(store):
    """How far the log was durable, by the file "high-water"."""
    content = (pathlib.Path(store) / "high-water").read_bytes()
    return max(struct.unpack_from("<Q", content, slot * SLOT + 32)[0] for slot in (0, 1))


def flip(path, offset, bit):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))
