#!/usr/bin/env python3
"""A source has at most 300 lines, a header 150: past that it is two things."""
import sources

LIMITS = {".cpp": 300, ".hpp": 150}

# path: (lines, reason)
ALLOWED = {
    "src/actors/interfaces.hpp": (260, "all typed interfaces stand on one page"),
    "src/actors/messages.hpp": (470, "all messages stand on one page"),
    "tests/storage/store_contract.hpp": (600, "one suite for all stores, included by each of them"),
}


def check():
    for path in sources.files("src", "include", "tests", "bench", "examples"):
        count = len(sources.lines(path))
        limit = LIMITS[path.suffix]
        # A test file is a list of facts; it may be twice as long as what it tests.
        if path.parts[0] == "tests":
            limit *= 2
        limit = ALLOWED.get(str(path), (limit,))[0]
        if count > limit:
            yield f"{path}:{limit}: {count} lines, {limit} are allowed"
    for path in ALLOWED:
        if not (sources.ROOT / path).exists():
            yield f"tools/check_sizes.py: {path} is gone; take it off the list"


sources.run(check)
