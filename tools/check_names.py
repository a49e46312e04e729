#!/usr/bin/env python3
"""Words and calls that do not belong here, each with where it is allowed."""
import re

import sources

FORBIDDEN = {"manager", "helper", "helpers", "util", "utils", "common", "data", "info", "process", "system"}

# path: names that another library asks for
DICTATED = {"src/actors/run_queue.hpp": {"coordinator_data", "worker_data"}}  # of a policy of CAF's scheduler

TYPE = re.compile(r"^\s*(?:template\s*<[^>]*>\s*)?(?:class|struct|enum(?:\s+class)?)\s+(\w+)(?=[\s{:]|$)"
                  r"|^\s*using\s+(\w+)\s*=")

# (what, why, folders, files where it is right)
CALLS = [
    (r"\bsleep_(for|until)\b|\busleep\s*\(|\bnanosleep\s*\(", "waits without knowing for what",
     ("src", "tests"),
     ("src/app/interrupt.cpp",)),  # a pause of the command line that Ctrl-C ends
    (r"\bsystem_clock::now\b", "time comes in as a value; only app and net ask the clock",
     ("src/domain", "src/telemetry", "src/storage", "src/actors"),
     ("src/telemetry/log.cpp",  # a line says when it was written
      "src/storage/embedded_store.cpp")),  # so does a group; nothing is decided by it
    (r"\bsteady_clock::now\b", "time comes in as a value",
     ("src/domain",), ()),
    (r"\busing\s+namespace\b", "a header must not open a namespace for its readers", ("src/*.hpp",), ()),
    (r"\bstd::regex\b", "slow, and it overflows the stack on long input", ("src",), ()),
    (r"\bstd::rand\b|\brandom_device\b", "randomness comes in as a value", ("src/domain",), ()),
    (r"\b(handle|do)_\w+\s*\(", "say what it does", ("src",), ()),
    (r"\bconst_cast\b|\bgoto\b", "find another way", ("src",), ()),
]


def names():
    for path in sources.files("src", "include", "tests", "bench", "examples"):
        stem = path.stem.removesuffix("_test")
        if FORBIDDEN & set(stem.split("_")):
            yield f"{path}:1: the file name says nothing; which thing is in it?"
        for number, text in sources.code(path):
            match = TYPE.match(text)
            name = (match.group(1) or match.group(2)) if match else ""
            if name not in DICTATED.get(str(path), ()) and FORBIDDEN & set(name.split("_")):
                yield f"{path}:{number}: the name {name} says nothing; what is it really?"


def calls():
    for pattern, why, folders, allowed in CALLS:
        for folder in folders:
            headers_only = folder.endswith("*.hpp")
            for path in sources.files(folder.split("/*")[0], suffixes=(".hpp",) if headers_only else (".hpp", ".cpp")):
                if str(path) in allowed:
                    continue
                for number, text in sources.code(path):
                    if re.search(pattern, text):
                        yield f"{path}:{number}: {text.strip()}: {why}"


def marks():
    for path in sources.files("src", "include", "tests", "bench", "examples", "tools", "cmake",
                              suffixes=(".cpp", ".hpp", ".py", ".cmake", ".mjs", ".sh")):
        for number, text in sources.lines(path):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text) and path.name != "check_names.py":
                yield f"{path}:{number}: do it or write an issue"


# Documents that are not part of this project; a reader here cannot look them up.
ELSEWHERE = re.compile(r"\b(ARCHITECTURE|WIRE|RELIABILITY|STYLE|CAF\.md|LIBRARIES|COMPONENTS)(\.md)?\s+(part\s+)?[A-Z]?\d"
                       r"|\.\./shared(?!/corpora)")


def references():
    for path in sources.files(".", suffixes=(".cpp", ".hpp", ".py", ".md", ".cmake", ".mjs", ".toml", ".sh")):
        if path.name == "check_names.py":
            continue
        for number, text in sources.lines(path):
            if ELSEWHERE.search(text):
                yield f"{path}:{number}: refers to a document that is not here: {text.strip()[:80]}"


def check():
    yield from names()
    yield from references()
    yield from calls()
    yield from marks()


sources.run(check)
